"""The record as one file: JSON lines that an outsider can check without this product, or lines for other systems.

First a header: what this is, the home's id, its public key, the size and the newest checkpoint. Then a line for each
record: its number, its exact text, and the signed head that was made with it. Nobody needs anything else: hash the
texts, compare the roots, check the signatures. The other formats: see `outlines`.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterator

from policies.audit.checkpoint import origin_of, render, sign_head, verifier_key
from policies.audit.ledger import SCHEMA
from policies.audit.store import reading, record_error, refuse_newer
from policies.audit.tree import EMPTY
from policies.config import Home
from policies.errors import RecordError
from policies.keys import Keys

FORMAT = "ringfence-record-1"
FORMS = ("jsonl", "ocsf", "cef", "csv")


def export_jsonl(home: Home, keys: Keys, write: Callable[[str], object]) -> int:
    """Write the record, a line at a time, as it stands at this moment. Returns how many records were written."""
    with _snapshot(home) as db:
        newest = db.execute("SELECT size, root, signature FROM heads ORDER BY size DESC LIMIT 1").fetchone()
        size, root, signature = newest or (0, EMPTY, sign_head(keys, home.id, 0, EMPTY))
        origin = origin_of(home.id)
        header = {
            "format": FORMAT,
            "home": home.id,
            "public_key": verifier_key(origin, keys.public),
            "size": size,
            "checkpoint": render(home.id, size, root, signature, keys.public),
        }
        write(_line(header))
        rows = db.execute(
            "SELECT seq, body, root, signature FROM records LEFT JOIN heads ON heads.size = seq + 1 ORDER BY seq"
        )
        count = 0
        for seq, body, head_root, head_signature in rows:
            line = {"seq": seq, "body": body}
            if head_root is not None:
                line |= {"root": head_root.hex(), "signature": head_signature.hex()}
            write(_line(line))
            count += 1
        return count


def export(form: str, home: Home, keys: Keys, write: Callable[[str], object]) -> int:
    """Write the record in one of `FORMS`, a line at a time. Returns how many records were written."""
    from policies.audit import outlines  # here: only `jsonl` is written often

    if form == "jsonl":
        return export_jsonl(home, keys, write)
    line = {"ocsf": outlines.ocsf, "cef": outlines.cef, "csv": outlines.csv_line}[form]
    if form == "csv":
        write(outlines.csv_head())
    count = 0
    with _snapshot(home) as db:
        for seq, body in db.execute("SELECT seq, CAST(body AS TEXT) FROM records ORDER BY seq"):
            write(line(outlines.outline(seq, body), home.id))
            count += 1
    return count


@contextlib.contextmanager
def _snapshot(home: Home) -> Iterator[sqlite3.Connection]:
    """The ledger as it stands at this moment, its errors in our words."""
    path = home.path / "ledger" / "ledger.db"
    try:
        with reading(path) as db:
            refuse_newer(db, path.name, SCHEMA)
            db.execute("BEGIN")
            yield db
    except sqlite3.Error as error:
        raise record_error(path.name, error) from error
    except (TypeError, AttributeError) as error:  # a column that does not hold what we put there
        raise RecordError(f"{path.name} is damaged.", cure="Run `ringfence audit verify` to see where.") from error


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"
