"""`register.db` in the home: the hashes of what was imported, by the name of its source. No value lies in it.

An import replaces its source whole, in one transaction, or not at all. Owners of code names are sealed with the
register's key. A store that was made under another key, or is damaged, cannot be read: then nothing may be sent.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from policies.config import Home
from policies.detect.register.forms import Hasher
from policies.detect.register.index import Index
from policies.errors import DetectorError, UsageError
from policies.keys import Keys

FILE = "register.db"
PURPOSE = "register"
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS about (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, mark BLOB NOT NULL)",
    """CREATE TABLE IF NOT EXISTS sources (
        name TEXT PRIMARY KEY, kind TEXT NOT NULL, rows INTEGER NOT NULL, imported INTEGER NOT NULL, digest BLOB NOT NULL, owners BLOB NOT NULL,
        forms BLOB NOT NULL, kinds BLOB NOT NULL, until BLOB NOT NULL, slips BLOB NOT NULL, words BLOB NOT NULL
    ) STRICT""",
)
_ARRAYS = ("forms", "kinds", "until", "slips", "words")
_TYPES = (np.uint64, np.uint8, np.uint32, np.uint64, np.uint64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One import, as it is listed. `imported` is microseconds since 1970."""

    name: str
    kind: str
    rows: int
    imported: int
    owners: tuple[str, ...] = ()


class Register:
    """The store. Several processes may read it while one writes."""

    def __init__(self, path: Path, key: bytes) -> None:
        self.path = path
        self.hasher = Hasher(key)
        self._key = key

    @classmethod
    def of(cls, home: Home, keys: Keys) -> Register:
        """The register of a home; it need not be there yet."""
        return cls(home.store(FILE), keys.derive(PURPOSE))

    def stamp(self) -> tuple[int, int]:
        """Changes whenever the file does; zeros where there is none."""
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            return (0, 0)
        return (stat.st_mtime_ns, stat.st_size)

    def index(self) -> Index:
        """Everything that was imported."""
        if not self.path.exists():
            return Index.empty()
        with self._open() as db:
            rows = db.execute(f"SELECT {', '.join(_ARRAYS)} FROM sources ORDER BY name").fetchall()  # noqa: S608
        parts = [
            Index(**{name: np.frombuffer(blob, kind) for name, kind, blob in zip(_ARRAYS, _TYPES, row, strict=True)})
            for row in rows
        ]
        return Index.joined(parts)

    def put(self, source: Source, index: Index, digest: bytes) -> None:
        """Take the source in, in place of an earlier one of that name."""
        blobs = [getattr(index, name).tobytes() for name in _ARRAYS]
        with self._open() as db:
            db.execute("BEGIN IMMEDIATE")
            db.execute(
                "INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (source.name, source.kind, source.rows, source.imported, digest, self._seal(source.owners), *blobs),
            )
            db.execute("COMMIT")

    def sources(self) -> list[Source]:
        """What was imported, by name."""
        if not self.path.exists():
            return []
        with self._open() as db:
            rows = db.execute("SELECT name, kind, rows, imported, owners FROM sources ORDER BY name").fetchall()
        return [
            Source(name=name, kind=kind, rows=count, imported=when, owners=self._unseal(owners))
            for name, kind, count, when, owners in rows
        ]

    def digest(self, name: str) -> bytes | None:
        """The keyed digest of what that source was imported from."""
        if not self.path.exists():
            return None
        with self._open() as db:
            row = db.execute("SELECT digest FROM sources WHERE name = ?", (name,)).fetchone()
        return bytes(row[0]) if row else None

    def remove(self, name: str) -> int:
        """Forget a source; how many rows it had."""
        known = {source.name: source for source in self.sources()}
        if name not in known:
            there = ", ".join(known) or "none"
            raise UsageError(f"The register has no source {name!r}.", cure=f"There are: {there}.")
        with self._open() as db:
            db.execute("DELETE FROM sources WHERE name = ?", (name,))
            db.execute("VACUUM")  # so that no hash stays in a free page
        return known[name].rows

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            if not self.path.exists():
                self.path.touch(mode=0o600)
            db = sqlite3.connect(self.path, timeout=30, isolation_level=None)
            try:
                self._prepare(db)
                yield db
            finally:
                db.close()
        except (sqlite3.Error, OSError) as error:
            raise DetectorError(
                f"The register {self.path} cannot be read or written ({type(error).__name__}).",
                cure="Free some space or restore the file from a backup; or delete it and import again.",
            ) from error

    def _prepare(self, db: sqlite3.Connection) -> None:
        """Make the tables of a new file, in one go; reading one that is there writes nothing."""
        mark = self.hasher.check()
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'about'").fetchone():
            db.execute("BEGIN IMMEDIATE")
            for statement in _SCHEMA:
                db.execute(statement)
            db.execute("INSERT OR IGNORE INTO about VALUES (1, 1, ?)", (mark,))
            db.execute("COMMIT")
        version, known = db.execute("SELECT version, mark FROM about").fetchone()
        if version != 1:
            raise DetectorError(f"A newer version wrote {self.path}.", cure="Install the newer version.")
        if not secrets.compare_digest(bytes(known), mark):
            raise DetectorError(
                f"The register {self.path} was made under other keys.",
                cure="Restore the keys of this home; or delete the file and import again.",
            )

    def _seal(self, owners: Sequence[str]) -> bytes:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(12)
        return nonce + AESGCM(self._key).encrypt(nonce, json.dumps(list(owners)).encode(), b"register owners")

    def _unseal(self, sealed: bytes) -> tuple[str, ...]:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            return tuple(json.loads(AESGCM(self._key).decrypt(sealed[:12], sealed[12:], b"register owners")))
        except InvalidTag as error:
            raise DetectorError(
                "The register is damaged.", cure="Restore it from a backup, or import again."
            ) from error
