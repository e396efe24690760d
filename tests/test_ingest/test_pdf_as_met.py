"""PDF as programs write it: fonts that do not say what their letters mean, watermarks, layers, pinned files,
columns that are drawn row by row."""

from __future__ import annotations

import io
import zlib

import pytest
from pdf_written import a_stream, a_written_pdf, words
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from ingest.readers import read
from ingest.readers.base import BlockKind, Flag, RawText

LINE = "The fee is five euros and is due in March unless a hold is set."


def said(raw: RawText) -> list[str]:
    return [f"{block.header}\n{block.text}".strip() for block in raw.blocks]


def in_unmapped_letters(text: str) -> bytes:
    """In a font whose letters are drawings with numbers for names, as old typesetting wrote them."""
    codes = range(33, 123)
    shapes = " ".join(f"/G{code} 7 0 R" for code in codes)
    names = " ".join(f"/G{code}" for code in codes)
    return a_written_pdf(
        words(text).replace("F1", "F2"),
        "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 1000 1000] /FontMatrix [.001 0 0 .001 0 0] /FirstChar 33"
        f" /LastChar 122 /Widths [{'500 ' * 90}] /Encoding << /Differences [33 {names}] >>"
        f" /CharProcs << {shapes} >> >>",
        a_stream("500 0 0 0 400 700 d1 0 0 400 700 re f"),
    )


def test_a_page_whose_font_does_not_say_what_its_letters_mean_is_looked_at() -> None:
    """Its codes are no text; where they read as words, they are the letters themselves."""
    garbled = read(in_unmapped_letters("7KHIHHLVILYHHXURVDQGLVGXHLQ0DUFK"), "x.pdf")
    assert (garbled.unread_pages, garbled.blocks) == ((1,), ())
    plain = read(in_unmapped_letters("The fee is due in March"), "x.pdf")
    assert (plain.unread_pages, said(plain)) == ((), ["The fee is due in March"])


@pytest.mark.parametrize("first", [True, False])
def test_a_watermark_is_a_margin_and_heads_nothing(first: bool) -> None:
    """Drawn before the words or after them: the library sets it on the line that it crosses."""
    lines = "".join(words(LINE, 20, 280 - 14 * place, 10) for place in range(15))
    mark = f"q .7 .7 -.7 .7 100 50 cm .8 g {words('CONFIDENTIAL', 0, 0, 50)} Q 0 g\n"
    raw = read(a_written_pdf(mark + lines if first else lines + mark), "x.pdf")
    assert [(block.kind, block.heading) for block in raw.blocks] == [(BlockKind.MARGIN, ()), (BlockKind.TEXT, ())]
    assert said(raw)[0] == "CONFIDENTIAL"
    assert "CONFIDENTIAL" not in said(raw)[1]


def test_words_of_a_layer_that_is_switched_off_are_not_read_and_that_is_said() -> None:
    content = (
        words(LINE, 20) + f"/OC /Off BDC {words('Old price', 50, 200)} EMC /OC /On BDC {words('New', 50, 150)} EMC"
    )
    layers = (
        "<< /Type /OCG /Name (old) >>",
        "<< /Type /OCG /Name (new) >>",
        a_stream(
            words("Older price"),
            "/Type /XObject /Subtype /Form /BBox [0 0 400 300] /OC 6 0 R /Resources << /Font << /F1 5 0 R >> >>",
        ),
    )
    raw = read(
        a_written_pdf(
            f"{content} q 1 0 0 1 0 -150 cm /Form Do Q",
            *layers,
            named="/Properties << /Off 6 0 R /On 7 0 R >> /XObject << /Form 8 0 R >>",
            catalog="/OCProperties << /OCGs [6 0 R 7 0 R] /D << /ON [7 0 R] /OFF [6 0 R] >> >>",
        ),
        "x.pdf",
    )
    assert (said(raw), raw.flags) == ([LINE, "New"], (Flag.HIDDEN_TEXT,))


