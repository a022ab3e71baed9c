"""Messages written by hand, octet by octet, and answers read without our own SOAP layer."""

from __future__ import annotations

import email
import email.policy
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Final

import httpx
from lxml import etree
from lxml.etree import _Element

SOAP12: Final = "http://www.w3.org/2003/05/soap-envelope"
SOAP11: Final = "http://schemas.xmlsoap.org/soap/envelope/"
WSA: Final = "http://www.w3.org/2005/08/addressing"
ANONYMOUS: Final = f"{WSA}/anonymous"
XOP: Final = "http://www.w3.org/2004/08/xop/include"

_PARSER: Final = etree.XMLParser(resolve_entities=False, no_network=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A request in plain SOAP: what differs from the ordinary is said, the rest is as usual.

    `action`, `reply_to` and `message_id` of None leave the header out; `blocks` are further header
    blocks as XML, `before` stands before the root element.
    """

    body: str
    action: str | None
    message_id: str | None = field(default_factory=lambda: uuid.uuid4().urn)
    reply_to: str | None = ANONYMOUS
    must_understand: str = "true"
    soap: str = SOAP12
    blocks: str = ""
    before: str = '<?xml version="1.0" encoding="UTF-8"?>'

    def text(self) -> str:
        """Write it."""
        headers = (
            ("Action", self.action, f' s:mustUnderstand="{self.must_understand}"'),
            ("MessageID", self.message_id, ""),
        )
        addressing = "".join(
            f"<a:{name}{more}>{value}</a:{name}>" for name, value, more in headers if value
        )
        if self.reply_to:
            addressing += f"<a:ReplyTo><a:Address>{self.reply_to}</a:Address></a:ReplyTo>"
        return (
            f'{self.before}<s:Envelope xmlns:s="{self.soap}" xmlns:a="{WSA}"><s:Header>'
            f"{addressing}{self.blocks}</s:Header><s:Body>{self.body}</s:Body></s:Envelope>"
        )

    def octets(self) -> bytes:
        """Write it in UTF-8."""
        return self.text().encode()


@dataclass(frozen=True, slots=True)
class Part:
    """One MIME part: its header lines as they are sent, and its octets."""

    headers: tuple[str, ...]
    content: bytes

    @classmethod
    def root(cls, envelope: bytes, content_id: str = "root@conformance") -> Part:
        """The XOP root part around an envelope."""
        media_type = 'application/xop+xml; charset=UTF-8; type="application/soap+xml"'
        return cls(
            (
                f"Content-Type: {media_type}",
                "Content-Transfer-Encoding: binary",
                f"Content-ID: <{content_id}>",
            ),
            envelope,
        )

    @classmethod
    def document(cls, content: bytes, content_id: str, encoding: str = "binary") -> Part:
        """An attachment."""
        headers = (
            "Content-Type: application/octet-stream",
            f"Content-Transfer-Encoding: {encoding}",
            f"Content-ID: <{content_id}>",
        )
        return cls(headers, content)


def multipart(parts: Iterable[Part], boundary: str, *, closed: bool = True) -> bytes:
    """Put parts between boundary lines; without the last one unless `closed`."""
    pieces = [
        b"--%b\r\n%b\r\n\r\n%b\r\n"
        % (boundary.encode(), "\r\n".join(part.headers).encode(), part.content)
        for part in parts
    ]
    end = b"--%b--\r\n" % boundary.encode() if closed else b""
    return b"".join(pieces) + end


def multipart_type(boundary: str, start: str = "root@conformance") -> str:
    """Return the Content-Type of a message in MTOM (ITI TF-2 V.8)."""
    return (
        f'multipart/related; type="application/xop+xml"; boundary="{boundary}"; '
        f'start="<{start}>"; start-info="application/soap+xml"'
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer taken apart with the standard library: root element (None when it has no XML),
    and the MIME parts of a multipart answer, the root part first.
    """

    status: int
    content_type: str
    parameters: Mapping[str, str]
    root: _Element | None
    parts: tuple[Message, ...] = ()

    @classmethod
    def of(cls, response: httpx.Response) -> Answer:
        """Take an answer apart; what cannot be read is None or empty."""
        content_type = response.headers.get("Content-Type", "")
        head = b"Content-Type: " + content_type.encode("latin-1") + b"\r\n\r\n"
        policy = email.policy.HTTP
        message: Message = email.message_from_bytes(head + response.content, policy=policy)
        parameters = {str(k).lower(): str(v) for k, v in message.get_params() or []}
        media_type = message.get_content_type()
        parts = tuple(message.get_payload()) if message.is_multipart() else ()
        data = _payload(parts[0]) if parts else response.content
        return cls(response.status_code, media_type, parameters, _parse(data), parts)

    @property
    def body(self) -> _Element | None:
        """The one element of the Body."""
        found = () if self.root is None else self.root.findall(f"{{{SOAP12}}}Body/*")
        return found[0] if len(found) == 1 else None

    @property
    def body_name(self) -> str:
        """The local name of the element in the Body, empty when there is none."""
        return "" if self.body is None else etree.QName(self.body).localname

    @property
    def is_fault(self) -> bool:
        """Whether a SOAP 1.2 fault was answered."""
        return self.body is not None and self.body.tag == f"{{{SOAP12}}}Fault"

    @property
    def fault_code(self) -> str:
        """The local name of the fault's code: Sender, MustUnderstand ...; empty without a fault."""
        return self._code(f"{{{SOAP12}}}Code/{{{SOAP12}}}Value")

    @property
    def fault_subcode(self) -> str:
        """The local name of the fault's subcode; empty without one."""
        return self._code(f"{{{SOAP12}}}Code/{{{SOAP12}}}Subcode/{{{SOAP12}}}Value")

    def header(self, name: str) -> str:
        """Return the text of a WS-Addressing header, empty without it."""
        path = f"{{{SOAP12}}}Header/{{{WSA}}}{name}"
        return "" if self.root is None else (self.root.findtext(path) or "").strip()

    def _code(self, path: str) -> str:
        if self.body is None or not self.is_fault:
            return ""
        return (self.body.findtext(path) or "").strip().rpartition(":")[2]


def _payload(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _parse(data: bytes) -> _Element | None:
    try:
        return etree.fromstring(data, _PARSER)
    except (etree.XMLSyntaxError, ValueError):
        return None


def text_of(data: bytes) -> str:
    """Read octets as text, whatever they are."""
    return data.decode("utf-8", "replace")
