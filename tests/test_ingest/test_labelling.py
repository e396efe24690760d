"""The operator's level is the floor, a marking raises it, nothing lowers it; what nobody labelled is restricted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.labelling import dated_by_text, label, language_of, raise_chunks
from ingest.readers.base import Block, BlockKind, Metadata, RawText
from policies.labels import PUBLIC, Category, Label, Level
from policies.vocabulary import Chunk, Document, SourceRef


def raw(*texts: str, kind: BlockKind = BlockKind.TEXT, properties: dict[str, str] | None = None) -> RawText:
    blocks = tuple(Block(text=text, kind=kind) for text in texts)
    return RawText(title="A title", media_type="text/plain", blocks=blocks, properties=properties or {})


def labelled(text: RawText, floor: Level | None = Level.INTERNAL) -> Document:
    return label(text, ref=SourceRef(source="s", path="p"), version="v", floor=floor, groups=["staff"])


def a_chunk(text: str, of: Label) -> Chunk:
    return Chunk(
        id="i", document="d", version="v", ordinal=0, text=text, page=1, heading=(), start=0, end=len(text), label=of
    )


def test_the_level_that_the_operator_named_stands() -> None:
    document = labelled(raw("Ordinary words."))
    assert (document.label.level, document.groups) == (Level.INTERNAL, frozenset({"staff"}))


def test_what_nobody_labelled_is_restricted_and_keeps_its_group() -> None:
    document = labelled(raw("Ordinary words."), floor=None)
    assert (document.label.level, document.groups) == (Level.RESTRICTED, frozenset({"staff"}))


@pytest.mark.parametrize(
    "marked",
    [
        raw("CONFIDENTIAL"),
        raw("Ordinary words.\nConfidential\nMore words."),
        raw("Board paper | Confidential | page 1", kind=BlockKind.MARGIN),
        raw("words", properties={"sensitivity": "Confidential"}),
        raw("words", properties={"msip_label_7c1d2e90-4b5a_name": "Confidential"}),
        raw("words", properties={"msip_labels": "MSIP_Label_7c_Enabled=true; MSIP_Label_7c_Name=Confidential;"}),
    ],
)
def test_a_marking_raises_and_is_enough_where_nobody_named_a_level(marked: RawText) -> None:
    assert labelled(marked).label.level is Level.CONFIDENTIAL
    assert labelled(marked, floor=None).label.level is Level.CONFIDENTIAL
    assert labelled(marked, floor=Level.RESTRICTED).label.level is Level.RESTRICTED


@pytest.mark.parametrize(
    "plain",
    [
        raw("This is not confidential at all, and the word restricted stands in running text."),
        raw("Public | anybody\nRestricted | named persons", kind=BlockKind.TABLE),
        raw("words", properties={"author": "Confidential", "msip_label_7c_enabled": "Restricted"}),
        raw("Public"),
    ],
)
def test_the_word_elsewhere_is_no_marking(plain: RawText) -> None:
    assert labelled(plain).label.level is Level.INTERNAL


def test_a_password_raises_its_chunk_and_an_account_number_sets_a_category() -> None:
    """Other chunks of the document keep their label: one secret does not close a handbook."""
    secret, account, plain = raise_chunks(
        [
            a_chunk("aws_access_key_id = AKIAQ7XHALVARDMOOR3T", PUBLIC),
            a_chunk("Charge the card 5500 0055 5555 5559.", PUBLIC),
            a_chunk("The fee is eight euro.", PUBLIC),
        ]
    )
    assert secret.label.level is Level.RESTRICTED
    assert Category.CREDENTIALS in secret.label.categories
    assert account.label == Label(level=Level.PUBLIC, categories=frozenset({Category.PAYMENT}))
    assert plain.label == PUBLIC


levels = st.sampled_from(Level)
labels = st.builds(Label, level=levels, categories=st.frozensets(st.sampled_from(Category)))


@given(labels, labels)
def test_a_chunks_label_never_falls(held: Label, found: Label) -> None:
    (raised,) = raise_chunks([a_chunk("text", held)], detect=lambda _: (found, []))
    assert held.flows_to(raised.label)
    assert found.flows_to(raised.label)


@given(st.none() | levels, st.none() | levels)
def test_a_documents_level_is_never_below_floor_or_marking(floor: Level | None, marking: Level | None) -> None:
    document = label(
        raw("one line"),
        ref=SourceRef(source="s", path="p"),
        version="v",
        floor=floor,
        groups=(),
        find_marking=lambda _text, _position: marking,
    )
    named = [level for level in (floor, marking) if level is not None]
    assert document.label.level == max(named, default=Level.RESTRICTED)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Effective 3 March 2025. Owner: Records.", "2025-03-03"),
        ("Version 7 of 16 June 2024", "2024-06-16"),
        ("Approved on March 3rd, 2021", "2021-03-03"),
        ("Last updated: 2023-11-30", "2023-11-30"),
        ("Published 31 February 2024", ""),
        ("He was born on 3 March 1957.", ""),
        ("The fee was raised in 2019.", ""),
    ],
)
def test_the_date_that_a_document_states_for_itself(text: str, expected: str) -> None:
    assert dated_by_text(raw(text)) == expected


def test_the_language_is_that_of_most_of_the_text() -> None:
    german = "Die Aufbewahrungsfrist beginnt am letzten Tag des Kalenderjahres, in dem das Konto geschlossen wurde."
    assert language_of(raw(german)) == "de"
    assert language_of(raw("The period starts on the last day of the calendar year in which it was closed.")) == "en"
    assert language_of(raw("17", "4.2")) == "en"


@pytest.mark.parametrize(
    "text",
    [
        "Region | Q1 | Q2 | North | 12 | 14 | South | 9 | 8 | East | 3 | 4 | West | 1 | 2 | Total | 25 | 28",
        "host port status uptime web01 443 ok 99.9 db01 5432 ok 99.8 cache01 6379 fail 97.1",
        "SKU Qty Price Warehouse A-100 12 9.99 Leeds B-200 7 19.50 Derby C-300 1 2.00 Hull",
        "Smith Jones Patel Garcia Nguyen Kowalski Rossi Dubois Andersson Fischer",
    ],
)
def test_short_tables_and_names_are_in_the_language_that_the_file_says(text: str) -> None:
    """They look a little like Bikol, Afrikaans or Luxembourgish: that is no evidence."""
    table = replace(raw(), blocks=(Block(text=text, kind=BlockKind.TABLE),))
    assert language_of(table) == "en"
    assert language_of(replace(table, metadata=Metadata(language="de"))) in ("de", "en")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("cy", "Mae'r ffi yn 19 coron y mis, yn daladwy ymlaen llaw bob tro."),
        ("nl", "Naam Afdeling Toestel Jan Financiën 2201 Piet Juridisch 2202 Klaas Verkoop 2203"),
        ("it", "Reparto Nome Interno Finanza Carla 2201 Legale Marco 2202 Vendite Luca 2203"),
    ],
)
def test_another_language_is_told_from_one_sentence_whatever_the_file_says(language: str, text: str) -> None:
    assert language_of(replace(raw(text), metadata=Metadata(language="en"))) == language


def test_what_a_file_says_of_itself_is_kept_bounded_and_raises_no_right() -> None:
    """A property of a file is text that somebody wrote: long, over several lines, and no group or level."""
    loud = Metadata(author="Ana Ng; Bo\nEk;Ana Ng", company="B" * 900, period="FY2022\x00 public", kind="everyone")
    raw = RawText(title="x", media_type="text/plain", blocks=(Block(text="words"),), metadata=loud)
    found = label(raw, ref=SourceRef(source="s", path="p"), version="v", floor=None, groups={"staff"})
    assert found.authors == ("Ana Ng", "Bo", "Ek")
    assert (len(found.company), found.period, found.kind) == (200, "FY2022 public", "everyone")
    assert (found.groups, found.label.level) == (frozenset({"staff"}), Level.RESTRICTED)
