"""What may leave, as the pages need it from the house.

Every method that takes a `Person` checks their role and the rules live, and records before it returns; the pages show
buttons by what `Stands` says and decide nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from policies.decisions import Outside
from policies.vocabulary import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Of `n` cases that must stay, `missed` would have been sent; `low` and `high` bound that rate (95 %). Of
    `harmless` ones `held_back` stayed."""

    n: int
    missed: int
    low: float
    high: float
    harmless: int
    held_back: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What looks at a question before it leaves. `measured` holds languages that were measured; `date` is empty when
    none was."""

    languages: tuple[str, ...]
    detectors: tuple[str, ...]
    date: str = ""
    on: str = ""
    overall: Measured | None = None
    measured: dict[str, Measured]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Where something would go, and what the contract with it says. Empty or None: not stated."""

    name: str
    host: str
    model: str
    level: str
    contract: str = ""
    region: str = ""
    retention_days: int | None = None
    no_training: bool = False
    pseudonymised: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """How it stands now, for one person. `step` is what the site is set to, `stopped` whether the switch is off.
    `since` is in microseconds; with `at_least` it may have been so for longer. `asked`: when somebody asked to start
    again, 0 when nobody did."""

    step: Outside
    stopped: bool
    since: int
    at_least: bool
    asked: int = 0
    asked_by_me: bool = False
    may_stop: bool = False
    may_start: bool = False  # to ask for it, or to be the second person
    recipient: Recipient | None = None
    screen: Screen
    rules: tuple[str, ...]
    digest: str

    @property
    def set_open(self) -> bool:
        """Whether the site is set to let anything out, the switch aside."""
        return self.step is not Outside.CLOSED and self.recipient is not None

    @property
    def open(self) -> bool:
        return self.set_open and not self.stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """`quiet`: nothing that had departed before is still under way; `recorded`: it stands in the record."""

    quiet: bool
    recorded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """A request that a second person may let go. `reference` is the one that the answer shows."""

    record: int
    reference: int
    since: int
    label: str
    went_to: str
    rules: tuple[str, ...]
    mine: bool
    may_agree: bool


class Leaving(Protocol):
    def open(self) -> bool:
        """Whether anything could leave at this moment."""
        ...

    def languages(self) -> Sequence[str]:
        """Two letters each: the languages in which a question can go."""
        ...

    def passages(self) -> str:
        """The highest level of passages that go with a general question, as the site is set; empty: none do."""
        ...

    def stands(self, person: Person) -> Stands: ...

    def stop(self, person: Person) -> Stop:
        """Stop all sending at once. Raises RefusedError for who may not."""
        ...

    def start_again(self, person: Person) -> bool:
        """Ask for it, or be the second person: then True, and it is open."""
        ...

    def waiting(self, person: Person) -> Sequence[Waits]:
        """One's own; what one may agree to; for an auditor all. No text."""
        ...

    def read(self, person: Person, record: int, why: str) -> str:
        """The exact request, for somebody who may agree to it; who, what and why are recorded first."""
        ...

    def agree(self, person: Person, record: int) -> int:
        """Let exactly this leave; until when, in microseconds."""
        ...
