"""The record: appending against bare SQLite, and checking a long one."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

from yardstick import Numbers, Scale, percentile, temporary_home

BLOCK = 100


def append_one_by_one(scale: Scale) -> Numbers:
    """In blocks by turns, on the same disk: our appends, then the very same bytes into a bare table, one a commit."""
    from policies.audit.ledger import Ledger
    from policies.keys import Keys

    ours: list[float] = []
    bare: list[float] = []
    with (
        temporary_home() as home,
        Ledger(home, Keys.create(home)) as ledger,
        closing(_bare(home.path.parent / "bare.db")) as db,
    ):
        _append_block(ledger, 8)
        for _ in range(scale.pick(quick=1, usual=20)):
            start, took = _append_block(ledger, BLOCK)
            ours += took
            bare += _insert(db, [body for _, body in ledger.bodies(start)])
    return {
        "append_vs_sqlite": sum(bare) / sum(ours),
        "append_p99_ms": 1000 * percentile(ours, 0.99),
        "append_per_s": len(ours) / sum(ours),
        "sqlite_insert_per_s": len(bare) / sum(bare),
    }


def append_grouped(scale: Scale) -> Numbers:
    """Sixteen threads that append as fast as they can; each goes on when its own record is on the disk."""
    from policies.audit.ledger import Ledger
    from policies.keys import Keys

    each, threads = scale.pick(quick=10, usual=500), 16
    with (
        temporary_home() as home,
        Ledger(home, Keys.create(home)) as ledger,
        ThreadPoolExecutor(threads) as together,
    ):
        begun = time.perf_counter()
        for _ in together.map(lambda _: _append_block(ledger, each), range(threads)):
            pass
        took = time.perf_counter() - begun
    return {"append_grouped_per_s": threads * each / took}


def verify_million(scale: Scale) -> Numbers:
    """A record of questions, decisions, answers and searches with its true tree and every head signed."""
    from policies.audit.verify import verify

    count = scale.pick(quick=20_000, usual=200_000, full=1_000_000)
    with temporary_home() as home:
        public = _long_record(home, count)
        start = time.perf_counter()
        report = verify(home, public)
        took = time.perf_counter() - start
    if not report.intact or report.records != count:
        raise RuntimeError(f"the record of the bench is not whole: {report.findings[:1]}")
    key = "verify_million_s" if count == 1_000_000 else f"verify_million_s_from_{count // 1000}k"
    return {key: took * 1_000_000 / count}


def _append_block(ledger: Any, count: int) -> tuple[int, list[float]]:
    """The index of the first, and the seconds of each."""
    start, took = ledger.head().size, []
    for event in _events(start, count):
        begun = time.perf_counter()
        ledger.append(event)
        took.append(time.perf_counter() - begun)
    return start, took


def _events(start: int, count: int) -> Iterator[Any]:
    """What a question leaves behind, and a search, over and over."""
    from policies.audit.events import Answered, Decided, QuestionAsked, TextShown

    one = {"chunk": "c" * 36, "document": "d" * 36, "version": "0" * 64, "label": "internal"}
    passages = [{**one, "rank": rank} for rank in range(1, 6)]
    for number in range(start, start + count):
        match number % 4:
            case 0:
                yield QuestionAsked(actor="p", conversation="7" * 36, question_kind="documents", label="public")
            case 1:
                reason = {"rule": "KIND_DOCUMENTS", "source": "question", "detail": "Answered here."}
                yield Decided(
                    actor="p",
                    question=number - 1,
                    verdict="local",
                    reasons=[reason],
                    label="internal",
                    rulebook="0" * 64,
                    passages=passages,
                )
            case 2:
                yield Answered(
                    actor="p",
                    closes=number - 2,
                    outcome="answered",
                    route="local",
                    label="internal",
                    model="m",
                    model_digest="0" * 64,
                    shown=3,
                    removed=0,
                    citations=[{"n": n, "chunk": "c" * 36, "document": "d" * 36} for n in (1, 2)],
                )
            case _:
                yield TextShown(actor="p", how="search", shown=passages)


def _bare(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE records(seq INTEGER PRIMARY KEY, body TEXT NOT NULL)")
    return db


def _insert(db: sqlite3.Connection, bodies: Sequence[str]) -> list[float]:
    took = []
    for body in bodies:
        begun = time.perf_counter()
        db.execute("INSERT INTO records(body) VALUES(?)", (body,))
        took.append(time.perf_counter() - begun)
    return took


def _long_record(home: Any, count: int) -> bytes:
    """Four records are appended as ever; the rest is written in one transaction with the same hashes and signatures,
    since a million commits would take half an hour. Returns the public key."""
    from policies.audit.canonical import written
    from policies.audit.checkpoint import sign_head
    from policies.audit.ledger import Ledger
    from policies.audit.tree import Frontier, leaf_hash
    from policies.keys import Keys

    keys = Keys.create(home)
    with Ledger(home, keys) as ledger:
        _append_block(ledger, 4)
        bodies = [body for _, body in ledger.bodies()]
    frontier = Frontier()
    frontier.extend([leaf_hash(body.encode()) for body in bodies])
    patterns = [json.loads(body) for body in bodies]
    db = sqlite3.connect(home.path / "ledger" / "ledger.db", isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    for seq in range(4, count):
        body = dict(patterns[seq % 4], seq=seq, time=patterns[3]["time"] + seq)
        body |= {name: seq - seq % 4 for name in ("question", "closes") if name in body}
        text = written(body)
        frontier.append(leaf_hash(text.encode()))
        root = frontier.root()
        db.execute("INSERT INTO records(seq, body) VALUES(?, ?)", (seq, text))
        db.execute("INSERT INTO heads VALUES(?, ?, ?)", (seq + 1, root, sign_head(keys, home.id, seq + 1, root)))
    db.execute("COMMIT")
    db.close()
    return keys.public
