"""The classifier of cases: what it separates, that padding does not loosen it, and what it refuses to load with."""

# ruff: noqa: E501  sentences in ten languages

from __future__ import annotations

import csv
import random
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.index.embedder import open_embedder
from policies.detect.cases import KINDS, UNREAD, CaseDetector
from policies.detect.cases import model as models
from policies.detect.cases.features import BLOCKS, BUCKETS, grams, is_english
from policies.detect.cases.glosses import LANGUAGES, gloss
from policies.detect.cases.pieces import MOST, pieces_of
from policies.errors import DetectorError

TRAINING = Path(models.__file__).parent.parent / "training"
HARMLESS = (
    "How do plants make sugar? Photosynthesis takes place in the chloroplasts.",
    "Please explain the difference between a list and a tuple.",
    "The capital of France is Paris.",
    "Thanks, and have a nice day!",
)
CASES = (
    "our receptionist was dismissed last week because she came to work drunk",
    "we will close the plant in spring, staff have not been told yet",
    "My patient in room 4 has HIV and his wife does not know. Do I have to tell her?",
    "our client admits that he signed the invoice after the audit",
)


@cache
def meaning():
    return open_embedder(threads=2)


@cache
def detector() -> CaseDetector:
    return CaseDetector(meaning())


def held_out_author() -> list[list[str]]:
    path = TRAINING / "en_4.tsv"
    with path.open(encoding="utf-8") as file:
        return [row for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if len(row) == 3]


@pytest.mark.parametrize("text", CASES)
def test_a_case_is_found(text):
    assert detector().find(text, "en")


@pytest.mark.parametrize("text", [*HARMLESS, "and in adults?", "shorter please", "what is a put option", "SELECT 1;"])
def test_a_question_about_the_world_passes(text):
    assert detector().find(text, "en") == []


def test_an_author_it_was_not_trained_on_is_told_apart():
    rows = random.Random(4).sample(held_out_author(), 120)
    stay = [bool(detector().find(text, "en")) for kind, _, text in rows if kind == "stay"]
    go = [bool(detector().find(text, "en")) for kind, _, text in rows if kind == "go"]
    assert sum(stay) / len(stay) >= 0.85
    assert sum(go) / len(go) <= 0.25


OTHERS = {
    "de": ("unsere Kollegin ist schwanger und weiß nicht, wie sie es dem Chef sagen soll", "Was ist der Unterschied zwischen Umsatz und Gewinn?"),
    "fr": ("notre patiente de la chambre 12 a tenté de se suicider hier soir", "Comment fonctionne la photosynthèse ?"),
    "es": ("mi jefe quiere despedir a la compañera que está embarazada", "¿Qué es la inflación y cómo se calcula?"),
    "it": ("il nostro cliente ha ammesso di aver falsificato il contratto", "Qual è la differenza tra mutuo e prestito?"),
    "nl": ("onze collega is ontslagen omdat hij weer dronken op het werk kwam", "Hoe werkt een warmtepomp?"),
    "pt": ("a nossa funcionária está de baixa por depressão e o chefe quer despedi-la", "Como funciona a energia solar?"),
    "sv": ("vår patient i rum 3 har hiv och hans fru vet inte om det", "Hur fungerar en värmepump?"),
    "pl": ("nasza pracownica jest w ciąży i szef chce ją zwolnić", "Czym różni się kredyt od pożyczki?"),
    "tr": ("müşterimiz borcunu ödemiyor, eşi de hasta, ne yapalım", "Enflasyon nedir ve nasıl hesaplanır?"),
    "ja": ("うちの部下がうつで休職中です。家族にどう伝えればいいですか", "光合成の仕組みを説明して"),
}  # fmt: skip


@pytest.mark.parametrize("language", OTHERS)
def test_other_languages_are_told_apart_too(language):
    case, question = OTHERS[language]
    assert detector().find(case, language)
    assert detector().find(question, language) == []


@settings(max_examples=12, deadline=None)
@given(
    case=st.sampled_from(CASES),
    before=st.lists(st.sampled_from(HARMLESS), max_size=5),
    after=st.lists(st.sampled_from(HARMLESS), max_size=5),
    border=st.sampled_from(["\n", "\n\n"]),
)
def test_padding_with_harmless_lines_never_loosens(case, before, after, border):
    assert detector().find(border.join([*before, case, *after]), "en")


