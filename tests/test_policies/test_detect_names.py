"""Where a site lets no name out, every name is found: of places, firms, products, works and people whom all know."""

from __future__ import annotations

import pytest
from deciding import detectors

from policies.detect.language import language_of
from policies.detect.names import NameDetector
from policies.labels import Category

NAMED = (
    ("What is the weather like in Lisbon?", "Lisbon"),
    ("what is the weather like in lisbon", "lisbon"),
    ("Lisbon has how many trams?", "Lisbon"),
    ("Write a slogan for Wendy's.", "Wendy"),
    ("how do I export from Photoshop to pdf", "Photoshop"),
    ("Is this allowed under the GDPR?", "GDPR"),
    ("What did Marie Curie discover?", "Curie"),
    ("summarise forex.com as a broker", "forex.com"),
    ("Summarise https://example.org/report for me.", "https://example.org/report"),
    ("Welche Trams gibt es in Lissabon?", "Lissabon"),
    ("que fabrica siemens en españa", "siemens"),
    ("Can one marry the actor 曾舜晞?", "曾舜晞"),
)
NAMELESS = (
    "How do I clean a cast iron pan?",
    "explain compound interest to a child",
    "I think I should ask: what is a tram?",
    "comment nettoyer une poêle en fonte ?",
    "cómo se limpia una sartén de hierro",
    "Write a polite reminder about an unpaid invoice, 5 lines.",
)


@pytest.mark.parametrize(("text", "name"), NAMED)
def test_a_name_is_found_whatever_it_names(text: str, name: str) -> None:
    found = NameDetector().find(text, language_of(text))
    assert any(name in text[one.start : one.end] for one in found)
    assert {one.category for one in found} == {Category.PERSONAL}


@pytest.mark.parametrize("text", NAMELESS)
def test_a_text_without_a_name_passes(text: str) -> None:
    assert NameDetector().find(text, language_of(text)) == []


def test_it_looks_only_where_a_site_asks_for_it() -> None:
    text = "Which sights are there in Lisbon?"
    assert detectors().scan(text).findings == ()
    assert {one.detector for one in detectors(every_name=True).scan(text).findings} == {"names"}


def test_what_is_remembered_without_it_does_not_count_with_it() -> None:
    assert detectors().version != detectors(every_name=True).version
