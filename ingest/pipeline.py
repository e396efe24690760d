"""One document's walk: read, label, chunk; then, with its vectors, intend, commit, record.

`read_and_label` runs in workers and touches no store. `store` runs in the one writer. Between the two the engine
embeds the texts of many documents together. What `store` has returned is durable; what breaks before its commit
leaves the catalogue as it was. A commit that fails leaves its intent open: after a failed flush only a catalogue that
is opened anew can tell whether it came about, so the next start closes it by what it finds there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any, Protocol

from ingest import chunking, labelling
from ingest.catalogue.catalogue import Catalogue, Outcome
from ingest.catalogue.marks import Knows
from ingest.catalogue.originals import Staged
from ingest.catalogue.rows import Stat
from ingest.errors import Forgotten, Quarantined
from ingest.readers.base import RawText
from ingest.standing import NOTHING, Before
from policies.audit.events import DocumentIngested, IngestIntended, Recorder
from policies.labels import Category, Level
from policies.vocabulary import Chunk, Document, SourceRef

READING = "reading-6"
"""Counted up when a reader or the labelling gives something else for the same file, so that files are read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the operator says of the files: who may read them, the least that they are, who answers for them, and what
    is kept of them (keep, reference or pages)."""

    groups: frozenset[str]
    level: Level | None = None
    categories: frozenset[Category] = frozenset()
    actor: str = "system"
    owner: str = ""
    originals: str = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A document that only lacks its vectors. `texts` are what is embedded: each front with its chunk's text.
    `label_ids`: the sensitivity labels that stand in it, or in what it lies in."""

    document: Document
    chunks: Sequence[Chunk]
    fronts: Sequence[str]
    stat: Stat
    original: Staged | None = None
    label_ids: frozenset[str] = frozenset()

    @property
    def texts(self) -> list[str]:
        return [front + chunk.text for front, chunk in zip(self.fronts, self.chunks, strict=True)]


class Reads(Protocol):
    """A sandbox, with its limits."""

    def __call__(self, data: bytes, name: str) -> RawText: ...


def read_and_label(
    ref: SourceRef,
    data: bytes,
    stat: Stat,
    *,
    asked: Asked,
    read: Reads,
    count_tokens: Callable[[str], int],
    before: Before = NOTHING,
) -> Prepared:
    """Everything about a document but its vectors. Raises Quarantined or Failed with a reason code.

    `stat` names the version, and the pipeline that goes into the chunks' ids.
    """
    # 1 read, out of reach
    raw = read(data, PurePosixPath(ref.path).name)
    # 2 label: the operator's level is the floor, and so is what stands already
    document = labelling.label(
        raw,
        ref=ref,
        version=stat.version,
        floor=asked.level,
        groups=asked.groups,
        categories=asked.categories,
        modified=stat.mtime,
        before=before,
    )
    document = replace(document, title=chunking.utf8(document.title))
    # 3 chunk: each with the document's label, raised by what is found in it
    pieces = chunking.chunk(document, raw, count_tokens=count_tokens, pipeline=stat.pipeline)
    chunks = [chunking.storable(chunk) for chunk in labelling.raise_chunks(pieces)]
    if not chunks:
        raise Quarantined("NO_TEXT")
    fronts = [chunking.embed_text(chunk, document.title).removesuffix(chunk.text) for chunk in chunks]
    ids = labelling.label_ids(raw) | before.ids
    return Prepared(document=document, chunks=chunks, fronts=fronts, stat=stat, label_ids=ids)


def store(
    prepared: Prepared,
    vectors: Sequence[Any],
    *,
    catalogue: Catalogue,
    recorder: Recorder,
    job: str,
    actor: str,
    copies: Knows | None = None,
    known_as: str = "",
) -> Outcome:
    """Make a prepared document the current version. Raises RecordError or CatalogueError, and then it is not.
    `known_as`: see `Catalogue.commit`."""
    document, chunks = prepared.document, prepared.chunks
    # 4 a chunk that quotes a document of a higher label has that label too
    if copies is not None:
        chunks = copies.raise_copies(document, chunks)
    # 5 the intent is durable before the effect: cannot record, cannot ingest
    intent = recorder.append(
        IngestIntended(
            actor=actor,
            job=job,
            document=document.id,
            version=document.version,
            label=str(document.label),
            groups=sorted(document.groups),
            chunks=len(chunks),
        )
    )
    ended = DocumentIngested(actor=actor, closes=intent, document=document.id, version=document.version, outcome="lost")
    # 6 commit: one transaction, the old version is replaced in it
    try:
        outcome = catalogue.commit(
            document,
            chunks,
            vectors,
            stat=prepared.stat,
            fronts=prepared.fronts,
            job=job,
            original=prepared.original,
            marked=copies.mark(document, chunks) if copies else None,
            label_ids=prepared.label_ids,
            known_as=known_as,
        )
    except Forgotten:  # certainly not stored; after any other error the next start looks whether it was
        recorder.append(ended)
        raise
    # 7 recorded; the projector takes it from the change feed
    recorder.append(replace(ended, outcome=outcome))
    return outcome
