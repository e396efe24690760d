"""Dates and clock times, read from tokens in English, German, French and Spanish.

A date keeps only the parts that were written: "31 March" has no year and agrees with "31 March 2026" but
not the other way round.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.grounding.numbers import number_words
from assistant.grounding.words import Token, word_set

_MONTHS = (
    "january jan januar janvier enero", "february feb februar fevrier febrero", "march mar marz mars marzo maerz",
    "april apr avril abril", "may mai mayo", "june jun juni juin junio", "july jul juli juillet julio",
    "august aug aout agosto", "september sep sept septembre septiembre", "october oct oktober okt octobre octubre",
    "november nov novembre noviembre", "december dec dezember dez decembre diciembre",
)  # fmt: skip
MONTHS = {name: n for n, names in enumerate(_MONTHS, 1) for name in names.split()}
_WEEKDAYS = (
    "monday mondays montag montags lundi lunes", "tuesday tuesdays dienstag dienstags mardi martes",
    "wednesday wednesdays mittwoch mittwochs mercredi miercoles", "thursday thursdays donnerstag donnerstags jeudi jueves",
    "friday fridays freitag freitags vendredi viernes", "saturday saturdays samstag samstags sonnabend samedi sabado sabados",
    "sunday sundays sonntag sonntags dimanche domingo domingos",
)  # fmt: skip
WEEKDAYS = {name: n for n, names in enumerate(_WEEKDAYS, 1) for name in names.split()}
_AMBIGUOUS = frozenset({"may", "march", "mar", "sept", "mars", "jan", "mai"})
_MONTH_BEFORE = word_set(
    "each every in of since until by from to and or next last before after on early late mid this during through or im seit ab bis"
)
_OF = frozenset({"of", "de", "del", "the"})
_NUMERIC = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{2,4})")
_AFTERNOON = frozenset(
    {"pm", "evening", "afternoon", "soir", "abends", "nachmittags", "noche", "tarde", "nachts", "abend"}
)
_MORNING = frozenset({"am", "morning", "matin", "morgens", "fruh", "manana", "vormittags", "morgen"})
_NOON = {"noon": 720, "midday": 720, "midi": 720, "mittag": 720, "mediodia": 720, "midnight": 0, "minuit": 0, "mitternacht": 0,
         "medianoche": 0}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Date:
    """The written parts of a date; 0 stands for a part that was not written."""

    year: int = 0
    month: int = 0
    day: int = 0
    weekday: int = 0

    def stands_in(self, other: Date) -> bool:
        """Whether every part of this date is written in the other one, with the same value."""
        return all(
            not a or a == b for a, b in ((self.year, other.year), (self.month, other.month), (self.day, other.day))
        ) and (not self.weekday or self.weekday == other.weekday)


def date_at(ts: Sequence[Token], at: int, text: str) -> tuple[Date, int] | None:
    """The date that begins at token `at` and the token after it."""
    token = ts[at]
    if token.kind == "n":
        return _numeric(ts, at, text) or _day_month(ts, at)
    if token.folded in WEEKDAYS and len(token.text) > 3:
        after = at + 1 + (at + 1 < len(ts) and ts[at + 1].text == ",")
        rest = date_at(ts, after, text) if after < len(ts) and ts[after].kind == "n" else None
        if rest:
            return Date(rest[0].year, rest[0].month, rest[0].day, WEEKDAYS[token.folded]), rest[1]
        return Date(weekday=WEEKDAYS[token.folded]), at + 1
    return _month_first(ts, at) if _is_month(ts, at) else None


def _is_month(ts: Sequence[Token], at: int) -> bool:
    token = ts[at]
    if token.folded not in MONTHS:
        return False
    english = token.folded in _MONTHS[MONTHS[token.folded] - 1].split()[:2]
    if english and token.text[0].islower() and token.folded != "may" and token.folded in _AMBIGUOUS:
        return False
    if token.folded not in _AMBIGUOUS:
        return len(token.folded) > 3 or token.text[0].isupper()
    if token.text[0].islower() and token.folded in {"may", "march", "jan", "sept"}:
        return False
    beside = (at > 0 and ts[at - 1].kind == "n") or (at + 1 < len(ts) and ts[at + 1].kind == "n")
    return beside or (at > 0 and ts[at - 1].folded in _MONTH_BEFORE | {".", "er"})


def _day_month(ts: Sequence[Token], at: int) -> tuple[Date, int] | None:
    """12 May 2025 · 1st of March · 11. November 2024 · 1er septembre · 31 de enero."""
    if not re.fullmatch(r"\d{1,2}", ts[at].text) or not 1 <= int(ts[at].text) <= 31:
        return None
    i = at + 1
    while i < len(ts) and i - at < 4 and (ts[i].folded in {"st", "nd", "rd", "th", "er", "."} or ts[i].folded in _OF):
        i += 1
    if i >= len(ts) or not _is_month(ts, i):
        return None
    year, after = _year(ts, i + 1)
    return Date(year, MONTHS[ts[i].folded], int(ts[at].text)), after


def _month_first(ts: Sequence[Token], at: int) -> tuple[Date, int]:
    """May 12, 2025 · May 2025 · May."""
    month = MONTHS[ts[at].folded]
    i = at + 1 + (at + 1 < len(ts) and ts[at + 1].text == "." and len(ts[at].text) <= 4)
    if i < len(ts) and re.fullmatch(r"\d{1,2}", ts[i].text) and 1 <= int(ts[i].text) <= 31:
        after = i + 1 + (i + 1 < len(ts) and ts[i + 1].folded in {"st", "nd", "rd", "th"})
        if after >= len(ts) or ts[after].text not in {"%", ":", "€"}:
            year, end = _year(ts, after + (after < len(ts) and ts[after].text == ","))
            return Date(year, month, int(ts[i].text)), end if year else after
    year, after = _year(ts, i)
    return (Date(year, month), after) if year else (Date(month=month), at + 1)


def _year(ts: Sequence[Token], at: int) -> tuple[int, int]:
    """A year at token `at` (an "of" or "de" may stand before it); 0 when there is none."""
    i = at + (at < len(ts) and ts[at].folded in _OF)
    if i < len(ts) and re.fullmatch(r"(?:19|20)\d\d", ts[i].text):
        return int(ts[i].text), i + 1
    return 0, at


def _numeric(ts: Sequence[Token], at: int, text: str) -> tuple[Date, int] | None:
    """12/05/2025 · 12.05.2025 · 2025-05-12. Day before month, unless that cannot be."""
    hit = _NUMERIC.match(text, ts[at].start)
    if hit is None or (hit.end() < len(text) and text[hit.end()].isdigit()):
        return None
    a, b, c = (int(part) for part in hit.groups())
    year, month, day = (a, b, c) if a > 31 else (c if c > 99 else 2000 + c, b, a)
    if month > 12 and day <= 12:
        month, day = day, month
    if not (1 <= month <= 12 and 1 <= day <= 31 and 1900 <= year <= 2199):
        return None
    after = at
    while after < len(ts) and ts[after].start < hit.end():
        after += 1
    return Date(year, month, day), after


def clock_at(ts: Sequence[Token], at: int, language: str) -> tuple[tuple[int, ...], int] | None:
    """A time of day in minutes after midnight, every way it may be meant, and the token after it."""
    token = ts[at]
    if token.folded in _NOON:
        return (_NOON[token.folded],), at + 1
    if hit := re.fullmatch(r"(\d{1,2}):(\d\d)(?::\d\d)?", token.text):
        return _of_day(int(hit.group(1)) * 60 + int(hit.group(2)), ts, at + 1, exact=True)
    if token.folded in {"half", "quarter", "a"}:
        return _spoken(ts, at, language)
    hour = _hour(ts, at, language)
    if hour is None or at + 1 >= len(ts):
        return None
    following = ts[at + 1].folded
    if following in {"uhr", "o'clock", "oclock"}:
        return _of_day(hour, ts, at + 2, exact=hour >= 13 * 60)
    if language == "fr" and following in {"h", "heure", "heures"}:
        minutes = at + 2 < len(ts) and ts[at + 2].kind == "n" and ts[at + 2].start == ts[at + 1].end
        more = int(ts[at + 2].text[:2]) if minutes else 0
        return _of_day(hour + more, ts, at + 2 + int(minutes), exact=True)
    if _half_of_day(ts, at + 1):
        return _of_day(hour, ts, at + 1, exact=False)
    return None


def _hour(ts: Sequence[Token], at: int, language: str) -> int | None:
    token = ts[at]
    if hit := re.fullmatch(r"(\d{1,2})(?:\.(\d\d))?", token.text):
        hour, minute = int(hit.group(1)), int(hit.group(2) or 0)
        return hour * 60 + minute if hour <= 24 and minute < 60 else None
    value = number_words(language).get(token.folded)
    return value * 60 if value is not None and 1 <= value <= 24 else None


def _spoken(ts: Sequence[Token], at: int, language: str) -> tuple[tuple[int, ...], int] | None:
    """half past nine · (a) quarter to eight · quarter past six."""
    i = at + (ts[at].folded == "a")
    if i + 2 >= len(ts) or ts[i].folded not in {"half", "quarter"} or ts[i + 1].folded not in {"past", "to"}:
        return None
    hour = _hour(ts, i + 2, language)
    if hour is None:
        return None
    minutes = 30 if ts[i].folded == "half" else 15
    return _of_day(hour + (minutes if ts[i + 1].folded == "past" else -minutes), ts, i + 3, exact=False)


def _half_of_day(ts: Sequence[Token], at: int) -> str:
    """ "am" or "pm" when one of them, or a word for morning or evening, stands right here."""
    letters = "".join(t.folded for t in ts[at : at + 4] if t.text != ".")
    if letters.startswith(("pm", "am")) and ts[at].folded in {"am", "pm", "a", "p"} and letters[:2] in {"am", "pm"}:
        return letters[:2] if ts[at].folded in {"am", "pm"} or (at + 1 < len(ts) and ts[at + 1].text == ".") else ""
    return ""


def _of_day(minutes: int, ts: Sequence[Token], after: int, *, exact: bool) -> tuple[tuple[int, ...], int]:
    half = _half_of_day(ts, after)
    words = {t.folded for t in ts[after : after + 4]}
    end = after + (1 if half and ts[after].folded in {"am", "pm"} else 4 if half else 0)
    if (half == "pm" or (not exact and words & _AFTERNOON)) and minutes < 720:
        return (minutes + 720,), end
    if half == "am" or exact or words & _MORNING:
        return (minutes % 720 if half == "am" and minutes >= 720 else minutes,), end
    return (minutes, minutes + 720) if minutes < 720 else (minutes,), end
