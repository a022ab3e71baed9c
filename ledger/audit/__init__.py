"""The audit trail: records beside the work, their order, and their delivery (ITI-20)."""
