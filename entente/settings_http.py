"""Where a server listens, and under which certificates: [http] and [management]."""

from __future__ import annotations

import ipaddress
from typing import Literal, Self

from pydantic import FilePath, model_validator

from entente.settings_types import Count, Port, Section, WebAddress
from entente.tls import ServerFiles


def is_loopback(host: str) -> bool:
    """Say whether only this machine reaches a host's ports."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Http(Section):
    """Where the SOAP services listen, and under which certificates."""

    host: str = "127.0.0.1"
    """The address listened at; one that others reach needs mutual TLS."""
    port: Port = 8080
    """Its port."""
    public_url: WebAddress | None = None
    """The address that the WSDL tells; without one it is made of host and port."""
    tls_certificate: FilePath | None = None
    """The server's certificate (PEM), with those in between; without one there is no TLS."""
    tls_key: FilePath | None = None
    """Its private key (PEM), without a passphrase."""
    tls_client_ca: FilePath | None = None
    """Client certificates must be signed by one of these (ITI TF-2 3.19, chain to a CA)."""
    tls_client_certificates: FilePath | None = None
    """Only these client certificates are let in (ITI TF-2 3.19, direct comparison).

    With `tls_client_ca` both are asked; without either, clients need no certificate.
    """
    tls_client_crl: tuple[FilePath, ...] = ()
    """CRLs of the clients' authorities, one of each at least; an expired one lets nobody in."""
    tls_crl_check: Literal["client", "chain"] = "client"
    """Whether the authorities in between must have CRLs too (chain)."""
    insecure: bool = False
    """Allow a host that others reach without mutual TLS."""
    workers: Count = 1
    """Processes that serve; several need PostgreSQL."""

    @model_validator(mode="after")
    def _certificates(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key go together")
        for name in ("tls_client_ca", "tls_client_certificates"):
            if getattr(self, name) and not self.tls_certificate:
                raise ValueError(f"{name} needs tls_certificate and tls_key")
        if self.tls_client_crl and not self.tls_client_ca:
            raise ValueError("tls_client_crl needs tls_client_ca")
        if self.tls_crl_check == "chain" and not self.tls_client_crl:
            raise ValueError("tls_crl_check = chain needs tls_client_crl")
        return self

    @model_validator(mode="after")
    def _plain_only_on_loopback(self) -> Self:
        if self.exposed and not self.insecure:
            raise ValueError(
                f"host {self.host} is reached from outside and there is no mutual TLS: "
                "set tls_certificate, tls_key and tls_client_ca, or insecure = true"
            )
        return self

    @property
    def exposed(self) -> bool:
        """True when others than this machine can connect, without proving who they are."""
        return not self.mutual and not is_loopback(self.host)

    @property
    def mutual(self) -> bool:
        """True when both ends prove who they are."""
        return bool(self.tls_client_ca or self.tls_client_certificates)

    @property
    def tls(self) -> ServerFiles | None:
        """The files of TLS, if there is any."""
        if self.tls_certificate is None or self.tls_key is None:
            return None
        return ServerFiles(
            self.tls_certificate,
            self.tls_key,
            self.tls_client_ca,
            self.tls_client_certificates,
            self.tls_client_crl,
            whole_chain=self.tls_crl_check == "chain",
        )

    @property
    def url(self) -> str:
        """The address of the services as others see it, without a slash at the end."""
        scheme = "https" if self.tls_certificate else "http"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"{scheme}://{host}:{self.port}"


class Management(Section):
    """Where /health, /ready and /metrics listen; beside the services while no port is set."""

    host: str = "127.0.0.1"
    """The address listened at."""
    port: Port | None = None
    """Its port; without one the pages stand beside the services."""
    insecure: bool = False
    """Allow a host that others reach: these pages have neither TLS nor a guard."""

    @model_validator(mode="after")
    def _only_on_loopback(self) -> Self:
        if self.exposed and not self.insecure:
            raise ValueError(
                f"host {self.host} is reached from outside, and these pages are for operators: "
                "listen on 127.0.0.1, or set insecure = true"
            )
        return self

    @property
    def exposed(self) -> bool:
        """True when others than this machine can read the pages."""
        return self.port is not None and not is_loopback(self.host)
