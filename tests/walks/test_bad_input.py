"""Bad input and broken parts: a message that names the cure, the right exit code, no traceback, and nothing lost."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from house import House, Said, house, own, run

from assistant import phrases

pytestmark = pytest.mark.walk
__all__ = ["house", "own"]
PER_DIEM = "What is the per diem in Berlin?"


def refused(said: Said, code: int, *words: str) -> None:
    """One clear line on standard error that holds these words, nothing on standard output, the exit code."""
    assert said.code == code, (said.out, said.err)
    assert said.out == ""
    assert said.err.startswith("ringfence: ")
    assert len(said.err.strip().splitlines()) == 1
    assert "Traceback" not in said.err
    for word in words:
        assert word in said.err


def nothing_lost(house: House, documents: int = 5) -> None:
    """Every document is still listed and the record is whole."""
    assert len(house.run("documents", "list", "--json").json["documents"]) == documents
    assert house.run("audit", "verify").code == 0


# -- what people type ----------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["ask", "search"])
def test_an_unknown_person_is_a_usage_error(house: House, command: str) -> None:
    """Nobody is asked for who is not there; the message says where to look."""
    refused(house.run(command, PER_DIEM, "--as", "nobody", "--json"), 2, "nobody", "ringfence users list")
    nothing_lost(house)


@pytest.mark.parametrize("command", ["ask", "search"])
@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_question_is_a_usage_error(house: House, command: str, text: str) -> None:
    """Nothing was asked, so nothing is recorded."""
    refused(house.run(command, text, "--as", "dana"), 2, "empty", "Type a question")


@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_question_of_100_kilobytes_is_a_usage_error(house: House, command: str) -> None:
    """The message says how long it may be and what to do instead; the text is not repeated."""
    said = house.run(command, "per diem " * 11_378, "--as", "dana")
    refused(said, 2, "102,402", "16,000", "document")
    assert "per diem" not in said.err
    nothing_lost(house)


def test_a_long_question_that_may_be_asked_is_answered(house: House) -> None:
    """Just below the limit everything works."""
    said = house.run("ask", f"{PER_DIEM} {'x' * 15_900}", "--as", "dana", "--json")
    assert said.code == 0
    assert said.json["outcome"] in ("answered", "partly", "abstained")


def test_the_question_does_not_fit_a_small_writing_model(own: House) -> None:
    """A question that may be asked but is longer than the model can hold: said so, with the cure, and closed."""
    said = own.run("ask", f"{PER_DIEM} {'word ' * 3_000}", "--as", "dana", "--write")
    refused(said, 2, "too long for the writing model")
    rows = own.run("audit", "list", "--json").json["rows"]
    assert rows[0]["outcome"] != "open"
    nothing_lost(own)


def test_a_conversation_that_is_not_there_is_refused(house: House) -> None:
    """The same words as for somebody else's."""
    refused(house.run("ask", PER_DIEM, "--as", "dana", "--conversation", "none"), 1, "no such conversation")


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["ask", "x", "--as", "dana", "--kind", "own"], "documents or general"),
        (["search", "x", "--as", "dana", "--mode", "magic"], "hybrid"),
        (["users", "add", "x", "--role", "king"], "auditor"),
        (["users", "add", "x", "--clearance", "top"], "restricted"),
        (["users", "add", "x", "--role", "auditor", "--role", "admin"], "auditor"),
        (["users", "add", "dana"], "already"),
        (["users", "disable", "nobody"], "users list"),
        (["documents", "show", "none"], "documents list"),
        (["audit", "show", "100000"], "newest"),
        (["audit", "export", "--format", "xml"], "jsonl"),
    ],
)
def test_a_wrong_word_is_a_usage_error_that_names_the_right_ones(house: House, words: list[str], names: str) -> None:
    """Exit 2, one line, the cure."""
    refused(house.run(*words), 2, names)


def test_no_group_named(own: House) -> None:
    """Nobody could read the documents, so they are not taken in."""
    own.write("more/a.txt", "A text.")
    refused(own.run("ingest", own.folder / "more"), 2, "no group", "--group everyone")
    nothing_lost(own)


def test_a_path_that_is_not_there(own: House) -> None:
    """A misspelt path is said so, and what was taken in from elsewhere stays."""
    said = own.run("ingest", own.folder / "none", "--group", "staff")
    assert said.code == 2
    assert "Traceback" not in said.err
    assert "none" in said.err
    nothing_lost(own)


