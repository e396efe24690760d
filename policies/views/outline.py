"""What kinds of tokens a text holds, found once, so that most readings need not be tried on most texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from policies.views.words import foreign, is_known, mean_likeness

Span = tuple[int, int]
SAMPLE = 160  # letters by which a stretch is judged

_LONG = re.compile(r"[^\W\d_]{4,}")
_HEX = re.compile(r"[a-f]+")  # letters as they stand in a digest or a UUID
_SHORT_BEFORE = re.compile(r"(?:(?<!\S)[^\W\d_]{1,3} ){1,3}\Z")
_ABOUT = ".,;:!?()[]{}'\"“”‘’«»„…*"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words in a row of which none of four letters or more is known, and how much they look like words."""

    start: int
    end: int
    words: tuple[str, ...]
    looks: float


@dataclass(frozen=True, slots=True)
class Outline:
    """`odd`: each token that is no plain word, once, one to a line. `unknown`: words of four letters and more that
    neither English nor the language of the text knows."""

    odd: str
    unknown: frozenset[str]
    stretches: tuple[Stretch, ...]


def outline(text: str) -> Outline:
    """The outline of `text`."""
    odd = "\n".join(token for token in set(text.split()) if not _is_plain(token))
    distinct = {word.lower() for word in set(_LONG.findall(text))}
    unknown = frozenset(
        word for word in distinct if not is_known(word) and not _HEX.fullmatch(word) and len(set(word)) > 1
    )
    unknown -= foreign(unknown)
    return Outline(odd, unknown, tuple(_stretches(text, unknown)) if unknown else ())


def _is_plain(token: str) -> bool:
    bare = token.strip(_ABOUT)
    if "-" in bare or "'" in bare or "’" in bare:
        if bare[:4].lower() == "xn--":
            return False
        bare = bare.replace("-", "").replace("'", "").replace("’", "")
        return bare.isalpha()
    return bare.isalpha() and (bare[1:].islower() or len(bare) < 8)


def _stretches(text: str, unknown: frozenset[str]) -> Iterator[Stretch]:
    """Two unknown words, or one of seven letters; a known word of four letters ends a stretch."""
    row: list[re.Match[str]] = []
    for match in _LONG.finditer(text):
        strange = match.group().lower() in unknown
        if row and (not strange or match.start() - row[-1].end() > 60):
            yield from _stretch(row)
            row = []
        if strange:
            row.append(match)
    if row:
        yield from _stretch(row)


def _stretch(row: list[re.Match[str]]) -> Iterator[Stretch]:
    if len(row) < 2 and len(row[0].group()) < 7:
        return
    words: list[str] = []
    letters = 0
    for match in row:
        words.append(match.group()[:SAMPLE])
        letters += len(match.group())
        if letters > SAMPLE:
            break
    yield Stretch(row[0].start(), row[-1].end(), tuple(words), mean_likeness(words))


def widened(text: str, start: int) -> int:
    """The beginning of the short words that stand before a place: they may belong to the stretch."""
    if start < 2 or text[start - 1] != " ":
        return start
    before = text[max(0, start - 12) : start]
    match = _SHORT_BEFORE.search(before[before.rfind("\n") + 1 :])
    return start - len(match.group()) if match else start
