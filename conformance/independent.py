"""Plain SOAP through zeep: requests and answers pass through a toolkit that is not ours."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Final

import httpx
import requests
import zeep
from lxml import etree
from zeep.exceptions import Error as ZeepError
from zeep.exceptions import Fault

import schemas
from ihe_profiles.soap import response
from ihe_profiles.soap.addressing import ANONYMOUS
from ihe_profiles.soap.call_failures import Unanswered, Unreachable, Unreadable
from ihe_profiles.soap.client import Receive, Response, discard
from ihe_profiles.soap.exchange import Binary, Transaction
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.soap.namespaces import SOAP12, WSA

_LIMITS: Final = SoapLimits()
_MESSAGE_ID: Final = f"{{{WSA}}}MessageID"


class ZeepCaller:
    """Calls the service at `url` as the description named `wsdl` says, each message through zeep.

    A Caller for what is neither MTOM nor has headers of its own.
    """

    def __init__(self, wsdl: str, url: str, http: httpx.Client) -> None:
        self._transport = _Transport(http)
        description = io.BytesIO(schemas.wsdl(wsdl, url))
        self._client: Any = zeep.Client(  # type: ignore[no-untyped-call]
            description, transport=self._transport, plugins=[_Profiled()]
        )

    def call(
        self,
        transaction: Transaction,
        body: Sequence[bytes | Binary],
        *,
        message_id: str | None = None,
        header: bytes = b"",
        receive: Receive = discard,
    ) -> Response:
        """As Caller.call; Unreadable also when zeep cannot read the answer."""
        operation = self._client.service[transaction.operation]
        element = etree.fromstring(b"".join(piece for piece in body if isinstance(piece, bytes)))
        value = self._input(transaction).parse(element, self._client.wsdl.types)
        blocks = list(etree.fromstring(b"<h>" + header + b"</h>")) if header else None
        try:
            operation(**{name: value[name] for name in value}, _soapheaders=blocks)
        except Fault:
            pass  # read below, as every answer is
        except httpx.ConnectError as error:
            raise Unreachable(f"no connection: {error}") from error
        except httpx.TransportError as error:
            raise Unanswered(f"{type(error).__name__}: {error}") from error
        except (ZeepError, etree.LxmlError, ValueError, TypeError, AttributeError) as error:
            raise Unreadable(f"zeep cannot read the answer: {error}") from error
        asked = response.Asked(transaction, self._transport.message_id, _LIMITS)
        return response.read(self._transport.arriving, asked, receive)

    def _input(self, transaction: Transaction) -> Any:
        binding = self._client.service._binding
        return binding.get(transaction.operation).input.body


class _Profiled(zeep.Plugin):
    """Adds to zeep's addressing what IHE asks of it (ITI TF-2 V.3 IHE-WSA101 and IHE-WSA102)."""

    def egress(
        self, envelope: Any, http_headers: Any, operation: Any, binding_options: Any
    ) -> tuple[Any, Any]:
        for action in envelope.iter(f"{{{WSA}}}Action"):
            action.set(f"{{{SOAP12}}}mustUnderstand", "true")
            reply_to = etree.SubElement(action.getparent(), f"{{{WSA}}}ReplyTo")
            etree.SubElement(reply_to, f"{{{WSA}}}Address").text = ANONYMOUS
        return envelope, http_headers


class _Transport(zeep.Transport):
    """Carries zeep's messages through an httpx client."""

    def __init__(self, http: httpx.Client) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._http = http
        self.message_id = ""
        self.arriving = response.Arriving(0, "", ())

    def post(self, address: str, message: bytes, headers: dict[str, str]) -> requests.Response:
        root = etree.fromstring(message)
        self.message_id = next((e.text or "" for e in root.iter(_MESSAGE_ID)), "")
        answer = self._http.post(address, content=message, headers=headers)
        content_type = answer.headers.get("Content-Type", "")
        self.arriving = response.Arriving(answer.status_code, content_type, [answer.content])
        made = requests.Response()
        made.status_code = answer.status_code
        made._content = answer.content
        made.headers.update(answer.headers)
        return made
