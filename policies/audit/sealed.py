"""What people wrote, kept apart from the record and readable only while its owner's key lives.

Each item has its own AES-256-GCM key, wrapped by the key of its owner (`person:ID` or `document:ID`), wrapped
by the house key. The record holds a commitment: HMAC-SHA256 of the text under a random salt that is sealed
with it. So the salt and the text together prove to anybody what the record meant, and neither the record nor
a destroyed item lets anybody guess. Owners are stored as pseudonyms.

Destroying an owner's key makes everything sealed for them unreadable, in every copy made after it too.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from policies.audit.events import Content
from policies.audit.store import open_store, reading, record_error
from policies.audit.writers import uuid7
from policies.config import Home
from policies.errors import RecordError, UnavailableError
from policies.keys import Keys

SCHEMA = 1
Name = TypeVar("Name")
_TABLES = """
CREATE TABLE owners(id INTEGER PRIMARY KEY, owner TEXT NOT NULL, wrapped BLOB);
CREATE UNIQUE INDEX living ON owners(owner) WHERE wrapped IS NOT NULL;
CREATE TABLE items(id TEXT PRIMARY KEY, owner INTEGER NOT NULL REFERENCES owners(id), wrapped BLOB NOT NULL,
                   body BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX owned ON items(owner);
"""
_COMMITMENT = b"ringfence-commitment-1\x00"


class GoneError(UnavailableError):
    """The text was erased: its owner's key is destroyed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A text that was sealed, with the salt that ties it to its commitment in the record."""

    text: str
    salt: bytes

    @property
    def mac(self) -> str:
        return commitment(self.salt, self.text)


def commitment(salt: bytes, text: str) -> str:
    """What the record says of a text: it binds, and tells nothing to whoever lacks the salt."""
    # A text may hold half a character (JSON lets one in): it is recorded as it came.
    return hmac.new(salt, _COMMITMENT + text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def refuse_unowned(contents: Mapping[str, Content]) -> None:
    """Raise RecordError for a text that nobody could ever have erased, or a name the record cannot hold."""
    for name, content in contents.items():
        if not name.isascii():
            raise RecordError("A sealed text has a name that is not ASCII.", cure="Name it in plain letters.")
        if not content.owner.startswith(("person:", "document:")):
            raise RecordError("A sealed text has no owner.", cure="Name it as person:ID or document:ID.")


class Sealed:
    """`sealed/sealed.db` of one home. Safe for several threads and processes."""

    def __init__(self, home: Home, keys: Keys) -> None:
        self.path = home.store("sealed", "sealed.db")
        self._keys = keys
        self._lock = threading.Lock()
        self._db = open_store(home, self.path, schema=SCHEMA, tables=_TABLES)

    def close(self) -> None:
        """Let go of the file. Waits for a thread that is inside: SQLite crashes under a closed connection."""
        with self._lock:
            self._db.close()

    def seal(self, contents: Mapping[Name, Content]) -> dict[Name, dict[str, str]]:
        """Seal texts durably; returns their commitments. Raises RecordError when it cannot."""
        if not contents:
            return {}
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                sealed = {name: self._seal(content) for name, content in contents.items()}
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                self._roll_back()
                raise record_error(self.path.name, error) from error
            except BaseException:
                self._roll_back()
                raise
            return sealed

    def open_item(self, item: str) -> Opened:
        """Open one item. Raises GoneError when it was erased, RecordError when it is missing or damaged."""
        try:
            with reading(self.path) as db:
                row = db.execute(
                    "SELECT items.owner, items.wrapped, body, owners.owner, owners.wrapped"
                    " FROM items JOIN owners ON owners.id = items.owner WHERE items.id = ?",
                    (item,),
                ).fetchone()
        except sqlite3.Error as error:
            raise record_error(self.path.name, error) from error
        if row is None:
            raise RecordError("This sealed text is missing.", cure="Restore sealed.db from a backup.")
        number, wrapped, body, owner, owner_wrapped = row
        if owner_wrapped is None:
            raise GoneError("This text was erased.")
        owner_key = self._unwrap(self._keys.derive("wrap"), owner_wrapped, f"owner/{number}/{owner}")
        item_key = self._unwrap(owner_key, wrapped, f"item/{item}/{owner}")
        stated = json.loads(self._unwrap(item_key, body, f"body/{item}"))
        return Opened(text=stated["text"], salt=bytes.fromhex(stated["salt"]))

    def destroy(self, owner: str) -> list[str]:
        """Destroy the key of `owner`; returns the ids of the items that nobody can read any more.

        Also the texts themselves are overwritten, and no older page stays behind in the write-ahead log: raises
        RecordError while somebody still reads one. To be called again, then and after a kill.
        """
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                found = self._db.execute(
                    "SELECT id FROM owners WHERE owner = ? AND wrapped IS NOT NULL", (self._hidden(owner),)
                ).fetchone()
                items: list[str] = []
                if found:
                    items = [row[0] for row in self._db.execute("SELECT id FROM items WHERE owner = ?", found)]
                    self._db.execute("UPDATE owners SET wrapped = NULL WHERE id = ?", found)
                    self._db.execute("UPDATE items SET wrapped = x'', body = x'' WHERE owner = ?", found)
                self._db.execute("COMMIT")
                (busy, *_) = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            except sqlite3.Error as error:
                self._roll_back()
                raise record_error(self.path.name, error) from error
        if busy:
            raise RecordError(f"{self.path.name} is in use by another process.", cure="Try again in a moment.")
        return sorted(items)

    def has_key(self, owner: str) -> bool:
        """Whether something is sealed for `owner` that can be read."""
        return self._items(owner, "IS NOT NULL LIMIT 1") != []

    def destroyed(self, owner: str) -> list[str]:
        """The ids of all that was ever sealed for `owner` under a key that is destroyed."""
        return sorted(self._items(owner, "IS NULL"))

    def _items(self, owner: str, key: str) -> list[str]:
        join = "SELECT items.id FROM owners JOIN items ON items.owner = owners.id"
        query = f"{join} WHERE owners.owner = ? AND owners.wrapped {key}"
        try:
            with reading(self.path) as db:
                return [row[0] for row in db.execute(query, (self._hidden(owner),))]
        except sqlite3.Error as error:
            raise record_error(self.path.name, error) from error

    def _seal(self, content: Content) -> dict[str, str]:
        owner = self._hidden(content.owner)
        number, owner_key = self._owner_key(owner)
        item, item_key, salt = uuid7(), secrets.token_bytes(32), secrets.token_bytes(32)
        stated = json.dumps({"salt": salt.hex(), "text": content.text}).encode()
        self._db.execute(
            "INSERT INTO items(id, owner, wrapped, body) VALUES(?, ?, ?, ?)",
            (
                item,
                number,
                _wrap(owner_key, item_key, f"item/{item}/{owner}"),
                _wrap(item_key, stated, f"body/{item}"),
            ),
        )
        return {"sealed": item, "mac": commitment(salt, content.text)}

    def _owner_key(self, owner: str) -> tuple[int, bytes]:
        house = self._keys.derive("wrap")
        row = self._db.execute(
            "SELECT id, wrapped FROM owners WHERE owner = ? AND wrapped IS NOT NULL", (owner,)
        ).fetchone()
        if row:
            return row[0], self._unwrap(house, row[1], f"owner/{row[0]}/{owner}")
        key = secrets.token_bytes(32)
        number = self._db.execute("INSERT INTO owners(owner) VALUES(?)", (owner,)).lastrowid
        wrapped = _wrap(house, key, f"owner/{number}/{owner}")
        self._db.execute("UPDATE owners SET wrapped = ? WHERE id = ?", (wrapped, number))
        return int(number or 0), key

    def _hidden(self, owner: str) -> str:
        return self._keys.mac("owner", owner.encode()).hex()

    def _unwrap(self, key: bytes, blob: bytes, bound_to: str) -> bytes:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            return AESGCM(key).decrypt(blob[:12], blob[12:], bound_to.encode())
        except (InvalidTag, ValueError, TypeError):
            raise RecordError(
                f"A sealed text cannot be opened: {self.path.name} is damaged or belongs to other keys.",
                cure="Restore it, or its keys, from a backup.",
            ) from None

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            self._db.rollback()


def _wrap(key: bytes, data: bytes, bound_to: str) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(12)
    return nonce + AESGCM(key).encrypt(nonce, data, bound_to.encode())
