"""A second person's word: what waits for it, and what it opens.

What is promised: an agreement opens exactly one request (the bytes, the address, the destination), for the person who
asked, once, until it expires. It is spent by the departure on record, before a byte leaves: `depart` looks whether it
is still open and records the departure in one transaction, so that of two processes with the same bytes at the same
moment one goes. Only when the destination or the way to it failed may the same bytes go again: that need not be agreed
to twice. Agreements are read from the record and each is signed with the home's key, so that a record which was
tampered with opens nothing; a record that cannot be read opens nothing either. An agreement never overrides: rules,
labels and detectors decide again each time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from policies.audit.events import Approved, Content, Departed, Event
from policies.audit.since import Records, decision_of, first_since, one, read, time_of
from policies.errors import RecordError, RefusedError, UsageError
from policies.keys import Keys, pseudonym, verify

HOUR = 3_600_000_000  # microseconds
_SIGNED = ("decision", "outgoing", "destination", "asker", "expires")
_Key = tuple[str, str, str]  # asker, request, destination
LONGEST = 7 * 24  # hours that an agreement may hold, and that a request waits for one


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A request that was answered here and may leave when a second person agrees. `asker` is a pseudonym."""

    record: int
    question: int
    since: int
    asker: str
    outgoing: str
    destination: str
    label: str
    rules: tuple[str, ...]


class Departures(Records, Protocol):
    """The record, for who writes departures into it."""

    def append_unless(
        self, event: Event, stands: Callable[[Any], bool], contents: Mapping[str, Content] | None = None
    ) -> int | None:
        """The index of `event`, None when `stands` said yes inside the transaction."""
        ...


