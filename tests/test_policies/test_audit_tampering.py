"""Whoever changes the record without its key is found, with the place: in the ledger, and in an export.

Both checkers are held to it: the product's, and the stand-alone one, which runs where the product is not.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from audit_home import (
    Tampered,
    asked,
    change,
    delete,
    delete_and_close_up,
    filled,
    insert,
    ledger_path,
    shown,
    swap,
    truncate,
    truncate_with_heads,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.audit.canonical import canonical
from policies.audit.checkpoint import parse, render, sign_head, verifier_key
from policies.audit.export import export_jsonl
from policies.audit.ledger import Ledger
from policies.audit.proving import newest_checkpoint, prove
from policies.audit.tree import Frontier, leaf_hash
from policies.audit.verify import Report, verify
from policies.config import Home, create_home
from policies.errors import RecordError, UnavailableError
from policies.keys import Keys

COUNT = 40
VERIFIER = Path(__file__).parents[2] / "deploy" / "verifier" / "ringfence_verify.py"
places = st.integers(0, COUNT - 1)
several = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
few = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=6, deadline=None)


def told(report: Report) -> list[tuple[str, int]]:
    return [(finding.code.value, finding.seq) for finding in report.findings]


class Record:
    """A true record of `COUNT` entries that each example may spoil anew."""

    def __init__(self, folder: Path, count: int = COUNT) -> None:
        os.environ["RINGFENCE_KEYS"] = str(folder / "keys")
        self.home: Home = create_home(folder / "home")
        self.keys = filled(self.home, count)
        self.note = newest_checkpoint(self.home, self.keys)
        self.export = folder / "export.jsonl"
        with self.export.open("w", encoding="utf-8") as out:
            export_jsonl(self.home, self.keys, out.write)
        self.lines = self.export.read_text(encoding="utf-8").splitlines(keepends=True)
        self.tampered = Tampered(self.home)

    def after(self, *statements: str) -> list[tuple[str, int]]:
        self.tampered.run(*statements)
        return told(verify(self.home, self.keys.public))

    def after_export(self, spoil: Callable[[list[str]], None], *options: str) -> tuple[int, list[tuple[str, int]]]:
        """The findings of the stand-alone verifier on a spoiled export, run where the product cannot be imported."""
        lines = list(self.lines)
        spoil(lines)
        self.export.write_text("".join(lines), encoding="utf-8")
        return outside(self.export, *options)


def outside(export: Path, *options: str) -> tuple[int, list[tuple[str, int]]]:
    done = subprocess.run(
        [sys.executable, "-I", str(VERIFIER), str(export), "--json", *options],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=export.parent,
    )
    if done.returncode == 2:
        return 2, [(done.stderr, -1)]
    stated = json.loads(done.stdout)
    assert stated["intact"] is (done.returncode == 0)
    return done.returncode, [(finding["code"], finding["seq"]) for finding in stated["findings"]]


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    before = os.environ.get("RINGFENCE_KEYS")
    try:
        return Record(tmp_path_factory.mktemp("record"))
    finally:
        os.environ.pop("RINGFENCE_KEYS")
        if before is not None:
            os.environ["RINGFENCE_KEYS"] = before


# -- in the ledger -----------------------------------------------------------------------------------


def test_a_true_record_is_intact(record: Record) -> None:
    assert record.after() == []
    assert record.after_export(lambda lines: None) == (0, [])


@several
@given(place=places)
def test_a_changed_record_is_found_in_its_place(record: Record, place: int) -> None:
    assert record.after(*change(place)) == [("MODIFIED", place)]


@several
@given(place=st.integers(0, COUNT - 2))
def test_a_deleted_record_is_found_in_its_place(record: Record, place: int) -> None:
    assert record.after(*delete(place)) == [("MISSING", place)]
    assert record.after(*delete_and_close_up(place)) == [("MISSING", place)]
    assert record.after(*delete(place), f"DELETE FROM heads WHERE size = {place + 1}") == [("MISSING", place)]


@several
@given(place=places)
def test_an_inserted_record_is_found_in_its_place(record: Record, place: int) -> None:
    assert record.after(*insert(place)) == [("EXTRA", place)]


@several
@given(one=places, other=places)
def test_exchanged_records_are_found_in_both_places(record: Record, one: int, other: int) -> None:
    if one != other:
        assert record.after(*swap(one, other)) == [("REORDERED", min(one, other)), ("REORDERED", max(one, other))]


@several
@given(place=places)
def test_a_record_that_was_cut_off_is_found_where_it_ends(record: Record, place: int) -> None:
    assert record.after(*truncate(place)) == [("TRUNCATED", place)]


@several
@given(place=places)
def test_a_spoiled_head_is_found(record: Record, place: int) -> None:
    for statement in (
        f"UPDATE heads SET signature = zeroblob(64) WHERE size = {place + 1}",
        f"UPDATE heads SET root = zeroblob(32) WHERE size = {place + 1}",
        f"UPDATE heads SET root = 'text' WHERE size = {place + 1}",
    ):
        found = record.after(statement)
        assert found[0] == ("SIGNATURE", place)
        assert found[1:] == ([("EXTRA", place)] if place == COUNT - 1 else [])


@several
@given(place=st.integers(0, COUNT - 2))
def test_a_head_that_is_gone_is_found(record: Record, place: int) -> None:
    assert record.after(f"DELETE FROM heads WHERE size = {place + 1}") == [("SIGNATURE", place)]


@several
@given(one=places, other=places)
def test_two_changes_on_both_sides_of_a_power_of_two_are_both_found(record: Record, one: int, other: int) -> None:
    if one < 16 <= other:
        assert record.after(*change(one), *change(other)) == [("MODIFIED", one), ("MODIFIED", other)]


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (["INSERT INTO records VALUES(40, '{\"seq\":40}')"], [("EXTRA", 40)]),
        (["INSERT INTO records VALUES(99, '{}')"], [("EXTRA", 99)]),
        (["INSERT INTO records VALUES(-4, '{}')"], [("EXTRA", -4)]),
        (["DELETE FROM records"], [("TRUNCATED", 0)]),
        (["DELETE FROM heads"], [("EXTRA", 0)]),
        (["UPDATE records SET body = x'ff00' WHERE seq = 7"], [("MODIFIED", 7)]),
        (["UPDATE records SET body = 12 WHERE seq = 7"], [("MODIFIED", 7)]),
        (["UPDATE records SET body = (SELECT body FROM records WHERE seq = 3) WHERE seq = 7"], [("MODIFIED", 7)]),
        (
            ["INSERT INTO records VALUES(40, 'x')", "INSERT INTO heads VALUES(41, x'00', x'00')"],
            [("SIGNATURE", 40), ("EXTRA", 40)],
        ),
        (["UPDATE heads SET signature = zeroblob(64) WHERE size > 20"], [("SIGNATURE", 20), ("EXTRA", 20)]),
        (["UPDATE heads SET signature = zeroblob(64)"], [("SIGNATURE", 0)]),
        ([*delete(5), "DELETE FROM heads WHERE size IN (9, 16)"], [("MISSING", 5)]),
    ],
)  # fmt: skip
def test_other_ways_to_tamper_are_found_too(
    record: Record, statements: list[str], found: list[tuple[str, int]]
) -> None:
    assert record.after(*statements) == found


def test_spoiled_intents_and_clocks_are_told_as_what_they_are(record: Record) -> None:
    spoil = "UPDATE records SET body = '{0}' WHERE seq = {1}"
    found = record.after(spoil.format('{"clock":5,,', 3), spoil.format('{"writer":"', 20))
    assert found == [("MODIFIED", 3), ("MODIFIED", 20), ("OPEN_INTENT", 20)]


def test_a_changed_record_whose_head_is_spoiled_too_is_found(record: Record) -> None:
    found = record.after(*change(9), "UPDATE heads SET root = zeroblob(32) WHERE size = 10")
    assert found[0] == ("SIGNATURE", 9)
    assert ("MODIFIED", 10) in found or ("MODIFIED", 9) in found


def test_a_rotated_part_is_found_as_reordered(record: Record) -> None:
    found = record.after(
        "UPDATE records SET seq = 1000000 WHERE seq = 20",
        "UPDATE records SET seq = -seq - 2 WHERE seq BETWEEN 10 AND 19",
        "UPDATE records SET seq = -seq - 1 WHERE seq < 0",
        "UPDATE records SET seq = 10 WHERE seq = 1000000",
    )
    assert found == [("REORDERED", place) for place in range(10, 21)]


# -- with a checkpoint kept outside ------------------------------------------------------------------


@several
@given(place=st.integers(0, COUNT - 1))
def test_a_tail_cut_off_with_its_heads_is_seen_only_with_a_checkpoint(record: Record, place: int) -> None:
    assert record.after(*truncate_with_heads(place)) == []
    report = verify(record.home, record.keys.public, checkpoint=parse(record.note))
    assert told(report) == [("ROLLBACK", place)]
    assert not report.intact


def test_a_past_rewritten_with_the_key_is_seen_only_with_a_checkpoint(home: Home) -> None:
    keys = filled(home, 10)
    note = parse(newest_checkpoint(home, keys))
    for path in (home.path / "ledger").iterdir():
        path.unlink()
    with Ledger(home, keys) as ledger:
        for number in range(12):
            ledger.append(shown(number + 1))
    assert verify(home, keys.public).intact
    assert told(verify(home, keys.public, checkpoint=note)) == [("FORK", 9)]


def test_a_past_rewritten_around_the_head_that_was_kept_outside_is_a_fork(home: Home, tmp_path: Path) -> None:
    """Whoever holds the key signs everything anew, and leaves the one head that somebody has a copy of. The record is
    so long that not every root is compared with its head."""
    size = 2100
    keys = filled(home, 0)
    with sqlite3.connect(ledger_path(home)) as db:
        texts = [(seq, canonical({"kind": "TextShown", "seq": seq, "time": seq})) for seq in range(size)]
        db.executemany("INSERT INTO records VALUES(?, ?)", texts)
        sign_anew(home, keys, db)
        root, signature = db.execute("SELECT root, signature FROM heads WHERE size = ?", (size - 7,)).fetchone()
        note = tmp_path / "note"
        note.write_text(render(home.id, size - 7, root, signature, keys.public), encoding="utf-8")
    assert told(verify(home, keys.public, checkpoint=parse(note.read_text(encoding="utf-8")))) == []
    with sqlite3.connect(ledger_path(home)) as db:
        db.execute("UPDATE records SET body = replace(body, 'TextShown', 'TextHidden') WHERE seq = 5")
        sign_anew(home, keys, db, but=size - 7)
    assert verify(home, keys.public).intact
    assert told(verify(home, keys.public, checkpoint=parse(note.read_text(encoding="utf-8")))) == [("FORK", size - 8)]
    with (tmp_path / "export").open("w", encoding="utf-8") as out:
        export_jsonl(home, keys, out.write)
    assert outside(tmp_path / "export", "--checkpoint", str(note)) == (1, [("FORK", size - 8)])


def sign_anew(home: Home, keys: Keys, db: sqlite3.Connection, *, but: int = 0) -> None:
    """Give each size the head that its records have now, all but one."""
    frontier = Frontier()
    for (body,) in db.execute("SELECT body FROM records ORDER BY seq").fetchall():
        frontier.append(leaf_hash(body.encode()))
        size, root = frontier.size, frontier.root()
        if size != but:
            db.execute(
                "INSERT OR REPLACE INTO heads VALUES(?, ?, ?)", (size, root, sign_head(keys, home.id, size, root))
            )


def test_a_record_that_went_on_continues_its_checkpoint(home: Home) -> None:
    keys = filled(home, 10)
    note = parse(newest_checkpoint(home, keys))
    empty = parse(newest_checkpoint(home, keys))
    with Ledger(home, keys) as ledger:
        ledger.append(shown())
    report = verify(home, keys.public, checkpoint=note)
    assert (report.intact, report.checkpoint, report.size) == (True, 10, 11)
    assert verify(home, keys.public, checkpoint=empty).intact


def test_the_checkpoint_of_an_empty_record_is_continued_by_any(home: Home) -> None:
    keys = filled(home, 0)
    note = parse(newest_checkpoint(home, keys))
    assert verify(home, keys.public, checkpoint=note).intact
    filled(home, 2)
    assert verify(home, keys.public, checkpoint=note).intact


def test_a_checkpoint_of_another_key_or_home_proves_nothing(record: Record, tmp_path: Path) -> None:
    record.tampered.run()
    other = Keys(signing=bytes(32), house=bytes(32))
    found = verify(record.home, other.public, checkpoint=parse(record.note))
    assert told(found) == [("SIGNATURE", 0), ("SIGNATURE", -1)]
    elsewhere = parse(record.note.replace("ringfence/", "ringfence/x"))
    assert told(verify(record.home, record.keys.public, checkpoint=elsewhere)) == [("SIGNATURE", -1)]


# -- damage, size, reading ---------------------------------------------------------------------------


def test_a_file_that_is_no_database_is_a_finding(record: Record) -> None:
    record.tampered.run()
    ledger_path(record.home).write_bytes(b"not a database at all" * 300)
    assert told(verify(record.home, record.keys.public)) == [("DAMAGED", 0)]


def test_torn_pages_are_a_finding_and_not_a_crash(home: Home) -> None:
    keys = filled(home, 400)
    path = ledger_path(home)
    whole = path.read_bytes()
    for page in range(1, len(whole) // 4096, 3):
        path.write_bytes(whole[: page * 4096] + b"\xa5" * 4096 + whole[(page + 1) * 4096 :])
        report = verify(home, keys.public)
        assert not report.intact or report.size == 400, page
    path.write_bytes(whole[: len(whole) // 2])
    assert not verify(home, keys.public).intact


def test_without_a_record_there_is_nothing_to_verify(home: Home) -> None:
    with pytest.raises(UnavailableError, match="no record"):
        verify(home, Keys.create(home).public)


def test_a_record_beyond_the_size_where_all_heads_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sampling changes how much is looked at, not what is found."""
    monkeypatch.setattr("policies.audit.verify.EVERY", 60)
    monkeypatch.setattr("policies.audit.verify.BLOCK", 16)
    monkeypatch.setenv("RINGFENCE_KEYS", "")
    record = Record(tmp_path, 300)
    assert record.after() == []
    assert verify(record.home, record.keys.public).signatures < 70
    for place in (0, 15, 16, 17, 150, 298):
        assert record.after(*change(place)) == [("MODIFIED", place)]
        assert record.after(*delete(place)) == [("MISSING", place)]
        assert record.after(*insert(place)) == [("EXTRA", place)]
    assert record.after(*swap(20, 250)) == [("REORDERED", 20), ("REORDERED", 250)]
    assert record.after(*truncate(200)) == [("TRUNCATED", 200)]
    found = record.after("UPDATE heads SET signature = zeroblob(64) WHERE size > 173")
    assert found == [("SIGNATURE", 173), ("EXTRA", 173)]
    assert record.after("DELETE FROM heads WHERE size = 100") == [("SIGNATURE", 99)]


