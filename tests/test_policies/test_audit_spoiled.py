"""Records that somebody spoiled: they are listed as damaged beside the others, and stop no start, page or check."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from audit_home import conversation, ledger_path, shown

from policies.audit.events import Departed, IngestIntended
from policies.audit.export import export_jsonl
from policies.audit.forms import fields_of
from policies.audit.ledger import Ledger
from policies.audit.reconcile import reconcile
from policies.audit.review import Review
from policies.audit.verify import verify
from policies.config import Home
from policies.keys import Keys

DEEP = "[" * 100_000
INTENT = 8  # of the ingestion in the record below


@pytest.fixture
def keys(home: Home) -> Keys:
    """A record with two conversations, an ingestion that is open and a search."""
    keys = Keys.create(home)
    with Ledger(home, keys) as ledger:
        conversation(ledger)
        conversation(ledger, outside=True)
        intent = IngestIntended(job="j", document="d", version="v", label="internal", groups=["a"], chunks=1)
        assert ledger.append(intent) == INTENT
        ledger.append(shown())
    return keys


def spoil(home: Home, seq: int, body: str | bytes) -> None:
    with sqlite3.connect(ledger_path(home)) as db:
        db.execute("UPDATE records SET body = ? WHERE seq = ?", (body, seq))
    db.close()


def with_field(home: Home, seq: int, name: str, value: Any) -> str:
    with sqlite3.connect(ledger_path(home)) as db:
        (text,) = db.execute("SELECT body FROM records WHERE seq = ?", (seq,)).fetchone()
    db.close()
    return json.dumps(json.loads(text) | {name: value})


@pytest.mark.parametrize(
    ("seq", "name", "value"),
    [
        (0, "time", "noon"),
        (0, "time", 10**30),
        (0, "actor", "\ud800"),
        (0, "actor", ["p"]),
        (1, "question", 2**63),
        (1, "reasons", [1]),
        (2, "citations", 3),
        (2, "closes", True),
        (INTENT, "job", {"a": 1}),
        (9, "how", None),
        (9, "kind", 1.5),
    ],
)
def test_a_field_of_another_form_makes_that_record_damaged_and_leaves_the_others(
    home: Home, keys: Keys, seq: int, name: str, value: Any
) -> None:
    spoil(home, seq, with_field(home, seq, name, value))
    with Ledger(home, keys) as ledger:
        review = Review(ledger, ledger.sealed, keys)
        rows = review.rows()
        assert "damaged" in {row.outcome for row in rows}
        assert review.counts()["everything"] == len(rows)
        assert [review.detail(number).position for number in range(10)]
    assert ("MODIFIED", seq) in [(finding.code.value, finding.seq) for finding in verify(home, keys.public).findings]


def test_what_is_a_number_elsewhere_is_no_list_of_passages(home: Home, keys: Keys) -> None:
    spoil(home, 1, with_field(home, 1, "passages", 7))
    with Ledger(home, keys) as ledger:
        assert Review(ledger, ledger.sealed, keys).detail(1).passages == ()


@pytest.mark.parametrize("body", ['{"writer":"x', '{"clock":' + DEEP, '{"writer":"w","time":' + DEEP, "[]", "7"])
@pytest.mark.parametrize("stored", [str, str.encode], ids=["text", "blob"])
def test_a_spoiled_intent_stops_neither_a_start_nor_a_check_nor_a_list(
    home: Home, keys: Keys, body: str, stored: Any
) -> None:
    spoil(home, INTENT, stored(body))
    codes = [(finding.code.value, finding.seq) for finding in verify(home, keys.public).findings]
    assert ("MODIFIED", INTENT) in codes
    with Ledger(home, keys) as ledger:
        assert ledger.recover(lambda intent: pytest.fail("nobody can tell what it was")) == []
        assert INTENT in {row.seq for row in Review(ledger, ledger.sealed, keys).rows()}


def test_a_true_record_may_hold_whatever_a_string_can(home: Home) -> None:
    odd = "\\ud800 \\\\u2028 \u2028\u2029\x85\x0b\x0c\x1c\r\n\0 =1+1 🙂"
    keys = Keys.create(home)
    with Ledger(home, keys) as ledger:
        ledger.append(Departed(question=0, decision=0, destination=odd, outgoing=odd, outgoing_size=1, release="r"))
        assert fields_of(next(ledger.bodies())[1])["destination"] == odd
    assert verify(home, keys.public).intact


def test_an_export_is_read_line_by_line_whatever_its_texts_hold(home: Home, tmp_path: Path) -> None:
    keys = Keys.create(home)
    with Ledger(home, keys) as ledger:
        ledger.append(
            Departed(question=0, decision=0, destination="\u2028\x85", outgoing="0", outgoing_size=1, release="r")
        )
        with (tmp_path / "export").open("w", encoding="utf-8", newline="\n") as out:
            export_jsonl(home, keys, out.write)
        found = reconcile(ledger, tmp_path / "export")
    assert (found.matched, found.differences) == (1, ())
