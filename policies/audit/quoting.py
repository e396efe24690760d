"""Which records seal a text that was made with a document: an answer that cites it, a request that carries it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from policies.audit.store import reading, record_error
from policies.config import Home

_QUERY = """
    SELECT DISTINCT seq FROM records, json_each(?) AS named
    WHERE instr(body, '"commitments":{') > 0 AND instr(body, '"document":"' || named.value || '"') > 0 ORDER BY seq"""


def sealed_about(home: Home, documents: Sequence[str]) -> list[int]:
    """The indexes of those records, in order. The texts are sealed for the person who asked, not for the document.
    Raises RecordError when the record cannot be read."""
    path = home.path / "ledger" / "ledger.db"
    try:
        with reading(path) as db:
            return [row[0] for row in db.execute(_QUERY, (json.dumps(list(documents)),))]
    except sqlite3.Error as error:
        raise record_error(path.name, error) from error
