"""Published retrieval sets, as they lie on disk.

    corpus.jsonl {_id, title, text, metadata}   passages          or   pdfs/   documents whose pages are the items
    queries.jsonl {_id, text, metadata}         qrels/<split>.tsv {query, item, grade}, with a header line

A query's `metadata.filter_document_id` confines it to one document, as a person's rights would. The item of a page is
`NAME#p<page, counted from 0>`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policies.errors import UsageError

TITLES_TELL = frozenset({"medquad-faq"})
"""Sets in which the title is the answer's subject, so that their own description asks to score on text alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    id: str
    document: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One query, with the grade of every item that answers it."""

    text: str
    within: str  # a document's id; empty for all
    wanted: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalSet:
    """Either `passages` or `pdfs`. Queries without an answer in the set are left out."""

    name: str
    split: str
    passages: tuple[Passage, ...]
    pdfs: tuple[Path, ...]
    queries: tuple[Asked, ...]

    @property
    def documents(self) -> int:
        return len(self.passages) or len(self.pdfs)


def load_set(directory: Path, *, split: str | None = None, titles: bool | None = None) -> RetrievalSet:
    """Read a set. `split`: test when there is one, else dev, else the only one. Raises UsageError when it is none."""
    pdfs = tuple(sorted((directory / "pdfs").glob("*.pdf"))) if (directory / "pdfs").is_dir() else ()
    corpus = directory / "corpus.jsonl"
    if not corpus.is_file() and not pdfs:
        if (directory / "contexts.jsonl").is_file():
            raise UsageError(
                f"{directory.name} is not an open retrieval set: its questions make sense only inside their context.",
                cure="Name a set with corpus.jsonl or pdfs/.",
            )
        raise UsageError(f"{directory} holds no retrieval set.", cure="Expected corpus.jsonl or pdfs/, with qrels/.")
    chosen = _split(directory, split)
    wanted = _qrels(directory / "qrels" / f"{chosen}.tsv")
    with_titles = directory.name not in TITLES_TELL if titles is None else titles
    queries = tuple(
        Asked(text=row["text"], within=_confined(row), wanted=wanted[str(row["_id"])])
        for row in _rows(directory / "queries.jsonl")
        if str(row["_id"]) in wanted
    )
    if not queries:
        raise UsageError(f"{directory} has no query with an answer in split {chosen!r}.")
    passages = tuple(_passage(row, with_titles) for row in _rows(corpus)) if corpus.is_file() else ()
    return RetrievalSet(
        name=directory.name, split=chosen, passages=passages, pdfs=() if passages else pdfs, queries=queries
    )


def _split(directory: Path, split: str | None) -> str:
    there = sorted(path.stem for path in (directory / "qrels").glob("*.tsv"))
    for name in (split,) if split else ("test", "dev", *there):
        if name in there:
            return str(name)
    raise UsageError(
        f"{directory} has no split {split!r}." if split else f"{directory} has no qrels.",
        cure=f"There are: {', '.join(there)}." if there else "Expected qrels/<split>.tsv.",
    )


def _passage(row: dict[str, Any], with_title: bool) -> Passage:
    metadata = row.get("metadata") or {}
    return Passage(
        id=str(row["_id"]),
        document=str(metadata.get("document_id", row["_id"])),
        title=row.get("title", "") if with_title else "",
        text=row["text"],
    )


def _confined(row: dict[str, Any]) -> str:
    return str((row.get("metadata") or {}).get("filter_document_id", ""))


def _qrels(path: Path) -> dict[str, dict[str, float]]:
    wanted: dict[str, dict[str, float]] = {}
    for number, line in enumerate(path.read_text().splitlines()):
        if number and line.strip():
            query, item, grade = line.split("\t")
            if float(grade) > 0:
                wanted.setdefault(query, {})[item] = float(grade)
    return wanted


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8") as file:
            for line in file:
                if line.strip():
                    yield json.loads(line)
    except FileNotFoundError:
        raise UsageError(f"{path} is missing.", cure="A retrieval set needs it.") from None
    except ValueError as error:
        raise UsageError(f"{path} is damaged: a line is not JSON.") from error
