"""A passage of a table says which rows it holds, as whoever opens the file counts them."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import sqlite3
from dataclasses import replace

import docx
import openpyxl
import pptx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas
from seed_files import open_document, saved

from ingest import readers
from ingest.catalogue import rows as columns
from ingest.catalogue.catalogue import Catalogue
from ingest.catalogue.rows import Stat
from ingest.catalogue.schema import _ROWS, STEPS
from ingest.chunking import chunk
from ingest.errors import Quarantined
from ingest.readers.base import Block, BlockKind, RawText, page_text
from ingest.readers.kinds import CSV, XLSX
from ingest.sandbox import wire
from ingest.spot import in_words, spot
from policies.labels import Label, Level
from policies.vocabulary import Chunk, Document, SourceRef

REF = SourceRef(source="s", path="p")
DOCUMENT = Document(
    id=REF.document,
    version="v",
    source=REF,
    title="Fees",
    media_type=XLSX,
    label=Label(level=Level.INTERNAL),
    groups=frozenset({"staff"}),
)
_TOKEN = re.compile(r"\brow(\d+)\b")


def count(text: str) -> int:
    return len(text) // 4 + 1


def chunks_of(raw: RawText) -> list[Chunk]:
    """Through the wire, as every file comes."""
    return chunk(DOCUMENT, wire.decode_raw(wire.encode_raw(raw)), count_tokens=count)


def check(raw: RawText) -> list[Chunk]:
    """Every row that a chunk of a table names itself, as `row12`, lies in the rows it states, and they end at such."""
    found = chunks_of(raw)
    for one in found:
        body = page_text(raw, one.page)[one.start : one.end]
        tokens = [int(token) for token in _TOKEN.findall(body)]
        if tokens:
            assert one.rows, one
            headed = (
                not body.startswith("row") and one.rows[0] < tokens[0]
            )  # the header's row, where it stands in place
            assert one.rows == (one.rows[0] if headed else tokens[0], tokens[-1]), one
    return found


# -- spreadsheets ------------------------------------------------------------------------------------------

lines = st.lists(
    st.one_of(st.none(), st.sampled_from(["short", "a remark of some length about the fee " * 4])), max_size=40
)


@given(
    above=st.integers(0, 4),
    titled=st.booleans(),
    body=lines,
    merges=st.lists(st.tuples(st.integers(0, 39), st.integers(0, 3)), max_size=4),
)
@settings(max_examples=15, deadline=None)
def test_rows_of_a_sheet_are_those_its_user_sees(
    above: int, titled: bool, body: list[str | None], merges: list[tuple[int, int]]
) -> None:
    """Whatever is blank, wherever the table begins, whatever cells are merged."""
    book = openpyxl.Workbook()
    sheet = book.active
    if titled:
        sheet.cell(1, 2, "Fees of the house")
    head = above + 2
    sheet.cell(head, 2, "Name")
    sheet.cell(head, 3, "Remark")
    for place, text in enumerate(body, start=head + 1):
        if text:
            sheet.cell(place, 2, f"row{place}")
            sheet.cell(place, 3, text)
    for first, more in merges:
        sheet.merge_cells(start_row=head + 1 + first, end_row=head + 1 + first + more, start_column=4, end_column=5)
    found = check(readers.read(saved(book), "fees.xlsx"))
    said = [one.rows for one in found if one.rows]
    assert len(said) == len(found) or titled or not any(body)
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(said))


def test_cells_far_apart_keep_their_row_numbers() -> None:
    book = openpyxl.Workbook()
    for row in (3, 4, 700):
        book.active.cell(row, 1, f"row{row}")
        book.active.cell(row, 9_000, "far")
    found = check(readers.read(saved(book), "far.xlsx"))
    assert [one.rows for one in found] == [(3, 700)]


def test_rows_of_an_open_document_sheet() -> None:
    def line(*cells: str, repeat: int = 1) -> str:
        inside = "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in cells
        )
        inside = inside or "<table:table-cell/>"
        return f'<table:table-row table:number-rows-repeated="{repeat}">{inside}</table:table-row>'

    body = line(repeat=4) + line("Name", "Fee") + line("row6", "a") + line(repeat=3) + line("row10", "b")
    data = open_document("spreadsheet", f'<table:table table:name="Q1">{body}</table:table>')
    (one,) = check(readers.read(data, "fees.ods"))
    assert one.rows == (5, 10)


# -- tables of values --------------------------------------------------------------------------------------


@given(
    body=st.lists(st.one_of(st.none(), st.text(st.sampled_from('ab ,;"\n\r'), max_size=12)), min_size=1, max_size=60),
    delimiter=st.sampled_from([",", ";", "\t"]),
)
@settings(max_examples=25, deadline=None)
def test_rows_of_a_csv_are_its_records(body: list[str | None], delimiter: str) -> None:
    """As a spreadsheet shows them: a line break within quotes begins none, an empty line is one."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(["Name", "Remark"])
    for place, text in enumerate(body, start=2):
        if text is None:
            out.write("\r\n")
        else:
            writer.writerow([f"row{place}", text])
    check(readers.read(out.getvalue().encode(), "fees.csv"))


