"""What operators do with documents once they are there: forget, hold, let in, look again, repair.

Reasons are contents (`why`), sealed under the key of who gave them. See `events` for what an event may hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from policies.audit.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetIntended(Event):
    """`documents`: [{document, version}] that are to be forgotten. Contents: `why`."""

    intent: ClassVar[bool] = True
    documents: list[dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentsForgotten(Event):
    """The receipt. `outcome`: forgotten, when every store of the home was cleaned; refused, when a hold came between;
    lost, when the transaction of a dead writer never came about.

    `documents`: [{document, version, passages}], version being the SHA-256 of the file's bytes. `removed`: how many of
    what went from which store. `shared`: documents that stay and have the very same bytes. `quoted_in`: records whose
    sealed answers, or shown texts, name one of the documents. `backups`: [{record, time, sha256}] that were begun
    before, and of which nobody has said that they are destroyed. `not_reached`: what lies beyond this home."""

    closes: int
    outcome: str
    documents: list[dict[str, Any]] = field(default_factory=list)
    removed: dict[str, int] = field(default_factory=dict)
    shared: list[str] = field(default_factory=list)
    quoted_in: list[int] = field(default_factory=list)
    backups: list[dict[str, Any]] = field(default_factory=list)
    not_reached: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldChanged(Event):
    """`change`: placed, release-asked (by a first person) or released (by a second); of a hold on `document`, or on
    what `subject` wrote. Contents: `why`."""

    change: str
    document: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRuled(Event):
    """What an operator said of a file: `ruling` is readmitted (it had been forgotten), read-again (it is read though
    it did not change) or never-mind (it is skipped until it changes). `reason` is the code it was set aside with.
    Contents: `why`, where one was given."""

    document: str
    ruling: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCancelled(Event):
    """Somebody asked for the end of a job: it stops between two files, and what was stored stays. `what` is the id of
    its source or its document; `job` is empty when it had not begun."""

    what: str
    job: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled(Event):
    """The stores were compared with the catalogue. `found`: how much of each kind of drift there was; `left`: how
    much of it could not be repaired."""

    found: dict[str, int]
    left: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingChanged(Event):
    """Searching goes over from one embedding model to another. Durable before it does."""

    before: str
    after: str
    passages: int
