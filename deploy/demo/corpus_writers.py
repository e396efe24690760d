"""One writer for each format of the sample corpus. Every one of them gives the same bytes for the same text."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from html import escape
from typing import Any
from xml.sax.saxutils import escape as xml_escape

from make_corpus import FOOTER, Piece, Text

_CUSTOM_TYPE = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_CUSTOM_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
_FIXED = (2025, 1, 1, 0, 0, 0)


def as_markdown(text: Text) -> bytes:
    lines = []
    for piece in text.pieces:
        if piece.kind == "heading":
            lines.append("#" * piece.level + " " + piece.text)
        elif piece.kind == "table":
            rows = ["| " + " | ".join(row) + " |" for row in piece.rows]
            lines.append("\n".join([rows[0], "|" + "---|" * len(piece.rows[0]), *rows[1:]]))
        elif piece.kind != "page":
            lines.append("\n".join(filter(None, [piece.text, *piece.items])))
    return ("\n\n".join([*lines, f"*{FOOTER}.*"]) + "\n").encode()


def as_text(text: Text) -> bytes:
    parts = [
        "\f" if piece.kind == "page" else "\n".join(filter(None, [piece.text, *piece.items])) for piece in text.pieces
    ]
    return ("\n\n".join([*parts, f"({FOOTER}.)"]).replace("\n\n\f\n\n", "\n\f") + "\n").encode()


def as_html(text: Text) -> bytes:
    body = "\n".join(_html(piece) for piece in text.pieces)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(text.title)}</title>\n'
        f'<meta name="date" content="{text.dated.isoformat()}">\n</head>\n<body>\n{body}\n'
        f"<footer>{FOOTER}</footer>\n</body>\n</html>\n"
    ).encode()


def _html(piece: Piece) -> str:
    if piece.kind == "heading":
        return f"<h{piece.level}>{escape(piece.text)}</h{piece.level}>"
    if piece.kind == "table":
        head, *rows = ["".join(f"<{{0}}>{escape(cell)}</{{0}}>" for cell in row) for row in piece.rows]
        body = "\n".join(f"<tr>{row.format('td')}</tr>" for row in rows)
        return f"<table>\n<thead><tr>{head.format('th')}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"
    items = "".join(f"<li>{escape(_bare(item))}</li>" for item in piece.items)
    return (f"<p>{escape(piece.text)}</p>" if piece.text else "") + (f"<ul>{items}</ul>" if items else "")


def _bare(item: str) -> str:
    return re.sub(r"^(?:-|\d+\.) ", "", item)


def as_csv(text: Text) -> bytes:
    """The one table; a last column says that nothing in it is real."""
    buffer = io.StringIO()
    head, *rows = next(piece.rows for piece in text.pieces if piece.kind == "table")
    csv.writer(buffer, lineterminator="\r\n").writerows(
        [[*head, "Source"], *([*row, "invented sample"] for row in rows)]
    )
    return buffer.getvalue().encode()


def as_mail(text: Text) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = text.fields["from"], text.fields["to"], text.title
    message["Date"] = text.dated.strftime("%a, %d %b %Y 09:00:00 +0000")
    message["Message-ID"] = f"<{text.name.removesuffix('.eml')}@sample.example>"
    if field := text.fields.get("header-field"):
        key, _, value = field.partition(": ")
        message[key] = value
    parts = ["\n".join(filter(None, [piece.text, *piece.items])) for piece in text.pieces]
    message.set_content("\n\n".join([*parts, f"({FOOTER}.)"]))
    if named := text.fields.get("attachment"):
        message.add_attachment(b"%PDF-1.4\n% an empty sample\n", maintype="application", subtype="pdf", filename=named)
        message.set_boundary("sample-corpus-boundary")
    return message.as_bytes()


def as_word(text: Text) -> bytes:
    import docx
    from docx.enum.text import WD_BREAK

    document = docx.Document()
    _core(document.core_properties, text)
    if header := text.fields.get("header"):
        document.sections[0].header.paragraphs[0].text = header
    document.sections[0].footer.paragraphs[0].text = FOOTER
    for piece in text.pieces:
        if piece.kind == "page":
            document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
        elif piece.kind == "heading":
            document.add_heading(piece.text, piece.level)
        elif piece.kind == "table":
            table = document.add_table(rows=0, cols=len(piece.rows[0]), style="Light Grid Accent 1")
            for row in piece.rows:
                for cell, value in zip(table.add_row().cells, row, strict=True):
                    cell.text = value
        else:
            if piece.text:
                document.add_paragraph(piece.text)
            for item in piece.items:
                document.add_paragraph(_bare(item), style="List Bullet" if item.startswith("-") else "List Number")
    return _saved(document, text.properties)


def as_slides(text: Text) -> bytes:
    import pptx
    from pptx.util import Inches

    deck = pptx.Presentation()
    _core(deck.core_properties, text)
    slide: Any = None
    for piece in text.pieces:
        if piece.kind == "heading":
            slide = deck.slides.add_slide(deck.slide_layouts[1 if _has_list(text, piece) else 5])
            slide.shapes.title.text = piece.text
        elif piece.kind == "list":
            slide.placeholders[1].text_frame.text = "\n".join(_bare(item) for item in piece.items)
        elif piece.kind == "table":
            size = len(piece.rows), len(piece.rows[0])
            table = slide.shapes.add_table(*size, Inches(0.6), Inches(2), Inches(8.6), Inches(0.4) * size[0]).table
            for y, row in enumerate(piece.rows):
                for x, value in enumerate(row):
                    table.cell(y, x).text = value
        elif piece.text.startswith("notes: "):
            slide.notes_slide.notes_text_frame.text = piece.text.removeprefix("notes: ")
    return _saved(deck, text.properties)


def _has_list(text: Text, heading: Piece) -> bool:
    return text.pieces[text.pieces.index(heading) + 1].kind == "list"


def as_workbook(text: Text) -> bytes:
    import openpyxl
    from openpyxl.styles import Font

    book = openpyxl.Workbook()
    book.remove(book.active)
    book.properties.title, book.properties.creator = text.title, "sample corpus"
    book.properties.created = book.properties.modified = datetime.combine(text.dated, datetime.min.time())
    for piece in text.pieces:
        if piece.kind == "heading":
            sheet = book.create_sheet(piece.text)
            sheet.append([f"{text.title}. {FOOTER}."])
        elif piece.kind == "table":
            for row in piece.rows:
                sheet.append([_number(cell) for cell in row])
            for cell in sheet[2]:
                cell.font = Font(bold=True)
    return _saved(book, text.properties)


def _number(cell: str) -> str | float:
    return float(cell) if re.fullmatch(r"-?\d+(?:\.\d+)?", cell) else cell


def _core(core: Any, text: Text) -> None:
    core.title, core.author, core.comments = text.title, "sample corpus", FOOTER
    core.created = core.modified = datetime.combine(text.dated, datetime.min.time()) + timedelta(hours=9)


def _saved(document: Any, properties: dict[str, str]) -> bytes:
    """The package, written again with fixed times and with the custom properties that the libraries cannot set."""
    buffer = io.BytesIO()
    document.save(buffer)
    result = io.BytesIO()
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        parts = {name: old.read(name) for name in old.namelist()}
        modified = re.search(rb"<dcterms:created[^>]*>([^<]+)<", parts["docProps/core.xml"])
        if modified:  # the workbook library writes the present time here
            fixed = rb"\g<1>" + modified[1] + rb"\g<2>"
            parts["docProps/core.xml"] = re.sub(
                rb"(<dcterms:modified[^>]*>)[^<]+(<)", fixed, parts["docProps/core.xml"]
            )
        if properties:
            _add_custom(parts, properties)
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, _FIXED)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, content)
    return result.getvalue()


def _add_custom(parts: dict[str, bytes], properties: dict[str, str]) -> None:
    rows = "".join(
        f'<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{number}" name="{xml_escape(name)}">'
        f"<vt:lpwstr>{xml_escape(value)}</vt:lpwstr></property>"
        for number, (name, value) in enumerate(properties.items(), start=2)
    )
    base = "http://schemas.openxmlformats.org/officeDocument/2006"
    parts["docProps/custom.xml"] = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Properties xmlns="{base}/custom-properties" '
        f'xmlns:vt="{base}/docPropsVTypes">{rows}</Properties>'
    ).encode()
    override = f'<Override PartName="/docProps/custom.xml" ContentType="{_CUSTOM_TYPE}"/></Types>'.encode()
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", override)
    relation = f'<Relationship Id="rIdCustom" Type="{_CUSTOM_RELATION}" Target="docProps/custom.xml"/></Relationships>'
    parts["_rels/.rels"] = parts["_rels/.rels"].replace(b"</Relationships>", relation.encode())


def as_pdf(text: Text) -> bytes:
    from corpus_pdf import printed, scanned

    return scanned(text) if text.fields.get("scan") else printed(text)


WRITERS: dict[str, Callable[[Text], bytes]] = {
    ".md": as_markdown,
    ".txt": as_text,
    ".html": as_html,
    ".csv": as_csv,
    ".eml": as_mail,
    ".docx": as_word,
    ".pptx": as_slides,
    ".xlsx": as_workbook,
    ".pdf": as_pdf,
}
