"""ITI-42 Register Document Set-b: a repository tells a registry (ITI TF-2 3.42)."""

from __future__ import annotations

from typing import Final

from lxml.etree import _Element

from ihe_profiles.ebrim.namespaces import LCM, RIM, declarations
from ihe_profiles.soap.exchange import Transaction
from ihe_profiles.xds.schema import require_valid

TRANSACTION: Final = Transaction(
    number="ITI-42",
    name="Register Document Set-b",
    operation="DocumentRegistry_RegisterDocumentSet-b",
    action="urn:ihe:iti:2007:RegisterDocumentSet-b",
    response_action="urn:ihe:iti:2007:RegisterDocumentSet-bResponse",
    request=f"{{{LCM}}}SubmitObjectsRequest",
)

OBJECT_LIST: Final = f"{{{RIM}}}RegistryObjectList"


def parse(body: _Element) -> _Element:
    """Return the rim:RegistryObjectList of a schema-valid lcm:SubmitObjectsRequest.

    Raises Refusal `schema-violation`.
    """
    require_valid(body, "schema-violation")
    return object_list(body)


def object_list(submit: _Element) -> _Element:
    """Return the rim:RegistryObjectList of a schema-valid lcm:SubmitObjectsRequest."""
    found = submit.find(OBJECT_LIST)
    if found is None:
        raise ValueError("lcm:SubmitObjectsRequest holds no rim:RegistryObjectList")
    return found


def request(objects: bytes) -> bytes:
    """Write lcm:SubmitObjectsRequest around a rim:RegistryObjectList (XML without declaration)."""
    start = f"<lcm:SubmitObjectsRequest{declarations('lcm', 'rim', 'rs')}>"
    return b"%b%b</lcm:SubmitObjectsRequest>" % (start.encode(), objects)
