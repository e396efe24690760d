"""Tables that are drawn with rules, in PDF."""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import accumulate, pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Table

from ingest.chunking import chunk
from ingest.labelling import label
from ingest.readers import read
from ingest.readers.base import BlockKind, page_text
from ingest.readers.pdf_layout import Line
from ingest.readers.pdf_letters import Letters
from ingest.readers.pdf_pages import opened
from ingest.readers.pdf_rules import rules
from ingest.readers.pdf_tables import replaced
from policies.labels import Level
from policies.vocabulary import SourceRef

SIDES = st.lists(st.integers(45, 120), min_size=2, max_size=4)


def ruled(*, grid: bool) -> bytes:
    styles = getSampleStyleSheet()
    long = "Account files, with every letter that was sent to the customer and each answer that came back to the branch"
    rows = [["Class", "What is kept", "Years"], ["A1", Paragraph(long, styles["BodyText"]), "7"], ["B1", "Papers", "5"]]
    table = Table(rows, colWidths=[60, 200, 60])
    if grid:
        table.setStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.grey)])
    buffer = io.BytesIO()
    SimpleDocTemplate(buffer, invariant=1).build(
        [Paragraph("Before it.", styles["BodyText"]), table, Paragraph("After it.", styles["BodyText"])]
    )
    return buffer.getvalue()


def test_a_cell_of_several_lines_stays_whole_where_rules_part_the_cells() -> None:
    blocks = read(ruled(grid=True), "x.pdf").blocks
    assert [(block.kind, block.header) for block in blocks] == [
        (BlockKind.TEXT, ""),
        (BlockKind.TABLE, "Class | What is kept | Years"),
        (BlockKind.TEXT, ""),
    ]
    first, second = blocks[1].text.split("\n")
    assert first.startswith("A1 | Account files, with every letter")
    assert first.endswith("to the branch | 7")
    assert second == "B1 | Papers | 5"


def test_rules_that_make_no_grid_are_no_table() -> None:
    with opened(ruled(grid=False)) as document:
        assert rules(Letters(document[0])) == ([], [])
    blocks = read(ruled(grid=False), "x.pdf").blocks
    assert "Class | What is kept | Years" not in [block.header for block in blocks]


def _drawn(draw: Callable[[Canvas], None]) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=1)
    draw(canvas)
    canvas.save()
    return buffer.getvalue()


def _table(data: bytes) -> list[str]:
    (block,) = [block for block in read(data, "x.pdf").blocks if block.kind is BlockKind.TABLE]
    return [block.header, *block.text.split("\n")]


@given(widths=SIDES, heights=SIDES, way=st.sampled_from(["lines", "boxes", "shades"]))
@settings(max_examples=25, deadline=None)
def test_every_cell_of_a_grid_is_read_where_it_stands(widths: list[int], heights: list[int], way: str) -> None:
    """However its rules are drawn; the first cell of each row has two lines."""
    xs, ys = [50, *(50 + x for x in accumulate(widths))], [780, *(780 - y for y in accumulate(heights))]

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 9)
        for y in ys if way != "boxes" else ():
            canvas.line(xs[0], y, xs[-1], y)
        for x in xs if way != "boxes" else ():
            canvas.line(x, ys[0], x, ys[-1])
        for (row, (top, bottom)), (column, (left, right)) in product(enumerate(pairwise(ys)), enumerate(pairwise(xs))):
            canvas.setFillGray(0.9)
            canvas.rect(left, bottom, right - left, top - bottom, stroke=way == "boxes", fill=way == "shades")
            canvas.setFillGray(0)
            canvas.drawString(left + 5, top - 12, f"r{row}c{column}")
        for top in ys[:-1]:
            canvas.drawString(xs[0] + 5, top - 24, "and more")

    assert _table(_drawn(draw)) == [
        " | ".join(f"r{row}c{column}" + " and more" * (column == 0) for column in range(len(widths)))
        for row in range(len(heights))
    ]


def test_a_table_inside_a_form_is_found_where_the_form_is_drawn() -> None:
    """The rules of a form have its own space; the letters are asked for in the page's."""

    def draw(canvas: Canvas) -> None:
        canvas.beginForm("grid")
        canvas.setLineWidth(0.5)
        for x, y in product((0, 100, 200), (0, 40, 80)):
            canvas.line(x, 0, x, 80)
            canvas.line(0, y, 200, y)
        canvas.endForm()
        canvas.saveState()
        canvas.translate(100, 500)
        canvas.scale(1.5, 1.5)
        canvas.doForm("grid")
        canvas.restoreState()
        for (x, y), text in {(110, 605): "Kind", (260, 605): "Term", (110, 545): "Loans", (260, 545): "Ten"}.items():
            canvas.drawString(x, y, text)
        canvas.drawString(110, 525, "of all branches")

    assert _table(_drawn(draw)) == ["Kind | Term", "Loans of all branches | Ten"]


