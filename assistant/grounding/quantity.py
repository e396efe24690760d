"""A quantity: what it may mean and where it stands.

A quantity has readings, each a dimension and a value; two quantities agree when one reading of each does.
"half an hour" reads as 30 minutes, "9.30" as a number and as a time of day. `hard` says that the text
states a figure, so that it must stand in the passage; soft ones ("daily", "first", "half") only must not
contradict it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from assistant.grounding.dates import Date

Reading = tuple[str, Fraction]
ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity: what it may mean and where it stands."""

    start: int
    end: int
    readings: tuple[Reading, ...] = ()
    date: Date | None = None
    code: str = ""
    hard: bool = True
    raw: Fraction | None = None  # the number as it was written, before its unit was applied
    factor: Fraction = ONE

    @property
    def bare(self) -> bool:
        """A number without unit: only its value can be compared."""
        return self.date is None and not self.code and all(d == "n" for d, _ in self.readings)

    @property
    def dimensions(self) -> frozenset[str]:
        kinds = {_family(d) for d, _ in self.readings}
        if self.date is not None:
            kinds.add("date")
        return frozenset(kinds)


def _family(dimension: str) -> str:
    return "calendar" if dimension in {"time", "months", "workday", "worktime"} else dimension.partition(":")[0]
