"""Audit records (ITI-20, DICOM PS3.15 A.5) and their way to a repository over syslog."""
