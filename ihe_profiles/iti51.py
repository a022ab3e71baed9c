"""ITI-51 Multi-Patient Stored Query (ITI TF-2 3.51).

Request and response are those of `iti18`; the action and the queries are its own.
"""

from __future__ import annotations

from typing import Final

from ihe_profiles.ebrim.namespaces import QUERY
from ihe_profiles.soap.exchange import Transaction

TRANSACTION: Final = Transaction(
    number="ITI-51",
    name="Multi-Patient Stored Query",
    operation="DocumentRegistry_MultiPatientStoredQuery",
    action="urn:ihe:iti:2009:MultiPatientStoredQuery",
    response_action="urn:ihe:iti:2009:MultiPatientStoredQueryResponse",
    request=f"{{{QUERY}}}AdhocQueryRequest",
)
