"""The shelf of copies over real stores: live labels, live text, whoever may read it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingest_parts import STAFF, Room

from ingest.catalogue.catalogue import Catalogue
from ingest.catalogue.rows import Stat
from ingest.catalogue.schema import STEPS
from ingest.copies.segments import Segments
from ingest.copies.shelf import Shelf
from ingest.errors import CatalogueError, IndexUnavailable
from ingest.index.edge import EdgeIndex
from ingest.index.embedder import open_embedder
from ingest.index.sparse import Bm25
from ingest.projector import project
from policies.copies.base import How
from policies.labels import PUBLIC, Category, Label, Level
from policies.vocabulary import Chunk, Document, SourceRef

RULE = "Night theatre four stays shut from 21:40 unless Professor Ostrander signs the second rota by 20:15 in person."
OTHER = "The canteen serves soup on most days, and tea is free for all who help to carry the chairs."
SAID = "If Ostrander has to sign the second rota by 20:15, does night theatre four stay closed after 21:40?"
RESTRICTED, INTERNAL = Label(level=Level.RESTRICTED), Label(level=Level.INTERNAL)


@pytest.fixture(scope="module")
def embedder():
    return open_embedder(threads=1)


class House:
    """A catalogue, an index and the shelf over both."""

    def __init__(self, folder: Path, embedder) -> None:
        self.catalogue = Catalogue(folder / "catalogue")
        self.embedder = embedder
        self.index = EdgeIndex(folder / "index", embedding_digest=embedder.digest, dimension=embedder.dimension)
        self.shelf = self.another_shelf()

    def another_shelf(self, key: bytes = b"key") -> Shelf:
        return Shelf(self.catalogue, key, index=lambda: self.index, embedder=lambda: self.embedder)

    def put(
        self, name: str, *texts: str, label: Label = RESTRICTED, groups=("board",), marked=True, version="1"
    ) -> str:
        ref = SourceRef(source="files", path=f"/{name}")
        document = Document(
            id=ref.document, version=version * 64, source=ref, title=name, media_type="text/plain", label=label,
            groups=frozenset(groups),
        )  # fmt: skip
        chunks = [
            Chunk(
                id=Chunk.make_id(document.id, document.version, "p", n), document=document.id,
                version=document.version, ordinal=n, text=text, page=1, heading=("Rules",), start=0, end=len(text),
                label=label,
            )
            for n, text in enumerate(texts)
        ]  # fmt: skip
        chunks = self.shelf.raise_copies(document, chunks)
        marks = self.shelf.mark(document, chunks) if marked else None
        vectors = self.embedder.embed_documents([chunk.text for chunk in chunks])
        self.catalogue.commit(document, chunks, vectors, stat=Stat(size=1, mtime=1, checked=1), marked=marks)
        project(self.catalogue, self.index, bm25=Bm25())
        return document.id

    def hows(self, text: str, ceiling: Label = PUBLIC) -> set[How]:
        return {repeat.how for repeat in self.shelf.repeats([text], ceiling)}

    def labels(self, document: str) -> list[Label]:
        return [chunk.label for chunk, _ in self.catalogue.chunks(document, None)]

    def close(self) -> None:
        self.index.close()
        self.catalogue.close()


@pytest.fixture
def house(tmp_path, embedder):
    made = House(tmp_path, embedder)
    yield made
    made.close()


def test_a_quotation_and_a_paraphrase_are_found_whoever_may_read_the_document(house):
    for groups in (("board",), ("staff",), ()):
        document = house.put("rules", OTHER, RULE, groups=groups)
        assert house.hows(f"Shorter please: {RULE[:60]}") == {How.QUOTATION}
        assert house.hows(SAID) == {How.PARAPHRASE}
        assert [repeat.document for repeat in house.shelf.repeats(["Hello?", SAID], PUBLIC)] == [document]
        assert [repeat.text for repeat in house.shelf.repeats(["Hello?", SAID], PUBLIC)] == [1]
        assert not house.hows("How is a rota for an operating theatre made?")


def test_what_may_go_to_the_ceiling_is_no_repeat(house):
    house.put("rules", RULE, label=INTERNAL)
    assert house.hows(RULE)
    assert house.hows(SAID)
    assert not house.hows(RULE, INTERNAL)
    assert not house.hows(SAID, INTERNAL)


def test_a_category_keeps_a_public_text_in_the_house(house):
    house.put("note", RULE, label=Label(level=Level.PUBLIC, categories=frozenset({Category.HEALTH})))
    assert How.QUOTATION in house.hows(RULE)
    assert house.hows(SAID) == {How.PARAPHRASE}


def test_a_raised_label_counts_at_once(house):
    """Attack 45: marks carry no label of their own."""
    document = house.put("page", RULE, label=PUBLIC)
    assert not house.hows(RULE)
    house.catalogue.set_rights(document, level=Level.RESTRICTED)
    assert How.QUOTATION in house.hows(RULE)


def test_a_deleted_and_a_replaced_text_are_forgotten_in_the_same_transaction(house):
    document = house.put("rules", RULE)
    house.put("rules", OTHER, version="2")
    assert not house.hows(RULE)
    assert house.hows(f"Polish this: {OTHER}")
    house.catalogue.delete(document)
    with house.catalogue.database.reading() as db:
        assert db.execute("SELECT count(*) FROM marks").fetchone()[0] == 0
    assert not house.hows(f"Polish this: {OTHER}")


def test_a_public_document_that_quotes_a_restricted_paragraph_is_restricted_there(house):
    """Attacks 48 and 49."""
    house.put("minutes", RULE)
    public = house.put("flyer", OTHER, f"Did you know? {RULE}", label=PUBLIC)
    assert house.labels(public) == [PUBLIC, RESTRICTED]
    assert house.hows(RULE)


def test_a_restricted_document_that_quotes_a_public_page_does_not_hold_it_back(house):
    page = house.put("page", RULE, label=PUBLIC)
    house.put("minutes", f"We published this: {RULE}", OTHER)
    assert not house.hows(RULE)
    assert not house.hows(SAID)
    house.put("page", RULE, OTHER, label=PUBLIC, version="2")  # the page changes: what stood there stays public
    assert house.labels(page)[0] == PUBLIC


def test_documents_of_an_older_catalogue_get_their_marks(house):
    house.put("rules", RULE, marked=False)
    fresh = house.another_shelf()
    assert fresh.repeats([RULE], PUBLIC)
    with house.catalogue.database.reading() as db:
        assert db.execute("SELECT count(*) FROM marks").fetchone()[0] == 1


def test_with_another_key_the_marks_are_made_anew(house):
    house.put("rules", RULE)
    assert house.another_shelf(b"another key").repeats([RULE], PUBLIC)
    assert house.shelf.repeats([f"{RULE} "], PUBLIC)


def test_marks_say_nothing_without_the_key(house):
    house.put("rules", RULE)
    with house.catalogue.database.reading() as db:
        kept = db.execute("SELECT * FROM marks").fetchone()
    other = house.another_shelf(b"a guess")
    marks = set(other._hasher.grams(b"".join(RULE.lower().encode().split())).tolist())
    import numpy as np

    assert not marks & set(np.frombuffer(kept["marks"], np.uint64).tolist())
    assert b"ostrander" not in bytes(kept["marks"]).lower()


def test_a_quotation_across_two_chunks_and_of_a_heading_is_found(house):
    house.put("report on the Ostrander inquiry of ward nine", RULE[:50], RULE[50:])
    assert How.QUOTATION in house.hows(RULE[25:80])
    assert How.QUOTATION in house.hows("who wrote the report on the Ostrander inquiry of ward nine")


def test_an_answer_that_is_quoted_back_in_a_new_conversation_is_found(house):
    """Attack 39: the assistant shows the passages' own words, and those have marks."""
    house.put("rules", RULE)
    assert house.hows(f'You said earlier: "{RULE}" Why is that?')


