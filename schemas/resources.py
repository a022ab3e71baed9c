"""The schema files of this package, found by name."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from lxml import etree

NAMESPACES: Final = {
    "rim": "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0",
    "rs": "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0",
    "lcm": "urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0",
    "query": "urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0",
    "cms": "urn:oasis:names:tc:ebxml-regrep:xsd:cms:3.0",
    "xds-b": "urn:ihe:iti:xds-b:2007",
    "hl7": "urn:hl7-org:v3",
}
"""The namespace that each schema describes."""

FILES: Final = {
    "rim": "ebrs/rim.xsd",
    "rs": "ebrs/rs.xsd",
    "lcm": "ebrs/lcm.xsd",
    "query": "ebrs/query.xsd",
    "cms": "ebrs/cms.xsd",
    "xds-b": "ihe/xds-b.xsd",
    "hl7": "hl7/patient-feed.xsd",
    "audit": "atna/audit-message.xsd",
}
"""Where each schema is, seen from this package; the audit message has no namespace."""


def parse(path: str) -> etree._ElementTree:
    """Return one file, its path seen from this package, as a tree; OSError if there is none.

    Its references to other files are relative to its place on disk, and libxml2 follows them by
    itself: a resolver of ours would not do, for lxml loses sight of it while other threads parse.
    """
    parser = etree.XMLParser(no_network=True, resolve_entities=False)
    return etree.parse(str(files("schemas").joinpath(*path.split("/"))), parser)