def test_a_weak_password_makes_no_account(own: House) -> None:
    """Refused with the rule, and the name stays free."""
    refused(own.run("users", "add", "kim", "--password-stdin", typed="123\n"), 2)
    assert "kim" not in own.run("users", "list").out


# -- settings ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("[assistant]\nouside = 'closed'\n", "'outside'"),
        ("[ingest]\nworker = 3\n", "'workers'"),
        ("[ingets]\n", "'ingest'"),
        ("[assistant]\noutside = 'open'\n", "outside"),
        ("[assistant\n", "ringfence.toml"),
    ],
)
@pytest.mark.parametrize("words", [["search", "x", "--as", "dana"], ["users", "list"]])
def test_a_mistake_in_the_settings_names_the_nearest_known_key(
    own: House, text: str, near: str, words: list[str]
) -> None:
    """Exit 2 before anything is done: a misspelt switch must not silently mean its default."""
    own.write("home/ringfence.toml", text)
    refused(own.run(*words), 2, near)
    (own.home / "ringfence.toml").unlink()
    nothing_lost(own)


# -- homes and stores ----------------------------------------------------------------------------------


def numbered(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
        db.commit()


def test_a_home_written_by_a_newer_version_is_not_touched(own: House) -> None:
    """home.json says so: exit 3 for every command, and nothing in the home changes."""
    stated = json.loads((own.home / "home.json").read_text())
    (own.home / "home.json").write_text(json.dumps(stated | {"schema": 99}))
    before = {path: path.stat().st_mtime_ns for path in own.home.rglob("*")}
    for words in (["ask", PER_DIEM, "--as", "dana"], ["documents", "list"], ["users", "list"], ["audit", "verify"]):
        refused(own.run(*words), 3, "newer version", "Install the newer version")
    refused(own.run("ingest", own.folder / "docs", "--group", "staff"), 3, "newer version")
    assert {path: path.stat().st_mtime_ns for path in own.home.rglob("*")} == before


@pytest.mark.parametrize(
    ("store", "words"),
    [
        ("catalogue/catalogue.db", ["ask", PER_DIEM, "--as", "dana"]),
        ("catalogue/catalogue.db", ["documents", "list"]),
        ("ledger/ledger.db", ["ask", PER_DIEM, "--as", "dana"]),
        ("ledger/ledger.db", ["audit", "list"]),
        ("people/people.db", ["users", "list"]),
        ("conversations/conversations.db", ["ask", PER_DIEM, "--as", "dana"]),
    ],
)
def test_a_store_written_by_a_newer_version_is_refused(own: House, store: str, words: list[str]) -> None:
    """Exit 3 with the cure; the file keeps its number and its contents."""
    own.run("ask", PER_DIEM, "--as", "dana")
    numbered(own.home / store)
    refused(own.run(*words), 3, "newer version", "nstall the newer version")
    with contextlib.closing(sqlite3.connect(own.home / store)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (99,)


def spoil(path: Path) -> None:
    """Garbage over the middle of a file and its head, as a failing disk leaves it."""
    for name in ("-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)
    data = bytearray(path.read_bytes())
    data[: min(len(data), 4096)] = b"\xa5" * min(len(data), 4096)
    path.write_bytes(bytes(data))


@pytest.mark.parametrize(
    ("store", "words", "cure"),
    [
        ("catalogue/catalogue.db", ["ask", PER_DIEM, "--as", "dana"], "Put back a copy"),
        ("catalogue/catalogue.db", ["documents", "list"], "Put back a copy"),
        ("ledger/ledger.db", ["ask", PER_DIEM, "--as", "dana"], "backup"),
        ("ledger/ledger.db", ["search", PER_DIEM, "--as", "dana"], "backup"),
        ("people/people.db", ["ask", PER_DIEM, "--as", "dana"], "backup"),
        ("conversations/conversations.db", ["ask", PER_DIEM, "--as", "dana"], "backup"),
    ],
)
def test_a_damaged_store_is_named_with_its_cure_and_not_made_worse(
    own: House, store: str, words: list[str], cure: str
) -> None:
    """Exit 3; what is left of the file is left as it is, for whoever repairs it."""
    own.run("ask", PER_DIEM, "--as", "dana")
    spoil(own.home / store)
    before = (own.home / store).read_bytes()
    refused(own.run(*words), 3, cure)
    assert (own.home / store).read_bytes() == before


def test_ingest_into_a_damaged_catalogue_takes_nothing_in(own: House) -> None:
    """The record stays whole, and the next run after the repair loses nothing."""
    good = (own.home / "catalogue" / "catalogue.db").read_bytes()
    spoil(own.home / "catalogue" / "catalogue.db")
    own.write("more/a.txt", "A text.")
    refused(own.run("ingest", own.folder / "more", "--group", "staff"), 3, "Put back a copy")
    assert own.run("audit", "verify").code == 0
    (own.home / "catalogue" / "catalogue.db").write_bytes(good)
    assert own.run("ingest", own.folder / "more", "--group", "staff", "--level", "public").code == 0
    nothing_lost(own, 6)


def test_a_changed_record_is_found_and_no_answer_is_given_on_it(own: House) -> None:
    """`audit verify` says where, exit 1; asking goes on only over a record that is whole."""
    own.run("ask", PER_DIEM, "--as", "dana")
    with contextlib.closing(sqlite3.connect(own.home / "ledger" / "ledger.db")) as db:
        db.execute("UPDATE records SET body = replace(body, 'home made', 'home mode') WHERE seq = 0")
        db.commit()
    said = own.run("audit", "verify")
    assert said.code == 1
    assert "NOT intact" in said.out
    assert len(own.run("documents", "list", "--json").json["documents"]) == 5


def test_a_missing_key_is_named_and_no_new_one_is_made(own: House) -> None:
    """A record without its key belongs to nobody: exit 3, and the folder stays as it is."""
    shutil.rmtree(own.keys)
    for words in (["ask", PER_DIEM, "--as", "dana"], ["audit", "verify"], ["ingest", own.folder, "--group", "staff"]):
        refused(own.run(*words), 3, "home.key", "RINGFENCE_KEYS")
    assert not own.keys.exists()


def test_a_damaged_home_file_is_named(own: House) -> None:
    """home.json that cannot be read: exit 3, and it is not written anew."""
    (own.home / "home.json").write_text("{")
    refused(own.run("documents", "list"), 3, "home.json")
    refused(own.run("init"), 3, "home.json")
    assert (own.home / "home.json").read_text() == "{"


def test_an_index_made_with_another_embedding_model_is_refused(own: House) -> None:
    """Vectors of two models cannot be compared: exit 3 with the cure; documents and record stay."""
    manifest = next((own.home / "index").rglob("manifest.json"))
    stated = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(stated | {"embedding": "0" * 64}))
    for words in (["search", "x", "--as", "dana"], ["ask", PER_DIEM, "--as", "dana"]):
        refused(own.run(*words), 3, "another embedding model", "ringfence.toml")
    assert json.loads(manifest.read_text())["embedding"] == "0" * 64
    rows = own.run("audit", "list", "--json").json["rows"]
    assert rows[0]["summary"] == "not answered: IndexUnavailable"
    nothing_lost(own)


def test_documents_made_with_another_embedding_model_are_not_mixed(own: House) -> None:
    """Ingestion stops before it reads a file."""
    with contextlib.closing(sqlite3.connect(own.home / "catalogue" / "catalogue.db")) as db:
        db.execute("UPDATE facts SET value = 'other' WHERE name = 'embedding'")
        db.commit()
    own.write("more/a.txt", "A text.")
    refused(own.run("ingest", own.folder / "more", "--group", "staff"), 3, "another embedding model", "new home")
    nothing_lost(own)


# -- models --------------------------------------------------------------------------------------------


def test_a_model_that_is_configured_and_not_there_gives_the_passages(own: House) -> None:
    """No Ollama behind the address: the passages with a notice, exit 0, passages_only."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    own.write(
        "home/ringfence.toml",
        f'[assistant]\nmodel = "ollama"\nollama_url = "http://127.0.0.1:{port}"\nollama_model = "big"\n',
    )
    said = own.run("ask", PER_DIEM, "--as", "dana", "--json")
    assert said.code == 0, said.err
    assert said.json["outcome"] == "passages_only"
    assert said.json["answer"].startswith(phrases.MODEL_DOWN)
    assert "28 euros" in said.json["answer"]
    assert said.json["citations"]
    nothing_lost(own)


def test_an_embedding_model_that_is_not_there_is_named(own: House) -> None:
    """The folder in the settings holds no model: exit 3 with the cure."""
    own.write("home/ringfence.toml", f'[ingest]\nembedding_model = "{own.folder / "none"}"\n')
    refused(own.run("search", "x", "--as", "dana"), 3, "does not hold an embedding model")
    nothing_lost(own)


# -- machines ------------------------------------------------------------------------------------------


def test_a_port_in_use_costs_nothing(own: House) -> None:
    """Said before anything is opened, with another port as the cure."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused(own.run("serve", "--port", port), 3, f"Port {port} is in use", "--port")
    refused(own.run("serve", "--host", "192.0.2.1"), 3, "192.0.2.1", "address of this machine")
    nothing_lost(own)


@pytest.fixture
def small(house: House, tmp_path: Path) -> Iterator[House]:
    """A copy of the home on a file system of its own, small enough to be filled."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", str(place)]
    if os.geteuid() != 0 or not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("needs: a small file system (tmpfs mounted as root)")
    try:
        yield house.copy(place / "own")
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill(folder: Path, *, leave: int) -> Path:
    """Take all the space but `leave` bytes."""
    stone = folder / "stone"
    with stone.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(1 << 16)):
            pass
    if leave:
        os.truncate(stone, stone.stat().st_size - leave)
    return stone


def apart(house: House, *words: object) -> Said:
    """A command in a process of its own: without space the system may end it, and this one must go on."""
    python = [sys.executable, "-m", "assistant.cli", "--home", str(house.home), *map(str, words)]
    done = subprocess.run(python, capture_output=True, text=True, env=house.environment, timeout=120)
    return Said(code=done.returncode, out=done.stdout, err=done.stderr)


@pytest.mark.parametrize("leave", [0, 96 << 10, 4 << 20])
def test_without_space_nothing_is_answered_or_taken_in_and_nothing_is_lost(small: House, leave: int) -> None:
    """Cannot record, cannot open the index: exit 3 and the cure. With space again everything goes on."""
    small.write("more/a.txt", "The word of the day is quoin.")
    stone = fill(small.folder, leave=leave)
    refused(apart(small, "ask", PER_DIEM, "--as", "dana"), 3, "space")
    refused(apart(small, "search", PER_DIEM, "--as", "dana"), 3, "space")
    taken = apart(small, "ingest", small.folder / "more", "--group", "staff", "--level", "public")
    assert taken.code == 3, (taken.out, taken.err)
    assert "space" in taken.err
    assert "Traceback" not in taken.err
    stone.unlink()
    again = small.run("ingest", small.folder / "more", "--group", "staff", "--level", "public")
    assert again.code == 0, again.err
    assert "28 euros" in small.run("ask", PER_DIEM, "--as", "dana").out
    nothing_lost(small, 6)


def test_a_new_home_without_space_is_refused_with_the_cure(small: House) -> None:
    """`init` on a full disk: exit 3, no traceback, and it works once there is space."""
    stone = fill(small.folder, leave=0)
    keys = {"RINGFENCE_KEYS": str(small.folder / "newkeys")}
    refused(run("--home", small.folder / "new", "init", **keys), 3, "space")
    stone.unlink()
    assert run("--home", small.folder / "new", "init", **keys).code == 0


def test_a_limit_on_file_size_is_no_loss(own: House) -> None:
    """The system refuses to let a file grow (a quota, `ulimit -f`): no traceback, exit 3, and the record is whole."""
    program = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({4096}, {resource.RLIM_INFINITY}))\n"
        "from assistant.cli import main\nmain(sys.argv[1:])\n"
    )
    command = [sys.executable, "-c", program, "--home", str(own.home), "search", PER_DIEM, "--as", "dana"]
    done = subprocess.run(command, capture_output=True, text=True, env=own.environment, timeout=120)
    assert done.returncode == 3, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    assert "28 euros" not in done.stdout
    nothing_lost(own)


def test_a_home_that_cannot_be_made_is_named() -> None:
    """Where no folder can be made: a message and not a traceback."""
    refused(run("--home", "/proc/none/home", "init"), 3, "cannot be written", "--home")
