"""What a text says once its disguises are off.

`views_of` returns the text as it stands and every reading of it that differs: Unicode normalised, invisible and
look-alike characters resolved, digits of every script and style, number words, squeezed separators, and what
encodings hold, nested to depth 3. Any hit in any view counts. Each step takes time linear in the text, and the
views together stay within a budget; what does not fit makes the result incomplete, which is a doubt.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import quopri
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

DEPTH = 3
BUDGET = 6  # all views together may be this many times as long as the text, and 20,000 characters more


@dataclass(frozen=True, slots=True)
class View:
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Views:
    """`views` for detectors of patterns; `prose` for those that read sentences; `clean` is the plain reading."""

    views: tuple[View, ...]
    prose: tuple[View, ...]
    clean: str
    complete: bool
    opaque: bool  # something stands there that looks encoded and could not be read


def views_of(text: str) -> Views:
    """All readings of `text`, each once, the text itself first."""
    clean = _close_up(skeleton(normalise(text)))
    found = [View("raw", text), View("clean", clean)]
    decoded, opaque = _decode_all(clean)
    opaque = opaque or (clean != text and bool(_GLUED.search(clean)) and not _GLUED.search(text))
    found += decoded
    readable = _kept([view for view in found if view.name != "raw"] if clean != text else found)
    for view in tuple(readable):
        spoken = spoken_digits(view.text)
        found += [View(f"{view.name}+digits", spoken), View(f"{view.name}+squeezed", squeeze(spoken))]
        found.append(View(f"{view.name}+alike", digits_alike(view.text)))
    views = _kept(found)
    budget = BUDGET * len(text) + 20_000
    within: list[View] = []
    for view in views:
        budget -= len(view.text)
        if budget >= 0:
            within.append(view)
    prose = tuple(view for view in within if view in readable)
    return Views(tuple(within), prose, clean, len(within) == len(views), opaque)


def _kept(views: list[View]) -> list[View]:
    first: dict[str, View] = {}
    for view in views:
        first.setdefault(view.text, view)
    return list(first.values())


# -- characters ----------------------------------------------------------------------------------------

_DROPPED = {"Cf", "Cc", "Co", "Cn", "Cs"}
_CONFUSABLE = str.maketrans(
    "аАсСеЕһНіІјЈкКмМоОрРѕЅтТуУхХԁԛԜԝВвЗзбгпьѵνΝοΟρΡτΤυΥχΧιΙκΚαΑβΒεΕηΗΜζΖγɑɡɩʏʀʟıȷℓ∣ǀ‐‑‒–—−",
    "aAcCeEhHiIjJkKmMoOpPsStTyYxXdqWwBb33brnbvvNoOpPtTuYxXiIkKaAbBeEnHMzZyagiyRLijlll------",
)
_ASCII = re.compile(r"[\x00-\x7f]*\Z")
_TOKEN = re.compile(r"\w+")
_LATIN = re.compile(r"[A-Za-z0-9]")


def normalise(text: str) -> str:
    """NFKC; nothing invisible; every decimal digit in ASCII; no mark drawn over an ASCII letter."""
    if _ASCII.match(text):
        return text
    out: list[str] = []
    for char in unicodedata.normalize("NFKC", _styled_digits(text)):
        if char in "\n\t" or char < "\x7f":
            out.append(char)
        elif (digit := unicodedata.decimal(char, None)) is not None:
            out.append(str(digit))
        elif (
            unicodedata.category(char) in _DROPPED
            or unicodedata.category(char) == "Me"
            or 0x335 <= ord(char) <= 0x338
            or (unicodedata.category(char) == "Mn" and out and out[-1] < "\x7f")
        ):
            continue
        else:
            out.append(char)
    return "".join(out)


def _styled_digits(text: str) -> str:
    """Circled, keycap and other digits that NFKC leaves or surrounds with brackets."""
    out = []
    for char in text:
        digit = unicodedata.digit(char, None) if char > "\x7f" else None
        out.append(char if digit is None else str(digit))
    return "".join(out)


def skeleton(text: str) -> str:
    """Look-alikes resolved in words that mix scripts, or that are only look-alikes amid Latin text."""
    if _ASCII.match(text):
        return text
    latin = len(_LATIN.findall(text)) * 2 > sum(char.isalpha() for char in text)

    def resolve(match: re.Match[str]) -> str:
        word = match.group()
        plain = word.translate(_CONFUSABLE)
        if plain == word or not (latin or _LATIN.search(word)):
            return word
        return plain if _ASCII.match(unicodedata.normalize("NFD", plain).encode("ascii", "ignore").decode()) else word

    return _TOKEN.sub(resolve, text)


_GLUED = re.compile(r"[^\W\d_]{17}")  # words that were closed up without their borders cannot be read
_SPREAD = re.compile(r"(?<!\w)\w(?:[ \t\n._·*|/\\~-]{1,3}\w(?!\w)){5,}")
_EMOJI_GLUE = re.compile(r"(?<=\w)[\U0001F000-\U0001FAFF\u2600-\u27BF\u2B50\u2022\u00b7]+(?=\w)")
_NARROW = re.compile(
    r"(?:(?<=\n)|(?<= )|^)[^\n]{1,4}(?:\n[^\n]{1,4}){5,}(?=\n|\Z)"
)  # a text in a column of a few characters
_ONE_BY_ONE = re.compile(r"(?<!\S)(?=(?:\S ){0,12}[@.])[\w@.+-](?: [\w@.+-]){9,}(?!\S)")  # an address, letter by letter
_SPACES = re.compile(r"(?:[ \t]*\n[ \t]*){2,}|[ \t]{2,}|\n \n")


def _close_up(text: str) -> str:
    """Single letters with something between each (`J a n e`, one to a line, emoji between) become words again."""
    text = _NARROW.sub(lambda match: match.group().replace("\n", ""), _EMOJI_GLUE.sub("", text))
    text = _ONE_BY_ONE.sub(lambda match: match.group().replace(" ", ""), text)

    def join(match: re.Match[str]) -> str:
        spread = match.group()
        if sum(char.isalpha() for char in spread) < 5:
            return spread  # digits are the business of `squeeze`
        words = _SPACES.split(spread)
        return " ".join(re.sub(r"\W", "", word) for word in words)

    return _SPREAD.sub(join, text)


# -- digits --------------------------------------------------------------------------------------------

_NUMBER_WORDS = {
    "en": "zero one two three four five six seven eight nine",
    "de": "null eins zwei drei vier fünf sechs sieben acht neun",
    "fr": "zéro un deux trois quatre cinq six sept huit neuf",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve",
    "it": "zero uno due tre quattro cinque sei sette otto nove",
    "nl": "nul een twee drie vier vijf zes zeven acht negen",
    "pt": "zero um dois três quatro cinco seis sete oito nove",
    "sv": "noll ett två tre fyra fem sex sju åtta nio",
    "pl": "zero jeden dwa trzy cztery pięć sześć siedem osiem dziewięć",
    "tr": "sıfır bir iki üç dört beş altı yedi sekiz dokuz",
    "id": "nol satu dua tiga empat lima enam tujuh delapan sembilan",
    "fi": "nolla yksi kaksi kolme neljä viisi kuusi seitsemän kahdeksan yhdeksän",
    "da": "nul en to tre fire fem seks syv otte ni",
    "cs": "nula jedna dva tři čtyři pět šest sedm osm devět",
    "ru": "ноль один два три четыре пять шесть семь восемь девять",
}
_SPOKEN = {word: str(n) for words in _NUMBER_WORDS.values() for n, word in enumerate(words.split())}
_SPOKEN |= {"oh": "0", "nought": "0", "naught": "0", "nil": "0", "niner": "9", "fife": "5", "tree": "3", "zwo": "2"}
_SPOKEN |= {"o": "0", "fünnef": "5", "une": "1", "una": "1", "twee": "2", "één": "1", "ein": "1"}
_NATO = dict(
    zip(
        "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike november oscar "
        "papa quebec romeo sierra tango uniform victor whiskey whisky x-ray xray yankee zulu".split(),
        "AABCDEFGHIJJKLMNOPQRSTUVWWXXYZ",
        strict=True,
    )
)
_TIMES = {"double": 2, "triple": 3, "treble": 3, "doppel": 2, "doble": 2, "doppio": 2}
_RUN_WORD = re.compile(r"[^\W\d_]+(?:-ray)?|\d+|\n|[^\w\s]|[ \t]+")


def spoken_digits(text: str) -> str:
    """Runs of four or more digits, number words and spelling-alphabet words become digits and letters."""
    out: list[str] = []
    run: list[tuple[str, str]] = []
    times = 1

    def close() -> None:
        said = "".join(value for _, value in run)
        words = sum(1 for raw, value in run if value and not raw.isdigit())
        enough = words >= 2 and len(said) >= 4
        out.append(f"{said} " if enough else "".join(raw for raw, _ in run))
        run.clear()

    for match in _RUN_WORD.finditer(text):
        raw = match.group()
        low = raw.lower()
        value = low if low.isdigit() and low.isascii() else _SPOKEN.get(low) or _NATO.get(low)
        if low in _TIMES and run:
            run.append((raw, ""))
            times = _TIMES[low]
        elif value is not None:
            run.append((raw, value * times))
            times = 1
        elif run and (raw.isspace() or raw in ",.-–/;:"):
            run.append((raw, ""))
        elif run and len(raw) == 1 and raw.isalpha() and raw.isupper():
            run.append((raw, raw))
        else:
            close()
            out.append(raw)
    close()
    return "".join(out)


_SEPARATED = re.compile(r"(?<![^\W_])[^\W_](?:[ \t\n.,_()\[\]{}/\\|:;*~·-]{0,3}[^\W_]){7,}")
_SEPARATOR = re.compile(r"[ \t\n.,_()\[\]{}/\\|:;*~·-]+")


_DIGITS_ALIKE = re.compile(
    r"(?<![^\W_])(?=[\w+\-]{0,40}\d|[OoIlSsBZzAEtig]{0,4}[ \-])[\dOoIlSsBZzAEtig+][\dOoIlSsBZzAEtig \-]{5,34}(?![^\W_])"
)
_AS_DIGITS = str.maketrans("OoIlSsBZzAEtig", "00115582243719")


def digits_alike(text: str) -> str:
    """Letters that stand for digits, in a run long enough for a number: `2O 583 617 971`, `siossso2992iAB9t`."""
    return _DIGITS_ALIKE.sub(lambda m: m.group().translate(_AS_DIGITS) if _mixed(m.group()) else m.group(), text)


def _mixed(run: str) -> bool:
    return sum(map(str.isdigit, run)) >= 2 and any(map(str.isalpha, run))


def squeeze(text: str) -> str:
    """Separators dropped inside runs that are mostly digits or single characters."""

    def join(match: re.Match[str]) -> str:
        run = match.group()
        pieces = _SEPARATOR.split(run)
        if sum(map(str.isdigit, run)) < 5:
            return run
        out: list[str] = []
        held = ""
        for piece in pieces:
            if len(piece) == 1 or not piece.isalpha() or (len(piece) == 2 and piece.isupper()):
                held += piece
            else:
                out += [held, piece] if held else [piece]
                held = ""
        return " ".join([*out, held] if held else out)

    return _SEPARATED.sub(join, text)


# -- encodings -----------------------------------------------------------------------------------------

_B64 = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{12,}={0,2}(?![A-Za-z0-9+/_=])")
_B32 = re.compile(r"(?<![A-Z0-9])[A-Z2-7]{16,}={0,6}(?![A-Z0-9=])")
_HEX = re.compile(r"(?<![0-9a-zA-Z])(?:0x)?((?:[0-9a-fA-F]{2}[ :]?){7,}[0-9a-fA-F]{2})(?![0-9a-zA-Z])")
_BINARY = re.compile(r"(?<![01])(?:[01]{8}[ ,]?){4,}")
_DECIMAL = re.compile(r"(?<!\d)(?:1?\d{2}[ ,;]{1,2}){5,}1?\d{2}(?!\d)")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_ESCAPE = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|u\{[0-9A-Fa-f]{1,6}\}|x[0-9A-Fa-f]{2}|[0-3][0-7]{2})")
_QUOTED = re.compile(r"(?:=[0-9A-F]{2}){2}")
_MORSE = re.compile(r"(?:[.\-·–−]{1,5}[ /|]+){7,}[.\-·–−]{1,5}")
_LETTERS = re.compile(r"(?<!\w)(?:\d{1,2}[-. ,/]{1,3}){5,}\d{1,2}(?!\w)")
_MORSE_CODE = dict(
    zip(
        ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.. "
        "----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----.".split(),
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
        strict=True,
    )
)


def _decode_all(text: str) -> tuple[list[View], bool]:
    """Every decoded reading, nested to DEPTH; and whether an encoded thing was left unread."""
    found: list[View] = []
    seen = {text}
    layer = [View("", text)]
    for _ in range(DEPTH):
        deeper: list[View] = []
        for view in layer:
            for name, decode in _DECODERS:
                if name in _ONCE and not _ONCE.isdisjoint(view.name.split("/")):
                    continue
                result = decode(view.text)
                if result is not None and result not in seen and len(result) <= 2 * len(view.text) + 64:
                    seen.add(result)
                    deeper.append(View(f"{view.name}/{name}" if view.name else name, skeleton(normalise(result))))
        found += deeper
        layer = deeper[:8]
    return found, bool(layer) and any(_DECODABLE.search(view.text) for view in layer)


_ONCE = {"rot13", "reversed", "leet"}  # readings of letters, not encodings: one of them, and not twice
_DECODABLE = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/]{40,}={1,2}")


def _substitute(pattern: re.Pattern[str], decode: Callable[[str], str | None]) -> Callable[[str], str | None]:
    """A decoder that replaces each match it can read, and is silent when there was none."""

    def run(text: str) -> str | None:
        hits = 0

        def replace(match: re.Match[str]) -> str:
            nonlocal hits
            plain = decode(match.group(1) if match.re.groups else match.group())
            hits += plain is not None
            return match.group() if plain is None else f" {plain} "

        result = pattern.sub(replace, text)
        return result if hits else None

    return run


def _readable(raw: bytes) -> str | None:
    """Bytes as text, when they are text: at least 90 % printable, and letters or digits among them."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    good = sum(char.isprintable() or char in "\n\t\r" for char in text)
    return text if text and good >= 0.9 * len(text) and sum(map(str.isalnum, text)) * 2 >= len(text) else None


