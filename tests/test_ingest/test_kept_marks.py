"""Marks that are kept in files: the same matches, from the first moment of a process on, whatever happened to them."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.catalogue.catalogue import Catalogue
from ingest.catalogue.marks import Marked
from ingest.catalogue.rows import Stat
from ingest.copies.joining import join, joined
from ingest.copies.kept import _HEAD, ALIKE, File, _places, due, locked, opened, stated, write
from ingest.copies.runs import bounds
from ingest.copies.segments import Segments
from ingest.copies.shelf import Shelf
from ingest.copies.sums import Torn
from policies.copies.fingerprints import GUARANTEED, reduced
from policies.labels import PUBLIC
from policies.vocabulary import Chunk, Document, SourceRef

MANY = 1e9
WORDS = [f"{a}{b}{c}" for a in ("ka", "lo", "mi", "ru") for b in ("nt", "rv", "ss", "ld") for c in ("o", "en", "ar")]


def text(number: int) -> str:
    dice = np.random.default_rng(number)
    return " ".join(dice.choice(WORDS, 40))


class House:
    """A catalogue, and shelves over it as several processes have them; each keeps every mark at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.catalogue = Catalogue(folder / "catalogue")
        self.marks = folder / "marks"
        self.shelf = self.process()

    def process(self, key: bytes = b"key", loose: int = 1) -> Shelf:
        return Shelf(self.catalogue, key, index=None, embedder=None, folder=self.marks, loose=loose)  # type: ignore[arg-type]

    def put(self, name: str, *texts: str, version: str = "1") -> str:
        ref = SourceRef(source="files", path=f"/{name}")
        document = Document(
            id=ref.document, version=version * 64, source=ref, title=name, media_type="text/plain", label=PUBLIC,
            groups=frozenset({"staff"}),
        )  # fmt: skip
        chunks = [
            Chunk(
                id=Chunk.make_id(document.id, document.version, "p", n), document=document.id,
                version=document.version, ordinal=n, text=text, page=1, heading=(), start=0, end=1, label=PUBLIC,
            )
            for n, text in enumerate(texts)
        ]  # fmt: skip
        vectors = np.ones((len(chunks), 4), np.float32)
        stat = Stat(size=1, mtime=1, checked=1)
        self.catalogue.commit(document, chunks, vectors, stat=stat, marked=self.shelf.mark(document, chunks))
        return document.id

    def filled(self, count: int) -> list[str]:
        """So many documents, each kept in a file of its own."""
        documents = []
        for number in range(count):
            documents.append(self.put(str(number), text(number)))
            self.shelf.following.refresh()
        return documents

    def holders(self, said: str, shelf: Shelf | None = None) -> set[str]:
        """The documents that share a mark with what is said, as a process finds them that starts now."""
        shelf = shelf or self.process()
        shelf.following.refresh()
        found = shelf.following.find(shelf._hasher.grams(reduced(said)))
        return {document for places in found.places.values() for document, _ in places}

    def files(self) -> dict[str, int]:
        """The kept files, and when each was written."""
        return {path.name: path.stat().st_mtime_ns for path in self.marks.glob("*.marks")}


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path)
    yield made
    made.catalogue.close()


def test_a_process_that_starts_reads_only_what_came_since(house):
    document = house.put("a", text(1))
    assert house.holders(text(1)) == {document}
    with house.catalogue.database.writing() as db:
        db.execute("DELETE FROM marks")
    assert house.holders(text(1)) == {document}
    with house.catalogue.database.reading() as db:
        assert db.execute("SELECT count(*) FROM marks").fetchone()[0] == 0  # it did not have to make them anew


def test_any_run_of_forty_letters_is_found_in_what_was_kept_by_others(house):
    said = {document: reduced(text(n)).decode() for n, document in enumerate(house.filled(6))}
    fresh = house.process()
    for document, letters in said.items():
        for start in range(0, len(letters) - GUARANTEED, 7):
            assert document in house.holders(letters[start : start + GUARANTEED], fresh)


