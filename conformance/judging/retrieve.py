"""What a Document Consumer retrieves: ITI-43 (ITI TF-2 3.43.4.1.2)."""

from __future__ import annotations

from typing import Final

from lxml.etree import _Element

from conformance.judging.case import Case
from ihe_profiles import iti43
from ihe_profiles.ebrim.namespaces import XDS
from ihe_profiles.xds.datatypes import oid_problem, oid_urn_problem
from ihe_profiles.xds.errors import Refusal

_XDS: Final = f"{{{XDS}}}"


def judge(case: Case, body: _Element) -> None:
    """Judge xds:RetrieveDocumentSetRequest."""
    case.see("DC-43.01")
    try:
        requests = iti43.parse(body)
    except Refusal as refusal:
        for error in refusal.errors:
            case.error("DC-43.01", error, body)
        return
    elements = list(body.iterchildren(f"{_XDS}DocumentRequest"))
    asked = set()
    for request, element in zip(requests, elements, strict=True):
        place, id = element, request.document_unique_id
        repository, home = request.repository_unique_id, request.home_community_id
        case.check("DC-43.02", oid_problem(repository) is None, repository, place)
        if home is not None:
            case.check("DC-43.03", oid_urn_problem(home) is None, home, place)
        case.check("DC-43.04", id and id == id.strip(), repr(id), place)
        case.check("DC-43.05", request not in asked, id, place)
        asked.add(request)
