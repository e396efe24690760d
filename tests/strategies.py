"""Hypothesis strategies for the words that every room speaks."""

from __future__ import annotations

from hypothesis import strategies as st

from policies.decide.parts import Part
from policies.detect import Depth
from policies.labels import Category, Label, Level
from policies.vocabulary import Chunk, Document, Kind, Passage, Person, Question, Role, SourceRef, Turn

levels = st.sampled_from(Level)
labels = st.builds(Label, level=levels, categories=st.frozensets(st.sampled_from(Category), max_size=3))
words = st.text(alphabet="abcdefghijklmnopqrstuvwxyz ", min_size=1, max_size=60)
plain_questions = st.sampled_from(
    [
        "What is the incubation period of measles?",
        "Explain annuity versus bullet loan.",
        "How is a by-election called?",
        "Which countries use IBAN?",
        "What does %20 mean in a URL?",
    ]
)
telling_questions = st.sampled_from(
    [
        "Marieke Oosterhout asks why the payment bounced.",
        "the admin password is P0suMi!13",
        "card 4539 9892 3597 2870",
        "our client was fired last week",
        "we will close the northern branch, not announced yet",
    ]
)
questions = st.one_of(plain_questions, telling_questions)
groups = st.frozensets(st.sampled_from(["staff", "analysts", "ward-3", "no-external-ai"]), max_size=3)
persons = st.builds(
    Person,
    id=st.sampled_from(["p1", "p2", "p3"]),
    name=st.just("Somebody"),
    clearance=levels,
    groups=groups,
    roles=st.frozensets(st.sampled_from(Role), min_size=1, max_size=2),
)
turns = st.builds(Turn, role=st.sampled_from(["user", "assistant"]), text=questions, label=labels)


def document(number: int, label: Label, groups: frozenset[str] = frozenset({"staff"})) -> Document:
    """A document of its own by number."""
    return Document(
        id=f"d{number}", version="v", source=SourceRef(source="s", path=f"{number}.txt"), title=f"Document {number}",
        media_type="text/plain", label=label, groups=groups,
    )  # fmt: skip


def passage(number: int, text: str, label: Label, groups: frozenset[str] = frozenset({"staff"})) -> Passage:
    """A passage that was found, of a document of its own."""
    found = document(number, label, groups)
    chunk = Chunk(
        id=f"c{number}", document=found.id, version="v", ordinal=0, text=text, page=1, heading=(), start=0,
        end=len(text), label=label,
    )  # fmt: skip
    return Passage(chunk=chunk, document=found, rank=1, score=1.0)


passages = st.builds(passage, st.integers(1, 9), words, labels)
parts = st.builds(
    Part,
    source=st.sampled_from(["question", "turn 1", "passage 1", "request"]),
    text=questions,
    label=labels,
    depth=st.sampled_from(Depth),
)
general_questions = st.builds(
    Question, text=questions, person=persons, kind=st.just(Kind.GENERAL), history=st.lists(turns, max_size=3).map(tuple)
)