def test_what_changes_or_goes_counts_at_once_in_every_process(house):
    other = house.process()
    document = house.put("a", text(1))
    kept = house.put("b", text(2))
    for shelf in (None, other, house.shelf):
        assert house.holders(text(1), shelf) == {document}
    house.put("a", text(3), version="2")
    for shelf in (None, other, house.shelf):
        assert (house.holders(text(1), shelf), house.holders(text(3), shelf)) == (set(), {document})
    house.catalogue.delete(document)
    for shelf in (None, other, house.shelf):
        assert house.holders(text(3), shelf) == set()
        assert house.holders(text(2), shelf) == {kept}
        assert shelf is None or len(shelf.following) == 1


def test_nothing_of_what_was_forgotten_is_left_in_a_file(house):
    document = house.put("a", text(1))
    kept = house.put("b", text(2))
    house.shelf.following.refresh()
    mark = house.shelf.following.find(house.shelf._hasher.grams(reduced(text(1)))).places.popitem()[0]
    held = mark.to_bytes(8, "little")
    assert any(held in path.read_bytes() for path in house.marks.iterdir())
    house.catalogue.delete(document)
    house.shelf.following.clean()
    assert house.files()
    assert not any(held in path.read_bytes() for path in house.marks.iterdir())
    assert house.holders(text(1)) == set()
    assert house.holders(text(2)) == {kept}


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 8)


def _spoil_names(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:-30] + b"#" * 30)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "a file is cut off": lambda folder: _cut(next(folder.glob("*.marks"))),
    "a file is gone": lambda folder: next(folder.glob("*.marks")).unlink(),
    "its names are spoilt": lambda folder: _spoil_names(next(folder.glob("*.marks"))),
    "nothing is stated": lambda folder: (folder / "stands.json").unlink(),
    "half of it is stated": lambda folder: _cut(folder / "stands.json"),
    "another version wrote it": lambda folder: (folder / "stands.json").write_text('{"format": 99}'),
    "everything is gone": shutil.rmtree,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_files_that_are_not_what_was_written_are_made_again(house, damage):
    documents = house.filled(3)
    house.holders(text(0))
    DAMAGE[damage](house.marks)
    for again in (0, 1):  # once made again, and once from what was made
        assert [house.holders(text(n)) for n in range(3)] == [{one} for one in documents], again
    assert stated(house.marks).upto == house.catalogue.latest()
    assert {file.name for file in stated(house.marks).files} == set(house.files())


PARTS = ("marks", "owners", "chunks", "pairs", "sieve")


def _flip(folder: Path, file: File, at: int) -> None:
    data = bytearray((folder / file.name).read_bytes())
    data[at] ^= 1
    (folder / file.name).write_bytes(data)


@pytest.mark.parametrize("part", [*PARTS, "head", "names", "checksums"])
def test_a_byte_that_has_flipped_is_seen_when_it_is_read_and_the_files_are_made_again(house, part):
    """By a process that starts; and by one that runs, where the byte lies in what it has not read before."""
    documents = [house.put("0", *(text(n) for n in range(20))), house.put("1", *(text(n) for n in range(20, 600)))]
    house.shelf.following.refresh()
    runs = house.process()
    runs.following.refresh()
    (file,) = stated(house.marks).files
    places = _places(*_HEAD.unpack((house.marks / file.name).read_bytes()[:16]))
    within = dict(zip((*PARTS, "names", "checksums"), places, strict=False)) | {"head": 0}
    _flip(house.marks, file, within[part] + (5000 if part in PARTS else 5))
    for shelf in (runs, None):
        for number, document in ((n, documents[n >= 20]) for n in range(0, 600, 7)):
            assert house.holders(text(number), shelf) == {document}
        if shelf is None or part in PARTS:
            assert file not in stated(house.marks).files
    assert {each.name for each in stated(house.marks).files} == set(house.files())


def test_of_a_large_file_only_what_is_looked_up_is_held_against_its_checksums(tmp_path):
    dice = np.random.default_rng(1)
    marks, segments = dice.integers(0, 1 << 64, 70_000, np.uint64), Segments()
    segments.put({"a": Marked(hasher="h", marks=marks, chunks=np.zeros(len(marks), np.uint32))})
    file = write(tmp_path, *segments.loosened())
    low, high = np.sort(marks)[[10, -10]]
    run = opened(tmp_path, file).run
    _flip(tmp_path, file, 16 + 8 * len(marks) - 8 * 10)
    assert bounds(run, np.array([low]))[0] == 10
    for read in (run, opened(tmp_path, file).run):
        with pytest.raises(Torn):
            bounds(read, np.array([high]))
    with pytest.raises(Torn):
        opened(tmp_path, file, whole=True)