def _check_as_somebody_who_may_not_write(home: Home, public: bytes) -> list[tuple[str, int]]:
    """Verify in a fork without root's right to write anywhere."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            answer = json.dumps(told(verify(home, public)))
        except BaseException as error:  # noqa: BLE001 (the parent shows it)
            answer = json.dumps([[repr(error), -1]])
        os.write(writer, answer.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer_file:
        answer = answer_file.read()
    os.waitpid(child, 0)
    return [(code, seq) for code, seq in json.loads(answer)]


@pytest.mark.parametrize("log", ["with its log", "without a log", "with an empty log"])
def test_a_record_that_cannot_be_written_is_still_checked(home: Home, log: str) -> None:
    keys = filled(home, 5)
    assert verify(home, keys.public).intact  # everything that is imported late is there before the fork
    writer = sqlite3.connect(ledger_path(home))
    writer.execute("INSERT INTO records VALUES(5, '{}')")
    writer.commit()  # stays in the write-ahead log while this connection lives
    with tempfile.TemporaryDirectory() as folder:  # beside the test's own folder, which nobody else may enter
        os.chmod(folder, 0o755)
        copy = Home(path=Path(folder) / "home", id=home.id, keys=home.keys)
        (copy.path / "ledger").mkdir(parents=True)
        shutil.copyfile(ledger_path(home), ledger_path(copy))
        if log == "with its log":
            shutil.copyfile(f"{ledger_path(home)}-wal", f"{ledger_path(copy)}-wal")
        elif log == "with an empty log":
            Path(f"{ledger_path(copy)}-wal").write_bytes(b"")
        writer.close()
        for path in copy.path.rglob("*"):
            path.chmod(0o555 if path.is_dir() else 0o444)
        found = _check_as_somebody_who_may_not_write(copy, keys.public)
        (copy.path / "ledger").chmod(0o755)
    assert found == ([("EXTRA", 5)] if log == "with its log" else [])


def test_checking_changes_no_byte(record: Record) -> None:
    record.tampered.run(*change(3))
    before = {path: path.read_bytes() for path in record.home.path.rglob("*.db")}
    verify(record.home, record.keys.public, checkpoint=parse(record.note))
    assert {path: path.read_bytes() for path in record.home.path.rglob("*.db")} == before


# -- in an export, by the stand-alone verifier -------------------------------------------------------


def spoiled(line: str) -> str:
    stated = json.loads(line)
    stated["body"] = stated["body"].replace("search", "peek")
    return json.dumps(stated) + "\n"


@few
@given(place=places)
def test_a_changed_line_of_an_export_is_found(record: Record, place: int) -> None:
    def spoil(lines: list[str]) -> None:
        lines[place + 1] = spoiled(lines[place + 1])

    assert record.after_export(spoil) == (1, [("MODIFIED", place)])


@few
@given(place=st.integers(0, COUNT - 2))
def test_a_deleted_line_of_an_export_is_found(record: Record, place: int) -> None:
    assert record.after_export(lambda lines: lines.__delitem__(place + 1)) == (1, [("MISSING", place)])


@few
@given(place=places)
def test_an_inserted_line_of_an_export_is_found(record: Record, place: int) -> None:
    assert record.after_export(lambda lines: lines.insert(place + 1, spoiled(lines[5]))) == (1, [("EXTRA", place)])


@few
@given(one=places, other=places)
def test_exchanged_lines_of_an_export_are_found(record: Record, one: int, other: int) -> None:
    def spoil(lines: list[str]) -> None:
        lines[one + 1], lines[other + 1] = lines[other + 1], lines[one + 1]

    if one != other:
        found = [("REORDERED", min(one, other)), ("REORDERED", max(one, other))]
        assert record.after_export(spoil) == (1, found)


@few
@given(place=places)
def test_an_export_that_was_cut_off_is_found(record: Record, place: int) -> None:
    assert record.after_export(lambda lines: lines.__delitem__(slice(place + 1, None))) == (1, [("TRUNCATED", place)])


def test_other_damage_to_an_export_is_found(record: Record) -> None:
    def garbage(lines: list[str]) -> None:
        lines[8] = "garbage\n"

    def bad_signature(lines: list[str]) -> None:
        lines[8] = json.dumps(json.loads(lines[8]) | {"signature": "00" * 64}) + "\n"

    def no_head(lines: list[str]) -> None:
        stated = json.loads(lines[8])
        lines[8] = json.dumps({"seq": stated["seq"], "body": stated["body"]}) + "\n"

    def bad_note(lines: list[str]) -> None:
        header = json.loads(lines[0])
        header["checkpoint"] = header["checkpoint"].replace("\n40\n", "\n39\n")
        lines[0] = json.dumps(header) + "\n"

    assert record.after_export(garbage) == (1, [("MODIFIED", 7)])
    assert record.after_export(bad_signature) == (1, [("SIGNATURE", 7)])
    assert record.after_export(no_head) == (1, [("SIGNATURE", 7)])
    assert record.after_export(bad_note) == (1, [("SIGNATURE", -1)])


def test_an_export_is_held_against_a_checkpoint_and_a_key_from_elsewhere(record: Record, tmp_path: Path) -> None:
    note, key, other = tmp_path / "note", tmp_path / "key", tmp_path / "other"
    note.write_text(record.note, encoding="utf-8")
    key.write_text(verifier_key(f"ringfence/{record.home.id}", record.keys.public) + "\n")
    other.write_text("00" * 31 + "01\n")
    true = lambda lines: None  # noqa: E731
    assert record.after_export(true, "--checkpoint", str(note), "--public-key", str(key)) == (0, [])
    code, found = record.after_export(true, "--public-key", str(other))
    assert code == 1
    assert found[0][0] == "SIGNATURE"

    def shorten(lines: list[str]) -> None:
        record.tampered.run(*truncate_with_heads(30))
        shorter: list[str] = []
        export_jsonl(record.home, record.keys, shorter.append)
        lines[:] = shorter
        record.tampered.run()

    assert record.after_export(shorten) == (0, [])
    assert record.after_export(shorten, "--checkpoint", str(note)) == (1, [("ROLLBACK", 30)])


def test_a_rewritten_export_is_a_fork_of_its_checkpoint(home: Home, tmp_path: Path) -> None:
    keys = filled(home, 6)
    (tmp_path / "note").write_text(newest_checkpoint(home, keys), encoding="utf-8")
    for path in (home.path / "ledger").iterdir():
        path.unlink()
    with Ledger(home, keys) as ledger:
        for number in range(8):
            ledger.append(asked() if number == 3 else shown(number))
    with (tmp_path / "export").open("w", encoding="utf-8") as out:
        assert export_jsonl(home, keys, out.write) == 8
    code, found = outside(tmp_path / "export", "--checkpoint", str(tmp_path / "note"))
    assert (code, found) == (1, [("FORK", 5), ("OPEN_INTENT", 3)])
    assert outside(tmp_path / "export") == (0, [("OPEN_INTENT", 3)])


def test_an_empty_record_is_exported_and_checked(home: Home, tmp_path: Path) -> None:
    keys = filled(home, 0)
    with (tmp_path / "export").open("w", encoding="utf-8") as out:
        assert export_jsonl(home, keys, out.write) == 0
    assert outside(tmp_path / "export") == (0, [])


@pytest.mark.parametrize("text", ["", "garbage\n", "{}\n", '{"format":"other-1"}\n', "[]\n"])
def test_a_file_that_is_no_export_cannot_be_checked(tmp_path: Path, text: str) -> None:
    (tmp_path / "export").write_text(text)
    assert outside(tmp_path / "export")[0] == 2


def test_a_missing_file_or_a_wrong_key_or_note_cannot_be_checked(record: Record, tmp_path: Path) -> None:
    (tmp_path / "bad").write_text("nothing of use")
    assert outside(tmp_path / "nowhere")[0] == 2
    assert record.after_export(lambda lines: None, "--public-key", str(tmp_path / "bad"))[0] == 2
    assert record.after_export(lambda lines: None, "--checkpoint", str(tmp_path / "bad"))[0] == 2


def test_the_stand_alone_verifier_speaks_to_people_too(record: Record) -> None:
    record.export.write_text("".join(record.lines), encoding="utf-8")
    command = [sys.executable, "-I", str(VERIFIER), str(record.export)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=record.export.parent)
    assert done.returncode == 0
    assert done.stdout.startswith("intact: 40 records")
    record.export.write_text("".join(record.lines[:10]), encoding="utf-8")
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=record.export.parent)
    assert done.returncode == 1
    assert "TRUNCATED         9" in done.stdout
    assert "NOT INTACT" in done.stdout


def test_the_stand_alone_verifier_imports_nothing_of_ours() -> None:
    text = VERIFIER.read_text(encoding="utf-8")
    assert not any(f"import {room}" in text or f"from {room}" in text for room in ("policies", "ingest", "assistant"))


def test_a_spoiled_ledger_is_not_exported_half_way_silently(record: Record) -> None:
    record.tampered.run("UPDATE heads SET root = 12 WHERE size = 3")
    with pytest.raises(RecordError, match="damaged"):
        export_jsonl(record.home, record.keys, lambda line: None)
    ledger_path(record.home).write_bytes(b"x" * 5000)
    with pytest.raises(RecordError, match="damaged"):
        export_jsonl(record.home, record.keys, lambda line: None)


def test_a_ledger_without_one_of_its_heads_is_exported_and_the_gap_is_found(record: Record) -> None:
    record.tampered.run("DELETE FROM heads WHERE size = 8")
    with record.export.open("w", encoding="utf-8") as out:
        export_jsonl(record.home, record.keys, out.write)
    assert outside(record.export) == (1, [("SIGNATURE", 7)])


def test_nothing_is_proven_from_a_spoiled_ledger(record: Record) -> None:
    record.tampered.run(*change(3))
    with pytest.raises(RecordError, match="do not give its newest head"):
        prove(record.home, record.keys, 5)
    record.tampered.run("UPDATE heads SET root = 12 WHERE size = 40")
    with pytest.raises(RecordError, match="damaged"):
        prove(record.home, record.keys, 5)
    ledger_path(record.home).write_bytes(b"x" * 5000)
    with pytest.raises(RecordError, match="damaged"):
        prove(record.home, record.keys, 5)
