"""A person changes a label: upwards at once, downwards when a second person agrees.

What is promised:
- What waits is read from the record. A request is for one document as it is now: it ends when version, label or rights
  change, after a week, or with the first answer. Nobody answers their own.
- An agreement is durable before the label falls, and whether it fell stands on record too. Passages keep what is found
  in them: the password in a lowered handbook stays restricted.
- The rules say who may do it, at every step; each step's reason is sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ingest.catalogue.catalogue import Catalogue
from ingest.catalogue.marks import Knows
from ingest.changing import change
from ingest.labelling import raise_chunks
from policies.approvals import HOUR, LONGEST
from policies.audit.events import (
    Content,
    LabelLowered,
    LoweringAgreed,
    LoweringAsked,
    LoweringDeclined,
    Recorder,
    RecordRead,
    RightsChanged,
)
from policies.audit.since import Records, first_since, read
from policies.errors import RefusedError, UsageError
from policies.keys import Keys, pseudonym
from policies.labels import Category, Label, Level, parse_label
from policies.rulebook import Action, Rulebook, as_resource, reference_to
from policies.vocabulary import Document, Person

_SEE = "See `ringfence documents label --waiting`."
_KINDS = ("LoweringAsked", "LoweringAgreed", "LoweringDeclined", "LabelLowered")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Somebody's wish that a label fall. `record` names it; `asker` is a pseudonym; times are microseconds."""

    record: int
    since: int
    until: int
    asker: str
    document: str
    version: str
    label: Label
    wanted: Label
    change: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """The label is `label` now; nothing had to be done when it was so before."""

    label: Label
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Nothing has changed yet: a second person must agree."""

    request: Request


class Relabel:
    """The labels of one home, for people. `people` are the accounts that count now; `reveal` opens the reason sealed
    with a record, which is recorded."""

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        recorder: Recorder,
        records: Records,
        keys: Keys,
        rulebook: Callable[[], Rulebook],
        people: Callable[[], Iterable[Person]],
        copies: Callable[[], Knows | None],
        reveal: Callable[[int, Person], str],
        clock: Callable[[], int],
    ) -> None:
        self._catalogue = catalogue
        self._recorder = recorder
        self._records = records
        self._keys = keys
        self._rulebook = rulebook
        self._people = people
        self._copies = copies
        self._reveal = reveal
        self._clock = clock

    # -- one person ------------------------------------------------------------------------------------------

    def change(
        self,
        document: str,
        person: Person,
        *,
        level: Level | None = None,
        categories: frozenset[Category] | None = None,
        reason: str,
        actor: str = "",
    ) -> Raised | Waits:
        """Give the document this level, these categories; what is None stays. Where anything of that is lower than now,
        all of it waits for a second person."""
        (done,) = self.change_all(
            [document], person, level=level, categories=categories, reason=reason, actor=actor
        ).values()
        return done

    def change_all(
        self,
        documents: Iterable[str],
        person: Person,
        *,
        level: Level | None = None,
        categories: frozenset[Category] | None = None,
        reason: str,
        actor: str = "",
    ) -> dict[str, Raised | Waits]:
        """The same for several, each by itself: what is refused for one is refused for all before anything is done.
        Asked for again after a kill, it does the rest."""
        wanted = {
            found: self._wanted(found, person, level, categories)
            for found in map(self._document, dict.fromkeys(documents))
        }
        if not reason.strip():
            raise UsageError("Nobody can tell later why.", cure="Add `--reason TEXT`.")
        lower = [found for found, label in wanted.items() if not found.label.flows_to(label)]
        waiting = self._waiting_for(lower, wanted, person)
        asked = {
            found.id: waiting[found.id].record
            if found.id in waiting
            else self._ask(found, wanted[found], person, reason, actor)
            for found in lower
        }
        done: dict[str, Raised | Waits] = {
            found.id: self._raise(found, label, person, reason, actor)
            for found, label in wanted.items()
            if found.id not in asked
        }
        standing = {one.record: one for one in (self._open() if asked else ())}
        if not standing.keys() >= set(asked.values()):
            raise _changed()
        return done | {document: Waits(request=standing[record]) for document, record in asked.items()}

    def _wanted(
        self, found: Document, person: Person, level: Level | None, categories: frozenset[Category] | None
    ) -> Label:
        self._refuse_unless(person, Action.LABEL, found, {})
        return Label(
            level=found.label.level if level is None else level,
            categories=found.label.categories if categories is None else categories,
        )

    def _raise(self, found: Document, wanted: Label, person: Person, reason: str, actor: str) -> Raised:
        if wanted == found.label:
            return Raised(label=wanted, changed=False)
        event = RightsChanged(**_who(person, actor), document=found.id, groups=sorted(found.groups), label=str(wanted))
        make = partial(self._catalogue.set_rights, found.id, level=wanted.level, categories=wanted.categories)
        why = _why(person, reason)
        if not change(event, make, catalogue=self._catalogue, recorder=self._recorder, contents=why):
            raise _changed()
        return Raised(label=wanted, changed=True)

    def _waiting_for(
        self, lower: Sequence[Document], wanted: Mapping[Document, Label], person: Person
    ) -> dict[str, Request]:
        """Of those that shall be lowered, what this person has asked for in the same words already. Raises when
        somebody else's or another request waits for one of them, and for a person without an account."""
        if lower and person.id not in {one.id for one in self._people()}:
            raise UsageError("Lowering takes two persons, and each must be named.", cure="Add `--as USER`.")
        open_now = {one.document: one for one in (self._waiting() if lower else ())}
        waiting = {found.id: open_now[found.id] for found in lower if found.id in open_now}
        me = pseudonym(self._keys, person.id)
        for found in lower:
            one = waiting.get(found.id)
            if one and (one.wanted, one.asker) != (wanted[found], me):
                raise RefusedError(
                    f"A request for this document waits already: {one.wanted} instead of {one.label}.",
                    cure="Let a second person agree to it or decline it first.",
                )
        return waiting

    def _ask(self, found: Document, wanted: Label, person: Person, reason: str, actor: str) -> int:
        event = LoweringAsked(
            **_who(person, actor),
            document=found.id,
            version=found.version,
            label=str(found.label),
            wanted=str(wanted),
            change=self._catalogue.labels.last_change(found.id),
        )
        return self._recorder.append(event, _why(person, reason))

    # -- the second person -----------------------------------------------------------------------------------

    def waiting(self, actor: str) -> Sequence[Request]:
        """What waits, oldest first. Looking is recorded."""
        found = self._waiting()
        self._recorder.append(RecordRead(actor=actor, how="waiting", records=len(found)))
        return found

    def request_for(self, document: str) -> Request:
        """What waits for this document. Raises UsageError when nothing does."""
        found = next((one for one in self._waiting() if one.document == document), None)
        if found is None:
            raise UsageError("Nothing waits for this document.", cure=_SEE)
        return found

    def described(self, one: Request) -> tuple[Request, str]:
        """The request with the path of its document, for a list."""
        found = self._catalogue.document(one.document, None)
        return one, found.source.path if found else ""

    def refuse_unless_answerable(self, request: int, person: Person) -> None:
        """Raises what `agree` and `decline` would raise for this person now."""
        self._to_answer(request, person)

    def reason(self, request: int, person: Person) -> str:
        """Why it was asked for, for somebody who may answer it. Recorded before it is returned."""
        one, _ = self._to_answer(request, person)
        return self._reveal(one.record, person)

    def agree(self, request: int, person: Person, *, reason: str = "", actor: str = "") -> Label:
        """Lower the label as record `request` asks. Returns it. The passages keep what is found in them."""
        one, found = self._to_answer(request, person)
        chunks = self._lowered(found, one.wanted)
        event = LoweringAgreed(
            **_who(person, actor), request=request, document=found.id, version=found.version, label=str(one.wanted)
        )
        intent = self._recorder.append(event, _why(person, reason))
        done = self._catalogue.labels.lower(found.id, one.wanted, chunks, request=request, change=one.change)
        ended = LabelLowered(
            **_who(person, actor), closes=intent, request=request, document=found.id, outcome="done" if done else "lost"
        )
        self._recorder.append(ended)
        if not done:
            raise _changed()
        return one.wanted

    def decline(self, request: int, person: Person, *, reason: str = "", actor: str = "") -> None:
        """Say no to what record `request` asks: the label stays."""
        _, found = self._to_answer(request, person)
        event = LoweringDeclined(**_who(person, actor), request=request, document=found.id)
        self._recorder.append(event, _why(person, reason))

    def _to_answer(self, request: int, person: Person) -> tuple[Request, Document]:
        """The request, when it waits and the rules let `person` answer it."""
        one = next((waits for waits in self._waiting() if waits.record == request), None)
        if one is None:
            raise UsageError(
                "No such request waits: it was answered, is older than a week, or the document has changed since.",
                cure=_SEE,
            )
        asker = next((who for who in self._people() if pseudonym(self._keys, who.id) == one.asker), None)
        if asker is None:
            raise RefusedError("Who asked for this has no account any more.", cure="Let somebody else ask.")
        found = self._document(one.document)
        self._refuse_unless(person, Action.LOWER, found, {"requested_by": reference_to(asker)})
        return one, found

    def _lowered(self, found: Document, wanted: Label) -> Mapping[str, Label]:
        """The label of each chunk: the document's, with what is found in the chunk and what it quotes."""
        chunks = [chunk for chunk, _ in self._catalogue.chunks(found.id, None)]
        bare = raise_chunks([replace(chunk, label=wanted) for chunk in chunks])
        copies = self._copies()
        settled = copies.raise_copies(replace(found, label=wanted), bare) if copies else bare
        return {chunk.id: chunk.label for chunk in settled}

    # -- what both look at -----------------------------------------------------------------------------------

    def _waiting(self) -> Sequence[Request]:
        """One for each document: the first that was asked."""
        first: dict[str, Request] = {}
        for one in self._open():
            first.setdefault(one.document, one)
        return list(first.values())

    def _open(self) -> list[Request]:
        """The requests without an answer, whose document is as it was; oldest first."""
        found: dict[int, Request] = {}
        taken: dict[int, Request] = {}
        start = first_since(self._records, self._clock() - LONGEST * HOUR)
        for seq, body in read(self._records, start, *_KINDS):
            about = int(body.get("request", -1))
            match body["kind"]:
                case "LoweringAsked":
                    found[seq] = _request(seq, body)
                case "LabelLowered" if body.get("outcome") == "lost" and about in taken:
                    found[about] = taken[about]
                case _ if about in found:
                    taken[about] = found.pop(about)
        return [one for _, one in sorted(found.items()) if self._is_as_it_was(one)]

    def _is_as_it_was(self, one: Request) -> bool:
        live = self._catalogue.document(one.document, None)
        last = self._catalogue.labels.last_change(one.document)
        return live is not None and (live.version, live.label, last) == (one.version, one.label, one.change)

    def _document(self, id: str) -> Document:
        found = self._catalogue.document(id, None)
        if found is None:
            raise UsageError(f"There is no document {id}.", cure="`ringfence documents list` shows those there are.")
        return found

    def _refuse_unless(self, person: Person, action: Action, found: Document, context: Mapping[str, Any]) -> None:
        resource = as_resource(found.id, source=found.source.source, groups=found.groups, label=found.label)
        verdict = self._rulebook().ask(person, action, resource, context)
        if not verdict.allowed:
            raise RefusedError(
                f"This person may not do that (rule {verdict.reasons[0]}).", cure="Ask another owner or operator."
            )


def _changed() -> RefusedError:
    return RefusedError("The document has changed just now.", cure="Look at it again, then ask again.")


def _request(seq: int, body: Mapping[str, Any]) -> Request:
    since = int(body.get("time", 0))
    return Request(
        record=seq,
        since=since,
        until=since + LONGEST * HOUR,
        asker=str(body.get("on_behalf_of") or body.get("actor")),
        document=str(body.get("document")),
        version=str(body.get("version")),
        label=parse_label(body.get("label")),
        wanted=parse_label(body.get("wanted")),
        change=int(body.get("change", -1)),
    )


def _who(person: Person, actor: str) -> dict[str, Any]:
    return {"actor": actor, "on_behalf_of": person.id} if actor else {"actor": person.id}


def _why(person: Person, reason: str) -> dict[str, Content]:
    return {"why": Content(text=reason.strip(), owner=f"person:{person.id}")} if reason.strip() else {}
