"""This machine: files are read by a few workers at once, embedded together, stored by whoever asked.

A worker is a thread that waits for its own sandbox process, so reading runs on other processors while this one
embeds; and while one batch is embedded, whoever asked stores the batch before it. What is promised: each file is
prepared once and handed over once; at most `2 × workers` prepared files and three batches of chunks (one that fills,
one that is embedded, one that is stored) are in memory, however many files there are.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from ingest.pipeline import Prepared
from ingest.readers.base import RawText
from ingest.sandbox import Limits, Sandbox

Task = TypeVar("Task")
Result = TypeVar("Result")
Vectors = Any  # rows of numbers: a numpy array, or a list of lists in a test


def run(
    tasks: Iterable[Task],
    *,
    prepare: Callable[[Task], Result],
    embed: Callable[[Sequence[str]], Vectors],
    workers: int,
    batch_chunks: int,
    follow: Callable[[Task], Sequence[Task]] = lambda _: (),
) -> Generator[tuple[Task, Result | Prepared, Vectors], None, None]:
    """Every task with what `prepare` made of it, as they end; a prepared document comes with its vectors. `follow`
    gives the tasks that were found while one was prepared: they come next. Once closed, no worker runs any more."""
    batch: list[tuple[Task, Prepared]] = []
    size = 0
    pool = ThreadPoolExecutor(workers, thread_name_prefix="reading")
    embedding = _Embedding(embed)
    try:
        for task, result in _in_parallel(pool, iter(tasks), prepare, 2 * workers, follow):
            if not isinstance(result, Prepared):
                yield task, result, ()
                continue
            batch.append((task, result))
            size += len(result.chunks)
            if size >= batch_chunks:
                yield from embedding.next(batch)
                batch, size = [], 0
        yield from embedding.next(batch)
        yield from embedding.next([])
    finally:
        pool.shutdown(cancel_futures=True)
        embedding.close()


class _Embedding:
    """One batch at a time, in a thread of its own."""

    def __init__(self, embed: Callable[[Sequence[str]], Vectors]) -> None:
        self._embed = embed
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="embedding")
        self._batch: Sequence[tuple[Any, Prepared]] = []
        self._vectors: Future[Vectors] | None = None

    def next(self, batch: Sequence[tuple[Task, Prepared]]) -> Iterator[tuple[Task, Prepared, Vectors]]:
        """Wait for the batch before this one, begin this one, and give the one before with its vectors. One call of
        the embedder for each: short texts of one document fill up the batches of another."""
        before, vectors = self._batch, self._vectors.result() if self._vectors else ()
        texts = [text for _, prepared in batch for text in prepared.texts]
        self._batch, self._vectors = batch, self._pool.submit(self._embed, texts) if batch else None
        start = 0
        for task, prepared in before:
            yield task, prepared, vectors[start : start + len(prepared.chunks)]
            start += len(prepared.chunks)

    def close(self) -> None:
        """Wait for the embedder to come back; nobody asks for what it brings."""
        self._pool.shutdown(cancel_futures=True)


def _in_parallel(
    pool: ThreadPoolExecutor,
    tasks: Iterator[Task],
    prepare: Callable[[Task], Any],
    ahead: int,
    follow: Callable[[Task], Sequence[Task]],
) -> Iterator[tuple[Task, Any]]:
    pending: dict[Future[Any], Task] = {}
    found: list[Task] = []  # before the others: what a file holds lies in memory
    while True:
        for task in islice(_drained(found, tasks), ahead - len(pending)):
            pending[pool.submit(prepare, task)] = task
        if not pending:
            return
        done, _ = wait(pending, return_when=FIRST_COMPLETED)
        for future in [future for future in pending if future in done]:  # the oldest first
            task, result = pending.pop(future), future.result()
            found.extend(reversed(follow(task)))
            yield task, result


def _drained(found: list[Task], tasks: Iterator[Task]) -> Iterator[Task]:
    while found:
        yield found.pop()
    yield from tasks


class Sandboxes:
    """One sandbox a worker: a reader that takes long keeps no other one waiting."""

    def __init__(
        self, workers: int, limits: Limits, check: Callable[[bytes], None] | None = None, *, whisper: Path | None = None
    ) -> None:
        """`check` sees the bytes of a file before any reader does; what it raises, `read` raises. `whisper`: see
        `Sandbox`."""
        self._limits = limits
        self._check = check
        self._all = [Sandbox(whisper=whisper) for _ in range(workers)]
        self._free: queue.LifoQueue[Sandbox] = queue.LifoQueue()
        for sandbox in self._all:
            self._free.put(sandbox)

    def read(self, data: bytes, name: str) -> RawText:
        """See `Sandbox.read`."""
        if self._check:
            self._check(data)
        sandbox = self._free.get()
        try:
            return sandbox.read(data, name, limits=self._limits)
        finally:
            self._free.put(sandbox)

    def page_image(self, data: bytes, page: int, quotes: Sequence[str] = ()) -> bytes:
        """See `Sandbox.page_image`."""
        sandbox = self._free.get()
        try:
            return sandbox.page_image(data, page, quotes=quotes, limits=self._limits)
        finally:
            self._free.put(sandbox)

    def close(self) -> None:
        for sandbox in self._all:
            sandbox.close()
