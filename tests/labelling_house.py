"""A catalogue, a real record and the real rules, with three people who may label and one who may not."""

from __future__ import annotations

from collections.abc import Callable

from ingest_parts import Room

from ingest.errors import Quarantined
from ingest.jobs.report import Report
from ingest.label_map import LabelMap
from ingest.pipeline import Asked
from ingest.readers.base import Block, RawText
from ingest.relabel import Relabel
from policies.audit.events import Recorder
from policies.audit.ledger import Ledger
from policies.config import Home
from policies.keys import Keys
from policies.labels import Category, Label, Level
from policies.rulebook import Rulebook
from policies.vocabulary import Document, Person, Role, SourceRef

ADA, BEN = (Person(id=name, name=name, roles=frozenset({Role.OWNER})) for name in ("ada", "ben"))
OLE = Person(id="ole", name="ole", roles=frozenset({Role.OPERATOR}))
CEM = Person(id="cem", name="cem", roles=frozenset({Role.STAFF}))
PEOPLE = [ADA, BEN, OLE, CEM]
GROUPS = frozenset({"staff"})
SECRET = "aws_access_key_id = AKIAQ7XHALVARDMOOR3T"


def read_marked(data: bytes, name: str) -> RawText:
    """Lines such as `@key: value` are properties; an empty line parts blocks."""
    text = data.decode()
    if not text.strip():
        raise Quarantined("EMPTY")
    lines = text.split("\n")
    stated = dict(line[1:].split(": ", 1) for line in lines if line.startswith("@"))
    rest = "\n".join(line for line in lines if not line.startswith("@"))
    blocks = tuple(Block(text=part, page=n) for n, part in enumerate(rest.split("\n\n"), start=1) if part.strip())
    return RawText(title=name, media_type="text/plain", blocks=blocks, properties=stated, pages=len(blocks))


def said(level: Level | None, *categories: Category, groups: frozenset[str] = GROUPS) -> Asked:
    return Asked(groups=groups, level=level, categories=frozenset(categories), actor="os:tester")


class LabellingHouse:
    """Opened over one home; `docs` is the folder that is taken in."""

    def __init__(self, home: Home, rulebook: Rulebook, clock: Callable[[], int]) -> None:
        self.room = Room(home.path / "catalogue")
        self.docs = home.path.parent / "docs"
        self.docs.mkdir(parents=True, exist_ok=True)
        self.keys = Keys.create(home)
        self.ledger = Ledger(home, self.keys, clock=clock)
        self.map = LabelMap(self.room.catalogue, self.ledger)
        self._rulebook, self._clock = rulebook, clock
        self.relabel = self.relabelling(self.ledger)

    def relabelling(self, recorder: Recorder) -> Relabel:
        return Relabel(
            self.room.catalogue,
            recorder=recorder,
            records=self.ledger,
            keys=self.keys,
            rulebook=lambda: self._rulebook,
            people=lambda: PEOPLE,
            copies=lambda: None,
            reveal=lambda record, person: f"{record} opened for {person.id}",
            clock=self._clock,
        )

    def write(self, name: str, text: str) -> str:
        """The document's id."""
        path = self.docs / name
        path.write_text(text)
        return SourceRef(source="files", path=str(path)).document

    def ingest(self, asked: Asked = said(Level.INTERNAL)) -> Report:  # noqa: B008
        return self.room.run(self.docs, asked=asked, read=read_marked)

    def document(self, id: str) -> Document:
        found = self.room.catalogue.document(id, None)
        assert found is not None
        return found

    def label(self, id: str) -> Label:
        return self.document(id).label

    def lower(self, id: str, level: Level, categories: frozenset[Category] | None = None) -> None:
        """Asked by one, agreed to by another."""
        self.relabel.change(id, ADA, level=level, categories=categories, reason="It was published.")
        self.relabel.agree(self.relabel.request_for(id).record, BEN)

    def close(self) -> None:
        self.ledger.close()
        self.room.close()
