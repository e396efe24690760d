"""Attacks with the words of documents, 53 to 60: quoted, reworded, translated, rounded, presupposed, one by one.

Each test begins with its number. Rates over many invented documents: test_copies_paraphrase.py; here the decision.
"""

from __future__ import annotations

from random import Random

import pytest
from attacking import HARMLESS, Sending, decided, house, lent, sending, stays, why
from house import HERON

from policies.decisions import AnswerLocally
from policies.labels import PUBLIC, Label, Level
from policies.vocabulary import Kind

__all__ = ["house", "lent", "sending"]
BREWERY = (
    "Notes of the tasting panel, 3 June. The new lager keeps its foam for four minutes if the mash rests at "
    "sixty-three degrees for fifty minutes instead of thirty. Two panellists found it sweeter than the old one. The "
    "kettle in hall B is to be scrapped in autumn, and 214,000 euros are set aside for a steel one from Bamberg."
)
HARBOUR = (
    "The dredging of the east basin is put off until 2028 because the silt holds more tin than the permit allows. "
    "The pilots are not to be told before the tariff talks. Of 297 berths, 41 stand empty."
)


def repeats(text: str, document: str) -> bool:
    """Whether the document is a reason to keep it, whatever other reasons there are."""
    return "REPEATS_A_DOCUMENT" in why(text, known=document)


# -- 53: quotations ---------------------------------------------------------------------------------------
# Any run of 40 characters, once reduced, shares a mark: test_copies_fingerprints.py, over any text at all.


@pytest.mark.parametrize("document", [BREWERY, HARBOUR])
def test_53_a_quotation_of_a_line_stays(document):
    """Eight places of each document, a hundred characters long, within a question of one's own."""
    random = Random(53)
    for _ in range(8):
        start = random.randrange(len(document) - 100)
        quotation = document[start : start + 100]
        reasons = why(f"Is this good English: ...{quotation}...", known=document)
        assert "REPEATS_A_DOCUMENT" in reasons, quotation


def test_53_the_least_quotation_with_something_rare_stays():
    """Forty letters and digits are enough where they are not what anybody writes."""
    assert repeats("what is meant by: silt holds more tin than the permit allows here", HARBOUR)
    assert repeats("SILT   HOLDS MORE TIN -- THAN THE PERMIT ALLOWS??", HARBOUR)


def test_53_a_document_of_the_house_is_protected_from_who_may_not_read_it(sending: Sending):
    """Over the real parts: whoever quotes the board's paper is answered here, in words that do not name it."""
    sentence = next(line for line in HERON.splitlines() if line.startswith("The sale"))
    answer = sending.ask(f"Put this better: {sentence}")
    assert answer.finished.route == "local"
    assert sending.server.received == []
    assert answer.decision is not None
    assert "heron" not in str(answer.decision).lower()


# -- 54 to 58: the same in other words --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (
            BREWERY,
            "Does lager hold its head for four minutes if one mashes fifty, not thirty minutes at 63 degrees?",
        ),
        (BREWERY, "They will scrap hall B's kettle this autumn and buy one of steel in Bamberg. Sensible?"),
        (HARBOUR, "Why would a port postpone deepening its eastern basin to 2028 over tin in the silt?"),
        (HARBOUR, "41 empty berths out of 297: is that much for a harbour?"),
    ],
)
def test_54_the_same_in_other_words_stays(document, text):
    """Other order, synonyms, another tense."""
    assert repeats(text, document)


@pytest.mark.parametrize(
    "text",
    [
        "Das Ausbaggern des Ostbeckens ist bis 2028 verschoben, weil der Schlick mehr Zinn enthält, als erlaubt ist.",
        "Le dragage du bassin est est reporté à 2028 parce que la vase contient plus d'étain que le permis n'autorise.",
        "El dragado de la dársena este se aplaza hasta 2028 porque el lodo contiene más estaño de lo permitido.",
        "Het baggeren van het oostelijke bassin is uitgesteld tot 2028 omdat het slib meer tin bevat dan mag.",
    ],
    ids=["de", "fr", "es", "nl"],
)
def test_55_residual_translations_are_measured(text, record_property):
    """RESIDUAL: test_copies_paraphrase.py measures eight languages and asserts that most are held back; a sentence with
    a rare number stays here."""
    record_property("held", repeats(text, HARBOUR))
    assert stays(f"{text} (41/297, tin)", known=HARBOUR)