def test_records_of_json_are_counted_and_not_their_keys() -> None:
    data = json.dumps([{"name": "row1", "fee": 3}, {"name": None, "fee": None}, {"name": "row3", "fee": 4}])
    (one,) = check(readers.read(data.encode(), "fees.json"))
    assert one.rows == (1, 3)
    (none,) = chunks_of(readers.read(b'[{"a": null}, {"a": null}]', "x.json"))
    assert none.text == "a"


# -- tables in documents -----------------------------------------------------------------------------------

TABLE = [["Name", "Fee"], ["row2", "a"], ["", ""], ["row4", "b"]]


def a_letter() -> bytes:
    letter = docx.Document()
    table = letter.add_table(rows=4, cols=2)
    for cells, said in zip(table.rows, TABLE, strict=True):
        for cell, text in zip(cells.cells, said, strict=True):
            cell.text = text
    return saved(letter)


def a_deck() -> bytes:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    table = slide.shapes.add_table(4, 2, 0, 0, 914_400, 914_400).table
    for row, said in enumerate(TABLE):
        for column, text in enumerate(said):
            table.cell(row, column).text = text
    return saved(deck)


def a_page() -> bytes:
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in TABLE)
    return f"<html><body><p>Fees:</p><table>{body}</table></body></html>".encode()


def an_open_text() -> bytes:
    body = "".join(
        "<table:table-row>"
        + "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in row)
        + "</table:table-row>"
        for row in TABLE
    )
    return open_document("text", f"<table:table>{body}</table:table>")


def a_printed_page() -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    for place, (name, fee) in enumerate([["Name of fee", "Amount due"], ["row2", "12.00"], ["row3", "14.00"]]):
        canvas.drawString(72, 700 - 14 * place, name)
        canvas.drawString(300, 700 - 14 * place, fee)
    canvas.save()
    return buffer.getvalue()


RTF = (
    rb"{\rtf1\intbl Name\cell Fee\cell\row\intbl row2\cell a\cell"
    rb"\row\intbl\cell\cell\row\intbl row4\cell b\cell\row\pard\par}"
)


