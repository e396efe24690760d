"""The ledger: durable or refused, canonical, without names or texts, closed after an error of the disk."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from audit_home import PERSON, SECRET, asked, conversation, filled, ledger_path, sealed_text, shown
from conftest import Clock

from policies.audit.canonical import canonical
from policies.audit.checkpoint import parse
from policies.audit.events import Content, Event, PersonChanged, Recorder, SignedIn, SiteChanged, TextShown
from policies.audit.ledger import Ledger
from policies.audit.verify import verify
from policies.config import Home, create_home
from policies.errors import RecordError, UnavailableError
from policies.keys import Keys, pseudonym


def bodies(home: Home) -> list[dict[str, object]]:
    with sqlite3.connect(ledger_path(home)) as db:
        return [json.loads(row[0]) for row in db.execute("SELECT body FROM records ORDER BY seq")]


def append_on(ledger: Ledger, event: Event, contents: dict[str, Content] | None = None) -> None:
    """Append until it cannot go on."""
    for _ in range(1000):
        ledger.append(event, contents)


def test_records_are_numbered_from_zero_and_each_has_a_signed_head(home: Home) -> None:
    keys = Keys.create(home)
    with Ledger(home, keys) as ledger:
        recorder: Recorder = ledger
        assert [recorder.append(shown(number)) for number in range(5)] == [0, 1, 2, 3, 4]
        assert ledger.head().size == 5
    with sqlite3.connect(ledger_path(home)) as db:
        assert [row[0] for row in db.execute("SELECT size FROM heads")] == [1, 2, 3, 4, 5]
    assert verify(home, keys.public).intact


def test_the_tables_are_the_ones_that_were_promised(home: Home) -> None:
    filled(home, 1)
    with sqlite3.connect(ledger_path(home)) as db:
        tables = {
            row[0]: [column[1] for column in db.execute(f"PRAGMA table_info({row[0]})")]
            for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        }
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert tables == {"records": ["seq", "body"], "heads": ["size", "root", "signature"]}


def test_writing_is_durable_at_each_commit_and_overwrites_what_it_deletes(home: Home) -> None:
    with Ledger(home, Keys.create(home)) as ledger:
        for db in (ledger._db, ledger.sealed._db):
            assert db.execute("PRAGMA synchronous").fetchone() == (2,)
            assert db.execute("PRAGMA secure_delete").fetchone() == (1,)


def test_a_records_text_is_canonical_and_holds_all_fields(home: Home, clock: Clock) -> None:
    with Ledger(home, Keys.create(home), clock=clock) as ledger:
        ledger.append(asked(), {"question": sealed_text()})
    with sqlite3.connect(ledger_path(home)) as db:
        (text,) = db.execute("SELECT body FROM records").fetchone()
    body = json.loads(text)
    assert canonical(body) == text
    assert body["seq"] == 0
    assert body["time"] == clock.now
    assert body["kind"] == "QuestionAsked"
    assert set(body["commitments"]["question"]) == {"sealed", "mac"}
    assert body["label"] == "public"


def test_only_intents_name_their_writer(home: Home) -> None:
    filled(home, 2, events=[asked(), shown()])
    first, second = bodies(home)
    assert "writer" in first
    assert "writer" not in second


def test_persons_become_pseudonyms_and_programs_keep_their_names(home: Home) -> None:
    events = [
        TextShown(actor="os:root", on_behalf_of=PERSON, how="search", shown=[]),
        SiteChanged(what="made"),
        SignedIn(actor="unknown", outcome="refused"),
        PersonChanged(actor=PERSON, subject=PERSON, change="added"),
    ]
    keys = filled(home, 4, events=events)
    name = pseudonym(keys, PERSON)
    first, second, third, fourth = bodies(home)
    assert (first["actor"], first["on_behalf_of"]) == ("os:root", name)
    assert second["actor"] == "system"
    assert third["actor"] == "unknown"
    assert (fourth["actor"], fourth["subject"]) == (name, name)


def test_no_name_and_no_text_is_found_in_any_byte_of_the_home(home: Home) -> None:
    with Ledger(home, Keys.create(home)) as ledger:
        conversation(ledger, outside=True)
        ledger.append(PersonChanged(actor=PERSON, subject=PERSON, change="added"))
        files = [path for path in home.path.rglob("*") if path.is_file()]
        assert any(path.name == "sealed.db-wal" for path in files)
        for path in files:
            for planted in (SECRET, PERSON, "Quarterstaff"):
                assert planted.encode() not in path.read_bytes(), path.name


def test_time_never_runs_backwards_and_a_clock_set_back_is_told(home: Home, clock: Clock) -> None:
    keys = Keys.create(home)
    with Ledger(home, keys, clock=clock) as ledger:
        ledger.append(shown())
        clock.forward(seconds=-5)
        ledger.append(shown())
        clock.forward(seconds=-1)
        ledger.append(shown())
    first, second, third = bodies(home)
    assert first["time"] == second["time"] == third["time"]
    assert "clock" not in second
    assert third["clock"] == 6_000_000
    report = verify(home, keys.public)
    assert [(finding.code.value, finding.seq) for finding in report.findings] == [("CLOCK", 2)]
    assert report.intact


def test_a_clock_set_back_is_told_across_a_restart(home: Home, clock: Clock) -> None:
    keys = Keys.create(home)
    with Ledger(home, keys, clock=clock) as ledger:
        ledger.append(shown())
    clock.forward(seconds=-60)
    with Ledger(home, keys, clock=clock) as ledger:
        ledger.append(shown())
    assert bodies(home)[1]["clock"] == 60_000_000


def test_a_malformed_event_is_refused_and_the_ledger_goes_on(home: Home) -> None:
    with Ledger(home, Keys.create(home)) as ledger:
        with pytest.raises(RecordError, match=r"shown\[0\].score"):
            ledger.append(TextShown(how="search", shown=[{"score": 0.5}]))
        with pytest.raises(RecordError, match="no owner"):
            ledger.append(shown(), {"x": Content(text="t", owner="anna")})
        with pytest.raises(RecordError, match="not ASCII"):
            ledger.append(shown(), {"ü": sealed_text()})
        assert ledger.append(shown()) == 0


def test_half_a_character_in_what_somebody_typed_is_sealed_as_it_came(home: Home) -> None:
    with Ledger(home, Keys.create(home)) as ledger:
        ledger.append(asked(), {"question": sealed_text("odd \ud800 text")})
        item = json.loads(next(ledger.bodies())[1])["commitments"]["question"]
        assert ledger.sealed.open_item(item["sealed"]).text == "odd \ud800 text"


def test_many_threads_append_one_record_each(home: Home) -> None:
    keys = Keys.create(home)
    with Ledger(home, keys) as ledger:
        seen: list[int] = []

        def write() -> None:
            seen.extend(ledger.append(asked(), {"question": sealed_text()}) for _ in range(10))

        threads = [threading.Thread(target=write) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(seen) == list(range(60))
        assert verify(home, keys.public).intact


def test_two_ledgers_of_one_home_see_each_others_records(home: Home) -> None:
    keys = Keys.create(home)
    with Ledger(home, keys) as one, Ledger(home, keys) as other:
        assert [ledger.append(shown()) for ledger in (one, other, other, one, other)] == [0, 1, 2, 3, 4]
    assert verify(home, keys.public).intact


@pytest.mark.parametrize("spoil", ["", "{", '{"settled": "x"}', '{"settled":0,"size":2,"nodes":["00","00"]}', "wrong"])
def test_the_note_for_the_next_start_is_believed_only_as_far_as_it_holds(home: Home, spoil: str) -> None:
    keys = filled(home, 5)
    note = home.path / "ledger" / "resume.json"
    stated = json.loads(note.read_text())
    note.write_text(json.dumps(stated | {"nodes": ["00" * 32] * 2}) if spoil == "wrong" else spoil)
    with Ledger(home, keys) as ledger:
        assert ledger.append(shown()) == 5
    assert verify(home, keys.public).intact


def test_a_note_that_cannot_be_left_is_no_error(home: Home) -> None:
    keys = filled(home, 5)
    note = home.path / "ledger" / "resume.json"
    note.unlink()
    note.mkdir()
    with Ledger(home, keys) as ledger:
        assert ledger.append(shown()) == 5


def test_a_long_run_leaves_its_note_on_the_way(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policies.audit.ledger._KEEP_EVERY", 4)
    with Ledger(home, Keys.create(home)) as ledger:
        for number in range(6):
            ledger.append(shown(number))
        assert json.loads((home.path / "ledger" / "resume.json").read_text())["size"] == 4


def test_a_store_of_a_newer_version_is_refused_and_not_touched(home: Home) -> None:
    keys = filled(home, 2)
    with sqlite3.connect(ledger_path(home)) as db:
        db.execute("PRAGMA user_version = 2")
    db.close()
    before = {path.name: path.read_bytes() for path in ledger_path(home).parent.iterdir() if path.suffix != ".db-shm"}
    with pytest.raises(UnavailableError, match="newer version") as caught:
        Ledger(home, keys)
    with pytest.raises(UnavailableError, match="newer version"):
        verify(home, keys.public)
    after = {path.name: path.read_bytes() for path in ledger_path(home).parent.iterdir() if path.name in before}
    assert caught.value.exit_code == 3
    assert after == before


@pytest.mark.parametrize("store", ["ledger/ledger.db", "sealed/sealed.db"])
def test_a_damaged_store_is_an_error_that_names_the_cure(home: Home, store: str) -> None:
    keys = filled(home, 3)
    (home.path / store).write_bytes(b"this is no database" * 500)
    with pytest.raises(RecordError, match=r"is damaged.*verify.*backup"):
        Ledger(home, keys)


@pytest.mark.parametrize(
    ("statement", "match"),
    [
        ("UPDATE records SET body = replace(body, 'search', 'peek') WHERE seq = 1", "do not give its newest head"),
        ("UPDATE heads SET signature = zeroblob(64) WHERE size = 3", "not signed"),
        ("DELETE FROM records WHERE seq = 2", "do not give its newest head"),
    ],
)
def test_nothing_is_appended_to_a_record_that_is_not_ours(home: Home, statement: str, match: str) -> None:
    keys = filled(home, 3)
    (home.path / "ledger" / "resume.json").unlink()
    with sqlite3.connect(ledger_path(home)) as db:
        db.execute(statement)
    with Ledger(home, keys) as ledger:
        with pytest.raises(RecordError, match=match):
            ledger.append(shown())
        with pytest.raises(RecordError, match="nothing more"):
            ledger.append(shown())


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM records WHERE seq = 2",
        "UPDATE records SET body = '{}' WHERE seq = 2",
        "UPDATE records SET body = '{' WHERE seq = 2",
        "UPDATE records SET body = 7 WHERE seq = 2",
        "UPDATE records SET body = x'ff' WHERE seq = 2",
    ],
)
def test_a_last_record_that_is_none_stops_a_writer_that_begins_behind_it(home: Home, statement: str) -> None:
    keys = filled(home, 3)
    assert json.loads((home.path / "ledger" / "resume.json").read_text())["size"] == 3
    with sqlite3.connect(ledger_path(home)) as db:
        db.execute(statement)
    with Ledger(home, keys) as ledger:
        with pytest.raises(RecordError, match="is damaged"):
            ledger.append(shown())
        with pytest.raises(RecordError, match="nothing more"):
            ledger.append(shown())


def test_a_record_put_behind_the_last_head_stops_the_writer(home: Home) -> None:
    keys = filled(home, 3)
    with sqlite3.connect(ledger_path(home)) as db:
        db.execute("INSERT INTO records VALUES(3, '{}')")
    with Ledger(home, keys) as ledger, pytest.raises(RecordError):
        ledger.append(shown())


def test_a_record_that_is_set_back_under_a_running_writer_is_noticed(home: Home) -> None:
    keys = Keys.create(home)
    with Ledger(home, keys) as ledger:
        for number in range(3):
            ledger.append(shown(number))
        with sqlite3.connect(ledger_path(home)) as db:
            db.execute("DELETE FROM records WHERE seq = 2")
            db.execute("DELETE FROM heads WHERE size = 3")
        with pytest.raises(RecordError, match="not the one this process"):
            ledger.append(shown())


def test_a_full_disk_refuses_and_keeps_refusing_until_reopened(home: Home) -> None:
    keys = Keys.create(home)
    with Ledger(home, keys) as ledger:
        ledger.append(shown())
        pages = ledger._db.execute("PRAGMA page_count").fetchone()[0]
        ledger._db.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(RecordError, match="no space left"):
            append_on(ledger, shown())
        size = ledger.head().size
        ledger._db.execute("PRAGMA max_page_count = 1000000")
        with pytest.raises(RecordError, match="nothing more after an error"):
            ledger.append(shown())
        assert ledger.head().size == size
        ledger.reopen()
        assert ledger.append(shown()) == size
    assert verify(home, keys.public).intact


def test_a_full_disk_for_sealed_texts_refuses_the_record_too(home: Home) -> None:
    keys = Keys.create(home)
    with Ledger(home, keys) as ledger:
        ledger.append(shown())
        ledger.sealed._db.execute("PRAGMA max_page_count = 1")
        with pytest.raises(RecordError, match="no space left"):
            append_on(ledger, asked(), {"question": sealed_text("x" * 4000)})
        with pytest.raises(RecordError, match="nothing more after an error"):
            ledger.append(shown())
    assert verify(home, keys.public).intact


def test_a_write_that_the_system_refuses_leaves_a_sound_record(home: Home) -> None:
    """The process may not write files beyond a size: a real error of a real write, in its own process."""
    keys = filled(home, 2)
    code = """
