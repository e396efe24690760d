"""Every kind of drift, planted in the real stores, is found, repaired, recorded, and not found again."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from keeping_parts import STAFF, bodies, call, copied, taken_in
from reportlab.pdfgen.canvas import Canvas

from ingest.catalogue.originals import version_of
from ingest.errors import CatalogueError
from ingest.index.base import Point, SparseVector
from ingest.wiring import open_ingest
from policies.config import open_home
from policies.labels import Level
from policies.vocabulary import Person

NOTHING = {
    "missing_points": 0,
    "extra_points": 0,
    "stale_points": 0,
    "missing_vectors": 0,
    "missing_marks": 0,
    "extra_marks": 0,
    "missing_originals": 0,
    "damaged_originals": 0,
    "missing_pages": 0,
    "orphan_originals": 0,
    "unfinished_forgets": 0,
    "old_indexes": 0,
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    texts = {name: f"The {name} gate opens at eight and is shut at nine." for name in ("north", "south", "west")}
    return taken_in(tmp_path_factory.mktemp("made"), texts)


@pytest.fixture
def site(made, tmp_path, monkeypatch):
    return copied(made, tmp_path, monkeypatch)


def reconciled(site, *words):
    done = call(site.home, "documents", "reconcile", "--json", *words)
    return done.code, json.loads(done.out)


@contextlib.contextmanager
def index_of(site):
    """The index itself, behind the catalogue's back."""
    with contextlib.closing(open_ingest(open_home(site.home))) as room:
        chunks = sorted(room.catalogue.chunk_ids())
        index = room.indexes.open("", room.embedder.digest, room.embedder.dimension)
        try:
            yield index, chunks
        finally:
            index.close()


@contextlib.contextmanager
def catalogue_of(site):
    db = sqlite3.connect(site.home / "catalogue" / "catalogue.db", isolation_level=None)
    try:
        yield db
    finally:
        db.close()


def lose_a_point(site):
    with index_of(site) as (index, chunks):
        index.apply([], [chunks[0]], index.cursor())


def plant_a_point(site):
    with index_of(site) as (index, _):
        stray = Point(
            id="00000000-0000-4000-8000-000000000001",
            document="00000000-0000-4000-8000-000000000002",
            dense=(0.5, 0.5, 0.5, 0.5),
            sparse=SparseVector(indices=(7,), values=(1.0,)),
            groups=frozenset({"everyone"}),
            level=Level.PUBLIC,
            categories=frozenset(),
        )
        index.apply([stray], [], index.cursor())


def changed_point(site, **changes):
    with index_of(site) as (index, _):
        (first, *_), _ = index.points("", 10)
        index.apply([replace(first, **changes)], [], index.cursor())


def lose_a_vector(site):
    with catalogue_of(site) as db:
        db.execute("DELETE FROM vectors WHERE chunk = (SELECT min(key) FROM chunks)")


def lose_marks(site):
    with catalogue_of(site) as db:
        db.execute("DELETE FROM marks WHERE document = (SELECT min(id) FROM documents)")


def plant_marks(site):
    with catalogue_of(site) as db:
        db.execute("INSERT INTO marks SELECT 'nobody', hasher, marks, chunks FROM marks LIMIT 1")


def originals(site):
    folder = site.home / "catalogue" / "originals"
    return sorted(path for path in folder.glob("[0-9a-f][0-9a-f]/*"))


def lose_an_original(site):
    originals(site)[0].unlink()


def spoil_an_original(site):
    """As a power cut leaves a file: its length, and nothing in it."""
    path = originals(site)[0]
    path.write_bytes(bytes(path.stat().st_size))


def plant_an_original(site):
    path = site.home / "catalogue" / "originals" / "00" / ("0" * 62)
    path.parent.mkdir(exist_ok=True)
    path.write_text("Nobody needs this.")


def plant_an_index(site):
    (site.home / "index" / "edge-old" / "shard").mkdir(parents=True)


DRIFTS = {
    "missing_points": lose_a_point,
    "extra_points": plant_a_point,
    "missing_vectors": lose_a_vector,
    "missing_marks": lose_marks,
    "extra_marks": plant_marks,
    "missing_originals": lose_an_original,
    "damaged_originals": spoil_an_original,
    "orphan_originals": plant_an_original,
    "old_indexes": plant_an_index,
}


def test_a_home_in_order_has_nothing_to_repair(site):
    assert reconciled(site) == (0, {"found": NOTHING, "left": NOTHING, "problem": ""})


