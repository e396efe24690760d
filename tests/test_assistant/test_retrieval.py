"""Retrieval: rights in the query, rights again on the live catalogue, at most two hits of one page."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import strategies as our
from hypothesis import given
from hypothesis import strategies as st

from assistant.retrieval import HITS_OF_ONE_PAGE, retrieve
from ingest.about import sought
from ingest.called import Mentioned, names
from ingest.index.base import Hit, Query, SparseVector
from policies.labels import PUBLIC, Label, Level, join
from policies.vocabulary import Chunk, Document, Person, SourceRef

DANA = Person(id="dana", name="dana", groups=frozenset({"staff"}))


def document(name: str, *groups: str) -> Document:
    source = SourceRef(source="files", path=name)
    return Document(
        id=source.document,
        version="0" * 64,
        source=source,
        title=name,
        media_type="text/plain",
        label=PUBLIC,
        groups=frozenset(groups),
    )


def chunk(of: Document, ordinal: int, page: int = 1) -> Chunk:
    return Chunk(
        id=f"{of.title}-{ordinal}",
        document=of.id,
        version=of.version,
        ordinal=ordinal,
        text="text",
        page=page,
        heading=(),
        start=0,
        end=4,
        label=PUBLIC,
    )


class Shelf:
    """An index and a catalogue over the same chunks. The index may be behind: it still gives what is gone."""

    def __init__(self, rows: Sequence[tuple[Chunk, Document]]) -> None:
        self.rows = {row[0].id: row for row in rows}
        self.order = [row[0].id for row in rows]
        self.asked: list[Query] = []

    def query(self, query: Query) -> list[Hit]:
        self.asked.append(query)
        return [Hit(id=one, score=1 - n / 10) for n, one in enumerate(self.order[: query.limit])]

    def hydrate(self, ids: Sequence[str], person: Person) -> list[tuple[Chunk, Document]]:
        found = [self.rows[one] for one in ids if one in self.rows]
        return [(c, d) for c, d in found if d.groups & person.reads_as]

    def named(self, asked: Mentioned, person: Person) -> frozenset[str]:
        return frozenset(
            d.id for _, d in self.rows.values() if d.groups & person.reads_as and set(names(d)) & asked.whole
        )

    def vectors(self, ids: Sequence[str]):
        return {one: np.array([0.5]) for one in ids}


class Plain:
    def dense(self, text: str) -> tuple[float, ...]:
        return (1.0,)

    def sparse(self, text: str) -> SparseVector:
        terms = tuple(sorted({sum(word.encode()) for word in text.casefold().split()}))
        return SparseVector(indices=terms, values=(1.0,) * len(terms))


def search(shelf: Shelf, k: int = 3, may_read=lambda person, document, chunk: True, **more):
    return retrieve("q", DANA, k=k, index=shelf, catalogue=shelf, encoder=Plain(), may_read=may_read, **more)


def test_the_persons_groups_and_everyone_stand_in_every_query():
    shelf = Shelf([])
    search(shelf)
    assert [query.rights.groups for query in shelf.asked] == [frozenset({"staff", "everyone"})]


def test_a_hit_whose_right_was_revoked_after_indexing_is_not_returned_and_the_query_widens():
    mine, theirs = document("mine", "staff"), document("theirs", "board")
    rows = [(chunk(theirs, n, page=n), theirs) for n in range(6)] + [(chunk(mine, 1), mine)]
    shelf = Shelf(rows)
    found = search(shelf)
    assert [passage.document.title for passage in found.passages] == ["mine"]
    assert [query.limit for query in shelf.asked] == [6, 24]
    assert found.withheld == 0


def test_a_deleted_chunk_that_the_index_still_gives_is_dropped():
    mine = document("mine", "staff")
    shelf = Shelf([(chunk(mine, 1), mine), (chunk(mine, 2, page=2), mine)])
    del shelf.rows["mine-1"]
    assert [passage.chunk.id for passage in search(shelf).passages] == ["mine-2"]


INTERNAL = Label(level=Level.INTERNAL)


def test_a_ceiling_stands_in_every_query_beside_the_rights():
    """Level and categories; where clearance counts, the lower of the two; without one only the rights."""
    shelf = Shelf([])
    search(shelf, ceiling=INTERNAL)
    search(shelf, ceiling=INTERNAL, level=Level.PUBLIC)
    search(shelf, ceiling=PUBLIC, level=Level.RESTRICTED)
    search(shelf, level=Level.CONFIDENTIAL)
    asked = [(query.rights.level, query.rights.only_categories) for query in shelf.asked]
    assert asked == [
        (Level.INTERNAL, frozenset()), (Level.PUBLIC, frozenset()), (Level.PUBLIC, frozenset()),
        (Level.CONFIDENTIAL, None),
    ]  # fmt: skip
    assert {query.rights.groups for query in shelf.asked} == {frozenset({"staff", "everyone"})}


@given(st.lists(st.tuples(our.labels, our.labels), max_size=6), our.labels)
def test_no_passage_is_above_the_ceiling_whatever_the_index_still_gives(stored, ceiling):
    """Neither its own label nor its document's; what was kept back is counted."""
    rows = []
    for n, (of_document, of_chunk) in enumerate(stored):
        one = replace(document(f"d{n}", "staff"), label=of_document)
        rows.append((replace(chunk(one, n), label=of_chunk), one))
    found = search(Shelf(rows), k=9, ceiling=ceiling)
    fits = [one for one in stored if join(one).flows_to(ceiling)]
    assert len(found.passages) == len(fits)
    assert all(join([one.chunk.label, one.document.label]).flows_to(ceiling) for one in found.passages)
    assert found.withheld == len(stored) - len(fits)


