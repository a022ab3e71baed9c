"""Coded entries, each pointing at the words of the narrative that it codes (CDA R2 4.3.5.11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from samples.parties import Coded, Id
from samples.xml import Xml, el

ACT_CODE: Final = "2.16.840.1.113883.5.4"
ATC: Final = "2.16.840.1.113883.6.73"
ICD_10: Final = "2.16.840.1.113883.6.3"
SNOMED_CT: Final = "2.16.840.1.113883.6.96"
INTERPRETATION: Final = "2.16.840.1.113883.5.83"
ROUTE: Final = "2.16.840.1.113883.5.112"


@dataclass(frozen=True, slots=True)
class Result:
    """A measured value with its reference range; `flag` is H, L or N."""

    code: Coded
    label: str
    value: str
    unit: str
    low: str | None
    high: str | None
    flag: str
    shown_unit: str | None = None

    @property
    def mark(self) -> str:
        """Where the narrative shows it."""
        return f"r-{self.code.code}"


def observation(result: Result, time: str) -> Xml:
    """Write a laboratory observation (IHE PaLM XD-LAB, 1.3.6.1.4.1.19376.1.3.1.6)."""
    bounds = {"low": result.low, "high": result.high}
    limits = (el(k, value=v, unit=result.unit) for k, v in bounds.items() if v)
    span = el("value", *limits, **{"xsi:type": "IVL_PQ"})
    normal = Coded("N", INTERPRETATION, "Normal").element("interpretationCode")
    quantity = {"xsi:type": "PQ", "value": result.value, "unit": result.unit}
    return el(
        "observation",
        Id("1.3.6.1.4.1.19376.1.3.1.6").element("templateId"),
        result.code.element("code"),
        _reference(result.mark),
        el("statusCode", code="completed"),
        el("effectiveTime", value=time),
        el("value", **quantity),
        el("interpretationCode", code=result.flag, codeSystem=INTERPRETATION),
        el("referenceRange", el("observationRange", span, normal)),
        classCode="OBS",
        moodCode="EVN",
    )


def laboratory(chapter: Coded, battery: Coded | None, results: Sequence[Result], time: str) -> Xml:
    """Write a laboratory data processing entry (XD-LAB, 1.3.6.1.4.1.19376.1.3.1)."""
    observations = [observation(result, time) for result in results]
    contents = [_battery(battery, observations, time)] if battery else observations
    act = el(
        "act",
        chapter.element("code"),
        el("statusCode", code="completed"),
        *(el("entryRelationship", content, typeCode="COMP") for content in contents),
        classCode="ACT",
        moodCode="EVN",
    )
    template = Id("1.3.6.1.4.1.19376.1.3.1", "Lab.Report.Data.Processing.Entry")
    return el("entry", template.element("templateId"), act, typeCode="DRIV")


def _battery(code: Coded, observations: Sequence[Xml], time: str) -> Xml:
    return el(
        "organizer",
        Id("1.3.6.1.4.1.19376.1.3.1.4").element("templateId"),
        code.element("code"),
        el("statusCode", code="completed"),
        el("effectiveTime", value=time),
        *(el("component", content) for content in observations),
        classCode="BATTERY",
        moodCode="EVN",
    )


def finding(code: Coded, value: Coded | str, time: str, mark: str) -> Xml:
    """Write a plain observation whose value is a code or a word."""
    if isinstance(value, Coded):
        said = el(
            "value",
            code=value.code,
            codeSystem=value.system,
            displayName=value.display,
            **{"xsi:type": "CD"},
        )
    else:
        said = el("value", value, **{"xsi:type": "ST"})
    observed = el(
        "observation",
        code.element("code"),
        _reference(mark),
        el("statusCode", code="completed"),
        el("effectiveTime", el("low", value=time)),
        said,
        classCode="OBS",
        moodCode="EVN",
    )
    return el("entry", observed)


def problem(value: Coded, time: str, mark: str) -> Xml:
    """Write a diagnosis."""
    return finding(Coded("282291009", SNOMED_CT, "Diagnosis"), value, time, mark)


@dataclass(frozen=True, slots=True)
class Drug:
    """A prescribed or given drug: `dose` in `unit`, every `hours` hours, from `low` to `high`."""

    code: Coded
    dose: str
    unit: str | None
    route: Coded
    low: str
    high: str | None
    hours: str | None
    mark: str


def administration(drug: Drug, mood: str) -> Xml:
    """Write a substanceAdministration in mood INT (to be given) or EVN (given)."""
    bounds = (("low", drug.low), ("high", drug.high))
    times = [el(name, value=value) for name, value in bounds if value]
    span = el("effectiveTime", *times, **{"xsi:type": "IVL_TS"})
    if mood == "EVN":
        span = el("effectiveTime", value=drug.low)
    material = el("manufacturedMaterial", drug.code.element("code"))
    given = el(
        "substanceAdministration",
        _reference(drug.mark),
        el("statusCode", code="completed" if mood == "EVN" else "active"),
        span,
        _every(drug.hours) if drug.hours else None,
        drug.route.element("routeCode"),
        el("doseQuantity", value=drug.dose, unit=drug.unit),
        el("consumable", el("manufacturedProduct", material)),
        classCode="SBADM",
        moodCode=mood,
    )
    return el("entry", given)


def _every(hours: str) -> Xml:
    period = el("period", value=hours, unit="h")
    return el("effectiveTime", period, operator="A", **{"xsi:type": "PIVL_TS"})


def _reference(mark: str) -> Xml:
    return el("text", el("reference", value=f"#{mark}"))