class Approvals:
    """The agreements of one home. Safe for several threads and processes."""

    def __init__(self, records: Departures, keys: Keys, *, clock: Callable[[], int]) -> None:
        self._records = records
        self._keys = keys
        self._clock = clock
        self._lock = threading.RLock()  # always taken before the record's own
        self._next = -1  # the first record that was not read yet
        self._agreed: dict[_Key, int] = {}  # to when it ends
        self._under_way: dict[int, tuple[_Key, int]] = {}  # a departure that spent one
        self._seen: dict[_Key, int] = {}  # the newest record of an agreement, spent or not

    def held_by(self, person: str, destination: str) -> Callable[[str], bool]:
        """Whether a second person has agreed that the request of this digest may leave for `person`, to `destination`
        (their ids)."""
        asker = pseudonym(self._keys, person)

        def holds(outgoing: str) -> bool:
            try:
                return self._is_open((asker, outgoing, destination))
            except RecordError:
                return False  # cannot be read: not agreed

        return holds

    def depart(self, event: Departed, contents: Mapping[str, Content] | None = None) -> int:
        """Record that a request is about to leave, and return the record's index. Where its decision rests on an
        agreement, that is spent by it. Raises RefusedError when another departure has spent it meanwhile, RecordError
        when nothing could be recorded."""
        rests = bool(one(self._records, event.decision).get("facts", {}).get("approved"))
        key = pseudonym(self._keys, event.actor), event.outgoing, event.destination
        with self._lock:
            seq = self._records.append_unless(event, lambda _: rests and not self._is_open(key), contents)
        if seq is None:
            raise RefusedError(
                "The agreement does not hold any more: it was used, or is too old.", cure="Ask for another one."
            )
        return seq

    def waiting(self) -> list[Waiting]:
        """What waits, oldest first; a request that was made several times, once. What was agreed to waits again when it
        is asked for again."""
        self._read_on()
        found: dict[_Key, Waiting] = {}
        since = first_since(self._records, self._clock() - LONGEST * HOUR)
        for seq, body in read(self._records, since, "Decided"):
            if (waits := _waiting(seq, body)) and self._seen.get(_key(waits), -1) < seq:
                found[_key(waits)] = waits
        return sorted(found.values(), key=lambda waits: waits.record)

    def request(self, record: int) -> Waiting:
        """The request that this record, a decision or its question, waits with. Raises UsageError when none does,
        RefusedError when it is too old."""
        waits = _waiting(*decision_of(self._records, record))
        if waits is None:
            raise UsageError(
                f"Record {record} is no request that waits for a second person.", cure="See `ringfence policy waiting`."
            )
        if waits.since < self._clock() - LONGEST * HOUR:
            raise RefusedError("This request is too old to be agreed to.", cure="Let the person ask again.")
        return waits

    def agreement(self, waits: Waiting, *, hours: int, actor: str, on_behalf_of: str = "") -> Approved:
        """The event that opens `waits`, to be recorded. Raises RefusedError when it would have ended already."""
        expires = self._clock() + min(hours, LONGEST) * HOUR
        if expires <= self._now():
            raise RefusedError("The clock lies behind the record: this would have ended already.", cure="Set it right.")
        unsigned = Approved(
            actor=actor,
            on_behalf_of=on_behalf_of,
            decision=waits.record,
            outgoing=waits.outgoing,
            destination=waits.destination,
            asker=waits.asker,
            expires=expires,
            signature="",
        )
        stated = {name: getattr(unsigned, name) for name in _SIGNED}
        return replace(unsigned, signature=self._keys.sign(_signed(stated)).hex())

    def _is_open(self, key: _Key) -> bool:
        """Whether the agreement holds, with everything that any process has recorded by now."""
        self._read_on()
        return self._agreed.get(key, 0) > self._now()

    def _now(self) -> int:
        """As late as the record knows it to be: a clock that is set back opens nothing that has ended."""
        return max(self._clock(), time_of(self._records, self._records.head().size - 1))

    def _read_on(self) -> None:
        with self._lock:
            size = self._records.head().size
            if self._next < 0:
                self._next = first_since(self._records, self._clock() - LONGEST * HOUR)
            for seq, body in read(self._records, self._next, "Approved", "Departed", "Returned", "BackupRestored"):
                self._note(seq, body)
                self._next = seq + 1
            self._next = max(self._next, size)

    def _note(self, seq: int, body: Mapping[str, Any]) -> None:
        key = str(body.get("asker") or body.get("actor")), str(body.get("outgoing")), str(body.get("destination"))
        match body["kind"]:
            case "BackupRestored":
                self._agreed.clear()  # what was used after the backup was made is in no record
            case "Approved" if self._is_ours(body):
                self._agreed[key], self._seen[key] = body["expires"], seq
            case "Departed" if key in self._agreed:
                self._under_way[seq] = key, self._agreed.pop(key)
            case "Returned" if body.get("outcome") == "error" and body.get("closes") in self._under_way:
                key, expires = self._under_way.pop(body["closes"])
                self._agreed.setdefault(key, expires)

    def _is_ours(self, body: Mapping[str, Any]) -> bool:
        try:
            return verify(self._keys.public, _signed(body), bytes.fromhex(body["signature"]))
        except (KeyError, TypeError, ValueError):
            return False


def _key(waits: Waiting) -> _Key:
    return waits.asker, waits.outgoing, waits.destination


def _signed(stated: Mapping[str, Any]) -> bytes:
    """The bytes that an agreement's signature is over."""
    return "\n".join(["ringfence-approval-1", *(str(stated[name]) for name in _SIGNED)]).encode()


def _waiting(seq: int, body: Mapping[str, Any]) -> Waiting | None:
    """None for anything but a request that a second person was asked about."""
    question, since = body.get("question"), body.get("time")
    if body.get("kind") != "Decided" or body.get("verdict") != "ask_human":
        return None
    if not isinstance(question, int) or not isinstance(since, int):
        return None
    return Waiting(
        record=seq,
        question=question,
        since=since,
        asker=str(body.get("on_behalf_of") or body.get("actor")),
        outgoing=str(body.get("outgoing")),
        destination=str(body.get("destination", "")),
        label=str(body.get("label", "")),
        rules=tuple(str(reason.get("rule", "")) for reason in body.get("reasons", [])),
    )
