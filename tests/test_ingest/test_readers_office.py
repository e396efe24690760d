"""Word, PowerPoint and Excel files: order, headings, tables, pages, properties; and what must not be read."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, timedelta
from typing import Any

import docx
import openpyxl
import pptx
import pytest
import xlsxwriter
from docx.enum.text import WD_BREAK
from openpyxl.comments import Comment
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches
from seed_files import a_picture

from ingest.errors import Quarantined
from ingest.readers import read
from ingest.readers.base import BlockKind, Flag, RawText
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


def test_a_comment_of_a_word_file_is_text_that_says_whose_it_is() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("It is five.")
    document.add_comment(paragraph.runs[0], text="Really?", author="Ada")._comment_elm.set(
        f"{W}date", "2025-03-01T09:00:00Z"
    )
    document.add_paragraph("And due.")
    assert [b.text for b in read(saved(document), "x.docx").blocks] == [
        "It is five.",
        "Comment (Ada, 2025-03-01): Really?",
        "And due.",
    ]


W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LEVELS = (
    ("decimal", "%1", "Heading1"),
    ("decimal", "%1.%2", ""),
    ("lowerLetter", "(%3)", ""),
    ("upperRoman", "%4.", ""),
)


def numbered(document: docx.document.Document, *extra: str) -> None:
    """Gives the document a list of several levels, number 77, and its first heading style the first of them."""
    numbering = document.part.numbering_part.element
    w = f'xmlns:w="{W[1:-1]}"'
    levels = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>'
        + (f'<w:pStyle w:val="{style}"/>' if style else "")
        + f'<w:lvlText w:val="{text}"/></w:lvl>'
        for n, (kind, text, style) in enumerate(LEVELS)
    )
    numbering.insert(0, parse(f'<w:abstractNum {w} w:abstractNumId="77">{levels}</w:abstractNum>'.encode()))
    for one in (f'<w:num {w} w:numId="77"><w:abstractNumId w:val="77"/></w:num>', *extra):
        numbering.append(parse(one.encode()))
    style = document.styles["Heading 1"].element.get_or_add_pPr()
    style.append(parse(f'<w:numPr {w}><w:numId w:val="77"/></w:numPr>'.encode()))


def item(document: docx.document.Document, text: str, level: int, number: int = 77) -> None:
    properties = document.add_paragraph(text)._p.get_or_add_pPr().get_or_add_numPr()
    properties.get_or_add_numId().val = number
    properties.get_or_add_ilvl().val = level


def test_the_numbers_that_word_counts_itself_are_read() -> None:
    """People ask for clause 2.1: it stands nowhere in the file."""
    document = docx.Document()
    anew = f'<w:num xmlns:w="{W[1:-1]}" w:numId="78"><w:abstractNumId w:val="77"/><w:lvlOverride w:ilvl="1">'
    numbered(document, anew + '<w:startOverride w:val="5"/></w:lvlOverride></w:num>')
    document.add_heading("Terms", 1)
    for text, level in (("Fees", 1), ("five", 2), ("six", 2), ("Days", 1)):
        item(document, text, level)
    document.add_heading("Ends", 1)
    item(document, "Notice", 1)
    item(document, "Deep", 3)
    item(document, "Later", 1, 78)
    item(document, "Plain", 0, 0)
    document.add_paragraph("first", style="List Number")
    document.add_paragraph("dashed", style="List Bullet")
    raw = read(saved(document), "x.docx")
    assert [(b.heading, b.text) for b in raw.blocks] == [
        (("1 Terms",), "1 Terms"),
        (("1 Terms",), "1.1 Fees\n(a) five\n(b) six\n1.2 Days"),
        (("2 Ends",), "2 Ends"),
        (("2 Ends",), "2.1 Notice\nI. Deep\n2.5 Later"),
        (("2 Ends",), "Plain"),
        (("2 Ends",), "1. first\n- dashed"),
    ]


def test_a_formula_of_a_word_file_keeps_its_meaning_on_one_line() -> None:
    document = docx.Document()
    m = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'

    def r(text: str) -> str:
        return f"<m:r><m:t>{text}</m:t></m:r>"

    half = f"<m:f><m:num>{r('1')}</m:num><m:den>{r('2')}</m:den></m:f>"
    square = f"<m:sSup><m:e>{r('x')}</m:e><m:sup>{r('10')}</m:sup></m:sSup>"
    around = f"<m:d><m:e>{r('a+b')}</m:e></m:d><m:rad><m:e>{r('y')}</m:e></m:rad>"
    document.add_paragraph("Fee: ")._p.append(parse(f"<m:oMath {m}>{half}{square}{around}</m:oMath>".encode()))
    assert [b.text for b in read(saved(document), "x.docx").blocks] == ["Fee: 1/2x^(10)(a+b)√(y)"]


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


def a_chart_deck() -> pptx.presentation.Presentation:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Sales"
    numbers = CategoryChartData(number_format="0%")
    numbers.categories = ["Q1", "Q2"]
    numbers.add_series("North", (0.1, 0.2))
    numbers.add_series("South", (0.3, None))
    place = (Inches(1), Inches(2), Inches(4), Inches(3))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *place, numbers).chart
    chart.has_title = chart.value_axis.has_title = True
    chart.chart_title.text_frame.text = "By quarter"
    chart.value_axis.axis_title.text_frame.text = "Share"
    return deck


CHART = [("text", "", "Chart: By quarter, Share"), ("table", " | North | South", "Q1 | 10% | 30%\nQ2 | 20% | ")]


def kinds_of(raw: RawText) -> list[tuple[str, str, str]]:
    return [(block.kind.value, block.header, block.text) for block in raw.blocks]


def test_a_chart_is_a_table_under_its_titles_in_slides_and_in_word() -> None:
    """Its numbers look as the chart shows them."""
    data = saved(a_chart_deck())
    assert kinds_of(read(data, "x.pptx")) == [("heading", "", "Sales"), *CHART]
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        chart = next(package.read(name) for name in package.namelist() if "charts/chart" in name)
    document = docx.Document()
    c = "http://schemas.openxmlformats.org/drawingml/2006/chart"
    r = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    drawn = (
        f'<w:r xmlns:w="{W[1:-1]}"><w:drawing><c:chart xmlns:c="{c}" xmlns:r="{r}" r:id="xchart"/></w:drawing></w:r>'
    )
    document.add_paragraph("Seen:")._p.append(parse(drawn.encode()))
    data = with_part(saved(document), "word/charts/chart1.xml", chart)
    data = referring(data, "word/_rels/document.xml.rels", "chart", "charts/chart1.xml")
    assert kinds_of(read(data, "x.docx")) == [("text", "", "Seen:"), *CHART]


def test_diagrams_comments_and_what_a_picture_shows_are_read_from_slides() -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Plan"
    box = slide.shapes.add_textbox(Inches(1), Inches(3), Inches(2), Inches(1))
    box.text_frame.text = "First\vsecond"
    box._element.nvSpPr.cNvPr.set("descr", "A tower.\n\nDescription automatically generated")
    a, p = "http://schemas.openxmlformats.org/drawingml/2006/main", "http://x.invalid/p"
    d, r = a.replace("main", "diagram"), "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    space = "http://schemas.openxmlformats.org/presentationml/2006/main"
    inside = f'<d:relIds xmlns:d="{d}" xmlns:r="{r}" r:dm="xdiagramData"/>'
    head = '<p:nvGraphicFramePr><p:cNvPr id="9" name="x"/><p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr><p:xfrm/>'
    frame = f'<p:graphicFrame xmlns:p="{space}" xmlns:a="{a}">{head}<a:graphic><a:graphicData uri="{d}">{inside}'
    mc = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    frame = f"{frame}</a:graphicData></a:graphic></p:graphicFrame>"
    both = f'<mc:AlternateContent xmlns:mc="{mc}"><mc:Choice>{frame}</mc:Choice><mc:Fallback/></mc:AlternateContent>'
    slide.shapes._spTree.append(pptx.oxml.parse_xml(both))

    def point(text: str, kind: str = "node") -> str:
        return f'<d:pt type="{kind}"><d:t><a:p><a:r><a:t>{text}</a:t></a:r></a:p></d:t></d:pt>'

    points = point("Ask") + point("no", "pres") + point("Pay")
    diagram = f'<d:dataModel xmlns:d="{d}" xmlns:a="{a}"><d:ptLst>{points}</d:ptLst></d:dataModel>'
    remark = (
        f'<p:cmLst xmlns:p="{p}"><p:cm authorId="0" dt="2025-03-01T09:00:00"><p:text>Sure?</p:text></p:cm></p:cmLst>'
    )
    who = f'<p:cmAuthorLst xmlns:p="{p}"><p:cmAuthor id="0" name="Ada"/></p:cmAuthorLst>'
    parts = {"ppt/diagrams/data1.xml": diagram, "ppt/comments/comment1.xml": remark, "ppt/commentAuthors.xml": who}
    data = saved(deck)
    for name, content in parts.items():
        data = with_part(data, name, content.encode())
    for kind, target in (("diagramData", "../diagrams/data1.xml"), ("comments", "../comments/comment1.xml")):
        data = referring(data, "ppt/slides/_rels/slide1.xml.rels", kind, target)
    assert [block.text for block in read(data, "x.pptx").blocks] == [
        "Plan",
        "Ask\nPay",
        "First second",
        "Picture: A tower.",
        "Comment (Ada, 2025-03-01): Sure?",
    ]


def test_a_picture_that_somebody_described_is_still_recognised() -> None:
    """Where a file has no word but that, its pictures are taken out."""
    deck = pptx.Presentation()
    page = deck.slides.add_slide(deck.slide_layouts[6])
    page.shapes.add_picture(io.BytesIO(a_picture("png")), 0, 0)._element.nvPicPr.cNvPr.set("descr", "A scanned page")
    raw = read(saved(deck), "x.pptx")
    assert ([block.text for block in raw.blocks], len(raw.members)) == (["Picture: A scanned page"], 1)


def test_a_slide_that_is_passed_over_is_read_and_flagged() -> None:
    deck = a_chart_deck()
    deck.slides[0]._element.set("show", "0")
    raw = read(saved(deck), "x.pptx")
    assert (raw.flags, raw.blocks[0].text) == ((Flag.HIDDEN_TEXT,), "Sales")


def test_shapes_of_a_group_are_read_together_in_its_place() -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])

    def box(shapes: Any, text: str, top: int) -> None:
        shapes.add_textbox(0, top, 10, 10).text_frame.text = text

    group = slide.shapes.add_group_shape()
    box(group.shapes, "inner two", 900)
    box(group.shapes, "inner one", 800)
    group.top = 100
    box(slide.shapes, "below", 500)
    assert [block.text for block in read(saved(deck), "x.pptx").blocks] == ["inner one", "inner two", "below"]


def test_boxes_over_a_sheet_and_the_titles_of_its_charts_are_read() -> None:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet("Data")
    sheet.write_row(0, 0, ["a", 1])
    sheet.insert_textbox("D4", "Read me")
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=Data!$B$1:$B$1"})
    chart.set_title({"name": "By year"})
    sheet.insert_chart("D9", chart)
    book.close()
    assert [block.text for block in read(buffer.getvalue(), "x.xlsx").blocks] == [
        "Data",
        "a | 1",
        "Read me",
        "Chart: By year",
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


def a_formatted_book() -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["What", "Seen"], ["rate", 0.25], ["pay", 1234.5], ["id", 12345678], ["took", timedelta(hours=36)]):
        sheet.append(row)
    for place, code in (("B2", "0%"), ("B3", '#,##0.00 "€"'), ("B4", "000-00-0000"), ("B5", "[h]:mm")):
        sheet[place].number_format = code
    when = datetime(2025, 3, 1, 9, 5, 7)  # noqa: DTZ001 - a workbook knows no zone
    for row in (["sure", True], ["wrong", "#REF!"], ["large", 1.2e15], ["when", when]):
        sheet.append(row)
    return book


SEEN = "rate | 25%\npay | 1,234.50 €\nid | 012-34-5678\ntook | 36:00:00\nsure | TRUE\nwrong | #REF!\n"
SEEN += "large | 1200000000000000\nwhen | 2025-03-01 09:05:07"


def test_a_cell_says_what_a_person_sees_in_it() -> None:
    """Also where the table does not begin in the first cell, and where the cells lie far apart."""
    book = a_formatted_book()
    assert [block.text for block in read(saved(book), "x.xlsx").blocks] == ["Sheet", SEEN]
    book.active.insert_rows(1, 2)
    book.active.insert_cols(1)
    assert [block.text for block in read(saved(book), "x.xlsx").blocks] == ["Sheet", SEEN]
    book = a_formatted_book()
    book.active["XFD900"] = "far"
    assert "rate | 25%" in str(read(saved(book), "x.xlsx").blocks)


def test_rows_and_columns_that_the_author_hid_are_left_out_and_that_is_said() -> None:
    """What a filter or a group folds away is one click from being seen, and is read."""
    book = openpyxl.Workbook()
    for row in (["Item", "Fee", "Cost"], ["Card", "5", "2"], ["Cash", "1", "3"], ["Cheque", "7", "6"]):
        book.active.append(row)
    book.active.row_dimensions[4].hidden = True
    book.active.row_dimensions[4].outlineLevel = 1
    assert read(saved(book), "x.xlsx").flags == ()
    book.active.row_dimensions[3].hidden = True
    book.active.column_dimensions["C"].hidden = True
    raw = read(saved(book), "x.xlsx")
    assert (raw.flags, raw.blocks[-1].text, raw.blocks[-1].rows) == (
        (Flag.HIDDEN_TEXT,),
        "Card | 5\nCheque | 7",
        (1, 2, 4),
    )
    book.active.auto_filter.ref = "A1:B4"
    book.active.auto_filter.add_filter_column(0, ["Card"])
    assert "Cash | 1" in raw_text(read(saved(book), "x.xlsx"))


def raw_text(raw: RawText) -> str:
    return "\n".join(block.text for block in raw.blocks)


def test_comments_of_a_workbook_are_text_that_says_whose_they_are() -> None:
    """Of a conversation Excel keeps a second form for old programs: each remark is read once."""
    book = a_formatted_book()
    book.active["B2"].comment = Comment("Ask the bank.", "Ada")
    assert [b.text for b in read(saved(book), "x.xlsx").blocks][2:] == ["Comment (Ada, B2): Ask the bank."]
    book.active["B2"].comment = Comment("[Threaded comment] Your version is old.", "tc={1}")
    space = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
    said = f'<ThreadedComments xmlns="{space}"><threadedComment ref="B2" dT="2025-03-01T10:00:00.00" personId="{{7}}">'
    said += "<text>Is it due?</text></threadedComment></ThreadedComments>"
    data = with_part(saved(book), "xl/threadedComments/threadedComment1.xml", said.encode())
    people = f'<personList xmlns="{space}"><person displayName="Bo" id="{{7}}"/></personList>'
    data = with_part(data, "xl/persons/person.xml", people.encode())
    data = referring(
        data, "xl/worksheets/_rels/sheet1.xml.rels", "threadedComment", "../threadedComments/threadedComment1.xml"
    )
    data = referring(data, "xl/_rels/workbook.xml.rels", "person", "persons/person.xml")
    assert [b.text for b in read(data, "x.xlsx").blocks][2:] == ["Comment (Bo, 2025-03-01, B2): Is it due?"]


def referring(package: bytes, rels: str, kind: str, target: str) -> bytes:
    """The same office file with one more reference from one of its parts to another."""
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        known = opened.read(rels) if rels in opened.namelist() else b"<Relationships></Relationships>"
    one = f'<Relationship Id="x{kind}" Type="http://x.invalid/{kind}" Target="{target}"/></Relationships>'
    return with_part(package, rels, known.replace(b"</Relationships>", one.encode()))


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
