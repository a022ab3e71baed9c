"""rs:RegistryResponse and its error list, both ways (ITI TF-3 4.2.4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from lxml.etree import _Element

from ihe_profiles.ebrim.markup import attributes
from ihe_profiles.ebrim.namespaces import RS, declarations
from ihe_profiles.soap import language
from ihe_profiles.soap.exchange import Answer
from ihe_profiles.xds.errors import RegistryError, Severity
from ihe_profiles.xds.vocabulary import ResponseStatus

_ERROR: Final = f"{{{RS}}}RegistryError"


@dataclass(frozen=True, slots=True)
class RegistryResponse:
    """How a request ended, with every error and warning."""

    status: ResponseStatus
    errors: tuple[RegistryError, ...] = ()


def outcome(errors: Iterable[RegistryError] = ()) -> RegistryResponse:
    """Make the response of all or nothing: Failure with an error, Success with at most warnings."""
    entries = tuple(errors)
    failed = any(entry.severity is Severity.ERROR for entry in entries)
    return RegistryResponse(ResponseStatus.FAILURE if failed else ResponseStatus.SUCCESS, entries)


def render(response: RegistryResponse) -> bytes:
    """Write rs:RegistryResponse."""
    start = f"<rs:RegistryResponse{declarations('rs', 'rim')}{attributes(status=response.status)}"
    if not response.errors:
        return f"{start}/>".encode()
    return b"%b>%b</rs:RegistryResponse>" % (
        start.encode(),
        registry_error_list(response.errors),
    )


def answer(response: RegistryResponse) -> Answer:
    """Make the whole answer of a transaction that returns nothing but rs:RegistryResponse."""
    return Answer([render(response)])


def registry_error_list(errors: Sequence[RegistryError]) -> bytes:
    """Write rs:RegistryErrorList, the prefix `rs` being bound outside; empty when there is none.

    The contexts are in the language of the exchange.
    """
    if not errors:
        return b""
    worst = Severity.WARNING
    if any(error.severity is Severity.ERROR for error in errors):
        worst = Severity.ERROR
    speaks = language.CURRENT.get()
    rows = "".join(
        "<rs:RegistryError"
        + attributes(
            errorCode=error.code,
            codeContext=error.said(speaks),
            severity=error.severity,
            location=error.location,
        )
        + "/>"
        for error in errors
    )
    return f'<rs:RegistryErrorList highestSeverity="{worst}">{rows}</rs:RegistryErrorList>'.encode()


def read(element: _Element) -> RegistryResponse:
    """Read rs:RegistryResponse, or any response that extends it (query:AdhocQueryResponse).

    Raises ValueError when the status is none of the three that IHE knows.
    """
    return RegistryResponse(
        ResponseStatus(element.get("status", "")), tuple(map(_read_error, element.iter(_ERROR)))
    )


def _read_error(element: _Element) -> RegistryError:
    warning = element.get("severity", "").endswith(":Warning")
    return RegistryError(
        code=element.get("errorCode", ""),
        context=element.get("codeContext", ""),
        location=element.get("location"),
        severity=Severity.WARNING if warning else Severity.ERROR,
    )
