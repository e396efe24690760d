"""One small file of each kind that readers know, made here: what mutations start from."""

from __future__ import annotations

import base64
import io
import json
import tarfile
import zipfile
from email.message import EmailMessage
from functools import cache

import docx
import openpyxl
import pptx
from compound_files import box, old_letter, old_workbook, wrapped_letter
from openpyxl.comments import Comment
from PIL import Image, ImageDraw
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from reportlab.pdfgen.canvas import Canvas

WORDS = "The fee is five euros. It is due on 3 March 2025, unless a hold is set."
_ODF = "urn:oasis:names:tc:opendocument:xmlns"


def saved(document: object) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)  # type: ignore[attr-defined]
    return buffer.getvalue()


def zipped(parts: dict[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return buffer.getvalue()


def open_document(kind: str, body: str, *, styles: str = "", meta: str = "", **parts: bytes) -> bytes:
    """A file of LibreOffice: `kind` is text, presentation or spreadsheet."""
    names = {key: f"{_ODF}:{key}:1.0" for key in ("office", "text", "table", "style", "meta")}
    names |= {
        "draw": f"{_ODF}:drawing:1.0",
        "fo": f"{_ODF}:xsl-fo-compatible:1.0",
        "xlink": "http://www.w3.org/1999/xlink",
    }
    names |= {"presentation": f"{_ODF}:presentation:1.0", "dc": "http://purl.org/dc/elements/1.1/"}
    space = " ".join(f'xmlns:{key}="{value}"' for key, value in names.items())
    content = (
        f"<office:document-content {space}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    about = f"<office:document-meta {space}><office:meta>{meta}</office:meta></office:document-meta>"
    stated = f"application/vnd.oasis.opendocument.{kind}"
    manifest = f'<manifest:manifest xmlns:manifest="{_ODF}:manifest:1.0"/>'
    return zipped(
        {"mimetype": stated, "content.xml": content, "meta.xml": about, "META-INF/manifest.xml": manifest, **parts}
    )


def a_pdf() -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    for number in range(2):
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(72, 760, f"Part {number}")
        canvas.setFont("Helvetica", 10)
        for line in range(12):
            canvas.drawString(72, 720 - 14 * line, WORDS)
            canvas.drawString(420, 720 - 14 * line, str(line))
        canvas.bookmarkPage(f"p{number}")
        canvas.addOutlineEntry(f"Part {number}", f"p{number}")
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def a_form() -> bytes:
    """Fields, boxes to tick, notes."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    canvas.setFont("Helvetica", 11)
    for left, up, words in ((72, 700, "Name:"), (72, 660, "Agree"), (172, 660, "Not"), (72, 620, "Colour")):
        canvas.drawString(left, up, words)
    form = canvas.acroForm
    form.textfield(name="n", value="Ada Lovelace", x=120, y=690, width=200, height=20)
    form.checkbox(name="c", checked=True, x=120, y=655)
    form.checkbox(name="d", checked=False, x=220, y=655)
    form.choice(name="e", value="Blue", options=["Red", "Blue"], x=120, y=610, width=100, height=20)
    canvas.freeTextAnnotation("Typed over it", DA="/Helv 10 Tf 0 g", Rect=[300, 400, 450, 420], addtopage=1)
    canvas.textAnnotation("Is the fee right?", Rect=[300, 300, 320, 320], addtopage=1)
    corners = [72, 710, 110, 710, 72, 690, 110, 690]
    canvas.highlightAnnotation("See page 2", Rect=[72, 690, 110, 710], QuadPoints=corners, Color=[1, 1, 0], addtopage=1)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def a_covered_page() -> bytes:
    """A turned page, with words under a box and a table whose rules are one path."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    canvas.rotate(90)
    canvas.setFont("Helvetica", 11)
    for place in range(6):
        canvas.drawString(72, -100 - 14 * place, f"{WORDS[:40]}{place}")
    canvas.rect(72, -105, 100, 16, fill=1, stroke=0)
    path = canvas.beginPath()
    for place in range(3):
        path.moveTo(72, -300 - 40 * place)
        path.lineTo(472, -300 - 40 * place)
        path.moveTo(72 + 200 * place, -300)
        path.lineTo(72 + 200 * place, -380)
    canvas.drawPath(path)
    for place in range(4):
        canvas.drawString(76 + 200 * (place % 2), -315 - 40 * (place // 2), f"cell {place}")
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def packed_with_signature(text: bytes) -> bytes:
    """As letters are that are signed and not to be read without a program for it: in pieces of no told length."""
    head = bytes.fromhex("308006092a864886f70d010702a0803080020101310006092a864886f70d010701a0802480")
    pieces = [text[place : place + 100] for place in range(0, len(text), 100)]
    return head + b"".join(b"\x04" + bytes([len(piece)]) + piece for piece in pieces) + bytes(6)


def a_document() -> bytes:
    document = docx.Document()
    document.add_heading("Fees", 1)
    document.add_paragraph(WORDS)
    table = document.add_table(rows=2, cols=2)
    for place, text in enumerate(("Item", "Fee", "Card", "5")):
        table.cell(place // 2, place % 2).text = text
    return saved(document)


def a_deck() -> bytes:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text, slide.placeholders[1].text = "Fees", WORDS
    return saved(deck)


def a_workbook() -> bytes:
    book = openpyxl.Workbook()
    for row in (["Item", "Fee"], ["Card", 5], ["Cash", 1.5]):
        book.active.append(row)
    book.active.merge_cells("A4:A5")
    return saved(book)


def a_full_document() -> bytes:
    """With numbers that Word counts, a comment and a formula."""
    document = docx.Document()
    document.add_paragraph(WORDS, style="List Number")
    document.add_comment(document.add_paragraph(WORDS).runs, text=WORDS, author="Ada")
    return saved(document)


def a_full_deck() -> bytes:
    """With a chart and a group."""
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    numbers = CategoryChartData(number_format="0%")
    numbers.categories = ["a", "b"]
    numbers.add_series("North", (0.1, 0.2))
    slide.shapes.add_chart(XL_CHART_TYPE.LINE, 0, 0, 99, 99, numbers)
    slide.shapes.add_group_shape().shapes.add_textbox(0, 0, 9, 9).text_frame.text = WORDS
    return saved(deck)


def a_full_workbook() -> bytes:
    """With formats, a comment, an error, a hidden row and a hidden column."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["Item", "Fee", "Cost"], ["Card", 0.25, "#REF!"], ["Cash", 12345678, True]):
        sheet.append(row)
    sheet["B2"].number_format, sheet["B3"].number_format = "0.0%", "[<=999]0;000-00-0000"
    sheet["A2"].comment = Comment(WORDS, "Ada")
    sheet.row_dimensions[3].hidden = sheet.column_dimensions["C"].hidden = True
    return saved(book)


def a_letter() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "ada@example.invalid", "b@example.invalid", "Fees"
    message.set_content(WORDS)
    message.add_alternative(f"<p>{WORDS}</p>", subtype="html")
    message.add_attachment(b"a,b\n1,2\n", maintype="text", subtype="csv", filename="fees.csv")
    return message


def a_tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        entry = tarfile.TarInfo("a/b.txt")
        entry.size = len(WORDS)
        archive.addfile(entry, io.BytesIO(WORDS.encode()))
    return buffer.getvalue()


def a_picture(kind: str) -> bytes:
    image = Image.new("RGB", (120, 60), "white")
    ImageDraw.Draw(image).text((10, 20), "Fees", fill="black")
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def _odt() -> bytes:
    return open_document(
        "text",
        f'<text:h text:outline-level="1">Fees</text:h><text:p text:style-name="P1">{WORDS}</text:p>'
        "<text:list><text:list-item><text:p>one</text:p></text:list-item></text:list><table:table><table:table-row>"
        "<table:table-cell><text:p>a</text:p>"
        "</table:table-cell></table:table-row></table:table>",
        styles='<style:style style:name="P1"><style:text-properties text:display="true"/></style:style>',
        meta="<dc:title>Fees</dc:title><dc:creator>Ada</dc:creator>",
    )


def _ods() -> bytes:
    remark = "<office:annotation><dc:creator>Ada</dc:creator><text:p>Ask.</text:p></office:annotation>"
    cells = "".join(
        f'<table:table-row><table:table-cell office:value-type="string">{remark}'
        f"<text:p>{one}</text:p></table:table-cell>"
        f'<table:table-cell office:value-type="float" office:value="{number}"><text:p>{number}</text:p>'
        "</table:table-cell>"
        "</table:table-row>"
        for number, one in enumerate(("Item", "Card", "Cash"))
    )
    return open_document("spreadsheet", f'<table:table table:name="Fees">{cells}</table:table>')


_PAGE = (
    "<html><head><meta charset='iso-8859-1'><title>Fees</title>"
    "<style>@media print{p{color:red}} .n{display:none}</style>"
    f"</head><body><h1>Fees</h1><p>{WORDS}<sup>2</sup> <del>5</del><p class=n>no"
    "<ol start=3 type=i><li value=9>a<ul><li>b"
    "</ul></ol><table><caption>May</caption><tr><th rowspan=2>a<th colspan=2>b<tr><th>c<th>d<tr><td>1<td>2<td>3</table>"
    "<pre>a\nb</pre><form><input value=x><input type=checkbox checked><textarea>y</textarea><select><option>z</select>"
    "</form><math><mi>x</mi></math><svg><text>s</text></svg><img alt=Chart></body>"
)
_MARKDOWN = (
    f"---\ntitle: Fees\n---\n# Fees\n\n{WORDS}<br>x<sup>2</sup>\n\n|a|b|\n|-|-|\n|1|2|\n\n"
    "3. x\n   - y\n\n```\ncode\n```\n\n"
    "<details><summary>More</summary>\n\nwords[^1]\n\n</details>\n\n[^1]: A note <select>\n"
)
_INVITATION = (
    "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Board\\, Q2\r\n"
    "DTSTART;TZID=Europe/Vienna:20250610T090000"
    '\r\nDTEND;VALUE=DATE:20250611\r\nORGANIZER;CN="Ada; L":mailto:ada@example.invalid\r\nRRULE:FREQ=WEEKLY;COUNT=3\r\n'
    f"DESCRIPTION:{WORDS[:30]}\r\n {WORDS[30:]}\r\nBEGIN:VALARM\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
_CARD = (
    "BEGIN:VCARD\r\nFN;ENCODING=QUOTED-PRINTABLE:Ad=\r\n=C3=A1\r\nADR:;;Main 1;Bern\r\nTEL;TYPE=CELL:1\r\nNOTE:fee\r\n"
    "END:VCARD\r\n"
)
_REPORT = (
    "From: a@example.invalid\r\nTo: b@example.invalid\r\nSubject: S\r\n"
    "Content-Type: multipart/report; boundary=A\r\n\r\n"
    f"--A\r\nContent-Type: text/plain; format=flowed\r\n\r\n> {WORDS} \r\n> on\r\n--A\r\n"
    "Content-Type: message/delivery-status\r\n\r\nAction: failed\r\n\r\nStatus: 5\r\n--A\r\n"
    "Content-Type: text/calendar\r\n\r\n"
    f"{_INVITATION}\r\n--A--\r\n"
)
_SIGNED = (
    b"From: a@example.invalid\r\nTo: b@example.invalid\r\nSubject: S\r\nContent-Type: application/pkcs7-mime\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n"
    + base64.encodebytes(packed_with_signature(b"Content-Type: text/plain\r\n\r\n" + WORDS.encode()))
)
_BOOK = (
    f"<?xml version='1.0'?><b xmlns:a='u' a:n='1'><info><title>Fees</title></info>in<c><title>One</title>"
    f"<p>{WORDS} <i>x</i>"
    "</p></c>tail<p>a<lb/>b</p></b>"
)
_RTF = (
    rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 Arial;}}{\stylesheet{\s1 heading 1;}}"
    rb"{\info{\title Fees}{\author Ada}}"
    rb"{\header Confidential}\pard\s1 Fees\par\pard "
    + WORDS.encode()
    + rb"{\footnote\pard Note.\par}{\*\atnauthor Ada}{\*\annotation Really?}\par{\v hidden}caf\'e9 \u8364?\par"
    rb"\trowd\intbl a\cell b\cell\row\trowd\intbl 1\cell 2\cell\row\pard end}"
)


@cache
def families() -> dict[str, tuple[tuple[str, bytes], ...]]:
    """Names and files of each family of parsers."""
    letter = a_letter().as_bytes()
    return {
        "pdf": (("a.pdf", a_pdf()), ("b.pdf", a_form()), ("c.pdf", a_covered_page())),
        "word": (("a.docx", a_document()), ("b.docx", a_full_document())),
        "slides": (("a.pptx", a_deck()), ("b.pptx", a_full_deck())),
        "sheets": (
            ("a.xlsx", a_workbook()),
            ("b.xlsx", a_full_workbook()),
            ("a.xls", old_workbook([["Item", "Fee"], ["Card", 5.0]])),
            ("a.ods", _ods()),
        ),
        "open": (("a.odt", _odt()), ("a.odp", open_document("presentation", "<draw:page><draw:frame/></draw:page>"))),
        "rtf": (("a.rtf", _RTF),),
        "outlook": (
            ("a.msg", old_letter(t0037="Fees", t1000=WORDS, t0C1A="Ada")),
            ("winmail.dat", wrapped_letter("Fees", WORDS, ("a.txt", b"words"))),
            ("a.doc", box(("WordDocument", bytes(64)))),
        ),
        "mail": (
            ("a.eml", letter),
            ("b.eml", _REPORT.encode()),
            ("c.eml", _SIGNED),
            ("a.ics", _INVITATION.encode()),
            ("a.vcf", _CARD.encode()),
            ("a.mbox", b"From a Mon Jan  6 10:00:00 2025\n" + letter),
        ),
        "web": (("a.html", _PAGE.encode()), ("a.md", _MARKDOWN.encode())),
        "plain": (
            ("a.txt", f"FEES\n\n{WORDS}\x0c{WORDS}".encode()),
            ("a.csv", b"a;b;c\n1;2;3\n4;5;6\n"),
            ("b.csv", b"Fees of May\n'a','b'\n'1,5','it''s'\n"),
            ("a.jsonl", b'{"fee": 1.50, "b": {"c": [1]}}\n{"a": 2, "a": 3}\n'),
            (
                "a.json",
                json.dumps({"fees": [{"item": "card", "fee": 5}, {"item": "cash", "fee": 1}], "x": [1]}).encode(),
            ),
            ("b.xml", _BOOK.encode()),
            ("a.xml", f"<?xml version='1.0'?><fees><fee id='1'>{WORDS}</fee><b>1<i>2</i>3</b></fees>".encode()),
            ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><text>Fees</text><g><title>five</title></g></svg>"),
        ),
        "archive": (("a.zip", zipped({"a/b.txt": WORDS, "c.txt": "x" * 500})), ("a.tgz", a_tar())),
        "picture": tuple((f"a.{kind}", a_picture(kind)) for kind in ("png", "jpeg", "tiff", "gif", "bmp", "webp")),
    }
