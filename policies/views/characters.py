"""The same characters, however they are dressed: composed, invisible, foreign, styled, or alike."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from policies.views.base import Edit, View, edits_of, rewrite
from policies.views.confusables import ALIKE, TURNED, TURNED_ONLY

ROUNDS = 4
_DROPPED = {"Cf", "Cc", "Co", "Cn", "Cs", "Me"}
_LINE = frozenset("\r\x0b\x0c\x85\u2028\u2029")
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u17b4\u17b5\u034f")  # letters and marks that show nothing
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_OTHER = re.compile(r"[^\t\n\x20-\x7e]")
_DASH = re.compile(r"(?<=\w)[\u2012-\u2015](?=\w)")
_LATIN = re.compile(r"[A-Za-z]")
_TOKEN = re.compile(r"\w+")
_FOREIGN = re.compile(r"[^\W\x00-\u024f\u0300-\u036f\u3000-\uffff]")


def clean(view: View) -> View:
    """Normalised, and look-alikes resolved, until nothing more changes: the same view when nothing does at all."""
    if view.text.isascii() and not _CONTROL.search(view.text):
        return view
    for _ in range(ROUNDS):
        before = view
        for step in (_plain_edits, _composed_edits, _dash_edits, _alike_edits):
            view = rewrite(view, "clean", step(view.text)) or view
        if view is before:
            break
    return view


@lru_cache(maxsize=20_000)
def _plain(char: str) -> str:
    """What one character stands for. Line ends of every kind are a line feed."""
    if char in _LINE:
        return "\n"
    category = unicodedata.category(char)
    if category in _DROPPED or char in _BLANK or "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef":
        return ""
    if "\u0335" <= char <= "\u0338":
        return ""
    if char == "\u2800" or category == "Zs":
        return " "
    return _enclosed(char) or _number(char, category) or unicodedata.normalize("NFKC", char)


def _enclosed(char: str) -> str:
    """A letter in a circle, a square or brackets, and those that flags are made of."""
    for first in (0x1F150, 0x1F170, 0x1F1E6, 0x1F110, 0x1F130):
        if first <= ord(char) < first + 26:
            return chr(ord(char) - first + 65)
    return chr(ord(char) - 0x249C + 97) if 0x249C <= ord(char) < 0x249C + 26 else ""


def _number(char: str, category: str) -> str:
    """Digits of every script, raised, lowered, circled; and the circled numbers up to fifty."""
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    value = unicodedata.numeric(char, None) if category == "No" and "\u2460" <= char <= "\u32bf" else None
    return str(int(value)) if value is not None and value == int(value) and value <= 50 else ""


def _plain_edits(text: str) -> list[Edit]:
    return edits_of(_OTHER, text, lambda match: _plain(match.group()))


@cache
def _marked() -> re.Pattern[str]:
    """A character and the marks over it, or the parts of a Korean syllable."""
    marks = [code for code in range(0x300, 0x11FFF) if unicodedata.category(chr(code)) == "Mn"]
    ranges: list[list[int]] = []
    for code in marks:
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    members = "".join(f"{chr(a)}-{chr(b)}" for a, b in ranges)
    return re.compile(f"[^{members}\u1160-\u11ff][{members}\u1160-\u11ff]+")


def _composed_edits(text: str) -> list[Edit]:
    """Marks joined to their letters; those that no letter takes are dropped where the letter is a Latin one."""
    if unicodedata.is_normalized("NFC", text) and not _NEEDS_MARKS.search(text):
        return []

    def compose(match: re.Match[str]) -> str:
        joined = unicodedata.normalize("NFKC", match.group())
        if unicodedata.normalize("NFD", joined[0])[0].isascii():
            joined = joined[0] + "".join(char for char in joined[1:] if unicodedata.category(char) != "Mn")
        return joined

    return edits_of(_marked(), text, compose)


_NEEDS_MARKS = re.compile(
    r"[\x00-\u024f\u1e00-\u1eff][\u0300-\u036f\u0483-\u0487\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f]"
)


def _dash_edits(text: str) -> list[Edit]:
    return edits_of(_DASH, text, lambda _: "-")


def _alike_edits(text: str) -> list[Edit]:
    """Word by word. A word resolves when all of it does: a Russian or Greek word stays what it is."""
    if text.isascii() or not _FOREIGN.search(text):
        return []
    letters = sum(map(str.isalpha, text))
    amid_latin = len(_LATIN.findall(text)) * 2 > letters

    def resolve(match: re.Match[str]) -> str | None:
        word = match.group()
        plain = word if word.isascii() else word.translate(ALIKE)
        if plain == word or not (amid_latin or _LATIN.search(word) or any(map(str.isdigit, word))):
            return None
        return plain if all(unicodedata.normalize("NFD", char)[0] < "\u0250" for char in plain) else None

    return edits_of(_TOKEN, text, resolve)


# -- readings beside the plain one -------------------------------------------------------------------------

_TAG = re.compile("[\U000e0020-\U000e007e]+")
_SELECTOR = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}")
_UNSEEN = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff\u180e\u061c\u202a-\u202e\u2066-\u2069\u00ad]{16,}")
_SYMBOL_FONT = re.compile("[\uf020-\uf07e]{3,}")
_OVERRIDDEN = re.compile("[\u202e\u2067]([^\u202c\u2069\n]*)[\u202c\u2069]?")  # shown from right to left
_ANY_HIDDEN = re.compile("[\U000e0020-\U000e01ef\ufe00-\ufe0f\u200b-\u200f\u202e\u2060-\u2067\uf020-\uf07e]")
HIDING = (_UNSEEN, re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]{8,}"), _SELECTOR)  # unread, they make a text opaque


def hidden(raw: View) -> list[View]:
    """What stands in characters that nobody sees: tag characters, variation selectors, rows of zero widths; and what
    they show the other way round."""
    text = raw.text
    if text.isascii() or not _ANY_HIDDEN.search(text):
        return []
    tags = edits_of(_TAG, text, lambda m: "".join(chr(ord(char) - 0xE0000) for char in m.group()))
    if tags and max(len(new) for _, _, new in tags) < 4:  # one here, one there, between the others
        tags = _only(text, tags)
    elif tags:
        tags = [(start, end, f" {new} ") for start, end, new in tags]
    readings = [
        tags,
        edits_of(_SELECTOR, text, lambda m: _said(bytes(map(_selected, m.group())))),
        edits_of(_UNSEEN, text, lambda m: _bits(m.group())),
        edits_of(_SYMBOL_FONT, text, lambda m: "".join(chr(ord(char) - 0xF000) for char in m.group())),
    ]
    turned_round = edits_of(_OVERRIDDEN, text, lambda m: m.group(1)[::-1])
    views = [rewrite(raw, "hidden", edits) for edits in readings]
    views.append(rewrite(raw, "hidden", turned_round, scattered=True))
    return [view for view in views if view]


def _only(text: str, edits: list[Edit]) -> list[Edit]:
    """The edits, and nothing of what stands between them."""
    out: list[Edit] = []
    done = 0
    for start, end, new in edits:
        out += [(done, start, ""), (start, end, new)]
        done = end
    return [*out, (done, len(text), "")]


def _selected(char: str) -> int:
    return ord(char) - 0xFE00 if char <= "\ufe0f" else ord(char) - 0xE0100 + 16


def _said(raw: bytes) -> str | None:
    text = raw.decode("utf-8", "replace")
    return f" {text} " if text.isprintable() and "\ufffd" not in text else None


def _bits(unseen: str) -> str | None:
    """Two invisible characters as nought and one, eight or sixteen to a letter; a third one parts them."""
    kinds = sorted(set(unseen), key=lambda char: (-unseen.count(char), char))[:2]
    for zero, one in (kinds, kinds[::-1]) if len(kinds) == 2 else ():
        bits = "".join("0" if char == zero else "1" if char == one else "" for char in unseen)
        for size in (8, 7, 16):
            codes = [int(bits[i : i + size], 2) for i in range(0, len(bits) - size + 1, size)]
            if codes and all(32 <= code < 127 for code in codes):
                return f" {''.join(map(chr, codes))} "
    return None


_TURNED_LETTER = re.compile(f"[{TURNED_ONLY}]")
_TURNED_LINE = re.compile(r"[^\n]+")


def turned(view: View) -> View | None:
    """Lines written upside down."""
    if view.text.isascii() or len(_TURNED_LETTER.findall(view.text)) < 3:
        return None

    def change(match: re.Match[str]) -> str | None:
        line = match.group()
        return line[::-1].translate(TURNED) if len(_TURNED_LETTER.findall(line)) >= 3 else None

    return rewrite(view, "turned", edits_of(_TURNED_LINE, view.text, change), scattered=True)
