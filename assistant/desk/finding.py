"""Why is this document not found for this person? Each thing that must hold, in order, and the first that does not.

It is for who looks after the documents. It shows names, rights and ranks, never text, and says so in the record before
it says anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from assistant.desk.library import SEES_ALL
from assistant.retrieval import Encoder, Retrieved, Searcher
from ingest.catalogue.rows import Listed
from ingest.index.base import Mode, Query, RightsFilter, SparseVector
from ingest.library import reason_in_words
from policies.audit.events import AccessExplained, Recorder
from policies.errors import RefusedError, UsageError
from policies.labels import Level
from policies.vocabulary import Chunk, Document, Person, Question

if TYPE_CHECKING:
    from assistant.wiring import Parts

DEPTH = 1_000  # hits looked through for a rank
COMPARED = 100  # passages of the product's own ranking
FOUND = "found"
_KNOWN = "It is in the catalogue."
_GONE = {
    "forgotten": "It was forgotten on purpose. `ringfence documents forget --undo ID` lets it in again.",
    "deleted": "It was deleted: its file was no longer there, or its source was removed with its documents. A file "
    "that was moved or renamed has another id: see `ringfence documents list`.",
    "known": "There is no document of this id. `ringfence documents list` shows those there are.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that must hold. `code` is stable, `said` a sentence for a person, `facts` names and numbers. A step
    with `hint` alone does not keep the document away."""

    code: str
    holds: bool
    said: str
    facts: dict[str, Any] = field(default_factory=dict)
    hint: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """`outcome` is the code of the first step that does not hold, or `found`."""

    document: str
    person: str
    outcome: str
    steps: tuple[Step, ...]


class Shelf(Protocol):
    """What explaining needs of the catalogue."""

    def listed(self, document: str) -> Listed | None: ...

    def chunks(self, document: str, person: Person | None) -> list[tuple[Chunk, Document]]: ...

    def vectors(self, ids: Sequence[str]) -> dict[str, Any]: ...

    def latest(self) -> int: ...

    def last_change(self, document: str) -> str: ...

    def embedding(self) -> str: ...


