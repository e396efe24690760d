"""Two processes, one home: a server that keeps the index and commands beside it, and the other way round.

New documents are searchable in the server's index within two seconds of their commit; deletions and revoked rights
count at once; commands ask the owner over its socket.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import serving
from house import House, changed_environment, house

from assistant.wiring import Parts, open_parts

pytestmark = pytest.mark.walk
__all__ = ["house"]
SEARCHABLE = 2.0  # seconds from the commit: the promise


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextlib.contextmanager
def served(house: House) -> Iterator[None]:
    """`ringfence serve` in a process of its own, answering."""
    command = ["-m", "assistant.cli", "--home", str(house.home), "serve", "--port", str(free_port())]
    with serving(command, RINGFENCE_KEYS=str(house.keys), OMP_NUM_THREADS="1"):
        yield


def start(house: House, *words: object) -> subprocess.Popen[str]:
    """A command in a process of its own."""
    python = [sys.executable, "-m", "assistant.cli", "--home", str(house.home), *map(str, words)]
    return subprocess.Popen(python, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=house.environment)


def wait_for(what: Callable[[], Any], seconds: float) -> float:
    """How long it took until `what` was true."""
    begun = time.monotonic()
    while not what():
        assert time.monotonic() - begun < seconds, "it did not come about in time"
        time.sleep(0.02)
    return time.monotonic() - begun


@contextlib.contextmanager
def client(house: House) -> Iterator[Parts]:
    """The parts of the home in this process, beside the server."""
    with changed_environment({"RINGFENCE_KEYS": str(house.keys)}):
        parts = open_parts(house.home)
        try:
            yield parts
        finally:
            parts.close()


def sources(house: House, text: str, name: str = "dana") -> set[str]:
    said = house.run("search", text, "--as", name, "-k", "50", "--json")
    assert said.code == 0, said.err
    return {Path(hit["source"]).name for hit in said.json["hits"]}


def found(parts: Parts, text: str, name: str = "dana") -> set[str]:
    from policies.vocabulary import Question

    passages = parts.retrieve(Question(text=text, person=parts.people.named(name)), k=50).passages
    return {Path(passage.document.source.path).name for passage in passages}


@pytest.fixture(scope="module")
def shared(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A copy of the home, served for the tests of this file that need a server."""
    own = house.copy(tmp_path_factory.mktemp("shared"))
    with served(own):
        yield own


def test_a_command_asks_the_server_that_keeps_the_index(shared: House) -> None:
    """The search is answered over the owner's socket: this process never opened the index."""
    with client(shared) as parts:
        assert found(parts, "generator in the cellar") >= {"cellar.md"}
        assert not parts.ingest.index.owner
    assert "cellar.md" not in sources(shared, "generator in the cellar", "hana")


def test_a_document_taken_in_beside_the_server_is_searchable_within_two_seconds(shared: House) -> None:
    """From the commit in the catalogue to the server's index; the server needs no restart."""
    shared.write("fresh/quoin.md", "# Words\n\nThe word of the day is quoin. It is a stone at a corner.\n")
    with client(shared) as parts:
        parts.ingest.embedder.embed_query("warm")
        before, held = parts.ingest.catalogue.latest(), parts.ingest.index.count()
        ingest = start(shared, "ingest", shared.folder / "fresh", "--group", "staff", "--level", "public", "--json")
        wait_for(lambda: parts.ingest.catalogue.latest() > before, 120)
        took = wait_for(lambda: parts.ingest.index.count() > held, SEARCHABLE)
        assert took < SEARCHABLE
        assert "quoin.md" in found(parts, "What is the word of the day?")
        out, err = ingest.communicate(timeout=60)
    assert ingest.returncode == 0, err
    assert json.loads(out)["added"] == 1


def test_a_right_revoked_beside_the_server_counts_at_once(shared: House) -> None:
    """At the next search, before the index has heard of it."""
    shared.write("rights/lunch.md", "# Lunch\n\nLunch costs six euros in the canteen.\n")
    said = shared.run("ingest", shared.folder / "rights", "--group", "staff", "--level", "internal", "--json")
    document = said.json["files"][0]["document"]
    assert "lunch.md" in sources(shared, "What does lunch cost?")
    with client(shared) as parts:
        parts.ingest.catalogue.set_rights(document, groups={"board"})
        assert "lunch.md" not in found(parts, "What does lunch cost?")
    assert "lunch.md" in sources(shared, "What does lunch cost?", "bo")


