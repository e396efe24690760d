"""OpenDocument, RTF, old workbooks, letters of Outlook, JSON, XML, SVG, pictures: read whole, hidden words left out."""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import UTC, datetime
from email.message import EmailMessage

import docx
import openpyxl
import pytest
from compound_files import box, old_letter, old_workbook, property_stream, wrapped_letter
from PIL import Image, ImageDraw, ImageFont
from seed_files import a_document, a_picture, a_workbook, open_document, zipped

from ingest.errors import Quarantined
from ingest.readers import kinds, read
from ingest.readers.base import BlockKind, Flag, Member, RawText
from ingest.readers.msg_rtf import decompressed
from ingest.sandbox import Sandbox


def shown(raw: RawText) -> list[tuple[int, str, str]]:
    return [(block.page, block.header, block.text) for block in raw.blocks if block.kind is not BlockKind.MARGIN]


# -- OpenDocument ----------------------------------------------------------------------------------------

TEXT = (
    '<text:h text:outline-level="1">Fees</text:h><text:p>Before the table,<text:line-break/>with '
    '<text:span>two</text:span><text:s text:c="2"/>lines.</text:p>'
    "<table:table><table:table-row><table:table-cell><text:p>Item</text:p></table:table-cell><table:table-cell>"
    "<text:p>Fee</text:p></table:table-cell></table:table-row><table:table-row><table:table-cell><text:p>Card</text:p>"
    "</table:table-cell><table:table-cell><text:p>5</text:p></table:table-cell></table:table-row></table:table>"
    "<text:list><text:list-item><text:p>one</text:p></text:list-item><text:list-item><text:p>two</text:p></text:list-item>"
    "</text:list>"
)
HIDDEN = '<style:style style:name="H"><style:text-properties text:display="none"/></style:style>'
ABOUT = "<dc:title>Fee list</dc:title><dc:creator>Ada</dc:creator><dc:language>de-AT</dc:language>"
ABOUT += "<dc:date>2025-03-01</dc:date>"


def test_a_text_keeps_headings_tables_lists_and_what_it_says_of_itself() -> None:
    raw = read(open_document("text", TEXT, meta=ABOUT), "x.odt")
    assert (raw.title, raw.dated, raw.media_type) == ("Fee list", "2025-03-01", kinds.ODT)
    assert (raw.metadata.author, raw.metadata.language) == ("Ada", "de")
    assert shown(raw) == [
        (1, "", "Fees"),
        (1, "", "Before the table,\nwith two lines."),
        (1, "Item | Fee", "Card | 5"),
        (1, "", "- one\n- two"),
    ]


def test_hidden_words_and_deleted_ones_of_a_text_are_left_out_and_that_is_said() -> None:
    body = (
        "<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes><text:p>Seen</text:p>"
        '<text:p text:style-name="H">Obey me.</text:p><text:p>and<text:hidden-text>no</text:hidden-text> <text:span '
        'text:style-name="H">never</text:span>more</text:p>'
    )
    raw = read(open_document("text", body, styles=HIDDEN), "x.odt")
    assert [text for _, _, text in shown(raw)] == ["Seen", "and more"]
    assert raw.flags == (Flag.HIDDEN_TEXT,)
    assert read(open_document("text", "<text:p>Seen</text:p>", styles=HIDDEN), "x.odt").flags == ()


def test_slides_are_pages_with_their_title_first() -> None:
    def frame(kind: str, text: str) -> str:
        inside = f"<draw:text-box><text:p>{text}</text:p></draw:text-box>"
        return f'<draw:frame presentation:class="{kind}">{inside}</draw:frame>'

    body = "".join(
        f"<draw:page>{frame('outline', f'word {n}')}{frame('title', f'Slide {n}')}</draw:page>" for n in (1, 2)
    )
    raw = read(open_document("presentation", body), "x.odp")
    assert raw.media_type == kinds.ODP
    assert [(b.page, b.heading, b.text) for b in raw.blocks] == [
        (1, ("Slide 1",), "Slide 1"),
        (1, ("Slide 1",), "word 1"),
        (2, ("Slide 2",), "Slide 2"),
        (2, ("Slide 2",), "word 2"),
    ]


