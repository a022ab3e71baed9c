"""Codes, each known by its scheme and its value, written once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, Select, bindparam, select, text, tuple_

from registry.store.batches import execute
from registry.store.tables import code

Identity = tuple[str, str]
"""(scheme, code)"""

_FIND: Final = select(code.c.scheme, code.c.code, code.c.key).where(
    tuple_(code.c.scheme, code.c.code).in_(bindparam("codes", expanding=True))
)
_INSERT: Final = text(
    "INSERT INTO code (scheme, code) VALUES (:scheme, :code) ON CONFLICT (scheme, code) DO NOTHING"
)


def matching(parameter: str) -> Select[int]:
    """Return the keys of the codes that `parameter` lists, as a part of a query."""
    identities: BindParameter[Any] = bindparam(parameter, expanding=True)
    return select(code.c.key).where(tuple_(code.c.scheme, code.c.code).in_(identities))


def intern(connection: Connection, wanted: Iterable[Identity]) -> Mapping[Identity, int]:
    """Return the keys of the codes; those that nobody has used yet are added."""
    identities = sorted(set(wanted))  # in one order, so that transactions do not deadlock
    found = _find(connection, identities)
    missing = [(scheme, value) for scheme, value in identities if (scheme, value) not in found]
    if missing:
        connection.execute(_INSERT, [{"scheme": s, "code": c} for s, c in missing])
        found |= _find(connection, missing)
    return found


def _find(connection: Connection, identities: list[Identity]) -> dict[Identity, int]:
    rows = execute(connection, _FIND, "codes", identities)
    return {(row.scheme, row.code): row.key for row in rows}
