"""docs/affinity-domain.md says what is: its settings load, its presets and profiles exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from entente.settings import Domain
from ihe_profiles.xds.domain.load import load
from ihe_profiles.xds.domain.presets import PRESETS
from ihe_profiles.xds.domain.strictness import PROFILES
from tests.conftest import PROJECT

TEXT = (PROJECT / "docs" / "affinity-domain.md").read_text()
SETTINGS, SITE = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)


def test_the_settings_are_settings() -> None:
    domain = Domain(**tomllib.loads(SETTINGS)["domain"])
    assert domain.strictness == "gazelle"
    assert domain.rules == {"language-form": "warn"}


def test_the_file_of_a_site_loads(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(SITE)
    for name in ("JDV_J06.csv", "own-types.csv"):
        (tmp_path / name).write_text("code,codeSystem,displayName,dateValid,dateFin\na,1.2,A,,\n")
    (tmp_path / "JDV_J07.xml").write_text(
        '<ValueSet xmlns="urn:ihe:iti:svs:2008"><Concept code="b" codeSystem="1.2"/></ValueSet>'
    )
    domain = load("site.toml", tmp_path)
    assert set(domain.value_sets["typeCode"].values) == {("1.2", "a"), ("1.2", "b")}


def test_every_preset_and_profile_is_described() -> None:
    first_cells = {line.split("|")[1] for line in TEXT.splitlines() if line.startswith("| `")}
    named = {name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)}
    assert set(PRESETS) | set(PROFILES) == named - {"codes"}
