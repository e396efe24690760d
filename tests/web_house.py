"""A house for the pages' tests: real people and rights in memory, scripted answers, everything that was asked noted.

It keeps the protocols of `assistant.web.base`; a page that works here works over any house that keeps them.
"""

from __future__ import annotations

import struct
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from web_labels import FakeFinding, FakeLabels
from web_leaving import FakeLeaving, decision_on
from web_tending import ASIDE, FakeTending

from assistant import phrases
from assistant.answers import Decided, Event, Finished, Outcome, Passages, Phase, Sentence, Standing, Step
from assistant.desk.keeping import decision_from_json, decision_to_json
from assistant.web.about import About
from assistant.web.base import (
    ConversationLine,
    Exchange,
    House,
    JobRow,
    LibraryRow,
    Link,
    PageText,
    RecordDetail,
    RecordFacts,
    RecordFilter,
    RecordRow,
    Reopened,
    SiteFacts,
)
from policies.decisions import Escalate
from policies.errors import RecordError, UsageError
from policies.labels import PUBLIC, Label, Level
from policies.vocabulary import Chunk, Citation, Document, Kind, Passage, Person, Question, Role, SourceRef

INTERNAL = Label(level=Level.INTERNAL)
CONFIDENTIAL = Label(level=Level.CONFIDENTIAL)
RESTRICTED = Label(level=Level.RESTRICTED)
PASSWORD = "correct horse battery"
KEPT = "Client account records shall be kept for seven years after closure of the account."
STARTS = "The period starts on the last day of the calendar year in which the account is closed."
APPROVAL = "Destruction requires the written approval of the Records Officer."
SCHEDULE = (
    "Files relating to the opening, operation and closing of a client account shall be organised by client number. "
    f"{KEPT} {STARTS}\n{APPROVAL} The approval is kept with the destruction certificate for ten years."
)
VOICE = "Telephone recordings of client orders shall be kept for five years."
SALE = "Project Heron: the sale of the Lisbon branch is planned for the second quarter."


def document(path: str, title: str, label: Label, groups: set[str], pages: int = 1, dated: str = "") -> Document:
    source = SourceRef(source="shelf", path=path)
    return Document(
        id=source.document,
        version="0" * 64,
        source=source,
        title=title,
        media_type="application/pdf",
        label=label,
        groups=frozenset(groups),
        pages=pages,
        dated=dated,
    )


def chunk(of: Document, text: str, page: int, *heading: str) -> Chunk:
    made = Chunk.make_id(of.id, of.version, "test", page)
    return Chunk(
        id=made,
        document=of.id,
        version=of.version,
        ordinal=page,
        text=text,
        page=page,
        heading=heading,
        start=0,
        end=len(text),
        label=of.label,
    )


SHELF = (
    (
        document("retention.pdf", "Records retention schedule", INTERNAL, {"staff"}, 22, "2025-03-03"),
        7,
        SCHEDULE,
        ("4.2 Client account records",),
    ),
    (document("voice.docx", "Voice recording standard", CONFIDENTIAL, {"staff"}, 9), 3, VOICE, ("3 Recordings",)),
    (document("heron.pdf", "Project Heron", RESTRICTED, {"board"}, 4), 1, SALE, ("Summary",)),
)


