"""Which XDS formatCode a CDA document has, by its templates and its body (ITI TF-3 4.2.3.2.9).

A document may name several templates. National ones come before the international ones that they
refine, each in the order of its table: the position of a templateId in the document means nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ihe_profiles.cda.model import Body
from ihe_profiles.xds.metadata import Code, LocalizedString

IHE_FORMATS: Final = "1.3.6.1.4.1.19376.1.2.3"
"""Coding scheme of the format codes that IHE gives out."""
CI_SIS_FORMATS: Final = "1.2.250.1.213.1.1.4.2.282"
"""Coding scheme of the French format codes (TRE_A06)."""

MIME_TYPE_SUFFICIENT: Final = "urn:ihe:iti:xds:2017:mimeTypeSufficient"
OUTSIDE_CI_SIS: Final = "urn:asipSante:modelesHorsProfils:2011"
"""For a French document of no listed template."""

CI_SIS_TEMPLATES: Final = {
    "2.1.1": "urn:asip:ci-sis:avk:2009",
    "2.1.2": "urn:asip:ci-sis:tap:2009",
    "2.1.3": "urn:asip:ci-sis:dci:2009",
    "2.1.4": "urn:asip:ci-sis:psc:2009",
    "2.1.5": "urn:asip:ci-sis:ppv:2009",
    "5.1": "urn:asip:ci-sis:cse-cs8:2017",
    "5.2": "urn:asip:ci-sis:cse-cs9:2017",
    "5.3": "urn:asip:ci-sis:cse-cs24:2017",
    "5.4": "urn:ans:ci-sis:cse-mde:2023",
    "8": "urn:asip:ci-sis:frcp:2011",
    "9": "urn:asip:ci-sis:idap:2011",
    "10": "urn:asip:ci-sis:cva:2017",
    "12.1": "urn:asip:ci-sis:obp-sap:2023",
    "12.2": "urn:asip:ci-sis:obp-snm:2023",
    "12.3": "urn:asip:ci-sis:obp-sne:2023",
    "12.4": "urn:asip:ci-sis:obp-scm:2023",
    "12.5": "urn:asip:ci-sis:obp-sem:2023",
    "13": "urn:asip:ci-sis:vsm:2012",
    "15": "urn:asip:ci-sis:aunv:2013",
    "16": "urn:asip:ci-sis:eunv:2013",
    "17": "urn:asip:ci-sis:sunv:2013",
    "18": "urn:asip:ci-sis:crrtn:2013",
    "20": "urn:asip:ci-sis:pps-paerpa:2017",
    "21": "urn:asip:ci-sis:ldl-ees:2017",
    "22": "urn:asip:ci-sis:dlu:2015",
    "23": "urn:asip:ci-sis:fludt:2017",
    "24": "urn:asip:ci-sis:fludr:2017",
    "25": "urn:asip:ci-sis:pavc:2016",
    "26": "urn:asip:ci-sis:pps-cancer:2017",
    "27": "urn:asip:ci-sis:d2lm-fin:2017",
    "28": "urn:asip:ci-sis:d2lm-fidd:2017",
    "29": "urn:asip:ci-sis:ldl-ses:2017",
    "30": "urn:asip:ci-sis:sdm-mr:2017",
    "32": "urn:asip:ci-sis:crgm:2018",
    "36": "urn:asip:ci-sis:hr:2019",
    "37": "urn:asip:ci-sis:vac:2019",
    "38": "urn:asip:ci-sis:tlm-da:2020",
    "39": "urn:ihe:pharm:pre:2010",
    "40": "urn:asip:ci-sis:cr-anest:2020",
    "41": "urn:asip:ci-sis:cr-cpa:2020",
    "42": "urn:ihe:eyecare:geneyeevalcn:2014",
    "43": "urn:ihe:eyecare:geneyeevalcn:2014",
    "44": "urn:ihe:eyecare:geneyeevalcn:2014",
    "45": "urn:ihe:rad:CDA:ImagingReportStructuredHeadings:2013",
    "46": "urn:asip:ci-sis:vac-note:2021",
    "47": "urn:ans:ci-sis:img-da:2022",
    "48": "urn:asip:ci-sis:dlu-dlu-dom:2022",
    "49": "urn:asip:ci-sis:dlu-fludt-dom:2022",
    "50": "urn:asip:ci-sis:dlu-fludr-dom:2022",
    "51": "urn:ihe:pcc:ips:2020",
    "52": "urn:ans:ci-sis:bio-ep-bio:2022",
    "54": "urn:ihe:pharm:dis:2010",
    "55": "urn:ihe:lab:xd-lab:2008",
    "56": "urn:asip:ci-sis:ppp:2023",
    "57": "urn:ihe:palm:apsr:2016",
    "58": "urn:asip:ci-sis:export-dui:2023",
    "59": "urn:ans:ci-sis:trod:2024",
}
"""French templates, below the arc 1.2.250.1.213.1.1.1 (ANS, ASS_A11; 59 by its code's name)."""

_TUMOURS: Final = (
    "breast",
    "colon",
    "prostate",
    "thyroid",
    "lung",
    "skin",
    "kidney",
    "cervix",
    "endometrium",
    "ovary",
    "esophagus",
    "stomach",
    "liver",
    "pancreas",
    "testis",
    "urinary_bladder",
    "lip_oral_cavity",
    "pharynx",
    "salivary_gland",
    "larynx",
)

IHE_TEMPLATES: Final = {
    "1.3.6.1.4.1.19376.1.3.3": "urn:ihe:lab:xd-lab:2008",
    "1.3.6.1.4.1.19376.1.8.1.1.1": "urn:ihe:pat:apsr:all:2010",
    "1.3.6.1.4.1.19376.1.9.1.1.1": "urn:ihe:pharm:pre:2010",
    "1.3.6.1.4.1.19376.1.9.1.1.3": "urn:ihe:pharm:dis:2010",
    "2.16.840.1.113883.10.22.1.1": "urn:ihe:pcc:ips:2020",
    "1.2.840.10008.9.1": "urn:ihe:rad:CDA:ImagingReportStructuredHeadings:2013",
    "1.3.6.1.4.1.19376.1.5.3.1.1.18.1.2": "urn:ihe:pcc:ic:2008",
    "1.3.6.1.4.1.19376.1.5.3.1.1.10": "urn:ihe:pcc:edr:2007",
    "1.3.6.1.4.1.19376.1.5.3.1.1.3": "urn:ihe:pcc:xds-ms:2007",
    "1.3.6.1.4.1.19376.1.5.3.1.1.4": "urn:ihe:pcc:xds-ms:2007",
    "1.3.6.1.4.1.19376.1.5.3.1.1.2": "urn:ihe:pcc:xds-ms:2007",
    "1.3.6.1.4.1.19376.1.5.3.1.1.5": "urn:ihe:pcc:xphr:2007",
    "1.3.6.1.4.1.19376.1.5.3.1.1.6": "urn:ihe:pcc:xphr:2007",
    "1.3.6.1.4.1.19376.1.5.3.1.1.7": "urn:ihe:iti:bppc:2007",
}
"""Templates of IHE content profiles (IHE format code vocabulary)."""

TEMPLATES: Final = (
    {f"1.2.250.1.213.1.1.1.{suffix}": code for suffix, code in CI_SIS_TEMPLATES.items()}
    | {
        f"1.3.6.1.4.1.19376.1.8.1.1.2.{number}": f"urn:ihe:pat:apsr:{tumour}:2010"
        for number, tumour in enumerate(_TUMOURS, 1)
    }
    | IHE_TEMPLATES
)
"""Root of a document's templateId to its format code, the first that applies is taken."""

MEDIA_TYPES: Final = {
    "application/pdf": "urn:ihe:iti:xds-sd:pdf:2008",
    "text/plain": "urn:ihe:iti:xds-sd:text:2008",
    "text/rtf": "urn:ihe:iti-fr:xds-sd:rtf:2010",
    "image/jpeg": "urn:ihe:iti-fr:xds-sd:jpeg:2010",
    "image/tiff": "urn:ihe:iti-fr:xds-sd:tiff:2010",
}
"""Media type of a nonXMLBody to format code (ITI TF-3 5.2, ANS ASS_A12)."""


def format_code(templates: Iterable[str], body: Body, unmatched: str) -> Code:
    """Return the formatCode for template roots and a body; `unmatched` if none is listed."""
    named = frozenset(templates)
    by_template = (code for root, code in TEMPLATES.items() if root in named)
    code = MEDIA_TYPES.get(body.media_type or "") or next(by_template, unmatched)
    scheme = IHE_FORMATS if code.startswith("urn:ihe:") else CI_SIS_FORMATS
    return Code(code, scheme, (LocalizedString(code),))
