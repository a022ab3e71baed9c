"""The one reason for which work is refused because of its audit record."""

from __future__ import annotations


class AuditUnavailable(Exception):
    """The record of this work cannot be kept anywhere, so the work may not be done."""
