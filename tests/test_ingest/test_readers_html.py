"""HTML and Markdown: what a person sees of lists, tables, forms and numbers stands in the text, and is not joined."""

from __future__ import annotations

import pytest

from ingest.readers import read
from ingest.readers.base import BlockKind, Flag, RawText


def page(body: str, name: str = "x.html") -> RawText:
    return read(f"<!doctype html><html><head><title>T</title></head><body>{body}</body></html>".encode(), name)


def said(body: str) -> list[str]:
    return [f"{block.header}\n{block.text}".strip() for block in page(body).blocks]


def drawn(text: str) -> list[str]:
    return [f"{block.header}\n{block.text}".strip() for block in read(text.encode(), "x.md").blocks]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<ol start=3><li>a<li>b<ol type=a><li>c<li>d</ol></ol>", "3. a\n4. b\na. c\nb. d"),
        ("<ol reversed><li>a<li>b</ol>", "2. a\n1. b"),
        ("<ol type=I><li value=4>a<li>b</ol>", "IV. a\nV. b"),
        ("<ul><li><p>a</p><p>more</p></li><li>b<ul><li>c</ul></ul>", "- a\nmore\n- b\n- c"),
    ],
)
def test_the_items_of_a_list_keep_their_numbers(body: str, text: str) -> None:
    assert said(body) == [text]


def test_a_raised_number_is_no_digit_of_the_one_before_it() -> None:
    """A fee of 5 with a footnote is not a fee of 51."""
    assert said("<p>The fee is 5<sup><a href=#n>1</a></sup> a m<sup>2</sup>, the 4<sup>th</sup>.") == [
        "The fee is 5¹ a m², the 4th."
    ]


def test_words_of_a_cell_are_neither_parted_nor_joined() -> None:
    table = "<table><tr><th>A<th>B<tr><td>un<b>usual</b><br>case<td>12<span>.50</span><ol><li>x<li>y</ol></table>"
    assert said(table) == ["A | B\nunusual case | 12.50 1. x 2. y"]


def test_a_table_has_its_caption_and_a_header_of_several_rows() -> None:
    rows = "<tr><th rowspan=2>Item<th colspan=2>Fee<tr><th>2023<th>2024<tr><td>Card<td>5<td>6"
    assert said(f"<table><caption>Prices</caption>{rows}</table>") == [
        "Prices",
        "Item | Fee 2023 | Fee 2024\nCard | 5 | 6",
    ]


def test_a_table_that_lays_out_a_page_is_no_table() -> None:
    found = page("<table><tr><td>menu</td><td><h1>Fees</h1><p>One.</p><p>Two.</p></td></tr></table>")
    assert [(block.kind, block.text) for block in found.blocks][1:] == [
        (BlockKind.HEADING, "Fees"),
        (BlockKind.TEXT, "One."),
        (BlockKind.TEXT, "Two."),
    ]
    assert said("<table><tr><td>One.<p>Two.</table>") == ["One.", "Two."]


def test_what_stands_in_a_form_and_in_place_of_a_picture_is_read() -> None:
    form = (
        "<p>Name <input value=Ada> Notes <textarea>two\nlines</textarea></p><p><select><option>Red<option selected>Blue"
        "</select> <input type=checkbox checked>Yes <input type=radio>No <input type=password value=no1>"
        "<input type=hidden value=no2></p><h2><button>How to pay</button></h2><img src=x alt='Chart of fees'>"
    )
    assert said(form) == ["Name Ada Notes two\nlines", "Blue ☑ Yes ☐ No", "How to pay", "Chart of fees"]


def test_struck_words_formulas_typed_lines_and_drawn_words_are_as_they_are_seen() -> None:
    assert said("<p>It costs <del>5</del> 6, <q>net</q>.") == ["It costs ~~5~~ 6, “net”."]
    assert said("<p>At <math><mfrac><mn>1</mn><mn>2</mn></mfrac></math> of it") == ["At 1 2 of it"]
    assert said("<pre>one\ntwo</pre>") == ["one\ntwo"]
    found = page("<p>a<svg><title>no title of the page</title><defs><text>no</text></defs><text>Drawn</text></svg>")
    assert (found.title, found.blocks[-1].text) == ("T", "Drawn")


