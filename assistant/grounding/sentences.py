"""Where one sentence ends and the next begins, for whole texts and for text that arrives in pieces.

A sentence keeps the white space in front of it, so that joining all sentences gives the text back (without
the white space at its very end); a line break in front starts a new line or paragraph. A border is decided
from what stands before it and from one word after it: pieces of any size give the same sentences.
"""

from __future__ import annotations

import re

from assistant.grounding.words import word_set

LONGEST = 2000  # a "sentence" longer than this is cut at white space: nothing is held back for ever
_AHEAD = 24  # so many characters after the white space decide a border

_CANDIDATE = re.compile(r"[.!?…。！？]+[\"'”’»)\]*_]{0,4}(?=\s)|\n")
_BLANK = re.compile(r"[ \t\r]*\n")
_SPACE = re.compile(r"\s*")
_LAST_WORD = re.compile(r"([^\s(\[\"'„“«]+)[.]$")
_ITEM = re.compile(r"(?:[-*•–·▪◦]|\d{1,3}[.)]|[a-zA-Z][.)]|#{1,6}|>)\s|[|#]")
_ONLY_MARKER = re.compile(r"\s*(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]$")
_ORDINAL = re.compile(r"(?:^|\s)(\S+)\s+\d{1,2}\.$")

_ABBREVIATIONS = word_set(
    "dr mr mrs ms prof st sr jr rev hon gen col capt lt sgt no nos nr art arts sec para paras p pp fig figs vol ed eds ch "
    "cl app approx ca cf vs v e.g i.e etc al incl excl dept est tel ext max min resp z.b d.h u.a bzw ggf usw abs str inkl "
    "zzgl vgl evtl sog hr fr mme mlle m av bd ste env sra sres srta d.ª ud uds vd núm num pág ej p.ej aprox u.s u.k inc ltd "
    "co corp jan feb mar apr jun jul aug sep sept oct nov dec okt dez mon tue wed thu fri sat sun"
)
# These end a sentence as often as not: the next word decides by its capital letter.
_MAYBE = word_set("etc inc ltd co corp usw al u.s u.k ext a.m p.m am pm")
_BEFORE_NAME = word_set("by from to of and with for mit von und an par de et à por y con see vgl cf")
_GERMAN_BEFORE = word_set(
    "am vom ab zum bis der den dem des seit im das die beim und jeder jeden jedem spätestens stand"
)
_ONLY_GERMAN = word_set("vom zum beim seit jeden jedem")
_SHARED_MONTHS = frozenset({"Jan", "Feb", "Apr", "Jun", "Jul", "Aug", "Sep", "Nov"})  # English spells them alike
_GERMAN_AFTER = re.compile(
    r"(?:Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)|(?:Geburtstag|Lebensjahr|Tag|Monat|Jahr|Woche|Stock|Etage|Quartal)"
)


def split_sentences(text: str) -> list[str]:
    """The sentences of a text. Joined they are the text again, up to white space at its end."""
    sentences: list[str] = []
    start = 0
    while (border := _border(text, start, final=True)) is not None:
        sentences.append(text[start:border])
        start = border
    if rest := text[start:].rstrip():
        sentences.append(rest)
    return sentences


class SentenceBuffer:
    """Takes text in pieces of any size and hands out each sentence as soon as its border is certain."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, piece: str) -> list[str]:
        """The sentences that this piece completes, often none."""
        self._held += piece
        sentences: list[str] = []
        start = 0
        while (border := _border(self._held, start, final=False)) is not None:
            sentences.append(self._held[start:border])
            start = border
        self._held = self._held[start:]
        return sentences

    def flush(self) -> list[str]:
        """What is left when no more text will come; the buffer is empty afterwards."""
        held, self._held = self._held, ""
        return split_sentences(held)


def _border(text: str, start: int, *, final: bool) -> int | None:
    """The end of the sentence that begins at `start`; None when it is not certain yet or the text ends first."""
    first = _SPACE.match(text, start)
    begin = first.end() if first else start
    limit = begin + LONGEST
    for hit in _CANDIDATE.finditer(text, begin, min(len(text), limit + 1)):
        after = _SPACE.match(text, hit.end())
        ahead = after.end() if after else hit.end()
        if not final and len(text) < ahead + _AHEAD:
            return None
        if ahead >= len(text):
            return None
        if _is_border(text, begin, hit, ahead):
            return hit.start() if hit.group() == "\n" else hit.end()
    if len(text) > limit + (0 if final else _AHEAD):
        cut = max(text.rfind(" ", begin + 1, limit), text.rfind("\n", begin + 1, limit))
        return cut if cut > begin else limit
    return None


def _is_border(text: str, begin: int, hit: re.Match[str], ahead: int) -> bool:
    if hit.group() == "\n":
        return _line_ends(text, begin, hit.start(), ahead)
    upcoming = text[ahead : ahead + _AHEAD]
    if "\n" in text[hit.end() : ahead] and _line_ends(text, begin, text.find("\n", hit.end()), ahead):
        return not _ONLY_MARKER.fullmatch(text[begin : hit.end()])
    if upcoming[0].islower():
        return False
    if not hit.group().startswith(".") or len(hit.group().rstrip("\"'”’»)]*_")) > 1:
        return True
    return not _point_belongs_to_word(text[begin : hit.start() + 1], upcoming)


def _line_ends(text: str, begin: int, newline: int, ahead: int) -> bool:
    """Whether a line break is a border: a blank line, a list item, a heading or a table row stands on either side."""
    if _BLANK.match(text, newline + 1):
        return True
    return bool(_ITEM.match(text[ahead : ahead + _AHEAD]) or _ITEM.match(text[begin : begin + 8]))


def _point_belongs_to_word(before: str, upcoming: str) -> bool:
    """Whether the point at the end of `before` is part of an abbreviation, a number of an item, or an ordinal."""
    if _ONLY_MARKER.fullmatch(before):
        return True
    ordinal = _ORDINAL.search(before[-40:])
    if ordinal and _is_german_ordinal(ordinal.group(1).lower().rstrip(":,"), upcoming):
        return True
    word = _LAST_WORD.search(before[-40:])
    if word is None:
        return False
    last = word.group(1).lower()
    if last in _MAYBE:
        return not upcoming[0].isupper()
    if len(last) == 1 and last.isalpha():
        return _is_initial(before[-40:])
    return last in _ABBREVIATIONS or bool(re.fullmatch(r"(?:[a-z]\.)+[a-z]", last))


def _is_initial(before: str) -> bool:
    """ "Dr J." is an initial; "2 g." and "tranche B." are not."""
    words = before.split()
    previous = words[-2] if len(words) > 1 else ""
    if previous[-1:].isdigit():
        return False
    if len(previous) == 2 and previous.endswith("."):  # "z. B.", "p. a."
        return True
    return not previous or previous[0].isupper() or previous.lower() in _BEFORE_NAME


def _is_german_ordinal(word: str, upcoming: str) -> bool:
    # "am" and "die" are English words too: there the word that follows must be German as well.
    if _GERMAN_AFTER.match(upcoming):
        return upcoming[:3] not in _SHARED_MONTHS or word in _GERMAN_BEFORE
    return word in _ONLY_GERMAN and upcoming[0].isupper()
