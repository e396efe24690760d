"""What a document says of itself, as it is kept and as it is matched.

It is text that somebody wrote: it is bounded, and it only ever narrows what is looked at. Matching is by words without
case and accents, letters apart from figures, so that `10k` is `10-K` and `2023Q1` is `Q1 2023`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, Protocol

from policies.errors import UsageError

LONGEST = 200
MOST_AUTHORS = 8
MOST_WORDS = 32  # of one field, as they are matched
_PARTS = re.compile(r"[^\W\d_]+|\d+")
_SHORT_YEAR = re.compile(r"\b(fy)\s?['’]?(\d\d)\b", re.I)
_DAY = re.compile(r"((?:19|20)\d\d)(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?")
_FORMS = (  # what the forms of filings are called in words
    (re.compile(r"\b(?:10-?K|20-?F|40-?F)\b", re.I), "annual report"),
    (re.compile(r"\b10-?Q\b", re.I), "quarterly report"),
    (re.compile(r"\b[86]-?K\b", re.I), "current report"),
)


class Stating(Protocol):
    """A document, or a line of the list of documents."""

    @property
    def dated(self) -> str: ...
    @property
    def authors(self) -> tuple[str, ...]: ...
    @property
    def company(self) -> str: ...
    @property
    def period(self) -> str: ...
    @property
    def kind(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The words by which a document can be asked for. `dated` is YYYYMMDD; 0 when it has no date."""

    company: frozenset[str] = frozenset()
    period: frozenset[str] = frozenset()
    kind: frozenset[str] = frozenset()
    author: frozenset[str] = frozenset()
    dated: int = 0

    def words(self) -> list[str]:
        """Every word with its field in front: what an index keeps."""
        return _words_of(self)

    @classmethod
    def of(cls, words: Iterable[str], *, dated: int) -> Said:
        """Read back from what an index keeps; what is no field of ours is left out."""
        found = [word.partition(" ") for word in words]
        fields = {name: frozenset(word for field, _, word in found if field == name) for name in WORDED}
        return cls(**fields, dated=dated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """A document passes when it says every word that is asked for, and its date lies from `since` to `until`. A
    document without a date passes no limit on dates. Asking for nothing lets everything pass."""

    company: frozenset[str] = frozenset()
    period: frozenset[str] = frozenset()
    kind: frozenset[str] = frozenset()
    author: frozenset[str] = frozenset()
    since: int = 0
    until: int = 0

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))

    def words(self) -> list[str]:
        """Every word that must be there, with its field in front."""
        return _words_of(self)

    def admits(self, said: Said) -> bool:
        if (self.since or self.until) and not (said.dated and self.since <= said.dated <= (self.until or said.dated)):
            return False
        return all(getattr(self, name) <= getattr(said, name) for name in WORDED)


SILENT = Said()
WORDED = ("company", "period", "kind", "author")
ANYTHING = Sought()


def said(*, company: str = "", period: str = "", kind: str = "", authors: Iterable[str] = (), dated: str = "") -> Said:
    """What is kept of a document, as it is matched."""
    return Said(
        company=words(company),
        period=words(period),
        kind=words(in_words(kind)),
        author=words(" ".join(authors)),
        dated=_days(dated)[0],
    )


def said_by(document: Stating) -> Said:
    return said(
        company=document.company,
        period=document.period,
        kind=document.kind,
        authors=document.authors,
        dated=document.dated,
    )


def stated(document: Stating) -> dict[str, Any]:
    """What a document says of itself, for a person or a program to read."""
    return {
        "dated": document.dated,
        "authors": list(document.authors),
        "company": document.company,
        "period": document.period,
        "kind": document.kind,
    }


def sought(
    *, company: str = "", period: str = "", kind: str = "", author: str = "", since: str = "", until: str = ""
) -> Sought:
    """What a person asks for. Raises UsageError for a date that is none and for a text without letters or figures."""
    asked = {"company": company, "period": period, "kind": kind, "author": author}
    found = {name: words(text) for name, text in asked.items()}
    for name, text in asked.items():
        if text and not found[name]:
            raise UsageError(f"There is nothing to look for in the {name} {text!r}.", cure="Name it in letters.")
    for text in (since, until):
        if text and not _days(text)[0]:
            raise UsageError(f"{text!r} is no date.", cure="Write it as 2023, 2023-06 or 2023-06-30.")
    return Sought(**found, since=_days(since)[0], until=_days(until)[1])


def _words_of(fielded: Said | Sought) -> list[str]:
    return sorted(f"{name} {word}" for name in WORDED for word in getattr(fielded, name))


def words(text: str) -> frozenset[str]:
    """The words of a field, at most `MOST_WORDS`, without case and accents."""
    return frozenset(parts(text)[:MOST_WORDS])


def parts(text: str) -> list[str]:
    """Words and figures in their order."""
    return _PARTS.findall(spelled_years(folded(text)))


def spelled_years(text: str) -> str:
    """FY22 as FY 2022."""
    return _SHORT_YEAR.sub(r"\1 20\2", text)


def folded(text: str) -> str:
    """Without case and accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in apart if not unicodedata.combining(char))


def in_words(kind: str) -> str:
    """A kind with what else it is called: a 10-K is an annual report."""
    return " ".join([kind, *(name for form, name in _FORMS if form.search(kind))])


def tidy(text: str) -> str:
    """One line of at most `LONGEST` characters that can be stored and shown."""
    start = text[: 4 * LONGEST].encode("utf-8", "replace").decode("utf-8")
    shown = "".join(char if char.isprintable() else " " for char in start)
    return " ".join(shown.split())[:LONGEST].rstrip()


def authors(text: str) -> tuple[str, ...]:
    """The people that a file names, each once."""
    named = (tidy(name) for name in re.split(r"[;\n]", text[: LONGEST * MOST_AUTHORS]))
    return tuple(dict.fromkeys(name for name in named if name))[:MOST_AUTHORS]


def _days(date: str) -> tuple[int, int]:
    """The first and the last day of a date, a month or a year, as YYYYMMDD; zeros for what is none."""
    match = _DAY.fullmatch(date.strip())
    if not match:
        return 0, 0
    year, month, day = match.groups()
    return int(f"{year}{month or '01'}{day or '01'}"), int(f"{year}{month or '12'}{day or '31'}")