import resource, signal, sys
from pathlib import Path
from audit_home import shown
from policies.audit.ledger import Ledger
from policies.config import open_home
from policies.errors import RecordError
from policies.keys import Keys
home = open_home(Path(sys.argv[1]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Ledger(home, Keys.load(home)) as ledger:
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
    done = 2
    try:
        for number in range(1000):
            done = ledger.append(shown(number)) + 1
    except RecordError as error:
        print(done, error.message)
    try:
        ledger.append(shown())
    except RecordError as error:
        print(error.message)
"""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", code, str(home.path)], env=environment, capture_output=True, text=True, timeout=120
    )
    first, second = done.stdout.splitlines()
    acknowledged = int(first.split()[0])
    assert "ledger.db" in first
    assert "nothing more after an error" in second
    report = verify(home, keys.public)
    assert report.intact
    assert report.size >= acknowledged > 2


def test_waiting_for_another_writer_too_long_is_an_error_and_no_reason_to_stop(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = filled(home, 1)
    monkeypatch.setattr("policies.audit.store.BUSY_SECONDS", 0.05)
    with Ledger(home, keys) as ledger:
        for path, contents in (
            (ledger_path(home), {}),
            (home.path / "sealed" / "sealed.db", {"question": sealed_text()}),
        ):
            other = sqlite3.connect(path, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(RecordError, match="in use by another process"):
                ledger.append(shown(), contents)
            other.execute("ROLLBACK")
            other.close()
        assert ledger.append(shown()) == 1


def test_an_interrupt_in_the_middle_leaves_no_open_transaction(home: Home) -> None:
    def interrupt() -> int:
        raise KeyboardInterrupt

    keys = Keys.create(home)
    clock = iter([lambda: 1, interrupt, lambda: 3])
    with Ledger(home, keys, clock=lambda: next(clock)()) as ledger:
        ledger.append(shown())
        with pytest.raises(KeyboardInterrupt):
            ledger.append(shown())
        assert ledger.append(shown()) == 1
    assert verify(home, keys.public).intact


def test_a_closed_ledger_takes_nothing(home: Home) -> None:
    ledger = Ledger(home, Keys.create(home))
    ledger.close()
    ledger.close()
    with pytest.raises(RecordError, match="Open it again"):
        ledger.append(shown())
    with pytest.raises(RecordError):
        ledger.head()


def test_a_fork_cannot_append_and_does_not_let_go_of_its_parents_lock(home: Home) -> None:
    from policies.audit.writers import is_alive

    keys = Keys.create(home)
    with Ledger(home, keys) as ledger:
        ledger.append(shown())
        child = os.fork()
        if child == 0:
            try:
                ledger.append(shown())
            except RecordError:
                ledger.close()
                os._exit(7)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        assert is_alive(home, ledger._writer.id)
        assert ledger.append(shown()) == 1


def test_the_checkpoint_of_a_ledger_is_its_newest_signed_head(home: Home) -> None:
    keys = Keys.create(home)
    with Ledger(home, keys) as ledger:
        ledger.append(shown())
        stated = parse(ledger.checkpoint())
        assert (stated.size, stated.root) == (1, ledger.head().root)
        assert stated.signed_by(keys.public)


def test_a_home_that_cannot_be_written_is_an_error(home: Home) -> None:
    keys = Keys.create(home)
    (home.path / "run").write_text("in the way")
    with pytest.raises(RecordError, match="cannot be written"):
        Ledger(home, keys)


@pytest.mark.parametrize("store", ["ledger", "sealed"])
def test_a_folder_that_cannot_be_made_is_an_error(home: Home, store: str) -> None:
    keys = Keys.create(home)
    (home.path / store).write_text("in the way")
    with pytest.raises(RecordError, match="cannot be written"):
        Ledger(home, keys)


def test_a_writers_lock_that_cannot_be_made_is_an_error(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = filled(home, 1)
    monkeypatch.setattr("policies.audit.writers.uuid7", lambda: "x" * 300)
    with pytest.raises(RecordError, match="cannot be written"):
        Ledger(home, keys)


def test_errors_while_reading_come_in_our_words(home: Home) -> None:
    keys = filled(home, 1)
    with Ledger(home, keys) as ledger:
        path = ledger_path(home)
        moved = path.rename(path.with_name("away"))
        with pytest.raises(RecordError):
            list(ledger.bodies())
        moved.rename(path)


def test_a_store_whose_making_was_interrupted_is_made_again(home: Home) -> None:
    keys = Keys.create(home)
    home.store("ledger", "ledger.db").touch()
    with Ledger(home, keys) as ledger:
        assert ledger.append(shown()) == 0


def test_a_store_that_is_somebody_elses_is_an_error(home: Home) -> None:
    keys = Keys.create(home)
    with sqlite3.connect(home.store("ledger", "ledger.db")) as db:
        db.execute("CREATE TABLE records(other)")
    with pytest.raises(RecordError):
        Ledger(home, keys)


def test_a_home_with_odd_letters_in_its_path_is_read_as_any_other(tmp_path: Path, home: Home) -> None:
    odd = create_home(tmp_path / "a home?with #odd % & lëtters")
    keys = filled(odd, 2)
    assert verify(odd, keys.public).intact
