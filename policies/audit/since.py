"""Where in the record a moment lies. Times in the record never fall, so it is found without reading it all."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import Any, Protocol

from policies.audit.forms import fields_of


class Sized(Protocol):
    @property
    def size(self) -> int: ...


class Records(Protocol):
    """The record, for those who only read it."""

    def head(self) -> Sized: ...

    def bodies(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, str]]: ...


def first_since(records: Records, moment: int) -> int:
    """The index of the first record at or after `moment` (microseconds); the record's size when there is none."""
    return bisect_left(range(records.head().size), moment, key=lambda seq: time_of(records, seq))


def read(records: Records, start: int = 0, *kinds: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The records of these kinds from `start` on, parsed. What is spoiled is passed over."""
    wanted = tuple(f'"kind":"{kind}"' for kind in kinds)
    for seq, text in records.bodies(start):
        if not wanted or any(one in text for one in wanted):
            body = fields_of(text)
            if not kinds or body.get("kind") in kinds:
                yield seq, body


def one(records: Records, seq: int) -> dict[str, Any]:
    """The fields of one record; none when it is not there, or spoiled."""
    found = next(records.bodies(seq, seq + 1), None) if 0 <= seq < records.head().size else None
    return fields_of(found[1]) if found else {}


def decision_of(records: Records, number: int) -> tuple[int, dict[str, Any]]:
    """The decision that a record is, or led to, with its index; (-1, {}) when there is none."""
    body = one(records, number)
    if body.get("kind") == "Decided":
        return number, body
    question = number if body.get("kind") == "QuestionAsked" else body.get("question", body.get("closes", -1))
    found = (pair for pair in read(records, question, "Decided") if pair[1].get("question") == question)
    return next(found, (-1, {})) if isinstance(question, int) and question >= 0 else (-1, {})


def time_of(records: Records, seq: int) -> int:
    """When a record was made, in microseconds; 0 where there is none, or it is spoiled."""
    stated = one(records, seq).get("time")
    return stated if isinstance(stated, int) else 0
