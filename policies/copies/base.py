"""What a house knows of the documents that may not leave it, as the decision asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from policies.labels import Label


class How(StrEnum):
    """In which way a text repeats a document."""

    QUOTATION = "quotation"
    PARAPHRASE = "paraphrase"
    CUMULATIVE = "cumulative"  # a little more of it than may have left already


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """`text` is the position of the text that was asked about. `document` is for the record, never for the asker."""

    text: int
    how: How
    document: str
    score: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """What a text would give away of one document above public: which of its marks, of how many. `above`: the document
    does not flow to the ceiling."""

    text: int
    document: str
    marks: frozenset[int]
    of: int
    above: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Everything that some texts repeat. `near`: not enough to hold a text back, too much to let it pass unnoticed."""

    repeats: tuple[Repeat, ...] = ()
    near: tuple[Repeat, ...] = ()
    touched: tuple[Touched, ...] = ()


class Copies(Protocol):
    """Answers for one house."""

    def repeats(self, texts: Sequence[str], ceiling: Label) -> Sequence[Repeat]:
        """Every text that repeats a document whose label does not flow to `ceiling`.

        Raises an error when it cannot be told: then nothing leaves.
        """
        ...


class Looks(Copies, Protocol):
    """Copies that also tell what comes near, for whoever keeps count."""

    def look(self, texts: Sequence[str], ceiling: Label) -> Seen: ...
