"""ITI-18 Registry Stored Query (ITI TF-2 3.18)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree
from lxml.etree import _Element

from ihe_profiles.ebrim.markup import attribute, attributes, content
from ihe_profiles.ebrim.namespaces import QUERY, RIM, declarations
from ihe_profiles.ebrim.reader import text
from ihe_profiles.soap.exchange import Answer, Transaction
from ihe_profiles.xds import encoding, response
from ihe_profiles.xds.errors import RegistryError
from ihe_profiles.xds.metadata import RegistryObject
from ihe_profiles.xds.queries import Request
from ihe_profiles.xds.query_syntax import write_values
from ihe_profiles.xds.schema import require_valid
from ihe_profiles.xds.vocabulary import ResponseStatus

__all__ = ["TRANSACTION", "Request", "Response", "answer", "parse", "read_response", "request"]

TRANSACTION: Final = Transaction(
    number="ITI-18",
    name="Registry Stored Query",
    operation="DocumentRegistry_RegistryStoredQuery",
    action="urn:ihe:iti:2007:RegistryStoredQuery",
    response_action="urn:ihe:iti:2007:RegistryStoredQueryResponse",
    request=f"{{{QUERY}}}AdhocQueryRequest",
)

_RIM: Final = f"{{{RIM}}}"
_QUERY: Final = f"{{{QUERY}}}"
_CLOSE: Final = b"</rim:RegistryObjectList></query:AdhocQueryResponse>"

Parameter = str | Sequence[str] | Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Response:
    """An answer read: whole objects (LeafClass), or the ids of objects (ObjectRef)."""

    status: ResponseStatus
    errors: tuple[RegistryError, ...]
    objects: tuple[RegistryObject, ...]
    refs: tuple[str, ...]


def parse(body: _Element) -> Request:
    """Read query:AdhocQueryRequest, the values still as text (ITI TF-2 3.18.4.1.2).

    `startIndex`, `maxResults` and `returnComposedObjects` are not IHE's and pass unread. Raises
    Refusal `query-schema-violation`.
    """
    require_valid(body, "query-schema-violation")
    query = body.find(f"{_RIM}AdhocQuery")
    option = body.find(f"{_QUERY}ResponseOption")
    if query is None or option is None:
        raise ValueError("query:AdhocQueryRequest lacks AdhocQuery or ResponseOption")
    return Request(
        query_id=query.get("id", ""),
        return_type=option.get("returnType", "RegistryObject"),
        home=query.get("home"),
        slots=tuple(
            (slot.get("name", ""), tuple(text(value) for value in slot.iter(f"{_RIM}Value")))
            for slot in query.iterchildren(f"{_RIM}Slot")
        ),
    )


def request(
    query_id: str,
    parameters: Mapping[str, Parameter],
    return_type: str = "LeafClass",
    home: str | None = None,
) -> bytes:
    """Write query:AdhocQueryRequest from plain values, coded as each parameter wants them.

    A list of values means any of them; a list of lists, all of these groups (one slot each).
    """
    slots = "".join(
        f'<rim:Slot name="{attribute(name)}"><rim:ValueList>'
        + "".join(
            f"<rim:Value>{content(text)}</rim:Value>"
            for text in write_values(query_id, name, group)
        )
        + "</rim:ValueList></rim:Slot>"
        for name, values in parameters.items()
        for group in _groups(values)
    )
    return (
        f"<query:AdhocQueryRequest{declarations('query', 'rim', 'rs')}>"
        f'<query:ResponseOption returnComposedObjects="true"{attributes(returnType=return_type)}/>'
        f"<rim:AdhocQuery{attributes(id=query_id, home=home)}>{slots}</rim:AdhocQuery>"
        "</query:AdhocQueryRequest>"
    ).encode()


def answer(errors: Sequence[RegistryError], objects: Iterable[bytes] = ()) -> Answer:
    """Write query:AdhocQueryResponse: Failure without objects when there is an error, else Success.

    `objects` is XML that uses the prefix `rim` (fragments rendered, ObjectRefs). A list or tuple
    becomes one piece whose length is known; any other iterable is read while it is sent, and closed
    with the connection.
    """
    outcome = response.outcome(errors)
    start = (
        f"<query:AdhocQueryResponse{declarations('query', 'rim', 'rs')}"
        f"{attributes(status=outcome.status)}>"
    ).encode()
    head = b"%b%b<rim:RegistryObjectList>" % (start, response.registry_error_list(outcome.errors))
    if outcome.status is ResponseStatus.FAILURE:
        return Answer([head + _CLOSE])
    if isinstance(objects, list | tuple):
        return Answer([b"".join((head, *objects, _CLOSE))])
    return Answer(_stream(head, objects))


def read_response(element: _Element) -> Response:
    """Read query:AdhocQueryResponse.

    Raises ValueError for an unknown status, Refusal when an object is not XDS metadata.
    """
    outcome = response.read(element)
    found = element.find(f"{_RIM}RegistryObjectList")
    children = [] if found is None else list(found.iterchildren(etree.Element))
    refs = tuple(child.get("id", "") for child in children if child.tag == f"{_RIM}ObjectRef")
    objects = (child for child in children if child.tag != f"{_RIM}ObjectRef")
    return Response(outcome.status, outcome.errors, tuple(map(encoding.read, objects)), refs)


def _stream(head: bytes, objects: Iterable[bytes]) -> Iterator[bytes]:
    yield head
    yield from objects
    yield _CLOSE


def _groups(values: Parameter) -> list[str | Sequence[str]]:
    if isinstance(values, str) or all(isinstance(value, str) for value in values):
        return [values]  # type: ignore[list-item]
    return list(values)