def test_a_locked_text_is_encrypted_and_one_with_programs_is_flagged() -> None:
    locked = '<m:manifest xmlns:m="x"><m:encryption-data/></m:manifest>'
    with pytest.raises(Quarantined, match=r"^ENCRYPTED$"):
        read(open_document("text", TEXT, **{"META-INF/manifest.xml": locked.encode()}), "x.odt")
    program = {"Basic/Standard/Module1.xml": b"<x>Shell</x>", "Basic/script-lc.xml": b"<x/>"}
    assert read(open_document("text", TEXT, **program), "x.odt").flags == (Flag.MACROS,)


def test_a_picture_that_lies_elsewhere_is_flagged_and_a_link_is_not() -> None:
    there = '<text:p>Seen <draw:frame><draw:image xlink:href="http://x.invalid/p.png"/></draw:frame></text:p>'
    link = '<text:p>Seen <text:a xlink:href="http://x.invalid/">here</text:a></text:p>'
    assert read(open_document("text", there), "x.odt").flags == (Flag.EXTERNAL,)
    assert read(open_document("text", link), "x.odt").flags == ()


# -- workbooks -------------------------------------------------------------------------------------------


def test_an_old_workbook_is_read_and_a_locked_one_is_not() -> None:
    raw = read(old_workbook([["Item", "Fee"], ["Card", 5.0], ["Cash", 1.5]]), "fees.xls")
    assert shown(raw) == [(1, "", "Fees"), (1, "Item | Fee", "Card | 5\nCash | 1.5")]
    with pytest.raises(Quarantined, match=r"^ENCRYPTED$"):
        read(old_workbook([["Item"]], locked=True), "fees.xls")


def test_an_old_workbook_says_what_a_person_sees_in_a_cell() -> None:
    """And leaves out what its author hid. One with broken records is read without that, and says so."""
    rows: list[list[str | float]] = [["What", 1.0], ["rate", 0.25], ["pay", 1234.5], ["gone", 7.0]]
    wrong = (0x205, struct.pack("<HHHBB", 4, 1, 0, 23, 1))
    shorts = (0xBD, struct.pack("<HHHIHIH", 2, 2, 1, 25 << 2 | 2, 2, 7 << 2 | 2, 3))
    unseen = (
        (0x208, struct.pack("<HHHHIHH", 3, 0, 2, 255, 0, 0x20, 0)),
        (0x7D, struct.pack("<HHHHHH", 3, 3, 9, 0, 1, 0)),
    )
    styles = ("General", "0%", '#,##0.00 "€"')
    raw = read(old_workbook(rows, styles=styles, more=(*unseen, shorts, wrong)), "fees.xls")
    assert shown(raw)[1:] == [(1, "What | 1 | ", "rate | 25% | \npay | 1,234.50 € | 2500%\n | #REF! | ")]
    assert raw.flags == (Flag.HIDDEN_TEXT,)
    raw = read(old_workbook(rows, styles=styles, more=((0x7D, b"\0"),)), "fees.xls")
    assert "rate | 0.25" in shown(raw)[1][2]
    assert raw.members == (Member(name="Workbook", problem="DAMAGED"),)


def test_an_open_workbook_keeps_its_days_as_days() -> None:
    def row(*cells: tuple[str, str]) -> str:
        inner = "".join(f"<table:table-cell {kind}><text:p>{text}</text:p></table:table-cell>" for kind, text in cells)
        return f"<table:table-row>{inner}</table:table-row>"

    text, day = 'office:value-type="string"', 'office:value-type="date" office:date-value="2025-03-01"'
    rows = row((text, "Item"), (text, "Since")) + row((text, "Card"), (day, "1.3.25"))
    raw = read(open_document("spreadsheet", f'<table:table table:name="Fees">{rows}</table:table>'), "x.ods")
    assert (raw.media_type, shown(raw)[1:]) == (kinds.ODS, [(1, "Item | Since", "Card | 2025-03-01")])


def open_rows(*rows: str) -> str:
    return f'<table:table table:name="Fees">{"".join(rows)}</table:table>'


