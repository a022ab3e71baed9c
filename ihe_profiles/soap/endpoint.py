"""The ASGI application at one SOAP address: POST carries messages, GET ?wsdl describes them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from ihe_profiles.soap.deadlines import Receive
from ihe_profiles.soap.http_exchange import (
    HttpExchange,
    Observation,
    Outcome,
    Pools,
    Scope,
    Send,
)
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.soap.spyne_port import SoapServer

__all__ = ["Observation", "Outcome", "Pools", "SoapEndpoint"]

Method = Callable[[Scope, Receive, Send], Awaitable[None]]

_TEXT: Final = b"text/plain; charset=utf-8"


class SoapEndpoint:
    """Serves one SoapServer over HTTP (ITI TF-2 Appendix V).

    `wsdl` is answered as it is; `observe` hears of each finished POST. Serves the path it is called
    for, whatever it is.
    """

    def __init__(
        self,
        server: SoapServer,
        wsdl: bytes,
        limits: SoapLimits,
        pools: Pools,
        observe: Callable[[Observation], None] | None = None,
    ) -> None:
        self._server = server
        self._wsdl = wsdl
        self._limits = limits
        self._pools = pools
        self._observe = observe
        self._methods: dict[str, Method] = {"POST": self._post, "GET": self._get, "HEAD": self._get}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        await self._methods.get(scope["method"], self._refuse_method)(scope, receive, send)

    async def _post(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = HttpExchange(self._server, self._limits, self._pools, scope)
        seen = await exchange.run(receive, send)
        if self._observe is not None:
            self._observe(seen)

    async def _get(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["query_string"].lower() == b"wsdl":
            await _send(send, 200, self._wsdl, b"text/xml; charset=utf-8")
        else:
            await _send(send, 404, b"POST SOAP messages here; GET ?wsdl describes them.\n", _TEXT)

    async def _refuse_method(self, scope: Scope, receive: Receive, send: Send) -> None:
        allow = ", ".join(self._methods).encode()
        await _send(send, 405, b"Allowed are " + allow + b".\n", _TEXT, (b"allow", allow))


async def _send(
    send: Send, status: int, body: bytes, content_type: bytes, *headers: tuple[bytes, bytes]
) -> None:
    length = str(len(body)).encode()
    basic = ((b"content-type", content_type), (b"content-length", length))
    await send({"type": "http.response.start", "status": status, "headers": [*basic, *headers]})
    await send({"type": "http.response.body", "body": body})
