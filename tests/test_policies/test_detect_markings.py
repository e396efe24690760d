"""A marking stands by its position, never as a word in running text."""

from __future__ import annotations

import pytest

from policies.detect.markings import MarkingDetector, find_marking
from policies.labels import Level


@pytest.mark.parametrize(
    ("text", "position", "level"),
    [
        ("CONFIDENTIAL", "line", Level.CONFIDENTIAL),
        ("*** Strictly confidential ***", "line", Level.RESTRICTED),
        ("Classification: Internal", "line", Level.INTERNAL),
        ("Acme Bank | Internal use only | Page 3 of 12", "footer", Level.INTERNAL),
        ("VERTRAULICH", "header", Level.CONFIDENTIAL),
        ("TLP:RED", "header", Level.RESTRICTED),
        ("Restricted", "property", Level.RESTRICTED),
        ("Public", "property", Level.PUBLIC),
        ("intro\n\nINTERNAL\n\nmore", "line", Level.INTERNAL),
    ],
)
def test_it_is_a_marking(text: str, position: str, level: Level):
    assert find_marking(text, position) is level


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("This report is not confidential in any way.", "line"),
        ("Keep the restricted area clear.", "line"),
        ("The internal market of the Union", "header"),
        ("Public", "line"),  # a line cannot lower anything
        ("Secretary: the clerk", "line"),
        ("", "line"),
        ("confidential " * 20, "line"),
    ],
)
def test_it_is_running_text(text: str, position: str):
    assert find_marking(text, position) is None


def test_what_is_typed_may_begin_with_one_but_may_ask_about_one():
    detector = MarkingDetector()
    assert detector.find("Strictly confidential: we close the branch")
    assert detector.find("note (not out yet): the board resigned")
    led = "INTERNAL USE\n\nThe agenda is attached."
    assert [(one.start, one.end) for one in detector.find(led)] == [(0, len(led))]
    assert detector.find("How do I put a CONFIDENTIAL watermark on a page?") == []
    assert detector.find("Is this confidential, and who decides?") == []


@pytest.mark.parametrize(
    "text",
    [
        "Vertraulich: wir schließen",
        "Confidentiel : la fusion",
        "Riservato: il piano",
        "Vertrouwelijk: het bod",
        "Poufne: oferta",
        "Gizli: teklif",
        "機密：買収",
        "ne pas diffuser, le plan social",
        "noch nicht öffentlich, aber wir kaufen",
    ],
)
def test_what_is_typed_begins_with_one_in_other_languages(text: str):
    assert MarkingDetector().find(text)


@pytest.mark.parametrize(
    "text",
    [
        "Was heißt vertraulich im Datenschutz?",
        "Que signifie confidentiel ?",
        "un documento riservato, cos'è?",
        "機密とは何ですか",
    ],
)
def test_a_question_about_one_passes_in_other_languages(text: str):
    assert MarkingDetector().find(text) == []
