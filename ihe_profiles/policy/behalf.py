"""How a node that asks another one says for which exchange it does: a header block of our own.

A node without an assertion asks for itself, and sees everything. With this block it asks for a
client that brought none, and is answered what the rules of that client's transaction show it. The
block is mandatory, so that whoever does not know it refuses the question.
"""

from __future__ import annotations

from lxml.etree import _Element

from ihe_profiles.soap.namespaces import ENTENTE, ON_BEHALF, SOAP12

_TRANSACTION = "transaction"


def behalf_header(transaction: str) -> bytes:
    """Return the header block of a question for an exchange of a transaction (`ITI-43`)."""
    return (
        f'<e:OnBehalf xmlns:e="{ENTENTE}" xmlns:s="{SOAP12}" s:mustUnderstand="true" '
        f'{_TRANSACTION}="{transaction}"/>'
    ).encode()


def behalf_of(header: _Element | None) -> str | None:
    """Return the transaction of the exchange that a question is for; None: it is for itself."""
    block = None if header is None else header.find(ON_BEHALF)
    return None if block is None else block.get(_TRANSACTION, "")