def _base64(token: str) -> str | None:
    token = token.rstrip("=").replace("-", "+").replace("_", "/")
    if len(token) % 4 == 1:
        return None
    try:
        return _readable(base64.b64decode(token + "=" * (-len(token) % 4)))
    except (binascii.Error, ValueError):
        return None


def _base32(token: str) -> str | None:
    try:
        return _readable(base64.b32decode(token.rstrip("=") + "=" * (-len(token.rstrip("=")) % 8)))
    except (binascii.Error, ValueError):
        return None


def _percent(text: str) -> str | None:
    if not _PERCENT.search(text):
        return None
    return _PERCENT.sub(lambda m: bytes.fromhex(m.group().replace("%", "")).decode("utf-8", "replace"), text)


def _quoted_printable(text: str) -> str | None:
    return _readable(quopri.decodestring(text.encode())) if _QUOTED.search(text) else None


def _entities(text: str) -> str | None:
    return html.unescape(text) if "&" in text and ";" in text and html.unescape(text) != text else None


def _escaped(token: str) -> str:
    digits = token[1:].lstrip("ux").strip("{}")
    return chr(min(int(digits, 8 if token[1] in "0123" else 16), 0x10FFFF))


def _escapes(text: str) -> str | None:
    return _ESCAPE.sub(lambda match: _escaped(match.group()), text) if _ESCAPE.search(text) else None


