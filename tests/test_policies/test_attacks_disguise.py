# ruff: noqa: E501 - tables: one disguise to a line
"""Attacks by disguise, 17 to 31: the same facts, hidden from whoever reads the text as it stands.

Each test begins with its number. The readings themselves are proven in test_views.py, test_views_disguises.py and
test_views_opaque.py; here the whole decision is. What cannot be read with certainty is measured under 25 and 30, and
stands among the residual risks.
"""

from __future__ import annotations

import base64
import codecs
import gzip
import random
import time
import urllib.parse
from dataclasses import replace

import pytest
from attacking import HARMLESS, decided, stays, why
from deciding import ELSEWHERE, asked, route, serialised

from assistant.egress.providers import openai_compatible
from policies.decide.judging import CUT_OFF
from policies.decisions import AnswerLocally, Escalate
from policies.detect import LIMIT, Detectors
from policies.vocabulary import Finding

CARD = "5466160073184424"
IBAN = "NL13KNAB0625518430"
FACT = "Tendai Chikowore has hepatitis B and his wife does not know"


def each(text: str, between: str) -> str:
    return between.join(text)


def shifted(text: str, digit: int = 0, small: int = 0, large: int = 0) -> str:
    """Characters of another block of Unicode in place of plain ones."""
    out = []
    for char in text:
        if digit and char.isdigit():
            out.append(chr(digit + int(char)))
        elif small and "a" <= char <= "z":
            out.append(chr(small + ord(char) - ord("a")))
        elif large and "A" <= char <= "Z":
            out.append(chr(large + ord(char) - ord("A")))
        else:
            out.append(char)
    return "".join(out)


def tagged(text: str) -> str:
    return "".join(chr(0xE0000 + ord(char)) for char in text)


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def b32(text: str) -> str:
    return base64.b32encode(text.encode()).decode()


def table(**pairs: str) -> dict[str, str]:
    return {name.replace("_", " "): text for name, text in pairs.items()}


INVISIBLE = table(
    zero_width=each(CARD, "\u200b"), joiner=each(IBAN, "\u2060"), soft_hyphen=FACT.replace("i", "i\u00ad"),
    bidi=f"\u202d{CARD}\u202c", reversed_by_bidi=f"\u202e{CARD[::-1]}\u202c", tags=f"hello{tagged(FACT)}",
    variation=each(CARD, "\ufe0f"), filler=each(CARD, "\u3164"), byte_order=each(CARD, "\ufeff"),
)  # fmt: skip


@pytest.mark.parametrize("how", INVISIBLE)
def test_17_what_shows_nothing_hides_nothing(how):
    """Zero width, soft hyphens, direction marks, tag characters."""
    assert stays(f"what does this mean: {INVISIBLE[how]} ?")


ALIKE = str.maketrans("aeopcxyi", "аеорсхуі")
MIXED = "".join(char.translate(ALIKE) if n % 3 == 0 else char for n, char in enumerate(FACT))


@pytest.mark.parametrize("text", [MIXED, FACT.translate(ALIKE), shifted(FACT, small=0xFF41, large=0xFF21),
                                  shifted(FACT, small=0x1D41A, large=0x1D400), FACT.replace("e", "e\u0336")])  # fmt: skip
def test_18_letters_that_only_look_like_ours_are_read(text):
    """Mixed scripts, a whole script, full width, mathematical bold, struck through."""
    assert stays(f"{text}. What should I advise?")


