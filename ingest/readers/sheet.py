"""A sheet of a workbook, whichever kind of file it comes from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

MAX_CELLS = 4_000_000
Row = tuple[int, list[str]]  # its number, as the program that made it shows it, and its cells


@dataclass(slots=True)
class Sheet:
    """`beside`: comments, and what is drawn over the cells. `margins`: heads and feet of printed pages. `hid`: whether
    rows or columns that nobody sees were left out."""

    title: str
    rows: Iterable[Row] = ()
    beside: list[str] = field(default_factory=list)
    margins: list[str] = field(default_factory=list)
    hid: bool = False
