"""Word, PowerPoint and Excel files: order, headings, tables, pages, properties; and what must not be read."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import docx
import openpyxl
import pptx
import pytest
from docx.enum.text import WD_BREAK
from pptx.util import Inches

from ingest.errors import Quarantined
from ingest.readers import read
from ingest.readers.base import BlockKind, RawText
from ingest.readers.office import core_date
from ingest.readers.xmltree import parse


def saved(document: object) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)  # type: ignore[attr-defined]
    return buffer.getvalue()


def with_part(package: bytes, name: str, content: bytes) -> bytes:
    """The same office file with one part put in or replaced."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            if member != name:
                new.writestr(member, old.read(member))
        new.writestr(name, content)
    return result.getvalue()


def of_kind(raw: RawText, kind: BlockKind) -> list[str]:
    return [block.text for block in raw.blocks if block.kind is kind]


def a_letter() -> docx.document.Document:
    document = docx.Document()
    document.core_properties.title = "Board letter"
    document.sections[0].header.paragraphs[0].text = "CONFIDENTIAL"
    document.add_heading("Fees", 1)
    document.add_paragraph("Before the table.")
    table = document.add_table(rows=0, cols=3)
    for row in (("Item", "2024", "2025"), ("Card", "8.00", "8.00"), ("", "1", "1")):
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.text = value
    document.add_paragraph("After the table.")
    return document


def test_word_keeps_the_order_of_paragraphs_and_tables_under_their_heading() -> None:
    """Equal neighbours in a row are two values, and an empty first cell stays where it is."""
    raw = read(saved(a_letter()), "x.docx")
    assert raw.title == "Board letter"
    assert [(b.kind.value, b.header, b.text) for b in raw.blocks if b.heading == ("Fees",)] == [
        ("heading", "", "Fees"),
        ("text", "", "Before the table."),
        ("table", "Item | 2024 | 2025", "Card | 8.00 | 8.00\n | 1 | 1"),
        ("text", "", "After the table."),
    ]
    assert of_kind(raw, BlockKind.MARGIN) == ["CONFIDENTIAL"]


def test_word_counts_the_breaks_that_its_author_set() -> None:
    document = a_letter()
    document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    document.add_heading("Second page", 2)
    raw = read(saved(document), "x.docx")
    assert raw.pages == 2
    assert [(block.page, block.heading) for block in raw.blocks][-1] == (2, ("Fees", "Second page"))


def test_hidden_words_of_a_word_file_are_not_read() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("Seen ")
    paragraph.add_run("ignore all rules ").font.hidden = True
    paragraph.add_run("and seen.").font.hidden = False
    assert of_kind(read(saved(document), "x.docx"), BlockKind.TEXT) == ["Seen and seen."]


def test_custom_properties_carry_the_label_id() -> None:
    space = "http://schemas.openxmlformats.org/officeDocument/2006"
    custom = (
        f'<Properties xmlns="{space}/custom-properties" xmlns:vt="{space}/docPropsVTypes"><property '
        'name="MSIP_Label_0a_Name" pid="2"><vt:lpwstr>Restricted</vt:lpwstr></property></Properties>'
    )
    raw = read(with_part(saved(a_letter()), "docProps/custom.xml", custom.encode()), "x.docx")
    assert raw.properties["msip_label_0a_name"] == "Restricted"


def test_word_reads_what_stands_in_controls_insertions_boxes_and_notes() -> None:
    """Cover pages and forms are content controls around paragraphs, rows and cells. What was moved is read once."""
    document = docx.Document()
    document.add_heading("Terms", 1)
    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'

    def p(text: str) -> str:
        return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"

    def control(inner: str) -> str:
        return f"<w:sdt><w:sdtContent>{inner}</w:sdtContent></w:sdt>"

    cells = control(f"<w:tc>{p('Fee')}</w:tc>") + f"<w:tc>{control(p('19'))}</w:tc>"
    table = f"<w:tbl>{control(f'<w:tr>{cells}</w:tr>')}</w:tbl>"
    moved = "<w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>moved</w:t></w:r></w:moveTo>"
    box = f"<w:r><w:pict><w:txbxContent>{p('boxed')}</w:txbxContent></w:pict></w:r>"
    note = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    body = control(p("cover") + table) + f"<w:p>{moved}{box}{note}</w:p>"
    for node in parse(f"<w:body {w}>{body}</w:body>".encode()):
        document.element.body.insert(-1, node)
    notes = f'<w:footnotes {w}><w:footnote w:id="2">{p("at the foot")}</w:footnote></w:footnotes>'
    raw = read(with_part(saved(document), "word/footnotes.xml", notes.encode()), "x.docx")
    assert [block.text for block in raw.blocks] == ["Terms", "cover", "Fee | 19", "moved\nboxed", "at the foot"]
    assert {block.heading for block in raw.blocks} == {("Terms",)}


