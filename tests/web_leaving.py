"""What may leave, for the pages' tests: a switch that takes two to open, one request that waits, figures made up."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.web.leaving import Measured, Recipient, Screen, Stands, Stop, Waits
from policies.decide import wording
from policies.decisions import AnswerLocally, AskHuman, Decision, Escalate, Outgoing, Outside, ReleasedPrompt
from policies.detect import DETECTORS, LANGUAGES
from policies.errors import RefusedError
from policies.labels import Category, Label, Level
from policies.vocabulary import Finding, Kind, Person, Question, Role

BODY = json.dumps(
    {
        "model": "mistral-large",
        "messages": [
            {"role": "system", "content": "You answer a general question in short plain sentences."},
            {"role": "user", "content": "Draft a clause on <b>retention</b> for our standard contract."},
        ],
    }
)
RECIPIENT = Recipient(
    name="mistral",
    host="api.mistral.example",
    model="mistral-large",
    level="internal",
    contract="DPA 2026-014 of 3 March 2026",
    region="European Union",
    retention_days=0,
    no_training=True,
    pseudonymised=True,
)
FIGURES = Measured(n=240, missed=2, low=0.001, high=0.03, harmless=180, held_back=9)
TURNS = frozenset({Role.OPERATOR, Role.OWNER, Role.ADMIN})


@dataclass
class FakeLeaving:
    """`done` notes who did what. Without a recipient the site is as installed."""

    step: Outside = Outside.GENERAL
    recipient: Recipient | None = RECIPIENT
    measured: bool = True
    stopped_at: int = 0
    asked: tuple[str, int] = ("", 0)
    agreed: set[int] = field(default_factory=set)
    done: list[tuple[str, ...]] = field(default_factory=list)
    now: int = 1_795_320_000_000_000

    def open(self) -> bool:
        return self.step is not Outside.CLOSED and self.recipient is not None and not self.stopped_at

    def languages(self) -> Sequence[str]:
        return LANGUAGES

    def passages(self) -> str:
        return {Outside.PUBLIC: "public", Outside.CONTRACTED: "internal"}.get(self.step, "")

    def stands(self, person: Person) -> Stands:
        turns = bool(person.roles & TURNS) and Role.AUDITOR not in person.roles
        return Stands(
            step=self.step,
            stopped=bool(self.stopped_at),
            since=self.stopped_at or self.now,
            at_least=not self.stopped_at,
            asked=self.asked[1],
            asked_by_me=self.asked[0] == person.id,
            may_stop=turns,
            may_start=turns and (not self.asked[1] or Role.ADMIN in person.roles),
            recipient=self.recipient,
            screen=screen(measured=self.measured),
            rules=("ask-people-of-the-house", "send-general-question", "never-when-closed", "never-above-ceiling"),
            digest="9c41e07a" * 8,
        )

    def stop(self, person: Person) -> Stop:
        if not person.roles & TURNS:
            raise RefusedError("Only operators, owners and admins turn the switch here.")
        self.done.append(("stop", person.id))
        self.stopped_at, self.asked = self.now, ("", 0)
        return Stop(quiet=True, recorded=True)

    def start_again(self, person: Person) -> bool:
        self.done.append(("start", person.id))
        if not self.asked[1]:
            self.asked = (person.id, self.now)
            return False
        if self.asked[0] == person.id or Role.ADMIN not in person.roles:
            raise RefusedError("This person may not start it again.")
        self.stopped_at, self.asked = 0, ("", 0)
        return True

    def waiting(self, person: Person) -> Sequence[Waits]:
        row = Waits(
            record=48_402,
            reference=48_401,
            since=self.now,
            label="internal",
            went_to="mistral",
            rules=("internal-takes-a-second-person",),
            mine=person.id == "id-dana",
            may_agree=Role.ADMIN in person.roles and Role.AUDITOR not in person.roles,
        )
        sees = row.mine or row.may_agree or Role.AUDITOR in person.roles
        return [row] if sees and self.recipient and row.record not in self.agreed else []

    def read(self, person: Person, record: int, why: str) -> str:
        self.done.append(("read", person.id, str(record), why))
        return BODY

    def agree(self, person: Person, record: int) -> int:
        self.done.append(("agree", person.id, str(record)))
        self.agreed.add(record)
        return time.time_ns() // 1000 + 86_400_000_000


def screen(*, measured: bool) -> Screen:
    names = tuple(path.split(".")[2] for path in DETECTORS)
    if not measured:
        return Screen(languages=LANGUAGES, detectors=names, measured={})
    return Screen(
        languages=LANGUAGES,
        detectors=names,
        date="2026-11-20",
        on="cases that were kept apart",
        overall=FIGURES,
        measured=dict.fromkeys(LANGUAGES[:-1], FIGURES),
    )


def decision_on(question: Question, label: Label) -> Decision:
    """Words in a general question that somebody wants sent steer it: `patient` must stay, `clause` waits for a second
    person, everything else goes."""
    stays = {Kind.DOCUMENTS: wording.DOCUMENTS, Kind.OWN_TEXT: wording.OWN_TEXT}.get(question.kind)
    if stays is None and not question.allow_outside:
        stays = wording.NOT_ASKED
    if stays is not None:
        return AnswerLocally(reasons=(stays,), label=label, rulebook="9c41e07a")
    if "patient" in question.text:
        seen = Finding(detector="cases", kind="HEALTH_OF_SOMEBODY", start=0, end=4, category=Category.HEALTH)
        name = Finding(detector="people", kind="PERSON", start=0, end=4, category=Category.PERSONAL, view="rot13")
        reasons = (wording.found(seen, "question"), wording.found(name, "turn 2"), wording.above("passage 1"))
        held = Label(level=Level.PUBLIC, categories=frozenset({Category.HEALTH, Category.PERSONAL}))
        return AnswerLocally(reasons=reasons, label=held, rulebook="9c41e07a")
    if "clause" in question.text:
        reasons = wording.by_rules(["internal-takes-a-second-person"], "rules")
        return AskHuman(reasons=reasons, label=label, rulebook="9c41e07a")
    outgoing = Outgoing(method="POST", url="https://api.mistral.example/v1", headers=(), body=b"{}")
    released = ReleasedPrompt(
        outgoing=outgoing, destination="mistral", rulebook="9c41e07a", label_versions="1", expires=0
    )
    return Escalate(released=released, reasons=(wording.WITHIN,), label=label, rulebook="9c41e07a")
