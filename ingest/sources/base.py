"""Where documents come from. A source says what is there; it never decides what to do about it.

A source that keeps its own rights gives each found file its groups; a folder has none and gives None: the operator
names them. Network sources keep the same promise from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from policies.vocabulary import SourceRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file that is there. `mtime` is microseconds since 1970; `open` reads its bytes, later and perhaps elsewhere."""

    ref: SourceRef
    size: int
    mtime: int
    open: Callable[[], bytes]
    groups: frozenset[str] | None = None


class Source(Protocol):
    """One place. `name` is stable: it is half of every document's id."""

    name: str

    def scan(self) -> Iterator[Found]:
        """Every file, in a stable order, each path once. Raises UnavailableError when the place cannot be seen:
        an unseen place is not an empty one."""
        ...
