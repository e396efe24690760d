"""JSON: lists of records become tables with a header; everything else a line each value under its path of keys. Numbers
stand as they are written."""

from __future__ import annotations

import json
import re
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
_MAX_KEYS = 4  # one within the other, in the name of a column
_TITLES = ("title", "name", "subject")
_CALLED = (*_TITLES, "id", "key")
_SPACE = re.compile(r"\s*")


class JsonReader:
    media_types = (JSON,)

    def read(self, data: bytes, name: str) -> RawText:
        """What only looks like JSON is text. One value, or several, as in a file of records a line; a line that is none
        stands as it is."""
        try:
            values, broken = _values(decode(data).lstrip("\ufeff"))
        except RecursionError as error:
            raise Quarantined("DAMAGED") from error  # nests deeper than anybody's data
        if len(broken) > len(values) or not values:
            return TXT_READER.read(data, name)
        top = values[0] if len(values) == 1 else values
        record = top if isinstance(top, dict) else {}
        stated = next((record[key] for key in _TITLES if isinstance(record.get(key), str)), "")
        return RawText(
            title=one_line(stated)[:200] or title_from(name),
            media_type=JSON,
            blocks=(*_blocks(top, ()), *text_blocks(broken, 1, ())),
        )


def _values(text: str) -> tuple[list[Any], list[str]]:
    """The values that follow each other, and the lines between them that are none."""
    decoder = json.JSONDecoder(
        object_pairs_hook=_record, parse_float=_as_written, parse_int=_as_written, parse_constant=_as_written
    )
    values: list[Any] = []
    broken: list[str] = []
    place = _past_space(text, 0)
    while place < len(text):
        try:
            value, end = decoder.raw_decode(text, place)
        except json.JSONDecodeError:
            value, end = None, place
        if isinstance(value, dict | list) or (end > place and _ends_line(text, end)):
            values.append(value)
        else:
            end = text.find("\n", place) % (len(text) + 1)
            broken.append(text[place:end])
            if len(broken) > len(values) + 1:
                break  # none of it will be JSON
        place = _past_space(text, end)
    return values, broken


def _past_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place


def _ends_line(text: str, place: int) -> bool:
    return not text[place : text.find("\n", place) % (len(text) + 1)].strip()


def _as_written(number: str) -> str:
    return number


def _record(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A key that is there twice has both values."""
    found = dict(pairs)
    if len(found) < len(pairs):
        said: dict[str, list[Any]] = {}
        for key, value in pairs:
            said.setdefault(key, []).append(value)
        found = {key: values if len(values) > 1 else values[0] for key, values in said.items()}
    return found


def _blocks(value: Any, path: tuple[str, ...]) -> Iterator[Block]:
    """Tables stand under the path that leads to them; single values before them, together."""
    if rows := _table(value):
        # the keys stand with the first record
        numbers = range(1, len(rows) + 1) if isinstance(value[0], list) else (1, *range(1, len(rows)))
        yield from table_block(rows, 1, path, numbers=numbers)
        return
    lines: list[str] = []
    later: list[tuple[tuple[str, ...], Any]] = []
    for count, (key, inner) in enumerate(_items(value)):
        if count > _MAX_VALUES:
            raise Quarantined("TOO_LARGE")
        if (isinstance(inner, dict | list) and inner) or (isinstance(inner, str) and "\n" in inner.strip()):
            named = key or _called(inner)
            later.append(((*path, one_line(named)[:120]) if named else path, inner))
        elif said := _shown(inner):
            lines.append(f"{one_line(key)}: {said}" if key else said)
    yield from text_blocks(["\n".join(lines)], 1, path)
    for below, inner in later:
        yield from text_blocks([inner], 1, below) if isinstance(inner, str) else _blocks(inner, below)


def _called(value: Any) -> str:
    """What a record in a list is known by."""
    record = value if isinstance(value, dict) else {}
    return next((_shown(record[key]) for key in _CALLED if isinstance(record.get(key), str)), "")


def _items(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((str(key), inner) for key, inner in value.items())
    elif isinstance(value, list):
        yield from (("", inner) for inner in value)
    else:
        yield "", value


def _table(value: Any) -> list[list[str]]:
    """The header and the rows of a list of records, or of rows; nothing when it is none."""
    if not isinstance(value, list) or len(value) < 2 or not all(isinstance(row, dict | list) and row for row in value):
        return []
    if all(isinstance(row, list) for row in value):
        plain = all(not isinstance(inner, dict | list) for row in value for inner in row)
        return [[_shown(inner) for inner in row] for row in value] if plain and max(map(len, value)) > 1 else []
    records = [_flat(row, (), {}) if isinstance(row, dict) else None for row in value]
    flat = [row for row in records if row]
    columns = list(dict.fromkeys(key for row in flat for key in row))
    if len(flat) < len(value) or len(columns) > _MAX_COLUMNS:
        return []
    return [columns, *([row.get(column, "") for column in columns] for row in flat)]


def _flat(record: dict[str, Any], path: tuple[str, ...], found: dict[str, str]) -> dict[str, str]:
    """Its values under their names, those within it as `outer.inner`; nothing where no cell can hold one of them."""
    for key, inner in record.items():
        named = (*path, str(key))
        if isinstance(inner, dict) and inner:
            if len(named) == _MAX_KEYS or not _flat(inner, named, found):
                return {}
        elif isinstance(inner, list):
            if any(isinstance(one, dict | list) for one in inner):
                return {}
            found[".".join(named)] = ", ".join(map(_shown, inner))
        elif inner != {}:
            found[".".join(named)] = _shown(inner)
    return found


def _shown(value: Any) -> str:
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return one_line(str(value))


READER = JsonReader()
