"""The XML namespaces of a SOAP message and of what travels with it."""

from __future__ import annotations

from typing import Final

SOAP12: Final = "http://www.w3.org/2003/05/soap-envelope"
SOAP11: Final = "http://schemas.xmlsoap.org/soap/envelope/"
WSA: Final = "http://www.w3.org/2005/08/addressing"
XOP: Final = "http://www.w3.org/2004/08/xop/include"
WSSE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
ENTENTE: Final = "urn:entente:soap"
"""Our own: the trace id in the Detail of a fault, and `ON_BEHALF`."""
ON_BEHALF: Final = f"{{{ENTENTE}}}OnBehalf"
"""The header block with which a node asks for the client of another exchange."""