def test_near_and_touched_are_told_to_whoever_keeps_count(house):
    document = house.put(
        "rules", *[f"{RULE} It is case {n} of many, and lasts {n} weeks in ward {n + 3}." for n in range(9)]
    )
    seen = house.shelf.look([RULE, RULE], PUBLIC)
    assert {one.document for one in seen.touched} == {document}
    (one,) = seen.touched
    assert one.above
    assert 0 < len(one.marks) < one.of
    below = house.shelf.look([RULE], RESTRICTED)
    assert not below.repeats
    assert [each.above for each in below.touched] == [False]


def test_what_the_index_did_not_hold_yet_is_looked_for_again(house):
    house.put("other", OTHER)
    behind = house.index.cursor()

    class Late:
        caught_up = False

        def query(self, query):
            return house.index.query(query) if self.caught_up else []

        def cursor(self):
            return house.index.cursor() if self.caught_up else behind

    late = Late()
    shelf = Shelf(house.catalogue, b"key", index=lambda: late, embedder=lambda: house.embedder)
    house.put("rules", RULE)
    assert not shelf.repeats([SAID], PUBLIC)
    late.caught_up = True
    assert shelf.repeats([SAID], PUBLIC)


def test_an_index_that_does_not_answer_is_an_error_and_not_a_no(house):
    house.put("rules", RULE)

    class Down:
        def query(self, query):
            raise IndexUnavailable("The index is gone.")

    shelf = Shelf(house.catalogue, b"key", index=Down, embedder=lambda: house.embedder)
    with pytest.raises(IndexUnavailable):
        shelf.repeats([SAID], PUBLIC)


