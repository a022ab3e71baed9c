"""What the sections of the settings are made of."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("a web address is allowed: http://host[:port] or https://host[:port]")
    return value.rstrip("/")


def _database(value: str) -> str:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    allowed = "allowed are sqlite:///path and postgresql://user:password@host/database"
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):  # their texts may quote a password
        raise ValueError(allowed) from None
    in_memory = url.drivername == "sqlite" and url.database in (None, "", ":memory:")
    if in_memory or not re.fullmatch(r"sqlite|postgresql(\+psycopg)?", url.drivername):
        raise ValueError(allowed)
    return value


Port = Annotated[int, Field(ge=1, le=65535)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]
Count = Annotated[int, Field(gt=0)]
Seconds = Annotated[float, Field(gt=0)]


class Section(BaseModel):
    """One table of the TOML file; a key that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)
