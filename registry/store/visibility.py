"""What a query may see at all: one predicate for every kind of objects."""

from __future__ import annotations

from sqlalchemy import ColumnElement, FromClause


def visible(objects: FromClause) -> ColumnElement[bool]:
    """Say that a row of the objects is not withdrawn; every query asks it of whatever it returns.

    An Association is withdrawn together with the object at either end of it.
    """
    return objects.c.withdrawn.is_(None)
