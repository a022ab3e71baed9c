"""Names of certificates' subjects as people and libraries write them (RFC 4514, RFC 1779)."""

from __future__ import annotations

import re
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

_TYPES: Final = {  # RFC 4514 3, X.520, and what OpenSSL and Java write
    "CN": NameOID.COMMON_NAME,
    "C": NameOID.COUNTRY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "L": NameOID.LOCALITY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "S": NameOID.STATE_OR_PROVINCE_NAME,
    "STREET": NameOID.STREET_ADDRESS,
    "DC": NameOID.DOMAIN_COMPONENT,
    "UID": NameOID.USER_ID,
    "SN": NameOID.SURNAME,
    "SURNAME": NameOID.SURNAME,
    "GN": NameOID.GIVEN_NAME,
    "GIVENNAME": NameOID.GIVEN_NAME,
    "T": NameOID.TITLE,
    "TITLE": NameOID.TITLE,
    "SERIALNUMBER": NameOID.SERIAL_NUMBER,
    "E": NameOID.EMAIL_ADDRESS,
    "EMAILADDRESS": NameOID.EMAIL_ADDRESS,
    "ORGANIZATIONIDENTIFIER": NameOID.ORGANIZATION_IDENTIFIER,
}
_PART: Final = re.compile(r'(?:[^,;+"\\]|\\.|"(?:[^"\\]|\\.)*")+', re.DOTALL)
_SLASH: Final = re.compile(r"/(?=[A-Za-z][A-Za-z0-9.]*=|[0-9.]+=)")
_ESCAPED: Final = re.compile(r"\\((?:[0-9A-Fa-f]{2}(?:\\[0-9A-Fa-f]{2})*)|.)", re.DOTALL)


def is_of(said: str, subject: x509.Name) -> bool:
    """Compare a name with a subject: in any order, any case, with commas or with slashes."""
    return sorted(_said(said)) == sorted(
        (one.oid.dotted_string, _folded(str(one.value))) for one in subject
    )


def _said(name: str) -> list[tuple[str, str]]:
    parts = _SLASH.split(name)[1:] if name.startswith("/") else _PART.findall(name)
    return [_read(*part.partition("=")[::2]) for part in parts]


def _read(type: str, value: str) -> tuple[str, str]:
    name = type.strip().upper().removeprefix("OID.")
    known = _TYPES.get(name)
    return (known.dotted_string if known else name), _folded(_unescaped(value.strip()))


def _unescaped(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = value[1:-1]
    return _ESCAPED.sub(_plain, value)


def _plain(found: re.Match[str]) -> str:
    text = found[1]
    if len(text) == 1:
        return text
    return bytes.fromhex(text.replace("\\", "")).decode(errors="replace")


def _folded(value: str) -> str:
    return " ".join(value.split()).casefold()
