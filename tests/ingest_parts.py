"""Real stores with small stand-ins around them: an embedder that needs no model, a reader that needs no process, a
record that is a list."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence
from pathlib import Path

from ingest.catalogue.catalogue import Catalogue
from ingest.catalogue.worklog import Worklog
from ingest.errors import Quarantined
from ingest.jobs.discover import discover
from ingest.jobs.report import Report
from ingest.jobs.run import Job
from ingest.pipeline import Asked
from ingest.readers.base import Block, RawText
from policies.audit.events import Event
from policies.errors import RecordError
from policies.labels import Level

STAFF = Asked(groups=frozenset({"staff"}), level=Level.INTERNAL, actor="os:tester")


class HashEmbedder:
    """Words for tokens, and a vector of length 1 that only depends on the text. Remembers what it was given."""

    dimension = 4
    digest = "hash-embedder"

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def embed_documents(self, texts: Sequence[str]) -> list[list[float]]:
        self.calls.append(list(texts))
        return [self.vector(text) for text in texts]

    @staticmethod
    def vector(text: str) -> list[float]:
        raw = [byte + 1.0 for byte in hashlib.sha256(text.encode()).digest()[:4]]
        length = sum(number * number for number in raw) ** 0.5
        return [number / length for number in raw]


def read_plainly(data: bytes, name: str) -> RawText:
    """A form feed is a page; a file that says BROKEN is broken."""
    if b"BROKEN" in data:
        raise Quarantined("DAMAGED")
    if b"SURPRISE" in data:
        raise RuntimeError("nobody expected this")
    pages = data.decode().split("\f")
    blocks = tuple(Block(text=text, page=number) for number, text in enumerate(pages, start=1) if text.strip())
    return RawText(title=name, media_type="text/plain", blocks=blocks, pages=len(pages))


class ListRecorder:
    """Keeps the protocol of a recorder: an index for each event. `full_at`: from that index on it cannot record."""

    def __init__(self, full_at: int | None = None) -> None:
        self.events: list[Event] = []
        self.full_at = full_at

    def append(self, event: Event, contents: object = None) -> int:
        if self.full_at is not None and len(self.events) >= self.full_at:
            raise RecordError("The record is full.")
        self.events.append(event)
        return len(self.events) - 1

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.events]


class Room:
    """A catalogue in `folder`, and jobs over it."""

    def __init__(self, folder: Path) -> None:
        self.catalogue = Catalogue(folder)
        self.worklog = Worklog(self.catalogue.database)
        self.recorder = ListRecorder()
        self.embedder = HashEmbedder()
        self.pipeline = "p1"
        self._numbers = itertools.count(1)

    def job(self, asked: Asked = STAFF, *, now: int = 2_000_000_000_000_000, **more: object) -> Job:
        parts: dict[str, object] = {
            "id": f"job-{next(self._numbers)}",
            "asked": asked,
            "catalogue": self.catalogue,
            "worklog": self.worklog,
            "recorder": self.recorder,
            "read": read_plainly,
            "embedder": self.embedder,
            "pipeline": self.pipeline,
            "workers": 2,
            "batch_chunks": 8,
            "now": lambda: now,
        }
        return Job(**(parts | more))  # type: ignore[arg-type]

    def run(self, *paths: Path, asked: Asked = STAFF, **more: object) -> Report:
        found = discover(paths, self.worklog)
        return self.job(asked, **more).run(found.files, found.roots, lambda _: None, found.missing)

    def close(self) -> None:
        self.catalogue.close()


def outcomes(report: Report) -> dict[str, str]:
    """The outcome of each file by its name."""
    return {Path(file.path).name: file.outcome for file in report.files}
