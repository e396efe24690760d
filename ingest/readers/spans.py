"""Fields of a table that span rows and columns: each cell says what its field says, and stands in its own column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

_MAX_ADDED = 100_000  # cells of one table; a file can claim any number
_MAX_SAID = 1_000  # characters of a field that are said again
Field = tuple[str, int, int]  # what it says, how many columns and how many rows it takes
_Waiting = dict[int, tuple[str, int]]  # by column: what a field from above says, and for how many rows yet


def spread(rows: Iterable[Sequence[Field]]) -> Iterator[list[str]]:
    """The cells of each row. A field takes the first columns that no field from above takes. A wide one that says all
    that its row says is a line over the table, not a value of each column."""
    waiting: _Waiting = {}
    spare = _MAX_ADDED
    for fields in rows:
        if not waiting and all(across == down == 1 for _, across, down in fields):
            yield [said for said, _, _ in fields]
            continue
        alone = not waiting and sum(bool(said) for said, _, _ in fields) == 1
        cells: list[str] = []
        for said, across, down in fields:
            _from_above(cells, waiting)
            begin, across = len(cells), max(1, min(across, spare - len(cells)))
            again = "" if len(said) > _MAX_SAID or (alone and across > 1) else said
            cells += [said, *[again] * (across - 1)]
            for place in range(begin, len(cells)):
                waiting.pop(place, None)
                if down > 1:
                    waiting[place] = again, down - 1
        for place in sorted([len(cells), *waiting]):
            cells += [""] * (place - len(cells))
            _from_above(cells, waiting)
        spare -= len(cells) - len(fields)
        if spare <= 0:
            waiting.clear()
        yield cells


def number(stated: str | None) -> int:
    """How many columns or rows a file claims; 1 for what is no number."""
    return max(1, int(stated)) if stated and stated.isdecimal() and len(stated) < 8 else 1


def _from_above(cells: list[str], waiting: _Waiting) -> None:
    """Put in what fields from above say from here on."""
    while (held := waiting.pop(len(cells), None)) is not None:
        said, rows = held
        if rows > 1:
            waiting[len(cells)] = said, rows - 1
        cells.append(said)
