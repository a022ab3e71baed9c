"""WS-Addressing 1.0 as IHE profiles it (ITI TF-2 Appendix V.3, IHE-WSA101 and IHE-WSA102)."""

from __future__ import annotations

from dataclasses import dataclass

NAMESPACE = "http://www.w3.org/2005/08/addressing"
ANONYMOUS = f"{NAMESPACE}/anonymous"


@dataclass(frozen=True, slots=True)
class Addressing:
    """The addressing headers of one message; None where the header is absent."""

    action: str
    message_id: str | None = None
    to: str | None = None
    reply_to: str | None = None
    fault_to: str | None = None
    source: str | None = None
    relates_to: str | None = None