def test_harmless_words_behind_a_sentence_rarely_turn_it():
    """Greedy search over a few harmless words, as somebody who can ask again and again would do it."""
    words = ["chloroplasts", "tuple", "please explain", "definition", "in general", "example", "recipe", "history"]
    turned = 0
    for text in CASES:
        for _ in range(3):
            scores = [(detector().score(f"{text} {word}", "en"), word) for word in words]
            lowest, word = min(scores)
            text = f"{text} {word}"
        turned += lowest <= 0
    assert turned == 0


def test_a_case_in_the_middle_of_a_text_in_another_language_is_found():
    german = "Wie funktioniert eine Wärmepumpe?\nWas ist der Unterschied zwischen Umsatz und Gewinn?"
    assert detector().find(f"{german}\n{CASES[0]}\n{german}", "de")


def test_every_canary_is_found_with_its_kind():
    for kind, text in detector().canaries():
        assert kind in {finding.kind for finding in detector().find(text, "en")}
    assert {finding.category for text in CASES for finding in detector().find(text)} <= set(KINDS)


def test_without_an_embedding_model_nothing_loads():
    with pytest.raises(DetectorError):
        CaseDetector()


def test_another_embedding_model_is_refused():
    class Other:
        def adapted(self, changes, layers):
            return self

        def embed_documents(self, texts):
            return np.roll(meaning().embed_documents(texts), 1, axis=1)

    with pytest.raises(DetectorError):
        CaseDetector(Other())


def test_a_model_file_that_is_missing_cut_or_changed_is_refused(tmp_path):
    whole = models.FILE.read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.npz").write_text("not a model")
    with np.load(models.FILE) as file:
        arrays = {name: file[name] for name in file.files}
    arrays["en_bias"] = arrays["en_bias"] - 9
    np.savez_compressed(tmp_path / "changed.npz", **arrays)
    for name in ("cut.npz", "text.npz", "changed.npz", "absent.npz"):
        with pytest.raises(DetectorError):
            models.load(tmp_path / name)


def test_two_detectors_say_the_same_and_a_second_look_too():
    texts = [*CASES, *HARMLESS]
    again = CaseDetector(meaning())
    assert [again.find(text) for text in texts] == [detector().find(text) for text in texts]
    assert again.version == detector().version
    assert [detector().score(text) for text in texts] == [detector().score(text) for text in texts]


@pytest.mark.parametrize("text", [CASES[0], HARMLESS[0], "how long may a lease run"])
def test_a_full_stop_at_the_end_says_nothing(text):
    bare = text.rstrip(".?!")
    assert detector().score(bare) == pytest.approx(detector().score(bare + "."), abs=1e-6)


def test_a_text_with_more_pieces_than_are_read_is_said_to_be_so():
    long = "\n".join(f"This is harmless sentence number {n} of many." for n in range(MOST + 10))
    assert UNREAD in {finding.kind for finding in detector().find(long)}
    assert not pieces_of(long)[1]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_cut_hashed_and_glossed_without_error(text):
    pieces, _ = pieces_of(text)
    assert len(pieces) <= MOST
    for piece in pieces[:3]:
        rows = grams(piece, is_english)
        assert len(rows) == 0 or (rows.min() >= 0 and rows.max() < BLOCKS * BUCKETS)
        for language in LANGUAGES:
            gloss(piece, language)


def test_every_word_of_a_text_lies_in_some_piece():
    words = [f"word{n}" for n in range(500)]
    pieces, complete = pieces_of(" ".join(words))
    assert complete
    assert set(words) <= {word for piece in pieces for word in piece.split()}


def test_empty_and_blank_texts_have_no_case():
    assert detector().find("") == detector().find(" \n ") == []


def test_finding_needs_neither_scikit_learn_nor_torch():
    program = (
        "import sys; from ingest.index.embedder import open_embedder; from policies.detect.cases import CaseDetector;"
        "CaseDetector(open_embedder(threads=1)).find('our client lied');"
        "assert not {'sklearn', 'torch', 'scipy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


def test_where_every_kind_is_asked_for_all_are_told():
    text = "\n".join((CASES[0], CASES[1], "her mother has breast cancer and was told this morning"))
    one = detector().find(text)
    every = detector().find_until(text, "en", lambda: False, every=True)
    assert len(one) == 1
    assert {finding.kind for finding in one} < {finding.kind for finding in every}
    assert {"personal", "market-sensitive"} <= {finding.category for finding in every}
