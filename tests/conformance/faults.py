"""Deliberate faults: what a proxy does to a good server to make a bad one of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from ihe_profiles.ebrim.namespaces import QUERY, RIM, RS
from ihe_profiles.soap.namespaces import SOAP12, WSA
from tests.conformance.proxy import Alter, Passing, nothing

R, Q, S, A = f"{{{RIM}}}", f"{{{QUERY}}}", f"{{{SOAP12}}}", f"{{{WSA}}}"
APPROVED = "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"
DEPRECATED = "urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated"
SUCCESS = b"urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success"
FAILURE = b"urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Failure"
PARTIAL = b"urn:ihe:iti:2007:ResponseStatusType:PartialSuccess"

Feed = Callable[[bytes, bytes | None], bytes | None]


def honest(message: bytes, answer: bytes | None) -> bytes | None:
    return answer


@dataclass(frozen=True)
class Fault:
    """A bad server: `rule` is an assertion that must fail."""

    name: str
    rule: str
    before: Alter = nothing
    after: Alter = nothing
    feed: Feed = field(default=honest)


def mentions(passing: Passing, *texts: str) -> bool:
    """Whether a request holds one of the texts: an action, the id of a query."""
    return any(text.encode() in passing.body for text in texts)


def swap(old: bytes | str, new: bytes | str, *only: str, count: int = -1) -> Alter:
    """Replace octets of answers (of requests that hold one of `only`)."""
    was, now = (text.encode() if isinstance(text, str) else text for text in (old, new))

    def alter(passing: Passing) -> None:
        if not only or mentions(passing, *only):
            passing.reply = passing.reply.replace(was, now, count)

    return alter


def resub(pattern: bytes, new: bytes, *only: str) -> Alter:
    """Replace what a pattern finds in answers."""

    def alter(passing: Passing) -> None:
        if not only or mentions(passing, *only):
            passing.reply = re.sub(pattern, new, passing.reply, flags=re.DOTALL)

    return alter


def edit(change: Callable[[etree._Element], None], *only: str) -> Alter:
    """Change the envelope of plain answers."""

    def alter(passing: Passing) -> None:
        if passing.reply_headers["content-type"].startswith("application/soap+xml") and (
            not only or mentions(passing, *only)
        ):
            root = passing.reply_xml
            change(root)
            passing.reply = etree.tostring(root)

    return alter


def ask_otherwise(change: Callable[[etree._Element], None], *only: str) -> Alter:
    """Change plain requests before they are passed on: a server that does not hear something."""

    def alter(passing: Passing) -> None:
        if (not only or mentions(passing, *only)) and passing.body.lstrip().startswith(b"<"):
            try:
                root = passing.xml
            except etree.XMLSyntaxError:
                return
            change(root)
            passing.body = etree.tostring(root)

    return alter


def deaf(parameter: str) -> Alter:
    """Do not hear a parameter of queries."""

    def change(root: etree._Element) -> None:
        for slot in list(root.iter(f"{R}Slot")):
            if slot.get("name") == parameter:
                parent = slot.getparent()
                assert parent is not None
                parent.remove(slot)

    return ask_otherwise(change, parameter)


def _slots(root: etree._Element, parameter: str) -> list[etree._Element]:
    return [slot for slot in root.iter(f"{R}Slot") if slot.get("name") == parameter]


def first_value_only(parameter: str) -> Alter:
    def change(root: etree._Element) -> None:
        for slot in _slots(root, parameter):
            for value in slot.iter(f"{R}Value"):
                value.text = re.sub(r"^\(('[^']*').*\)$", r"(\1)", value.text or "")

    return ask_otherwise(change, parameter)


def groups_joined(parameter: str) -> Alter:
    """OR taken for AND: repeated slots become one."""

    def change(root: etree._Element) -> None:
        first, *others = _slots(root, parameter)
        for slot in others:
            first[0].extend(slot[0])
            parent = slot.getparent()
            assert parent is not None
            parent.remove(slot)

    return ask_otherwise(change, parameter)


def shifted(parameter: str, by: int) -> Alter:
    """Off by one: a bound of time is taken later or earlier."""

    def change(root: etree._Element) -> None:
        for slot in _slots(root, parameter):
            for value in slot.iter(f"{R}Value"):
                digits = (value.text or "").strip("'").ljust(14, "0")
                value.text = str(int(digits) + by)

    return ask_otherwise(change, parameter)


def header(name: str, change: Callable[[etree._Element], None]) -> Alter:
    def alter(root: etree._Element) -> None:
        for block in list(root.iter(f"{A}{name}")):
            change(block)

    return edit(alter)


def removed(block: etree._Element) -> None:
    parent = block.getparent()
    assert parent is not None
    parent.remove(block)


def renamed(new: str) -> Callable[[etree._Element], None]:
    def change(block: etree._Element) -> None:
        block.text = new

    return change


def not_mandatory(block: etree._Element) -> None:
    block.attrib.pop(f"{S}mustUnderstand", None)


def twice_in_body(root: etree._Element) -> None:
    body = root.find(f"{S}Body")
    assert body is not None
    body.append(etree.fromstring(etree.tostring(body[0])))


def refuse(when: Callable[[Passing], bool]) -> Alter:
    """Refuse what a good server takes."""

    def alter(passing: Passing) -> None:
        if when(passing):
            passing.answer(500, b"no", "text/plain")

    return alter


def accept(when: Callable[[Passing], bool], body: bytes) -> Alter:
    """Take what a good server refuses: its refusal becomes an answer of the transaction."""

    def alter(passing: Passing) -> None:
        if when(passing):
            head = passing.reply.partition(b"<s:Body>")[0] or b""
            passing.answer(200, head + b"<s:Body>" + body + b"</s:Body></s:Envelope>")

    return alter


EMPTY = (
    f'<q:AdhocQueryResponse xmlns:q="{QUERY}" xmlns:rim="{RIM}" status="{SUCCESS.decode()}">'
    "<rim:RegistryObjectList/></q:AdhocQueryResponse>"
).encode()
DONE = f'<rs:RegistryResponse xmlns:rs="{RS}" status="{SUCCESS.decode()}"/>'.encode()


def is_fault(passing: Passing) -> bool:
    return b":Fault>" in passing.reply


def told_as_success(*only: str) -> Alter:
    """Tell a refusal of the registry as Success, without its errors."""

    def alter(passing: Passing) -> None:
        if FAILURE in passing.reply and (not only or mentions(passing, *only)):
            passing.reply = passing.reply.replace(FAILURE, SUCCESS)
            passing.reply = re.sub(
                rb"<(rs:)?RegistryErrorList.*?</(rs:)?RegistryErrorList>",
                b"",
                passing.reply,
                flags=re.DOTALL,
            )

    return alter


def objects(root: etree._Element) -> list[etree._Element]:
    return [one for listed in root.iter(f"{R}RegistryObjectList") for one in listed]


def without(tag: str, **attributes: str) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        for element in list(root.iter(f"{R}{tag}")):
            if all(element.get(name) == value for name, value in attributes.items()):
                removed(element)

    return change


def last_object_lost(root: etree._Element) -> None:
    found = objects(root)
    if found:
        removed(found[-1])


def all_approved(root: etree._Element) -> None:
    for one in objects(root):
        one.set("status", APPROVED)


def errors_last(root: etree._Element) -> None:
    """Put the error list after the objects, where the schema does not have it."""
    for response in root.iter(f"{Q}AdhocQueryResponse"):
        for errors in response.findall(f"{{{RS}}}RegistryErrorList"):
            response.append(errors)
        response.append(etree.SubElement(response, f"{{{RS}}}RegistryErrorList"))
