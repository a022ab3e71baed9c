"""Audit records: the messages, the events of each transaction, and who makes them (ITI-20)."""