def _morse(token: str) -> str | None:
    words = re.split(r"[/|]|\s{2,}", re.sub(r"[·]", ".", re.sub(r"[–−]", "-", token)))
    plain = " ".join("".join(_MORSE_CODE.get(code, "?") for code in word.split()) for word in words)
    return None if plain.count("?") * 5 > len(plain) else plain.title()


def _letters(token: str) -> str | None:
    words = re.split(r"\s{2,}|/", token)
    numbers = [[int(n) for n in re.findall(r"\d+", word)] for word in words]
    if any(not 1 <= n <= 26 for word in numbers for n in word):
        return None
    plain = " ".join("".join(chr(96 + n) for n in word) for word in numbers)
    return plain if likeness(plain) > _LIKELY - 0.6 else None


# How usual each pair of letters is in European words: a row for the first, a column for the second letter.
_PAIRS = (
    "06760562604858150878544251 40216000530620520443400030 50507007604612823437600030 60148330710230500440542030 "
    "73786662513779465997263630 50005500700300610304500030 50006114500315400640400020 60007000600123620324200030 "
    "75777560201769852678270204 00004000000010300000400000 20005002400004000030000000 70248210701731610055520060 "
    "74008000600252560040400000 72777680633435631279452050 34653542423679460866666140 70047004510630650745500030 "
    "00000000000000000000600000 73559340704365750577542050 50628306703330661078703020 80308107900543620775603060 "
    "55555330500656140766000010 50008000600000400000000000 50005105600304400430002000 10404001300000040005100000 "
    "10004000300120340242000000 20004000000000200000000000"
).split()
_LIKELY = 4.6