def test_files_of_another_key_or_of_another_catalogue_are_not_believed(house, tmp_path):
    document = house.put("a", text(1))
    assert house.holders(text(1)) == {document}
    assert house.holders(text(1), house.process(b"another")) == {document}
    assert house.holders(text(1)) == {document}
    theirs = House(tmp_path / "theirs")  # as many changes, and others: an older copy that was put back and gone on with
    other = theirs.put("b", text(2))
    shutil.rmtree(theirs.marks, ignore_errors=True)
    shutil.copytree(house.marks, theirs.marks)
    assert (theirs.holders(text(1)), theirs.holders(text(2))) == (set(), {other})
    theirs.catalogue.close()


def test_two_processes_that_keep_do_not_undo_each_other(house):
    one, two = house.process(), house.process(loose=300)
    documents = []
    for number in range(8):
        documents.append(house.put(str(number), text(number)))
        (one, two)[number % 3 == 0].following.refresh()
    for shelf in (one, two, None):
        assert [house.holders(text(n), shelf) for n in range(8)] == [{document} for document in documents]
    assert stated(house.marks).upto == house.catalogue.latest()


def test_files_of_one_size_become_one_and_what_is_gone_is_left_out(house):
    documents = house.filled(ALIKE + 2)
    house.catalogue.delete(documents.pop(0))
    house.put("1", text(100), version="2")
    before = house.process()
    before.following.refresh()
    join(house.marks)
    assert len(house.files()) < ALIKE
    assert {file.name for file in stated(house.marks).files} == set(house.files())
    for shelf in (None, before):
        assert house.holders(text(0), shelf) == house.holders(text(1), shelf) == set()
        assert house.holders(text(100), shelf) == {documents[0]}
        assert [house.holders(text(n), shelf) for n in range(2, ALIKE + 2)] == [{one} for one in documents[1:]]


def test_a_spoilt_file_is_not_put_together_with_others(house):
    documents = house.filled(ALIKE)
    house.holders(text(0))
    path = next(house.marks.glob("*.marks"))
    data = path.read_bytes()
    path.write_bytes(data[:40] + bytes([data[40] ^ 1]) + data[41:])
    join(house.marks)
    assert stated(house.marks) is None
    assert [house.holders(text(n)) for n in range(ALIKE)] == [{one} for one in documents]


STEPS = ("pwrite", "ftruncate", "fsync", "rename", "replace", "unlink")


def _die_at(step: int) -> None:
    """From now on this process is killed before its `step`-th write."""
    left = iter(range(step))

    def dying(real):
        def act(*given, **named):
            if next(left, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*given, **named)

        return act

    for name in STEPS:
        setattr(os, name, dying(getattr(os, name)))


@pytest.mark.parametrize("what", ["keep", "join"])
def test_killed_at_any_write_the_old_files_stand_or_the_new_ones(house, what):
    house.marks.mkdir(parents=True, exist_ok=True)
    with locked(house.marks, "joining") as mine:  # the process that is started to put the files together leaves them
        documents = house.filled(ALIKE)
        assert mine
        assert house.shelf.following._shelves._joining.wait() == 0
    late = house.process(loose=10**9)
    step, ended = 0, False
    while not ended:
        if what == "keep":
            house.put("last", text(50 + step), version=str(step % 10))
        child = os.fork()
        if not child:
            _die_at(step)
            (house.process().following.refresh if what == "keep" else lambda: join(house.marks))()
            os._exit(0)
        ended = os.waitpid(child, 0)[1] == 0
        assert [house.holders(text(n), late) for n in range(ALIKE)] == [{one} for one in documents]
        shelf = house.process(loose=10**9)
        assert [house.holders(text(n), shelf) for n in range(ALIKE)] == [{one} for one in documents]
        assert len(house.holders(text(50 + step), shelf)) == (what == "keep")
        step += 1
    assert step > len(STEPS)
    with locked(house.marks, "joining", seconds=60) as mine:  # a process of its own may be at it
        assert mine
    join(house.marks)
    assert {file.name for file in stated(house.marks).files} == set(house.files())
    assert not list(house.marks.glob("*.joined"))


