"""What the catalogue takes and gives, and how it is written in columns."""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ingest.about import SILENT, Said
from policies.labels import PUBLIC, Category, Label, Level, parse_categories
from policies.vocabulary import Chunk, Document, SourceRef

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Stat:
    """How a file looked when it was read. `checked`: when that was, so that a later write within the same tick of
    the file system's clock is not overlooked. Times in microseconds since 1970."""

    size: int
    mtime: int
    checked: int
    version: str = ""
    pipeline: str = ""

    def same_file(self, size: int, mtime: int) -> bool:
        """Whether the file certainly has the bytes it had: same size, same time, and not written just before."""
        return self.size == size and self.mtime == mtime and self.checked - mtime > _TICK


_TICK = 2_000_000  # the coarsest clock among common file systems


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A line of the list of documents: no text. `status`: live, expired (its last day is over), quarantined or failed.
    A live document may carry a `reason`: its newer version was set aside, and this older one is kept. `highest`: the
    label with those of all that stands in it, a single passage with a password included."""

    document: str
    source: str
    path: str
    title: str
    version: str
    chunks: int
    label: Label
    groups: frozenset[str]
    language: str
    pages: int
    dated: str
    modified: int
    status: str
    reason: str
    owner: str = ""
    valid_until: str = ""
    highest: Label = PUBLIC
    authors: tuple[str, ...] = ()
    company: str = ""
    period: str = ""
    kind: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A file that did not become a document, or whose newer version did not. `named`: somebody named the level."""

    ref: SourceRef
    stat: Stat
    outcome: str
    reason: str
    level: Level
    groups: frozenset[str]
    job: str
    at: int = 0
    times: int = 1
    categories: frozenset[Category] = frozenset()
    named: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One live chunk, as the index needs it. `text` is what was embedded."""

    id: str
    document: str
    text: str
    language: str
    vector: NDArray[np.float32]
    groups: frozenset[str]
    level: Level
    categories: frozenset[Category]
    said: Said = SILENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one commit did to the chunks."""

    seq: int
    upserts: Sequence[Row]
    deletes: Sequence[str]


def pack_names(names: Iterable[str]) -> str:
    return json.dumps(sorted(names), ensure_ascii=False)


@lru_cache(maxsize=1024)
def unpack_names(column: str) -> frozenset[str]:
    """Read for every line of a list; a house has few that differ."""
    return frozenset(json.loads(column))


def pack_vector(vector: Any) -> bytes:
    """32-bit floats, in the machine's order."""
    return array("f", vector).tobytes()


def label(row: sqlite3.Row) -> Label:
    """From columns `level` and `categories`. An unknown category, of a newer rulebook, counts as all."""
    return _label(row["level"], row["categories"])


@lru_cache(maxsize=1024)
def _label(level: int, categories: str) -> Label:
    """Read for every chunk that a commit shares words with; a house has few that differ."""
    return Label(level=Level(level), categories=parse_categories(unpack_names(categories)))


def document(row: sqlite3.Row) -> Document:
    return Document(
        id=row["id"],
        version=row["version"],
        source=SourceRef(source=row["source"], path=row["path"]),
        title=row["title"],
        media_type=row["media_type"],
        label=label(row),
        groups=unpack_names(row["groups"]),
        language=row["language"],
        pages=row["pages"],
        dated=row["dated"],
        modified=row["modified"],
        owner=row["owner"],
        valid_until=row["valid_until"],
        originals=row["originals"],
        authors=tuple(json.loads(row["authors"])),
        company=row["company"],
        period=row["period"],
        kind=row["kind"],
        flags=tuple(json.loads(row["flags"])),
    )


def chunk(row: sqlite3.Row) -> Chunk:
    return Chunk(
        id=row["id"],
        document=row["document"],
        version=row["version"],
        ordinal=row["ordinal"],
        text=row["text"],
        page=row["page"],
        heading=tuple(json.loads(row["heading"])),
        start=row["start"],
        end=row["stop"],
        label=label(row),
        rows=(row["first_row"], row["last_row"]) if row["first_row"] else None,
    )


def chunk_columns(chunk: Chunk, front: str) -> dict[str, Any]:
    first, last = chunk.rows or (0, 0)
    return {
        "id": chunk.id,
        "document": chunk.document,
        "version": chunk.version,
        "ordinal": chunk.ordinal,
        "front": front,
        "text": chunk.text,
        "page": chunk.page,
        "heading": json.dumps(chunk.heading, ensure_ascii=False),
        "start": chunk.start,
        "stop": chunk.end,
        "level": int(chunk.label.level),
        "categories": pack_names(chunk.label.categories),
        "first_row": first,
        "last_row": last,
    }


def document_columns(document: Document, stat: Stat, chunks: int) -> dict[str, Any]:
    return {
        "id": document.id,
        "source": document.source.source,
        "path": document.source.path,
        "version": document.version,
        "pipeline": stat.pipeline,
        "title": document.title,
        "media_type": document.media_type,
        "level": int(document.label.level),
        "categories": pack_names(document.label.categories),
        "groups": pack_names(document.groups),
        "language": document.language,
        "pages": document.pages,
        "dated": document.dated,
        "modified": document.modified,
        "owner": document.owner,
        "valid_until": document.valid_until,
        "originals": document.originals,
        "size": stat.size,
        "mtime": stat.mtime,
        "checked": stat.checked,
        "chunks": chunks,
        "authors": json.dumps(document.authors, ensure_ascii=False),
        "company": document.company,
        "period": document.period,
        "kind": document.kind,
        "flags": json.dumps(document.flags),
    }


def live(row: sqlite3.Row) -> Listed:
    """From a row of documents, with whether it `expired`, and the `reason` of a newer version set aside."""
    return Listed(
        document=row["id"],
        source=row["source"],
        path=row["path"],
        title=row["title"],
        version=row["version"],
        chunks=row["chunks"],
        label=label(row),
        groups=unpack_names(row["groups"]),
        language=row["language"],
        pages=row["pages"],
        dated=row["dated"],
        modified=row["modified"],
        status="expired" if row["expired"] else "live",
        reason=row["reason"],
        owner=row["owner"],
        valid_until=row["valid_until"],
        highest=label(row).raised(_highest(row)),
        authors=_in_order(row["authors"]),
        company=row["company"],
        period=row["period"],
        kind=row["kind"],
        flags=_in_order(row["flags"]),
    )


@lru_cache(maxsize=1024)
def _in_order(column: str) -> tuple[str, ...]:
    return tuple(json.loads(column))


def _highest(row: sqlite3.Row) -> Label:
    """From `highest_level` and `highest_categories`, which are missing for a document of an older version."""
    if row["highest_level"] is None:
        return PUBLIC
    return _label(row["highest_level"], row["highest_categories"])


def aside(row: sqlite3.Row) -> Listed:
    """From a row of files set aside."""
    return Listed(
        document=row["document"],
        source=row["source"],
        path=row["path"],
        title="",
        version=row["version"],
        chunks=0,
        label=Label(level=Level(row["level"])),
        groups=unpack_names(row["groups"]),
        language="",
        pages=0,
        dated="",
        modified=row["mtime"],
        status=row["outcome"],
        reason=row["reason"],
        highest=Label(level=Level(row["level"])),
    )
