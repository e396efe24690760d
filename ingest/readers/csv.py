"""Rows with their header. The separator and the quotes are found out; formulas are text like any other."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import PurePath
from typing import Any

from ingest.readers.base import RawText
from ingest.readers.bounds import MAX_CHARACTERS
from ingest.readers.kinds import CSV
from ingest.readers.outline import lines_above, table_block, text_blocks, title_from
from ingest.readers.txt import decode

_SAMPLE, _SAMPLE_ROWS = 65_536, 50
_NAMED = re.compile(r'"?sep=([^\w\s"]|\t)"?\r?\n', re.I)
_APOSTROPHES = re.compile(r"(?:^|[,;\t|])'(?:[^'\n]|'')*'(?=[,;\t|\r\n])", re.M)
_LEAST_QUOTED = 2
# What a column holds and is never called: a number with a fraction, a date, an address.
_NO_NAME = re.compile(r"[-+]?[\d.,' ]*\d[.,]\d+ ?%?|\d{4}-\d\d-\d\d\b.*|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\S+@\S+\.\S+")


class CsvReader:
    media_types = (CSV,)

    def read(self, data: bytes, name: str) -> RawText:
        """One table on one page, with the lines above it as text. The first line may name the separator, as Excel's
        does (`sep=;`): it is no row."""
        csv.field_size_limit(MAX_CHARACTERS)
        text = decode(data).replace("\0", "").removeprefix("\ufeff")
        named = _NAMED.match(text)
        text = text[named.end() :] if named else text
        quote = "'" if len(_APOSTROPHES.findall(text[:_SAMPLE])) >= _LEAST_QUOTED and '"' not in text else '"'
        first = "\t" if PurePath(name).suffix.lower() == ".tsv" else ""
        rows = _rows(text, delimiter=named[1] if named else _delimiter(text, quote, first), quotechar=quote)
        above = lines_above(rows)
        blocks = text_blocks((" ".join(filter(None, row)) for row in rows[:above]), 1, ())
        headed = not any(map(_NO_NAME.fullmatch, rows[above])) if rows else False
        blocks += table_block(rows[above:], 1, (), headed=headed, numbers=range(above + 1, len(rows) + 1))
        return RawText(title=title_from(name), media_type=CSV, blocks=tuple(blocks))


def _rows(text: str, **form: Any) -> list[list[str]]:
    """Where a quote is opened and never closed, quotes are letters like any other: else it would hold all that
    follows."""
    try:
        return list(_read(text, strict=True, **form))
    except csv.Error as error:
        if "end of data" in str(error):
            form = {"delimiter": form["delimiter"], "quoting": csv.QUOTE_NONE}
    return list(_read(text, **form))


def _read(text: str, **form: Any) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), skipinitialspace=True, **form)


def _delimiter(text: str, quote: str, first: str) -> str:
    """The separator that cuts all of the first rows into the same number of fields; else most of them, most fields
    first. What is quoted may hold other separators and line breaks: one after which quotes do not come out counts only
    where none does better."""
    for strict in (True, False):
        scores = {one: _alike(text[:_SAMPLE], one, quote, strict) for one in f"{first},;\t|"}
        best = max(scores, key=lambda candidate: scores[candidate])
        if scores[best] > (False, 0):
            return best
    return ","


def _alike(text: str, delimiter: str, quote: str, strict: bool) -> tuple[bool, int]:
    """Whether all rows have the same number of fields, and how many fields are in those that have the usual number;
    nothing when that is one, or quotes do not come out."""
    try:
        rows = _read(text, delimiter=delimiter, quotechar=quote, strict=strict)
        counts = [len(row) for row in islice(rows, _SAMPLE_ROWS) if row]
    except csv.Error:
        return False, 0
    usual = max(set(counts), key=counts.count) if counts else 0
    return (len(set(counts)) == 1, usual * counts.count(usual)) if usual > 1 else (False, 0)


READER = CsvReader()
