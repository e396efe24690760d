"""What a view is: a reading of a text, and where in the text each of its characters came from.

A view is made from another by edits. Only the edits are kept, so a text that does not change costs nothing, and
where something came from is found by halving: first the place in the parent, then in the parent's parent.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass

AROUND = 80  # characters that stay on each side of a change, so that the words which name a number are seen
Edit = tuple[int, int, str]  # from, to, and what stands there instead


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One reading. `scattered`: what an edit put in may come from anywhere in what it took out."""

    name: str
    text: str
    parent: View | None = None
    edits: tuple[Edit, ...] = ()
    starts: tuple[int, ...] = ()
    scattered: bool = False

    def origin(self, start: int, end: int) -> tuple[int, int] | None:
        """The span of the original text that these characters came from; None for a span outside this text."""
        if not 0 <= start <= end <= len(self.text):
            return None
        if self.parent is None:
            return start, end
        left = self._back(start, last=False)
        right = self._back(end - 1, last=True) if end > start else left
        return self.parent.origin(left, max(left, right))

    def _back(self, place: int, *, last: bool) -> int:
        """Where in the parent the character at `place` begins, or (`last`) ends."""
        n = bisect_right(self.starts, place) - 1
        if n < 0:
            return place + last
        start, end, new = self.edits[n]
        inside = place - self.starts[n]
        if inside >= len(new):
            return end + inside - len(new) + last
        if len(new) == end - start and not self.scattered:
            return start + inside + last
        return end if last else start


def rewrite(parent: View, name: str, edits: Iterable[Edit], *, scattered: bool = False) -> View | None:
    """The view in which `edits` (in order, not overlapping) are made; None when that changes nothing."""
    text = parent.text
    kept = tuple(edit for edit in edits if text[edit[0] : edit[1]] != edit[2])
    if not kept:
        return None
    pieces: list[str] = []
    starts: list[int] = []
    done = length = 0
    for start, end, new in kept:
        pieces += text[done:start], new
        starts.append(length + start - done)
        length += start - done + len(new)
        done = end
    pieces.append(text[done:])
    return View(name, "".join(pieces), parent, kept, tuple(starts), scattered)


def excerpt(parent: View, name: str, edits: Iterable[Edit], *, scattered: bool = False) -> View | None:
    """As `rewrite`, and long stretches in which nothing changes are left out."""
    text = parent.text
    kept = [edit for edit in edits if text[edit[0] : edit[1]] != edit[2]]
    if not kept:
        return None
    with_gaps: list[Edit] = []
    done = 0
    for edit in kept:
        with_gaps += _gap(text, done, edit[0], first=done == 0 and not with_gaps)
        with_gaps.append(edit)
        done = edit[1]
    with_gaps += _gap(text, done, len(text), last=True)
    return rewrite(parent, name, with_gaps, scattered=scattered)


def _gap(text: str, start: int, end: int, *, first: bool = False, last: bool = False) -> list[Edit]:
    """What is left out between two changes: nothing, unless it is long. Words are not cut in two."""
    low = start if first else start + AROUND
    high = end if last else end - AROUND
    if high - low < 3 * AROUND:
        return []
    if not first:
        space = _SPACE.search(text, low, low + AROUND)
        low = space.start() if space else low
    if not last:
        space = _SPACE.search(text, high - AROUND, high)
        high = space.start() if space else high
    return [(low, high, "" if first or last else "\n\n")]


_SPACE = re.compile(r"\s")


def edits_of(pattern: re.Pattern[str], text: str, change: Callable[[re.Match[str]], str | None]) -> list[Edit]:
    """An edit for each match that `change` can read."""
    edits: list[Edit] = []
    for match in pattern.finditer(text):
        new = change(match)
        if new is not None and new != match.group():
            edits.append((match.start(), match.end(), new))
    return edits


def beside(first: list[Edit], second: list[Edit]) -> list[Edit]:
    """Both, in order; where two touch, the first."""
    out = list(first)
    place = 0
    for edit in second:
        while place < len(first) and first[place][1] <= edit[0]:
            place += 1
        if place == len(first) or first[place][0] >= edit[1]:
            out.append(edit)
    return sorted(out)
