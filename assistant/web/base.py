"""What the pages need from the house, and nothing more.

Every method that takes a `Person` checks that person's rights live and records what it showed, before it
returns: a page never does either. What a person may not have and what does not exist are the same: `None`.
All methods are synchronous and may be called from several threads at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from assistant.answers import Event, Sentence
from assistant.web.about import About
from assistant.web.finding import Finding
from assistant.web.labels import Labels
from assistant.web.leaving import Leaving
from assistant.web.tending import Tending
from policies.decisions import Decision
from policies.labels import Label
from policies.vocabulary import Kind, Passage, Person, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """What stands around the pages. `hosts` are the names this site answers to, without ports."""

    name: str
    hosts: frozenset[str]
    https: bool = False
    outside: bool = False  # whether anything could leave at all
    demonstration: bool = False  # the writing model is the packaged one: it quotes unless told to write
    kinds: tuple[Kind, ...] = (Kind.DOCUMENTS, Kind.GENERAL)
    answers_at_once: int = 4
    kept_days: int = 0  # how long the record keeps contents; 0: until erased


# -- people ----------------------------------------------------------------------------------------


class Accounts(Protocol):
    """Who is who. Tokens are opaque; every attempt to sign in is recorded."""

    def sign_in(self, name: str, password: str) -> str | None:
        """A session token, or None: wrong name, wrong password and disabled are one."""
        ...

    def session(self, token: str) -> Person | None:
        """Whose session this is, now: None when it ended or the account was disabled."""
        ...

    def sign_out(self, token: str) -> None: ...

    def link(self, token: str) -> Link | None:
        """What a one-time link is for, without using it up; None when it was used or ran out."""
        ...

    def use_link(self, token: str, name: str, password: str) -> str:
        """Use the link up: make the first admin, or set the password. Returns a session token.
        Raises UsageError when the link ran out, the name is taken or the password is too weak."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """`name` is empty for the first person, who chooses one."""

    name: str = ""


# -- conversations -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationLine:
    """One line of the list on the left. `changed` is in microseconds."""

    id: str
    title: str
    kind: Kind
    label: Label
    changed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A question and its answer as they were shown. `passages` are those that may still be read."""

    question: str
    sentences: tuple[Sentence, ...]
    passages: tuple[Passage, ...] = ()
    decision: Decision | None = None
    outcome: str = ""
    route: str = "none"
    model: str = ""
    label: Label | None = None
    record: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened:
    line: ConversationLine
    exchanges: tuple[Exchange, ...]


# -- reading -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """One page of a document as text, in reading order: (heading or "", text)."""

    document: str
    title: str
    dated: str
    label: Label
    page: int
    pages: int
    blocks: tuple[tuple[str, str], ...]
    picture: bool = False  # whether `page_picture` has one
    passages: tuple[tuple[int, Label], ...] = ()  # of each block: its number in the document, from 1, and its label
    rows: tuple[str, ...] = ()  # of each block: the rows of its table in words, or nothing


class Reading(Protocol):
    def count(self, person: Person) -> int:
        """How many documents this person may read."""
        ...

    def page(self, person: Person, document: str, page: int) -> PageText | None: ...

    def page_picture(self, person: Person, document: str, page: int, quotes: Sequence[str] = ()) -> bytes | None:
        """A PNG, with what is quoted marked on it."""
        ...


class Asking(Protocol):
    def start(self, person: Person, kind: Kind, title: str) -> str:
        """A new conversation of this person's; its id."""
        ...

    def ask(self, question: Question) -> Iterator[Event]:
        """`ask.answer_question` with the house filled in; of `question` the person, text, kind, conversation and
        the two switches are used. Raises RefusedError when the conversation is not this person's."""
        ...

    def conversations(self, person: Person) -> Sequence[ConversationLine]:
        """This person's own, newest first."""
        ...

    def reopen(self, person: Person, conversation: str) -> Reopened | None: ...

    def openings(self, person: Person) -> Sequence[tuple[int, int, str]]:
        """Who opened this person's contents: (time, record, why), newest first."""
        ...


# -- the library ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryRow:
    """A document, or a file set aside (`reason` is then a code, `why` says it in words; `label` may be None)."""

    document: str
    name: str
    source: str
    label: Label | None
    groups: tuple[str, ...]
    pages: int
    status: str
    reason: str = ""
    changed: int = 0
    said: str = ""  # what the document says of itself: company, kind, period, date, authors
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """`state`: running, done, stopped or interrupted. `places`: the files and folders that it looked at."""

    job: str
    started: int
    state: str
    counts: dict[str, int]
    places: tuple[str, ...] = ()


class Library(Protocol):
    def documents(self, person: Person, *, text: str, status: str, start: int, limit: int) -> Sequence[LibraryRow]:
        """What this person may read; for an operator or owner every name, label and outcome."""
        ...

    def set_aside(self, person: Person) -> Sequence[LibraryRow]:
        """Files that need a person. Empty for staff."""
        ...

    def document(self, person: Person, document: str) -> About | None:
        """One document, without its text: for whoever may read it; for an operator or owner any."""
        ...

    def jobs(self, person: Person) -> Sequence[JobRow]:
        """Newest first. Empty for staff."""
        ...


# -- the record ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFacts:
    """The strip of three. `intact` is None while nobody has checked; `proven` counts what an outside
    checkpoint covers; `gateway` is None when the door has no counter of its own."""

    intact: bool | None
    problem: str
    checked: int
    size: int
    proven: int
    sent: int
    gateway: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFilter:
    """`what` is an outcome, `level` a level's name; empty ones do not filter. `since` is in microseconds."""

    since: int = 0
    what: str = ""
    level: str = ""
    before: int = -1  # only records older than this one; -1: from the newest
    limit: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    index: int
    time: int
    person: str
    action: str
    outcome: str
    label: str = ""
    went_to: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDetail:
    row: RecordRow
    sentence: str
    codes: tuple[str, ...]
    contents: tuple[str, ...]  # names of what is sealed with it: question, answer, why
    used: int
    withheld: int
    rulebook: str
    model: str
    model_digest: str
    size: int


class Record(Protocol):
    """For auditors alone. Looking at the record is itself recorded."""

    def facts(self, person: Person) -> RecordFacts: ...

    def counts(self, person: Person, wanted: RecordFilter) -> dict[str, int]:
        """How many rows each outcome has within the filter's other limits; `everything` is all of them."""
        ...

    def rows(self, person: Person, wanted: RecordFilter) -> Sequence[RecordRow]: ...

    def detail(self, person: Person, index: int) -> RecordDetail | None: ...

    def verify(self, person: Person) -> RecordFacts: ...

    def reveal(self, person: Person, index: int, why: str) -> dict[str, str]:
        """Contents by name. Records who, what and why before it opens anything."""
        ...

    def proof(self, person: Person, index: int) -> bytes | None: ...

    def raw(self, person: Person, index: int) -> bytes | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Everything behind the pages."""

    facts: SiteFacts
    accounts: Accounts
    asking: Asking
    reading: Reading
    library: Library
    tending: Tending
    labels: Labels
    finding: Finding
    record: Record
    leaving: Leaving
