"""Backups of the home: made, destroyed, put back. Their files are known to the record by their digest, never by a name.

See `events` for what an event may hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from policies.audit.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupIntended(Event):
    """Durable before the moment that the backup shows, so each backup holds the record of its own making."""

    intent: ClassVar[bool] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupMade(Event):
    """`outcome`: made, durable before the file gets its name; or lost, when none came about. `sha256` and `size` are
    those of the whole file, `files` is how many it holds."""

    closes: int
    outcome: str
    sha256: str = ""
    size: int = 0
    files: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupDestroyed(Event):
    """Somebody says that every copy of the backup of record `backup` is destroyed. Contents: `why`."""

    backup: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupRestored(Event):
    """This home was put back from a backup: what it did after record `backup`, until this one, is in no record.
    `erasures`: 1 when a list of what was forgotten later was at hand; `forgotten`: how many documents of it were
    forgotten again; `erased`: of how many persons all that they wrote. Durable before the home is there."""

    backup: int
    sha256: str
    erasures: int
    forgotten: int
    erased: int = 0
