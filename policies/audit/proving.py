"""What can be handed outside: the newest checkpoint, and the proof of one record."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from typing import Any

from policies.audit.checkpoint import (
    note_text,
    origin_of,
    parse_proof,
    render,
    render_proof,
    sign_head,
    verifier_key,
)
from policies.audit.ledger import SCHEMA
from policies.audit.store import reading, record_error, refuse_newer
from policies.audit.tree import EMPTY, inclusion_proof, leaf_hash, tree_root, verify_inclusion
from policies.config import Home
from policies.errors import RecordError, RefusedError, UnavailableError, UsageError
from policies.keys import Keys, verify

_VERIFY = "Run `ringfence audit verify` to see where, then restore the ledger from a backup."


def newest_checkpoint(home: Home, keys: Keys) -> str:
    """The newest head as a signed note. Only reads; refuses a head that this home's key did not sign."""
    with _ledger(home) as db:
        return _newest(db, home, keys)[1]


def prove(home: Home, keys: Keys, seq: int) -> tuple[str, str]:
    """The exact text of record `seq` and a tlog-proof file that it stands in the newest tree.

    Raises UsageError when there is no such record, RecordError when the records do not give the newest head.
    """
    with _ledger(home) as db:
        db.execute("BEGIN")
        (size, root), note = _newest(db, home, keys)
        if not 0 <= seq < size:
            raise UsageError(f"There is no record {seq}.", cure=f"The newest is {size - 1}.")
        bodies = db.execute("SELECT body FROM records WHERE seq >= 0 AND seq < ? ORDER BY seq", (size,))
        leaves = [leaf_hash(str(row[0]).encode()) for row in bodies]
        if len(leaves) != size or tree_root(leaves) != root:
            raise RecordError("The record is damaged: its records do not give its newest head.", cure=_VERIFY)
        body = str(db.execute("SELECT body FROM records WHERE seq = ?", (seq,)).fetchone()[0])
        return body, render_proof(seq, inclusion_proof(leaves, seq), note)


def receipt(home: Home, keys: Keys, seq: int) -> dict[str, Any]:
    """One record as an outsider can check it alone: its exact text, its proof, and the public key to compare."""
    body, proof = prove(home, keys, seq)
    key = verifier_key(origin_of(home.id), keys.public)
    return {"record": seq, "body": body, "proof": proof, "public_key": key}


def check_receipt(text: str, home_id: str, public: bytes) -> dict[str, Any]:
    """The fields of the record that a receipt proves. Raises UsageError for a text that is none, RefusedError when this
    home's key did not sign it or it proves another record."""
    try:
        stated = json.loads(text)
        body, proof = str(stated["body"]), parse_proof(str(stated["proof"]))
        fields: dict[str, Any] = json.loads(body)
    except (ValueError, KeyError, TypeError):
        raise UsageError("This is not a receipt.", cure="Give the file as it was written.") from None
    checkpoint = proof.checkpoint
    if checkpoint.origin != origin_of(home_id) or not checkpoint.signed_by(public):
        raise RefusedError("This receipt is not signed with this home's key.", cure="Name the home that it is from.")
    leaf = leaf_hash(body.encode())
    if not verify_inclusion(leaf, proof.index, checkpoint.size, proof.path, checkpoint.root):
        raise RefusedError("This receipt does not prove what it says: it was changed.", cure="Ask for it again.")
    return fields


def require_record(home: Home) -> None:
    """Raise UnavailableError when the home has no record yet."""
    if not (home.path / "ledger" / "ledger.db").exists():
        raise UnavailableError(
            f"There is no record in {home.path}.", cure="Run `ringfence init`, or name the right home with --home."
        )


def _newest(db: sqlite3.Connection, home: Home, keys: Keys) -> tuple[tuple[int, bytes], str]:
    row = db.execute("SELECT size, root, signature FROM heads ORDER BY size DESC LIMIT 1").fetchone()
    size, root, signature = row or (0, EMPTY, sign_head(keys, home.id, 0, EMPTY))
    if not verify(keys.public, note_text(origin_of(home.id), size, root), signature):
        raise RecordError("The newest head of the record is not signed with this home's key.", cure=_VERIFY)
    return (size, root), render(home.id, size, root, signature, keys.public)


@contextlib.contextmanager
def _ledger(home: Home) -> Iterator[sqlite3.Connection]:
    """The ledger for reading, its errors in our words."""
    require_record(home)
    path = home.path / "ledger" / "ledger.db"
    try:
        with reading(path) as db:
            refuse_newer(db, path.name, SCHEMA)
            yield db
    except (sqlite3.Error, TypeError) as error:  # TypeError: a column that does not hold what we put there
        raise record_error(path.name, error if isinstance(error, sqlite3.Error) else sqlite3.DatabaseError()) from error


def ending_of(home: Home, request: int) -> int:
    """The record that ends the intent `request`; -1 while none does."""
    with _ledger(home) as db:
        (found,) = db.execute(
            "SELECT min(seq) FROM records WHERE seq > ? AND instr(body, ?) > 0", (request, f'"closes":{request},')
        ).fetchone()
    return -1 if found is None else int(found)
