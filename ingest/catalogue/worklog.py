"""What happened to files: the jobs, the files set aside, the folders that were taken in."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ingest.catalogue import rows
from ingest.catalogue.database import Database
from ingest.catalogue.rows import SetAside, Stat
from policies.labels import Level, parse_categories
from policies.vocabulary import SourceRef


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """`state`: running, done, stopped (an error ended it) or interrupted (its process died)."""

    id: str
    started: int
    ended: int
    state: str
    paths: tuple[str, ...]
    counts: Mapping[str, int]


class Worklog:
    def __init__(self, database: Database) -> None:
        self._database = database

    # -- jobs ----------------------------------------------------------------------------------------------

    def start_job(self, job: str, paths: Sequence[str], now: int) -> None:
        with self._database.writing() as db:
            db.execute(
                "INSERT INTO jobs (id, started, ended, state, paths, counts) VALUES (?, ?, 0, 'running', ?, '{}')",
                (job, now, json.dumps(list(paths))),
            )

    def end_job(self, job: str, state: str, counts: Mapping[str, int], now: int) -> None:
        with self._database.writing() as db:
            db.execute(
                "UPDATE jobs SET state = ?, counts = ?, ended = ? WHERE id = ?",
                (state, json.dumps(dict(counts)), now, job),
            )

    def jobs(self, limit: int = 50) -> list[JobRow]:
        """The newest first."""
        with self._database.reading() as db:
            found = db.execute("SELECT * FROM jobs ORDER BY started DESC, id DESC LIMIT ?", (limit,)).fetchall()
        return [_job(row) for row in found]

    def running(self) -> list[JobRow]:
        """Jobs that have not ended, as far as the catalogue knows."""
        with self._database.reading() as db:
            return [_job(row) for row in db.execute("SELECT * FROM jobs WHERE state = 'running'")]

    # -- files set aside -----------------------------------------------------------------------------------

    def put_aside(self, file: SetAside, now: int) -> None:
        with self._database.writing() as db:
            db.execute(
                """INSERT INTO set_aside VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)
                   ON CONFLICT (document) DO UPDATE SET
                     version = excluded.version, pipeline = excluded.pipeline, size = excluded.size,
                     mtime = excluded.mtime, checked = excluded.checked, outcome = excluded.outcome,
                     reason = excluded.reason, level = max(level, excluded.level), groups = excluded.groups,
                     job = excluded.job, at = excluded.at, times = times + 1, categories = excluded.categories,
                     named = max(named, excluded.named)""",
                (
                    file.ref.document,
                    file.ref.source,
                    file.ref.path,
                    file.stat.version,
                    file.stat.pipeline,
                    file.stat.size,
                    file.stat.mtime,
                    file.stat.checked,
                    file.outcome,
                    file.reason,
                    int(file.level),
                    rows.pack_names(file.groups),
                    file.job,
                    now,
                    rows.pack_names(file.categories),
                    int(file.named),
                ),
            )

    def regroup(self, document: str, groups: frozenset[str]) -> None:
        """Who may know of a file that is set aside, if it is."""
        with self._database.reading() as db:
            row = db.execute("SELECT groups FROM set_aside WHERE document = ?", (document,)).fetchone()
        if row and rows.unpack_names(row["groups"]) != groups:
            with self._database.writing() as db:
                db.execute("UPDATE set_aside SET groups = ? WHERE document = ?", (rows.pack_names(groups), document))

    def take_back(self, document: str) -> bool:
        """The file is gone, or fine again: it is no longer set aside. Whether it was."""
        with self._database.writing() as db:
            return db.execute("DELETE FROM set_aside WHERE document = ?", (document,)).rowcount > 0

    def set_aside(self) -> list[SetAside]:
        """The files that wait for a person: not those that somebody said never to mind."""
        with self._database.reading() as db:
            return [
                _aside(row)
                for row in db.execute("SELECT * FROM set_aside WHERE outcome <> 'skipped' ORDER BY source, path")
            ]

    def never_mind(self, document: str, reason: str) -> SetAside | None:
        """The file is skipped as it is, and no longer listed. Returns it as it was, or None when it was not listed."""
        with self._database.writing() as db:
            row = db.execute(
                "SELECT * FROM set_aside WHERE document = ? AND outcome <> 'skipped'", (document,)
            ).fetchone()
            db.execute("UPDATE set_aside SET outcome = 'skipped', reason = ? WHERE document = ?", (reason, document))
        return _aside(row) if row else None

    def aside(self, document: str) -> SetAside | None:
        with self._database.reading() as db:
            row = db.execute("SELECT * FROM set_aside WHERE document = ?", (document,)).fetchone()
        return _aside(row) if row else None

    # -- folders -------------------------------------------------------------------------------------------

    def known_under(self, source: str, root: str) -> Iterator[SourceRef]:
        """What was taken in, or set aside, at `root` or below it."""
        below = root.rstrip("/") + "/"
        where = "source = ? AND (path = ? OR (path >= ? AND path < ?))"
        values = (source, root, below, below[:-1] + "0") * 2  # "0" is the character after "/"
        with self._database.reading() as db:
            found = db.execute(
                f"SELECT source, path FROM documents WHERE {where}"  # noqa: S608
                f" UNION SELECT source, path FROM set_aside WHERE {where} ORDER BY path",
                values,
            ).fetchall()
        for row in found:
            yield SourceRef(source=row["source"], path=row["path"])

    def devices(self, root: str) -> dict[str, int]:
        """The file systems that `root`, and folders within it, lay on when they were last taken in."""
        below = root.rstrip("/") + "/"
        with self._database.reading() as db:
            found = db.execute(
                "SELECT path, device FROM roots WHERE path = ? OR (path >= ? AND path < ?)",
                (root, below, below[:-1] + "0"),
            ).fetchall()
        return {row["path"]: int(row["device"]) for row in found}

    def remember_root(self, root: str, device: int) -> None:
        with self._database.writing() as db:
            db.execute("INSERT OR REPLACE INTO roots (path, device) VALUES (?, ?)", (root, device))


def _job(row: sqlite3.Row) -> JobRow:
    return JobRow(
        id=row["id"],
        started=row["started"],
        ended=row["ended"],
        state=row["state"],
        paths=tuple(json.loads(row["paths"])),
        counts=json.loads(row["counts"]),
    )


def _aside(row: sqlite3.Row) -> SetAside:
    return SetAside(
        ref=SourceRef(source=row["source"], path=row["path"]),
        stat=Stat(
            size=row["size"],
            mtime=row["mtime"],
            checked=row["checked"],
            version=row["version"],
            pipeline=row["pipeline"],
        ),
        outcome=row["outcome"],
        reason=row["reason"],
        level=Level(row["level"]),
        groups=rows.unpack_names(row["groups"]),
        job=row["job"],
        at=row["at"],
        times=row["times"],
        categories=parse_categories(rows.unpack_names(row["categories"])),
        named=bool(row["named"]),
    )
