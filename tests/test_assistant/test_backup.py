"""A backup is the home of one moment, made while it is used; put back, it is that home, without what was forgotten."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from keeping_parts import STAFF, bodies, call, copied, document, holding, taken_in

from assistant.backup.contents import still
from assistant.doctor import LOOKS
from assistant.wiring import open_parts
from ingest import erasing
from ingest.wiring import ingest_at, open_ingest
from policies import switch
from policies.audit.ledger import Ledger
from policies.config import Home, open_home
from policies.keys import Keys

CANARY = "zirkonquitte"
TEXTS = {
    "tower": "The tower has nine floors.",
    "bridge": "The bridge is shut.",
    "secret": f"The {CANARY} is in the cellar.",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return taken_in(tmp_path_factory.mktemp("made"), TEXTS)


@pytest.fixture
def site(made, tmp_path, monkeypatch):
    """A home with three documents; `file` is where backups are put."""
    site = copied(made, tmp_path, monkeypatch)
    site.file, site.other = tmp_path / "backup", tmp_path / "other"
    return site


def names(home: Path) -> set[str]:
    listed = json.loads(call(home, "documents", "list", "--json").out)["documents"]
    return {Path(one["source"]).stem for one in listed}


def records(home: Path) -> list[dict]:
    with Ledger(opened := open_home(home), Keys.load(opened)) as ledger:
        return [json.loads(body) for _, body in ledger.bodies()]


def forgotten(site, *named: str) -> dict:
    done = call(site.home, "documents", "forget", *(document(site, name) for name in named), "--reason", "r", "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def restored(site, *more: object) -> dict:
    done = call(site.other, "restore", site.file, *more, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out) | {"err": done.err}


def backed_up(site) -> dict:
    done = call(site.home, "backup", site.file, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_a_home_comes_back_whole_and_every_check_passes(site):
    (site.home / "ringfence.toml").write_text("[ingest]\nworkers = 1\n")
    before = names(site.home)
    told = backed_up(site)
    assert (os.stat(site.file).st_mode & 0o777, told["size"]) == (0o600, site.file.stat().st_size)
    assert not holding(site.file.parent / "backup", CANARY.encode())
    again = restored(site)
    assert (names(site.other), again["sha256"], again["checkpoint"]) == (before, told["sha256"], told["checkpoint"])
    assert (site.other / "ringfence.toml").read_text() == "[ingest]\nworkers = 1\n"
    outside = site.folder / "checkpoint"
    outside.write_text(told["checkpoint"])
    checked = json.loads(call(site.other, "audit", "verify", "--checkpoint", outside, "--json").out)
    assert checked["intact"]
    assert [finding["code"] for finding in checked["findings"]] == ["RESTORED"]
    assert not any(json.loads(call(site.other, "documents", "reconcile", "--json").out)["found"].values())
    with contextlib.closing(open_ingest(open_home(site.other))) as room:
        room.index.settle()
        assert room.index.ids() == room.catalogue.chunk_ids() != frozenset()
    assert holding(site.other / "catalogue" / "originals", CANARY.encode())
    assert os.stat(site.other).st_mode & 0o777 == 0o700


@pytest.mark.parametrize("outside", ["closed", "general"])
def test_where_something_could_leave_it_is_stopped_after_a_restore(site, outside):
    """It may have been stopped after the backup was made, and that is in no record any more."""
    (site.home / "ringfence.toml").write_text(
        f'[assistant]\noutside = "{outside}"\n'
        '[assistant.destination]\nid = "d"\nbase_url = "https://lab.invalid/v1"\nmodel = "m"\n'
    )
    backed_up(site)
    switch.stop(open_home(site.home), now=1, wait=0)
    restored(site)
    shut = switch.stopped(open_home(site.other)) is not None
    assert shut is (outside == "general")
    assert ("outside stopped" in [one.get("what") for one in records(site.other)]) is shut


def test_the_record_says_what_was_made_and_what_was_put_back(site):
    told = backed_up(site)
    again = restored(site)
    here, there = records(site.home), records(site.other)
    assert [one["kind"] for one in here[-2:]] == ["BackupIntended", "BackupMade"]
    assert (here[-1]["sha256"], here[-1]["closes"]) == (told["sha256"], here[-2]["seq"])
    assert there[: len(here) - 1] == here[:-1]
    put_back = there[again["record"]]
    assert (put_back["kind"], put_back["sha256"], put_back["erasures"]) == ("BackupRestored", told["sha256"], 0)
    assert "--erasures" in again["err"]
    with ingest_at(site.home) as room:  # a newer past is kept outside: what was put back is seen to be older
        assert room.recorder is not None
    for _ in range(4):
        call(site.home, "audit", "list")
    outside = site.folder / "checkpoint"
    outside.write_text(call(site.home, "audit", "checkpoint").out)
    found = json.loads(call(site.other, "audit", "verify", "--checkpoint", outside, "--json").out)
    assert {one["code"] for one in found["findings"]} == {"ROLLBACK", "RESTORED"}


# -- what was forgotten ------------------------------------------------------------------------------------


def test_what_was_forgotten_after_the_backup_does_not_come_back(site):
    """Not under its name, not under another, not from a hold that had ended; what was let in again does."""
    (site.folder / "own").mkdir()
    (site.folder / "own" / "twin.txt").write_text("Said twice.")
    (site.folder / "own" / "held.txt").write_text("Held once.")
    assert call(site.home, "ingest", site.folder / "own", *STAFF).code == 0
    held, twin = document(site, "held.txt"), document(site, "twin.txt")
    call(site.home, "audit", "hold", "--document", held, "--reason", "a claim")
    backed_up(site)
    with ingest_at(site.home) as room:
        room.forgetting.release(held)
    (site.folder / "own" / "twin.txt").rename(site.folder / "own" / "renamed.txt")
    assert call(site.home, "ingest", site.folder / "own", *STAFF).code == 0
    assert document(site, "renamed.txt") != twin
    forgotten(site, "renamed.txt", "held.txt", "secret.txt", "tower.txt")
    assert call(site.home, "documents", "forget", "--undo", site.docs / "tower.txt", "--reason", "r").code == 0
    again = restored(site, "--erasures", site.home / "ledger" / "erasures.log")
    assert names(site.other) == {"tower", "bridge"}
    assert again["erasures"]
    assert holding(site.other, CANARY.encode()) == []
    assert call(site.other, "audit", "verify").code == 0
    report = json.loads(call(site.other, "ingest", site.folder / "own", *STAFF, "--json").out)
    assert {file["reason"] for file in report["files"]} == {"FORGOTTEN"}


def test_the_list_that_lies_in_an_otherwise_empty_home_is_taken(site):
    backed_up(site)
    forgotten(site, "secret.txt")
    (site.other / "ledger").mkdir(parents=True)
    shutil.copy(site.home / "ledger" / "erasures.log", site.other / "ledger")
    assert restored(site)["forgotten"] == 1
    assert names(site.other) == {"tower", "bridge"}
    assert restored_list(site) == restored_list(site, site.home)


def restored_list(site, home: Path | None = None) -> dict[str, str]:
    with contextlib.closing(open_ingest(open_home(home or site.other))) as room:
        return room.erasures.read()


def test_a_list_that_was_changed_or_is_another_homes_is_refused_and_a_torn_line_is_not(site):
    backed_up(site)
    forgotten(site, "secret.txt")
    log = site.home / "ledger" / "erasures.log"
    whole = log.read_text()
    log.write_text(whole.replace("forgotten", "readmitted"))
    refused = call(site.other, "restore", site.file, "--erasures", log)
    assert (refused.code, "Line 1" in refused.err, site.other.exists()) == (2, True, False)
    log.write_text(whole + whole[:40])
    forgotten(site, "bridge.txt")
    assert len(restored_list(site, site.home)) == 2
    assert log.read_text().startswith(whole)


def test_backups_that_hold_what_is_forgotten_stand_on_its_receipt_until_they_are_destroyed(site):
    told = backed_up(site)
    receipt = json.loads(forgotten(site, "secret.txt")["receipt"]["body"])
    assert [(one["record"], one["sha256"]) for one in receipt["backups"]] == [(told["record"], told["sha256"])]
    site.file = site.folder / "second"
    second = backed_up(site)
    (first, later) = json.loads(call(site.home, "backup", "--list", "--json").out)["backups"]
    assert (first["forgotten_since"], later["forgotten_since"], first["destroyed"]) == (1, 0, -1)
    with contextlib.closing(open_parts(site.home)) as parts:
        said = dict(LOOKS)["backups"](parts)
    assert "2 on the record" in said
    assert "--destroyed" in said
    assert call(site.home, "backup", "--destroyed", "ffffffffff", "--reason", "r").code == 2
    assert call(site.home, "backup", "--destroyed", told["sha256"]).code == 2
    assert call(site.home, "backup", "--destroyed", told["sha256"][:12], "--reason", "shredded").code == 0
    said = call(site.home, "documents", "forget", document(site, "bridge.txt"), "--reason", "r").out
    assert (second["sha256"] in said, told["sha256"] in said) == (True, False)


def test_a_backup_made_before_the_files_were_clean_stands_on_the_receipt_as_well(site):
    """What was forgotten a moment before may lie in a page of the catalogue that was copied with it."""
    with ingest_at(site.home) as room:
        asked = [document(site, "secret.txt")]
        erasing.forget(asked, why="r", actor="a", forgetting=room.forgetting, recorder=room.recorder)
    told = backed_up(site)
    assert call(site.home, "documents", "reconcile").code == 0
    receipt = json.loads(json.loads(call(site.home, "documents", "forget", *asked, "--json").out)["receipt"]["body"])
    assert [one["record"] for one in receipt["backups"]] == [told["record"]]
    (listed,) = json.loads(call(site.home, "backup", "--list", "--json").out)["backups"]
    assert listed["forgotten_since"] == 1


def test_while_a_backup_is_made_nothing_is_taken_from_it_and_forgetting_ends_afterwards(site):
    with still(open_home(site.home)):
        done = call(site.home, "documents", "forget", document(site, "secret.txt"), "--reason", "r")
        assert (done.code, "secret" in names(site.home)) == (4, False)
        assert holding(site.home / "catalogue" / "originals", CANARY.encode())
    assert call(site.home, "documents", "reconcile").code == 0
    assert holding(site.home, CANARY.encode()) == []


# -- what is refused ---------------------------------------------------------------------------------------


def test_nothing_is_overwritten_and_nothing_is_put_where_it_would_be_lost(site):
    backed_up(site)
    whole = site.file.read_bytes()
    for place in (site.file, site.home / "b", site.folder / "keys" / "b", site.folder / "nowhere" / "b"):
        assert call(site.home, "backup", place).code == 2
    assert site.file.read_bytes() == whole
    assert restored(site)
    for home in (site.home, site.other):
        refused = call(home, "restore", site.file)
        assert (refused.code, "not empty" in refused.err) == (2, True)
    assert call(site.home, "backup").code == call(site.home, "backup", site.file, "--list").code == 2
    left = [path.name for path in site.folder.iterdir() if path.name.endswith(".part")]
    assert (left, list((site.home / "run").glob("backup-*"))) == ([], [])


@pytest.mark.parametrize("how", ["cut", "changed", "no backup", "gone", "no keys", "other keys"])
def test_a_bad_backup_or_key_leaves_nothing_behind(site, how, monkeypatch):
    backed_up(site)
    data = site.file.read_bytes()
    code = {"cut": 1, "changed": 1, "no backup": 2, "gone": 2}.get(how, 3)
    if how == "cut":
        site.file.write_bytes(data[:-1])
    elif how == "changed":
        site.file.write_bytes(data[:-100] + bytes([data[-100] ^ 1]) + data[-99:])
    elif how == "no backup":
        site.file.write_bytes(b"hello\n")
    elif how == "gone":
        site.file.unlink()
    elif how == "no keys":
        monkeypatch.setenv("RINGFENCE_KEYS", str(site.folder / "none"))
    else:
        monkeypatch.setenv("RINGFENCE_KEYS", str(site.folder / "theirs"))
        Keys.create(Home(path=site.other, id="", keys=site.folder / "theirs"))
    refused = call(site.other, "restore", site.file)
    assert (refused.code, site.other.exists()) == (code, False), refused.err


def test_a_store_of_a_newer_version_is_refused_before_there_is_a_home(site):
    import sqlite3

    with contextlib.closing(sqlite3.connect(site.home / "catalogue" / "catalogue.db")) as db:
        number = db.execute("PRAGMA user_version").fetchone()[0]
        db.execute("PRAGMA user_version = 999")
    backed_up(site)
    refused = call(site.other, "restore", site.file)
    assert (refused.code, "newer version" in refused.err, site.other.exists(), number > 0) == (3, True, False, True)


def test_a_damaged_database_is_not_backed_up_as_if_it_were_whole(site):
    catalogue = site.home / "catalogue" / "catalogue.db"
    data = bytearray(catalogue.read_bytes())
    data[8192 : 8192 + 4096] = b"\xff" * 4096
    catalogue.write_bytes(data)
    refused = call(site.home, "backup", site.file)
    assert (refused.code, site.file.exists()) == (3, False)
    assert '"outcome":"lost"' in bodies(site)[-1]


def test_what_cannot_be_read_is_not_left_out_in_silence(site):
    (site.home / "rules").mkdir()
    (site.home / "rules" / "own.cedar").symlink_to("own.cedar")
    refused = call(site.home, "backup", site.file)
    assert (refused.code, "own.cedar cannot be read" in refused.err, site.file.exists()) == (3, True, False)


# -- killed, full, in use ----------------------------------------------------------------------------------

CHILD = """
import os, resource, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import assistant.wiring, assistant.backup.making as making, assistant.backup.restoring as restoring
import ingest.keeping
from calling import call
def die(*args, **kwargs): os._exit(9)
def late(function):
    def run(*args, **kwargs): function(*args, **kwargs); die()
    return run