def test_a_damaged_catalogue_is_an_error(house):
    house.put("rules", RULE)
    with house.catalogue.database.writing() as db:
        db.execute("DROP TABLE marks")
    with pytest.raises(CatalogueError):
        house.another_shelf().repeats([RULE], PUBLIC)


def test_a_job_marks_what_it_takes_in(tmp_path, embedder):
    room = Room(tmp_path / "c")
    shelf = Shelf(room.catalogue, b"key", index=lambda: None, embedder=lambda: embedder)  # type: ignore[arg-type,return-value]
    (tmp_path / "a.txt").write_text(RULE)
    room.run(tmp_path / "a.txt", asked=STAFF, copies=shelf)
    assert shelf.repeats([RULE], PUBLIC)
    room.close()


def test_a_catalogue_of_the_first_schema_is_brought_up_to_date(tmp_path):
    Catalogue(tmp_path, STEPS[:1]).close()
    Catalogue(tmp_path).close()
    with sqlite3.connect(tmp_path / "catalogue.db") as db:
        assert db.execute("SELECT count(*) FROM marks").fetchone()[0] == 0
    db.close()
    assert (tmp_path / "catalogue.db.schema-1").exists()


documents = st.sampled_from(["a", "b", "c", "d"])
texts = st.lists(st.sampled_from([RULE, OTHER, SAID, "", "Short."]), min_size=1, max_size=3)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(documents, st.none() | texts), max_size=14))
def test_segments_hold_what_was_last_put_and_nothing_that_was_dropped(steps):
    from policies.copies.fingerprints import Hasher

    shelf = Shelf.__new__(Shelf)
    shelf._hasher = Hasher(b"key")
    segments, kept = Segments(), {}
    for name, spoken in steps:
        if spoken is None:
            segments.drop(name)
            kept.pop(name, None)
        else:
            marked = _marked(shelf, name, spoken)
            segments.put({name: marked})
            kept[name] = marked
    import numpy as np

    everything = np.unique(np.concatenate([marked.marks for marked in kept.values()] or [np.empty(0, np.uint64)]))
    standing = segments.find(everything, many=len(steps) + 1)
    found = sorted({(mark, *place) for mark, places in standing.places.items() for place in places})
    assert not standing.common
    wanted = sorted(
        {
            (mark, name, chunk)
            for name, marked in kept.items()
            for mark, chunk in zip(marked.marks.tolist(), marked.chunks.tolist(), strict=True)
        }
    )
    assert found == wanted
    assert len(segments) == len(kept)
    holders = Counter(mark for marked in kept.values() for mark in set(marked.marks.tolist()))
    few = segments.find(everything, many=2)
    assert few.common == {mark for mark, documents in holders.items() if documents >= 2}
    assert few.places.keys() == holders.keys() - few.common


def _marked(shelf: Shelf, name: str, spoken: list[str]):
    ref = SourceRef(source="s", path=name)
    document = Document(
        id=name, version="1", source=ref, title=name, media_type="text/plain", label=PUBLIC, groups=frozenset()
    )
    chunks = [
        Chunk(
            id=f"{name}{n}", document=name, version="1", ordinal=n, text=text, page=1, heading=(), start=0, end=1,
            label=PUBLIC,
        )
        for n, text in enumerate(spoken)
    ]  # fmt: skip
    return shelf.mark(document, chunks)
