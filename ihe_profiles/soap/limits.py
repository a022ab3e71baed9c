"""Every limit of the SOAP layer, in one place; the server's settings fill it from `[limits]`."""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB


@dataclass(frozen=True, slots=True)
class SoapLimits:
    """Sizes in octets, times in seconds, rates in octets a second."""

    message: int = 8 * GIB
    """A whole request, attachments included."""
    root_part: int = 16 * MIB
    """The SOAP envelope."""
    inline_document: int = 7_000_000
    """A document as base64 text inside the envelope, decoded; larger ones must be XOP parts."""
    depth: int = 64
    """Nesting of XML elements."""
    namespace: int = 256
    """The name of an XML namespace, in characters: canonical forms and schema errors repeat it."""
    parts: int = 1000
    """Attachments of one message."""
    early_parts: int = GIB
    """Attachments that come before the envelope and wait for it in a temporary file."""
    part_headers: int = 16 * KIB
    """The MIME headers of one part."""
    refused_body: int = 64 * MIB
    """How much of a refused message is still read, so that its sender gets to see the answer."""
    batch: int = 256 * KIB
    """Bytes handed to a worker thread at once."""
    header_seconds: float = 10.0
    """Until the HTTP headers of a request are complete, on every request of a connection."""
    idle_seconds: float = 30.0
    """A connection without a request."""
    chunk_seconds: float = 20.0
    """Until the next bytes of a body."""
    minimum_rate: int = 4 * KIB
    """Of a body, averaged after the first `chunk_seconds`."""
    total_seconds: float = 3600.0
    """A whole request body."""
    upload_threads: int = 8
    """Of each process, for messages with documents."""
    query_threads: int = 8
    """Of each process, for the others."""
