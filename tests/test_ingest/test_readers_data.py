"""JSON and XML: every value under its name, as it is written; what is broken costs only itself."""

from __future__ import annotations

from ingest.readers import read
from ingest.readers.base import BlockKind


def test_one_broken_line_costs_only_itself_and_stands_as_it_is() -> None:
    raw = read(b'{"a": 1, "b": "x\xe2\x80\xa8y"}\n{"a": 2, "b": "\n{"a": 3}\n', "x.jsonl")
    assert [(block.header, block.text) for block in raw.blocks] == [("a | b", "1 | x y\n3 | "), ("", '{"a": 2, "b": "')]
    pretty = read(b'{\n "a": 1\n}\n{\n "a": 2\n}\n', "x.json")
    assert (pretty.blocks[0].header, pretty.blocks[0].text) == ("a", "1\n2")


def test_json_numbers_stand_as_they_are_written_and_a_key_may_stand_twice() -> None:
    long = "9" * 5000
    raw = read(f'{{"fee": 1.10, "n": NaN, "far": 1e400, "id": {long}, "a": 1, "a": 2}}'.encode(), "x.json")
    assert [(block.heading, block.text) for block in raw.blocks] == [
        ((), f"fee: 1.10\nn: NaN\nfar: 1e400\nid: {long}"),
        (("a",), "1\n2"),
    ]


def test_records_keep_what_lies_in_them_and_long_texts_their_paragraphs() -> None:
    (table,) = read(b'[{"id": 1, "at": {"city": "Bern"}, "on": ["a", "b"]}, {"id": 2, "at": {}}]', "x.json").blocks
    assert (table.header, table.text) == ("id | at.city | on", "1 | Bern | a, b\n2 |  | ")
    (rows,) = read(b'[["Item", "Fee"], ["Card", 5]]', "x.json").blocks
    assert (rows.header, rows.text, rows.rows) == ("Item | Fee", "Card | 5", (1, 2))
    found = read(b'[{"name": "Card", "fees": [{"eur": 5}]}, {"note": "one\\n\\ntwo"}]', "x.json").blocks
    assert [(block.heading, block.text) for block in found] == [
        (("Card",), "name: Card"),
        (("Card", "fees"), "eur: 5"),
        (("note",), "one"),
        (("note",), "two"),
    ]


def test_attributes_in_a_name_space_are_read_like_others() -> None:
    data = b"<?xml version='1.0'?><r xmlns:a='u' a:name='Ada'><a:row a:fee='5' xml:lang='de'/></r>"
    assert read(data, "x.xml").blocks[0].text == "r name: Ada\nrow fee: 5"


def test_titles_head_what_stands_beside_them_and_no_more() -> None:
    data = b"<?xml version='1.0'?><book><info><title>Guide</title></info><part><title>Fees</title>"
    data += b"<p>Five.</p></part><p>End.</p></book>"
    raw = read(data, "x.xml")
    texts = [(block.heading, block.text) for block in raw.blocks if block.kind is not BlockKind.HEADING]
    assert (raw.title, texts) == ("Guide", [(("Guide", "Fees"), "p: Five."), (("Guide",), "p: End.")])


def test_words_between_chapters_do_not_make_one_line_of_them() -> None:
    data = b"<?xml version='1.0'?><d>intro<c><h>Fees</h><p>Five <b cur='EUR'>5</b>.</p></c>tail<p>a<lb/>b</p></d>"
    assert read(data, "x.xml").blocks[0].text == "d: intro\nh: Fees\nb cur: EUR\np: Five 5.\nd: tail\np: a b"
