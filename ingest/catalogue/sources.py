"""The saved sources: their names, their rules, and how it went the last time.

What is promised: a folder belongs to one source at most, so that of each file one rule says who reads it.
"""

from __future__ import annotations

import difflib
import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from ingest.catalogue import rows
from ingest.catalogue.database import Database
from ingest.sources.saved import Keeping, Saved
from policies.errors import UsageError
from policies.labels import Level, parse_categories


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A saved source, and how it stands. `state`: new, running, done, withheld (done, but for deleting), stopped,
    unseen or refused, of the last try; `tried` and `synced`: when that was, and when it last went well (microseconds, 0
    for never). `place` and `manifest` are what the folder and its manifest were known by when it was last looked
    through."""

    saved: Saved
    tried: int
    synced: int
    state: str
    place: str
    manifest: str


class SavedSources:
    def __init__(self, database: Database, *, is_running: Callable[[Saved], bool] = lambda _: False) -> None:
        """`is_running`: whether the process that syncs a source still lives."""
        self._database = database
        self._is_running = is_running

    def add(self, saved: Saved, record: Callable[[], object]) -> None:
        """`record` puts it on the record, before it is there. Raises UsageError for a name that is taken, and for a
        folder that lies in another source's or holds one."""
        columns = {
            "name": saved.name,
            "path": saved.path,
            "owner": saved.owner,
            "groups": rows.pack_names(saved.groups),
            "level": -1 if saved.level is None else int(saved.level),
            "categories": rows.pack_names(saved.categories),
            "folders": json.dumps({folder: int(level) for folder, level in saved.folders.items()}, ensure_ascii=False),
            "originals": str(saved.originals),
        }
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        with self._database.writing() as db:
            for one in _all(db):
                _refuse_overlap(saved, one.saved)
            record()
            db.execute(f"INSERT INTO sources ({names}) VALUES ({marks})", tuple(columns.values()))  # noqa: S608

    def all(self) -> list[Standing]:
        """By name. One whose sync died is `stopped`."""
        with self._database.reading() as db:
            found = _all(db)
        return [
            replace(one, state="stopped") if one.state == "running" and not self._is_running(one.saved) else one
            for one in found
        ]

    def named(self, names: Sequence[str]) -> list[Standing]:
        """Those sources, or all when none is named. Raises UsageError for a name that no source has."""
        found = {one.saved.name: one for one in self.all()}
        for name in names:
            if name not in found:
                near = difflib.get_close_matches(name, found, n=1)
                cure = f"Did you mean {near[0]!r}?" if near else "`ringfence sources list` shows those there are."
                raise UsageError(f"There is no source {name!r}.", cure=cure)
        return [found[name] for name in dict.fromkeys(names or found)]

    def touching(self, path: PurePath) -> Saved | None:
        """The source that `path` lies in, or that lies in `path`."""
        return next((one.saved for one in self.all() if _overlap(path, PurePath(one.saved.path))), None)

    def documents(self, saved: Saved) -> int:
        """How many documents lie in its folder."""
        below = saved.path.rstrip("/") + "/"
        with self._database.reading() as db:
            found = db.execute(
                "SELECT count(*) FROM documents WHERE path >= ? AND path < ?", (below, below[:-1] + "0")
            ).fetchone()
        return int(found[0])

    def tried(self, name: str, state: str, now: int) -> None:
        """It did not go well; what is known of the place stays."""
        with self._database.writing() as db:
            db.execute("UPDATE sources SET state = ?, tried = ? WHERE name = ?", (state, now, name))

    def began(self, name: str, now: int, *, place: str, manifest: str) -> None:
        """A sync runs; `place` and `manifest` are what the folder and its manifest are known by from now on."""
        with self._database.writing() as db:
            db.execute(
                "UPDATE sources SET state = 'running', tried = ?, place = ?, manifest = ? WHERE name = ?",
                (now, place, manifest, name),
            )

    def synced(self, name: str, state: str, now: int) -> None:
        """It went well, or did but for deleting."""
        with self._database.writing() as db:
            db.execute("UPDATE sources SET state = ?, tried = ?, synced = ? WHERE name = ?", (state, now, now, name))

    def remove(self, name: str) -> None:
        """Its documents stay."""
        with self._database.writing() as db:
            db.execute("DELETE FROM sources WHERE name = ?", (name,))


def _refuse_overlap(new: Saved, other: Saved) -> None:
    if new.name == other.name:
        raise UsageError(
            f"There is a source {new.name!r} already: {other.path}.",
            cure=f"Choose another name, or `ringfence sources remove {new.name}` first; its documents stay.",
        )
    if _overlap(PurePath(new.path), PurePath(other.path)):
        raise UsageError(
            f"{new.path} overlaps with the source {other.name!r} at {other.path}.",
            cure="A file belongs to one source: give folders their levels with --folder-level and their groups in a "
            "manifest, or keep the sources apart.",
        )


def _overlap(one: PurePath, other: PurePath) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)


def _all(db: sqlite3.Connection) -> list[Standing]:
    return [_standing(row) for row in db.execute("SELECT * FROM sources ORDER BY name").fetchall()]


def _standing(row: sqlite3.Row) -> Standing:
    saved = Saved(
        name=row["name"],
        path=row["path"],
        owner=row["owner"],
        groups=rows.unpack_names(row["groups"]),
        level=None if row["level"] < 0 else Level(row["level"]),
        categories=parse_categories(rows.unpack_names(row["categories"])),
        folders={folder: Level(level) for folder, level in json.loads(row["folders"]).items()},
        originals=Keeping(row["originals"]),
    )
    return Standing(saved=saved, **{name: row[name] for name in ("tried", "synced", "state", "place", "manifest")})
