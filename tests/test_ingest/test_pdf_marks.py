"""A quotation is found on the page that it stands on, and marked where it stands."""

from __future__ import annotations

import io

import numpy as np
import pytest
from seed_files import a_form

from ingest.errors import Quarantined
from ingest.readers.pdf_marks import MOST_BOXES, Box, boxes, marked_image
from ingest.readers.pdf_pages import drawn, opened, page_image
from ingest.sandbox import Sandbox


def a_page(*lines: str, rotation: int = 0) -> bytes:
    """A page of 400 × 300 points, its lines 20 points apart, the first 40 points below the upper edge."""
    content = "\n".join(f"BT /F1 12 Tf 50 {260 - 20 * n} Td ({line}) Tj ET" for n, line in enumerate(lines))
    parts = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 300] /Rotate {rotation} /Contents 4 0 R"
        " /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    data, starts = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        starts.append(len(data))
        data += f"{number} 0 obj\n{part}\nendobj\n".encode()
    table = "".join(f"{start:010} 00000 n \n" for start in starts)
    end = f"xref\n0 6\n0000000000 65535 f \n{table}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{len(data)}\n%%EOF"
    return data + end.encode()


def places(data: bytes, quotes: list[str]) -> list[Box]:
    with opened(data) as document:
        return boxes(document[0], quotes)


TEXT = ("The fee is five euros and", "falls due on the first day.", "Tariff   12.50   13.75")


def test_a_sentence_over_two_lines_has_a_box_on_each() -> None:
    first, second = places(a_page(*TEXT), ["five euros and falls\ndue on the first"])
    assert 90 < first[0] < first[2] < 220
    assert 25 < first[1] < first[3] < 45
    assert 45 < second[0] < 55
    assert 45 < second[1] < second[3] < 65


@pytest.mark.parametrize(
    "quote", ["Tariff | 12.50 | 13.75", "TARIFF 12.50 13.75", "not there at all\nTariff | 12.50 | 13.75"]
)
def test_a_row_of_a_table_is_found_however_its_cells_are_parted(quote: str) -> None:
    assert places(a_page(*TEXT), [quote])


@pytest.mark.parametrize("quote", ["", "…", "The fee is six euros", "six\nfee"])
def test_what_does_not_stand_there_is_not_marked(quote: str) -> None:
    assert places(a_page(*TEXT), [quote]) == []


def test_on_a_turned_page_the_boxes_are_where_the_text_is_seen() -> None:
    ((left, top, right, bottom),) = places(a_page(*TEXT, rotation=90), ["The fee"])
    assert 255 < left < right < 275
    assert 45 < top < bottom < 110


def test_the_paper_is_marked_under_the_letters_and_nowhere_else() -> None:
    data = a_page(*TEXT)
    with opened(data) as document:
        plain = drawn(document[0], 1.0)
    from PIL import Image

    marked = np.asarray(Image.open(io.BytesIO(marked_image(data, 1, 1.0, ["five euros"]))))
    changed = (plain != marked).any(axis=2)
    rows, columns = np.where(changed)
    assert 25 <= rows.min() <= rows.max() <= 45
    assert 90 <= columns.min() <= columns.max() <= 170
    assert (marked <= plain).all()  # nothing gets lighter: what is written stays readable


def test_many_and_long_quotations_have_a_bound() -> None:
    data = a_page(*["the same words"] * 10)
    assert len(places(data, ["the same words"] * 1_000)) <= MOST_BOXES
    assert places(data, ["the same words " * 100_000]) == []


def test_the_sandbox_marks() -> None:
    data = a_page(*TEXT)
    with Sandbox() as sandbox:
        plain, marked = sandbox.page_image(data, 1, 0.5), sandbox.page_image(data, 1, 0.5, quotes=["The fee"])
        assert plain.startswith(b"\x89PNG")
        assert marked.startswith(b"\x89PNG")
        assert plain != marked
        assert sandbox.page_image(data, 1, 0.5, quotes=["not there"]) == plain
        for problem, page in (("NO_PAGE", 2), ("UNSUPPORTED", 1)):
            with pytest.raises(Quarantined, match=problem):
                sandbox.page_image(data if page == 2 else b"just text", page, quotes=["The fee"])


def a_scan(*lines: str) -> tuple[bytes, bytes]:
    """A page of 595 × 842 points that is a picture of these lines, 60 points apart, as a PDF and as a PNG."""
    from PIL import Image, ImageDraw, ImageFont
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    picture = Image.new("RGB", (1190, 1684), "white")
    for place, line in enumerate(lines):
        ImageDraw.Draw(picture).text((100, 200 + 120 * place), line, fill="black", font=ImageFont.load_default(40))
    paper, png = io.BytesIO(), io.BytesIO()
    picture.save(png, "PNG")
    canvas = Canvas(paper, pagesize=(595, 842), invariant=1)
    canvas.drawImage(ImageReader(io.BytesIO(png.getvalue())), 0, 0, 595, 842)
    canvas.save()
    return paper.getvalue(), png.getvalue()


def test_a_citation_of_a_scan_is_marked_where_its_words_were_recognised() -> None:
    """The words are found again in the sandbox, in a PDF and in a picture."""
    scan, photo = a_scan("The travel office opens on Monday", "A hotel costs 140 euros at most", "Bring the receipts")
    quote = "hotel costs 140 euros"
    with Sandbox() as sandbox:
        assert not _yellow(sandbox.page_image(scan, 1, 1.0)).any()
        of_pdf = _yellow(sandbox.page_image(scan, 1, 1.0, quotes=[quote]))
        of_picture = _yellow(sandbox.page_image(photo, 1, 1.0, quotes=[quote]))
    down, across = of_pdf.nonzero()
    assert 50 < across.min() < 95 < across.max() < 310  # without the first word and the last two
    assert 155 < down.min() < down.max() < 190
    assert 310 < of_picture.nonzero()[0].min() < of_picture.nonzero()[0].max() < 380


def _yellow(png: bytes) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    from PIL import Image

    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)
    return (pixels[..., 0] > 200) & (pixels[..., 2] < 150)


def test_a_cell_of_several_lines_is_found_by_itself() -> None:
    """A row is read cell by cell and drawn line by line, so that as a whole it stands nowhere."""
    drawn_so = a_page("Class one   kept for", "of records   seven years")
    assert len(places(drawn_so, ["Class one of records | kept for | seven years"])) == 1


def test_words_that_were_typed_on_a_page_are_marked() -> None:
    """And what else was drawn on it stays."""
    from PIL import Image

    data = a_form()
    plain, marked = (
        np.asarray(Image.open(io.BytesIO(png)).convert("L")).astype(int)
        for png in (page_image(data, 1, 1.0), marked_image(data, 1, 1.0, ["Name:", "Ada Lovelace"]))
    )
    down, across = (plain != marked).nonzero()
    assert 120 < down.min() < down.max() < 160
    assert 60 < across.min() < 130 < across.max() < 330
    assert (marked <= plain).all()
