"""A part that an office document can do without and that cannot be read is set aside by itself, with the reason;
the rest of the document is taken in."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import docx
import openpyxl
import pptx
import pytest
from compound_files import old_workbook
from openpyxl.comments import Comment
from seed_files import open_document, saved

from ingest.errors import Quarantined
from ingest.readers import read
from ingest.readers.base import Member

TOO_MUCH = b"<x>" + b"a" * 34_000_000 + b"</x>"
PICTURE = "Pictures/a.png"


def with_part(package: bytes, name: str, content: bytes) -> bytes:
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(result, "w") as new:
        for member in old.namelist():
            if member != name:
                new.writestr(member, old.read(member))
        new.writestr(name, content)
    return result.getvalue()


def a_text() -> bytes:
    document = docx.Document()
    document.add_paragraph("The fee is five.")
    return bytes(saved(document))


def a_deck() -> bytes:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "The fee is five."
    return bytes(saved(deck))


def a_book() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["The fee is five."])
    book.active["A1"].comment = Comment("Ask.", "Ada")
    return bytes(saved(book))


@pytest.mark.parametrize(
    ("name", "made", "part"),
    [
        ("x.docx", a_text, "word/footnotes.xml"),
        ("x.pptx", a_deck, "ppt/commentAuthors.xml"),
        ("x.xlsx", a_book, "xl/comments/comment1.xml"),
    ],
)
def test_a_part_that_cannot_be_read_is_set_aside_and_the_rest_is_taken_in(
    name: str, made: Callable[[], bytes], part: str
) -> None:
    for content, reason in ((b"<broken", "DAMAGED"), (TOO_MUCH, "TOO_LARGE")):
        raw = read(with_part(made(), part, content), name)
        assert "The fee is five." in str(raw.blocks)
        assert raw.members == (Member(name=part, problem=reason),)


def test_a_picture_that_cannot_be_taken_out_is_set_aside() -> None:
    data = with_part(open_document("text", "<text:p/>"), PICTURE, b"picture" * 9)
    place = data.index(PICTURE.encode()) + len(PICTURE)
    data = data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]
    assert read(data, "x.odt").members == (Member(name="a.png", problem="DAMAGED"),)


@pytest.mark.parametrize("part", ["meta.xml", "styles.xml", "content.xml"])
def test_an_open_document_is_set_aside_whole_where_its_text_or_marks_cannot_be_read(part: str) -> None:
    with pytest.raises(Quarantined, match="DAMAGED"):
        read(with_part(open_document("text", "<text:p>Five</text:p>"), part, b"<broken"), "x.odt")


@pytest.mark.parametrize("name", ["\x05SummaryInformation", "\x05DocumentSummaryInformation"])
def test_an_old_workbook_whose_properties_cannot_be_read_is_set_aside(name: str) -> None:
    """A marking or a label may lie in them."""
    assert read(old_workbook([["The fee is five."]]), "x.xls").blocks
    with pytest.raises(Quarantined, match=r"^DAMAGED$"):
        read(old_workbook([["The fee is five."]], beside=((name, b"\xfe\xff\0\0" + b"\x7f" * 60),)), "x.xls")