class Index(Searcher, Protocol):
    def cursor(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`why_not(person, document, chunk)` names the rules against reading it; none, when it may be read. `retrieve` is
    the product's own, for a person, a text and a number of passages. `clearance_counts`: the site reads by it.
    `aside(document)`: why a file is set aside, also one that no list shows any more; nothing, when it is not.
    `forgotten(document)`: whether somebody asked for that."""

    shelf: Shelf
    aside: Callable[[str], str]
    forgotten: Callable[[str], bool]
    index: Callable[[], Index]
    encoder: Encoder
    model: Callable[[], str]
    why_not: Callable[[Person, Document, Chunk], tuple[str, ...]]
    retrieve: Callable[[Person, str, int], Retrieved]
    clearance_counts: bool
    passages: int
    recorder: Recorder

    def explain(
        self, document: str, person: Person, *, question: str = "", enabled: bool = True, actor: str
    ) -> Explained:
        """Walk the steps up to the first that does not hold."""
        steps: list[Step] = []
        for step in self._steps(document, person, question, enabled=enabled):
            steps.append(step)
            if not (step.holds or step.hint):
                break
        failed = next((step.code for step in steps if not (step.holds or step.hint)), FOUND)
        self.recorder.append(
            AccessExplained(
                actor=actor, on_behalf_of=person.id, document=document, outcome=failed, asked=int(bool(question))
            )
        )
        return Explained(document=document, person=person.name, outcome=failed, steps=tuple(steps))

    def _steps(self, document: str, person: Person, question: str, *, enabled: bool) -> Iterator[Step]:
        yield Step(
            code="person",
            holds=enabled,
            said="This person's access is on." if enabled else "This person's access was switched off.",
        )
        listed = self.shelf.listed(document)
        yield from self._there(listed, document)
        assert listed is not None, "a document that is not there ends the walk"
        rows = self.shelf.chunks(document, None)
        yield _groups(listed, person)
        yield self._clearance(rows, person)
        yield self._rules(rows, person)
        yield from self._indexed(listed, rows)
        if question:
            yield from self._ranked(document, person, question)

    def _there(self, listed: Listed | None, document: str) -> Iterator[Step]:
        if listed is None and (reason := self.aside(document)):
            yield Step(code="set-aside", holds=False, said=reason_in_words(reason), facts={"reason": reason})
        code = "known" if listed else self._why_gone(document)
        yield Step(
            code=code,
            holds=listed is not None,
            said=_KNOWN if listed else _GONE[code],
            facts={"name": listed.title or listed.path} if listed else {},
        )
        if listed is not None:
            live = listed.status in ("live", "expired")
            said = reason_in_words(listed.reason) or "It was taken in."
            if live and listed.reason:
                said = f"Its newer version is set aside, the older one is searched. {said}"
            yield Step(
                code="set-aside", holds=live, said=said, facts={"reason": listed.reason} if listed.reason else {}
            )
            over = listed.status == "expired"
            said = f"Its last day was {listed.valid_until}." if over else "It has not come to an end."
            yield Step(code="expired", holds=not over, said=said)

    def _why_gone(self, document: str) -> str:
        if self.forgotten(document):
            return "forgotten"
        return "deleted" if self.shelf.last_change(document) == "deleted" else "known"

    def _clearance(self, rows: Sequence[tuple[Chunk, Document]], person: Person) -> Step:
        above = sum(_level(chunk, of) > person.clearance for chunk, of in rows) if self.clearance_counts else 0
        said = f"{above} of {len(rows)} passages are above {person.clearance}." if above else "Nothing is above it."
        if not self.clearance_counts:
            said = "This site lets groups decide; a clearance does not count for reading."
        facts = {"clearance": str(person.clearance), "passages": len(rows), "above": above}
        return Step(code="clearance", holds=above < len(rows) or not rows, said=said, facts=facts)

    def _rules(self, rows: Sequence[tuple[Chunk, Document]], person: Person) -> Step:
        against: dict[str, int] = {}
        kept = 0
        for chunk, document in rows:
            rules = self.why_not(person, document, chunk)
            kept += bool(rules)
            for rule in rules:
                against[rule] = against.get(rule, 0) + 1
        said = f"Rules keep back {kept} of {len(rows)} passages." if kept else "No rule forbids it."
        return Step(
            code="rules", holds=kept < len(rows) or not rows, said=said, facts={"rules": against} if against else {}
        )

    def _indexed(self, listed: Listed, rows: Sequence[tuple[Chunk, Document]]) -> Iterator[Step]:
        same = self.shelf.embedding() == self.model()
        yield Step(
            code="model",
            holds=same,
            said="Its vectors are of the model in use." if same else "Its vectors are of another embedding model.",
        )
        there, wanted = self._in_index(listed, rows), min(len(rows), DEPTH)
        behind = self.shelf.latest() - self.index().cursor()
        said = f"{there} of {wanted} passages are in the index."
        if behind > 0:
            said += f" It is {behind} changes behind."
        yield Step(code="index", holds=there > 0, said=said, facts={"passages": there, "behind": max(behind, 0)})
        english = listed.language == "en"
        said = "" if english else " The packaged models know English best: ask in the document's own words."
        yield Step(
            code="language", holds=english, hint=True, said=f"Its language is {listed.language}.{said}", facts={}
        )

    def _in_index(self, listed: Listed, rows: Sequence[tuple[Chunk, Document]]) -> int:
        """How many of its passages the index gives, asked with one of their own vectors."""
        vectors = self.shelf.vectors([rows[0][0].id]) if rows else {}
        if not vectors:
            return 0
        (vector,) = vectors.values()
        rights = RightsFilter(groups=listed.groups, documents=frozenset({listed.document}))
        nothing = SparseVector(indices=(), values=())
        query = Query(dense=tuple(vector.tolist()), sparse=nothing, rights=rights, limit=DEPTH, mode=Mode.DENSE)
        return len(self.index().query(query))

    def _ranked(self, document: str, person: Person, question: str) -> Iterator[Step]:
        ranks = {str(mode): self._rank(document, person, question, mode) for mode in Mode}
        places = ", ".join(f"{rank or 'nowhere'} by {mode}" for mode, rank in ranks.items())
        holds = any(ranks.values())
        yield Step(code="ranks", holds=holds, said=f"Its best passage stands at {places}.", facts=ranks)
        found = self.retrieve(person, question, COMPARED).passages
        rank = next((one.rank for one in found if one.document.id == document), 0)
        shown = self.retrieve(person, question, self.passages).passages
        among = any(one.document.id == document for one in shown)
        other = len({one.document.id for one in shown})
        said = f"The {self.passages} passages of an answer come from {other} documents, this one "
        said += "among them." if among else f"not among them: it stands at {rank or f'no place of {COMPARED}'}."
        yield Step(code="place", holds=among, said=said, facts={"rank": rank, "of": self.passages})

    def _rank(self, document: str, person: Person, question: str, mode: Mode) -> int:
        """The place of its best passage among all that the person may find; 0 when it is not among them."""
        dense, sparse = self.encoder.dense(question), self.encoder.sparse(question)
        level = person.clearance if self.clearance_counts else None
        rights = RightsFilter(groups=person.reads_as, level=level)
        hits = self.index().query(Query(dense=dense, sparse=sparse, rights=rights, limit=DEPTH, mode=mode))
        own = {chunk.id for chunk, _ in self.shelf.chunks(document, person)}
        return next((place for place, hit in enumerate(hits, start=1) if hit.id in own), 0)


def explain(parts: Parts, document: str, name: str, *, question: str, actor: str) -> Explained:
    """For the command line. Raises RefusedError for a login that is a person who does not look after the documents, and
    in production for one that is nobody; UsageError for a name that nobody has."""
    account, own = parts.people.account(name), parts.people.account(actor.removeprefix("os:"))
    may = bool(own.person.roles & SEES_ALL) if own else parts.settings.mode != "production"
    if not may:
        raise RefusedError(
            "Only who looks after the documents may ask this.", cure="Ask an operator or a document owner."
        )
    if account is None:
        raise UsageError(f"There is no person called {name!r}.", cure="See `ringfence users list`.")
    return finding(parts).explain(
        document, account.person, question=question, enabled=not account.disabled, actor=actor
    )


def finding(parts: Parts) -> Finding:
    def why_not(person: Person, document: Document, chunk: Chunk) -> tuple[str, ...]:
        verdict = parts.reading_verdict(person, document, chunk)
        return () if verdict.allowed else verdict.reasons

    def aside(document: str) -> str:
        file = parts.ingest.worklog.aside(document)
        return file.reason if file else ""

    return Finding(
        shelf=parts.ingest.catalogue,
        aside=aside,
        forgotten=parts.ingest.forgetting.stands,
        index=lambda: parts.ingest.index,
        encoder=parts.encoder,
        model=lambda: parts.ingest.embedder.digest,
        why_not=why_not,
        retrieve=lambda person, text, k: parts.retrieve(Question(text=text, person=person), k=k),
        clearance_counts=parts.settings.reading == "source+clearance",
        passages=parts.settings.passages,
        recorder=parts.ledger,
    )


def _groups(listed: Listed, person: Person) -> Step:
    shared = listed.groups & person.reads_as
    if shared:
        said = f"This person reads it as {', '.join(sorted(shared))}."
    elif listed.groups:
        said = f"Only {', '.join(sorted(listed.groups))} may read it, and this person is in none of these groups."
    else:
        said = "No group may read it."
    facts = {"document": sorted(listed.groups), "person": sorted(person.reads_as)}
    return Step(code="groups", holds=bool(shared), said=said, facts=facts)


def _level(chunk: Chunk, document: Document) -> Level:
    return document.label.raised(chunk.label).level