def test_a_deleted_file_is_gone_at_once(shared: House) -> None:
    """The file vanished from its folder: after the next run nobody finds it, in the server's index either."""
    gone = shared.write("gone/ferry.md", "# Ferry\n\nThe ferry leaves at noon from the old pier.\n")
    shared.write("gone/stays.md", "# Bus\n\nThe bus leaves every hour.\n")
    ingest = ("ingest", shared.folder / "gone", "--group", "staff", "--level", "public", "--json")
    assert shared.run(*ingest).json["added"] == 2
    assert "ferry.md" in sources(shared, "When does the ferry leave?")
    gone.unlink()
    with client(shared) as parts:
        assert "ferry.md" in found(parts, "When does the ferry leave?")
        assert shared.run(*ingest).json["deleted"] == 1
        assert "ferry.md" not in found(parts, "When does the ferry leave?")
        wait_for(lambda: parts.ingest.index.ids() == parts.ingest.catalogue.chunk_ids(), SEARCHABLE)


def test_two_people_ask_beside_the_server_and_the_record_is_whole(shared: House) -> None:
    """Several writers, one record: every question has its end, and the whole verifies."""
    asked = [start(shared, "ask", "What is the per diem in Berlin?", "--as", name, "--json") for name in ("dana", "bo")]
    answers = [json.loads(one.communicate(timeout=120)[0]) for one in asked]
    assert [answer["outcome"] for answer in answers] == ["answered", "answered"]
    assert len({answer["record"] for answer in answers}) == 2
    verified = shared.run("audit", "verify", "--json")
    assert (verified.code, verified.json["intact"]) == (0, True)


def test_a_server_that_starts_during_an_ingestion_takes_the_index_and_nothing_is_lost(
    house: House, tmp_path: Path
) -> None:
    """The ingestion yields at its next border and goes on; when it ends, everything is searchable in the server."""
    own = house.copy(tmp_path / "own")
    for number in range(40):
        own.write(f"many/note-{number}.txt", f"Note {number}: the locker {number + 500} belongs to team {number}.")
    own.write("home/ringfence.toml", "[ingest]\nbatch_chunks = 4\n")
    with client(own) as parts:
        before = parts.ingest.catalogue.latest()
        ingest = start(own, "ingest", own.folder / "many", "--group", "staff", "--level", "public", "--json")
        wait_for(lambda: parts.ingest.catalogue.latest() > before, 120)
        with served(own):
            out, err = ingest.communicate(timeout=120)
            assert ingest.returncode == 0, err
            assert json.loads(out)["added"] == 40
            wait_for(lambda: parts.ingest.index.ids() == parts.ingest.catalogue.chunk_ids(), SEARCHABLE)
            assert not parts.ingest.index.owner
            assert "note-7.txt" in found(parts, "To which team does locker 507 belong?")
    assert own.run("audit", "verify").code == 0


def test_a_server_that_is_killed_leaves_the_index_to_the_next(house: House, tmp_path: Path) -> None:
    """kill -9: the lock dies with its holder, the next command takes the index over, and nothing is missing."""
    own = house.copy(tmp_path / "own")
    python = [sys.executable, "-m", "assistant.cli", "--home", str(own.home), "serve", "--port", str(free_port())]
    server = subprocess.Popen(python, stdout=subprocess.PIPE, text=True, env=own.environment)
    try:
        with client(own) as parts:
            wait_for(lambda: (own.home / "run" / "index.sock").exists(), 120)
            assert parts.ingest.index.count() > 0
            os.kill(server.pid, signal.SIGKILL)
            server.wait(timeout=20)
            assert "travel.md" in found(parts, "What is the per diem in Berlin?")
            assert parts.ingest.index.owner
    finally:
        server.kill()
        server.communicate()
    assert own.run("audit", "verify").code == 0
