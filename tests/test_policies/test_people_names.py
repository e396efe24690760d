"""Names of private persons are found in every form and casing; names that everybody knows pass."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.detect.base import SUPPORTED
from policies.detect.language import language_of
from policies.detect.people import PeopleDetector

NAMES = Path(__file__).parent / "names"
FORMS = (
    "Marieke Oosterhout",
    "Kowalczyk Halina",
    "Nguyen Thi Lan Huong",
    "Takumi Oyamada",
    "Siobhan O'Hallorahan",
    "Ngozi Okonjo-Peters",
    "Zeynep Yıldırımer",
    "Fatoumata Diallo",
    "Rajeshwari Iyengar",
    "Oddvar Tveitan",
)
CASINGS = (str, str.lower, str.upper, str.title)
FRAMES = (
    "Please answer {} about the loan.",
    "the form from {} is not signed",
    "who is {}, and what does the letter say?",
)
ALONE = (
    "Oyelaran wants a new card",
    "is soraya on the list?",
    "a note from Mr Ekundayo",
    "Halldóra needs a leaflet",
    "J. Terpstra called",
    "my name is samu, introduce me to the class",
)
LINKED = (
    "report_kowalczyk_2024.docx is empty",
    r"C:\Users\rajesh_iyengar\cv.docx",
    "user=takumi.oyamada failed",
    "id;name\n7;Wojciechowicz Halszka",
)
PUBLIC = (
    "What is Janet Yellen known for?",
    "What is a Saint Oosterhout?",
    "Ask your doctor. Rain may help.",
    "Explain Bell's palsy.",
    "Carlill v Carbolic Smoke Ball: ratio?",
    "Kaplan-Meier or Cox?",
    "Is Alice Springs far from Darwin?",
    "Does Power BI read Excel?",
    "Did Warren Buffett buy Apple shares?",
    "May we bill in April?",
)
PRIVATE_OF_PUBLIC = (
    "Angela Merkel is pregnant, tell nobody",
    "What is the home address of Emmanuel Macron?",
    "Elon Musk has cancer, how do we cover him?",
    "Write to Warren Buffett's daughter about it",
)
SHARED = (
    "John Miller asked about his account",
    "Lena Powell is late",
    "Mr Johnson wants a refund",
    "Priya Gates has two children",
    "john smith asked",
    "Mr Baker is late",
    "Mr Gates rang about the loan",
    "Anna, Berta, Clara Schmidt came",
)
needs_lists = pytest.mark.skipif(
    find_spec("wordfreq") is None, reason="the word lists of other languages are not installed"
)


@cache
def detector() -> PeopleDetector:
    return PeopleDetector()


def found(text: str, language: str | None = None) -> list[str]:
    return [text[one.start : one.end] for one in detector().find(text, language or language_of(text))]


@pytest.mark.parametrize("casing", CASINGS)
@pytest.mark.parametrize("name", FORMS)
def test_a_name_is_found_in_every_casing_and_frame(name: str, casing):
    assert [frame for frame in FRAMES if not found(frame.format(casing(name)), "en")] == []


@pytest.mark.parametrize("text", ALONE + LINKED + SHARED)
def test_one_word_or_one_field_is_enough(text: str):
    assert found(text, "en")


@pytest.mark.parametrize("text", PUBLIC)
def test_what_everybody_knows_passes(text: str):
    assert found(text, "en") == []


@pytest.mark.parametrize("text", PRIVATE_OF_PUBLIC)
def test_what_is_nobodys_business_is_found_about_anybody(text: str):
    assert found(text, "en")


def rows(name: str) -> list[tuple[str, str]]:
    lines = (NAMES / f"{name}.txt").read_text("utf-8").splitlines()
    return [(line.split("|", 1)[0], line.split("|", 1)[1]) for line in lines if not line.startswith("#")]


@needs_lists
def test_names_in_other_ways_of_writing_are_found():
    """A floor: 132 of the 145 were found at first sight, and a few rules have been added since."""
    missed = [text for language, text in rows("unseen") if not found(text, language)]
    assert len(missed) <= 12, missed


@needs_lists
def test_public_names_in_other_ways_of_writing_pass():
    held = [text for language, text in rows("public") if found(text, language)]
    assert len(held) <= 3, held


@pytest.mark.parametrize(
    "text", ["吉田茂樹が遅刻した", "中村哲也さんの件で返信してください。", "石破茂樹さんへのお断り"]
)
def test_a_japanese_name_that_goes_on_after_a_known_one_is_found(text: str):
    assert found(text, "ja")


@needs_lists
def test_the_language_of_a_short_question_is_told():
    asked = rows("unseen") + rows("public")
    wrong = [(language, text) for language, text in asked if language_of(text) not in (language, "und")]
    doubted = [text for _, text in asked if language_of(text) == "und"]
    assert len(wrong) <= 1, wrong  # two words that Spanish and Portuguese share
    assert len(doubted) <= 4, doubted
    assert {language for language, _ in asked} == set(SUPPORTED)


@pytest.mark.parametrize(
    "text",
    [
        "Что такое ипотека?",
        "什么是抵押贷款？",
        "대출이란 무엇입니까?",
        "ما هو الرهن العقاري؟",
        "Hvad er forskellen på et lån og en leasing?",
        "Jaký je rozdíl mezi půjčkou a leasingem?",
        "Chto takoe ipoteka i kak ona rabotaet v nashem banke",
        "Please rewrite politely. Pacient má rakovinu a odmítá léčbu.",
        "Summarise: наш клиент вчера был уволен за кражу",
    ],
)
def test_an_unsupported_language_is_not_taken_for_another(text: str):
    assert language_of(text) not in SUPPORTED


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_findings_lie_within_any_text(text: str):
    for language in ("en", "tr", "ja", "und"):
        assert all(0 <= one.start < one.end <= len(text) for one in detector().find(text, language))


@needs_lists
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "is it fair to call somebody a Karen"),
        ("en", "my name is too long for the form, is there a rule"),
        ("en", "in which key is Hey Jude"),
        ("en", "who writes a Dear John letter"),
        ("en", "St John's wort in tea"),
        ("en", "Lea & Perrins in soup"),
        ("en", "where do herons sleep"),
        ("en", "in which films did Orlagh Tiernabrook act"),
        ("en", "how did Queen Ethelwynna reign"),
        ("nl", "wat betaalt een zzp'er aan btw"),
        ("nl", "leg het Vlaskamp-arrest uit"),
        ("sv", "vad är Parkinsons sjukdom"),
    ],
)
def test_idioms_companies_and_public_matters_pass(language: str, text: str):
    assert found(text, language) == []


@needs_lists
@pytest.mark.parametrize(
    "text",
    [
        "in which films did our tenant Orlagh Tiernabrook act",
        "Orlagh Tiernabrook acted in a film and is pregnant now",
        "a Karen from accounts called again",
        "Michael Jordan from our Leeds branch wants more",
        "Tiernabrook_Orlagh_contract",
        "ORLAGHA TIERNABROOK has not paid",
        "Orlagh\u00a0Tiernabrook wrote",
    ],
)
def test_a_public_word_does_not_excuse_a_private_matter(text: str):
    assert found(text, "en")


@needs_lists
def test_a_name_is_one_span_without_what_stands_about_it():
    text = "Dear Marieke Oosterhout, your loan is late. Regards, Benedikt Aluko"
    assert [text[f.start : f.end] for f in PeopleDetector().find(text)] == ["Marieke Oosterhout", "Benedikt Aluko"]
