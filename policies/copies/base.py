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


class Copies(Protocol):
    """Answers for one house."""

    def repeats(self, texts: Sequence[str], ceiling: Label) -> Sequence[Repeat]:
        """Every text that repeats a document whose label does not flow to `ceiling`.

        Raises an error when it cannot be told: then nothing leaves.
        """
        ...
