"""Labels of the shelf, for the pages' tests: one person changes them upwards, two downwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from assistant.web.finding import Step
from assistant.web.labels import Labelled, Lowering
from policies.errors import RefusedError, UsageError
from policies.labels import Category, Label, Level
from policies.vocabulary import Document, Person, Role

SINCE = 1_795_320_000_000_000
UNTIL = SINCE + 7 * 86_400_000_000


@dataclass
class FakeFinding:
    """Dana reads with staff alone; nobody else has a name here. `asked`: by whom, about what and whom."""

    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def why_not(self, person: Person, document: str, name: str) -> Sequence[Step]:
        _check(person)
        self.asked.append((person.id, document, name))
        if name != "dana":
            raise UsageError(f"There is no person called {name!r}.")
        on = Step(holds=True, said="This person's access is on.")
        language = Step(holds=False, said="Its language is de.", hint=True)
        return [on, language, Step(holds=False, said="Only board <b> may read it.")]


@dataclass
class FakeLabels:
    """`documents` by id; `acts`: who did what."""

    documents: Callable[[], dict[str, Document]]
    labels: dict[str, Label] = field(default_factory=dict)
    waits: dict[str, tuple[str, Label, str]] = field(default_factory=dict)
    acts: list[tuple[str, str, str]] = field(default_factory=list)

    def stands(self, person: Person, document: str) -> Labelled | None:
        found = self.documents().get(document)
        if found is None or not _keeper(person):
            return None
        waits = self._lowering(person, found) if document in self.waits else None
        return Labelled(document=document, name=found.title, label=self._label(found), waits=waits)

    def waiting(self, person: Person) -> Sequence[Lowering]:
        _check(person)
        return [self._lowering(person, self.documents()[document]) for document in self.waits]

    def change(self, person: Person, document: str, *, level: str, categories: Sequence[str], reason: str) -> Labelled:
        self._act(person, f"change: {reason}", document)
        found = self.documents()[document]
        wanted = Label(level=Level[level.upper()], categories=frozenset(map(Category, categories)))
        if self._label(found).flows_to(wanted):
            self.labels[document] = wanted
        else:
            self.waits[document] = (person.id, wanted, reason)
        stands = self.stands(person, document)
        assert stands
        return stands

    def reason(self, person: Person, document: str) -> str:
        self._act(person, "read why", document)
        return self.waits[document][2]

    def agree(self, person: Person, document: str, *, reason: str) -> Label:
        self._act(person, f"agree: {reason}", document)
        self.labels[document] = self.waits.pop(document)[1]
        return self.labels[document]

    def decline(self, person: Person, document: str, *, reason: str) -> None:
        self._act(person, f"decline: {reason}", document)
        del self.waits[document]

    def _label(self, found: Document) -> Label:
        return self.labels.get(found.id, found.label)

    def _lowering(self, person: Person, found: Document) -> Lowering:
        asker, wanted, _ = self.waits[found.id]
        mine = asker == person.id
        return Lowering(
            document=found.id, name=found.title, label=self._label(found), wanted=wanted, since=SINCE, until=UNTIL,
            mine=mine, may_answer=not mine,
        )  # fmt: skip

    def _act(self, person: Person, act: str, document: str) -> None:
        _check(person)
        self.acts.append((person.name, act, document))


def _keeper(person: Person) -> bool:
    return bool(person.roles & {Role.OPERATOR, Role.OWNER})


def _check(person: Person) -> None:
    if not _keeper(person):
        raise RefusedError("Only who looks after the library may do this.")