def half(source, home):
    if (home / "ledger").exists(): (source / "ledger/ledger.db").replace(home / "ledger/ledger.db")
    else: (source / "ledger").replace(home / "ledger")
    die()
STEPS = {
    "b-intended": (making, "_write", die), "b-copied": (making, "copy", late(making.copy)),
    "b-written": (making, "_name", die), "b-named": (making, "_name", late(making._name)),
    "r-unpacking": (restoring, "_refuse_strange", die), "r-unpacked": (restoring, "_settled", die),
    "r-forgotten": (restoring, "BackupRestored", die), "r-settled": (restoring, "_move", die),
    "r-moving": (restoring, "_move", half), "r-moved": (restoring, "_move", late(restoring._move)),
}
for line in sys.stdin:
    step, keys, home, *words = line.rstrip("\\n").split("\\t")
    child = os.fork()
    if child == 0:
        os.environ["RINGFENCE_KEYS"] = keys
        if step == "full":
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
        else:
            setattr(*STEPS[step])
        said = call(Path(home), *words)
        print(said.err, file=sys.stderr)
        os._exit(said.code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture(scope="module")
def children():
    """A process whose forks run a command each and die at a step."""
    words = [sys.executable, "-c", CHILD, str(Path(__file__).parents[1])]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def run(step: str, home: Path, *more: object) -> int:
            assert process.stdin
            assert process.stdout
            process.stdin.write("\t".join(map(str, (step, os.environ["RINGFENCE_KEYS"], home, *more))) + "\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        yield run
        process.stdin.close()


@pytest.mark.parametrize("step", ["b-intended", "b-copied", "b-written", "b-named"])
def test_killed_while_it_is_made_there_is_a_whole_backup_or_none(site, children, step):
    folder = site.folder / "backups"
    folder.mkdir()
    assert children(step, site.home, "backup", folder / "one") == 9
    assert (folder / "one").exists() == (step == "b-named")
    assert call(site.home, "documents", "reconcile").code == 0
    ends = [json.loads(body)["outcome"] for body in bodies(site) if '"kind":"BackupMade"' in body]
    assert ends == ["lost" if step in ("b-intended", "b-copied") else "made"]
    site.file = folder / "two"
    backed_up(site)
    assert {path.name for path in folder.iterdir()} - {"one"} == {"two"}
    assert list((site.home / "run").glob("backup-*")) == []
    assert names(Path(restored(site)["home"])) == set(TEXTS)


@pytest.mark.parametrize("step", ["r-unpacking", "r-unpacked", "r-forgotten", "r-settled", "r-moving", "r-moved"])
def test_killed_while_it_is_put_back_there_is_the_whole_home_or_none(site, children, step):
    backed_up(site)
    forgotten(site, "secret.txt")
    log = site.home / "ledger" / "erasures.log"
    assert children(step, site.other, "restore", site.file, "--erasures", log) == 9
    assert (site.other / "home.json").exists() == (step == "r-moved")
    assert call(site.other, "documents", "list").code == (0 if step == "r-moved" else 3)
    if step != "r-moved":
        assert restored(site, "--erasures", log)["forgotten"] == 1
    assert names(site.other) == {"tower", "bridge"}
    assert call(site.other, "audit", "verify").code == 0


def test_a_run_that_was_killed_on_the_way_takes_nobodys_file_and_no_list_along(site, children):
    """The list of what was forgotten lay in the folder and nowhere else."""
    backed_up(site)
    forgotten(site, "secret.txt")
    (site.other / "ledger").mkdir(parents=True)
    (site.home / "ledger" / "erasures.log").replace(site.other / "ledger" / "erasures.log")
    assert children("r-moving", site.other, "restore", site.file) == 9
    (site.other / "mine.txt").write_text("put there since")
    assert call(site.other, "restore", site.file).code == 2
    assert (site.other / "mine.txt").exists()
    (site.other / "mine.txt").unlink()
    assert restored(site)["forgotten"] == 1
    assert names(site.other) == {"tower", "bridge"}


def test_without_space_there_is_no_half_of_anything(site, children):
    assert children("full", site.home, "backup", site.file) == 3
    assert [path.name for path in site.folder.iterdir() if "backup" in path.name] == []
    assert '"outcome":"lost"' in bodies(site)[-1]
    backed_up(site)
    assert children("full", site.other, "restore", site.file) == 3
    assert not site.other.exists()
    assert restored(site)


BUSY = """
import os, random, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from ingest.index import embedder
from ingest_parts import HashEmbedder
embedder.open_embedder = lambda *_, **__: HashEmbedder()
from calling import call
home, docs, chance = Path(sys.argv[2]), Path(sys.argv[3]), random.Random(3)
for round in range(10_000):
    for number in range(6):
        file = docs / f"file{number}.txt"
        if chance.random() < .3: file.unlink(missing_ok=True)
        else: file.write_text(f"Round {round} of file {number}. " * chance.randint(1, 9))
    call(home, "ingest", docs, "--group", "staff", "--level", "internal")
    print(round, flush=True)
"""


def test_a_backup_that_is_made_while_documents_come_and_go_is_of_one_moment(site):
    """No document without its record or its file, no record of a change that is not there, nothing to repair."""
    docs = site.folder / "own"
    docs.mkdir()
    words = [sys.executable, "-c", BUSY, str(Path(__file__).parents[1]), str(site.home), str(docs)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as busy:
        assert busy.stdout
        busy.stdout.readline()
        for number in range(2):
            site.file, site.other = site.folder / f"b{number}", site.folder / f"r{number}"
            time.sleep(0.4 * number)  # at another step of the job
            backed_up(site)
        busy.kill()
    for number in range(2):
        site.file, site.other = site.folder / f"b{number}", site.folder / f"r{number}"
        restored(site)
        assert call(site.other, "audit", "verify").code == 0
        found = json.loads(call(site.other, "documents", "reconcile", "--json").out)["found"]
        assert not any(found.values()), found
        said = records(site.other)
        taken = {one["version"] for one in said if one["kind"] == "IngestIntended"}
        with contextlib.closing(open_ingest(open_home(site.other))) as room:
            versions = {one.version for one in room.catalogue.documents()}
        assert versions <= taken
