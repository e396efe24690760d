"""The printed and the scanned pages of the sample corpus."""

from __future__ import annotations

import io
import random
from typing import Any
from xml.sax.saxutils import escape

from make_corpus import FOOTER, SEED, Text

_DOTS = 130  # an inch, of the scan


def printed(text: Text) -> bytes:
    """A PDF with real text, headings by size, tables with lines, a header and page numbers."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate

    buffer = io.BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        topMargin=28 * mm,
        bottomMargin=26 * mm,
        leftMargin=24 * mm,
        rightMargin=24 * mm,
        title=text.title,
        author="sample corpus",
        subject=FOOTER,
        keywords=[f"Classification: {value}" for key, value in text.properties.items() if key == "Classification"],
        invariant=1,
    )

    def margins(canvas: Any, page: Any) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(24 * mm, 284 * mm, text.fields.get("header", "Sample corpus"))
        canvas.drawString(24 * mm, 12 * mm, f"{FOOTER} · page {page.page}")

    document.build(_story(text), onFirstPage=margins, onLaterPages=margins)
    return _dated(buffer.getvalue(), text)


def _dated(content: bytes, text: Text) -> bytes:
    """The day of the text where the library, asked for the same bytes each time, writes the first day of 2000."""
    return content.replace(b"D:20000101", f"D:{text.dated:%Y%m%d}".encode())


def _story(text: Text) -> list[Any]:
    from reportlab.lib import colors
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import PageBreak, Paragraph, Spacer, Table, TableStyle

    body = ParagraphStyle("body", fontName="Helvetica", fontSize=10.5, leading=15, spaceAfter=8)
    heads = {
        1: ParagraphStyle("h1", fontName="Helvetica-Bold", fontSize=19, leading=24, spaceAfter=12),
        2: ParagraphStyle("h2", fontName="Helvetica-Bold", fontSize=13.5, leading=18, spaceBefore=10, spaceAfter=6),
    }
    lines = TableStyle(
        [
            ("FONT", (0, 0), (-1, 0), "Helvetica-Bold", 9),
            ("FONT", (0, 1), (-1, -1), "Helvetica", 9),
            ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke),
            ("GRID", (0, 0), (-1, -1), 0.4, colors.grey),
            ("RIGHTPADDING", (0, 0), (-1, -1), 14),
        ]
    )
    story: list[Any] = []
    for piece in text.pieces:
        if piece.kind == "page":
            story.append(PageBreak())
        elif piece.kind == "heading":
            story.append(Paragraph(escape(piece.text), heads[min(piece.level, 2)]))
        elif piece.kind == "table":
            story += [Table(piece.rows, style=lines, hAlign="LEFT", repeatRows=1), Spacer(1, 10)]
        else:
            story += [Paragraph(escape(line), body) for line in filter(None, [piece.text, *piece.items])]
    return story


def scanned(text: Text) -> bytes:
    """A PDF whose one page is a picture, a little crooked and not quite clean: it has no text at all."""
    from PIL import Image, ImageDraw, ImageFont
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    width, height = int(8.27 * _DOTS), int(11.69 * _DOTS)
    page = Image.new("L", (width, height), 250)
    pen = ImageDraw.Draw(page)
    top = 90
    for piece in text.pieces:
        font = ImageFont.load_default({1: 30, 2: 24}.get(piece.level, 19))
        for line in _wrapped(piece.text, font, width - 200):
            pen.text((100, top), line, fill=30, font=font)
            top += int(font.size * 1.35)
        top += 16
    pen.text((100, height - 90), FOOTER, fill=60, font=ImageFont.load_default(15))
    chance = random.Random(SEED)
    for _ in range(900):
        page.putpixel((chance.randrange(width), chance.randrange(height)), chance.randrange(90, 200))
    page = page.rotate(0.4, fillcolor=250, resample=Image.Resampling.BILINEAR)
    picture = io.BytesIO()
    page.save(picture, "PNG", optimize=True)
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=1)
    canvas.setTitle(text.title)
    canvas.drawImage(ImageReader(picture), 0, 0, *A4)
    canvas.save()
    return _dated(buffer.getvalue(), text)


def _wrapped(text: str, font: Any, room: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(joined) <= room:
            lines[-1] = joined
        else:
            lines.append(word)
    return lines
