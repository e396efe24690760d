"""Cutting a text into what is judged by itself: the whole, each sentence or line, and two neighbours together.

The highest score of all counts, so nothing harmless around a case can hide it. A long sentence is also read in
stretches that overlap, and so is a long text of few sentences: what the embedding model does not reach is never left
unread. A long text of many is read by its sentences alone: of 194 long texts longer stretches found a case in none
where these did not.
"""

from __future__ import annotations

import re

MOST = 1200  # pieces of one text, about 32,000 characters of prose; a text with more is not read in full
_BORDER = re.compile(r"(?<=[.!?…;])[\s\"”’)]+|(?<=[。！？])|\s*\n\s*|\s+[-–—•*]\s+")
_EASTERN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_LONG = 150  # words, about what the embedding model takes in
_STRETCH, _STEP = 24, 12  # words of a stretch, and from one start to the next
_MANY = 5  # words; what stands behind a colon is judged by itself when it has so many
_PAIRED = 4  # sentences; with fewer the whole tells it
_FEW, _SHORT = 3, 120  # words; a shorter sentence goes with its neighbour, up to so many characters


def pieces_of(text: str) -> tuple[list[str], bool]:
    """The pieces of `text`, each once, and whether they are all of it."""
    text = text.strip()
    if not text:
        return [], True
    sentences = _sentences(text)
    whole = _stretches(text, _LONG, _LONG // 2)
    found = [*(whole if len(whole) == 1 or len(sentences) < _PAIRED else ()), *_windows(sentences)]
    pieces = list(dict.fromkeys(found))
    return pieces[:MOST], len(pieces) <= MOST


def _windows(sentences: list[str]) -> list[str]:
    found = [stretch for sentence in sentences for stretch in _stretches(sentence, _STRETCH * 2, _STEP)]
    found += [rest for sentence in sentences if _size(rest := sentence.partition(": ")[2]) >= _MANY]
    if len(sentences) >= _PAIRED:  # two neighbours: who, and what about them
        found += [" ".join(sentences[n : n + 2]) for n in range(len(sentences) - 1)]
    return found


def _sentences(text: str) -> list[str]:
    """Sentences, lines and list items; very short ones together with the one before."""
    kept: list[str] = []
    for part in _BORDER.split(text):
        if not part or not any(char.isalnum() for char in part):
            continue
        if kept and len(kept[-1]) < _SHORT and min(_size(part), _size(kept[-1])) < _FEW:
            kept[-1] = f"{kept[-1]} {part}"
        else:
            kept.append(part)
    return kept


def _size(text: str) -> int:
    return len(text) // 3 if _EASTERN.search(text) else len(text.split())


def _stretches(text: str, longest: int, step: int) -> list[str]:
    """`text`, or when it has more than `longest` words, stretches that cover it twice over."""
    if _EASTERN.search(text):
        return _cut(text, longest * 3, step * 3, "")
    words = text.split()
    return [text] if len(words) <= longest else _cut(words, longest // 2 if step == _STEP else longest, step, " ")


def _cut(units: str | list[str], size: int, step: int, glue: str) -> list[str]:
    starts = range(0, max(1, len(units) - size + step), step)
    return [glue.join(units[start : start + size]) for start in starts]