@pytest.mark.parametrize("kind", DRIFTS)
def test_each_kind_of_drift_is_found_repaired_and_gone(site, kind):
    """A dry run only says so. The truth itself stays as it was."""
    before = call(site.home, "documents", "list", "--json").out
    DRIFTS[kind](site)
    code, said = reconciled(site, "--dry-run")
    assert (code, said["found"][kind]) == (1, 1)
    code, said = reconciled(site)
    assert (code, said["found"][kind], said["left"]) == (0, 1, NOTHING)
    assert reconciled(site) == (0, {"found": NOTHING, "left": NOTHING, "problem": ""})
    assert call(site.home, "documents", "list", "--json").out == before
    with contextlib.closing(open_ingest(open_home(site.home))) as room:
        assert room.index.ids() == room.catalogue.chunk_ids()
        assert len(room.catalogue.vectors(sorted(room.catalogue.chunk_ids()))) == 3
    assert [version_of(path.read_bytes()) for path in originals(site)] == [
        path.parent.name + path.name for path in originals(site)
    ]
    assert len(originals(site)) == 3
    told = [json.loads(body)["found"][kind] for body in bodies(site) if '"kind":"Reconciled"' in body]
    assert told == [1, 0]


@pytest.mark.parametrize(
    "changes",
    [
        {"groups": frozenset({"everyone"})},
        {"level": Level.PUBLIC},
        {"document": "00000000-0000-4000-8000-000000000002"},
        {"dense": (1.0, 0.0, 0.0, 0.0)},
        {"sparse": SparseVector(indices=(7,), values=(1.0,))},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_point_that_says_something_else_is_stale_whatever_it_is(site, changes):
    changed_point(site, **changes)
    code, said = reconciled(site)
    assert (code, said["found"]["stale_points"], said["left"]) == (0, 1, NOTHING)
    assert reconciled(site)[1]["found"] == NOTHING


def test_an_original_that_is_nowhere_is_said_to_be_left(site):
    """The source's file is another by now: its bytes cannot be had."""
    lost = originals(site)[0]
    text = lost.read_text()
    lost.unlink()
    path = next(path for path in site.docs.iterdir() if path.read_text() == text)
    try:
        path.write_text("Something else.")
        code, said = reconciled(site)
    finally:
        path.write_text(text)
        os.utime(path, (1_600_000_000, 1_600_000_000))
    assert (code, said["left"]["missing_originals"]) == (4, 1)
    told = [json.loads(body) for body in bodies(site) if '"kind":"Reconciled"' in body]
    assert [one["left"].get("missing_originals", 0) for one in told] == [0, 1]


def test_a_damaged_original_is_nobodys_and_is_told_where_it_cannot_be_had_again(site):
    spoil_an_original(site)
    bytes_of = {path.read_bytes() for path in originals(site)}
    lost = next(path for path in site.docs.iterdir() if path.read_bytes() not in bytes_of)
    text = lost.read_bytes()
    lost.unlink()
    try:
        with contextlib.closing(open_ingest(open_home(site.home))) as room:
            found = next(one for one in room.catalogue.documents() if one.path == str(lost))
            with pytest.raises(CatalogueError, match="damaged"):
                room.library.original(found.document, Person(id="ann", name="Ann", groups=frozenset({"staff"})))
        assert reconciled(site)[1]["left"]["damaged_originals"] == 1
    finally:
        lost.write_bytes(text)
        os.utime(lost, (1_600_000_000, 1_600_000_000))


@pytest.mark.parametrize("how", ["gone", "cut"])
def test_pictures_of_pages_are_drawn_again_from_the_same_bytes(site, tmp_path, how):
    folder = tmp_path / "plans"
    folder.mkdir()
    plan = Canvas(str(folder / "plan.pdf"))
    plan.drawString(72, 700, "The plan of the gate.")
    plan.save()
    assert call(site.home, "sources", "add", "plans", folder, *STAFF, "--originals", "pages").code == 0
    assert call(site.home, "sources", "sync", "plans").code == 0
    (pack,) = (site.home / "catalogue" / "pages").glob("[0-9a-f][0-9a-f]/*")
    whole = pack.read_bytes()
    pack.unlink() if how == "gone" else pack.write_bytes(whole[:-40])
    code, said = reconciled(site)
    assert (code, said["found"]["missing_pages"], said["left"]) == (0, 1, NOTHING)
    with zipfile.ZipFile(pack) as drawn:
        assert drawn.testzip() is None
    assert reconciled(site)[1]["found"] == NOTHING


def test_without_a_home_nothing_is_made(tmp_path, monkeypatch):
    monkeypatch.setenv("RINGFENCE_KEYS", str(tmp_path / "keys"))
    assert call(tmp_path / "none", "documents", "reconcile").code == 3
    assert not Path(tmp_path / "none").exists()
