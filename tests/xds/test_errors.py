"""The catalogue: every entry renders, cites, advises, and uses a code that IHE knows."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from ihe_profiles.xds.errors import (
    CATALOGUE,
    Entry,
    Refusal,
    Severity,
    by_repository,
    error,
    refuse,
)

# ITI TF-3 table 4.2.4.1-2, as far as ITI-18, 41, 42 and 43 go.
IHE_CODES = {
    "DocumentQueued",
    "InvalidDocumentContent",
    "UnresolvedReferenceException",
    "LocalPolicyRestrictionError",
    "XDSDocumentUniqueIdError",
    "XDSDuplicateUniqueIdInRegistry",
    "XDSExtraMetadataNotSaved",
    "XDSMissingDocument",
    "XDSMissingDocumentMetadata",
    "XDSMissingHomeCommunityId",
    "XDSNonIdenticalHash",
    "XDSNonIdenticalSize",
    "XDSPatientIdDoesNotMatch",
    "XDSRegistryBusy",
    "XDSRepositoryBusy",
    "XDSRegistryDeprecatedDocumentError",
    "XDSRegistryDuplicateUniqueIdInMessage",
    "XDSRepositoryDuplicateUniqueIdInMessage",
    "XDSRegistryError",
    "XDSRepositoryError",
    "XDSRegistryMetadataError",
    "XDSRepositoryMetadataError",
    "XDSRegistryNotAvailable",
    "XDSRegistryOutOfResources",
    "XDSRepositoryOutOfResources",
    "XDSResultNotSinglePatient",
    "XDSStoredQueryMissingParam",
    "XDSStoredQueryParamNumber",
    "XDSTooManyResults",
    "XDSUnknownCommunity",
    "XDSUnknownPatientId",
    "XDSUnknownRepositoryId",
    "XDSUnknownStoredQuery",
}


# HL7 v2.3.1 table 0357: how the patient feed (ITI-8) says what is wrong.
HL7_CODES = {"100", "101", "102", "103", *map(str, range(200, 208))}


def names_of_fields(entry: Entry) -> set[str]:
    text = f"{entry.text} {entry.advice} {entry.section}"
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("key", CATALOGUE)
def test_every_entry_renders_with_its_fields(key: str) -> None:
    entry = CATALOGUE[key]
    made = error(key, location="here", **{name: f"<{name}>" for name in names_of_fields(entry)})
    assert made.code == entry.code
    assert made.severity is Severity.ERROR
    assert made.location == "here"
    assert "{" not in made.context
    assert all(f"<{name}>" in made.context for name in names_of_fields(entry))
    section = entry.section.replace("{section}", "<section>")
    assert made.context.endswith(f" [{section}]")


@pytest.mark.parametrize("key", CATALOGUE)
def test_every_entry_says_what_is_wrong_what_to_do_and_where(key: str) -> None:
    entry = CATALOGUE[key]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key)
    assert entry.code in IHE_CODES | HL7_CODES
    assert entry.text.endswith(".")
    assert entry.advice.endswith((".", "}"))
    assert re.match(r"TF-[123]|\{section\}|HL7|eb(RS|RIM)|P-9", entry.section)


@pytest.mark.parametrize("key", [key for key, entry in CATALOGUE.items() if names_of_fields(entry)])
def test_a_forgotten_field_is_an_error(key: str) -> None:
    with pytest.raises(KeyError):
        error(key)


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(KeyError):
        error("no-such-key")


def test_two_entries_never_say_the_same() -> None:
    said = [(entry.code, entry.text) for entry in CATALOGUE.values()]
    assert len(set(said)) == len(said)


def test_long_values_are_shortened() -> None:
    context = error("unknown-stored-query", value="x" * 10_000).context
    assert len(context) < 400
    assert "xxx..." in context


def test_braces_in_a_value_are_only_text() -> None:
    assert "{0} {a}" in error("unknown-stored-query", value="{0} {a}").context


def test_a_refusal_carries_its_errors() -> None:
    one, other = error("registry-busy"), error("repository-error", trace="t")
    refusal = Refusal(one, other)
    assert refusal.errors == (one, other)
    assert one.context in str(refusal)
    assert refuse("registry-busy").errors == (one,)


def test_a_repository_names_itself() -> None:
    found = error("submission-set-number", number=0, ids="none")
    twice = error("duplicate-id-in-message", value="1", object="a", other="b")
    busy = error("registry-busy")
    codes = [one.code for one in by_repository([found, twice, busy])]
    assert codes == [
        "XDSRepositoryMetadataError",
        "XDSRepositoryDuplicateUniqueIdInMessage",
        "XDSRegistryBusy",
    ]
