"""Letters that stand for digits, as they are read off a picture or typed to deceive: `2O 583 617 971`."""

from __future__ import annotations

import re

from policies.views.base import View, beside, edits_of, excerpt
from policies.views.words import WORD, is_known, likeness

_MIX = re.compile(r"\d[A-Za-z|!$]|[A-Za-z|!$]\d")
_BESIDE = re.compile(r"\d[ -]?[A-Za-z|!$]|[A-Za-z|!$][ -]?\d")
_ALIKE = "OoQDIlLi|!SsBZzEAtTgGbq$"
_ALIKES = frozenset("OQDILSBZ")
_AS_DIGITS = str.maketrans(_ALIKE, "000011111155822347796695"[: len(_ALIKE)])
_RUN = re.compile(rf"(?<![^\W_])[A-Z]{{0,2}}[\d{_ALIKE}+][\d{_ALIKE} .\-]{{5,44}}(?![^\W_])(?: ?[A-Z](?![^\W_]))?")


# Numbers that have letters of their own, here in groups: an account of a country whose banks have letters, a tax code.
_DIGITS = r"[\dOoQDIl|!SBZ]"
_LETTERED = re.compile(
    rf"(?<![^\W_])(?:([A-Z]{{2}})({_DIGITS}{{2}} ?)([A-Z]{{1,4}} ?)({_DIGITS}(?: ?{_DIGITS}){{9,25}})"
    rf"|([A-Z]{{6}})({_DIGITS}{{2}})([A-Z])({_DIGITS}{{2}})([A-Z])({_DIGITS}{{3}})([A-Z]))(?![^\W_])"
)


def alike(view: View) -> View | None:
    """The figures, in a run long enough for a number."""
    text = view.text
    if not _BESIDE.search(text):
        return None
    lettered = edits_of(_LETTERED, text, _in_turn)
    figures = edits_of(_RUN, text, lambda match: _figures(match.group()))
    return excerpt(view, "alike", beside(lettered, figures))


_WORDS_BESIDE = re.compile(r"^(?:[a-z]{2,} )+|(?: [a-z]{2,})+$")


def _in_turn(match: re.Match[str]) -> str:
    """Every second group holds figures."""
    return "".join(group.translate(_AS_DIGITS) if n % 2 else group for n, group in enumerate(match.groups("")))


def _figures(run: str) -> str | None:
    """All of it as digits, and without the small words at its ends; and again with the two letters of a country, or
    the last one of a check, left alone."""
    body = run.rstrip(" .-")
    readings: list[str] = []
    for part in dict.fromkeys((body, _WORDS_BESIDE.sub("", body))):
        if _is_number_like(part):
            readings += _readings(part)
    return " ; ".join(dict.fromkeys(readings)) + run[len(body) :] if readings else None


def _readings(body: str) -> list[str]:
    readings = [body.translate(_AS_DIGITS)]
    if body[:2].isalpha():
        readings.append(body[:2].upper() + body[2:].translate(_AS_DIGITS))
    if body[-1].isalpha():
        readings.append(readings[-1][:-1] + body[-1].upper())
        readings.append(readings[0][:-1] + body[-1].upper())
    return readings


def _is_number_like(run: str) -> bool:
    """Digits, and letters that are no words beside them: mixed in one word, unknown, or with a capital inside."""
    if sum(map(str.isdigit, run)) < 2:
        return False
    words = WORD.findall(run)
    if any(len(word) > 3 and word.islower() and (likeness(word) > 5.5 or is_known(word)) for word in words):
        return False
    if any(
        len(word) > 2 and word.isalpha() and word.isupper() and not _ALIKES.issuperset(word) for word in run.split()
    ):
        return False  # an abbreviation beside a number
    odd = any(len(word) > 1 and (not is_known(word.lower()) or not word[1:].islower()) for word in words)
    return bool(words) and (odd or bool(_MIX.search(run)))