def open_row(*cells: str, stated: str = "") -> str:
    inner = (
        one if one.startswith("<") else f"<table:table-cell><text:p>{one}</text:p></table:table-cell>" for one in cells
    )
    return f"<table:table-row {stated}>{''.join(inner)}</table:table-row>"


def test_an_open_workbook_says_what_its_author_saw_in_a_cell() -> None:
    """What has no text of its own says its value; a comment is no part of its cell."""

    def cell(kind: str, value: str, text: str = "", more: str = "") -> str:
        said = f"<text:p>{text}</text:p>" if text else ""
        return f'<table:table-cell office:value-type="{kind}" {value}>{more}{said}</table:table-cell>'

    remark = (
        "<office:annotation><dc:creator>Ada</dc:creator><dc:date>2025-03-01T09:00:00</dc:date><text:p>Ask.</text:p>"
    )
    rate = cell("percentage", 'office:value="0.25"', "25 %", remark + "</office:annotation>")
    rows = open_rows(
        open_row("What", "Seen"),
        open_row("rate", rate),
        open_row("pay", cell("currency", 'office:value="1234.5"', "1.234,50 €")),
        open_row("took", cell("time", 'office:time-value="PT36H00M00S"', "36:00:00")),
        open_row("never shown", cell("float", 'office:value="7"')),
        open_row("", stated='table:number-rows-repeated="1000000"'),
        open_row("hidden", "no", stated='table:visibility="collapse"'),
        open_row("filtered", "yes", stated='table:visibility="filter"'),
    )
    raw = read(open_document("spreadsheet", rows), "x.ods")
    assert shown(raw)[1:] == [
        (
            1,
            "What | Seen",
            "rate | 25 %\npay | 1.234,50 €\ntook | 36:00:00\nnever shown | 7\nfiltered | yes",
        ),
        (1, "", "Comment (Ada, 2025-03-01): Ask."),
    ]
    assert (raw.flags, raw.blocks[1].rows) == ((Flag.HIDDEN_TEXT,), (1, 2, 3, 4, 5, 1000007))


def test_an_open_workbook_keeps_its_columns_and_leaves_out_what_nobody_sees() -> None:
    hidden = '<table:table table:name="Plans" table:style-name="H"><table:table-row/></table:table>'
    style = '<style:style style:name="H"><style:table-properties table:display="false"/></style:style>'
    columns = '<table:table-column table:number-columns-repeated="2"/><table:table-column table:visibility="collapse"/>'
    wide = '<table:table-cell table:number-rows-spanned="2"><text:p>Bank</text:p></table:table-cell>'
    gap = '<table:table-cell table:number-columns-repeated="1"/>'
    covered, rest = "<table:covered-table-cell/>", '<table:table-cell table:number-columns-repeated="16000"/>'
    rows = open_rows(
        columns, open_row("A", "B", "C", "D"), open_row(wide, "1", "x", gap, rest), open_row(covered, "2", "y", "z")
    )
    raw = read(open_document("spreadsheet", rows + hidden, styles=style), "x.ods")
    assert (raw.pages, raw.flags, shown(raw)[1:]) == (
        1,
        (Flag.HIDDEN_TEXT,),
        [(1, "A | B | D", "Bank | 1 | \nBank | 2 | z")],
    )


def test_comments_of_a_text_stand_behind_what_they_hang_on() -> None:
    remark = "<office:annotation><dc:creator>Ada</dc:creator><text:p>Ask {}.</text:p></office:annotation>"
    cell = f"<table:table-cell><text:p>five{remark.format('twice')}</text:p></table:table-cell>"
    body = f"<text:p>It is{remark.format('first')} five.</text:p><table:table><table:table-row>{cell}</table:table-row>"
    raw = read(open_document("text", body + "</table:table>"), "x.odt")
    assert [text for _, _, text in shown(raw)] == [
        "It is five.",
        "Comment (Ada): Ask first.",
        "five",
        "Comment (Ada): Ask twice.",
    ]