def test_a_rule_that_forbids_reading_withholds_and_counts():
    mine = document("mine", "staff")
    shelf = Shelf([(chunk(mine, 1), mine)])
    found = search(shelf, may_read=lambda person, document, chunk: False)
    assert found.passages == ()
    assert found.withheld == 1


@given(pages=st.lists(st.integers(1, 3), max_size=30), k=st.integers(1, 8))
def test_no_page_gives_more_than_two_and_ranks_count_from_one(pages, k):
    mine = document("mine", "everyone")
    shelf = Shelf([(chunk(mine, n, page=page), mine) for n, page in enumerate(pages)])
    found = search(shelf, k=k).passages
    assert len(found) <= k
    assert [passage.rank for passage in found] == list(range(1, len(found) + 1))
    for page in {1, 2, 3}:
        assert sum(passage.chunk.page == page for passage in found) <= HITS_OF_ONE_PAGE


def test_each_passage_says_how_near_it_is_to_the_question():
    mine = document("mine", "staff")
    (passage,) = search(Shelf([(chunk(mine, 1), mine)])).passages
    assert passage.similarity == 0.5


def test_a_question_that_names_its_document_gets_it_first_unless_every_title_says_the_same():
    """And a year counts inside FY2022 as well."""
    old, new = document("Acme report 2021", "staff"), document("Acme report 2022", "staff")
    others = [(chunk(old, n, page=n), old) for n in range(2, 6)]
    shelf = Shelf([(chunk(old, 1), old), (chunk(new, 1), new), *others])

    def first(text: str) -> str:
        found = retrieve(text, DANA, k=2, index=shelf, catalogue=shelf, encoder=Plain(), may_read=lambda *_: True)
        assert [passage.score for passage in found.passages] == sorted((p.score for p in found.passages), reverse=True)
        return found.passages[0].document.title

    assert first("acme revenue") == "Acme report 2021"
    assert first("acme revenue in FY2022") == "Acme report 2022"


def test_a_named_document_is_looked_into_even_where_others_fill_every_place():
    """Two hundred better hits of others; the question names the company whose report stands last."""
    other, named = document("other", "staff"), replace(document("report", "staff"), company="Birch, Inc.")
    rows = [(chunk(other, n, page=n), other) for n in range(200)] + [(chunk(named, 1), named)]

    class Filtering(Shelf):
        def query(self, query: Query) -> list[Hit]:
            only = query.rights.documents
            hits = super().query(replace(query, limit=len(self.order)))
            return [hit for hit in hits if only is None or self.rows[hit.id][1].id in only][: query.limit]

    shelf = Filtering(rows)
    found = retrieve("What did Birch earn?", DANA, k=3, index=shelf, catalogue=shelf, encoder=Plain(), may_read=_yes)
    assert named.id in {passage.document.id for passage in found.passages}
    assert {query.rights.groups for query in shelf.asked} == {frozenset({"staff", "everyone"})}
    theirs = Filtering([(c, replace(d, groups=frozenset({"board"})) if d is named else d) for c, d in rows])
    retrieve("What did Birch earn?", DANA, k=3, index=theirs, catalogue=theirs, encoder=Plain(), may_read=_yes)
    assert all(query.rights.documents is None for query in theirs.asked)


def test_what_is_sought_stands_in_every_query_and_is_checked_on_the_live_document():
    """The index may be behind: the document said it was Birch's, and says something else now."""
    now = replace(document("report", "staff"), company="Alder")
    shelf = Shelf([(chunk(now, 1), now)])
    wanted = sought(company="birch")
    found = retrieve("fee", DANA, k=3, index=shelf, catalogue=shelf, encoder=Plain(), may_read=_yes, sought=wanted)
    assert (found.passages, found.withheld) == ((), 0)
    assert all(query.rights.sought == wanted for query in shelf.asked)


def _yes(person: Person, document: Document, chunk: Chunk) -> bool:
    return True