def test_small_raised_letters_are_read_where_they_stand() -> None:
    """Files often draw them after the line."""

    def draw(canvas: Canvas) -> None:
        canvas.grid((100, 300, 400), (500, 550, 600))
        for x, y in product((100, 300, 400), (500, 550, 600)):
            canvas.line(x, 500, x, 600)
            canvas.line(100, y, 400, y)
        for (x, y), text in {(110, 580): "Item", (310, 580): "Sum", (110, 530): "Rent", (310, 530): "12"}.items():
            canvas.drawString(x, y, text)
        canvas.drawString(150, 530, "of the halls")
        canvas.drawString(110, 510, "without heating")
        canvas.setFont("Helvetica", 7)
        canvas.drawString(110 + canvas.stringWidth("Rent", "Helvetica", 12), 534, "(a)")

    assert _table(_drawn(draw)) == ["Item | Sum", "Rent(a) of the halls without heating | 12"]


def _line(*, cells: tuple[str, ...], top: float = 0.2) -> Line:
    return Line(page=1, cells=cells, top=top, bottom=top + 0.02, size=10.0, bold=False, height=842.0)


def test_a_table_that_loses_words_is_not_taken() -> None:
    """What is found between rules must account for the words that stand there."""
    between = _line(cells=("words in several lines",), top=0.25)
    lines = [_line(cells=("Class", "Years")), between, _line(cells=("A1", "7"), top=0.3)]
    assert replaced(list(lines), 0.1, 0.5, [["Class", "Years"], ["A1", "7"]]) == lines
    whole = replaced(list(lines), 0.1, 0.5, [["Class", "Years"], ["A1 words in several lines", "7"]])
    assert [line.rows[1] for line in whole] == [("A1 words in several lines", "7")]


def over_pages(rows: list[list[str]], *, grid: bool) -> bytes:
    table = Table(rows, colWidths=[160, 120, 100])
    if grid:
        table.setStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.grey)])
    buffer = io.BytesIO()
    SimpleDocTemplate(buffer, invariant=1).build([table])
    return buffer.getvalue()


@pytest.mark.parametrize("grid", [True, False])
def test_a_table_that_goes_on_over_pages_carries_the_header_of_its_first(grid: bool) -> None:
    """Every chunk of it does, and no page says what does not stand on it."""
    rows = [
        ["Branch of the bank", "Opened in the year", "Staff"],
        *([f"Branch {n}", str(1900 + n), f"{n} people"] for n in range(99)),
    ]
    raw = read(over_pages(rows, grid=grid), "x.pdf")
    header = " | ".join(rows[0])
    assert [(block.page, block.header, block.carried) for block in raw.blocks] == [
        (1, header, ""),
        *((page, "", header) for page in range(2, raw.pages + 1)),
    ]
    assert raw.pages > 2
    assert [line for block in raw.blocks for line in block.text.split("\n")] == [" | ".join(row) for row in rows[1:]]
    document = label(
        raw, ref=SourceRef(source="files", path="/x.pdf"), version="0" * 64, floor=Level.INTERNAL, groups=["staff"]
    )
    chunks = chunk(document, raw, count_tokens=lambda text: len(text) // 4)
    assert all(one.text.startswith(f"{header}\n") for one in chunks)
    assert {one.page for one in chunks} == set(range(1, raw.pages + 1))
    assert all(one.text.endswith(page_text(raw, one.page)[one.start : one.end]) for one in chunks)


def test_another_table_at_the_top_of_the_next_page_keeps_its_own_header() -> None:
    one = [
        ["Branch of the bank", "Opened in the year", "Staff"],
        *([f"Branch {n}", str(1900 + n), f"{n} people"] for n in range(5)),
    ]
    other = [["Name of the fee", "Since", "Euros"], *([f"Fee {n}", str(2000 + n), f"{n} euros"] for n in range(5))]
    tables = [Table(rows, colWidths=[160, 120, 100]) for rows in (one, other)]
    buffer = io.BytesIO()
    SimpleDocTemplate(buffer, invariant=1).build([tables[0], PageBreak(), tables[1]])
    blocks = read(buffer.getvalue(), "x.pdf").blocks
    assert [(block.header, block.carried) for block in blocks] == [(" | ".join(one[0]), ""), (" | ".join(other[0]), "")]
