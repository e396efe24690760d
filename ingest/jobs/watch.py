"""When a saved source has to be synced again: a look at names, sizes and times, without opening a file.

What is promised: a look costs no job and no record. A source is settled once a sync of it went well, and until a look
finds something else; one that cannot be seen, and a file that was written just now, are tried again at the next look.
So is what failed on our side, and then ever more seldom while nothing else changes: every try is a job and a record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields

from ingest.catalogue.sources import Standing
from ingest.errors import Unseen
from ingest.jobs.sync import Synced
from ingest.sources.base import Found
from ingest.sources.saved import Saved, open_saved
from policies.errors import UsageError

_TICK = 2_000_000  # microseconds: two writes within one tick of a file system's clock look alike
_MINUTE, _HOUR = 60_000_000, 3_600_000_000
_SAID = tuple(one.name for one in fields(Found) if one.name != "open")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failing:
    """What was seen when something failed, when that was, and how long it may rest (microseconds)."""

    seen: str
    at: int
    pause: int


def _longer(before: _Failing | None, seen: str) -> int:
    if before is None or before.seen != seen:
        return 0
    return min(max(2 * before.pause, _MINUTE), _HOUR)


@dataclass(kw_only=True)
class Watch:
    """What one process knows of the sources it watches."""

    now: Callable[[], int]
    _settled: dict[str, str] = field(default_factory=dict)
    _failing: dict[str, _Failing] = field(default_factory=dict)

    def round(
        self, standings: Sequence[Standing], sync: Callable[[Sequence[str]], Sequence[Synced]]
    ) -> Sequence[Synced]:
        """Look at each source once, and have those synced that are not as they were when that last went well."""
        began = self.now()
        looks = {one.saved.name: _look(one.saved, began) for one in standings}
        due = [name for name, seen in looks.items() if not seen or not self._may_rest(name, seen, began)]
        done = sync(due) if due else ()
        for one in done:
            failing, seen = self._failing.pop(one.name, None), looks[one.name]
            self._settled.pop(one.name, None)
            if one.report is not None and not one.report.counts["failed"]:
                self._settled[one.name] = seen
            elif one.report is not None:
                self._failing[one.name] = _Failing(seen=seen, at=began, pause=_longer(failing, seen))
        return done

    def _may_rest(self, name: str, seen: str, now: int) -> bool:
        failing = self._failing.get(name)
        return self._settled.get(name) == seen or (
            failing is not None and failing.seen == seen and now < failing.at + failing.pause
        )


def _look(saved: Saved, now: int) -> str:
    """A digest of all that is there; nothing when that could be something else at the next look all the same."""
    seen = hashlib.sha256(repr(saved).encode())
    fresh = False
    try:
        for found in open_saved(saved).scan():
            if isinstance(found, Found):
                fresh = fresh or abs(now - found.mtime) <= _TICK
                seen.update(repr([_plain(getattr(found, name)) for name in _SAID]).encode("utf-8", "backslashreplace"))
            else:
                seen.update(repr(found).encode())
    except (Unseen, UsageError):
        return ""
    return "" if fresh else seen.hexdigest()


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else value
