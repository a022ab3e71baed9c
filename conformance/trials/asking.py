"""How trials ask stored queries, and what they note about the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from conformance.trial import Session
from conformance.trials.library import Library
from ihe_profiles import iti18
from ihe_profiles.ebrim.markup import attribute, content
from ihe_profiles.ebrim.namespaces import declarations
from ihe_profiles.iti18 import Parameter, Response
from ihe_profiles.soap.exchange import Transaction
from ihe_profiles.xds.errors import Severity
from ihe_profiles.xds.metadata import Association, Code, RegistryObject
from ihe_profiles.xds.queries import BY_NAME
from ihe_profiles.xds.vocabulary import ResponseStatus

OBJECT_REF: Final = "ObjectRef"
Slots = Sequence[tuple[str, Sequence[str]]]
"""Names and texts of slots, the texts as they stand in rim:Value."""


def ask(
    s: Session,
    query: str,
    parameters: Mapping[str, Parameter],
    return_type: str = "LeafClass",
    transaction: Transaction = iti18.TRANSACTION,
) -> Response:
    """Ask a stored query by its name. Raises CallFailed, Refusal."""
    body = iti18.request(BY_NAME[query].id, parameters, return_type)
    return iti18.read_response(s.wire.registry.call(transaction, [body]).body)


def ask_raw(
    s: Session, query_id: str, slots: Slots, transaction: Transaction = iti18.TRANSACTION
) -> Response:
    """Ask a query whose values stand as they are given. Raises CallFailed, Refusal."""
    written = "".join(
        f'<rim:Slot name="{attribute(name)}"><rim:ValueList>'
        + "".join(f"<rim:Value>{content(text)}</rim:Value>" for text in texts)
        + "</rim:ValueList></rim:Slot>"
        for name, texts in slots
    )
    body = (
        f"<query:AdhocQueryRequest{declarations('query', 'rim', 'rs')}>"
        '<query:ResponseOption returnComposedObjects="true" returnType="LeafClass"/>'
        f'<rim:AdhocQuery id="{attribute(query_id)}">{written}</rim:AdhocQuery>'
        "</query:AdhocQueryRequest>"
    ).encode()
    return iti18.read_response(s.wire.registry.call(transaction, [body]).body)


def quoted(text: object) -> str:
    """Write a text as a query does."""
    return "'" + str(text).replace("'", "''") + "'"


def written(code: Code) -> str:
    """Write a code as a query does."""
    return f"{code.code}^^{code.scheme}"


def of_kind(response: Response, kind: type) -> list[RegistryObject]:
    """Return the objects of one kind."""
    return [found for found in response.objects if isinstance(found, kind)]


def finds(
    s: Session, assertion: str, shelf: Library, response: Response, wanted: str, place: str
) -> bool:
    """Note whether an answer has just the documents, folders and sets of some letters."""
    own = [found for found in response.objects if not isinstance(found, Association)]
    found = shelf.letters(one.entry_uuid for one in own) or "none"
    if response.status is not ResponseStatus.SUCCESS:
        found = ", ".join(error.code for error in response.errors) or str(response.status)
    return s.equal(assertion, found, "".join(sorted(wanted)) or "none", place)


def refuses(s: Session, assertion: str, response: Response, code: str, place: str) -> None:
    """Note whether a query was refused with a code (any code when it is empty), as a refusal is."""
    errors = [error for error in response.errors if error.severity is Severity.ERROR]
    codes = [error.code for error in errors]
    is_right = response.status is ResponseStatus.FAILURE and (code in codes or not code)
    s.check(assertion, is_right, code or "Failure", codes or response.status, place)
    if response.status is ResponseStatus.FAILURE and "ITI-18.60" in s.checks:
        empty = not response.objects and not response.refs
        s.check("ITI-18.60", bool(errors) and empty, "an Error, no objects", codes, place)
