"""Sealed contents: readable with the owner's key alone, bound to the record, gone when the key is destroyed."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

import pytest
from audit_home import SECRET
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.audit.events import Content
from policies.audit.sealed import GoneError, Sealed, commitment
from policies.config import Home
from policies.errors import RecordError
from policies.keys import Keys


@pytest.fixture
def sealed(home: Home) -> Iterator[Sealed]:
    store = Sealed(home, Keys.create(home))
    yield store
    store.close()


def put(store: Sealed, text: str = SECRET, owner: str = "person:anna") -> dict[str, str]:
    return store.seal({"question": Content(text=text, owner=owner)})["question"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(text=st.text())
def test_what_was_sealed_opens_and_matches_its_commitment(sealed: Sealed, text: str) -> None:
    item = put(sealed, text)
    opened = sealed.open_item(item["sealed"])
    assert opened.text == text
    assert opened.mac == item["mac"] == commitment(opened.salt, text)


def test_the_same_text_twice_has_two_commitments(sealed: Sealed) -> None:
    assert put(sealed)["mac"] != put(sealed)["mac"]


def test_nothing_to_seal_writes_nothing(sealed: Sealed) -> None:
    assert sealed.seal({}) == {}


def test_another_homes_keys_open_nothing(home: Home, sealed: Sealed) -> None:
    item = put(sealed)
    other = Sealed(home, Keys(signing=bytes(32), house=bytes(32)))
    with pytest.raises(RecordError, match="other keys"):
        other.open_item(item["sealed"])
    other.close()


def test_a_destroyed_owner_takes_all_and_only_their_texts_along(home: Home, sealed: Sealed) -> None:
    first, second, other = put(sealed), put(sealed), put(sealed, owner="document:d1")
    assert sealed.destroy("person:anna") == sorted([first["sealed"], second["sealed"]])
    for item in (first, second):
        with pytest.raises(GoneError):
            sealed.open_item(item["sealed"])
    assert sealed.open_item(other["sealed"]).text == SECRET
    assert sealed.destroy("person:anna") == []
    assert sealed.destroy("person:nobody") == []


def test_after_erasure_no_byte_of_the_old_ciphertext_or_key_is_left(home: Home, sealed: Sealed) -> None:
    item = put(sealed)
    with sqlite3.connect(sealed.path) as db:
        blobs = [blob for row in db.execute("SELECT wrapped, body FROM items") for blob in row]
        blobs += [row[0] for row in db.execute("SELECT wrapped FROM owners")]
    db.close()
    sealed.destroy("person:anna")
    stored = b"".join(path.read_bytes() for path in sealed.path.parent.iterdir())
    assert item["sealed"].encode() in stored
    for blob in blobs:
        assert blob not in stored


def test_a_person_who_was_erased_can_ask_again_under_a_new_key(sealed: Sealed) -> None:
    old = put(sealed)
    sealed.destroy("person:anna")
    new = put(sealed, "new")
    assert sealed.open_item(new["sealed"]).text == "new"
    with pytest.raises(GoneError):
        sealed.open_item(old["sealed"])
    assert sealed.destroy("person:anna") == [new["sealed"]]


def test_a_missing_item_is_told_from_an_erased_one(sealed: Sealed) -> None:
    with pytest.raises(RecordError, match="missing"):
        sealed.open_item("no such item")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE items SET body = zeroblob(100)",
        "UPDATE items SET body = 'text'",
        "UPDATE items SET wrapped = x'00'",
        "UPDATE owners SET wrapped = zeroblob(60)",
        "UPDATE owners SET owner = 'another'",
    ],
)
def test_a_spoiled_item_is_an_error_and_never_a_wrong_text(sealed: Sealed, statement: str) -> None:
    item = put(sealed)
    with sqlite3.connect(sealed.path) as db:
        db.execute(statement)
    db.close()
    with pytest.raises(RecordError, match="cannot be opened"):
        sealed.open_item(item["sealed"])


def test_an_item_cannot_be_passed_off_as_another(sealed: Sealed) -> None:
    one, other = put(sealed, "one"), put(sealed, "other")
    with sqlite3.connect(sealed.path) as db:
        db.execute("DELETE FROM items WHERE id = ?", (one["sealed"],))
        db.execute("UPDATE items SET id = ? WHERE id = ?", (one["sealed"], other["sealed"]))
    db.close()
    with pytest.raises(RecordError, match="cannot be opened"):
        sealed.open_item(one["sealed"])


def test_errors_of_the_store_come_in_our_words(home: Home, sealed: Sealed) -> None:
    item = put(sealed)
    with sqlite3.connect(sealed.path) as db:
        db.execute("ALTER TABLE owners RENAME TO elsewhere")
    db.close()
    with pytest.raises(RecordError):
        sealed.open_item(item["sealed"])
    with pytest.raises(RecordError):
        sealed.destroy("person:anna")
    with pytest.raises(RecordError):
        put(sealed)


def test_a_value_that_is_no_text_leaves_no_open_transaction(sealed: Sealed) -> None:
    with pytest.raises((TypeError, AttributeError)):
        put(sealed, b"bytes")  # type: ignore[arg-type]
    assert sealed.open_item(put(sealed)["sealed"]).text == SECRET


def test_a_key_is_not_said_to_be_destroyed_while_the_log_still_holds_its_page(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody reads an older state: it raises, and once they have ended the same call leaves nothing behind."""
    monkeypatch.setattr("policies.audit.store.BUSY_SECONDS", 0.1)
    with contextlib.closing(Sealed(home, Keys.create(home))) as sealed:
        put(sealed)
        page = bytes(sqlite3.connect(sealed.path).execute("SELECT body FROM items").fetchone()[0])
        reader = sqlite3.connect(sealed.path, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM owners").fetchall()
        with pytest.raises(RecordError, match="in use"):
            sealed.destroy("person:anna")
        assert holds(sealed, page)
        reader.close()
        assert sealed.destroy("person:anna") == []
        assert not holds(sealed, page)


def holds(sealed: Sealed, page: bytes) -> bool:
    return any(page in path.read_bytes() for path in sealed.path.parent.iterdir())
