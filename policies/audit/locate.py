"""Where a record was touched: fitting the rows that are there to the places that the signed heads prove.

The head of each size gives the root over that many records. So, going up from a part that is proven, the row
that belongs at the next place is the one whose leaf gives the next root: usually the row that lies there;
otherwise its neighbour (something was put in) or the row that calls itself by that number (things were
exchanged). Where no row fits, the one that belonged there is changed or gone, and the places behind it cannot be
proven one by one, up to the next power of two: there the signed root is the whole frontier, and proving goes
on. In between, a row is taken at its word: it counts as in place when it calls itself by its number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from policies.audit.findings import Code, Finding
from policies.audit.tree import Frontier, leaf_hash

MOST = 200  # findings of one kind; more say nothing new
_OWN = re.compile(rb'"seq":(\d{1,16}),')


@dataclass(slots=True)
class _Fitting:
    """Which row stands for which place."""

    placed: dict[int, int] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)
    empty: list[int] = field(default_factory=list)
    unproven: dict[int, int] = field(default_factory=dict)  # empty place -> the first that is proven again

    def put(self, place: int, row: int) -> None:
        self.placed[place] = row
        self.used.add(row)


def own_number(body: bytes) -> int:
    """The number that a record calls itself by; -1 when it names none."""
    found = _OWN.findall(body)
    return int(found[-1]) if found else -1


def locate(
    proven: Frontier,
    rows: Sequence[tuple[int, bytes]],
    roots: Mapping[int, bytes],
    trusted: Callable[[int], bool],
    end: int,
) -> list[Finding]:
    """Say what is wrong behind the part that is `proven`.

    `rows` are all rows that are not proven, `roots` the roots of the heads by size, `trusted` tells whether the
    head of a size is signed, and `end` is the size of the last one that is.
    """
    fitting = _fit(proven, dict(rows), roots, trusted, end)
    spare = [seq for seq, _ in rows if seq not in fitting.used]
    findings = _empty_places(fitting, spare, end)
    findings += [
        Finding(code=Code.EXTRA, seq=seq, detail="No signed head covers this record.")
        if seq >= end
        else Finding(code=Code.EXTRA, seq=seq, detail="This record was put in between.")
        for seq in _starts(spare)[:MOST]
    ]
    return sorted(findings + _reordered(fitting), key=lambda finding: finding.seq)


def _fit(
    proven: Frontier,
    bodies: Mapping[int, bytes],
    roots: Mapping[int, bytes],
    trusted: Callable[[int], bool],
    end: int,
) -> _Fitting:
    fitting, frontier = _Fitting(), proven.copy()
    named: dict[int, list[int]] = {}
    for seq, body in bodies.items():
        named.setdefault(own_number(body), []).append(seq)
    again, before = proven.size, proven.size - 1
    for place in range(proven.size, end):
        candidates = [
            row
            for row in dict.fromkeys([place, before + 1, *named.get(place, ())])
            if row in bodies and row not in fitting.used
        ]
        if place == again and place != frontier.size:
            frontier = Frontier(place, [roots[place]])
        if place < again:  # in the dark: take a row at its word
            row = next((row for row in candidates if own_number(bodies[row]) == place), None)
        else:
            row = _fitting_row(frontier, candidates, bodies, roots, place, trusted)
        if row is not None:
            fitting.put(place, row)
            before = row
            if place >= again:
                frontier.append(leaf_hash(bodies[row]))
            continue
        before += 1
        fitting.empty.append(place)
        if place >= again:
            again = _next_border(place, end, roots, trusted)
            fitting.unproven[place] = again
    return fitting


def _fitting_row(
    frontier: Frontier,
    candidates: Iterable[int],
    bodies: Mapping[int, bytes],
    roots: Mapping[int, bytes],
    place: int,
    trusted: Callable[[int], bool],
) -> int | None:
    """The candidate whose leaf gives the root of the next head."""
    wanted = roots.get(place + 1)
    for row in candidates:
        trial = frontier.copy()
        trial.append(leaf_hash(bodies[row]))
        if trial.root() == wanted:
            return row
    if wanted is None or not trusted(place + 1):
        # This head proves nothing; the next one will. Until then the row is taken at its word.
        return next((row for row in candidates if own_number(bodies[row]) == place), None)
    return None


def _next_border(place: int, end: int, roots: Mapping[int, bytes], trusted: Callable[[int], bool]) -> int:
    """The next size at which one signed root is the whole frontier; `end` when there is none."""
    border = 1
    while border <= place:
        border <<= 1
    while border < end and not (border in roots and trusted(border)):
        border <<= 1
    return min(border, end)


def _empty_places(fitting: _Fitting, spare: list[int], end: int) -> list[Finding]:
    """Changed where a row that fits nowhere lies in the place, else missing, or cut off at the end."""
    findings: list[Finding] = []
    gone: list[int] = []
    for place in fitting.empty:
        beside = fitting.placed.get(place - 1, place - 1) + 1
        row = next((row for row in (beside, place) if row in spare), None)
        if row is None:
            gone.append(place)
        else:
            spare.remove(row)
            detail = "This record is not the one that was signed." + _dark(fitting, place)
            findings.append(Finding(code=Code.MODIFIED, seq=place, detail=detail))
    for start in _starts(gone):
        last = start
        while last + 1 in gone:
            last += 1
        cut = last == end - 1
        findings.append(
            Finding(
                code=Code.TRUNCATED if cut else Code.MISSING,
                seq=start,
                detail=(
                    f"{last - start + 1} record(s) " + ("are cut off from here on." if cut else "are missing here.")
                )
                + _dark(fitting, start),
            )
        )
    return findings[:MOST]


def _dark(fitting: _Fitting, place: int) -> str:
    again = fitting.unproven.get(place, place)
    return f" Records {place + 1} to {again - 1} cannot be proven one by one." if again > place + 1 else ""


def _reordered(fitting: _Fitting) -> list[Finding]:
    """Places whose row would stand elsewhere if the rows were put in order."""
    rank = {row: number for number, row in enumerate(sorted(fitting.used))}
    return [
        Finding(code=Code.REORDERED, seq=place, detail=f"The record that belongs here lies at {row}.")
        for number, (place, row) in enumerate(sorted(fitting.placed.items()))
        if rank[row] != number
    ][:MOST]


def _starts(places: Sequence[int]) -> list[int]:
    """The first of each run of consecutive numbers."""
    known = set(places)
    return [place for place in sorted(known) if place - 1 not in known]
