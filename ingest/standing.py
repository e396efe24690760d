"""What is known of a file's label before it is read: what ids of sensitivity labels mean, and what stands already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from policies.labels import PUBLIC, Label, Level, join

UNKNOWN = Label(level=Level.RESTRICTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The label that a document has before it is looked at again. `agreed_away`: what two persons agreed that this very
    version need not be."""

    label: Label
    agreed_away: Label | None = None

    def settled(self, said: Label) -> Label:
        """Raised by what is said now, unless all of that was agreed away."""
        if self.agreed_away is not None and said.flows_to(self.label.raised(self.agreed_away)):
            return self.label
        return self.label.raised(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """`mapping`: what ids of sensitivity labels mean; `standing`: the label that the file is labelled on top of;
    `least` and `ids`: what the containers it lies in are marked with."""

    mapping: Mapping[str, Label] = field(default_factory=dict)
    standing: Standing | None = None
    least: Label = PUBLIC
    ids: frozenset[str] = frozenset()


NOTHING = Before()


def meaning(mapping: Mapping[str, Label], ids: Iterable[str]) -> Label:
    """The join of what these ids mean. One that nobody has mapped counts as restricted."""
    return join(mapping.get(one, UNKNOWN) for one in ids)