def likeness(word: str) -> float:
    """How much a word looks like one: the mean of its pairs of letters, 0 to 9."""
    letters = [ord(char) - 97 for char in word.lower() if "a" <= char.lower() <= "z"]
    pairs = list(pairwise(letters))
    return sum(int(_PAIRS[a][b]) for a, b in pairs) / len(pairs) if pairs else 0.0


_LONG_WORD = re.compile(r"(?<![\w/+=])[A-Za-z]{4,}(?![\w/+=])")


_SMALL = re.compile(
    r"\b(?:the|and|of|to|in|is|was|has|had|for|with|on|at|her|his|she|he|they|our|we|are|be|been|not|but|by|from|as|an|it|"
    r"that|this|have|will|patient|client|customer|name|number|card|account|password)\b|\b[A-Z][a-z]{3,}\b"
)
_UPSIDE = re.compile(r"\b[a-z]{3,}[A-Z]\b")


def _small_words(text: str) -> int:
    """Small and usual words, and words that begin with a capital; those that end with one count against."""
    return len(_SMALL.findall(text[:4000])) - len(_UPSIDE.findall(text[:4000]))


def _gains(change: Callable[[str], str]) -> Callable[[str], str | None]:
    """A reading that counts only when its words look more like words than before."""

    def run(text: str) -> str | None:
        before_after = [(likeness(word), likeness(change(word))) for word in _LONG_WORD.findall(text)[:400]]
        better = sum(after > before + 1.0 and before < _LIKELY < after + 0.6 for before, after in before_after)
        worse = sum(before > after + 1.0 and after < _LIKELY for before, after in before_after)
        small = _small_words(change(text)) - _small_words(text)
        return change(text) if (better >= 2 and better * 2 > worse) or small >= 2 else None

    return run


