"""Every disguise we can think of, put on invented numbers and sentences, comes off again; and maps lead back."""

from __future__ import annotations

import base64
import codecs
import random
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.views import NAMES, families, views_of
from policies.views.numbers import fold

NAMES_GIVEN = "Brunhild Torvald Ysolde Leocadia Radomir Sunniva Odalys Wendelin".split()
FAMILY = "Akerlund Vasquelle Tarnowicz Brandvold Castermans Oyelowa Halbrecht Fenwright".split()
ILLNESS = "epilepsy diabetes asthma migraine leukemia hepatitis".split()
SENTENCES = (
    "Please check this number for me: {}",
    "The account is {} and it was opened in March.",
    "Kannst du die Nummer {} bitte pruefen?",
    "my reference, which nobody else has seen, is {} so keep it quiet",
)
SPOKEN = {
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
    "ja": "〇 一 二 三 四 五 六 七 八 九",
}
_TO58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_MORSE = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- "
        "-.-- --..".split(),
        strict=True,
    )
)


def _said(language: str) -> Callable[[str], str]:
    words = SPOKEN[language].split()
    return lambda text: " ".join(words[int(char)] for char in text)


def _base58(text: str) -> str:
    number, out = int.from_bytes(text.encode(), "big"), ""
    while number:
        number, rest = divmod(number, 58)
        out = _TO58[rest] + out
    return out


def _shift(text: str, by: int) -> str:
    low = "abcdefghijklmnopqrstuvwxyz"
    both, turned = low + low.upper(), low[by:] + low[:by] + (low[by:] + low[:by]).upper()
    return text.translate(str.maketrans(both, turned))


def _offset(start: int) -> Callable[[str], str]:
    return lambda text: "".join(chr(start + int(char)) for char in text)


