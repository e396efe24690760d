"""Letters that stand for other letters: turned alphabets, turned words, figures and signs for letters.

None of these has a shape of its own, so each reading counts only when more words come out of it than stood there.
They are tried on *stretches*: words in a row of which none of some length is known.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from policies.views.base import Edit, View, edits_of, excerpt
from policies.views.outline import SAMPLE, Outline, widened
from policies.views.words import LIKELY, WORD, is_known, likeness, mean_likeness, share_known, speaks

EFFORT = 12_000  # letters that are tried in all alphabets, in one text
_LOW = "abcdefghijklmnopqrstuvwxyz"
_BOTH = _LOW + _LOW.upper()


def _alphabet(order: str) -> dict[int, int]:
    return str.maketrans(_BOTH, order + order.upper())


_SHIFTS = {f"rot{n}": _alphabet(_LOW[n:] + _LOW[:n]) for n in [13, *range(1, 13), *range(14, 26)]}
_ALPHABETS = {**_SHIFTS, "atbash": _alphabet(_LOW[::-1])}
_ROT5 = str.maketrans("0123456789", "5678901234")


def substituted(view: View, seen: Outline) -> list[View]:
    """The stretches in the alphabets that make words of them; and then with every figure turned by five as well."""
    text = view.text
    edits: list[Edit] = []
    effort = 0
    for stretch in seen.stretches:
        if stretch.looks > LIKELY or effort > EFFORT:
            continue
        start, end = widened(text, stretch.start), stretch.end
        piece = text[start : min(end, start + SAMPLE)]
        words = [word for word in WORD.findall(piece) if word.isascii()]
        effort += len(piece)
        readings = [text[start:end].translate(table) for table in _best_alphabets(words)] if words else []
        if readings:
            edits.append((start, end, " ; ".join(readings)))
    plain = excerpt(view, "rotated", edits)
    turn = plain is not None or _NAMED.search(text)
    figures = excerpt(plain or view, "rotated", edits_of(_FIGURES, (plain or view).text, _turned)) if turn else None
    return [one for one in (plain, figures) if one is not None]


_NAMED = re.compile(r"(?i)\brot.?(?:5|18|47)\b|\bciph|\bchiffr")
_FIGURES = re.compile(r"\d+(?:[ .-]\d+){2,}|\d{4,}")


def _turned(match: re.Match[str]) -> str:
    return match.group().translate(_ROT5)


def _best_alphabets(words: list[str]) -> list[dict[int, int]]:
    """The alphabets in which the words look most like words, when that is much more than now; the usual one first."""
    before, known = mean_likeness(words), share_known(words)
    joined = " ".join(words)
    judged = []
    for table in _ALPHABETS.values():
        read = joined.translate(table).split()
        judged.append((share_known(read), mean_likeness(read), table))
    share, _, table = max(judged, key=lambda one: one[:2])
    if share >= 0.5 and share > known and sum(_good(word) for word in joined.translate(table).split()) >= 2:
        return [table]
    best = max(looks for _, looks, _ in judged)
    if best < before + 1.0 or best < LIKELY or sum(map(len, words)) < 10:
        return []
    usual = [table for _, looks, table in (judged[0], judged[-1]) if looks > before + 0.4 and looks > LIKELY - 0.8]
    return [*usual, *(table for _, looks, table in judged if looks == best and table not in usual)]


def reversed_(view: View, seen: Outline) -> View | None:
    """Lines read from their end, or words each from its own: what makes more words."""
    text = view.text
    edits: list[Edit] = []
    for stretch in seen.stretches:
        if not _reads_backwards(stretch.words, stretch.looks):
            continue
        start, end = widened(text, stretch.start), stretch.end
        if edits and start < edits[-1][1]:
            continue
        piece = text[start:end]
        each = WORD.sub(lambda match: match.group()[::-1], piece)
        start, end = _to_borders(text, start, end, after=edits[-1][1] if edits else 0)
        whole = text[start:end][::-1]
        edits.append((start, end, f"{whole} ; {each} "))
    return excerpt(view, "reversed", edits, scattered=True)


def _reads_backwards(now: tuple[str, ...], looks: float) -> bool:
    """More known words than now; or names, of which the capital stands at the end or whose letters follow better."""
    back = [word[::-1] for word in now]
    if any(map(_good, back)) or any(len(word) > 3 and word[-1].isupper() and word[:-1].islower() for word in now):
        return True
    if looks > LIKELY or sum(map(len, now)) < 10:
        return False
    better = mean_likeness(back)
    return better > LIKELY and better > looks + 1.0


def _good(word: str) -> bool:
    return len(word) > 3 and is_known(word.lower())


def _to_borders(text: str, start: int, end: int, *, after: int) -> tuple[int, int]:
    """A stretch with the signs and short words about it: up to the next known word, or the ends of its line."""
    low = max(after, start - SAMPLE, text.rfind("\n", 0, start) + 1)
    known = [match.end() for match in WORD.finditer(text, low, start) if _good(match.group())]
    low = max([low, *known])
    colon = text.rfind(": ", low, start)
    line = text.find("\n", end)
    high = min(len(text) if line < 0 else line, end + SAMPLE)
    stop = next((match.start() for match in WORD.finditer(text, end, high) if _good(match.group())), high)
    return (colon + 1 if colon >= 0 else low), stop


_LINE = re.compile(r"[^\n]+")
_ROT47 = str.maketrans({chr(n): chr(33 + (n - 33 + 47) % 94) for n in range(33, 127)})
_INSIDE = re.compile(r"[A-Za-z0-9][^\w\s'’.,/()\[\]-]+[A-Za-z0-9]")


_NAMED_47 = re.compile(r"(?i)\brot.?47\b")


def rot47(view: View, seen: Outline) -> View | None:
    """Lines in which every sign was turned by 47."""
    named = bool(_NAMED_47.search(view.text))
    if len(_INSIDE.findall(seen.odd)) < 2 and not named:
        return None

    def read(match: re.Match[str]) -> str | None:
        out, words, others = [], 0, 0
        for token in match.group().split(" "):
            plain = token.translate(_ROT47)
            if (token.isalpha() and is_known(token.lower())) or not _PLAIN.fullmatch(plain):
                out.append(token)
                continue
            long = len(plain) > 2
            words, others = (
                words + (long and is_known(plain.lower())),
                others + (long and likeness(plain) < LIKELY - 0.6),
            )
            out.append(plain)
        return " ".join(out) if named or (words >= 2 and words >= others) else None

    return excerpt(view, "rot47", edits_of(_LINE, view.text, read))


_PLAIN = re.compile(r"[\w.,:;'@+/()-]+")

# -- signs for letters --------------------------------------------------------------------------------------

_LEETS = (
    str.maketrans("0134567892@$!|+€£", "oieasgtbgzasiltel"),
    str.maketrans("0134567892@$!|+€£", "oleasbtbgzasiitel"),
)
_LEET_WORD = re.compile(
    r"(?<![\w@$!|])(?!@[\w-]{1,60}\.)(?<!-[0-9a-fA-F]{4}-)(?=[\w@$|!+€£]{0,40}[A-Za-z])(?=[\w@$|!+€£]{0,40}[\d@$|!+€£])[\w@$|!+€£]{3,41}(?<!!)"
    r"(?!-[0-9a-fA-F]{4}-)"  # a UUID is no word
)
_FIGURE_BEFORE = re.compile(r"[\d@$|!+€£](?=[A-Za-z])")
_UNIT = re.compile(r"\d+[A-Za-z]{1,3}|[A-Za-z]{1,3}\d+|\d+[A-Za-z]{1,2}\d+")


def leet(view: View, seen: Outline) -> View | None:
    """Figures and signs inside words: `p4t13nt`. At least two words must come of it."""
    if not edits_of(_LEET_WORD, seen.odd, lambda match: _unleet(match.group())):
        return None
    edits = edits_of(_LEET_WORD, view.text, lambda match: _unleet(match.group()))
    return excerpt(view, "leet", edits) if len(edits) >= 2 else None


def _unleet(word: str) -> str | None:
    if not _FIGURE_BEFORE.search(word) or _UNIT.fullmatch(word) or "_" in word:
        return None
    best = max(
        (word.translate(table) for table in _LEETS), key=lambda plain: (is_known(plain.lower()), likeness(plain))
    )
    likely = likeness(best) > LIKELY - 0.8 and not word.isupper() and len(best) > 3
    return best if best.isalpha() and (is_known(best.lower()) or likely) else None


_MORSE = re.compile(r"(?:[.\-·•–—−_]{1,6}[ /|\n]{1,3}){4,}[.\-·•–—−_]{1,6}")
_MORSE_CODE = dict(
    zip(
        ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.. "
        "----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----. .-.-.- --..-- .--.-. -....-".split(),
        "abcdefghijklmnopqrstuvwxyz0123456789.,@-",
        strict=True,
    )
)
_MORSE_SIGNS = str.maketrans("·•–—−_", "..----")


def _morse(token: str) -> str | None:
    words = re.split(r"\s*[/|]\s*|\s{2,}|\n", token.translate(_MORSE_SIGNS))
    plain = " ".join("".join(_MORSE_CODE.get(code, "?") for code in word.split()) for word in words if word)
    return None if plain.count("?") * 5 > len(plain) else f" {plain.title()} "


_DASHES = re.compile(r"(?m)^[.\-·•–—−_/|]+$")
_NUMBERED = re.compile(r"\d[-./,]\d|[1-5]{12}")
_SMALL_NUMBER = re.compile(r"(?m)^\W?\d\d?\W?$")
_A1Z26 = re.compile(r"(?<![\w.])(?:\d{1,2}[-. ,/]{1,3}){4,}\d{1,2}(?![\w])")
_POLYBIUS = re.compile(r"(?<!\d)(?:[1-5]{2}[-. ,/]{0,2}){6,}(?!\d)")
_HYPHENED = re.compile(r"\d[-.]\d+[-.]\d")  # then a space parts words, not letters
_SQUARE = "abcdefghiklmnopqrstuvwxyz"


def _letters(token: str) -> str | None:
    border = r"\s+|/" if _HYPHENED.search(token) else r"\s{2,}|/|, ?(?=\D)| - "
    words = [re.findall(r"\d+", word) for word in re.split(border, token)]
    if any(not 1 <= int(n) <= 26 for word in words for n in word):
        return None
    plain = " ".join("".join(_LOW[int(n) - 1] for n in word) for word in words)
    return f" {plain.title()} " if speaks(plain) and likeness(plain) > LIKELY - 0.6 else None


def _polybius(token: str) -> str | None:
    digits = re.sub(r"\D", "", token)
    plain = "".join(_SQUARE[(int(digits[i]) - 1) * 5 + int(digits[i + 1]) - 1] for i in range(0, len(digits) - 1, 2))
    return f" {plain.title()} " if likeness(plain) > LIKELY + 0.4 else None


_BRAILLE = re.compile(r"[\u2801-\u28ff](?:[\u2800-\u28ff\s]*[\u2801-\u28ff])+")
_DOTS = dict(zip("⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵⠲⠂⠤", "abcdefghijklmnopqrstuvwxyz.,-", strict=True))


def _braille(token: str) -> str:
    plain = "".join(
        _DOTS.get(char, " " if char.isspace() or char == "⠀" else "" if char in "⠠⠼" else "?") for char in token
    )
    figures = re.sub(
        r"⠼([⠁-⠿]+)", lambda m: "".join(str((_LOW.index(_DOTS.get(c, "j")) + 1) % 10) for c in m.group(1)), token
    )
    return f" {plain.title()} " + (f"; {figures} " if figures != token else "")


def signalled(view: View, seen: Outline) -> list[View]:
    """Morse, braille, places in the alphabet, places in a square."""
    text = view.text
    found: list[tuple[str, re.Pattern[str], Callable[[str], str | None]]] = []
    if _DASHES.search(seen.odd):
        found.append(("morse", _MORSE, _morse))
    if _NUMBERED.search(seen.odd) or len(_SMALL_NUMBER.findall(seen.odd)) > 3:
        found += [("letters", _A1Z26, _letters), ("letters", _POLYBIUS, _polybius)]
    if not text.isascii():
        found.append(("braille", _BRAILLE, _braille))
    views = (
        excerpt(view, name, edits_of(pattern, text, _on_match(read)), scattered=True) for name, pattern, read in found
    )
    return [one for one in views if one is not None]


def _on_match(read: Callable[[str], str | None]) -> Callable[[re.Match[str]], str | None]:
    return lambda match: read(match.group())
