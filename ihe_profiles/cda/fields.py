"""HL7 v2 fields, as XDS metadata writes them, from the HL7 v3 values of a CDA header.

ITI TF-3 4.2.3.1.7 says how the fields look, IHE PCC TF-2 4.1 which element fills which component.
A field too long for ebRIM loses the end of its longest text; identifiers are never shortened.
"""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from ihe_profiles.cda.model import (
    AssignedEntity,
    CodedValue,
    Device,
    InstanceIdentifier,
    Organization,
    Parts,
    Telecom,
)
from ihe_profiles.xds.datatypes import CX, XCN, XON, XTN, CXi, oid_problem

VALUE_LENGTH: Final = 256
"""Of an rim:Value, and of an identifier (ebRIM LongName)."""

ESCAPES: Final = {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "~": "\\R\\", "&": "\\T\\"}

TELECOM_USES: Final = {"H": "PRN", "HP": "PRN", "HV": "VHN", "WP": "WPN", "EC": "EMR"}
"""HL7 v3 TelecommunicationAddressUse to HL7 table 0201; other uses have no counterpart."""

EQUIPMENT: Final = {"tel": "PH", "fax": "FX"}
"""URL scheme to HL7 table 0202; a telephone of use MC is a CP."""

_BIRTH, _CALL = "BR", "CL"


class Exact(str):
    """A component that is written as it stands: neither escaped nor shortened."""

    __slots__ = ()


def escape(text: str) -> Exact:
    """Write HL7's delimiters as escape sequences (HL7 v2 section 2.7)."""
    return Exact("".join(ESCAPES.get(character, character) for character in text))


def field(*components: str, room: int = VALUE_LENGTH) -> str:
    """Join components with `^`, no empty ones at the end, in `room` characters if possible."""
    parts = list(components)
    while (excess := len(_joined(parts)) - room) > 0:
        texts = [i for i, part in enumerate(parts) if part and not isinstance(part, Exact)]
        if not texts:
            break
        longest = max(texts, key=lambda i: len(parts[i]))
        parts[longest] = parts[longest][:-excess]
    return _joined(parts)


def _joined(parts: list[str]) -> str:
    escaped = (part if isinstance(part, Exact) else escape(part) for part in parts)
    return "^".join(escaped).rstrip("^")


def oid(root: str) -> str | None:
    """Return an II's root as an OID: itself, or 2.25 and a UUID's number (X.667 7); else None."""
    if oid_problem(root) is None:
        return root
    uuid = _uuid(root)
    return f"2.25.{uuid.int}" if uuid else None


def globally_unique(root: str) -> str:
    """Return an II's root as an identifier of its own: an OID, or a UUID as a lower-case URN."""
    uuid = _uuid(root)
    return uuid.urn if uuid else root


def _uuid(root: str) -> UUID | None:
    try:
        return UUID(root)
    except ValueError:
        return None


def _authority(identifier: InstanceIdentifier) -> Exact:
    """`&OID&ISO`; empty where the identifier needs no authority or has none with an OID."""
    authority = oid(identifier.root) if identifier.extension else None
    return Exact(f"&{authority}&ISO" if authority else "")


def _identifier(identifier: InstanceIdentifier) -> Exact:
    return escape(identifier.extension or globally_unique(identifier.root))


def _best(ids: tuple[InstanceIdentifier, ...]) -> tuple[Exact, Exact]:
    """The first id with an extension, else the first one: the id and its authority."""
    ordered = sorted(ids, key=lambda identifier: identifier.extension is None)
    return (_identifier(ordered[0]), _authority(ordered[0])) if ordered else (Exact(), Exact())


def cx(identifier: InstanceIdentifier) -> CX | None:
    """Write `id^^^&OID&ISO`; None without an extension or an OID."""
    authority = _authority(identifier)
    return CX(field(_identifier(identifier), "", "", authority)) if authority else None