ENCODINGS: dict[str, Callable[[str], str]] = {
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64url": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64 of wide characters": lambda text: base64.b64encode(text.encode("utf-16-le")).decode(),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "base58": _base58,
    "base85": lambda text: base64.b85encode(text.encode()).decode(),
    "ascii85": lambda text: base64.a85encode(text.encode(), adobe=True).decode(),
    "hex": lambda text: text.encode().hex(),
    "hex in pairs": lambda text: text.encode().hex(" "),
    "hex with 0x": lambda text: " ".join(f"0x{byte:02x}" for byte in text.encode()),
    "code points": lambda text: " ".join(f"U+{ord(char):04X}" for char in text),
    "binary": lambda text: " ".join(f"{byte:08b}" for byte in text.encode()),
    "decimal": lambda text: " ".join(str(byte) for byte in text.encode()),
    "octal": lambda text: " ".join(f"{byte:o}" for byte in text.encode()),
    "percent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "entities": lambda text: "".join(f"&#{ord(char)};" for char in text),
    "hexadecimal entities": lambda text: "".join(f"&#x{ord(char):x};" for char in text),
    "escapes": lambda text: "".join(f"\\u{ord(char):04x}" for char in text),
    "byte escapes": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
    "hex with h": lambda text: " ".join(f"{byte:02X}h" for byte in text.encode()),
    "an array of bytes": lambda text: "x[]={" + ",".join(f"0x{byte:02X}" for byte in text.encode()) + "};",
    "calls": lambda text: ".".join(f"chr({byte})" for byte in text.encode()),
    "an array of letters": lambda text: str(list(text)),
    "style sheet escapes": lambda text: "".join(f"\\{ord(char):x} " for char in text),
    "a dump": lambda text: "\n".join(
        f"{n:08x}  {text.encode()[n : n + 16].hex(' ')}  |................|" for n in range(0, len(text.encode()), 16)
    ),
    "octal escapes": lambda text: "".join(f"\\{byte:03o}" for byte in text.encode()),
    "quoted-printable": lambda text: "".join(f"={byte:02X}" for byte in text.encode()),
    "mail header": lambda text: f"=?utf-8?B?{base64.b64encode(text.encode()).decode()}?=",
    "data address": lambda text: f"data:text/plain;base64,{base64.b64encode(text.encode()).decode()}",
}
CHARACTERS: dict[str, Callable[[str], str]] = {
    "zero width": lambda text: "\u200b".join(text),
    "soft hyphen": lambda text: "\u00ad".join(text),
    "bidi": lambda text: "\u202d" + "\u2066".join(text) + "\u202c",
    "full width": lambda text: "".join(chr(ord(char) + 0xFEE0) if char > " " else char for char in text),
    "tag characters": lambda text: "".join(chr(ord(char) + 0xE0000) for char in text),
    "an element each": lambda text: "".join(f"<c>{char}</c>" for char in text),
    "comments": lambda text: "<!-- x -->".join(re.findall("..?.?", text)),
    "marked sections": lambda text: "".join(f"<![CDATA[{part}]]>" for part in re.findall("..?.?", text)),
    "literals in a row": lambda text: " ".join(f"'{part}'" for part in re.findall("..?.?.?", text)),
    "literals added": lambda text: '"' + '" + "'.join(re.findall("..?.?.?", text)) + '"',
    "literals joined": lambda text: f"''.join({re.findall('..?.?.?', text)})",
    "variation selectors": lambda text: "🙂" + "".join(chr(0xE0100 + byte - 16) for byte in text.encode()),
}
FIGURES: dict[str, Callable[[str], str]] = {
    "arabic": _offset(0x660),
    "persian": _offset(0x6F0),
    "devanagari": _offset(0x966),
    "thai": _offset(0xE50),
    "mathematical": _offset(0x1D7CE),
    "raised": lambda text: text.translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")),
    "circled": lambda text: text.translate(str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")),
    "dark circles": lambda text: text.translate(str.maketrans("0123456789", "⓿❶❷❸❹❺❻❼❽❾")),
    "keycaps": lambda text: "".join(f"{char}\ufe0f\u20e3" for char in text),
    "spaced": " ".join,
    "dotted": ".".join,
    "starred": "*".join,
    "one to a line": "\n".join,
    "brackets": lambda text: "".join(f"({char})" for char in text),
    "Roman figures": lambda text: "-".join("N I II III IV V VI VII VIII IX".split()[int(char)] for char in text),
    "always one letter between": "x".join,
    "pairs with bars": lambda text: " | ".join(re.findall("..?", text)),
    **{f"said in {language}": _said(language) for language in SPOKEN},
}
LETTERS: dict[str, Callable[[str], str]] = {
    "cyrillic": lambda text: text.translate(str.maketrans("aeopcyxiBHTKM", "аеорсухіВНТКМ")),
    "small capitals": lambda text: text.translate(str.maketrans("abdehiklmnoprtuvw", "ᴀʙᴅᴇʜɪᴋʟᴍɴᴏᴘʀᴛᴜᴠᴡ")),
    "bold": lambda text: "".join(
        chr(0x1D41A + ord(c) - 97) if c.islower() else chr(0x1D400 + ord(c) - 65) if c.isupper() else c for c in text
    ),
    "flags": lambda text: "".join(chr(0x1F1E6 + ord(c) - 65) if c.isalpha() else c for c in text.upper()),
    "struck through": lambda text: "".join(f"{char}\u0336" for char in text),
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "shifted by 5": lambda text: _shift(text, 5),
    "shifted by 22": lambda text: _shift(text, 22),
    "atbash": lambda text: "".join(
        chr(219 - ord(c)) if c.islower() else chr(155 - ord(c)) if c.isupper() else c for c in text
    ),
    "rot47": lambda text: "".join(chr(33 + (ord(c) - 33 + 47) % 94) if c > " " else c for c in text),
    "reversed": lambda text: text[::-1],
    "each word reversed": lambda text: " ".join(word[::-1] for word in text.split()),
    "spread": lambda text: "  ".join(" ".join(word) for word in text.split()),
    "dashes": lambda text: "  ".join("-".join(word) for word in text.split()),
    "pictures": lambda text: " ".join("🙂".join(word) for word in text.split()),
    "doubled": lambda text: " ".join("".join(char * 2 for char in word) for word in text.split()),
    "morse": lambda text: " / ".join(" ".join(_MORSE[char] for char in word) for word in text.lower().split()),
    "places in words": lambda text: " ".join("-".join(str(ord(c) - 96) for c in word) for word in text.lower().split()),
    "places": lambda text: "  ".join("-".join(str(ord(c) - 96) for c in word) for word in text.lower().split()),
}


def digits(rng: random.Random, length: int = 14) -> str:
    return str(rng.randint(1, 9)) + "".join(str(rng.randint(0, 9)) for _ in range(length - 1))


def person(rng: random.Random) -> str:
    return f"{rng.choice(NAMES_GIVEN)} {rng.choice(FAMILY)}"


def about(rng: random.Random) -> tuple[str, str]:
    name = person(rng)
    return name, f"patient {name} has {rng.choice(ILLNESS)} since March"


def read_in(text: str, wanted: str) -> bool:
    plain = fold(wanted)
    return any(plain in fold(view.text) for view in views_of(text).views)


def share_read(
    disguise: Callable[[str], str], make: Callable[[random.Random], tuple[str, str]], times: int = 12
) -> float:
    rng = random.Random(7)
    read = 0
    for _ in range(times):
        wanted, text = make(rng)
        read += read_in(rng.choice(SENTENCES).format(disguise(text)), wanted)
    return read / times


def a_number(rng: random.Random) -> tuple[str, str]:
    number = digits(rng)
    return number, number


@pytest.mark.parametrize("name", [*ENCODINGS, *CHARACTERS, *FIGURES])
def test_an_invented_number_is_read_through_one_disguise(name: str):
    assert share_read((ENCODINGS | CHARACTERS | FIGURES)[name], a_number) == 1.0


@pytest.mark.parametrize("name", [*ENCODINGS, *CHARACTERS, *LETTERS])
def test_an_invented_sentence_is_read_through_one_disguise(name: str):
    assert share_read((ENCODINGS | CHARACTERS | LETTERS)[name], about) >= 0.9


@pytest.mark.parametrize(
    "inner", [*CHARACTERS, "arabic", "circled", "spaced", "said in en", "said in de", "base64", "hex"]
)
@pytest.mark.parametrize("outer", ["base64", "hex", "percent", "entities", "escapes", "base32", "quoted-printable"])
def test_a_number_is_read_through_two_disguises(outer: str, inner: str):
    both = ENCODINGS | CHARACTERS | FIGURES
    assert share_read(lambda text: both[outer](both[inner](text)), a_number, 4) == 1.0


@pytest.mark.parametrize("inner", ["rot13", "reversed", "spread", "bold", "cyrillic", "morse", "atbash"])
@pytest.mark.parametrize("outer", ["base64", "hex", "percent", "entities"])
def test_a_sentence_is_read_through_two_disguises(outer: str, inner: str):
    assert share_read(lambda text: ENCODINGS[outer](LETTERS[inner](text)), about, 4) >= 0.75


@pytest.mark.parametrize("name", ["base64", "hex", "base32", "percent"])
def test_three_layers_are_read_and_a_fourth_is_said_to_be_unread(name: str):
    text = "the patient is Ysolde Tarnowicz"
    for _ in range(3):
        text = ENCODINGS[name](text)
    assert read_in(text, "Ysolde Tarnowicz")
    assert not views_of(text).opaque
    assert views_of(ENCODINGS[name](text)).opaque


def test_every_view_has_a_name_that_is_listed():
    rng = random.Random(3)
    for disguise in (ENCODINGS | CHARACTERS | LETTERS).values():
        for view in views_of(SENTENCES[0].format(disguise(about(rng)[1]))).views:
            assert set(families(view.name)) <= set(NAMES)


# -- the plain reading ------------------------------------------------------------------------------------------

anything = st.text(max_size=120) | st.text(
    alphabet="aA1 \n\u200b\u0301\u0336аеΒρ٣①Ⅳ½ﬁ\U000e0041\ufe0f\u20e3ﾊﾞ\u1100\u1161😀-–", max_size=60
)


@given(anything)
@settings(max_examples=300, deadline=None)
def test_the_plain_reading_of_a_plain_reading_is_itself(text: str):
    clean = views_of(text).clean
    assert views_of(clean).clean == clean


@given(anything)
@settings(max_examples=200, deadline=None)
def test_what_shows_nothing_changes_nothing(text: str):
    """Two texts with one plain reading have the same readings after it."""
    dotted = "\u2060".join(text)
    assert views_of(dotted).clean == views_of(text).clean


@given(anything)
@settings(max_examples=150, deadline=None)
def test_every_span_of_every_view_leads_back_into_the_text(text: str):
    for view in views_of(text).views:
        place = view.origin(0, len(view.text))
        assert place is not None
        assert 0 <= place[0] <= place[1] <= len(text)
        assert view.origin(0, len(view.text) + 1) is None


@pytest.mark.parametrize("name", [*ENCODINGS, *CHARACTERS, *FIGURES])
def test_a_hit_leads_back_to_what_was_disguised(name: str):
    """The span in the original, read by itself, holds the number; and it holds little else."""
    disguise = (ENCODINGS | CHARACTERS | FIGURES)[name]
    rng = random.Random(11)
    number = digits(rng)
    text = (
        f"Before it stand some words. The number is {disguise(number)} and after it some more. " + "Words follow. " * 30
    )
    view = next(view for view in views_of(text).views if number in view.text)
    start = view.text.index(number)
    place = view.origin(start, start + len(number))
    assert place is not None
    assert read_in(text[slice(*place)], number)
    assert place[1] - place[0] <= len(disguise(number)) + 30


@given(st.text(max_size=400))
@settings(max_examples=100, deadline=None)
def test_the_views_together_keep_the_budget(text: str):
    seen = views_of(text)
    assert sum(len(view.text) for view in seen.views) <= 7 * len(text) + 20_000


CARD = "5466160073184424"


@pytest.mark.parametrize(
    "text",
    [
        f"my card: \u202e{CARD[::-1]}\u202c",
        f"my card: \u2067{CARD[::-1]}",
        f"read it backwards: {CARD[::-1]}",
        "meine Karte, rückwärts: " + " ".join(CARD[::-1][at : at + 4] for at in range(0, 16, 4)),
        "mitt kort är fem fyra sex sex ett sex noll noll sju tre ett åtta fyra fyra två fyra",
        "my card is fem fyra sex sex ett sex noll noll sju tre ett åtta fyra fyra två fyra",
        "カードは ご よん ろく ろく いち ろく ぜろ ぜろ なな さん いち はち よん よん に よん",
        "カードは ゴ ヨン ロク ロク イチ ロク レイ レイ ナナ サン イチ ハチ ヨン ヨン ニ ヨン",
    ],
)
def test_a_number_the_other_way_round_or_in_words_of_another_language_is_read(text: str):
    assert any(CARD in view.text for view in views_of(text).views)


@pytest.mark.parametrize("blank", "\u00a0\u1680\u2002\u2003\u2007\u2009\u202f\u205f\u3000")
def test_a_blank_of_any_kind_is_a_blank(blank: str):
    assert views_of(f"Ilse{blank}Pettengrew").clean == "Ilse Pettengrew"
