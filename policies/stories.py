"""What a case may say, and how it is told: a whole question through `decide`, or one action asked of the rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from policies import decide
from policies.copies.held import Held, Known
from policies.decide import Grounds
from policies.decide.parts import request_of
from policies.decisions import Decision, Destination, Outgoing, Outside, Refuse
from policies.detect import Detectors
from policies.labels import PUBLIC, Label, join, parse_label, parse_level
from policies.rulebook import HOUSE, Action, Resource, Rulebook, as_person, as_record, reference_to
from policies.vocabulary import Chunk, Document, Embed, Kind, Passage, Person, Prompt, Question, Role, SourceRef, Turn

ADDRESS = "https://elsewhere.invalid/v1"
SYSTEM = "You answer a general question in short plain sentences."
LEVEL = Literal["public", "internal", "confidential", "restricted"]
ANOTHER = Person(id="another", name="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a story came out, with the rules and codes that made it so."""

    outcome: str
    reasons: tuple[str, ...]


class _Stated(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Text(_Stated):
    """A text with its label, such as `internal` or `public health`. What is no label counts as the top."""

    text: str
    level: str = "public"


class _Elsewhere(_Stated):
    """The destination, where the story needs another than one that may have what is public."""

    level: Literal["public", "internal"] = "public"
    pseudonymised: bool = False


class _Document(_Stated):
    groups: tuple[str, ...] = ("staff",)
    level: LEVEL = "public"
    categories: tuple[str, ...] = ()
    source: str = "files"


class _Story(_Stated):
    """What every case may say: who acts, which rules it is about, and a code or rule that must be a reason (several
    with `|`: one of them)."""

    about: tuple[str, ...] = ()
    reason: str = ""
    roles: tuple[Role, ...] = (Role.STAFF,)
    groups: tuple[str, ...] = ("staff",)
    clearance: LEVEL = "internal"

    @property
    def person(self) -> Person:
        return Person(
            id="somebody",
            name="",
            clearance=parse_level(self.clearance),
            groups=frozenset(self.groups),
            roles=frozenset(self.roles),
        )


class QuestionStory(_Story):
    """A question that somebody asks. `known`: documents of the house that are not in the prompt; `approved`: a second
    person has agreed to it."""

    question: str
    kind: Kind = Kind.GENERAL
    outside: Outside = Outside.GENERAL
    allow_outside: bool = True
    conversation: str = "public"
    history: tuple[str, ...] = ()
    passages: tuple[_Text, ...] = ()
    known: tuple[_Text, ...] = ()
    destination: _Elsewhere = _Elsewhere()
    approved: bool = False

    def told(self, *, rulebook: Rulebook, detectors: Detectors, embed: Embed | None = None) -> Result:
        """Admit it, then decide on the request as it would be sent."""
        decision = self.decided(rulebook=rulebook, detectors=detectors, embed=embed)
        return Result(outcome=decision.verdict, reasons=tuple(reason.rule for reason in decision.reasons))

    def decided(self, *, rulebook: Rulebook, detectors: Detectors, embed: Embed | None = None) -> Decision:
        prompt, destination = self._prompt(), self._destination()
        admitted = decide.admit(prompt.question, rulebook=rulebook, outside=self.outside, destination=destination)
        if isinstance(admitted, Refuse):
            return admitted
        known = [
            Known(document=str(n), text=one.text, label=parse_label(one.level)) for n, one in enumerate(self.known)
        ]
        grounds = Grounds(
            rulebook=rulebook,
            outside=self.outside,
            destination=destination,
            detectors=detectors,
            copies=Held(known, embed),
            label_versions="",
            clock=lambda: 0,
            approved=lambda _: self.approved,
        )
        return decide.route(prompt, _request(prompt), grounds, key=_unsigned)

    def _destination(self) -> Destination:
        stated = self.destination
        return Destination(
            id="elsewhere",
            host="elsewhere.invalid",
            base_url=ADDRESS,
            model="a-model",
            ceiling=Label(level=parse_level(stated.level)),
            pseudonymised=stated.pseudonymised,
        )

    def _prompt(self) -> Prompt:
        history = tuple(Turn(role="user", text=text, label=PUBLIC) for text in self.history)
        passages = tuple(_passage(n, one) for n, one in enumerate(self.passages, 1))
        question = Question(
            text=self.question,
            person=self.person,
            kind=self.kind,
            conversation="story",
            conversation_label=parse_label(self.conversation),
            history=history,
            allow_outside=self.allow_outside,
        )
        label = join([question.conversation_label, *(passage.chunk.label for passage in passages)])
        return Prompt(system=SYSTEM, question=question, history=history, passages=passages, label=label)


class ActionStory(_Story):
    """An action that somebody takes. `on`: who or what it is about, where that may be oneself; `requested_by`: who
    asked for what is approved; `context`: what the rules are told besides, or instead."""

    action: Action
    on: Literal["house", "another", "oneself"] = "house"
    requested_by: Literal["another", "oneself"] = "another"
    document: _Document = _Document()
    context: dict[str, Any] = {}

    def told(self, *, rulebook: Rulebook, detectors: Detectors, embed: Embed | None = None) -> Result:  # noqa: ARG002
        """Ask the rules. Nothing is detected: what a detector would say stands in `context`."""
        context = self._usual() | self.context
        verdict = rulebook.ask(self.person, self.action, self._resource(), context)
        return Result(outcome="allow" if verdict.allowed else "deny", reasons=verdict.reasons)

    def _resource(self) -> Resource:
        match self.action:
            case Action.READ | Action.LABEL | Action.LOWER:
                stated = self.document.model_dump()
                return Resource(
                    kind="Document", id="one", attributes=stated | {"level": int(parse_level(self.document.level))}
                )
            case Action.ESCALATE:
                return Resource(kind="Destination", id="elsewhere", attributes={"host": "elsewhere.invalid"})
            case Action.REVEAL | Action.EXPORT | Action.HOLD | Action.ERASE:
                return as_record("1", subject="another")
            case Action.ADMINISTER if self.on != "house":
                return as_person(self.person if self.on == "oneself" else ANOTHER)
            case _:
                return HOUSE

    def _usual(self) -> dict[str, Any]:
        """What the rules are told about this action when nothing stands in the way."""
        usual: dict[Action, dict[str, Any]] = {
            Action.READ: {"now": 0, "clearance_counts": False},
            Action.ASK: {"kind": "documents"},
            Action.ESCALATE: {
                "outside": "general", "kind": "general", "wanted": True, "passages": 0, "level": 0, "ceiling": 0,
                "categories": [], "doubts": 0, "pseudonymised": False, "approved": False,
            },
            Action.APPROVE: self._asked_for(),
            Action.LOWER: self._asked_for(),
            Action.REVEAL: {"reason_given": True},
            Action.ADMINISTER: {"grants": []},
        }  # fmt: skip
        return usual.get(self.action, {})

    def _asked_for(self) -> dict[str, Any]:
        return {"requested_by": reference_to(self.person if self.requested_by == "oneself" else ANOTHER)}


def _request(prompt: Prompt) -> Outgoing:
    quoted = [f"Passage {n}:\n> {passage.chunk.text}" for n, passage in enumerate(prompt.passages, 1)]
    asked = "\n\n".join([*quoted, prompt.question.text])
    turns = [(turn.role, turn.text) for turn in prompt.history]
    return request_of([("system", prompt.system), *turns, ("user", asked)], url=f"{ADDRESS}/chat/completions")


def _passage(number: int, stated: _Text) -> Passage:
    label = parse_label(stated.level)
    found = Document(
        id=f"document {number}", version="1", source=SourceRef(source="files", path=f"{number}.txt"), title=f"{number}",
        media_type="text/plain", label=label, groups=frozenset({"staff"}),
    )  # fmt: skip
    chunk = Chunk(
        id=f"chunk {number}", document=found.id, version="1", ordinal=0, text=stated.text, page=1, heading=(), start=0,
        end=len(stated.text), label=label,
    )  # fmt: skip
    return Passage(chunk=chunk, document=found, rank=number, score=1.0)


def _unsigned(_: bytes) -> bytes:
    """A story is only told: what it releases carries no signature, and no door would take it."""
    return b""
