"""The RegRep 3.0 namespaces and the prefixes that Entente writes them with."""

from __future__ import annotations

from typing import Final

RIM: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"
RS: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0"
LCM: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0"
QUERY: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0"
XDS: Final = "urn:ihe:iti:xds-b:2007"
XML: Final = "http://www.w3.org/XML/1998/namespace"

PREFIXES: Final = {"rim": RIM, "rs": RS, "lcm": LCM, "query": QUERY, "xds": XDS}

OBJECT_TYPE: Final = "urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:"
"""Start of the @objectType of every ebRIM class but ExtrinsicObject."""


def declarations(*prefixes: str) -> str:
    """Return the namespace declarations for a start tag, each with a blank before it."""
    return "".join(f' xmlns:{prefix}="{PREFIXES[prefix]}"' for prefix in prefixes)
