"""Whatever happens to a file in whatever order: its label is the join of all that was said of it and still holds, its
passages are no lower, nobody gains the right to read it, and the index says the same."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from labelling_house import ADA, BEN, GROUPS, SECRET, LabellingHouse, said

from ingest.catalogue.catalogue import Catalogue
from ingest.catalogue.labels import Mapped
from ingest.relabel import Waits
from policies.config import create_home
from policies.labels import PUBLIC, Category, Label, Level, join
from policies.rulebook import load
from policies.vocabulary import Person

EXAMPLES = int(os.environ.get("RINGFENCE_LABEL_EXAMPLES", "12"))
ID = "2096f6a2-d2f7-48be-b329-b73aaa526e5d"
STRANGER = Person(id="s", name="s", groups=frozenset({"board"}))
RULES = load()
levels = st.sampled_from(Level)
some = st.frozensets(st.sampled_from([Category.HEALTH, Category.PAYMENT, Category.PERSONAL]), max_size=2)


@dataclass(frozen=True)
class Text:
    """What a file says of itself."""

    marked: Level | None
    with_id: bool
    secret: bool
    turn: int  # another one, other bytes

    @property
    def written(self) -> str:
        head = [f"@msip_label_{ID}_enabled: true"] if self.with_id else []
        marking = [str(self.marked).capitalize()] if self.marked else []
        body = "\n".join([*head, *marking, f"The fee is {self.turn} euro."])
        return body + (f"\n\n{SECRET}" if self.secret else "")

    @property
    def says(self) -> Label:
        return PUBLIC if self.marked is None else Label(level=self.marked)


texts = st.builds(
    Text,
    marked=st.sampled_from([None, Level.INTERNAL, Level.CONFIDENTIAL, Level.RESTRICTED]),
    with_id=st.booleans(),
    secret=st.booleans(),
    turn=st.integers(1, 3),
)


@dataclass
class Expected:
    """Kept beside the product, from what was done alone: the label that must stand, and what was agreed away."""

    text: Text
    label: Label | None = None
    away: Label = PUBLIC
    lowered: Text | None = None
    meaning: Label = field(default_factory=lambda: Label(level=Level.RESTRICTED))  # of the id

    def taken_in(self, level: Level | None, categories: frozenset[Category], *, read: bool) -> None:
        given = [PUBLIC if level is None else Label(level=level), Label(level=Level.PUBLIC, categories=categories)]
        read = read or self.label is None
        said_now = join([*given, *([self.text.says] if read else []), *([self.meaning] if self.text.with_id else [])])
        nobody_said = level is None and self.text.marked is None and not self.text.with_id
        if self.label is None:
            self.label = said_now if not nobody_said else said_now.raised(Label(level=Level.RESTRICTED))
        elif not (self.lowered == self.text and said_now.flows_to(self.label.raised(self.away))):
            self.label = self.label.raised(said_now)
        if self.lowered != self.text:
            self.lowered, self.away = None, PUBLIC


@contextmanager
def opened() -> Iterator[LabellingHouse]:
    with TemporaryDirectory() as folder:
        before = os.environ.get("RINGFENCE_KEYS")
        os.environ["RINGFENCE_KEYS"] = f"{folder}/keys"
        try:
            house = LabellingHouse(create_home(Path(folder) / "home"), RULES, lambda: 1_700_000_000_000_000)
            yield house
            house.close()
        finally:
            os.environ.pop("RINGFENCE_KEYS")
            if before is not None:
                os.environ["RINGFENCE_KEYS"] = before


class Run:
    """One document under whatever is done to it."""

    def __init__(self, house: LabellingHouse, text: Text) -> None:
        self.house, self.names, self.pipelines = house, itertools.count(), itertools.count(2)
        self.path = house.docs / "0.txt"
        self.expected = Expected(text)
        self.write(text)
        self.ingest(None, frozenset())

    @property
    def id(self) -> str:
        return self.house.room.catalogue.documents()[0].document

    def write(self, text: Text) -> None:
        """A file that is new each time: the time alone could hide a change."""
        self.path.write_text(text.written)
        self.expected.text = text

    def ingest(self, level: Level | None, categories: frozenset[Category], *, read: bool = False) -> None:
        before = self.house.room.embedder.calls[:]
        self.house.ingest(said(level, *categories))
        self.expected.taken_in(level, categories, read=read or self.house.room.embedder.calls != before)

    def change(self, text: Text, level: Level | None, categories: frozenset[Category]) -> None:
        self.write(text)
        self.ingest(level, categories)

    def sync(self, level: Level | None, categories: frozenset[Category]) -> None:
        self.ingest(level, categories)

    def read_again(self, level: Level | None, categories: frozenset[Category]) -> None:
        self.house.room.pipeline = f"p{next(self.pipelines)}"
        self.ingest(level, categories, read=True)

    def rename(self, level: Level | None, categories: frozenset[Category]) -> None:
        self.path = self.path.rename(self.house.docs / f"{next(self.names)}x.txt")
        self.expected.lowered = None  # agreed for the place where it was
        self.ingest(level, categories)

    def vanish_and_return(self, level: Level | None, categories: frozenset[Category]) -> None:
        self.path.unlink()
        self.house.ingest(said(level, *categories))
        assert self.house.room.catalogue.documents() == []
        self.path.write_text(self.expected.text.written)
        self.ingest(level, categories, read=True)

    def relabel(self, level: Level, categories: frozenset[Category]) -> None:
        present, wanted = self.house.label(self.id), Label(level=level, categories=categories)
        done = self.house.relabel.change(self.id, ADA, level=level, categories=categories, reason="x")
        assert isinstance(done, Waits) is not present.flows_to(wanted)
        if isinstance(done, Waits):
            assert self.house.label(self.id) == present  # one person alone
            self.house.relabel.agree(done.request.record, BEN)
            before = self.expected.away if self.expected.lowered == self.expected.text else PUBLIC
            self.expected.away, self.expected.lowered = before.raised(present), self.expected.text
        self.expected.label = wanted

    def map_id(self, level: Level, categories: frozenset[Category]) -> None:
        label = Label(level=level, categories=categories)
        self.house.map.take([Mapped(id=ID, name="x", label=label)], actor="os:x")
        self.expected.meaning = label
        held = self.expected
        assert held.label is not None
        agreed = held.lowered == held.text and label.flows_to(held.label.raised(held.away))
        if held.text.with_id and not agreed:
            held.label = held.label.raised(label)

    def reopen(self, *_: object) -> None:
        """What another process sees, or a copy put back."""
        room = self.house.room
        again = Catalogue(room.catalogue.originals.folder.parent)
        assert again.documents() == room.catalogue.documents()
        again.close()

    def check(self) -> None:
        catalogue = self.house.room.catalogue
        (one,) = catalogue.documents()
        chunks = [chunk for chunk, _ in catalogue.chunks(one.document, None)]
        assert one.label == self.expected.label
        assert all(one.label.flows_to(chunk.label) for chunk in chunks)
        secret = [chunk.label for chunk in chunks if SECRET in chunk.text]
        assert len(secret) == self.expected.text.secret
        assert all(label.level is Level.RESTRICTED and Category.CREDENTIALS in label.categories for label in secret)
        assert one.highest == join([one.label, *(chunk.label for chunk in chunks)])
        assert one.groups == GROUPS
        assert catalogue.documents(STRANGER) == []
        rows = {row.id: row for change in catalogue.changes(0, 10_000) for row in change.upserts}
        assert {row.id: Label(level=row.level, categories=row.categories) for row in rows.values()} == {
            chunk.id: chunk.label for chunk in chunks
        }
        assert all(row.groups == GROUPS for row in rows.values())


given_level = st.none() | levels
actions = st.one_of(
    st.tuples(st.just("change"), texts, given_level, some),
    *(
        st.tuples(st.just(name), given_level, some)
        for name in ("sync", "read_again", "rename", "vanish_and_return", "reopen")
    ),
    st.tuples(st.just("relabel"), levels, some),
    st.tuples(st.just("relabel"), levels, some),
    st.tuples(st.just("map_id"), levels, some),
)


@settings(max_examples=EXAMPLES)
@given(texts, st.lists(actions, max_size=8))
def test_a_label_is_what_was_said_and_still_holds(first: Text, does: list[tuple[object, ...]]) -> None:
    with opened() as house:
        run = Run(house, first)
        run.check()
        for name, *arguments in does:
            getattr(run, str(name))(*arguments)
            run.check()
