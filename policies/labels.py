"""How sensitive a text is, as a lattice: a level, and a set of categories.

The one promise of this file: joining never loosens. `join` takes the highest level and the
union of categories, so a text made of parts is at least as sensitive as each part. The join of
nothing is public; a label that should be there and is not is `TOP`, which flows nowhere but `TOP`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Level(IntEnum):
    """Ordered: a higher level is more sensitive."""

    PUBLIC = 0
    INTERNAL = 1
    CONFIDENTIAL = 2
    RESTRICTED = 3

    def __str__(self) -> str:
        return self.name.lower()


class Category(StrEnum):
    """Why a text is sensitive. Closed: a category nobody knows counts as all of them."""

    PERSONAL = "personal"
    HEALTH = "health"
    PAYMENT = "payment"
    PRIVILEGED = "privileged"
    MARKET_SENSITIVE = "market-sensitive"
    CREDENTIALS = "credentials"


ALL_CATEGORIES = frozenset(Category)


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A point of the lattice."""

    level: Level
    categories: frozenset[Category] = frozenset()

    def flows_to(self, ceiling: Label) -> bool:
        """Whether something with this label may go where `ceiling` is the most allowed."""
        return self.level <= ceiling.level and self.categories <= ceiling.categories

    def raised(self, other: Label) -> Label:
        """The join with one other label."""
        return Label(level=max(self.level, other.level), categories=self.categories | other.categories)

    def __str__(self) -> str:
        return " ".join([str(self.level), *sorted(self.categories)])


PUBLIC = Label(level=Level.PUBLIC)
TOP = Label(level=Level.RESTRICTED, categories=ALL_CATEGORIES)


def join(labels: Iterable[Label]) -> Label:
    """The least label that every one of `labels` flows to; public when there is none."""
    result = PUBLIC
    for label in labels:
        result = result.raised(label)
    return result


def parse_level(text: str | None) -> Level:
    """A level by its name, in any case. Missing or unknown: restricted."""
    try:
        return Level[(text or "").strip().upper()]
    except KeyError:
        return Level.RESTRICTED


def parse_categories(names: Iterable[str]) -> frozenset[Category]:
    """Categories by name. One unknown name stands for all of them."""
    try:
        return frozenset(Category(name.strip().lower()) for name in names)
    except ValueError:
        return ALL_CATEGORIES


def parse_label(text: str | None) -> Label:
    """The inverse of `str(label)`. Nothing, or a first word that is no level: `TOP`."""
    words = (text or "").split()
    if not words or words[0].upper() not in Level.__members__:
        return TOP
    return Label(level=parse_level(words[0]), categories=parse_categories(words[1:]))
