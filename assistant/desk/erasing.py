"""Holds on what a person wrote, and erasing it: one asks, another agrees, nobody for themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from policies.approvals import HOUR, LONGEST
from policies.audit.document_events import HoldChanged
from policies.audit.erasing import Erasing
from policies.audit.events import Content, Recorder
from policies.audit.person_events import ErasureAsked
from policies.audit.since import Records, first_since, read, time_of
from policies.errors import RefusedError, UsageError
from policies.rulebook import HOUSE, Action, Rulebook, as_record, reference_to
from policies.vocabulary import Person

_HELD = "A hold stands on what this person wrote since record {}: nothing was erased."
_CURE = "Two persons can end it: `ringfence audit hold --subject USER --release --reason TEXT`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """`record`: the receipt's; while a second person's word is missing that of the request, and `done` is false."""

    record: int
    done: bool


class ErasingDesk:
    """What people may do about what a person wrote. `people` are the accounts that count now; `empty` says whether a
    person has no conversation."""

    def __init__(
        self,
        erasing: Erasing,
        *,
        recorder: Recorder,
        records: Records,
        rulebook: Callable[[], Rulebook],
        people: Callable[[], Iterable[Person]],
        empty: Callable[[str], bool],
        clock: Callable[[], int],
    ) -> None:
        self._erasing = erasing
        self._recorder = recorder
        self._records = records
        self._rulebook = rulebook
        self._people = people
        self._empty = empty
        self._clock = clock

    # -- erasing -------------------------------------------------------------------------------------------

    def erase(self, subject: str, person: Person, *, why: str, actor: str) -> Erased:
        """Ask that what `subject` (an id) wrote be erased, or be the second person who says so. Asked for again when it
        is done, it says so. Raises UsageError without a reason, RefusedError where the rules or a hold say no."""
        self._refuse_unless(person, subject)
        done = self._erasing.done(subject)
        if done >= 0 and self._empty(subject):
            return Erased(record=done, done=True)
        if (hold := self._erasing.held(subject)) is not None:
            raise RefusedError(_HELD.format(hold.record), cure=_CURE)
        who = {"actor": actor, "on_behalf_of": person.id}
        request, first = self._asked(subject)
        if first is None or first.id == person.id:
            if first is None:
                request = self._recorder.append(ErasureAsked(**who, subject=subject), _why(person.id, why))
            return Erased(record=request, done=False)
        verdict = self._rulebook().ask(person, Action.APPROVE, HOUSE, {"requested_by": reference_to(first)})
        if not verdict.allowed:
            raise _refused(verdict.reasons[0])
        contents = _why(person.id, why) if why.strip() else {}
        return Erased(record=self._erasing.erase(subject, request=request, who=who, contents=contents), done=True)

    def _refuse_unless(self, person: Person, subject: str) -> None:
        if person.id == subject:
            raise RefusedError("Nobody erases what they wrote themselves.", cure="Let two other persons do it.")
        named = self._erasing.named(subject)
        verdict = self._rulebook().ask(person, Action.ERASE, as_record("contents", subject=named), {})
        if not verdict.allowed:
            raise _refused(verdict.reasons[0])

    def _asked(self, subject: str) -> tuple[int, Person | None]:
        """The request that waits for a second person, and who made it; (-1, None) when none does. One that is a week
        old is none, nor one that was used, or of before a restore, or whose author has no account."""
        now = max(self._clock(), time_of(self._records, self._records.head().size - 1))  # a clock may be set back
        start = first_since(self._records, now - LONGEST * HOUR)
        named, waits = self._erasing.named(subject), (-1, "")
        for seq, body in read(self._records, start, "ErasureAsked", "EraseIntended", "BackupRestored"):
            if body["kind"] == "ErasureAsked" and body.get("subject") == named:
                waits = seq, str(body.get("on_behalf_of"))
            elif body["kind"] == "BackupRestored" or body.get("request") == waits[0]:
                waits = -1, ""
        first = next((one for one in self._people() if self._erasing.named(one.id) == waits[1]), None)
        return (waits[0], first) if first else (-1, None)

    # -- holds ---------------------------------------------------------------------------------------------

    def hold(self, subject: str, *, why: str, actor: str) -> int:
        """Nobody can erase what `subject` wrote until two persons have ended the hold. Returns the record that says
        so."""
        if (standing := self._erasing.held(subject)) is not None:
            return standing.record
        return self._hold_changed(subject, "placed", why, actor)

    def release(self, subject: str, *, why: str, actor: str) -> bool:
        """The first person asks, a second one ends it. Returns whether it has ended."""
        standing = self._erasing.held(subject)
        if standing is None:
            raise UsageError("No hold stands on what this person wrote.")
        if standing.asked == self._erasing.named(actor):
            raise RefusedError("Who asked for the end of a hold cannot agree to it.", cure="Let a second person do it.")
        self._hold_changed(subject, "released" if standing.asked else "release-asked", why, actor)
        return bool(standing.asked)

    def may_hold(self, person: Person) -> None:
        """Raises RefusedError for somebody who may not place or end holds."""
        verdict = self._rulebook().ask(person, Action.HOLD, as_record("contents"), {})
        if not verdict.allowed:
            raise _refused(verdict.reasons[0])

    def _hold_changed(self, subject: str, change: str, why: str, actor: str) -> int:
        return self._recorder.append(HoldChanged(actor=actor, subject=subject, change=change), _why(actor, why))


def _why(person: str, why: str) -> dict[str, Any]:
    if not why.strip():
        raise UsageError("Nobody can tell later why.", cure="Give a reason with --reason.")
    return {"why": Content(text=why, owner=f"person:{person}")}


def _refused(rule: str) -> RefusedError:
    return RefusedError(f"This person may not do that (rule {rule}).", cure="Ask somebody whose role it is.")
