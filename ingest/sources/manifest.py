"""`manifest.csv` beside an export: what the system that the files come from says of each of them.

What is promised: a manifest is right as a whole, or nothing is taken in by it; what is wrong is said with the number of
its line. A line names a file inside the folder and nothing else, and `*` every file without a line of its own. An empty
cell says nothing, and then what the operator named counts. A manifest that says of any file who reads it, how sensitive
it is or until when it counts is meant for all: nobody reads a file that it does not name, as when a name is misspelt.
The manifest itself is no document.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path, PureWindowsPath
from types import MappingProxyType

from ingest.errors import FileProblem, Unseen
from ingest.sources.base import Found, Missing
from ingest.sources.folder import FolderSource, is_passed_over, read_file
from policies.errors import UsageError
from policies.labels import Category, Level
from policies.vocabulary import SourceRef

NAME = "manifest.csv"
COLUMNS = ("path", "level", "categories", "groups", "owner", "title", "date", "valid_until")
REST = "*"  # the path that stands for every file without a line
_BETWEEN = ";"  # parts several groups in one cell: names of directories hold commas
SEPARATORS = re.compile(r"[\s,;|]+")  # part several categories
_DELIMITERS = ",;\t"
_LEVELS = tuple(str(level) for level in Level)
_CATEGORIES = tuple(str(category) for category in Category)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one line says of its file. See `Found`; `number` is where it stands in the manifest, counted from 1."""

    number: int
    groups: frozenset[str] | None
    level: Level | None
    categories: frozenset[Category]
    owner: str
    title: str
    dated: str
    valid_until: str


_NOBODY = Line(
    number=0, groups=frozenset(), level=None, categories=frozenset(), owner="", title="", dated="", valid_until=""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """`digest` is the SHA-256 of its bytes, in hex. `lines` by the path of the file as `_composed` gives it, in
    their order; `rest`: what counts for the others, None where the operator's word does."""

    digest: str
    lines: Mapping[str, Line]
    rest: Line | None


class ManifestSource:
    """A folder, with what its manifest says of each file. Raises what `read_manifest` does."""

    def __init__(self, folder: FolderSource) -> None:
        self._folder = folder
        self.name = folder.name
        self.manifest = read_manifest(folder.root)

    def scan(self) -> Iterator[Found | Missing]:
        """The folder's files with what is said of them; then the files that are named and not taken."""
        seen = {NAME}
        for found in self._folder.scan():
            path = _composed(found.ref.path)
            if isinstance(found, Missing):
                yield found
            elif path != NAME:
                seen.add(path)
                yield _with(found, self.manifest.lines.get(path, self.manifest.rest))
        for path, line in self.manifest.lines.items():
            if path not in seen:
                _refuse_no_file(self._folder.root, path, line.number)
                passed_over = any(is_passed_over(part) for part in path.split("/"))
                reason = "HIDDEN" if passed_over else "MISSING"
                yield Missing(ref=SourceRef(source=self.name, path=path), reason=reason)


def has_manifest(folder: Path) -> bool:
    return (folder / NAME).is_file()


def read_manifest(folder: Path) -> Manifest:
    """The manifest at the root of `folder`. Raises UsageError with the line that is wrong, Unseen when the file cannot
    be read."""
    path = folder / NAME
    if not path.resolve().is_relative_to(folder):
        raise UsageError(f"{path} is a link that leads out of the folder.", cure="Put the manifest itself there.")
    try:
        data = read_file(str(path), within=str(folder))
    except FileProblem as problem:
        raise Unseen(
            f"{path} cannot be read ({problem.reason}). Nothing was changed.",
            cure="Give this user the right to read it.",
        ) from problem
    return parse(data, path)


def parse(data: bytes, where: Path) -> Manifest:
    """`where` is the manifest's own path: for messages, and to know what lies outside its folder."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise _wrong(where, number, "This is not UTF-8.", "Save the manifest as UTF-8.") from error
    lines: dict[str, Line] = {}
    header: list[str] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        for cells in reader:
            number = reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = _header(cells, where, number)
                continue
            path, line = _line(_row(header, cells, where, number), where, number)
            if path in lines:
                raise _wrong(where, number, f"{path} stands in line {lines[path].number} already.", "Take one out.")
            lines[path] = line
    except csv.Error as error:
        raise _wrong(where, reader.line_num, f"This is not CSV ({error}).", "Correct the quotation marks.") from error
    if not header:
        raise _wrong(where, 1, "The manifest is empty.", f"Its first line names its columns: {','.join(COLUMNS)}.")
    rest = lines.pop(REST, None) or (_NOBODY if any(map(_restricts, lines.values())) else None)
    return Manifest(digest=hashlib.sha256(data).hexdigest(), lines=MappingProxyType(lines), rest=rest)


def _restricts(line: Line) -> bool:
    return bool(line.groups or line.level is not None or line.categories or line.valid_until)


def _with(found: Found, line: Line | None) -> Found:
    if line is None:
        return found
    return replace(
        found,
        groups=line.groups,
        level=line.level,
        categories=line.categories,
        owner=line.owner,
        title=line.title,
        dated=line.dated,
        valid_until=line.valid_until,
    )


def _delimiter(text: str) -> str:
    """Comma, semicolon or tab: the one that the first line with words in it has most of."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=first.count)


def _header(cells: Sequence[str], where: Path, number: int) -> list[str]:
    names = without_empty_ends([cell.strip().lower() for cell in cells])
    for name in names:
        if not name:
            raise _wrong(where, number, "There is a column without a name.", "Name it, or take it out.")
        if name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, n=1)
            cure = f"Did you mean {near[0]!r}?" if near else f"Known are: {', '.join(COLUMNS)}."
            raise _wrong(where, number, f"There is no column {name!r}.", cure)
        if names.count(name) > 1:
            raise _wrong(where, number, f"The column {name!r} stands there twice.", "Take one out.")
    if "path" not in names:
        raise _wrong(where, number, "There is no column 'path'.", "Name the files in a column 'path'.")
    return names


