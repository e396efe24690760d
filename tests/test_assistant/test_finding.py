"""Why a document is not found: the first thing that does not hold is named, without text, and it is on the record."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from assistant.desk.finding import FOUND, Explained, Finding
from assistant.retrieval import Retrieved
from ingest.catalogue.rows import Listed
from ingest.index.base import Hit, Query, SparseVector
from policies.audit.events import AccessExplained
from policies.errors import RecordError
from policies.labels import Label, Level
from policies.vocabulary import Chunk, Document, Passage, Person, SourceRef

DANA = Person(id="dana", name="dana", clearance=Level.INTERNAL, groups=frozenset({"staff"}))
SECRET = "the fee is nineteen crowns"
LABEL = Label(level=Level.CONFIDENTIAL)
DOCUMENT = Document(
    id="d",
    version="v",
    source=SourceRef(source="files", path="fees.md"),
    title="Fees",
    media_type="text/markdown",
    label=LABEL,
    groups=frozenset({"staff"}),
)
CHUNK = Chunk(
    id="c", document="d", version="v", ordinal=0, text=SECRET, page=1, heading=(), start=0, end=5, label=LABEL
)
LISTED = Listed(
    document="d",
    source="files",
    path="fees.md",
    title="Fees",
    version="v",
    chunks=1,
    label=LABEL,
    groups=frozenset({"staff"}),
    language="en",
    pages=1,
    dated="",
    modified=0,
    status="live",
    reason="",
)


class Shelf:
    def __init__(self, listed: Listed | None = LISTED, last: str = "added") -> None:
        self._listed, self.last = listed, last

    def listed(self, document):
        return self._listed

    def chunks(self, document, person):
        return [(CHUNK, DOCUMENT)] if self._listed and self._listed.chunks else []

    def vectors(self, ids):
        return {one: np.array([1.0]) for one in ids}

    def latest(self):
        return 3

    def last_change(self, document):
        return self.last

    def embedding(self):
        return "model"


class Index:
    def __init__(self, ids=("c",)) -> None:
        self.ids = ids

    def cursor(self):
        return 3 if self.ids else 1

    def query(self, query: Query):
        return [Hit(id=one, score=1.0) for one in self.ids]


class Encoder:
    def dense(self, text):
        return (1.0,)

    def sparse(self, text):
        return SparseVector(indices=(1,), values=(1.0,))


class Record:
    def __init__(self, broken=False) -> None:
        self.events, self.broken = [], broken

    def append(self, event, contents=None):
        if self.broken:
            raise RecordError("The record cannot be written.")
        self.events.append((event, contents))
        return len(self.events)


def nothing(person: Person, text: str, k: int) -> Retrieved:
    return Retrieved(passages=())


def the_chunk(person: Person, text: str, k: int) -> Retrieved:
    return Retrieved(passages=(Passage(chunk=CHUNK, document=DOCUMENT, rank=1, score=1.0),))


def finding(**other) -> Finding:
    parts = {
        "shelf": Shelf(),
        "aside": lambda document: "",
        "forgotten": lambda document: False,
        "index": Index,
        "encoder": Encoder(),
        "model": lambda: "model",
        "why_not": lambda person, document, chunk: (),
        "retrieve": the_chunk,
        "clearance_counts": False,
        "passages": 8,
        "recorder": Record(),
    }
    return Finding(**parts | other)


def explained(of: Finding, **other) -> Explained:
    return of.explain("d", **{"person": DANA, "actor": "os:ops"} | other)


OUTSIDER = replace(DANA, groups=frozenset({"board"}))
ASIDE = replace(LISTED, status="quarantined", reason="DAMAGED", chunks=0)
CASES = [
    ("person", finding(), {"enabled": False}),
    ("known", finding(shelf=Shelf(None, "")), {}),
    ("deleted", finding(shelf=Shelf(None, "deleted")), {}),
    ("forgotten", finding(shelf=Shelf(None, "deleted"), forgotten=lambda document: True), {}),
    ("set-aside", finding(shelf=Shelf(ASIDE)), {}),
    ("set-aside", finding(shelf=Shelf(None, ""), aside=lambda document: "RELEASED"), {}),
    ("groups", finding(), {"person": OUTSIDER}),
    ("clearance", finding(clearance_counts=True), {}),
    ("rules", finding(why_not=lambda *_: ("ethical-wall",)), {}),
    ("model", finding(model=lambda: "another"), {}),
    ("index", finding(index=lambda: Index(())), {}),
    ("place", finding(retrieve=nothing), {"question": "What is the fee?"}),
    (FOUND, finding(), {}),
    (FOUND, finding(), {"question": "What is the fee?"}),
    (FOUND, finding(shelf=Shelf(replace(LISTED, language="fi"))), {}),
    (FOUND, finding(shelf=Shelf(replace(LISTED, reason="DAMAGED"))), {}),
    (FOUND, finding(clearance_counts=True), {"person": replace(DANA, clearance=Level.CONFIDENTIAL)}),
]


@pytest.mark.parametrize(("outcome", "of", "asked"), CASES)
def test_the_first_thing_that_does_not_hold_is_named_and_recorded(outcome, of, asked) -> None:
    found = explained(of, **asked)
    assert found.outcome == outcome
    failed = [step.code for step in found.steps if not (step.holds or step.hint)]
    assert failed == ([] if outcome == FOUND else [outcome])
    ((event, contents),) = of.recorder.events
    assert event == AccessExplained(
        actor="os:ops", on_behalf_of="dana", document="d", outcome=outcome, asked=int("question" in asked)
    )
    assert contents is None
    assert SECRET not in repr(found)


def test_the_rules_that_keep_it_back_are_named_with_how_often() -> None:
    found = explained(finding(why_not=lambda *_: ("ethical-wall",)))
    assert found.steps[-1].facts == {"rules": {"ethical-wall": 1}}


def test_what_cannot_be_recorded_is_not_said() -> None:
    with pytest.raises(RecordError):
        explained(finding(recorder=Record(broken=True)))