def test_a_file_that_is_pinned_to_a_page_is_a_member_once() -> None:
    """Though the document's list names it too; a pin that holds nothing is none."""
    raw = read(
        a_written_pdf(
            words(LINE),
            "<< /Type /Annot /Subtype /FileAttachment /Rect [10 10 30 30] /FS 8 0 R >>",
            "<< /Type /Annot /Subtype /FileAttachment /Rect [10 50 30 70] >>",
            "<< /Type /Filespec /F (plan.txt) /UF (plan.txt) /EF << /F 9 0 R >> >>",
            a_stream("the plan", "/Type /EmbeddedFile"),
            page="/Annots [6 0 R 7 0 R]",
            catalog="/Names << /EmbeddedFiles << /Names [(plan) 8 0 R] >> >>",
        ),
        "x.pdf",
    )
    assert [(one.name, one.data) for one in raw.members] == [("plan.txt", b"the plan")]


def test_a_script_in_a_packed_object_is_flagged() -> None:
    packed = zlib.compress(b"9 0 << /S /JavaScript /JS (app.alert\\(1\\)) >>").decode("latin-1")
    data = a_written_pdf(
        words(LINE),
        "<< /S /GoTo >>",
        a_stream(packed, "/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode"),
    )
    assert read(data, "x.pdf").flags == (Flag.SCRIPTS,)


PROSE = (
    "The branch keeps the files of every account for seven years after the end of the year in which it was closed. A "
    "hold stops the period until the office of records lifts it in writing. Whoever asks for a copy states the number "
    "of the account and the reason. The answer is sent within ten days; where a third person is named, the office "
    "decides whether the name is blackened. Papers that nobody needs any more are shredded in the presence of two "
    "people who sign the list. "
) * 2


@pytest.mark.parametrize(("columns", "even"), [(2, False), (2, True), (3, False)])
def test_columns_that_are_drawn_row_by_row_are_read_one_after_the_other(columns: int, even: bool) -> None:
    """With ragged edges and with even ones, for which the gaps between words are wide."""
    gap = 18.0
    width = (450 - gap * (columns - 1)) / columns
    lines = simpleSplit(PROSE, "Helvetica", 10, width)
    rows = -(-len(lines) // columns)
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    canvas.setFont("Helvetica", 10)
    for row in range(rows):
        for column, line in enumerate(lines[row::rows]):
            free = width - canvas.stringWidth(line) if even and line is not lines[-1] else 0
            across = 72 + column * (width + gap)
            canvas.drawString(across, 700 - 12 * row, line, wordSpace=free / max(1, line.count(" ")))
    canvas.save()
    assert " ".join(said(read(buffer.getvalue(), "x.pdf"))).split() == PROSE.split()


def test_rows_of_a_table_with_long_cells_stay_rows() -> None:
    rows = [
        (f"Record of the branch, kind number {n}", f"Kept for {n} years after the end of the year") for n in range(8)
    ]
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            canvas.drawString(60 + 260 * column, 700 - 14 * row, cell)
    canvas.save()
    assert said(read(buffer.getvalue(), "x.pdf")) == ["\n".join(" | ".join(row) for row in rows)]


def test_a_form_whose_pages_another_program_draws_says_what_was_filled_in() -> None:
    template = "<template><field><caption><value><text>Your name</text></value></caption></field></template>"
    raw = read(
        a_written_pdf(
            words("Please wait until the form is shown."),
            a_stream(template),
            a_stream("<datasets><data><form><name>Ada Lovelace</name><empty/></form></data></datasets>"),
            a_stream("<config>"),
            catalog="/NeedsRendering true"
            " /AcroForm << /Fields [] /XFA [(template) 6 0 R (datasets) 7 0 R (config) 8 0 R] >>",
        ),
        "x.pdf",
    )
    assert said(raw) == ["Please wait until the form is shown.", "Your name\nname: Ada Lovelace"]
