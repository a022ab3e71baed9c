"""Our PDF writer: right offsets, readable text, lines that fit, files that other tools accept."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from samples.content.consultation import letter
from samples.content.leaflet import leaflet
from samples.letter import MARGIN, Letter
from samples.pdf import A4, BOLD, LETTER, REGULAR

FILES = {"letter": letter(), "leaflet": leaflet()}


def long_letter() -> bytes:
    page = Letter(LETTER, ("Hôpital (d'essai)",), "Exemple")
    page.title("Très long")
    for number in range(60):
        page.heading(f"Titre {number}")
        page.paragraph("Élève œuvre à l'hôpital, naïveté et garçon. " * 4)
    return page.pdf(title="Très long", language="fr-CA", date="20240101000000")


@pytest.mark.parametrize("data", [*FILES.values(), long_letter()], ids=[*FILES, "long"])
def test_every_offset_of_the_cross_reference_table_is_right(data: bytes) -> None:
    start = int(re.findall(rb"startxref\n(\d+)\n%%EOF\n$", data)[0])
    assert data[start:].startswith(b"xref\n0 ")
    offsets = [int(match) for match in re.findall(rb"(\d{10}) 00000 n \n", data[start:])]
    assert len(offsets) == data.count(b" 0 obj\n")
    for number, offset in enumerate(offsets, 1):
        assert data[offset:].startswith(b"%d 0 obj\n" % number)


@pytest.mark.parametrize("data", FILES.values(), ids=FILES)
def test_every_stream_has_its_length(data: bytes) -> None:
    lengths = re.findall(rb"/Length (\d+) >>\nstream\n", data)
    streams = re.findall(rb"stream\n(.*?)endstream", data, re.DOTALL)
    assert [int(length) for length in lengths] == [len(stream) for stream in streams]
    assert lengths


def test_widths_follow_the_accents() -> None:
    assert len(REGULAR.widths) == len(BOLD.widths) == 95
    assert REGULAR.width("é", 10) == REGULAR.width("e", 10) == 5.56
    assert BOLD.width("Ç", 10) == BOLD.width("C", 10) == 7.22


def test_lines_stay_between_the_margins_and_pages_turn() -> None:
    data = long_letter()
    assert data.count(b"/Type /Page ") > 5
    shown = re.findall(rb"BT /F1 10.5 Tf 1 0 0 1 ([\d.]+) ([\d.]+) Tm \((.*)\) Tj", data)
    assert len(shown) > 100
    for x, y, text in shown:
        end = float(x) + REGULAR.width(text.decode("cp1252"), 10.5)
        assert MARGIN <= float(x) < end <= LETTER[0] - MARGIN + 0.01
        assert float(y) >= 60


def test_parentheses_and_backslashes_are_escaped() -> None:
    page = Letter(A4, ("a (b) \\ c",), "")
    data = page.pdf(title="x", language="fr-FR", date="20240101000000")
    assert rb"(a \(b\) \\ c) Tj" in data


@pytest.mark.needs("qpdf")
@pytest.mark.parametrize("data", [*FILES.values(), long_letter()], ids=[*FILES, "long"])
def test_qpdf_finds_nothing_wrong(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(data)
    subprocess.run(["qpdf", "--check", str(path)], check=True, capture_output=True)


@pytest.mark.needs("pdftotext")
def test_the_french_text_can_be_extracted(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(letter())
    shown = subprocess.run(["pdftotext", str(path), "-"], check=True, capture_output=True)
    text = shown.stdout.decode()
    assert "Endoscopie œso-gastro-duodénale" in text
    assert "9 µg/L" in text
