"""What a person wrote is erased: one asks, another agrees, and the receipt.

See `events` for what an event may hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from policies.audit.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureAsked(Event):
    """Somebody asks that what `subject` wrote be erased; another person must agree. Contents: `why`."""

    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseIntended(Event):
    """A second person agreed to what record `request` asks; -1 where a restore does again what had been done. Durable
    before anything goes. Contents, where a reason was given: `why`."""

    intent: ClassVar[bool] = True
    subject: str
    request: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonErased(Event):
    """The receipt. `covers`: the records whose contents nobody can read any more, since the key of `subject` under
    which they were sealed is destroyed; `sealed`: how many contents those are. All their conversations are gone too.
    `backups`: [{record, time, sha256}] that were begun before, and of which nobody has said that they are destroyed.
    `not_reached`: what lies beyond this home, or is kept."""

    closes: int
    subject: str
    outcome: str
    sealed: int
    covers: list[int] = field(default_factory=list)
    backups: list[dict[str, Any]] = field(default_factory=list)
    not_reached: list[str] = field(default_factory=list)
