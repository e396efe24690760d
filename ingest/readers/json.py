"""JSON: lists of records become tables with a header; everything else a line each value under its path of keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ingest.errors import Quarantined
from ingest.readers.base import Block, RawText
from ingest.readers.kinds import JSON
from ingest.readers.outline import one_line, table_block, text_blocks, title_from
from ingest.readers.txt import READER as TXT_READER
from ingest.readers.txt import decode

_MAX_VALUES = 1_000_000
_MAX_COLUMNS = 200
_TITLES = ("title", "name", "subject")


class JsonReader:
    media_types = (JSON,)

    def read(self, data: bytes, name: str) -> RawText:
        """What only looks like JSON is text. One value, or one a line."""
        text = decode(data).lstrip("\ufeff")
        try:
            values = _values(text)
        except ValueError:
            return TXT_READER.read(data, name)
        except RecursionError as error:
            raise Quarantined("DAMAGED") from error  # nests deeper than anybody's data
        top = values[0] if len(values) == 1 else values
        record = top if isinstance(top, dict) else {}
        stated = next((record[key] for key in _TITLES if isinstance(record.get(key), str)), "")
        return RawText(
            title=one_line(stated)[:200] or title_from(name), media_type=JSON, blocks=tuple(_blocks(top, ()))
        )


def _values(text: str) -> list[Any]:
    try:
        return [json.loads(text)]
    except json.JSONDecodeError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:
            raise
        return [json.loads(line) for line in lines]


def _blocks(value: Any, path: tuple[str, ...]) -> Iterator[Block]:
    """Tables stand under the path that leads to them; single values before them, together."""
    if columns := _columns(value):
        rows = [columns, *([_shown(row.get(column)) for column in columns] for row in value)]
        yield from table_block(rows, 1, path, numbers=(1, *range(1, len(rows))))  # the keys stand with the first record
        return
    lines: list[str] = []
    later: list[tuple[tuple[str, ...], Any]] = []
    for count, (key, inner) in enumerate(_items(value)):
        if count > _MAX_VALUES:
            raise Quarantined("TOO_LARGE")
        if isinstance(inner, dict | list) and inner:
            later.append(((*path, one_line(key)[:120]) if key else path, inner))
        elif said := _shown(inner):
            lines.append(f"{one_line(key)}: {said}" if key else said)
    yield from text_blocks(["\n".join(lines)], 1, path)
    for below, inner in later:
        yield from _blocks(inner, below)


def _items(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((str(key), inner) for key, inner in value.items())
    elif isinstance(value, list):
        yield from (("", inner) for inner in value)
    else:
        yield "", value


def _columns(value: Any) -> list[str]:
    """The keys of a list of flat records; nothing when it is none."""
    if not isinstance(value, list) or len(value) < 2 or not all(isinstance(row, dict) and row for row in value):
        return []
    if any(isinstance(inner, dict | list) for row in value for inner in row.values()):
        return []
    columns = list(dict.fromkeys(str(key) for row in value for key in row))
    return columns if len(columns) <= _MAX_COLUMNS else []


def _shown(value: Any) -> str:
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return one_line(str(value))


READER = JsonReader()
