"""How long a request's body may take: until the next bytes, at which rate, altogether."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.soap.limits import SoapLimits

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]


class Pace:
    """Judges one body by the time spent waiting for it; our own work does not count as theirs."""

    def __init__(self, limits: SoapLimits) -> None:
        self._limits = limits
        self._end = time.monotonic() + limits.total_seconds
        self._waited = 0.0
        self._octets = 0

    async def next(self, receive: Receive) -> Message:
        """Wait for the next ASGI message of the body.

        Raises SoapFault: `body-stalled`, `body-too-late`, `body-too-slow`.
        """
        began = time.monotonic()
        left = self._end - began
        try:
            async with asyncio.timeout(min(left, self._limits.chunk_seconds)):
                message = await receive()
        except TimeoutError:
            raise self._missed(left) from None
        self._waited += time.monotonic() - began
        self._octets += len(message.get("body", b""))
        if message.get("more_body") and self._is_too_slow():
            raise SoapFault("body-too-slow", rate=self._limits.minimum_rate)
        return message

    def _missed(self, left: float) -> SoapFault:
        if left < self._limits.chunk_seconds:
            return SoapFault("body-too-late", seconds=self._limits.total_seconds)
        return SoapFault("body-stalled", seconds=self._limits.chunk_seconds)

    def _is_too_slow(self) -> bool:
        if self._waited <= self._limits.chunk_seconds:
            return False
        return self._octets < self._waited * self._limits.minimum_rate