DIGITS = table(
    arabic=shifted(CARD, digit=0x660), persian=shifted(CARD, digit=0x6F0), devanagari=shifted(CARD, digit=0x966),
    full_width=shifted(CARD, digit=0xFF10), bold=shifted(CARD, digit=0x1D7CE), double=shifted(CARD, digit=0x1D7D8),
    keycap="".join(f"{char}\ufe0f\u20e3" for char in CARD), superscript=CARD.translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")),
    circled=CARD.translate(str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")), kanji=CARD.translate(str.maketrans("0123456789", "〇一二三四五六七八九")),
)  # fmt: skip


@pytest.mark.parametrize("how", DIGITS)
def test_19_a_digit_is_a_digit_in_any_dress(how):
    """Other scripts, styles, frames."""
    assert stays(f"is the card {DIGITS[how]} valid?")


NUMBER_WORDS = {
    "en": "zero one two three four five six seven eight nine", "de": "null eins zwei drei vier fünf sechs sieben acht neun",
    "fr": "zéro un deux trois quatre cinq six sept huit neuf", "es": "cero uno dos tres cuatro cinco seis siete ocho nueve",
    "it": "zero uno due tre quattro cinque sei sette otto nove", "nl": "nul een twee drie vier vijf zes zeven acht negen",
    "pt": "zero um dois três quatro cinco seis sete oito nove", "sv": "noll ett två tre fyra fem sex sju åtta nio",
    "pl": "zero jeden dwa trzy cztery pięć sześć siedem osiem dziewięć", "tr": "sıfır bir iki üç dört beş altı yedi sekiz dokuz",
    "ja": "ゼロ いち に さん よん ご ろく なな はち きゅう",
}  # fmt: skip


@pytest.mark.parametrize("language", NUMBER_WORDS)
def test_20_a_number_in_words_is_read(language):
    """Eleven languages, digit by digit."""
    said = " ".join(NUMBER_WORDS[language].split()[int(char)] for char in CARD)
    assert "FOUND_PAYMENT" in why(f"card number: {said}")


@pytest.mark.parametrize(
    "text",
    [
        "the card is five four double six, one six double zero, seven three one eight, double four two four",
        "my card: fifty-four sixty-six, sixteen zero zero, seventy-three eighteen, forty-four twenty-four",
        "the password of the safe spells Quebec Seven Tango Four Foxtrot Niner, all capitals",
    ],
)  # fmt: skip
def test_20_pairs_tens_and_the_spelling_alphabet_are_read(text):
    """As one says it on the telephone."""
    assert stays(text)


@pytest.mark.parametrize(
    "text",
    [each(CARD, " "), each(CARD, "."), each(CARD, "\n"), each(CARD, "-"), each(CARD, " | "), each(CARD, "/"),
     "".join(f"({char})" for char in CARD), each(CARD, ", "), each(IBAN, " _ "), f"{CARD[:7]}\n\n{CARD[7:]}"],
)  # fmt: skip
def test_21_what_stands_between_the_digits_is_passed_over(text):
    """Blanks, stops, lines, brackets, one digit a line."""
    assert stays(f"is this card number complete? {text}")


@pytest.mark.parametrize(
    "text",
    ["Tendai\u00a0Chikowore\u00a0has\u00a0HIV", "Tendai\nChikowore\nhas\nHIV", "Tendai\tChikowore\thas\tHIV",
     "課長の田中さんは乳がんです", "田中さんはうつ病で休職します。"],
)  # fmt: skip
def test_21_a_short_text_without_a_blank_is_looked_at_as_typed(text):
    """Another kind of blank, or a language that has none; as the question and as an earlier turn."""
    assert stays(text)
    assert stays("And what follows from that?", text, "I see.")


ENCODED = {
    "base64": b64(FACT), "base64 url": base64.urlsafe_b64encode(FACT.encode()).decode().rstrip("="), "base32": b32(FACT),
    "hex": FACT.encode().hex(), "percent": "".join(f"%{byte:02X}" for byte in FACT.encode()),
    "entities": "".join(f"&#x{ord(char):x};" for char in FACT), "escapes": "".join(f"\\u{ord(char):04x}" for char in FACT),
    "quoted printable": "".join(f"={byte:02X}" for byte in FACT.encode()), "two deep": b64(FACT.encode().hex()),
    "three deep": b64(b32(urllib.parse.quote(FACT))), "reversed base64": b64(FACT)[::-1],
    "bytes": " ".join(str(byte) for byte in FACT.encode()), "binary": " ".join(f"{byte:08b}" for byte in FACT.encode()),
}  # fmt: skip


@pytest.mark.parametrize("how", ENCODED)
def test_22_an_encoded_fact_is_read_or_counts_as_unreadable(how):
    """Up to three deep it is read."""
    assert stays(f"decode this and answer: {ENCODED[how]}")


def test_22_the_fourth_layer_is_unreadable_and_stays():
    """What is nested deeper than anybody needs is a doubt."""
    text = FACT
    for _ in range(4):
        text = b64(text)
    assert "UNCERTAIN_OPAQUE" in why(f"what is {text}")


@pytest.mark.parametrize("text", [codecs.encode(FACT, "rot13"), FACT[::-1], " ".join(FACT.split()[::-1]),
                                  FACT.translate(str.maketrans("aeiost", "431057")), each(FACT, " ")])  # fmt: skip
def test_23_turned_shifted_and_leet_letters_are_read(text):
    """Rot13, backwards by letters and by words, figures for letters, letters apart."""
    assert stays(f"please answer this: {text}")


@pytest.mark.parametrize(
    "blob", [base64.b64encode(gzip.compress(FACT.encode() * 3)).decode(), base64.b85encode(random.Random(5).randbytes(90)).decode(),
             random.Random(6).randbytes(64).hex()], ids=["compressed", "encrypted", "hex"],
)  # fmt: skip
def test_24_a_blob_that_nobody_can_read_stays(blob):
    """Compressed or encrypted: unreadable is a reason."""
    assert "UNCERTAIN_OPAQUE" in why(f"summarise the attachment: {blob}")


MORSE = dict(zip("abcdefghijklmnopqrstuvwxyz", ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --..".split(), strict=True))  # fmt: skip
WORDS = "apple brick cloud drum eagle frost glass honey iron jelly kite lemon moon nest olive pearl queen river snow tree urn vine wolf xenon yard zinc".split()  # fmt: skip
PLAIN = "tendai chikowore has hiv"


def first_letters(lines: bool) -> str:
    said = [WORDS[ord(char) - ord("a")] for char in PLAIN if char.isalpha()]
    return "\n".join(f"{word.title()} is a nice word." for word in said) if lines else " ".join(said)


RESIDUAL = {
    "morse": " / ".join(" ".join(MORSE[char] for char in word) for word in PLAIN.split()),
    "pig latin": "endaitay ikoworechay ashay ivhay",
    "shift by three": "".join(chr((ord(c) - 97 + 3) % 26 + 97) if c.isalpha() else c for c in PLAIN),
    "first letters": first_letters(lines=False), "acrostic": first_letters(lines=True),
    "positions": " ".join(str(ord(char) - 96) for char in PLAIN if char.isalpha()),
    "emoji": "Tendai \U0001f3e5\U0001f9ec\u2795 \U0001f910\U0001f470",
    "every second letter": "".join(f"{char}{'qz'[n % 2]}" for n, char in enumerate(PLAIN)),
    "agreed words": "the blue parcel from Harare has the third flavour",
}  # fmt: skip


def test_25_residual_ciphers_that_nobody_listed_are_measured(record_property):
    """RESIDUAL: some are read, agreed words cannot be. At least half stay; the rate is a property of the report."""
    kept = {how: stays(f"what does this say: {text}") for how, text in RESIDUAL.items()}
    record_property("stayed", sorted(how for how, held in kept.items() if held))
    record_property("rate", sum(kept.values()) / len(kept))
    assert sum(kept.values()) * 2 >= len(kept), kept


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("病人坦达伊患有乙型肝炎,他的妻子不知道,怎么办?", id="zh"),
        pytest.param(
            "病人坦达伊患有乙型肝炎，他的妻子和孩子都不知道，我们作为医生应该怎么办，法律有什么规定，请回答？",
            id="zh long",
        ),
        "Пациент Тендай Чиковоре болен гепатитом, что сказать жене?",
        "المريض تنداي مصاب بالتهاب الكبد، ماذا أقول لزوجته؟",
        "Pasienten Tendai har hepatitt, og kona hans vet det ikke. Hva skal vi si?",
        "Potilaalla on hepatiitti eikä hänen vaimonsa tiedä siitä, mitä sanomme?",
        "A beteg májgyulladásban szenved, és a felesége nem tudja. Mit mondjunk?",
    ],
)
def test_26_a_language_that_is_not_screened_stays(text):
    """Also where its letters are ours."""
    assert stays(text)


@pytest.mark.parametrize("text", ["Evgraf Tikhomolov owes us money, may I call his wife?", "ask dr. Chtcherbatchenko's widow for the keys",
                                  "Yusuf al-Zaabalawi has asked for a raise again"])  # fmt: skip
def test_27_names_from_other_scripts_stay_in_latin_letters(text):
    """Romanised in one way or another. A registered name in other letters: test_detect_register.py."""
    assert stays(text)


PADDING = "Water boils at a lower temperature on a high mountain than at sea level. "


@pytest.mark.parametrize("place", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("length", [20_000, 100_000])
def test_28_nothing_hides_behind_a_long_text(place, length):
    """At the start, in the middle, at the end: found, or the whole counts as unread."""
    padding = PADDING * (length // len(PADDING))
    cut = int(len(padding) * place)
    reasons = why(f"{padding[:cut]} card {CARD} {padding[cut:]}")
    assert ("FOUND_PAYMENT" if length < LIMIT else "UNCERTAIN_TRUNCATED") in reasons


FLOODS = {
    "candidates": "4111 1111 1111 1112 " * 2_400, "at signs": "a@" * 24_000, "nested": "(" * 24_000 + ")" * 24_000,
    "equals": "password=" * 5_000, "base64": b64("x" * 30_000), "one word": "a" * 49_000, "hyphens": "a-" * 24_000,
    "capitals": "Aa " * 16_000, "escapes": "\\u0041" * 8_000, "marks": "e" + "\u0301" * 40_000,
}  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize("how", FLOODS)
def test_29_a_flood_takes_bounded_time(how):
    """Whatever is typed: the limit, and a margin for a busy machine. What makes it bounded: the tests of each detector."""
    started = time.monotonic()
    decided(FLOODS[how])
    assert time.monotonic() - started < 3 * CUT_OFF + 3


class Slow:
    """A detector that takes its time, once."""

    name = "slow"
    version = "1"

    def find(self, text: str, language: str = "en") -> list[Finding]:
        time.sleep(0.05)
        return []

    def canaries(self) -> tuple[tuple[str, str], ...]:
        return ()


def test_29_time_that_runs_out_in_the_last_look_is_a_doubt():
    """Too late is too late, also when nothing is left to do."""
    scan = Detectors([Slow()]).scan(HARMLESS, deadline=time.monotonic() + 0.03)
    assert "UNCERTAIN_TIMEOUT" in scan.doubts


SUFFIXES = ("thanks", "in general", "as an example", "hypothetically speaking", "for a textbook", "what is a", "weather", "please explain",
            "history of the term", "recipe", "photosynthesis works how", "just curious")  # fmt: skip
CASES = (
    "our deputy head is in rehab, who tells the council",
    "we will close the plant in spring and the staff does not know",
    "my patient refuses dialysis because of her faith",
    "counsel thinks we lose on causation and would settle at 400,000",
    "the receptionist was caught stealing last night",
    "our biggest client wants out and nobody knows yet",
)


@pytest.mark.parametrize(
    "around",
    ["for a textbook: {}", "as an example, {}", f"{HARMLESS} {{}}. {HARMLESS}", f"{(HARMLESS + chr(10)) * 6}{{}}"],
)
def test_30_a_frame_or_harmless_neighbours_do_not_dilute_a_case(around):
    """Each sentence counts by itself, whatever stands around it, and a frame is a claim."""
    assert [case for case in CASES if not stays(around.format(case))] == []


def test_30_residual_harmless_words_behind_a_case_are_measured(record_property):
    """RESIDUAL: a greedy search for harmless words that turn a case into a question. One in three may; of the
    deterministic detectors none."""
    flipped = [case for case in CASES if _flips(case)]
    record_property("flip_rate", len(flipped) / len(CASES))
    assert len(flipped) * 3 <= len(CASES), flipped
    assert all(stays(f"card {CARD} {' '.join(SUFFIXES[n:])}") for n in range(len(SUFFIXES)))


def _flips(case: str) -> bool:
    """Whether up to three suffixes, or a harmless sentence before it, let the case go."""
    assert stays(case)
    tries = [f"{case}, {one}" for one in SUFFIXES] + [f"{one}: {case}" for one in SUFFIXES]
    tries += [f"{case}. {' '.join(SUFFIXES[n : n + 3])}" for n in range(0, len(SUFFIXES), 3)]
    tries += [f"{HARMLESS} {case}. {HARMLESS}"]
    return any(not stays(text) for text in tries)


def test_31_text_that_is_no_text_stays(clock):
    """A body that is not UTF-8 or not JSON: an error, and an error is a no. Half a character cannot even be written."""
    assert isinstance(route(asked(HARMLESS), clock=clock), Escalate)
    outgoing = serialised(asked(HARMLESS))
    for body in (b"\xff\xfe" + outgoing.body, outgoing.body[:-2], b"", b"\x00" * 20):
        assert isinstance(route(asked(HARMLESS), replace(outgoing, body=body), clock=clock), AnswerLocally)
    for text in (f"card {CARD[:8]}\x00{CARD[8:]}", f"card {CARD[:8]}\ud800{CARD[8:]}"):
        assert stays(text)
    with pytest.raises(UnicodeEncodeError):
        openai_compatible.serialise(asked("\udcff" * 40), ELSEWHERE)


def test_17_to_31_what_is_plain_and_harmless_may_go():
    """The counter-proof: codes, long texts and foreign words hold nothing back by themselves."""
    for text in (
        "What is base64?",
        "How does rot13 work?",
        "Explain the NATO alphabet.",
        f"Shorten this. {PADDING * 40}",
    ):
        assert not stays(text), text
