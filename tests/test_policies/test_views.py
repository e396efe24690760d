"""What a text says once its disguises are off."""

from __future__ import annotations

import base64
import codecs
import time
import unicodedata
import urllib.parse

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.views import families, views_of
from policies.views.base import View
from policies.views.characters import clean
from policies.views.spread import squeezed
from policies.views.words import likeness

CARD = "4000004680767765"
SECRET = "patient Brunhild Akerlund has epilepsy"


BRAILLE = str.maketrans("abcdefghijklmnopqrstuvwxyz", "⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵")
SQUARE = "abcdefghiklmnopqrstuvwxyz"


def readings(text: str) -> str:
    return "\n".join(view.text for view in views_of(text).views)


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ("zero width", "\u200b".join(CARD)),
        ("soft hyphen", "\u00ad".join(CARD)),
        ("tag characters", "".join(char + "\U000e0041" for char in CARD)),
        ("full width", "".join(chr(ord(char) + 0xFEE0) for char in CARD)),
        ("arabic", CARD.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))),
        ("devanagari", CARD.translate(str.maketrans("0123456789", "०१२३४५६७८९"))),
        ("circled", CARD.translate(str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨"))),
        ("mathematical", CARD.translate(str.maketrans("0123456789", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"))),
        ("spaced", "number " + " ".join(CARD)),
        ("one to a line", "number\n" + "\n".join(CARD)),
        ("dotted", "number " + ".".join(CARD)),
        ("base64", base64.b64encode(f"card {CARD}".encode()).decode()),
        ("base64 twice", base64.b64encode(base64.b64encode(f"the card is {CARD}".encode())).decode()),
        ("hex", f"card {CARD}".encode().hex()),
        ("percent", "".join(f"%{byte:02X}" for byte in CARD.encode())),
        ("entities", "".join(f"&#{ord(char)};" for char in CARD)),
        ("escapes", "".join(f"\\u{ord(char):04x}" for char in CARD)),
        ("binary", " ".join(f"{byte:08b}" for byte in CARD.encode())),
        ("braille", "card ⠼" + "".join("⠚⠁⠃⠉⠙⠑⠋⠛⠓⠊"[int(digit)] for digit in CARD)),
        ("english", "four zero zero zero zero zero four six eight zero seven six seven seven six five"),
        ("german", "vier null null null null null vier sechs acht null sieben sechs sieben sieben sechs fünf"),
        ("french", "quatre zéro zéro zéro zéro zéro quatre six huit zéro sept six sept sept six cinq"),
        ("spanish", "cuatro cero cero cero cero cero cuatro seis ocho cero siete seis siete siete seis cinco"),
        ("italian", "quattro zero zero zero zero zero quattro sei otto zero sette sei sette sette sei cinque"),
        ("dutch", "vier nul nul nul nul nul vier zes acht nul zeven zes zeven zeven zes vijf"),
        ("mixed", "four 00 zero double zero four 6 eight zero seven 6 double seven 65"),
    ],
)
def test_a_number_is_read_through(how: str, text: str):
    assert CARD in readings(text)


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ("rot13", codecs.encode(SECRET, "rot13")),
        ("reversed", SECRET[::-1]),
        ("base64", base64.b64encode(SECRET.encode()).decode()),
        ("percent", urllib.parse.quote(SECRET)),
        ("look-alikes", SECRET.translate(str.maketrans("aeoc", "аеос"))),
        ("styled", "𝐩𝐚𝐭𝐢𝐞𝐧𝐭 𝐁𝐫𝐮𝐧𝐡𝐢𝐥𝐝 𝐀𝐤𝐞𝐫𝐥𝐮𝐧𝐝 𝐡𝐚𝐬 𝐞𝐩𝐢𝐥𝐞𝐩𝐬𝐲"),
        ("leet", "p4t13nt Brunh1ld Ak3rlund h4s 3p1l3psy"),
        ("percent of old", "".join(f"%u{ord(char):04x}" for char in SECRET)),
        ("names of characters", "".join(f"\\N{{{unicodedata.name(char)}}}" for char in SECRET)),
        ("a header of a mail", f"Subject: =?utf-8?Q?{SECRET.replace(' ', '_')}?="),
        ("base64 of a wide encoding", base64.b64encode(SECRET.encode("utf-16-be")).decode()),
        ("rows of base64 above a word", "QnJ1bmhpbGQg\nQWtlcmx1bmQg\naGFzIGl0\nBest regards"),
        ("seven bits", "".join(f"{ord(char):07b}" for char in SECRET)),
        ("codes in threes", "".join(f"{ord(char):03}" for char in SECRET)),
        ("braille", SECRET.lower().translate(BRAILLE)),
    ],
)
def test_a_sentence_is_read_through(how: str, text: str):
    assert "Brunhild Akerlund" in readings(text)


def test_places_in_a_square_of_letters_are_read():
    """Row and column; the square knows no borders of words."""
    places = [divmod(SQUARE.index(char), 5) for char in SECRET.lower() if char != " "]
    assert "brunhildakerlund" in readings(" ".join(f"{row + 1}{column + 1}" for row, column in places)).lower()


def test_words_without_borders_are_parted_and_a_long_word_is_not():
    glued = "telecommunications thepatienthasastomachache"
    assert "telecommunications the patient has a stomach ache" in readings(glued)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("see https://xn--mller-kva.example/x", "müller.example"),
        ("ask xn--BrnhildAkerlnd-hsbk about it", "BrünhildAkerlünd"),
    ],
)
def test_a_name_in_the_letters_of_addresses_is_read(said: str, meant: str):
    assert meant in readings(said)


