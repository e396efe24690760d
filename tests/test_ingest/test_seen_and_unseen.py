"""What a person sees of an office file is read once; what its author hid is left out and flagged."""

from __future__ import annotations

import docx
import pptx
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from pptx.util import Inches
from seed_files import open_document, saved

from ingest.readers import read
from ingest.readers.base import BlockKind, Flag, RawText

AF_CHUNK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/aFChunk"
TABLE = "<table:table>{}</table:table>"
ROW = "<table:table-row>{}</table:table-row>"
CELL = "<table:table-cell>{}</table:table-cell>"


def said(raw: RawText) -> list[str]:
    return [block.text for block in raw.blocks if block.kind is not BlockKind.MARGIN]


def test_a_style_hides_words_and_a_run_that_says_otherwise_is_seen() -> None:
    document = docx.Document()
    hidden = document.styles.add_style("Unseen", WD_STYLE_TYPE.CHARACTER)
    hidden.font.hidden = True
    heir = document.styles.add_style("Heir", WD_STYLE_TYPE.CHARACTER)
    heir.base_style = hidden
    document.styles.add_style("Block", WD_STYLE_TYPE.PARAGRAPH).font.hidden = True
    paragraph = document.add_paragraph("The fee ")
    paragraph.add_run("four ", style="Unseen")
    paragraph.add_run("six ", style="Heir")
    paragraph.add_run("is five.")
    document.add_paragraph("Unseen. ", style="Block").add_run("Seen.").font.hidden = False
    raw = read(bytes(saved(document)), "x.docx")
    assert (said(raw), raw.flags) == (["The fee is five.", "Seen."], (Flag.HIDDEN_TEXT,))


def test_another_file_that_a_text_takes_in_is_a_member() -> None:
    document = docx.Document()
    document.add_paragraph("The fee")
    whole = Part(PackURI("/word/afchunk1.htm"), "text/html", b"<p>is five.", document.part.package)
    document.part.relate_to(whole, AF_CHUNK)
    raw = read(bytes(saved(document)), "x.docx")
    assert [(one.name, one.data) for one in raw.members] == [("afchunk1.htm", b"<p>is five.")]


def test_a_shape_that_is_not_shown_on_a_slide_is_left_out() -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Fees"
    box = slide.shapes.add_textbox(0, 0, Inches(1), Inches(1))
    box.text_frame.text = "Unseen"
    box._element.nvSpPr.cNvPr.set("hidden", "1")
    raw = read(bytes(saved(deck)), "x.pptx")
    assert (said(raw), raw.flags) == (["Fees"], (Flag.HIDDEN_TEXT,))


def test_a_section_that_is_not_shown_is_left_out() -> None:
    body = '<text:section text:display="none"><text:p>Unseen</text:p></text:section><text:p>Seen</text:p>'
    raw = read(open_document("text", body), "x.odt")
    assert (said(raw), raw.flags) == (["Seen"], (Flag.HIDDEN_TEXT,))


def test_a_table_in_a_cell_is_read_once() -> None:
    inner = TABLE.format(ROW.format(CELL.format("<text:p>inside</text:p>")))
    head = "".join(CELL.format(f"<text:p>{text}</text:p>") for text in ("Item", "Fee"))
    row = CELL.format(f"<text:p>Card</text:p>{inner}") + CELL.format("<text:p>5</text:p>")
    headed = f"<table:table-header-rows>{ROW.format(head)}</table:table-header-rows>"
    (block,) = read(open_document("text", TABLE.format(headed + ROW.format(row))), "x.odt").blocks
    assert (block.header, block.text) == ("Item | Fee", "Card inside | 5")


def test_a_slide_of_an_open_deck_that_is_passed_over_is_read_and_flagged() -> None:
    style = (
        '<style:style style:name="d"><style:drawing-page-properties presentation:visibility="hidden"/></style:style>'
    )
    body = (
        '<draw:page draw:style-name="d"><draw:frame><draw:text-box><text:p>Fees</text:p></draw:text-box></draw:frame>'
    )
    raw = read(open_document("presentation", f"{body}</draw:page>", styles=style), "x.odp")
    assert (said(raw), raw.flags) == (["Fees"], (Flag.HIDDEN_TEXT,))


def test_a_box_over_an_open_sheet_is_read() -> None:
    box = "<draw:frame><draw:text-box><text:p>Mind the fee</text:p></draw:text-box></draw:frame>"
    rows = ROW.format(CELL.format("<text:p>5</text:p>"))
    raw = read(
        open_document(
            "spreadsheet", f'<table:table table:name="A"><table:shapes>{box}</table:shapes>{rows}</table:table>'
        ),
        "x.ods",
    )
    assert said(raw) == ["A", "5", "Mind the fee"]


def test_a_shape_of_rtf_is_read_once() -> None:
    shape = rb"{\shp{\*\shpinst{\shptxt In a box\par}}{\shprslt\pard In a box\par}}"
    assert said(read(rb"{\rtf1 The fee." + shape + rb"\par}", "x.rtf")).count("In a box") == 1
