"""HL7 v2 messages of invented patients."""

from __future__ import annotations

from itertools import count

DOMAIN = "1.2.250.1.213.1.4.99"
OTHER = "1.2.9.9"
_numbers = count(1)


def own(identifier: str, authority: str = DOMAIN) -> str:
    """A CX whose authority is an OID."""
    return f"{identifier}^^^&{authority}&ISO"


def adt(
    event: str,
    patient: str = "",
    subsumed: str | None = None,
    *,
    control: str | None = None,
    version: str = "2.3.1",
    charset: str = "",
    kind: str = "ADT",
    processing: str = "P",
) -> bytes:
    """An ADT message, its PID-3 and MRG-1 as given."""
    control = f"M{next(_numbers)}" if control is None else control
    msh = ("MSH", "^~\\&", "ADMIT", "CHU", "XDS", "REGION", "20260102030405", "")
    lines = [
        "|".join((*msh, f"{kind}^{event}", control, processing, version, *[""] * 5, charset)),
        f"EVN|{event}|20260102030405",
        f"PID|||{patient}||Éssai^Zoé||19700101|F",
    ]
    if subsumed is not None:
        lines.append(f"MRG|{subsumed}")
    lines.append("PV1||O")
    encoding = "iso-8859-1" if charset == "8859/1" else "utf-8"
    return "".join(f"{line}\r" for line in lines).encode(encoding)


def fields(answer: bytes, segment: str) -> list[str]:
    """The fields of an acknowledgement's segment, counted from 1 (of MSH from 2)."""
    (line,) = [r for r in answer.decode().split("\r") if r.startswith(segment)]
    return line.split("|")


def code(answer: bytes) -> str:
    return fields(answer, "MSA")[1]


def conditions(answer: bytes) -> list[str]:
    """The codes of HL7 table 0357 that an acknowledgement names."""
    return [part.split("&")[0].strip("^") for part in fields(answer, "ERR")[1].split("~")]