def test_each_cell_of_a_merged_field_says_what_the_field_says() -> None:
    """But a line over the whole table is a line, and stands once."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["Fees of 2025", None, None], ["Area", "Item", "Fee"], ["Bank", "Card", 5], [None, "Cash", 1]):
        sheet.append(row)
    sheet.merge_cells("A1:C1")
    sheet.merge_cells("A3:A4")
    buffer = io.BytesIO()
    book.save(buffer)
    assert shown(read(buffer.getvalue(), "x.xlsx"))[1:] == [
        (1, "", "Fees of 2025"),
        (1, "Area | Item | Fee", "Bank | Card | 5\nBank | Cash | 1"),
    ]


def test_two_cells_at_the_ends_of_a_sheet_cost_nothing() -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD900"] = "first", "last"
    buffer = io.BytesIO()
    book.save(buffer)
    with Sandbox(converter="") as sandbox:
        assert "last" in str(sandbox.read(buffer.getvalue(), "x.xlsx").blocks)


def test_programs_and_links_of_an_office_file_are_flagged() -> None:
    def with_part(package: bytes, name: str, data: bytes, old: bytes = b"", new: bytes = b"") -> bytes:
        with zipfile.ZipFile(io.BytesIO(package)) as read_from:
            parts = {
                one: read_from.read(one).replace(old, new) if old else read_from.read(one)
                for one in read_from.namelist()
            }
        return zipped({**parts, name: data})

    plain, macro = (
        b"openxmlformats-officedocument.wordprocessingml.document.main",
        b"ms-word.document.macroEnabled.main",
    )
    raw = read(with_part(a_document(), "word/vbaProject.bin", b"program", plain, macro), "x.docm")
    assert (raw.media_type, raw.flags) == (kinds.DOCX, (Flag.MACROS,))
    assert "five euros" in str(raw.blocks)
    linked = with_part(a_workbook(), "xl/externalLinks/externalLink1.xml", b"<x/>")
    assert read(linked, "x.xlsx").flags == (Flag.EXTERNAL,)
    assert read(a_document(), "x.docx").flags == ()
    hidden = docx.Document()
    hidden.add_paragraph("Seen ").add_run("unseen").font.hidden = True
    buffer = io.BytesIO()
    hidden.save(buffer)
    assert read(buffer.getvalue(), "x.docx").flags == (Flag.HIDDEN_TEXT,)


def test_what_is_embedded_in_an_office_file_is_a_member() -> None:
    native = (
        b"\0\0\0\0\2\0plan.txt\0C:\\x\\plan.txt\0\0\0\3\0"
        + struct.pack("<I", 4)
        + b"x:\\\0"
        + struct.pack("<I", 5)
        + b"words"
    )
    boxed = box(("\x01Ole10Native", native))
    with zipfile.ZipFile(io.BytesIO(a_document())) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    held = read(
        zipped({**parts, "word/embeddings/oleObject1.bin": boxed, "word/embeddings/a.xlsx": a_workbook()}), "x.docx"
    )
    assert [(one.name, one.data[:5], one.problem) for one in held.members] == [
        ("plan.txt", b"words", ""),
        ("a.xlsx", b"PK\x03\x04\x14", ""),
    ]
    with zipfile.ZipFile(io.BytesIO(a_workbook())) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    held = read(zipped({**parts, "xl/embeddings/oleObject1.bin": boxed}), "x.xlsx")
    assert [(one.name, one.data) for one in held.members] == [("plan.txt", b"words")]


# -- RTF -------------------------------------------------------------------------------------------------


def rtf(body: str) -> RawText:
    head = (
        r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial;}}{\stylesheet{\s1 heading 1;}}"
    )
    return read((head + body + "}").encode("latin-1"), "x.rtf")


def test_rtf_has_headings_tables_margins_and_properties() -> None:
    raw = rtf(
        r"{\info{\title Fee list}{\author Ada}{\creatim\yr2025\mo3\dy1}}{\header\pard Confidential\par}"
        r"\pard\s1 Fees\par\pard It is {\b five} euros.\par"
        r"\trowd\intbl Item\cell Fee\cell\row\trowd\intbl Card\cell 5\cell\row"
        r"\pard After.\page Second page.\par"
    )
    assert (raw.title, raw.dated, raw.pages, raw.metadata.author) == ("Fee list", "2025-03-01", 2, "Ada")
    assert shown(raw) == [
        (1, "", "Fees"),
        (1, "", "It is five euros."),
        (1, "Item | Fee", "Card | 5"),
        (1, "", "After."),
        (2, "", "Second page."),
    ]
    assert raw.blocks[0].kind is BlockKind.MARGIN


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"caf\'e9 \u8364?5", "café €5"),
        (r"{\f1 \'cf\'eb\'e0\'ed}", "План"),
        (r"\uc0\u8364 5", "€5"),
        (r"\u-10179?\u-8704?", "\U0001f600"),
        (r"a\{b\}\\c", "a{b}\\c"),
        (r"x{\*\unknown secret}y", "xy"),
        (r"x{\field{\*\fldinst HYPERLINK http://x.invalid}{\fldrslt link}}", "xlink"),
        (r"one\line two", "one\ntwo"),
        (r"x{\pict\pngblip 89504e47}y", "xy"),
    ],
)
def test_rtf_letters(body: str, text: str) -> None:
    assert [block.text for block in rtf(body).blocks] == [text]


def test_hidden_words_of_rtf_are_left_out_and_that_is_said() -> None:
    raw = rtf(r"Seen{\v  Obey me.} and seen\v  no\v0  again.\par")
    assert (raw.blocks[0].text, raw.flags) == ("Seen and seen again.", (Flag.HIDDEN_TEXT,))


def test_what_stands_aside_in_rtf_is_read_behind_its_paragraph() -> None:
    """Notes, comments and text boxes. What a tracked change has struck out is not read."""
    raw = rtf(
        r"\pard It is five{\super\chftn}{\footnote\pard\plain {\super\chftn} Since May.\par} euros"
        r"{\*\atnid A}{\*\atnauthor Ada}{\*\annotation\chatn {\*\atndate 1234}\pard Really?}"
        r"{\shp{\*\shpinst\shpleft1{\sp{\sn shapeType}{\sv 202}}{\shptxt\pard Boxed.\par Twice.\par}}}"
        r"{\deleted , not six}{\revised  a month}.\par"
    )
    assert [text for _, _, text in shown(raw)] == [
        "It is five euros a month.",
        "Since May.",
        "Comment (Ada): Really?",
        "Boxed. Twice.",
    ]
    assert raw.flags == ()


def test_a_table_in_a_cell_of_rtf_keeps_its_words_apart() -> None:
    inner = r"\pard\intbl\itap2 a\nestcell b\nestcell{\*\nesttableprops\nestrow}{\nonesttables\par}"
    raw = rtf(rf"\trowd\intbl Item\cell Fee\cell\row\trowd\intbl {inner}\pard\intbl\cell 5\cell\row\pard\par")
    assert shown(raw) == [(1, "Item | Fee", "a; b; | 5")]


def test_rtf_may_nest_as_deep_as_it_likes() -> None:
    assert rtf("{" * 100_000 + "deep" + "}" * 100_000).blocks[0].text == "deep"


# -- letters ---------------------------------------------------------------------------------------------


def test_a_letter_of_outlook_has_head_body_date_and_what_hangs_on_it() -> None:
    sent = int((datetime(2025, 3, 1, 9, 0, tzinfo=UTC) - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10_000_000
    raw = read(
        box(
            ("__properties_version1.0", property_stream({0x00390040: sent, 0x00360003: 3})),
            ("__substg1.0_0037001F", "Fees".encode("utf-16-le")),
            ("__substg1.0_1000001F", "It is five euros.".encode("utf-16-le")),
            ("__substg1.0_0C1A001F", "Ada".encode("utf-16-le")),
        ),
        "x.msg",
    )
    assert (raw.title, raw.dated, raw.media_type) == ("Fees", "2025-03-01", kinds.MSG)
    assert raw.blocks[0].text == "From: Ada\nDate: 2025-03-01 09:00+00:00\nSubject: Fees"
    assert raw.blocks[1].text == "It is five euros."
    assert raw.properties["sensitivity"] == "company-confidential"


def test_a_winmail_dat_gives_its_text_and_what_hangs_on_it() -> None:
    """Also a letter in it that is wrapped the same way. One that is cut off is damaged."""
    inner = wrapped_letter("Inner", "Deep words.")
    data = wrapped_letter("Fees", "It is five.", ("a long name.csv", b"a,b\n1,2\n"), ("inner", inner))
    raw = read(data, "winmail.dat")
    assert (raw.title, raw.media_type) == ("Fees", kinds.TNEF)
    assert [text for _, _, text in shown(raw)] == [
        "Subject: Fees",
        "It is five.",
        "Attached: a long name.csv, inner.tnef",
    ]
    assert [(one.name, one.data) for one in raw.members] == [("a long name.csv", b"a,b\n1,2\n"), ("inner.tnef", inner)]
    with pytest.raises(Quarantined, match=r"^DAMAGED$"):
        read(data[:-20], "winmail.dat")


def test_a_letter_of_outlook_may_hold_html_alone() -> None:
    raw = read(old_letter(t0037="Fees", t1013="<p>It is <b>five</b>.<script>no()</script>"), "x.msg")
    assert raw.blocks[1].text == "It is five."
    assert raw.flags == (Flag.SCRIPTS,)


def test_html_in_a_letter_of_outlook_is_decoded_as_it_or_the_letter_says() -> None:
    """As text it is decoded already, whatever it says of itself."""
    page = "<meta charset=iso-8859-2><p>Dłużnik płaci żądaną opłatę."
    told = page.partition(">")[2]
    for letter in (
        old_letter(t1013=page.encode("iso-8859-2")),
        old_letter({0x3FDE0003: 28592}, t1013=told.encode("iso-8859-2")),
        old_letter(t1013=page),
    ):
        assert read(letter, "x.msg").blocks[1].text == "Dłużnik płaci żądaną opłatę."


def test_packed_rtf_is_unpacked() -> None:
    """The example of the format's own description."""
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert decompressed(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert decompressed(packed[:20]) != b""
    assert decompressed(b"short") == b""


def test_a_letter_with_two_files_of_one_name_keeps_both() -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@x.invalid", "b@x.invalid", "Two"
    message.set_content("See both.")
    for data in (b"one", b"two"):
        message.add_attachment(data, maintype="text", subtype="plain", filename="a.txt")
    assert [(one.name, one.data) for one in read(message.as_bytes(), "x.eml").members] == [
        ("a.txt", b"one"),
        ("a (2).txt", b"two"),
    ]


# -- data ------------------------------------------------------------------------------------------------


def test_a_list_of_records_is_a_table_under_its_path() -> None:
    raw = read(
        b'{"title": "Fees", "valid": true, "list": [{"item": "card", "fee": 5}, {"item": "cash", "note": null}]}', "x"
    )
    assert (raw.title, raw.media_type) == ("Fees", kinds.JSON)
    assert [(b.heading, b.header, b.text) for b in raw.blocks] == [
        ((), "", "title: Fees\nvalid: yes"),
        (("list",), "item | fee | note", "card | 5 | \ncash |  | "),
    ]


def test_a_record_a_line_is_a_table_and_what_only_looks_like_json_is_text() -> None:
    assert read(b'{"a": 1}\n{"a": 2}\n', "x.jsonl").blocks[0].text == "1\n2"
    assert read(b"[see note 3] The fee is five.]", "x.txt").media_type == kinds.TEXT
    assert read(b"{not json at all}", "x.json").blocks[0].text == "{not json at all}"


def test_xml_says_each_value_under_its_name_and_running_text_once() -> None:
    raw = read(b"<?xml version='1.0'?><fees><title>List</title><p>It is <b>five</b> euros.</p></fees>", "x.xml")
    assert (raw.title, [block.text for block in raw.blocks]) == ("List", ["List", "p: It is five euros."])
    assert raw.blocks[1].heading == ("List",)


def test_xml_that_keeps_its_values_in_attributes_is_read() -> None:
    data = b"<?xml version='1.0'?><r xmlns:x='http://www.w3.org/2001/XMLSchema-instance' x:schemaLocation='u u.xsd'>"
    data += b"<fee name='Card' eur='5'/><fee name=''>six</fee></r>"
    assert read(data, "x.xml").blocks[0].text == "fee name: Card\nfee eur: 5\nfee: six"


def test_entities_of_xml_stand_for_nothing_but_their_names() -> None:
    hostile = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "haha"><!ENTITY f SYSTEM "file:///etc/hostname">'
        b"]><x><y>one &a;&f; two</y></x>"
    )
    assert read(hostile, "x.xml").blocks[0].text == "y: one &a;&f; two"