names = st.sampled_from("abcdef")
given_marks = st.lists(st.integers(0, 40), max_size=12)
steps = st.lists(st.tuples(names, st.none() | given_marks, st.sampled_from(["", "", "keep", "join"])), max_size=24)


@settings(max_examples=60, deadline=None)
@given(steps, st.integers(0, 63))
def test_kept_and_loose_marks_are_what_they_were_in_memory(tmp_path_factory, steps, shift):
    """However marks come, go, are kept and put together: every place of every mark is found, and no other."""
    folder = tmp_path_factory.mktemp("marks")
    files, plain, kept = [], Segments(), Segments()
    for name, marks, then in steps:
        if marks is None:
            plain.drop(name), kept.drop(name)
        else:
            spread = np.array(marks, np.uint64) << np.uint64(shift)
            marked = Marked(hasher="h", marks=spread, chunks=np.arange(len(marks), dtype=np.uint32))
            plain.put({name: marked}), kept.put({name: marked})
        if then == "keep":
            files.append(write(folder, *kept.loosened()))
        elif then == "join" and len(files) > 1:
            span = slice(len(marks or []) % 2, len(files))
            made = write(folder, *joined([opened(folder, file, whole=True) for file in files], span))
            kept_now = kept.loosened()
            files[span] = [made, write(folder, *kept_now)]
        if then and files:
            kept = Segments(opened(folder, file) for file in files) if then == "keep" or len(files) > 1 else kept
    everything = np.arange(64, dtype=np.uint64) << np.uint64(shift)
    for many in (2, MANY):
        one, two = plain.find(everything, many=many), kept.find(everything, many=many)
        assert one.common == two.common
        assert {mark: sorted(places) for mark, places in one.places.items()} == {
            mark: sorted(places) for mark, places in two.places.items()
        }
    assert len(plain) == len(kept)
    assert [plain.size(name) for name in "abcdef"] == [kept.size(name) for name in "abcdef"]


@pytest.mark.parametrize("count", [1, 70_000])
def test_a_long_run_is_written_in_parts_and_found_whole(tmp_path, count):
    marks = np.random.default_rng(1).integers(0, 1 << 64, count, np.uint64)
    marks[: count // 2] >>= np.uint64(9)  # as those are that are kept of a text: the least of many
    segments = Segments()
    for name, part in (("a", marks), ("b", marks[::3])):
        segments.put({name: Marked(hasher="h", marks=part, chunks=np.zeros(len(part), np.uint32))})
    file = write(tmp_path, *segments.loosened())
    again = Segments([opened(tmp_path, file, whole=True)])
    asked = np.concatenate((marks[:500], np.random.default_rng(2).integers(0, 1 << 64, 500, np.uint64)))
    assert again.find(asked, many=MANY) == segments.find(asked, many=MANY)
    run = opened(tmp_path, file).run
    assert (np.diff(run.marks.astype(object)) >= 0).all() if count < 10 else (run.marks[1:] >= run.marks[:-1]).all()
    assert run.pairs[-1] == len(set(marks.tolist())) + len(set(marks[::3].tolist()))


def test_only_several_of_one_size_are_put_together():
    def files(*sizes):
        return [File(name="x", marks=size, bytes=0, digest="", sums="") for size in sizes]

    small, large = 1 << 20, 1 << 24
    assert due(files(*[small] * (ALIKE - 1))) is None
    assert due(files(large, *[small] * ALIKE)) == slice(1, ALIKE + 1)
    assert due(files(*[large] * (ALIKE - 1), small)) is None
    assert due(files(*[large] * (ALIKE - 1), small, large)) == slice(0, ALIKE + 1)


def test_a_folder_that_cannot_be_written_costs_nothing_but_memory(house):
    house.marks.parent.mkdir(exist_ok=True)
    house.marks.write_text("not a folder")
    document = house.put("a", text(1))
    assert house.holders(text(1)) == {document}


def test_the_stated_files_name_no_text(house):
    house.put("a", text(1))
    house.holders(text(1))
    assert json.loads((house.marks / "stands.json").read_text())["upto"] == 1
    assert not any(text(1)[:20].encode() in path.read_bytes() for path in house.marks.iterdir())
