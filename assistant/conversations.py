"""What was said, sealed; and the label of each conversation, which never falls.

Titles and messages are AES-256-GCM under a key derived for their person; the label, the kind and the times are
not, so that the label can be raised in one statement: `max(old, new)` inside the database, whatever process asks.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.database import Database
from policies.audit.writers import uuid7
from policies.errors import RefusedError, UnavailableError
from policies.labels import PUBLIC, Label, parse_label
from policies.vocabulary import Kind, Turn

SCHEMA = """
CREATE TABLE conversations (id TEXT PRIMARY KEY, person TEXT NOT NULL, kind TEXT NOT NULL, label TEXT NOT NULL,
    title BLOB NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL);
CREATE INDEX of_person ON conversations(person, updated);
CREATE TABLE messages (conversation TEXT NOT NULL REFERENCES conversations(id), n INTEGER NOT NULL, role TEXT NOT NULL,
    label TEXT NOT NULL, body BLOB NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (conversation, n));
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    id: str
    kind: Kind
    label: Label
    title: str
    updated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`extra` is what a face needs to show it again: citations, outcome, record; JSON values. `at` is set when it
    is kept."""

    role: str
    text: str
    label: Label
    at: int = 0
    extra: dict[str, Any] = field(default_factory=dict)


class Conversations:
    """The conversations of one home. `derive` gives a 32-byte key for a purpose."""

    def __init__(self, path: Path, *, derive: Callable[[str], bytes], clock: Callable[[], int]) -> None:
        self._database = Database(path, schema=SCHEMA, version=1)
        self._derive = derive
        self._clock = clock

    def start(self, person: str, kind: Kind, title: str) -> Conversation:
        now = self._clock()
        conversation = Conversation(id=uuid7(), kind=kind, label=PUBLIC, title=title, updated=now)
        sealed = self._seal(person, conversation.id, title)
        with self._database.write() as connection:
            row = (conversation.id, person, kind, str(PUBLIC), sealed, now, now)
            connection.execute("INSERT INTO conversations VALUES (?,?,?,?,?,?,?)", row)
        return conversation

    def get(self, person: str, conversation: str) -> Conversation:
        """Raises RefusedError when it is not this person's; the same for one that does not exist."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT * FROM conversations WHERE id = ? AND person = ?", (conversation, person)
            ).fetchone()
        if row is None:
            raise RefusedError("There is no such conversation.", cure="Start a new one.")
        return self._conversation(person, row)

    def of(self, person: str, limit: int = 100) -> list[Conversation]:
        """A person's own, newest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT * FROM conversations WHERE person = ? ORDER BY updated DESC LIMIT ?", (person, limit)
            ).fetchall()
        return [self._conversation(person, row) for row in rows]

    def raise_label(self, conversation: str, label: Label) -> Label:
        """Join `label` to the conversation's, durably, and return the result."""
        with self._database.write() as connection:
            row = connection.execute("SELECT label FROM conversations WHERE id = ?", (conversation,)).fetchone()
            # A conversation that cannot be found has no label, and no label is the top.
            joined = parse_label(row["label"] if row else None).raised(label)
            connection.execute("UPDATE conversations SET label = ? WHERE id = ?", (str(joined), conversation))
        return joined

    def add(self, person: str, conversation: str, *messages: Message) -> int:
        """Append messages, all in one transaction: a question and its answer are never parted.
        Returns the first one's place; 0 when the conversation was erased meanwhile, and then nothing is kept."""
        now = self._clock()
        with self._database.write() as connection:
            if not connection.execute("SELECT 1 FROM conversations WHERE id = ?", (conversation,)).fetchone():
                return 0
            (n,) = connection.execute(
                "SELECT COALESCE(MAX(n), 0) FROM messages WHERE conversation = ?", (conversation,)
            ).fetchone()
            for place, message in enumerate(messages, start=n + 1):
                body = self._body(person, conversation, message)
                row = (conversation, place, message.role, str(message.label), body, message.at or now)
                connection.execute("INSERT INTO messages VALUES (?,?,?,?,?,?)", row)
            connection.execute("UPDATE conversations SET updated = ? WHERE id = ?", (now, conversation))
        return int(n) + 1

    def complete(self, person: str, conversation: str, place: int, message: Message) -> None:
        """Put `message` in the place of one that was kept before there was anything to say."""
        row = (str(message.label), self._body(person, conversation, message), conversation, place)
        with self._database.write() as connection:
            connection.execute("UPDATE messages SET label = ?, body = ? WHERE conversation = ? AND n = ?", row)

    def people(self) -> set[str]:
        """Who has conversations."""
        with self._database.read() as connection:
            return {row["person"] for row in connection.execute("SELECT DISTINCT person FROM conversations")}

    def erase(self, person: str) -> int:
        """Delete all that this person has, for good. Returns how many conversations that were."""
        with self._database.write() as connection:
            connection.execute(
                "DELETE FROM messages WHERE conversation IN (SELECT id FROM conversations WHERE person = ?)", (person,)
            )
            count = connection.execute("DELETE FROM conversations WHERE person = ?", (person,)).rowcount
        self._database.empty_log()
        return count

    def messages(self, person: str, conversation: str) -> list[Message]:
        self.get(person, conversation)
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT * FROM messages WHERE conversation = ? ORDER BY n", (conversation,)
            ).fetchall()
        found = []
        for row in rows:
            body = json.loads(self._open(person, conversation, row["body"]))
            label = parse_label(row["label"])
            found.append(Message(role=row["role"], text=body["text"], label=label, at=row["at"], extra=body["extra"]))
        return found

    def history(self, person: str, conversation: str, turns: int) -> tuple[Turn, ...]:
        """The newest messages as prompt turns, oldest first, without answers that never came."""
        recent = [message for message in self.messages(person, conversation)[-turns:] if message.text]
        return tuple(Turn(role=message.role, text=message.text, label=message.label) for message in recent)

    # ---------------------------------------------------------------------------------------------------

    def _conversation(self, person: str, row: Any) -> Conversation:
        return Conversation(
            id=row["id"],
            kind=Kind(row["kind"]),
            label=parse_label(row["label"]),
            title=self._open(person, row["id"], row["title"]),
            updated=row["updated"],
        )

    def _body(self, person: str, conversation: str, message: Message) -> bytes:
        return self._seal(person, conversation, json.dumps({"text": message.text, "extra": message.extra}))

    def _seal(self, person: str, conversation: str, text: str) -> bytes:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(12)
        return nonce + AESGCM(self._key(person)).encrypt(nonce, text.encode(), conversation.encode())

    def _open(self, person: str, conversation: str, sealed: bytes) -> str:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            return AESGCM(self._key(person)).decrypt(sealed[:12], sealed[12:], conversation.encode()).decode()
        except InvalidTag as error:
            raise UnavailableError(
                "A sealed conversation cannot be opened: its key is another, or it was changed.",
                cure="Check that RINGFENCE_KEYS names this home's keys.",
            ) from error

    def _key(self, person: str) -> bytes:
        return self._derive(f"conversations {person}")
