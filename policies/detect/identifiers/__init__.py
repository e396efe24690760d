"""Numbers that stand for one person, one account or one card, in 60 countries' forms.

What is looked at first are places with digits close together; where there is none there is nothing to find. Groups
of digits are looked up by their shape in one table, so the time does not grow with the number of kinds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from policies.detect import contacts
from policies.detect.identifiers.checks import is_sample
from policies.detect.identifiers.context import GENERIC, LABELS, PEOPLE, Around, has, has_misspelt
from policies.detect.identifiers.kinds import KINDS, Digits, by_total, words_of
from policies.detect.identifiers.lettered import LETTERED, Lettered
from policies.labels import Category
from policies.vocabulary import Finding

__all__ = ["IdentifierDetector"]

Place = tuple[int, int]
MOST = 600  # numbers that are looked at; a text with more is a list of them, and is held as one
LISTED = (
    8  # numbers of records; a text with so many is an extract from somebody's books, whatever the numbers stand for
)
_RECORD = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{1,4}[-_]?\d{6,14}(?![A-Za-z0-9]|[.,]\d)")
_CLUSTER = re.compile(r"\d(?:[ .\-/]{0,3}\d){4,}")
# Begins with a digit, so that the search may skip everything else; what stands before it is looked at behind.
_AMONG_LETTERS = re.compile(
    r"\d(?:[A-Za-z]{1,3}\d|(?<=[A-Za-z]\d)\d{2,3}(?!\d)|(?<=[A-ZÄÖÜ][- ]\d)\d{0,3}(?!\d)|\d{0,3}[- ][A-Z]{1,3}\b|[0-9A-Fa-f]?[:-][0-9A-Fa-f]{2}[:-]|[a-f]{0,3}\.[0-9a-f]{4}\.|(?<=[bB][cC]1)|x[0-9a-fA-F]{4})"
)
_GROUP = re.compile(r"\d+")
_TOTALS = by_total(KINDS)
_WORDS = {id(kind): words_of(kind) for kind in KINDS}
LONGEST = 22  # digits of one number
WIDE = 12  # groups of one number


class IdentifierDetector:
    """Structured identifiers, telephone numbers, addresses of mail, birth dates and homes."""

    name = "identifiers"
    version = "3"

    def find(self, text: str, language: str = "en") -> list[Finding]:
        found = [_finding(kind, place, Category.PERSONAL) for kind, place in contacts.find(text, text.lower())]
        clusters = [match.span() for match in _CLUSTER.finditer(text)]
        around = Around(text, MOST)
        for start, end in clusters:
            found += _in_cluster(text, start, end, around)
        places = sorted({*clusters, *(match.span() for match in _AMONG_LETTERS.finditer(text))})
        apart = _LABELLED.sub(lambda match: f"{match.group()[:-1]} ", text) if places else text
        for start, end in _merged(places, before=24, after=38, length=len(text)):
            found += _with_letters(apart, start, end, around)
        if around.left < 0:
            found.append(_finding(contacts.FLOOD, (0, len(text)), Category.PERSONAL))
        listed = [match.span() for match in _RECORD.finditer(text)]
        if len({text[start:end] for start, end in listed}) >= LISTED:
            found.append(_finding("RECORD_NUMBERS", (listed[0][0], listed[-1][1]), Category.PERSONAL))
        return list(dict.fromkeys(found))

    def canaries(self) -> tuple[tuple[str, str], ...]:
        return (
            ("IBAN", "IBAN GB17 MERI 2014 6512 3456 78"),
            ("CREDIT_CARD", "card 4539 9892 3597 2870"),
            ("US_SSN", "SSN 536-22-8476"),
            ("UK_NHS", "NHS number 999 676 4869"),
            ("DE_TAX_ID", "Steuer-ID 67 428 405 137"),
            ("PASSPORT", "Reisepass C01X00T47"),
            ("PHONE", "call +44 20 7946 0991"),
            ("EMAIL", "write to zuri.pendlebury@fastpost.co.uk"),
            ("DATE_OF_BIRTH", "geboren am 14.03.1987"),
        )


def _finding(kind: str, place: Place, category: Category) -> Finding:
    return Finding(detector=IdentifierDetector.name, kind=kind, start=place[0], end=place[1], category=category)


def _merged(places: list[Place], *, before: int, after: int, length: int) -> list[Place]:
    """The places with their surroundings; those that touch become one, so that no character is read twice."""
    merged: list[Place] = []
    for start, end in places:
        start, end = max(0, start - before), min(length, end + after)
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _in_cluster(text: str, start: int, end: int, around: Around) -> Iterator[Finding]:
    """Every run of groups in a cluster of digits that is a number of some kind."""
    groups = [match.span() for match in _GROUP.finditer(text, start, end)]
    if text[start - 1 : start] in {".", ","} and text[max(0, start - 2) : start - 1].isdigit():
        groups = groups[1:]  # the decimals of a number
    signs = [text[one[1] : two[0]] for one, two in pairwise(groups)]
    for first in range(len(groups)):
        before = signs[first - 1] if first else ""
        if before in {"-", ".", "/"} or around.left < 0:
            continue  # a part of a longer number
        shape: tuple[int, ...] = ()
        for last in range(first, min(first + WIDE, len(groups))):
            shape = (*shape, groups[last][1] - groups[last][0])
            if sum(shape) > LONGEST or (last > first and before == " " == signs[first]):
                break
            if kinds := _TOTALS.get(sum(shape)):
                yield from _of_kinds(text, (groups[first][0], groups[last][1]), kinds, shape, around)


def _of_kinds(
    text: str, place: Place, kinds: tuple[Digits, ...], shape: tuple[int, ...], around: Around
) -> Iterator[Finding]:
    kinds = tuple(kind for kind in kinds if _may_be(kind, shape))
    if not kinds or not _is_apart(text, place) or not around.spend():
        return
    number = "".join(filter(str.isdigit, text[place[0] : place[1]]))
    if is_sample(number):
        return
    named = {id(kind) for kind in kinds if has(around.window(*place), _WORDS[id(kind)])}
    # A word that names one kind speaks against all others: a wrong one of that kind is none of another.
    spoken_for = any(kind.is_checked and id(kind) in named for kind in kinds)
    for kind in kinds:
        own, is_named = _WORDS[id(kind)], id(kind) in named
        if not _is_grouped(text, place, kind.between) or not kind.check(number):
            continue
        is_sure = shape in kind.alone_shapes and kind.category is Category.PAYMENT
        if not is_sure and around.is_otherwise(place[0], own):
            continue
        if is_named or shape in kind.alone_shapes or (not spoken_for and _is_hinted(kind, shape, own, place, around)):
            yield _finding(kind.name, place, kind.category)


def _may_be(kind: Digits, shape: tuple[int, ...]) -> bool:
    """Grouped as it is written, or, where a check digit makes up for it, in any way that is not one by one."""
    if shape in kind.alone_shapes or shape in kind.named_shapes:
        return True
    return kind.is_checked and len(shape) > 1 and min(shape) > 1


def _is_apart(text: str, place: Place) -> bool:
    """Not a part of a longer number or word."""
    start, end = place
    glued = text[start - 1 : start].isalnum() and not _LABEL.search(text, max(0, start - 10), start)
    if glued or text[end : end + 1].isalnum():
        return False
    inside = _SIGN.search(text, start, end)
    sign = inside.group() if inside else ""
    before, after = text[max(0, start - 2) : start], "" if _EXPIRY.match(text, end) else text[end : end + 2]
    return not (_joins(before[::-1], sign) or _joins(after, sign))


_LABELLED = re.compile(rf"(?i)(?<![^\W_])(?:{'|'.join(LABELS)})(?=[A-Za-z]{{0,2}}\d)")  # `IBANBE72`
_LABEL = re.compile(rf"(?i)(?<![^\W_])(?:{'|'.join(LABELS)})$")
_EXPIRY = re.compile(r" \d\d ?/ ?\d\d(?:\d\d)?(?![\d/])")  # of a card, behind its number
_SIGN = re.compile(r"\D+")


def _joins(beside: str, sign: str) -> bool:
    """Whether a separator and another digit (or a letter behind a hyphen) follow on."""
    if len(beside) < 2:
        return False
    if beside[1].isdigit():
        return beside[0] in "-./" or (beside[0] == " " and sign == " ")
    return beside[0] == "-" and beside[1].isalpha() and sign == "-"


def _is_grouped(text: str, place: Place, between: str) -> bool:
    """One separator between groups, and always the same, but for a last one."""
    signs = [sign.strip() or sign[:1] for sign in _SIGN.findall(text[place[0] : place[1]])]
    return all(len(sign) == 1 and sign in between for sign in signs) and len(set(signs[:-1])) <= 1


def _is_hinted(kind: Digits, shape: tuple[int, ...], own: tuple[str, ...], place: Place, around: Around) -> bool:
    """No word names it, but one says whose it is, or is the right word with a slip."""
    if shape not in kind.named_shapes or not (kind.is_checked or kind.weak):
        return False
    window = around.window(*place)
    return has_misspelt(window, own) or (kind.is_checked and (has(window, GENERIC) or has(window, PEOPLE)))


def _with_letters(text: str, start: int, end: int, around: Around) -> Iterator[Finding]:
    for kind in LETTERED:
        for match in kind.compiled.finditer(text, start, end):
            if not around.spend():
                return
            place = _right_part(text, kind, match)
            if place is not None and _is_meant(place, kind, around):
                yield _finding(kind.name, place, kind.category)


def _right_part(text: str, kind: Lettered, match: re.Match[str]) -> Place | None:
    """The part of a match that passes the check. An IBAN in running text swallows the words after it."""
    start, end = match.span()
    if is_sample(match.group()):
        return None
    ends = [end]
    if kind.name == "IBAN":
        ends += [start + n for n in range(len(match.group()) - 1, 14, -1) if not match.group()[n].isalnum()]
    for stop in ends:
        if kind.check(text[start:stop]) and not is_sample(text[start:stop]):
            return start, stop
    return None


def _is_meant(place: Place, kind: Lettered, around: Around) -> bool:
    if kind.checks_label and around.is_otherwise(place[0], kind.words):
        return False
    if not kind.words:
        return True
    window = around.window(*place)
    return has(window, kind.words) or (kind.vague and has(window, PEOPLE)) or has_misspelt(window, kind.words)
