"""Tables with fields that span rows and columns: whatever the kind of file, each value stands in its own column."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import docx
import pptx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from pptx.util import Inches
from seed_files import open_document

from ingest.readers import read
from ingest.readers.base import BlockKind
from ingest.readers.spans import spread

ROWS = [  # what each field says, how many columns and rows it takes
    [("Region", 1, 1), ("Q1", 1, 1), ("Q2", 1, 1), ("Note", 1, 1)],
    [("North", 1, 2), ("1", 1, 1), ("2", 1, 1), ("a", 1, 1)],
    [("3", 2, 1), ("b", 1, 1)],
    [("Total", 2, 1), ("9", 1, 1), ("c", 1, 1)],
    [("Closed in August", 4, 1)],
]
SAID = """Region | Q1 | Q2 | Note
North | 1 | 2 | a
North | 3 | 3 | b
Total | Total | 9 | c
Closed in August |  |  | """


def html() -> bytes:
    def cell(said: str, across: int, down: int) -> str:
        return f'<td colspan="{across}" rowspan="{down}">{said}</td>'

    rows = "".join(f"<tr>{''.join(cell(*field) for field in row)}</tr>" for row in ROWS)
    return f"<html><body><p>Before.</p><table>{rows}</table></body></html>".encode()


def odt() -> bytes:
    def cell(said: str, across: int, down: int) -> str:
        spans = f'table:number-columns-spanned="{across}" table:number-rows-spanned="{down}"'
        covered = "<table:covered-table-cell/>" * (across - 1)
        return f"<table:table-cell {spans}><text:p>{said}</text:p></table:table-cell>{covered}"

    rows = [f"<table:table-row>{''.join(cell(*field) for field in row)}</table:table-row>" for row in ROWS]
    rows[2] = rows[2].replace("<table:table-row>", "<table:table-row><table:covered-table-cell/>")
    return open_document("text", f"<table:table>{''.join(rows)}</table:table>")


def office(table: Any) -> None:
    """The same, merged as the office programs do: every cell is there."""
    taken: set[tuple[int, int]] = set()
    for row, fields in enumerate(ROWS):
        column = 0
        for said, across, down in fields:
            while (row, column) in taken:
                column += 1
            cell = table.cell(row, column)
            if across * down > 1:
                cell.merge(table.cell(row + down - 1, column + across - 1))
            cell.text = said
            taken |= {(row + below, column + beside) for below in range(down) for beside in range(across)}


def word() -> bytes:
    document = docx.Document()
    office(document.add_table(rows=5, cols=4))
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def slides() -> bytes:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    office(slide.shapes.add_table(5, 4, Inches(1), Inches(1), Inches(6), Inches(3)).table)
    buffer = io.BytesIO()
    deck.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(("name", "make"), [("x.html", html), ("x.odt", odt), ("x.docx", word), ("x.pptx", slides)])
def test_a_value_stands_under_its_own_header_whatever_spans_beside_it(name: str, make: Callable[[], bytes]) -> None:
    tables = [block for block in read(make(), name).blocks if block.kind is BlockKind.TABLE]
    assert [f"{table.header}\n{table.text}" for table in tables] == [SAID]


def test_a_row_that_begins_further_right_does() -> None:
    document = docx.Document()
    table = document.add_table(rows=2, cols=3)
    for place, said in enumerate(("Item", "Fee", "Tax")):
        table.cell(0, place).text = said
    table.cell(1, 1).text = "five"
    row = table.rows[1]._tr
    row.remove(row.tc_lst[0])
    row.insert(0, parse_xml(f'<w:trPr {nsdecls("w")}><w:gridBefore w:val="1"/></w:trPr>'))
    buffer = io.BytesIO()
    document.save(buffer)
    assert [block.text for block in read(buffer.getvalue(), "x.docx").blocks] == [" | five | "]


def test_what_a_file_claims_costs_no_more_than_it_may() -> None:
    rows = [[("x" * 500, 10**7, 10**7)] * 3] * 2_000
    assert sum(len(row) for row in spread(rows)) < 300_000