@pytest.mark.parametrize(
    ("data", "name", "rows"),
    [
        (a_letter(), "x.docx", (1, 4)),
        (a_deck(), "x.pptx", (1, 4)),
        (a_page(), "x.html", (1, 4)),
        (an_open_text(), "x.odt", (1, 4)),
        (a_printed_page(), "x.pdf", (1, 3)),
        (b"| Name | Fee |\n|---|---|\n| row2 | a |\n| | |\n| row4 | b |\n", "x.md", (1, 4)),
        (RTF, "x.rtf", (1, 4)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_table_in_a_document_counts_its_own_rows(data: bytes, name: str, rows: tuple[int, int]) -> None:
    """An empty row is left out of the text and shifts no number."""
    assert [one.rows for one in check(readers.read(data, name)) if one.rows] == [rows]


# -- cutting -----------------------------------------------------------------------------------------------


def table(number: int, first: int = 2, header: str = "Name | Fee") -> Block:
    numbers = range(first, first + number)
    text = "\n".join(f"row{row} | a fee that falls due" for row in numbers)
    rows = (first - 1, *numbers) if header else tuple(numbers)
    return Block(text=text, kind=BlockKind.TABLE, header=header, rows=rows)


@pytest.mark.parametrize("header", ["Name | Fee", "", "Very wide " * 150])
def test_pieces_of_a_table_hold_all_its_rows_once(header: str) -> None:
    found = check(RawText(title="Fees", media_type="x", blocks=(table(200, header=header),)))
    assert len(found) > 3
    held = [row for one in found if one.rows for row in range(one.rows[0], one.rows[1] + 1)]
    assert held == list(range(1 if header == "Name | Fee" else 2, 202))  # one too wide to stand there is carried only


def test_a_row_that_is_cut_is_in_each_of_its_pieces() -> None:
    long = Block(text="row5 | " + "x" * 4_000, kind=BlockKind.TABLE, header="A | B", rows=(4, 5))
    assert {one.rows for one in chunks_of(RawText(title="Fees", media_type="x", blocks=(long,)))} == {(4, 5), (5, 5)}


def test_words_beside_a_table_change_nothing_and_a_second_table_makes_rows_ambiguous() -> None:
    words = Block(text="These apply:")
    (one,) = chunks_of(RawText(title="Fees", media_type="x", blocks=(words, table(3), words)))
    assert one.rows == (1, 4)
    (two,) = chunks_of(RawText(title="Fees", media_type="x", blocks=(table(3), words, table(3))))
    assert two.rows is None
    (none,) = chunks_of(RawText(title="Fees", media_type="x", blocks=(words,)))
    assert none.rows is None


# -- the wire and the catalogue ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rows",
    [[1, 2], [1, 2, 3, 4], [1, 3, 2], [0, 1, 2], [-1, 2, 3], [1, 2, 3.0], [True, 2, 3], [1, 2, 2**31], "123", 5, None],
)
def test_row_numbers_are_not_believed(rows: object) -> None:
    """One for each line, growing, within bounds; anything else is a damaged file."""
    fields = json.loads(wire.encode_raw(RawText(title="t", media_type="x", blocks=(table(2),))))
    fields["blocks"][0][5] = rows
    with pytest.raises(Quarantined, match="DAMAGED"):
        wire.decode_raw(json.dumps(fields).encode())


def test_the_catalogue_keeps_rows_and_an_older_one_has_none(tmp_path) -> None:
    """A home of before is brought up to date: its chunks stand as they stood, without rows."""
    old, new = chunks_of(RawText(title="Fees", media_type="x", blocks=(table(200),)))[:2]
    before = Catalogue(tmp_path, STEPS[: STEPS.index(_ROWS)])
    stat = Stat(size=1, mtime=1, checked=1)
    with before.database.writing() as db:
        kept = {key: value for key, value in columns.chunk_columns(old, "").items() if not key.endswith("_row")}
        said = {key: value for key, value in columns.document_columns(DOCUMENT, stat, 1).items() if key != "flags"}
        for name, row in (("documents", said), ("chunks", kept)):
            db.execute(
                f"INSERT INTO {name} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values())
            )
    before.close()
    after = Catalogue(tmp_path)
    ((chunk, _),) = after.chunks(DOCUMENT.id, None)
    assert (chunk.id, chunk.text, chunk.rows) == (old.id, old.text, None)
    after.commit(replace(DOCUMENT, version="w"), [new], [[0.0]], stat=stat, job="j")
    assert [one.rows for one, _ in after.chunks(DOCUMENT.id, None)] == [new.rows]
    after.close()
    with sqlite3.connect(tmp_path / "catalogue.db") as db:
        assert db.execute("SELECT first_row, last_row FROM chunks").fetchone() == new.rows
    db.close()


def test_a_place_in_words() -> None:
    sheet = Chunk(
        id="c", document="d", version="v", ordinal=0, text="", page=1, heading=("Q1",), start=0, end=0,
        label=DOCUMENT.label, rows=(12, 18),
    )  # fmt: skip
    assert spot(DOCUMENT, sheet) == "sheet Q1, rows 12–18"
    assert spot(replace(DOCUMENT, media_type=CSV), sheet) == "page 1, rows 12–18"
    assert spot(DOCUMENT, replace(sheet, heading=(), rows=None)) == "page 1"
    assert (in_words((7, 7)), in_words((1_000, 1_001)), in_words(None)) == ("row 7", "rows 1,000–1,001", "")