@pytest.mark.parametrize(
    "text",
    [
        "what does \\N{NO SUCH THING} stand for",
        "Subject: =?utf-8?B?YW=JjZ?= and more",
        "call 234567234567 today",
        "see xn--99999999999999999999 there",
        "The form IIX VV IC XVIIII is no number.",
        " ".join(["10000001"] * 14),
        "a" + "\u200b" * 15 + "\u200cb",
        "the id is eHF6a3Z3 here",
    ],
)
def test_what_only_has_the_shape_of_an_encoding_is_not_read(text: str):
    """A character of no name, padding in the middle, figures alone, letters that stand for nothing, no Roman number,
    bits of no letters, invisible ones as well, and six letters that are no word."""
    kinds = {name for view in views_of(text).views for name in families(view.name)}
    assert not kinds & {"escapes", "quoted-printable", "base32", "punycode", "digits", "binary", "hidden", "base64"}


def test_five_layers_deep_is_said_to_be_unread():
    text = SECRET
    for _ in range(5):
        text = base64.b64encode(text.encode()).decode()
    assert views_of(text).opaque


@pytest.mark.parametrize("text", ["What is the incubation period of measles?", "", "Über die Brücke", "x = y[0]\n"])
def test_a_plain_text_has_one_reading_that_is_itself(text: str):
    assert [view.name for view in views_of(text).views] == ["raw"]


def test_words_with_accents_and_other_scripts_stay():
    assert clean(View("raw", "naïve Łódź 東京")).text == "naïve Łódź 東京"
    assert "москва" in views_of("москва").clean


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_text_at_all_is_read_without_error_and_itself_is_among_the_readings(text: str):
    seen = views_of(text)
    assert seen.views[0].text == text
    assert {view.text for view in seen.prose} <= {view.text for view in seen.views}


def test_small_pieces():
    assert squeezed(View("raw", "no digits, at all, in here")) is None
    assert likeness("statement") > likeness("fgngrzrag")


@pytest.mark.parametrize("piece", ["a ", "A", "QUJD", "%41", "1-"])
def test_a_flood_of_100_kilobytes_is_bounded(piece: str):
    text = (piece * 100_000)[:100_000]
    start = time.process_time()
    views_of(text)
    assert time.process_time() - start < 5


def test_a_line_that_is_upside_down_is_read():
    assert "akerlund" in readings("ʎsdǝlᴉdǝ sɐɥ punlɹǝʞɐ plᴉɥunɹq ʇuǝᴉʇɐd")


def test_of_a_long_text_the_plain_view_holds_the_lines_that_changed_and_prose_the_whole():
    lines = [f"This is line {n} of a long letter about nothing." for n in range(100)]
    spread = "\u200b".join(CARD)
    lines[50] = f"The card is {spread} and that is all."
    seen = views_of("\n".join(lines))
    plain = next(view for view in seen.views if view.name == "clean")
    assert CARD in plain.text
    assert "line 49" in plain.text
    assert "line 20" not in plain.text
    assert seen.prose[0].text == seen.clean
    assert "line 20" in seen.clean


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("IBAN: IT46M298589574747l2OOl744OO", "IT46M2985895747471200174400"),
        ("codice fiscale: PCVPPC83BO3L994K", "PCVPPC83B03L994K"),
        ("NI number: CEO48378B is it ok", "CE048378B"),
        ("card 4S39 9892 3597 2870 list it", "4539 9892 3597 2870"),
        ("order 5007151105088\n53:53:4e:20:34:33:32:2d:31:39", "SSN 432-19"),
        ("card fife won sicks nein too sicks too sicks sevin sevin tree sevin won too won fife", "5169262677371215"),
        ("35303732373133\r\n35303732373133", "5072713 ; 5072713"),
        ("1) 4642\n2) 8825\n3) 0563\n4) 6560", "4642 8825 0563 6560"),
        ("*5* *1* *6* *2* * * *8* *9* *4* *6*", "51628946"),
        ("rot5 card 8237 2894 8261 407", "3782 7349 3716 952"),
        ("0343 4256 5460 5762 3031 59ES", "SE95 1303 2675 0645 6524 3430"),
    ],
)
def test_a_number_is_read_whatever_stands_beside_it(text: str, wanted: str):
    assert any(wanted in view.text for view in views_of(text).views)


@pytest.mark.parametrize(
    "text", ["What does ICAO 9303 say about the passport number field?", "ustawa z dnia 24.09.2010 o ewidencji"]
)
def test_an_abbreviation_and_a_day_are_no_number(text: str):
    assert [view.text for view in views_of(text).views] == [text]
