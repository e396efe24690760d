"""Rows with their header. The separator is found out; formulas are text like any other."""

from __future__ import annotations

import csv
import io
import re
from itertools import islice

from ingest.readers.base import RawText
from ingest.readers.kinds import CSV
from ingest.readers.outline import lines_above, table_block, text_blocks, title_from
from ingest.readers.txt import decode

_FIELD_LIMIT = 1_000_000
_NAMED = re.compile(r'\ufeff?"?sep=([^\w\s"]|\t)"?\r?\n', re.I)


class CsvReader:
    media_types = (CSV,)

    def read(self, data: bytes, name: str) -> RawText:
        """One table on one page, with the lines above it as text. The first line may name the separator, as Excel's
        does (`sep=;`): it is no row."""
        csv.field_size_limit(_FIELD_LIMIT)
        text = decode(data).replace("\0", "")
        named = _NAMED.match(text)
        text = text[named.end() :] if named else text
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=named[1] if named else _delimiter(text)))
        above = lines_above(rows)
        blocks = text_blocks((" ".join(filter(None, row)) for row in rows[:above]), 1, ())
        blocks += table_block(rows[above:], 1, (), numbers=range(above + 1, len(rows) + 1))
        return RawText(title=title_from(name), media_type=CSV, blocks=tuple(blocks))


def _delimiter(text: str) -> str:
    """The separator that cuts the first rows into the same number of fields, most fields first. What is quoted may hold
    other separators and line breaks: one after which quotes do not come out counts only where none does better."""
    for strict in (True, False):
        scores = {candidate: _alike(text[:65536], candidate, strict) for candidate in ",;\t|"}
        best = max(scores, key=lambda candidate: scores[candidate])
        if scores[best]:
            return best
    return ","


def _alike(text: str, delimiter: str, strict: bool) -> int:
    """Fields in the rows that have the usual number of them; 0 when that is one, or quotes do not come out."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
    try:
        counts = [len(row) for row in islice(rows, 50) if row]
    except csv.Error:
        return 0
    usual = max(set(counts), key=counts.count) if counts else 0
    return usual * counts.count(usual) if usual > 1 else 0


READER = CsvReader()
