"""What the Library page needs to change a document's label: upwards at once, downwards with a second person.

Every method checks the person and the rules, and raises RefusedError; what changes something is recorded before it is
done, and so is the opening of somebody's reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from policies.labels import Label
from policies.vocabulary import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Lowering:
    """A request that waits for a second person. Times are microseconds. `mine`: this person has asked for it;
    `may_answer`: the rules let this person agree or decline; looked at where one document is."""

    document: str
    name: str
    label: Label
    wanted: Label
    since: int
    until: int
    mine: bool
    may_answer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A document as it stands. `waits`: what was asked for it and has no answer yet."""

    document: str
    name: str
    label: Label
    waits: Lowering | None = None


class Labels(Protocol):
    def stands(self, person: Person, document: str) -> Labelled | None:
        """None for everybody but operators and owners, and where there is no such document."""
        ...

    def waiting(self, person: Person) -> Sequence[Lowering]:
        """Everything that waits, oldest first. Looking is recorded."""
        ...

    def change(self, person: Person, document: str, *, level: str, categories: Sequence[str], reason: str) -> Labelled:
        """Give the document this level and exactly these categories. Anything lower waits for a second person: it
        then stands in `waits` of what is returned."""
        ...

    def reason(self, person: Person, document: str) -> str:
        """Why its lowering was asked for, for somebody who may answer."""
        ...

    def agree(self, person: Person, document: str, *, reason: str) -> Label:
        """Lower it as was asked. The label as it is now."""
        ...

    def decline(self, person: Person, document: str, *, reason: str) -> None:
        """Its label stays."""
        ...
