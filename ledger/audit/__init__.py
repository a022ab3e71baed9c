"""The audit trail: records kept with the work, a chained store of them, and their delivery."""

from ledger.audit.unavailable import AuditUnavailable

__all__ = ["AuditUnavailable"]