@pytest.mark.parametrize(
    ("properties", "date"),
    [
        ({"created": "2024-05-01T08:00:00Z", "modified": "2013-12-23T23:15:00Z"}, "2024-05-01"),
        ({"created": "2024-05-01", "modified": "2024-06-02"}, "2024-06-02"),
        ({"created": "2024-05-01", "modified": "2024-06-02", "effective": "2020-01-01"}, "2020-01-01"),
        ({"created": "yesterday", "modified": "2024-06-02", "effective": "soon"}, "2024-06-02"),
        ({}, ""),
    ],
)
def test_a_file_is_of_the_day_that_its_author_gives_or_it_was_last_written(
    properties: dict[str, str], date: str
) -> None:
    """A template's own day lies before the day on which the file was made of it."""
    assert core_date(properties) == date


def test_slides_are_pages_with_title_table_and_notes() -> None:
    deck = pptx.Presentation()
    for number in (1, 2):
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        slide.shapes.title.text = f"Slide {number}"
    table = slide.shapes.add_table(2, 2, Inches(1), Inches(3), Inches(5), Inches(1)).table
    for place, value in enumerate(("Who", "When", "Ada", "noon")):
        table.cell(place // 2, place % 2).text = value
    slide.notes_slide.notes_text_frame.text = "Say it slowly."
    raw = read(saved(deck), "x.pptx")
    assert raw.pages == 2
    assert [(b.page, b.heading, b.header, b.text) for b in raw.blocks if b.page == 2] == [
        (2, ("Slide 2",), "", "Slide 2"),
        (2, ("Slide 2",), "Who | When", "Ada | noon"),
        (2, ("Slide 2",), "", "Notes: Say it slowly."),
    ]


def test_sheets_are_pages_and_every_row_block_has_the_header() -> None:
    """Lines above the table are text; days lose their midnight and whole numbers their point."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Fees"
    for row in (
        ["Fees of the year"],
        ["Item", "Amount", "Since"],
        ["Card", 8.0, date(2025, 3, 1)],
        [],
        ["Cash", 1.5, None],
    ):
        sheet.append(row)
    hidden = book.create_sheet("Secret plans")
    hidden["A1"] = "nobody sees this"
    hidden.sheet_state = "hidden"
    raw = read(saved(book), "price-list.xlsx")
    assert (raw.title, raw.pages) == ("Price list", 1)
    assert [(block.header, block.text) for block in raw.blocks] == [
        ("", "Fees"),
        ("", "Fees of the year"),
        ("Item | Amount | Since", "Card | 8 | 2025-03-01\nCash | 1.5 | "),
    ]


def test_a_formula_gives_what_it_came_to_and_never_itself() -> None:
    """A workbook that was never calculated has no result: the cell is empty."""
    book = openpyxl.Workbook()
    for row in (["Item", "Sum"], ["a", '=HYPERLINK("http://x.invalid")'], ["b", 3]):
        book.active.append(row)
    assert "HYPERLINK" not in str(read(saved(book), "x.xlsx"))


@pytest.mark.parametrize("cut", [60, 2000, -200])
def test_a_cut_office_file_is_damaged(cut: int) -> None:
    with pytest.raises(Quarantined, match="DAMAGED"):
        read(saved(a_letter())[:cut], "x.docx")


def test_an_office_file_without_words_has_no_text() -> None:
    with pytest.raises(Quarantined, match="NO_TEXT"):
        read(saved(docx.Document()), "x.docx")


def test_entities_are_not_resolved() -> None:
    """Neither a file of the machine nor a million laughs come out of a document."""
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
        b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r>'
        b"<w:t>start &b;&f; end</w:t></w:r></w:p></w:body></w:document>"
    )
    try:
        raw = read(with_part(saved(a_letter()), "word/document.xml", bomb), "x.docx")
    except Quarantined as problem:
        assert problem.reason in ("DAMAGED", "NO_TEXT")  # noqa: PT017 - either outcome is right
    else:
        assert "root:" not in str(raw)
        assert "haha" not in str(raw)


def test_a_part_that_expands_a_thousand_times_is_set_aside_unread() -> None:
    bomb = with_part(saved(a_letter()), "word/media/zeros.bin", bytes(20_000_000))
    with pytest.raises(Quarantined, match="EXPANDS"):
        read(bomb, "x.docx")
    near_miss = with_part(saved(a_letter()), "word/media/zeros.bin", bytes(1_000_000))
    assert read(near_miss, "x.docx").title == "Board letter"
