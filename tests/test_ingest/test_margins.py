"""Heads, feet and watermarks of pages are looked at for markings, whichever program wrote them, and are not indexed."""

from __future__ import annotations

import io
import struct
from xml.sax.saxutils import escape

import docx
import openpyxl
import pptx
import pytest
from compound_files import old_workbook
from docx.oxml import parse_xml
from pptx.util import Inches
from seed_files import open_document, saved

from ingest.errors import Quarantined
from ingest.readers import compound, read
from ingest.readers.base import BlockKind, RawText

STYLES = (
    '<s:styles xmlns:s="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:d="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    'xmlns:t="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><s:master-page>{}</s:master-page></s:styles>'
)


def margins(raw: RawText) -> list[str]:
    return [block.text for block in raw.blocks if block.kind is BlockKind.MARGIN]


def with_words(text: str, *, watermark: str = "", runs: str = "") -> bytes:
    document = docx.Document()
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    paragraph = document.add_paragraph(text)
    for run in parse_xml(f"<w:p {space}>{runs}</w:p>"):
        paragraph._p.append(run)
    if watermark:
        shape = f'<v:shape xmlns:v="urn:schemas-microsoft-com:vml"><v:textpath string="{watermark}"/></v:shape>'
        drawn = parse_xml(f"<w:r {space}><w:pict>{shape}</w:pict></w:r>")
        document.sections[0].header.paragraphs[0]._p.append(drawn)
    return bytes(saved(document))


def test_the_watermark_of_a_text_is_a_margin() -> None:
    assert margins(read(with_words("The fee.", watermark="CONFIDENTIAL"), "x.docx")) == ["CONFIDENTIAL"]


def test_heads_and_feet_of_a_sheet_are_margins_without_their_notation() -> None:
    book = openpyxl.Workbook()
    book.active.append(["The fee"])
    book.active.oddHeader.center.text = '&"Arial,Bold"&14CONFIDENTIAL && more'
    book.active.oddFooter.right.text = "Page &P of &N"
    assert margins(read(saved(book), "x.xlsx")) == ["CONFIDENTIAL & more", "Page of"]


def test_heads_of_an_old_workbook_and_of_an_open_one_are_margins() -> None:
    code = b"&C&KFF0000RESTRICTED"
    old = old_workbook([["Fee", 5.0]], more=((0x14, struct.pack("<HB", len(code), 0) + code),))
    assert margins(read(old, "x.xls")) == ["RESTRICTED"]
    rows = '<table:table table:name="A"><table:table-row><table:table-cell><text:p>Fee</text:p></table:table-cell>'
    styles = STYLES.format("<s:header><t:p>RESTRICTED</t:p></s:header>")
    parts = {"styles.xml": styles.encode()}
    new = open_document("spreadsheet", f"{rows}</table:table-row></table:table>", **parts)  # type: ignore[arg-type]
    assert margins(read(new, "x.ods")) == ["RESTRICTED"]


def test_what_a_master_draws_on_every_slide_is_a_margin() -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Fees"
    master = deck.slide_master.shapes._spTree
    box = slide.shapes.add_textbox(0, 0, Inches(2), Inches(1))
    box.text_frame.text = "RESTRICTED"
    master.append(box._element)
    raw = read(saved(deck), "x.pptx")
    assert ([block.text for block in raw.blocks], margins(raw)) == (["Fees", "RESTRICTED"], ["RESTRICTED"])
    page = '<draw:page><draw:frame presentation:class="title"><draw:text-box><text:p>Fees</text:p></draw:text-box>'
    styles = STYLES.format("<d:frame><d:text-box><t:p>RESTRICTED</t:p></d:text-box></d:frame>")
    parts = {"styles.xml": styles.encode()}
    shown = f"<presentation:footer-decl>For all</presentation:footer-decl>{page}</draw:frame></draw:page>"
    raw = read(open_document("presentation", shown, **parts), "x.odp")  # type: ignore[arg-type]
    assert margins(raw) == ["RESTRICTED", "For all"]


def test_a_deck_with_words_on_its_master_alone_has_no_text() -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    box = slide.shapes.add_textbox(0, 0, Inches(2), Inches(1))
    box.text_frame.text = "RESTRICTED"
    deck.slide_master.shapes._spTree.append(box._element)
    with pytest.raises(Quarantined, match=r"^NO_TEXT$"):
        read(saved(deck), "x.pptx")


def test_boxes_of_forms_say_whether_they_are_ticked() -> None:
    def field(state: str) -> str:
        inside = f"<w:ffData><w:checkBox><w:default w:val='0'/>{state}</w:checkBox></w:ffData>"
        return f"<w:r><w:fldChar w:fldCharType='begin'>{inside}</w:fldChar></w:r>"

    def picture(code: str, text: str) -> str:
        return f"<w:r><w:sym w:font='Wingdings' w:char='{code}'/><w:t> {escape(text)} </w:t></w:r>"

    runs = picture("F0FE", "agreed") + picture("F0A8", "refused") + field("<w:checked/>") + field("")
    assert read(with_words("", runs=runs), "x.docx").blocks[-1].text == "☒ agreed ☐ refused ☒ ☐"


def test_a_box_whose_sectors_go_round_in_a_circle_is_damaged() -> None:
    data = bytearray(old_workbook([["Fee", 5.0]]))
    with compound.opened(bytes(data)) as box:
        first = box.root.isectStart if box.root.isectStart < len(box.fat) else box.direntries[1].isectStart
    table = struct.unpack_from("<I", data, 76)[0]
    struct.pack_into("<I", data, 512 * (table + 1) + 4 * first, first)
    with pytest.raises(Quarantined, match=r"^DAMAGED$"), compound.opened(io.BytesIO(data).getvalue()) as box:
        compound.check_chains(box)
