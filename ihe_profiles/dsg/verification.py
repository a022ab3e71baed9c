"""The one door: judge whatever signatures a document has."""

from __future__ import annotations

import re
from typing import Final

from ihe_profiles.dsg.ground import Ground
from ihe_profiles.dsg.pdf import judge_pdf
from ihe_profiles.dsg.reasons import because
from ihe_profiles.dsg.verdicts import Judgement
from ihe_profiles.dsg.xml import judge_xml

_PDF: Final = re.compile(rb"%PDF-")
_XML: Final = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*<|<\0|\0<")
_PDF_HEAD: Final = 1024
"""A PDF's header may stand anywhere in its first bytes (ISO 32000-1 Annex H, note 13)."""


def judge(data: bytes, ground: Ground) -> tuple[Judgement, ...]:
    """Judge each signature of a document, in its order; none where it has no signature.

    The bytes tell what it is: PDF, XML, or neither, which carries no signature. What is both is not
    valid: comments of signed XML may be a whole PDF. Nothing is fetched,
    and nothing is raised for what a document contains.
    """
    is_xml, is_pdf = _XML.match(data), _PDF.search(data[:_PDF_HEAD])
    if is_xml and is_pdf:
        return (Judgement("XML", reasons=(because("two-formats"),)),)
    if is_xml:
        return judge_xml(data, ground)
    return judge_pdf(data, ground) if is_pdf else ()
