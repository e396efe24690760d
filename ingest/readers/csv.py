"""Rows with their header. The separator is found out; formulas are text like any other."""

from __future__ import annotations

import csv
import io

from ingest.readers.base import RawText
from ingest.readers.kinds import CSV
from ingest.readers.outline import table_block, title_from
from ingest.readers.txt import decode

_FIELD_LIMIT = 1_000_000


class CsvReader:
    media_types = (CSV,)

    def read(self, data: bytes, name: str) -> RawText:
        """One table on one page."""
        csv.field_size_limit(_FIELD_LIMIT)
        text = decode(data).replace("\0", "")
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))
        return RawText(title=title_from(name), media_type=CSV, blocks=tuple(table_block(rows, 1, ())))


def _delimiter(text: str) -> str:
    """The separator that cuts the first lines into the same number of fields, most fields first."""
    lines = [line for line in text[:65536].splitlines()[:50] if line.strip()]
    best, most = ",", 0
    for candidate in ",;\t|":
        counts = [len(row) for row in csv.reader(lines, delimiter=candidate)]
        usual = max(set(counts), key=counts.count) if counts else 0
        if usual > 1 and counts.count(usual) * usual > most:
            best, most = candidate, counts.count(usual) * usual
    return best


READER = CsvReader()
