"""Why is this document not found for this person? What the Library page needs of the house to say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from policies.vocabulary import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that must hold, in words. `hint`: it alone keeps nothing away."""

    holds: bool
    said: str
    hint: bool = False


class Finding(Protocol):
    def why_not(self, person: Person, document: str, name: str) -> Sequence[Step]:
        """Each thing that must hold for the person of this name to find it, up to the first that does not. Raises
        RefusedError for anybody but operators and owners, UsageError for a name that nobody has."""
        ...
