"""`manifest.csv`: each line counts for its file, a wrong one is said with its number, nothing leads outside."""

from __future__ import annotations

import csv
import io
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import Unseen
from ingest.sources.base import Missing
from ingest.sources.folder import FolderSource
from ingest.sources.manifest import COLUMNS, ManifestSource, parse
from ingest.sources.saved import RuledSource, Saved, source_at
from policies.errors import UsageError
from policies.labels import Category, Level


def scanned(root: Path, text: str | bytes) -> dict:
    (root / "manifest.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return {one.ref.path: one for one in source_at(root).scan()}


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "root"
    for path in ("a.txt", "board/b.txt", "board/c, d.txt"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path)
    (tmp_path / "outside.txt").write_text("outside")
    return folder


def test_a_line_says_everything_of_its_file_and_an_empty_cell_says_nothing(root):
    found = scanned(
        root,
        "path,level,categories,groups,owner,title,date,valid_until\n"
        "board/b.txt,Confidential,health;payment,board; cn=legal,ada,Minutes of May,2025-05-02,2030-01-31\n"
        "a.txt,,,,,,,\n",
    )
    assert sorted(found) == ["a.txt", "board/b.txt", "board/c, d.txt"]  # the manifest itself is no document
    told = found["board/b.txt"]
    assert (told.level, told.owner, told.title) == (Level.CONFIDENTIAL, "ada", "Minutes of May")
    assert told.categories == {Category.HEALTH, Category.PAYMENT}
    assert told.groups == {"board", "cn=legal"}
    assert (told.dated, told.valid_until) == ("2025-05-02", "2030-01-31")
    assert (found["a.txt"].groups, found["a.txt"].level, found["a.txt"].title) == (None, None, "")
    assert found["board/c, d.txt"].groups == frozenset(), "nobody, for a file without a line"


@pytest.mark.parametrize(
    "text",
    [
        "path;groups\nboard/b.txt;board\n",
        "path\tgroups\r\nboard/b.txt\tboard\r\n",
        "﻿Path , GROUPS\n\n./board//b.txt , board \n",
        "groups,path\nboard,board\\b.txt\n",
        'path;groups\n"board/b.txt";"board;"\n',
        "path;groups;;\r\nboard/b.txt;board;;\r\na.txt;board;\r\n",
    ],
)
def test_what_spreadsheets_and_other_systems_write_is_understood(root, text):
    assert scanned(root, text)["board/b.txt"].groups == {"board"}


@pytest.mark.parametrize("cell", ["health;payment", '"health, payment"', "health payment", "Payment|Health"])
def test_categories_are_parted_as_in_a_map_of_labels(root, cell):
    assert scanned(root, f"path,categories\na.txt,{cell}\n")["a.txt"].categories == {Category.HEALTH, Category.PAYMENT}


@pytest.mark.parametrize(("on_disk", "in_line"), [("NFD", "NFC"), ("NFC", "NFD")])
def test_a_name_with_accents_is_the_same_however_its_system_writes_it(root, on_disk, in_line):
    """Else its line would count for nothing, and the file would be read by whoever reads the source."""
    name = "board/Übergabe é.txt"
    (root / unicodedata.normalize(on_disk, name)).write_text("b")
    found = scanned(root, f"path,groups\n{unicodedata.normalize(in_line, name)},board\n")
    assert found[unicodedata.normalize(on_disk, name)].groups == {"board"}
    assert not any(isinstance(one, Missing) for one in found.values())


def test_a_file_that_is_named_and_not_there_is_told_apart_from_one_that_is_not_taken(root):
    (root / ".secret").write_text("x")
    found = scanned(root, "path\nnowhere.txt\n.secret\na.txt\n")
    assert {path: one.reason for path, one in found.items() if isinstance(one, Missing)} == {
        "nowhere.txt": "MISSING",
        ".secret": "HIDDEN",
    }


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("", 1, "empty"),
        ("path,colour\n", 1, "'colour'"),
        ("path,grups\n", 1, "'groups'"),
        ("level\npublic\n", 1, "'path'"),
        ("path,path\n", 1, "twice"),
        ("path,level\na.txt,secrt\n", 2, "'secrt'"),
        ("path,level\n\na.txt,public\nboard/b.txt,restrictd\n", 4, "'restricted'"),
        ("path,categories\na.txt,health;wealth\n", 2, "'wealth'"),
        ("path,date\na.txt,31.3.2026\n", 2, "2026-03-31"),
        ("path,valid_until\na.txt,2026-02-30\n", 2, "no day"),
        ("path,level\na.txt\n", 2, "empty cell"),
        ("path,level,\na.txt,public,internal\n", 2, "3 cells"),
        ("path,,level\na.txt,,public\n", 1, "without a name"),
        ("path,level\nc, d.txt,public\n", 2, "3 cells"),
        ("path,level\na.txt,public\n./a.txt,internal\n", 3, "line 2"),
        ("path,level\n,public\n", 2, "No file"),
        ('path\n"a.txt\n', 2, "CSV"),
        ("path\n../outside.txt\n", 2, "leads out"),
        ("path\nboard/../../outside.txt\n", 2, "leads out"),
        ("path\n..\\outside.txt\n", 2, "leads out"),
        ("path\n/etc/hostname\n", 2, "leads out"),
        ("path\nC:\\export\\a.txt\n", 2, "leads out"),
        ("path\nlink.txt\n", 2, "leads out"),
        ("path\nboard\n", 2, "is a folder"),
        ("path\na\0.txt\n", 2, ""),
        (b"path\na.txt\nb\xff.txt\n", 3, "UTF-8"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_nothing_is_taken(root, text, line, what):
    (root / "link.txt").symlink_to(root.parent / "outside.txt")
    with pytest.raises(UsageError) as error:
        scanned(root, text)
    assert f"line {line}:" in str(error.value)
    assert what in str(error.value)
    assert "Nothing was taken in" in str(error.value)


def test_a_manifest_that_is_a_link_to_elsewhere_is_not_read(root):
    (root.parent / "other.csv").write_text("path,secret\n")
    (root / "manifest.csv").symlink_to(root.parent / "other.csv")
    with pytest.raises(UsageError) as error:
        source_at(root)
    assert "secret" not in str(error.value)


def test_only_a_manifest_at_the_root_of_what_was_named_counts(root):
    (root / "manifest.csv").write_text("path,groups\na.txt,board\n")
    (alone,) = source_at(root / "a.txt").scan()
    assert alone.groups is None
    (root / "board" / "manifest.csv").write_text("path,groups\nb.txt,board\n")
    found = {one.ref.path: one for one in source_at(root).scan()}
    assert "board/manifest.csv" in found
    assert found["board/b.txt"].groups == frozenset()


def test_a_manifest_that_cannot_be_read_is_not_no_manifest(root, monkeypatch):
    (root / "manifest.csv").write_text("path\n")
    monkeypatch.setattr("ingest.sources.folder.MAX_BYTES", 1)
    with pytest.raises(Unseen):
        ManifestSource(FolderSource(root))


def test_of_folder_rules_and_manifest_the_highest_level_counts(root):
    (root / "manifest.csv").write_text("path,level\nboard/b.txt,public\na.txt,confidential\n")
    (root / "board" / "deep").mkdir()
    (root / "board" / "deep" / "d.txt").write_text("d")
    saved = Saved(
        name="x",
        path=str(root),
        folders={"board": Level.INTERNAL, "board/deep": Level.RESTRICTED, "boar": Level.RESTRICTED},
    )
    levels = {one.ref.path: one.level for one in RuledSource(source_at(root), saved).scan()}
    assert levels == {
        "a.txt": Level.CONFIDENTIAL,
        "board/b.txt": Level.INTERNAL,
        "board/c, d.txt": Level.INTERNAL,
        "board/deep/d.txt": Level.RESTRICTED,
    }


def test_the_example_in_the_handbook_is_right(root):
    page = Path(__file__).parents[2] / "deploy" / "handbook" / "sources.md"
    example = page.read_text().split("```csv\n")[1].split("```")[0]
    lines = parse(example.encode(), root / "manifest.csv").lines
    assert lines["board/2026-05.pdf"].groups == {"board", "secretaries"}
    assert lines["prices/2025.xlsx"].valid_until == "2025-12-31"
    assert lines["handbook.docx"].level == Level.PUBLIC


CELLS = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(["../x", "a.txt", "public", "2026-01-01"])


@given(data=st.binary(max_size=200) | st.lists(st.lists(CELLS, min_size=8, max_size=8), max_size=4))
def test_whatever_stands_in_a_manifest_it_is_right_or_refused_with_a_line(tmp_path_factory, data):
    folder = Path("/nowhere/at/all")
    if isinstance(data, list):
        text = io.StringIO(newline="")
        csv.writer(text).writerows([COLUMNS, *data])
        data = text.getvalue().encode()
    try:
        manifest = parse(data, folder / "manifest.csv")
    except UsageError as error:
        said = str(error)
    else:
        said = ""
    if said:
        assert ", line " in said
        return
    for path, line in manifest.lines.items():
        assert ".." not in path.split("/")
        assert not path.startswith("/")
        assert line.number > 1
        assert line.groups is None or all(line.groups)
