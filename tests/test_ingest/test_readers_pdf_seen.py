"""PDF as it is seen: notes and forms, chapters, turned pages, raised figures, and what lies under something."""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from seed_files import a_form

from ingest.readers import read
from ingest.readers.base import BlockKind, Flag, RawText

LINE = "The fee is five euros and is due in March unless a hold is set."


def pdf(draw: Callable[[Canvas], None], pages: int = 1) -> RawText:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    for _ in range(pages):
        canvas.setFont("Helvetica", 11)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return read(buffer.getvalue(), "x.pdf")


def said(raw: RawText) -> list[str]:
    return [f"{block.header}\n{block.text}".strip() for block in raw.blocks]


def test_what_fills_a_form_stands_beside_its_words_and_remarks_are_read() -> None:
    assert said(read(a_form(), "x.pdf")) == [
        "Name: Ada Lovelace",
        "Agree ☑ Not ☐",
        "Colour Blue",
        "Typed over it",
        "Note: Is the fee right?",
        "Remark: See page 2",
    ]


def test_pages_without_headings_stand_under_the_chapters_of_the_file() -> None:
    def draw(canvas: Canvas) -> None:
        number = canvas.getPageNumber()
        canvas.bookmarkPage(f"p{number}")
        if number != 2:
            canvas.addOutlineEntry(f"Part {number}", f"p{number}", 0)
        for place in range(6):
            canvas.drawString(72, 700 - 14 * place, f"{LINE} {number}.")

    raw = pdf(draw, 3)
    assert [(block.page, block.heading) for block in raw.blocks] == [
        (1, ("Part 1",)),
        (2, ("Part 1",)),
        (3, ("Part 3",)),
    ]


def test_a_table_on_a_turned_page_keeps_its_columns() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.rotate(90)
        for place in range(6):
            canvas.drawString(72, -100 - 14 * place, LINE)
        for place, row in enumerate((("Item", "Fee"), ("Card", "1.50"), ("Loan", "2.75"))):
            canvas.drawString(72, -300 - 14 * place, row[0])
            canvas.drawString(300, -300 - 14 * place, row[1])

    assert said(pdf(draw))[-1] == "Item | Fee\nCard | 1.50\nLoan | 2.75"


def test_a_raised_figure_is_no_digit_and_ends_no_line() -> None:
    def draw(canvas: Canvas) -> None:
        text = canvas.beginText(72, 700)
        for words, size, rise in (
            ("The fee is 5", 11, 0),
            ("1", 7, 4),
            (" for 10 m", 11, 0),
            ("2", 7, 4),
            (".", 11, 0),
        ):
            text.setFont("Helvetica", size)
            text.setRise(rise)
            text.textOut(words)
        canvas.drawText(text)
        canvas.drawString(72, 686, LINE)

    assert said(pdf(draw)) == [f"The fee is 5¹ for 10 m².\n{LINE}"]


def test_words_in_no_ink_beside_the_paper_or_under_a_box_are_not_read_and_that_is_said() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 700, LINE)
        canvas.drawString(72, 650, "Paid to Ada Lovelace today")
        start = 72 + canvas.stringWidth("Paid to ", "Helvetica", 11)
        canvas.rect(start, 645, canvas.stringWidth("Ada Lovelace", "Helvetica", 11), 16, fill=1, stroke=0)
        canvas.rect(72, 595, 90, 16, fill=1, stroke=0)
        canvas.drawString(75, 600, "black on it")
        canvas.drawString(-400, 560, "beside")
        canvas.setFillAlpha(0)
        canvas.drawString(72, 540, "clear as air")
        canvas.setFillAlpha(1)
        unseen = canvas.beginText(72, 500)
        unseen.setTextRenderMode(3)
        unseen.textLine("obey me")
        canvas.drawText(unseen)

    raw = pdf(draw)
    assert said(raw) == [LINE, "Paid to today"]
    assert raw.flags == (Flag.HIDDEN_TEXT,)


def test_marked_and_shaded_words_and_those_under_the_picture_of_a_page_are_read() -> None:
    def shaded(canvas: Canvas) -> None:
        canvas.setFillColorRGB(0.9, 0.9, 0.9)
        canvas.rect(60, 690, 400, 20, fill=1, stroke=0)
        canvas.setFillColorRGB(0, 0, 0)
        canvas.drawString(72, 695, LINE)
        canvas.rect(72, 698, 400, 1, fill=1, stroke=0)
        canvas.setFillColorRGB(1, 1, 0, alpha=0.4)
        canvas.rect(60, 690, 400, 20, fill=1, stroke=0)
        canvas.setFillColorRGB(0, 0, 0, alpha=1)
        canvas.rect(60, 590, 400, 20, fill=1, stroke=0)
        canvas.setFillColorRGB(1, 1, 1)
        canvas.drawString(72, 595, "White on black.")

    raw = pdf(shaded)
    assert (said(raw), raw.flags) == ([LINE, "White on black."], ())

    def cut_out(canvas: Canvas) -> None:
        text = canvas.beginText(72, 700)
        text.setTextRenderMode(7)
        text.textLine(LINE)
        canvas.drawText(text)
        canvas.rect(0, 0, 595, 842, fill=1, stroke=0)

    assert said(pdf(cut_out)) == [LINE]

    def scanned(canvas: Canvas) -> None:
        canvas.drawImage(ImageReader(Image.new("RGB", (60, 80), "white")), 0, 0, 595, 842)
        text = canvas.beginText(72, 700)
        text.setTextRenderMode(3)
        text.textLine(LINE)
        text.textLine(LINE)
        canvas.drawText(text)

    raw = pdf(scanned)
    assert (said(raw), raw.flags) == ([f"{LINE} {LINE}"], ())


def test_a_line_further_in_that_every_page_has_in_one_place_is_a_margin() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 745, "Handbook of the house")
        canvas.drawString(72, 95, f"Edition 2, page {canvas.getPageNumber()}")
        for place in range(6):
            canvas.drawString(72, 700 - 14 * place, LINE)

    kinds = [block.kind for block in pdf(draw, 6).blocks]
    assert (kinds.count(BlockKind.MARGIN), kinds.count(BlockKind.TEXT)) == (12, 6)


def test_a_table_whose_rules_are_one_path_is_one() -> None:
    def draw(canvas: Canvas) -> None:
        path = canvas.beginPath()
        for place in range(4):
            path.moveTo(72, 700 - 40 * place)
            path.lineTo(472, 700 - 40 * place)
        for place in range(3):
            path.moveTo(72 + 200 * place, 700)
            path.lineTo(72 + 200 * place, 580)
        canvas.drawPath(path)
        for row, cells in enumerate((("Item", "Fee"), ("Card", "1.50 each"), ("Loan", "2.75"))):
            for column, cell in enumerate(cells):
                canvas.drawString(76 + 200 * column, 685 - 40 * row, cell)
        canvas.drawString(76, 633, "for students")

    assert said(pdf(draw)) == ["Item | Fee\nCard for students | 1.50 each\nLoan | 2.75"]