def test_what_is_hidden_on_paper_or_on_telephones_is_seen() -> None:
    style = "<style>@import 'x.css'; @media print{.p{display:none}} @media (max-width:9px){.q,p{display:none}}"
    style += "@media screen{.r{display:none}} .s > b{visibility:hidden} .t{font-size:1px}</style>"
    body = (
        style + "<p class=p>paper</p><p class=q>phone</p><p class=r>no</p><p class=s>so<b>no</b></p><i class=t>no</i>"
    )
    found = page(body + "<p style='color:#FFF;background:white'>no</p><p style='color:#fff;background:navy'>blue</p>")
    assert [block.text for block in found.blocks] == ["paper", "phone", "so", "blue"]
    assert found.flags == (Flag.HIDDEN_TEXT,)


@pytest.mark.parametrize(
    ("stated", "encoding", "text"),
    [
        ("iso-8859-1", "cp1252", "“Fee” – 5 €"),
        ("iso-8859-1", "utf-8", "Gebühr für Österreich"),
        ("gb2312", "gbk", "镕基"),
        ("utf-16", "utf-8", "Gebühren"),
        ("unicode_escape", "utf-8", "a\\x62c"),
        ("nothing", "utf-8", "Gebühr"),
    ],
)
def test_a_page_is_decoded_as_browsers_do(stated: str, encoding: str, text: str) -> None:
    data = f"<html><head><meta charset={stated}></head><body><p>{text}".encode(encoding)
    assert read(data, "x.html").blocks[0].text == text


def test_one_broken_byte_does_not_change_the_letters_around_it() -> None:
    assert read("Gebühr für Österreich ".encode() + b"\xff.", "x.txt").blocks[0].text == "Gebühr für Österreich \ufffd."


def test_two_bytes_a_letter_are_told_without_a_mark() -> None:
    for encoding in ("utf-16-le", "utf-16-be"):
        assert read("Gebühr für Österreich".encode(encoding), "x.txt").blocks[0].text == "Gebühr für Österreich"


def test_a_page_written_as_xml_may_close_an_element_at_once() -> None:
    text = b"<?xml version='1.0'?><html><head><title/></head><body><p>Words.</p></body></html>"
    assert [block.text for block in read(text, "x.xhtml").blocks] == ["Words."]


def test_markdown_is_read_as_it_is_drawn() -> None:
    assert drawn("3. a\n4. b\n   1. c\n") == ["3. a\n4. b\n1. c"]
    assert drawn("| a | b |\n|---|---|\n| 1<br>2 | x<sup>2</sup> |\n") == ["a | b\n1 2 | x²"]
    assert drawn("one<br>two\nthree\n") == ["one\ntwo\nthree"]
    assert drawn('<h1 align="center">Title</h1>\n\nwords\n') == ["Title", "words"]
    assert drawn("<table>\n<tr><td>a</td><td>b</td></tr>\n\n<tr><td>c</td><td>d</td></tr>\n</table>\n") == [
        "a | b\nc | d"
    ]


def test_a_word_that_looks_like_a_tag_swallows_nothing() -> None:
    assert drawn("Use <select> and `<title>` or <script> here.\n\nMore.") == [
        "Use <select> and <title> or <script> here.",
        "More.",
    ]


def test_what_stands_at_the_top_of_markdown_is_text_too() -> None:
    assert drawn("---\ntitle: T\ntags:\n  - a\n...\nbody\n") == ["title: T\ntags:\n- a", "body"]
    assert drawn("---\n\nFee: five\n\n---\n\nmore\n") == ["Fee: five", "more"]
    assert read(b'+++\ntitle = "T"\n+++\nbody\n', "x.md").title == "T"