def cxi(identifier: InstanceIdentifier, id_type: str) -> CXi:
    """Write `id^^^&OID&ISO^type`; an OID or UUID alone is unique without an authority."""
    authority = _authority(identifier)
    return CXi(field(_identifier(identifier), "", "", authority, Exact(id_type)))


def xcn(entity: AssignedEntity) -> XCN | None:
    """Write the person, or the device; None where neither an id nor a name is known."""
    identifier, authority = _best(entity.ids)
    names = _person(entity.name) if entity.name else _device(entity.device or Device())
    if not identifier and not names[0]:
        return None
    return XCN(field(identifier, *names, "", "", authority))


def _person(name: Parts) -> tuple[str, ...]:
    """Components 2 to 6: family name, given name, further given names, suffix, prefix."""
    family = name.of("family", qualifier=_CALL) or name.of("family", "text")
    given, *further = name.of("given", qualifier=_CALL) or name.of("given") or ("",)
    suffix, prefix = name.of("suffix"), name.of("prefix")
    return " ".join(family[:1]), given, " ".join(further), " ".join(suffix), " ".join(prefix)


def _device(device: Device) -> tuple[str, ...]:
    return device.software or device.model or "", device.model or "", "", "", ""


def xon(organization: Organization) -> XON | None:
    """Write the organization, its id an OID or with one as authority; None without a name."""
    if not organization.name:
        return None
    oids = ((oid(identifier.root), identifier.extension) for identifier in organization.ids)
    identifier, authority = _best(tuple(InstanceIdentifier(r, ext) for r, ext in oids if r))
    return XON(field(organization.name, "", "", "", "", authority, "", "", "", identifier))


def xtn(telecom: Telecom) -> XTN | None:
    """Write a telephone or fax number, or an e-mail address; None for other URLs."""
    scheme, _, rest = telecom.value.partition(":")
    if scheme == "mailto" and "@" in rest:
        return XTN(field("", "NET", "Internet", rest))
    number = re.sub(r"[^0-9+]", "", rest.partition(";")[0])
    if scheme not in EQUIPMENT or not number:
        return None
    equipment = "CP" if scheme == "tel" and "MC" in telecom.uses else EQUIPMENT[scheme]
    use = next((TELECOM_USES[use] for use in telecom.uses if use in TELECOM_USES), "")
    return XTN(field("", use, equipment, "", "", "", number))


def coded_string(code: CodedValue) -> str:
    """Write `code^^^&OID&ISO`, or the text of a code whose system is no OID."""
    if code.code_system is None or oid_problem(code.code_system):
        return field(code.display_name or code.code)
    return field(escape(code.code), "", "", Exact(f"&{code.code_system}&ISO"))


def xpn(name: Parts, room: int) -> tuple[str, ...]:
    """Write the legal name (type L), and the name in use (type D) where the two are told apart."""
    family = name.of("family", qualifier=_BIRTH) or name.of("family", "text") or ("",)
    plain = tuple(part.text for part in name.parts if part.kind == "given" and not part.qualifiers)
    given = name.of("given", qualifier=_BIRTH) or plain or name.of("given") or ("",)
    further = " ".join(text for text in plain if text != given[0])
    titles = " ".join(name.of("suffix")), " ".join(name.of("prefix"))
    legal = field(family[0], given[0], further, *titles, "", Exact("L"), room=room)
    if not (call := name.of("family", qualifier=_CALL)):
        return (legal,)
    call_given = name.of("given", qualifier=_CALL) or given
    return legal, field(call[0], call_given[0], "", "", "", "", Exact("D"), room=room)


def xad(address: Parts, room: int) -> str:
    """Write an address: street, other designation, city, state, postal code, country."""
    street, *further = address.of("streetAddressLine", "text") or (
        " ".join(address.of("houseNumber", "streetNameType", "streetName", "streetNameBase")),
    )
    other = " ".join((*further, *address.of("unitID", "additionalLocator")))
    rest = (" ".join(address.of(kind)) for kind in ("city", "state", "postalCode", "country"))
    return field(street, other, *rest, room=room)