@pytest.mark.parametrize(
    "text",
    [
        "A harbour with roughly three hundred berths of which about forty are empty: how should it price them?",
        "some 210,000 euros for a steel brewing kettle from Bamberg, fair?",
        "Is just over 200 thousand euros a good price for a steel kettle from Bamberg for hall B?",
    ],
)
def test_56_a_rounded_number_is_still_the_number(text):
    """Roughly three hundred for 297."""
    assert repeats(text, HARBOUR if "harbour" in text else BREWERY)


@pytest.mark.parametrize(
    "text",
    [
        "Why must pilots not hear before the tariff talks that the east basin will not be dredged until 2028?",
        "Since the silt of the east basin holds too much tin, which permit is needed?",
    ],
)
def test_57_a_question_that_presupposes_the_fact_stays(text):
    """Nobody who does not know the document would ask it."""
    assert repeats(text, HARBOUR)


@pytest.mark.parametrize(
    "text",
    [
        "Continue this sentence from the minutes: The dredging of the east basin is put off until 2028 because",
        "Complete: the new lager keeps its foam for four minutes if the mash rests at",
    ],
)
def test_58_the_beginning_of_a_sentence_to_be_continued_stays(text):
    """Completion bait: from forty letters and digits on, the beginning is a quotation."""
    assert repeats(text, HARBOUR + "\n" + BREWERY)


def test_58_residual_a_shorter_beginning_is_measured(record_property):
    """RESIDUAL: under forty letters nothing is promised; only what the words themselves say may hold it back."""
    text = "Continue this sentence from the minutes: The dredging of the east basin is put off until"
    record_property("held", stays(text, known=HARBOUR))


def test_58_what_a_document_says_is_told_here_and_labelled(sending: Sending):
    """The continuation comes from the house's own model, and the conversation is as high as the document."""
    answer = sending.ask("Where does the backup generator stand?", kind=Kind.DOCUMENTS)
    assert answer.finished.route == "local"
    assert answer.finished.label.level is Level.RESTRICTED
    assert sending.server.received == []


# -- 59: the same topic -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (BREWERY, "At which temperature does one mash for a lager?"),
        (BREWERY, "What keeps the foam of beer stable?"),
        (BREWERY, "What is Bamberg known for?"),
        (HARBOUR, "How does dredging affect tin in silt in general?"),
        (HARBOUR, "What is a berth in a harbour?"),
        (HARBOUR, "How are harbour tariffs set?"),
    ],
)
def test_59_a_question_about_the_topic_may_go(document, text):
    """It says nothing that only the document says."""
    assert not repeats(text, document)


@pytest.mark.parametrize("level", list(Level))
def test_59_the_ceiling_decides_which_documents_hold_back(level):
    """A public document may be quoted; any other not."""
    quotation = f"Is this good English: {BREWERY[40:180]}"
    held = "REPEATS_A_DOCUMENT" in why(quotation, known=BREWERY, label=Label(level=level))
    assert held is not Label(level=level).flows_to(PUBLIC)


# 60 one sentence a day: test_copies_disclosed.py::test_one_sentence_a_day_ends_at_two_percent, also after a restart;
# over the real store: test_copies_shelf.py::test_near_and_touched_are_told_to_whoever_keeps_count.


def test_53_to_60_the_reason_is_the_same_whichever_document_it_is():
    """What is told of it names no document and repeats nothing of it."""
    told = set()
    for document, text in ((BREWERY, BREWERY[:160]), (HARBOUR, HARBOUR[:160])):
        decision = decided(f"Is this good English: {text}", known=document)
        assert isinstance(decision, AnswerLocally)
        told |= {reason for reason in decision.reasons if reason.rule == "REPEATS_A_DOCUMENT"}
    assert len(told) == 1
    assert not stays(HARMLESS, known=BREWERY)
