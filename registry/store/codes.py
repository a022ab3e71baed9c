"""Codes, each known by its scheme and its value, written once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, Select, bindparam, select, text

from registry.store.batches import execute
from registry.store.tables import code

Code = tuple[str, str]
"""(scheme, code)"""

_FIND: Final = select(code.c.scheme, code.c.code, code.c.key).where(
    code.c.identity.in_(bindparam("identities", expanding=True))
)
_INSERT: Final = text(
    "INSERT INTO code (scheme, code, identity) VALUES (:scheme, :code, :identity) "
    "ON CONFLICT (identity) DO NOTHING"
)


def identity(scheme: str, value: str) -> str:
    """Join scheme and code by a character that XML, and so neither of them, can contain.

    Both databases use an index for a list of texts, but not for a list of pairs.
    """
    return f"{scheme}\x1f{value}"


def matching(parameter: str) -> Select[int]:
    """Return the keys of the codes whose identities `parameter` lists, as a part of a query."""
    identities: BindParameter[Any] = bindparam(parameter, expanding=True)
    return select(code.c.key).where(code.c.identity.in_(identities))


def keys(connection: Connection, identities: Iterable[str]) -> list[int]:
    """Return the keys of the codes that some object uses."""
    return [row.key for row in execute(connection, _FIND, "identities", identities)]


def intern(connection: Connection, wanted: Iterable[Code]) -> Mapping[Code, int]:
    """Return the keys of the codes; those that nobody has used yet are added."""
    codes = sorted(set(wanted))  # in one order, so that transactions do not deadlock
    found = _find(connection, codes)
    missing = [(scheme, value) for scheme, value in codes if (scheme, value) not in found]
    if missing:
        rows = [{"scheme": s, "code": c, "identity": identity(s, c)} for s, c in missing]
        connection.execute(_INSERT, rows)
        found |= _find(connection, missing)
    return found


def _find(connection: Connection, codes: Iterable[Code]) -> dict[Code, int]:
    identities = [identity(scheme, value) for scheme, value in codes]
    rows = execute(connection, _FIND, "identities", identities)
    return {(row.scheme, row.code): row.key for row in rows}