_LEET = str.maketrans("013457@$8|", "oieastasbl")
_LEET_WORD = re.compile(r"(?<!\w)(?=[\w@$|]{0,40}[A-Za-z])(?=[\w@$|]{0,40}[013457@$8|])[\w@$|]{3,41}")


def _leet(text: str) -> str | None:
    words = _LEET_WORD.findall(text)
    plain = [word.translate(_LEET) for word in words]
    good = sum(likeness(word) > _LIKELY - 0.8 and word.isalpha() for word in plain)
    return _LEET_WORD.sub(lambda m: m.group().translate(_LEET), text) if good >= 2 else None


_DECODERS: tuple[tuple[str, Callable[[str], str | None]], ...] = (
    ("percent", _percent),
    ("entities", _entities),
    ("escapes", _escapes),
    ("quoted-printable", _quoted_printable),
    ("hex", _substitute(_HEX, lambda t: _readable(bytes.fromhex(re.sub(r"[^0-9a-fA-F]", "", t))))),
    ("binary", _substitute(_BINARY, lambda t: _readable(bytes(int(b, 2) for b in re.findall(r"[01]{8}", t))))),
    ("codes", _substitute(_DECIMAL, lambda t: _readable(bytes(int(n) % 256 for n in re.findall(r"\d+", t))))),
    ("base64", _substitute(_B64, _base64)),
    ("base32", _substitute(_B32, _base32)),
    ("morse", _substitute(_MORSE, _morse)),
    ("letters", _substitute(_LETTERS, _letters)),
    ("rot13", _gains(lambda t: codecs.encode(t, "rot13"))),
    ("reversed", _gains(lambda t: t[::-1])),
    ("leet", _leet),
)
