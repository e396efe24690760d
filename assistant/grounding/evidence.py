"""The words of the check: what it is given, what it answers, and the reasons it knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from numpy import ndarray

Embed: TypeAlias = "Callable[[Sequence[str]], ndarray]"

Status = Literal["supported", "unsupported", "supported_with_condition"]


class Reason(StrEnum):
    """Why a sentence may or may not be shown. Codes are stable: the record keeps them."""

    STATED = "STATED"  # the passage says it
    CONDITION = "CONDITION"  # the passage says it, with a condition that the sentence leaves out
    EMPTY = "EMPTY"  # nothing to check, or no passages
    NUMBER_NOT_FOUND = "NUMBER_NOT_FOUND"  # a number, date, amount or unit stands in no passage
    NAME_NOT_FOUND = "NAME_NOT_FOUND"  # a name, role or body stands in no passage, or not in this place
    NEGATION = "NEGATION"  # the passage says the opposite
    CROSS_WIRED = "CROSS_WIRED"  # the value belongs to something else
    LOW_OVERLAP = "LOW_OVERLAP"  # the passages do not speak of this
    SUPERSEDED = "SUPERSEDED"  # only the older version says it
    GENERALISED = "GENERALISED"  # a limited statement made general
    MIXED = "MIXED"  # halves of different statements


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One passage that was shown. `dated` is an ISO date or empty; `heading` is the one above the passage."""

    id: str
    text: str
    source: str
    page: int = 1
    dated: str = ""
    heading: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounding:
    """The answer of the check. `quote` and every condition are exact text of a passage.

    `supporting` is empty when the status is unsupported. `quote` may be filled even then: the sentence of
    the passages that comes nearest.
    """

    status: Status
    reason: Reason
    supporting: tuple[str, ...] = ()
    quote: str = ""
    conditions: tuple[str, ...] = ()

    @property
    def condition(self) -> str:
        """What must be shown beside the sentence, as one text."""
        return " … ".join(self.conditions)

    @property
    def shown(self) -> bool:
        return self.status != "unsupported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A sentence of a passage that answers a question. `start` and `end` are offsets in the passage's text.

    `text` is exact; `reading` is how it is shown: a row of a table with its column names, an item with its lead-in.
    """

    evidence_id: str
    text: str
    start: int
    end: int
    condition: str
    score: float
    reading: str = ""
