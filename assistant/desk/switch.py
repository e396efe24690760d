"""Stopping what goes outside, which takes one person, and starting it again, which takes two."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from policies import switch
from policies.audit.events import Content, Recorder, SiteChanged
from policies.audit.since import Records, first_since, read, time_of
from policies.config import Home
from policies.errors import RecordError, RefusedError, UsageError
from policies.keys import Keys, pseudonym
from policies.rulebook import HOUSE, Action, Rulebook, reference_to
from policies.vocabulary import Person, Role

MAY_STOP = frozenset({Role.OPERATOR, Role.OWNER, Role.ADMIN})
ASKING_HOLDS = 24 * 3_600_000_000  # microseconds


class Resumed(StrEnum):
    ASKED = "asked"  # another person's word is missing
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopping:
    """What a stop came to. `quiet`: nothing that had departed before is still under way; `recorded`: it stands in the
    record."""

    quiet: bool
    recorded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """`resumed`: when it was last started again; `asked`: when `by` asked for that, as long as it counts: within a day,
    since the last stop, and with an account. Microseconds, 0 for never."""

    resumed: int = 0
    asked: int = 0
    by: Person | None = None


class Switch:
    """The switch of one home, for people. `people` are the accounts that count now."""

    def __init__(
        self,
        home: Home,
        *,
        recorder: Recorder,
        records: Records,
        keys: Keys,
        rulebook: Callable[[], Rulebook],
        people: Callable[[], Iterable[Person]],
        clock: Callable[[], int],
    ) -> None:
        self._home = home
        self._recorder = recorder
        self._records = records
        self._turns = _Turns(records, clock() - ASKING_HOLDS)
        self._keys = keys
        self._rulebook = rulebook
        self._people = people
        self._clock = clock

    def state(self) -> switch.Stopped | None:
        return switch.stopped(self._home)

    def stop(self, person: Person, reason: str = "", *, actor: str = "") -> Stopping:
        """Stop first, then record: a record that cannot be written must not keep anything flowing."""
        _may_turn(person)
        quiet = switch.stop(self._home, now=self._clock())
        why = {"why": Content(text=reason, owner=f"person:{person.id}")} if reason.strip() else {}
        try:
            self._recorder.append(SiteChanged(**_who(person, actor), what=switch.STOPPED), why)
        except RecordError:
            return Stopping(quiet=quiet, recorded=False)
        return Stopping(quiet=quiet, recorded=True)

    def resume(self, person: Person, *, actor: str = "") -> Resumed:
        """Ask to start again, or be the second person who says so. On record first, then open."""
        _may_turn(person)
        state = self.state()
        if state is None:
            raise UsageError("Sending is not stopped.", cure="See `ringfence policy show` for what may leave.")
        first = self.asked().by
        if first is None or first.id == person.id:
            self._recorder.append(SiteChanged(**_who(person, actor), what=switch.ASKED))
            return Resumed.ASKED
        verdict = self._rulebook().ask(person, Action.APPROVE, HOUSE, {"requested_by": reference_to(first)})
        if not verdict.allowed:
            raise RefusedError(
                f"This person may not start it again (rule {verdict.reasons[0]}).", cure="Ask an admin to do it."
            )
        values = {"asked_by": pseudonym(self._keys, first.id)}
        self._recorder.append(SiteChanged(**_who(person, actor), what=switch.RESUMED, values=values))
        switch.start_again(self._home)
        return Resumed.OPEN

    def asked(self) -> Turned:
        """Who has asked to start again, and when that was last done. Raises RecordError."""
        resumed, asked, asker = self._turns.read()
        state = self.state()
        now = max(self._clock(), time_of(self._records, self._records.head().size - 1))  # a clock may be set back
        if state is None or asked < max(state.last, now - ASKING_HOLDS):
            return Turned(resumed=resumed)
        first = next((one for one in self._people() if pseudonym(self._keys, one.id) == asker), None)
        return Turned(resumed=resumed, asked=asked if first else 0, by=first)


def may_turn(person: Person) -> bool:
    """Whether the switch is this person's to stop, and to ask about."""
    return bool(person.roles & MAY_STOP) and Role.AUDITOR not in person.roles


class _Turns:
    """What the record says of the switch from `since` on, read on each time from where the last look ended."""

    def __init__(self, records: Records, since: int) -> None:
        self._records = records
        self._since = since
        self._lock = threading.Lock()
        self._next = -1
        self._resumed, self._asked, self._asker = 0, 0, ""

    def read(self) -> tuple[int, int, str]:
        """When it was last started again; when somebody last asked for that, and who, as a pseudonym. 0: not."""
        with self._lock:
            size = self._records.head().size
            if self._next < 0:
                self._next = first_since(self._records, self._since)
            for _, body in read(self._records, self._next, "SiteChanged"):
                self._see(str(body.get("what")), int(body.get("time", 0)), body)
            self._next = max(self._next, size)
            return self._resumed, self._asked, self._asker

    def _see(self, what: str, when: int, body: dict[str, object]) -> None:
        if what == switch.ASKED:
            self._asked, self._asker = when, str(body.get("on_behalf_of") or body.get("actor"))
        elif what in (switch.STOPPED, switch.RESUMED):
            self._asked, self._asker = 0, ""
            self._resumed = when if what == switch.RESUMED else self._resumed


def _may_turn(person: Person) -> None:
    if not may_turn(person):
        raise RefusedError(
            "Only operators, owners and admins turn the switch here.",
            cure="Whoever is at the machine can run `ringfence policy stop`.",
        )


def _who(person: Person, actor: str) -> dict[str, Any]:
    return {"actor": actor, "on_behalf_of": person.id} if actor else {"actor": person.id}