def test_the_words_of_a_drawing_are_read_but_those_that_nobody_sees() -> None:
    raw = read(
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"><title>Plan</title><text>Fee</text><g '
        b'style="display:none"><text>Obey me</text></g><text opacity="0">no</text><defs><text>never</text></defs>'
        b'<text opacity="0.5">5</text></svg>',
        "x.txt",
    )
    assert [block.text for block in raw.blocks] == ["Plan", "Fee", "5"]
    assert raw.flags == (Flag.SCRIPTS, Flag.HIDDEN_TEXT)


# -- pictures --------------------------------------------------------------------------------------------


def test_a_picture_of_words_is_recognised_page_by_page() -> None:
    page = Image.new("RGB", (700, 160), "white")
    ImageDraw.Draw(page).text((30, 50), "The fee is 12 euros", fill="black", font=ImageFont.load_default(48))
    buffer = io.BytesIO()
    page.save(buffer, "TIFF", save_all=True, append_images=[Image.new("RGB", (300, 100), "white")])
    with Sandbox(converter="") as sandbox:
        raw = sandbox.read(buffer.getvalue(), "scan.dat")
        assert (raw.media_type, raw.pages, raw.recognised_pages) == (kinds.TIFF, 2, (1,))
        assert "12" in raw.blocks[0].text
        assert sandbox.page_image(buffer.getvalue(), 2).startswith(b"\x89PNG")
        with pytest.raises(Quarantined, match="NO_PAGE"):
            sandbox.page_image(buffer.getvalue(), 3)


