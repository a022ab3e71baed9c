"""The one way in which a database fails that is nobody's mistake."""

from __future__ import annotations


class Unavailable(Exception):
    """The database cannot be reached or cannot take work now; this work may have been done."""


class Broken(Unavailable):
    """The database is damaged or may only be read: waiting does not help, its operator must."""


class Full(Unavailable):
    """The database has no room for this work, which was not done."""
