"""Numbers and spelled letters that are written as words.

A run of number words, letters of a spelling alphabet and single capitals becomes what it says: `four double seven`,
`dreiundzwanzig null acht`, `quatre-vingt-douze`, `Mike Alpha Romeo`. Four characters at least, two of them words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from policies.views.base import AROUND, Edit, View, beside, edits_of, excerpt
from policies.views.numbers import AND, HUNDRED, MAY_START, THOUSAND, TIMES, WEAK, fold, letters, signs, values
from policies.views.words import WORD, parted

_PIECE = re.compile(r"[^\W\d_]+(?:-ray)?|\d+|\n|[^\w\s]|[^\S\n]+|_")
_JOINS = frozenset(",.-–/;:()'’+*|·・、…_")
_NEAR = 4  # letters and signs between two words of one run
_SHORTEST = 4


@dataclass(slots=True)
class _Run:
    """What has been said so far. `number` is one that may still grow: twenty, and then three."""

    start: int
    end: int = 0
    said: str = ""
    number: int | None = None
    unit: bool = False  # the last word was a figure from 0 to 9 that added to nothing
    words: int = 0
    sure: int = 0
    times: int = 1
    second: int = 0  # where the next word begins, when the first one is far more often something else
    pending: list[str] = field(default_factory=list)

    def flush(self) -> None:
        if self.number is not None:
            self.said += str(self.number) * self.times
            self.number, self.times = None, 1

    def literal(self, text: str) -> None:
        self.flush()
        self.said += text * self.times
        self.times = 1

    def add(self, value: int) -> None:
        """A number word: part of the number before it when it fits there, otherwise a number of its own."""
        have = self.number
        fits = have is not None and not self.unit and _fits(have, value)
        if have in (4, 84) and value == 20:  # quatre-vingt
            self.said += "80" if have == 84 else ""
            self.number, self.unit = 80, False
        elif have is not None and have % 100 == 10 and 7 <= value <= 9 and self.pending == ["-"]:
            self.number, self.unit = have + value, True  # dix-sept
        elif have is not None and fits:
            self.number = have + value
            self.unit = value < 20 and value != 10
        else:
            self.flush()
            self.number, self.unit = value, value < 20

    def scale(self, by: int) -> None:
        have = self.number
        if have is not None and not 0 < have < (10 if by == 100 else by):
            self.flush()
            have = None
        self.number, self.unit = (have or 1) * by, False


def _fits(have: int, value: int) -> bool:
    """Whether `value` completes `have`: 20 and 3, 60 and 12, 80 and 19, 400 and 57, 2000 and 300."""
    if have % 1000 == 0 and have:
        return value < 1000
    if have % 100 == 0 and have:
        return value < 100
    if have % 100 in (60, 80) and 10 <= value <= 19:
        return True
    return have % 10 == 0 and have % 100 >= 20 and 0 < value < 10


def spoken(view: View) -> View | None:
    """Numbers and letters that are said in words."""
    return excerpt(view, "digits", [*_spoken_edits(view.text)])


def _spoken_edits(text: str) -> list[Edit]:
    edits: list[Edit] = []
    for start, end in _neighbourhoods(text):
        edits += _read(text, start, end)
    return beside(beside(_kanji_edits(text), _roman_edits(text)), edits)


def _neighbourhoods(text: str) -> list[tuple[int, int]]:
    """Where enough words that say a number or a letter stand close together."""
    numbers, alphabet = values(), letters()
    present = []
    for word in set(WORD.findall(text)):
        low = word.lower() if word.isascii() else fold(word)
        if (low in numbers and low not in WEAK) or low in alphabet or low in TIMES:
            present.append(word)
    if not present:
        return []
    spots = [match.span() for match in re.finditer(rf"(?<![^\W\d_])(?:{'|'.join(present)})(?![^\W\d_])", text)]
    found: list[list[int]] = []
    for start, end in spots:
        if found and start - found[-1][1] < AROUND // 2:
            found[-1][1] = end
            found[-1][2] += 1
        else:
            found.append([start, end, 1])
    windows = [(max(0, a - AROUND // 2), min(len(text), b + AROUND // 2)) for a, b, count in found if count >= 2]
    out: list[tuple[int, int]] = []
    for start, end in windows:
        while start > 0 and text[start - 1].isalnum() and (not out or start > out[-1][1]):
            start -= 1
        out.append((max(start, out[-1][1]) if out else start, end))
    return out


def _read(text: str, start: int, end: int, *, weak: bool = True) -> list[Edit]:
    """The runs from `start` to `end`. One that begins with a `weak` word is read with it and without."""
    edits: list[Edit] = []
    run: _Run | None = None
    for match in _PIECE.finditer(text, start, end):
        piece = match.group()
        if run is None:
            if not _starts(piece, weak=weak):
                continue
            run = _Run(match.start(), second=match.end() if not _starts(piece, weak=False) else 0)
        if _take(run, piece):
            run.end = match.end()
        elif not _between(run, piece):
            edits += _both(text, run)
            run = None
    return edits + (_both(text, run) if run else [])


def _both(text: str, run: _Run) -> list[Edit]:
    edits = _close(run)
    less = _read(text, run.second, run.end, weak=False) if edits and run.second else []
    return [(run.start, run.end, f"{edits[0][2]} ; {less[0][2]}")] if less else edits


def _starts(piece: str, *, weak: bool) -> bool:
    word = fold(piece)
    if word in WEAK and word not in MAY_START and not (weak and word in values()):
        return False
    return word in values() or word in letters() or word in TIMES or word.isdigit() or _is_letter(piece)


def _is_letter(piece: str) -> bool:
    return len(piece) == 1 and piece.isalpha() and piece.isupper()


def _take(run: _Run, piece: str) -> bool:
    """Add a piece to the run, if it says something."""
    word = fold(piece.removesuffix("-ray"))
    if word.isdigit() and word.isascii():
        run.literal(word)
    elif word in TIMES:
        run.flush()
        run.times = TIMES[word]
    elif word in HUNDRED and (run.number or run.sure):
        run.scale(100)
    elif word in THOUSAND and run.number is not None:
        run.scale(1000)
    elif (value := values().get(word)) is not None:
        run.add(value)
        run.words += 1
        run.sure += word not in WEAK
    elif (letter := letters().get(word)) or _is_letter(piece):
        run.literal(letter or piece)
        run.words += bool(letter)
        run.sure += bool(letter)
    elif word in signs() and run.said + str(run.number or "") and word.isalpha() and word != "at":
        run.flush()
    else:
        return False
    run.pending.clear()
    return True


def _between(run: _Run, piece: str) -> bool:
    """White space, a sign or an `and` between two words of a run."""
    if piece.isspace() or piece in _JOINS:
        if not piece.isspace() and piece != "-":
            run.unit = True  # a comma ends a number: `twenty, three` is 20 and 3
    elif fold(piece) not in AND:
        return False
    run.pending.append(piece)
    return len(run.pending) <= _NEAR


def _close(run: _Run) -> list[Edit]:
    run.flush()
    said = run.said
    if run.words < 2 or run.sure < 2 or len(said) < _SHORTEST:
        return []
    if said.isalpha():
        said = (parted(said) or said).title()  # a name that was spelled, or a sentence
    return [(run.start, run.end, said)]


_ROMAN = re.compile(
    r"(?<![\w'’])(?:(?:[MDCLXVI]{1,12}|N|nulla)[ .,;/|-]{1,3}){3,}(?:[MDCLXVI]{1,12}|N|nulla)(?![\w'’])"
)
_ROMAN_NUMBER = re.compile(r"M*(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def _roman_edits(text: str) -> list[Edit]:
    """Numbers in Roman figures, four or more in a row: figure by figure, or in groups."""
    return edits_of(_ROMAN, text, lambda match: _romans(match.group()))


def _romans(run: str) -> str | None:
    numbers = [n for n in map(_roman, re.findall(r"\w+", run)) if n is not None]
    if len(set(numbers)) < 3 or len(numbers) <= run.count(" "):
        return None
    return " ".join(f"{n:04}" for n in numbers) if max(numbers) > 999 else "".join(map(str, numbers))


def _roman(part: str) -> int | None:
    if part in ("N", "nulla"):
        return 0
    if not _ROMAN_NUMBER.fullmatch(part):
        return None
    values = [_ROMAN_VALUES[letter] for letter in part]
    return sum(-one if one < two else one for one, two in pairwise([*values, 0]))


_KANJI = re.compile(r"[〇零一二三四五六七八九十百千万壱弐参][〇零一二三四五六七八九十百千万壱弐参\s、・ー-]{2,}")
_FIGURES = {char: n for n, char in enumerate("〇一二三四五六七八九")} | {"零": 0, "壱": 1, "弐": 2, "参": 3}
_ONE = (
    "ゼロ|ぜろ|れい|レイ|まる|マル|いち|さん|よん|ろく|なな|しち|はち|きゅう|"
    "イチ|サン|ヨン|ロク|ナナ|シチ|ハチ|キュウ|に|ご|し|く|ニ|ゴ|シ|ク"
)
_KANA = re.compile(rf"(?:(?:{_ONE})[\s、・]{{0,2}}){{4,}}")
_SYLLABLES = re.compile(_ONE)


def _kanji_edits(text: str) -> list[Edit]:
    if text.isascii():
        return []
    kanji = edits_of(_KANJI, text, lambda m: "".join(_kanji(part) for part in re.split(r"[\s、・ー-]+", m.group())))
    kana = edits_of(_KANA, text, lambda m: "".join(str(values()[fold(word)]) for word in _SYLLABLES.findall(m.group())))
    taken = [edit for edit in kanji if sum(map(str.isdigit, edit[2])) >= _SHORTEST]
    return sorted([*taken, *kana])


def _kanji(part: str) -> str:
    """Figure by figure, or with tens and hundreds: `四〇二` and `四百二` are both 402."""
    if not any(char in "十百千万" for char in part):
        return "".join(str(_FIGURES[char]) for char in part)
    total = section = 0
    figure: int | None = None
    for char in part:
        if char in _FIGURES:
            figure = _FIGURES[char]
        elif char == "万":
            total, section, figure = (total + section + (figure or 0)) * 10_000, 0, None
        else:
            section += (1 if figure is None else figure) * {"十": 10, "百": 100, "千": 1000}[char]
            figure = None
    return str(total + section + (figure or 0))