def png() -> bytes:
    """The smallest picture there is: one grey point."""

    def part(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0\x80")
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", pixels) + part(b"IEND", b"")


@dataclass
class FakeAccounts:
    people: dict[str, Person]
    links: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    attempts: list[str] = field(default_factory=list)

    def sign_in(self, name: str, password: str) -> str | None:
        self.attempts.append(name)
        if name not in self.people or password != PASSWORD:
            return None
        return self.start(name)

    def start(self, name: str) -> str:
        token = f"session-of-{name}-{len(self.sessions)}"
        self.sessions[token] = name
        return token

    def session(self, token: str) -> Person | None:
        return self.people.get(self.sessions.get(token, ""))

    def sign_out(self, token: str) -> None:
        self.sessions.pop(token, None)

    def link(self, token: str) -> Link | None:
        return Link(name=self.links[token]) if token in self.links else None

    def use_link(self, token: str, name: str, password: str) -> str:
        if len(password) < 10:
            raise UsageError("A password needs at least 10 characters.", cure="Choose a longer one.")
        name = self.links.pop(token) or name
        roles = frozenset({Role.STAFF, Role.OPERATOR, Role.ADMIN})
        self.people.setdefault(name, Person(id=f"id-{name}", name=name, roles=roles))
        return self.start(name)


@dataclass
class FakeAsking:
    """Answers from the shelf. Words in the question steer it: `lisbon` finds nothing for staff, `slow` takes its
    time, `paused` cannot record, `hostile` answers with markup of every kind, of `weak` little stands written;
    what goes outside is steered in web_leaving.py."""

    pause: float = 0.05
    asked: list[Question] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    reread: list[str] = field(default_factory=list)
    talks: dict[str, tuple[str, ConversationLine]] = field(default_factory=dict)
    said: dict[str, list[Exchange]] = field(default_factory=dict)
    hostile: tuple[str, ...] = ()

    def start(self, person: Person, kind: Kind, title: str) -> str:
        made = f"00000000-0000-7000-8000-{len(self.talks):012d}"
        line = ConversationLine(id=made, title=title[:60], kind=kind, label=PUBLIC, changed=time.time_ns() // 1000)
        self.talks[made] = (person.id, line)
        return made

    def ask(self, question: Question) -> Iterator[Event]:
        self.asked.append(question)
        if "paused" in question.text:
            raise RecordError("The record cannot be written.")
        sentences: list[Sentence] = []
        finished = False
        try:
            for event in self._events(question):
                if isinstance(event, Sentence):
                    sentences.append(event)
                yield event
                time.sleep(self.pause)
            finished = True
        finally:
            self.closed.append("finished" if finished else "cancelled")
            self._keep(question, tuple(sentences))

    def _keep(self, question: Question, sentences: tuple[Sentence, ...]) -> None:
        passages = self._passages(question)
        decision = decision_on(question, self._label(passages))
        told = Exchange(
            question=question.text,
            sentences=sentences,
            passages=passages,
            decision=decision_from_json(decision_to_json(decision)),
            outcome="answered",
            route="escalated" if isinstance(decision, Escalate) else "local",
            model="passages",
            label=decision.label,
            record=48_211,
        )
        self.said.setdefault(question.conversation, []).append(told)
        owner, line = self.talks[question.conversation]
        self.talks[question.conversation] = (owner, replace(line, label=decision.label))

    def _passages(self, question: Question) -> tuple[Passage, ...]:
        if question.kind is not Kind.DOCUMENTS:
            return ()
        wanted = SHELF[2:] if "lisbon" in question.text.lower() else SHELF[:2]
        mine = [entry for entry in wanted if entry[0].groups & question.person.reads_as]
        return tuple(
            Passage(chunk=chunk(of, text, page, *heading), document=of, rank=rank, score=1.0 / rank)
            for rank, (of, page, text, heading) in enumerate(mine, start=1)
        )

    def _label(self, passages: Sequence[Passage]) -> Label:
        return Label(level=max((p.chunk.label.level for p in passages), default=Level.PUBLIC))

    def _events(self, question: Question) -> Iterator[Event]:
        passages = self._passages(question)
        yield Phase(step=Step.SEARCHING)
        yield Passages(passages=passages)
        decision = decision_on(question, self._label(passages))
        yield Decided(decision=decision, record=48_212)
        yield Phase(step=Step.WRITING)
        yield from self._sentences(question, passages)
        here = "escalated" if isinstance(decision, Escalate) else "local"
        yield Finished(
            outcome=Outcome.ANSWERED if passages or question.kind is Kind.GENERAL else Outcome.ABSTAINED,
            route=here if passages or question.kind is Kind.GENERAL else "none",
            model="passages",
            label=decision.label,
            conversation=question.conversation,
            record=48_211,
            demonstration=True,
            removed=4 if "weak" in question.text else 0,
        )

    def _sentences(self, question: Question, passages: Sequence[Passage]) -> Iterator[Sentence]:
        if question.kind is Kind.GENERAL:
            yield Sentence(text=phrases.GENERAL_KNOWLEDGE, standing=Standing.NOTICE, paragraph=True)
            yield Sentence(text="Operational risk is the risk of loss.", standing=Standing.UNCHECKED, paragraph=True)
            return
        if not passages:
            yield Sentence(text=phrases.NOTHING_FOUND, standing=Standing.NOTICE, paragraph=True)
            return
        if "hostile" in question.text:
            for text in self.hostile:
                yield Sentence(text=text, standing=Standing.UNCHECKED, paragraph=True)
            return
        first = cite(passages[0], 1, KEPT if passages[0].chunk.page == 7 else passages[0].chunk.text, STARTS)
        if passages[0].document.title == "Project Heron":
            first = replace(first, condition="")
            yield Sentence(text="The sale is planned.", standing=Standing.SUPPORTED, citations=(first,), paragraph=True)
            return
        yield Sentence(
            text="Client account records are kept for **seven years** after the account is closed.",
            standing=Standing.SUPPORTED,
            citations=(first,),
            paragraph=True,
        )
        second = cite(passages[1], 2, VOICE, "")
        yield Sentence(
            text="Telephone recordings are kept for five years.", standing=Standing.SUPPORTED, citations=(second,)
        )
        for n in range(40 if "slow" in question.text else 0):
            yield Sentence(text=f"Sentence {n} follows.", standing=Standing.SUPPORTED)
        third = cite(passages[0], 3, APPROVAL, "")
        yield Sentence(
            text="Destruction needs the written approval of the Records Officer.",
            standing=Standing.SUPPORTED,
            citations=(third,),
            paragraph=True,
        )

    def conversations(self, person: Person) -> Sequence[ConversationLine]:
        return [line for owner, line in reversed(self.talks.values()) if owner == person.id]

    def reopen(self, person: Person, conversation: str) -> Reopened | None:
        owner, line = self.talks.get(conversation, ("", None))
        if line is None or owner != person.id:
            return None
        self.reread.append(conversation)
        return Reopened(line=line, exchanges=tuple(self.said.get(conversation, ())))

    def openings(self, person: Person) -> Sequence[tuple[int, int, str]]:
        return [(1_700_000_000_000_000, 12, "complaint 7 <b>")] if person.name == "dana" else []


def cite(passage: Passage, n: int, quote: str, condition: str) -> Citation:
    of = passage.document
    return Citation(
        n=n,
        chunk=passage.chunk.id,
        document=of.id,
        version=of.version,
        source=of.source.path,
        title=of.title,
        page=passage.chunk.page,
        heading=passage.chunk.heading,
        quote=quote,
        condition=condition,
        label=passage.chunk.label,
    )


@dataclass
class FakeReading:
    shown: list[tuple[str, str, int]] = field(default_factory=list)
    revoked: set[str] = field(default_factory=set)
    drawing: Callable[[], object] | None = None  # what a picture waits for

    def count(self, person: Person) -> int:
        return sum(bool(of.groups & person.reads_as) for of, *_ in SHELF)

    def page(self, person: Person, document: str, page: int) -> PageText | None:
        for of, at, text, heading in SHELF:
            mine = of.groups & person.reads_as and of.id not in self.revoked
            if of.id == document and mine and 1 <= page <= of.pages:
                self.shown.append((person.id, document, page))
                blocks = ((heading[0], text),) if page == at else (("", f"Page {page}."),)
                return PageText(
                    document=of.id,
                    title=of.title,
                    dated=of.dated,
                    label=of.label,
                    page=page,
                    pages=of.pages,
                    blocks=blocks,
                    picture=True,
                    passages=((3 * page, of.label),),
                )
        return None

    def page_picture(self, person: Person, document: str, page: int, quotes: Sequence[str] = ()) -> bytes | None:
        if self.drawing:
            self.drawing()
        return png() if self.page(person, document, page) else None


@dataclass
class FakeLibrary:
    labels: FakeLabels

    def documents(self, person: Person, *, text: str, status: str, start: int, limit: int) -> Sequence[LibraryRow]:
        keeper = person.roles & {Role.OPERATOR, Role.OWNER}
        rows = [
            LibraryRow(
                document=of.id,
                name=of.title,
                source=of.source.path,
                label=self.labels.labels.get(of.id, of.label),
                groups=tuple(sorted(of.groups)),
                pages=of.pages,
                status="ready",
            )
            for of, *_ in SHELF
            if keeper or of.groups & person.reads_as
        ]
        return [row for row in rows if text.lower() in row.name.lower()][start : start + limit]

    def set_aside(self, person: Person) -> Sequence[LibraryRow]:
        return [
            LibraryRow(
                document=ASIDE,
                name="minutes.pdf",
                source="board/minutes.pdf",
                label=None,
                groups=("board",),
                pages=0,
                status="set aside",
                reason="ENCRYPTED",
                why="It is protected with a password. Save it without one.",
            )
        ]

    def document(self, person: Person, document: str) -> About | None:
        keeper = person.roles & {Role.OPERATOR, Role.OWNER}
        for of, *_ in SHELF:
            if of.id == document and (keeper or of.groups & person.reads_as):
                return About(
                    name=of.title, place=of.source.path, label=self.labels.labels.get(of.id, of.label),
                    groups=tuple(sorted(of.groups)),
                    owner="Mara Lind", dated=of.dated, valid_until="2027-12-31", version=of.version, pages=of.pages,
                    passages=3 * of.pages, labels={of.label: 3 * of.pages} if keeper else {},
                )  # fmt: skip
        return None

    def jobs(self, person: Person) -> Sequence[JobRow]:
        counts = {"added": 3, "quarantined": 1, "failed": 0}
        done = JobRow(job="job-1", started=1_700_000_000_000_000, state="done", counts=counts, places=("/srv/docs",))
        other = replace(done, job="job-0", state="running", counts={}, places=("/srv/other", "/srv/more"))
        return [done, other]


@dataclass
class FakeRecord:
    reasons: list[tuple[str, int, str]] = field(default_factory=list)
    verified: int = 0

    def facts(self, person: Person) -> RecordFacts:
        intact = True if self.verified else None
        checked = time.time_ns() // 1000 if self.verified else 0
        return RecordFacts(
            intact=intact, problem="", checked=checked, size=48_377, proven=48_352, sent=214, gateway=214
        )

    def counts(self, person: Person, wanted: RecordFilter) -> dict[str, int]:
        return {"everything": 3, "answered here": 1, "refused": 1, "kept here by policy": 1}

    def rows(self, person: Person, wanted: RecordFilter) -> Sequence[RecordRow]:
        now = time.time_ns() // 1000
        whole = [
            RecordRow(index=48_369, time=now, person="P-7f31", action="ask", outcome="sent outside", label="public",
                      went_to="mistral-large · EU", reason="all public, nothing found"),
            RecordRow(index=48_366, time=now - 9_000_000, person="P-22c0", action="ask",
                      outcome="kept here by policy", label="confidential personal", reason="conversation label"),
            RecordRow(index=48_361, time=now - 10**8, person="P-22c0", action="ask", outcome="answered here",
                      label="confidential"),
            RecordRow(index=48_322, time=now - 10**9, person="P-0a17", action="ask", outcome="refused",
                      label="restricted", reason="not cleared"),
            RecordRow(index=48_309, time=now - 2 * 10**9, person="job 812", action="ingest",
                      outcome="142 added, 3 set aside", label="internal"),
        ]  # fmt: skip
        older = [row for row in whole if wanted.before < 0 or row.index < wanted.before]
        return [
            row
            for row in older
            if (not wanted.what or row.outcome == wanted.what)
            and (not wanted.level or row.label.startswith(wanted.level))
        ]

    def detail(self, person: Person, index: int) -> RecordDetail | None:
        found = [row for row in self.rows(person, RecordFilter()) if row.index == index]
        if not found:
            return None
        return RecordDetail(
            row=found[0],
            sentence="Kept here: the conversation holds a confidential passage.",
            codes=("H-03", "E-04"),
            contents=("question", "answer"),
            used=3,
            withheld=1,
            rulebook="9c41e07a",
            model="llama3.1:8b",
            model_digest="sha256:46e0c10c039e",
            size=48_377,
        )

    def verify(self, person: Person) -> RecordFacts:
        self.verified += 1
        return self.facts(person)

    def reveal(self, person: Person, index: int, why: str) -> dict[str, str]:
        self.reasons.append((person.id, index, why))
        return {
            "question": "How long do we keep client records?",
            "answer": "Seven years. <img src=x onerror=alert(1)>",
        }

    def proof(self, person: Person, index: int) -> bytes | None:
        return b"c2sp.org/tlog-proof@v1\n" if index < 48_377 else None

    def raw(self, person: Person, index: int) -> bytes | None:
        return b'{"kind":"QuestionAsked"}' if index < 48_377 else None


def people() -> dict[str, Person]:
    staff = frozenset({"staff"})
    made = [
        Person(id="id-dana", name="dana", groups=staff),
        Person(id="id-bo", name="bo", groups=staff | {"board"}, clearance=Level.RESTRICTED),
        Person(id="id-ines", name="ines", roles=frozenset({Role.AUDITOR})),
        Person(id="id-omar", name="omar", groups=staff, roles=frozenset({Role.STAFF, Role.OPERATOR, Role.ADMIN})),
        Person(id="id-mara", name="mara", groups=staff, roles=frozenset({Role.STAFF, Role.OWNER})),
        Person(id="id-ada", name="ada", groups=staff, roles=frozenset({Role.STAFF, Role.ADMIN})),
        Person(id="id-both", name="both", roles=frozenset({Role.AUDITOR, Role.ADMIN})),
    ]
    return {person.name: person for person in made}


def fake_house(**facts: object) -> House:
    named = SiteFacts(
        name="Meridian Bank (sample)", hosts=frozenset({"127.0.0.1", "localhost", "testserver"}), demonstration=True
    )
    labels = FakeLabels(documents=lambda: {of.id: of for of, *_ in SHELF})
    return House(
        facts=replace(named, **facts),  # type: ignore[arg-type]
        accounts=FakeAccounts(people=people()),
        asking=FakeAsking(),
        reading=FakeReading(),
        library=FakeLibrary(labels=labels),
        tending=FakeTending(),
        labels=labels,
        finding=FakeFinding(),
        record=FakeRecord(),
        leaving=FakeLeaving(),
    )


def main() -> None:
    """Serve this house on a free port of the loopback and print it: what the browser's tests start."""
    import socket
    import sys

    import uvicorn

    from assistant.site import build_site

    house = fake_house()
    house.asking.pause = 0.25  # type: ignore[attr-defined]
    listening = socket.create_server(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0))
    server = uvicorn.Server(uvicorn.Config(build_site(house), log_level="warning", timeout_graceful_shutdown=1))
    print(listening.getsockname()[1], flush=True)
    server.run(sockets=[listening])


if __name__ == "__main__":
    main()