def _row(header: Sequence[str], cells: Sequence[str], where: Path, number: int) -> Mapping[str, str]:
    cells = [*cells[: len(header)], *without_empty_ends(cells[len(header) :])]
    if len(cells) != len(header):
        told = f"There are {len(cells)} cells, and {len(header)} columns."
        many = len(cells) > len(header)
        cure = (
            "Put quotation marks around a cell that holds the delimiter."
            if many
            else "Write an empty cell for what is not said."
        )
        raise _wrong(where, number, told, cure)
    return {**dict.fromkeys(COLUMNS, ""), **{name: cell.strip() for name, cell in zip(header, cells, strict=True)}}


def without_empty_ends(cells: Sequence[str]) -> list[str]:
    """Spreadsheets write the delimiters of columns that were used once, and are empty."""
    last = max((place for place, cell in enumerate(cells, start=1) if cell.strip()), default=0)
    return list(cells[:last])


def _line(row: Mapping[str, str], where: Path, number: int) -> tuple[str, Line]:
    """The path, and what is said of it."""
    groups = _names(row["groups"])
    words = [word for word in SEPARATORS.split(row["categories"]) if word]
    categories = [_one_of(word, _CATEGORIES, "category", where, number) for word in words]
    level = _one_of(row["level"], _LEVELS, "level", where, number) if row["level"] else ""
    return _path(row["path"], where, number), Line(
        number=number,
        groups=frozenset(groups) or None,
        level=Level[level.upper()] if level else None,
        categories=frozenset(Category(name) for name in categories),
        owner=row["owner"],
        title=row["title"],
        dated=_day(row["date"], "date", where, number),
        valid_until=_day(row["valid_until"], "valid_until", where, number),
    )


def _path(cell: str, where: Path, number: int) -> str:
    """The path within the folder, as `_composed` gives it. Refused: none, and one that leads outside by itself."""
    if "\\" in cell and not os.path.exists(where.parent / cell):  # exported on Windows
        if PureWindowsPath(cell).anchor:
            raise _leads_out(where, number, cell)
        cell = cell.replace("\\", "/")
    parts = [part for part in cell.split("/") if part not in ("", ".")]
    if not parts or "\0" in cell:
        raise _wrong(where, number, "No file is named.", "Name one in the column 'path'.")
    if cell.startswith("/") or ".." in parts:
        raise _leads_out(where, number, cell)
    return _composed("/".join(parts))


def _composed(path: str) -> str:
    """An accent is one sign with its letter or a sign of its own (macOS): the same name to whoever reads it."""
    return unicodedata.normalize("NFC", path)


def _refuse_no_file(folder: Path, path: str, number: int) -> None:
    """A named path that is none of the folder's files: a folder, or a link that leads outside. The folder gives no file
    that lies outside, so only what it did not give is looked at."""
    if not Path(os.path.realpath(folder / path)).is_relative_to(folder):
        raise _leads_out(folder / NAME, number, path)
    if os.path.isdir(folder / path):
        raise _wrong(folder / NAME, number, f"{path} is a folder.", "Name its files, each on a line.")


def _leads_out(where: Path, number: int, path: str) -> UsageError:
    return _wrong(where, number, f"{path} leads out of the folder.", "Name files inside the folder only.")


def _names(cell: str) -> list[str]:
    return [name.strip() for name in cell.split(_BETWEEN) if name.strip()]


def _one_of(word: str, known: Sequence[str], what: str, where: Path, number: int) -> str:
    lowered = word.lower()
    if lowered in known:
        return lowered
    near = difflib.get_close_matches(lowered, known, n=1)
    cure = f"Did you mean {near[0]!r}?" if near else f"Known are: {', '.join(known)}."
    raise _wrong(where, number, f"There is no {what} {word!r}.", cure)


def _day(cell: str, column: str, where: Path, number: int) -> str:
    """A day as ISO writes it, or nothing."""
    try:
        return date.fromisoformat(cell).isoformat() if cell else ""
    except ValueError:
        raise _wrong(where, number, f"{cell!r} in {column} is no day.", "Write it as 2026-03-31.") from None


def _wrong(where: Path, number: int, what: str, cure: str) -> UsageError:
    return UsageError(f"{where}, line {number}: {what} Nothing was taken in.", cure=cure)
