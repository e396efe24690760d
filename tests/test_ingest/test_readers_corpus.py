"""Every file of the sample corpus is read with its pages, headings and tables; the script makes the same files."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.labelling import label
from ingest.readers.base import BlockKind, RawText, page_text
from ingest.sandbox import Sandbox
from policies.labels import Level, parse_level
from policies.vocabulary import SourceRef

DEMO = Path(__file__).parents[2] / "deploy" / "demo"
CORPUS = DEMO / "corpus"
FILES = sorted(path.relative_to(CORPUS).as_posix() for path in CORPUS.rglob("*.*"))
# pages, headings, tables
EXPECTED = {
    "bank/compliance/customer-due-diligence-procedure.pdf": (4, 11, 2),
    "bank/staff/records-retention-schedule-2025.docx": (2, 7, 1),
    "bank/staff/card-disputes-desk-manual.pdf": (3, 10, 2),
    "bank/staff/information-security-basics.pptx": (5, 5, 1),
    "bank/staff/branch-glossary.txt": (3, 4, 0),
    "bank/hr/salary-bands-2025.xlsx": (3, 3, 3),
    "bank/public/fees-and-charges.html": (1, 5, 1),
    "bank/public/privacy-notice.md": (1, 6, 1),
    "bank/compliance/suspicious-activity-log.csv": (1, 0, 1),
    "bank/hr/grievance-summary.eml": (1, 0, 0),
}
RAISED = {  # above what their folder says, because of a marking of their own
    "bank/compliance/sanctions-screening-guide.docx": Level.RESTRICTED,
    "bank/hr/salary-bands-2025.xlsx": Level.RESTRICTED,
    "bank/hr/grievance-summary.eml": Level.RESTRICTED,
    "bank/treasury/second-quarter-briefing.pptx": Level.RESTRICTED,
}


@pytest.fixture(scope="module")
def read() -> Iterator[dict[str, RawText]]:
    with Sandbox() as sandbox:
        yield {name: sandbox.read((CORPUS / name).read_bytes(), name) for name in FILES}


def test_the_corpus_has_every_kind_and_keeps_small() -> None:
    assert 32 <= len(FILES) <= 40
    kinds = {Path(name).suffix for name in FILES}
    assert kinds == {".pdf", ".docx", ".pptx", ".xlsx", ".html", ".md", ".txt", ".csv", ".eml"}
    assert sum((CORPUS / name).stat().st_size for name in FILES) < 3_000_000


def test_every_file_is_read_and_says_that_it_is_invented(read: dict[str, RawText]) -> None:
    for name, raw in read.items():
        text = " ".join(block.header + block.text for block in raw.blocks).lower()
        assert "invented" in text or "(sample)" in text, name
        assert raw.title != Path(name).stem, name


@pytest.mark.parametrize(("name", "shape"), EXPECTED.items())
def test_pages_headings_and_tables_are_found(read: dict[str, RawText], name: str, shape: tuple[int, int, int]) -> None:
    raw = read[name]
    kinds = [block.kind for block in raw.blocks]
    assert (raw.pages, kinds.count(BlockKind.HEADING), kinds.count(BlockKind.TABLE)) == shape
    assert all(block.header for block in raw.blocks if block.kind is BlockKind.TABLE)


def test_the_scanned_letter_is_recognised(read: dict[str, RawText]) -> None:
    raw = read["bank/compliance/inspection-letter-scan.pdf"]
    assert (raw.recognised_pages, raw.unread_pages) == ((1,), ())
    assert "from 19 May to 23 May 2025" in " ".join(page_text(raw, 1).split())


def test_levels_come_from_the_folder_or_from_the_documents_own_marking(read: dict[str, RawText]) -> None:
    folders = {entry["path"]: entry for entry in tomllib.loads((DEMO / "corpus.toml").read_text())["folder"]}
    for name, raw in read.items():
        entry = folders[str(Path(name).parent)]
        stated = parse_level(entry["level"]) if "level" in entry else None
        found = label(raw, ref=SourceRef(source="s", path=name), version="v", floor=stated, groups=entry["groups"])
        assert found.label.level is RAISED.get(name, Level.RESTRICTED if stated is None else stated), name


def test_the_questions_name_files_pages_and_words_that_are_there(read: dict[str, RawText]) -> None:
    asked = tomllib.loads((DEMO / "questions.toml").read_text())
    people = {person["id"] for person in asked["person"]}
    for question in asked["question"]:
        assert question["as"] in people
        if question["outcome"] == "answered":
            text = " ".join(page_text(read[question["file"]], question["page"]).split())
            assert question["says"] in text, question["text"]
            assert question.get("condition", "") in text, question["text"]


def test_the_script_makes_the_same_files_again(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(DEMO / "make_corpus.py"), str(tmp_path)], check=True, capture_output=True)
    made = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*"))
    assert made == FILES
    assert [name for name in FILES if (tmp_path / name).read_bytes() != (CORPUS / name).read_bytes()] == []
