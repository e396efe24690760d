"""What the Library page needs for those who look after it: sources, what runs, and what they may do about them.

Every method checks the person's role and raises RefusedError for anybody but operators and owners. What changes
something is recorded before it is done. Nothing here waits for a job.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from policies.labels import Label
from policies.vocabulary import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """A saved source. `state`: new, running, done, withheld (most of it vanished, and nothing was deleted), stopped,
    unseen or refused, of the last try; `tried` and `synced` in microseconds, 0 for never. `label` is None where no
    level is named. `problem`: why the last sync from here went wrong."""

    id: str
    name: str
    place: str
    owner: str
    groups: tuple[str, ...]
    label: Label | None
    manifest: bool
    state: str
    tried: int
    synced: int
    documents: int
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSource:
    """A source as somebody asks for it: words that nobody has checked. `level` is empty where none is named."""

    name: str
    folder: str
    owner: str
    groups: tuple[str, ...]
    level: str
    categories: tuple[str, ...]
    originals: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A job of this server that runs or waits; `name` is what it is cancelled by: a source's id, or a document's.
    `job` is empty until it has begun. `left` in seconds, `rate` in passages a second, `bytes` of
    `of_bytes` of files on the disk."""

    name: str
    what: str
    job: str = ""
    done: int = 0
    total: int = 0
    file: str = ""
    rate: float = 0.0
    left: float = 0.0
    bytes: int = 0
    of_bytes: int = 0
    aside: int = 0
    begun: bool = False
    cancelled: bool = False


class Tending(Protocol):
    def sources(self, person: Person) -> Sequence[SourceRow]:
        """By name."""
        ...

    def running(self, person: Person) -> Sequence[Running]:
        """What runs in this server, then what waits."""
        ...

    def problem(self, person: Person, document: str) -> str:
        """Why a file could not be read again at all; nothing when it could."""
        ...

    def read_again(self, person: Person, document: str) -> None:
        """Read a file that is set aside again, in the background; one of a source together with its source."""
        ...

    def never_mind(self, person: Person, document: str) -> None:
        """The file is no longer listed, and skipped until it changes."""
        ...

    def sync(self, person: Person, source: str) -> None:
        """Take in what is new, changed or gone in a source, in the background; never twice at once."""
        ...

    def roots(self, person: Person) -> Sequence[str]:
        """The folders below which sources may be added from a page; none as installed."""
        ...

    def add_source(self, person: Person, new: NewSource) -> None:
        """Save a source; nothing is read yet. Raises UsageError for what cannot be, RefusedError for a folder that is
        not below a root."""
        ...

    def remove_source(self, person: Person, source: str) -> None:
        """Let go of a source; its documents stay. Never while it is at work here."""
        ...

    def cancel(self, person: Person, name: str) -> None:
        """Stop a job of this server between two files. What was stored stays stored."""
        ...
