"""Keys that stay in a token: smart cards and security modules (PKCS#11)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import unquote, unquote_to_bytes, urlsplit

if TYPE_CHECKING:
    from pkcs11 import Token

SCHEME: Final = "pkcs11:"

_PATH: Final = frozenset({"token", "serial", "object", "id", "type"})
_QUERY: Final = frozenset({"module-path", "pin-source"})


class TokenFailed(Exception):
    """The token, or the key in it, is not there or does not sign."""


@dataclass(frozen=True, slots=True)
class TokenKey:
    """A private key in a token: what it is, and what signs the SHA-256 digest of some bytes.

    `sign` returns the value as XML has it: RSA (PKCS#1 v1.5), or r and s in full length. It raises
    TokenFailed.
    """

    kind: Literal["rsa", "ecdsa"]
    sign: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Address:
    """A PKCS#11 URI (RFC 7512) as far as it names a token, a key, a module and a PIN."""

    module: str
    token: str | None = None
    serial: bytes | None = None
    object: str | None = None
    id: bytes | None = None
    pin: str | None = None


def parse(uri: str) -> Address:
    """Read pkcs11:token=...;object=...;id=%01?module-path=...&pin-source=file:...

    Raises ValueError for an attribute that is not known, and without a module or a key.
    """
    path, _, query = uri.removeprefix(SCHEME).partition("?")
    named = _attributes(path, ";", _PATH)
    asked = _attributes(query, "&", _QUERY)
    if "module-path" not in asked:
        raise ValueError("the PKCS#11 URI names no module: add ?module-path=/path/of/module.so")
    if not named.keys() & {"object", "id"}:
        raise ValueError("the PKCS#11 URI names no key: add object= or id=")
    if named.get("type", "private") != "private":
        raise ValueError("the PKCS#11 URI names no private key: leave out type=")
    return Address(
        module=unquote(asked["module-path"]),
        token=_text(named, "token"),
        serial=_octets(named, "serial"),
        object=_text(named, "object"),
        id=_octets(named, "id"),
        pin=_pin(asked),
    )


@contextmanager
def held_key(address: Address, pin: str | None = None) -> Iterator[TokenKey]:
    """Lend a key while a session with its token is open. Raises TokenFailed.

    The PIN of the address wins over `pin`.
    """
    import pkcs11  # a library that not everybody who signs needs

    secret = address.pin or pin
    try:
        with _token(address).open(user_pin=secret) as session:
            key = session.get_key(
                object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=address.object, id=address.id
            )
            yield _key(key, secret)
    except pkcs11.PKCS11Error as error:
        raise TokenFailed(_said(error)) from error


def _token(address: Address) -> Token:
    import pkcs11

    try:
        library = pkcs11.lib(address.module)
    except RuntimeError as error:  # PKCS11Error is one
        raise TokenFailed(f"{address.module}: {_said(error)}") from error
    return library.get_token(
        token_label=address.token,
        token_serial=address.serial,
        token_flags=pkcs11.TokenFlag.TOKEN_INITIALIZED,
    )


def _key(key: Any, pin: str | None) -> TokenKey:
    from pkcs11 import KeyType, Mechanism

    again = {"pin": pin} if pin and _asks_each_time(key) else {}

    def signing(mechanism: Mechanism, prepare: Callable[[bytes], bytes]) -> Callable[..., bytes]:
        return lambda data: _signed(key, prepare(data), mechanism=mechanism, **again)

    if key.key_type == KeyType.RSA:
        return TokenKey("rsa", signing(Mechanism.SHA256_RSA_PKCS, bytes))
    if key.key_type == KeyType.EC:
        return TokenKey("ecdsa", signing(Mechanism.ECDSA, lambda d: hashlib.sha256(d).digest()))
    raise TokenFailed(f"the key is neither RSA nor ECDSA but {key.key_type!r}")


def _asks_each_time(key: Any) -> bool:
    """Tell whether the token wants its PIN for each signature, as health cards do."""
    import pkcs11

    try:
        return bool(key[pkcs11.Attribute.ALWAYS_AUTHENTICATE])
    except pkcs11.PKCS11Error:
        return False


def _signed(key: Any, data: bytes, **how: object) -> bytes:
    import pkcs11

    try:
        return bytes(key.sign(data, **how))
    except pkcs11.PKCS11Error as error:
        raise TokenFailed(_said(error)) from error


def _said(error: Exception) -> str:
    said = str(error)
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _attributes(text: str, separator: str, known: frozenset[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, text.split(separator)):
        name, _, value = part.partition("=")
        if name not in known:
            allowed = ", ".join(sorted(known))
            raise ValueError(f"the PKCS#11 URI has {name!r}; known here are {allowed}")
        if name in found:
            raise ValueError(f"the PKCS#11 URI has {name} twice")
        found[name] = value
    return found


def _text(values: Mapping[str, str], name: str) -> str | None:
    return unquote(values[name], errors="strict") if name in values else None


def _octets(values: Mapping[str, str], name: str) -> bytes | None:
    return unquote_to_bytes(values[name]) if name in values else None


def _pin(asked: Mapping[str, str]) -> str | None:
    """Return what the file that holds the PIN says; pin-value shows it to all (RFC 7512 2.4)."""
    source = _text(asked, "pin-source")
    if source is None:
        return None
    try:
        return Path(urlsplit(source).path).read_text("utf-8").strip()
    except OSError as error:
        raise ValueError(f"the PIN cannot be read: {error}") from None
