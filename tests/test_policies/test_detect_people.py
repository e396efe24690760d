"""Names of private persons are found; names that everybody knows, and things named after somebody, pass."""

from __future__ import annotations

import pytest
from deciding import detectors

from policies import detect
from policies.detect import Depth, Detectors, label_fast
from policies.detect.language import language_of
from policies.errors import DetectorError
from policies.labels import PUBLIC, Category, Level


def kinds(text: str) -> set[str]:
    return {finding.kind for finding in detectors().scan(text).findings}


@pytest.mark.parametrize(
    "text",
    [
        "Please write to Marieke Oosterhout.",
        "benedikt aluko needs a new card",
        "Is it Le Thi Kim Hoa on the offer?",
        "Mrs Featherstonehaugh-Obi rang twice",
        "a message from Mr Ekundayo",
        "form for Jessamy O'Hallorahan-Pike",
        "John Miller asked about the account",
    ],
)
def test_a_private_name_is_found(text: str):
    assert "PERSON" in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "What is Janet Yellen known for?",
        "Explain Bell's palsy.",
        "What did the court hold in Hadley v Baxendale?",
        "Kaplan-Meier or Cox for this?",
        "What is the Dunning-Kruger effect?",
        "Basel III versus Solvency II",
    ],
)
def test_a_name_that_everybody_knows_passes(text: str):
    assert kinds(text) == set()


@pytest.mark.parametrize(
    ("category", "text"),
    [
        (Category.HEALTH, "discharge for bed 9: schizoaffective, depot every 4 weeks, refused"),
        (Category.PERSONAL, "the only harpist in our town was dismissed on monday, her husband does not know"),
        (Category.MARKET_SENSITIVE, "we bid 31 a share, our walk-away is 33"),
        (Category.PRIVILEGED, "our client admitted it; how do we plead?"),
        (Category.CREDENTIALS, "no mfa on the core switches, domain admin hash was cracked"),
    ],
)
def test_a_case_is_told_without_a_name(category: Category, text: str):
    assert category in {finding.category for finding in detectors().scan(text).findings}


@pytest.mark.parametrize(
    "text",
    [
        "What are the side effects of sertraline in the first two weeks?",
        "Why do banks close branches in general?",
        "What is an NDA, and how long should one last?",
        "How does legal privilege work in England?",
        "What is a firewall rule?",
        "What is structuring, and why does a threshold invite it?",
    ],
)
def test_a_question_about_the_world_passes(text: str):
    scan = detectors().scan(text)
    assert (scan.findings, scan.doubts) == ((), ())


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "What is the difference between a loan and a lease?"),
        ("en", "SUMIFS with dates?"),
        ("en", ""),
        ("de", "Welche Fristen gelten für die Kündigung eines Mietvertrags nach deutschem Recht?"),
        ("fr", "Quelle est la différence entre un bail et un prêt dans le droit français ?"),
        ("ja", "面接のお礼メールに返信するときの丁寧な定型文を三つ教えてください。"),
    ],
)
def test_the_language_is_told(language: str, text: str):
    assert language_of(text) == language


def test_a_detector_that_misses_its_canary_stops_the_start():
    with pytest.raises(DetectorError, match="blind"):
        detect.try_canaries([Blind()])


class Blind:
    """Sees nothing."""

    name = "blind"
    version = "1"

    def find(self, text: str, language: str = "en"):
        return []

    def canaries(self):
        return (("ANYTHING", "something"),)


def test_findings_are_remembered_by_content_and_version():
    class Counting(Blind):
        calls = 0

        def find(self, text: str, language: str = "en"):
            Counting.calls += 1
            return []

    loaded = Detectors([Counting()])
    loaded.scan("What is a loan?")
    once = Counting.calls
    loaded.scan("What is a loan?")
    assert Counting.calls == once
    loaded.scan("What is a loan?", Depth.REQUEST)
    assert Counting.calls > once
    assert Detectors([Counting(), Blind()]).version != loaded.version


def test_the_fast_label_of_a_stored_passage():
    assert label_fast("The canteen opens at eight.") == (PUBLIC, [])
    label, findings = label_fast("the admin password is P0suMi!13")
    assert (label.level, findings[0].detector) == (Level.RESTRICTED, "secrets")
    label, _ = label_fast("IBAN GB17 MERI 2014 6512 3456 78")
    assert (label.level, label.categories) == (Level.PUBLIC, frozenset({Category.PAYMENT}))
    assert label_fast("x" * 200_000)[0].level is Level.RESTRICTED
