"""Where documents come from. A source says what is there; it never decides what to do about it.

What every source promises, and `tests/test_ingest/test_source_contract.py` asks of each: every file once, in a stable
order, under a path that stays the same; bytes that are read only when somebody opens the file; nothing from outside
the place; an error, never an empty answer, when the place cannot be seen. A source that keeps its own rights and labels
says them of each file; a folder has none and leaves them to the operator. Network sources keep the same promise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from policies.labels import Category, Level
from policies.vocabulary import SourceRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file that is there. `mtime` is microseconds since 1970; `open` reads its bytes, later and perhaps elsewhere.

    What follows is what the source itself says of the file. `groups`: who reads it; None leaves that to the operator,
    and no group at all means nobody. `level` and `categories` only raise what the operator named. `title` and `dated`
    (ISO) go before what is found in the file. `valid_until` (ISO): the last day on which it is answered from.
    """

    ref: SourceRef
    size: int
    mtime: int
    open: Callable[[], bytes]
    groups: frozenset[str] | None = None
    level: Level | None = None
    categories: frozenset[Category] = frozenset()
    owner: str = ""
    title: str = ""
    dated: str = ""
    valid_until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A file that the source names and cannot give. `reason` is a code that stands in ingest/README.md."""

    ref: SourceRef
    reason: str


class Source(Protocol):
    """One place. `name` is stable: it is half of every document's id."""

    name: str

    def scan(self) -> Iterator[Found | Missing]:
        """Every file, in a stable order, each path once. Raises Unseen when the place cannot be seen: an unseen place
        is not an empty one. Raises UsageError when what the source says of its files cannot be right; a caller takes
        nothing in before the scan has ended."""
        ...