@pytest.mark.parametrize("kind", ["png", "jpeg", "tiff", "gif", "bmp", "webp"])
def test_pictures_are_known_by_their_bytes(kind: str) -> None:
    raw = read(a_picture(kind), "x.docx")
    assert (raw.media_type, raw.unread_pages) == (f"image/{kind}", (1,))


def test_a_picture_too_large_to_draw_or_too_small_to_read_is_set_aside() -> None:
    def png(width: int, height: int) -> bytes:
        buffer = io.BytesIO()
        Image.new("1", (width, height)).save(buffer, "PNG")
        return buffer.getvalue()

    with pytest.raises(Quarantined, match="EXPANDS"):
        read(png(20_000, 20_000), "x.png")
    with pytest.raises(Quarantined, match="NO_TEXT"):
        read(png(200, 10), "x.png")


# -- identification --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (zipped({"a.txt": b"%PDF-1.4 stored"}), "x.pdf", kinds.ZIP),
        (b"From: a\r\nTo: b\r\nSubject: c\r\n\r\n%PDF-1.4 in a letter", "x.pdf", kinds.EML),
        (b"The mark %PDF-1.4 begins such files.", "x.pdf", kinds.TEXT),
        (b"{\\rtf1 words}", "x.docx", kinds.RTF),
        (b'\xef\xbb\xbf{"a": "words"}', "x.txt", kinds.JSON),
        ("<?xml version='1.0'?><a>words</a>".encode("utf-16"), "x.txt", kinds.XML),
        (b"<?xml version='1.0'?><html><body>words", "x.xml", kinds.HTML),
        (b"From here on the fee is five.", "x.txt", kinds.TEXT),
        (b"From a@x Mon Jan  6 10:00:00 2025\nSubject: x\n\nwords", "x.txt", kinds.MBOX),
        (b"no header at all", "x.eml", kinds.TEXT),
    ],
)
def test_content_decides_what_a_file_is(data: bytes, name: str, kind: str) -> None:
    assert read(data, name).media_type == kind
