"""Several processes, some of them killed: nothing acknowledged is lost, each open intent is closed once."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from audit_home import asked, filled, sealed_text, shown

from policies.audit.events import DocumentIngested, Event, Failed, IngestIntended
from policies.audit.ledger import Ledger
from policies.audit.recovery import open_intents
from policies.audit.verify import Report, verify
from policies.audit.writers import Writer, is_alive, sweep
from policies.config import Home, open_home
from policies.keys import Keys

ENDLESS = """
import sys
from pathlib import Path
from audit_home import asked, conversation, sealed_text, shown
from policies.audit.events import Departed, IngestIntended
from policies.audit.ledger import Ledger
from policies.config import open_home
from policies.keys import Keys
home = open_home(Path(sys.argv[1]))
ledger = Ledger(home, Keys.load(home))
while True:
    question = ledger.append(asked(), {"question": sealed_text()})
    print(question, flush=True)
    leaving = Departed(question=question, decision=question, destination="x", outgoing="0", outgoing_size=1)
    taking_in = IngestIntended(job="j", document="d", version="v", label="internal", groups=[], chunks=1)
    for event in (leaving, taking_in, shown()):
        print(ledger.append(event), flush=True)
"""


def _append(path: Path, count: int, start: Any, out: Any) -> None:
    home = open_home(path)
    with Ledger(home, Keys.load(home)) as ledger:
        start.wait(60)
        out.put([ledger.append(shown(number)) for number in range(count)])


def _recover(path: Path, start: Any, out: Any) -> None:
    home = open_home(path)
    with Ledger(home, Keys.load(home)) as ledger:
        start.wait(60)
        out.put(ledger.recover(lambda intent: None))


def _all_bodies(home: Home, keys: Keys) -> list[dict[str, Any]]:
    with Ledger(home, keys) as ledger:
        return [json.loads(body) for _, body in ledger.bodies()]


def _run(home: Home, target: Any, count: int, *args: Any) -> list[Any]:
    context = multiprocessing.get_context("spawn")
    start, out = context.Event(), context.Queue()
    processes = [context.Process(target=target, args=(home.path, *args, start, out)) for _ in range(count)]
    for process in processes:
        process.start()
    start.set()
    answers = [out.get(timeout=100) for _ in processes]
    for process in processes:
        process.join(30)
    return answers


def _die_in_the_middle(home: Home, after: int) -> list[int]:
    """Let a process append and kill it without warning; returns what it was told is durable."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    process = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, str(home.path)], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    told = [int(process.stdout.readline()) for _ in range(after)]
    process.send_signal(signal.SIGKILL)
    told += [int(line) for line in process.stdout.read().splitlines() if line]
    process.wait(30)
    process.stdout.close()
    return told


def test_several_processes_append_and_every_record_has_its_own_number(home: Home) -> None:
    keys = filled(home, 1)
    answers = _run(home, _append, 3, 40)
    assert sorted(number for answer in answers for number in answer) == list(range(1, 121))
    report = verify(home, keys.public)
    assert report.intact
    assert report.size == 121


@pytest.mark.parametrize("after", [1, 6, 43])
def test_a_killed_writer_leaves_a_record_that_verifies_and_its_intents_are_closed(home: Home, after: int) -> None:
    keys = filled(home, 1)
    told = _die_in_the_middle(home, after)
    report = verify(home, keys.public)
    assert report.intact
    assert report.size > max(told)
    assert {finding.code.value for finding in report.findings} == {"OPEN_INTENT"}

    def resolve(intent: dict[str, Any]) -> Event:
        return DocumentIngested(
            closes=intent["seq"], document=intent["document"], version=intent["version"], outcome="lost"
        )

    opened = len(report.findings)
    with Ledger(home, keys) as ledger:
        assert len(ledger.recover(resolve)) == opened
        assert ledger.recover(resolve) == []
    with Ledger(home, keys) as ledger:
        assert ledger.recover(resolve) == []
    assert verify(home, keys.public).findings == ()
    ended = {body["kind"]: body for body in _all_bodies(home, keys)[-opened:]}
    assert ended["Abandoned"]["reason"] == "process ended"
    if after > 2:
        assert ended["Returned"]["outcome"] == "unknown"
        assert ended["DocumentIngested"]["outcome"] == "lost"


def test_two_processes_that_recover_at_once_close_each_intent_once(home: Home) -> None:
    keys = filled(home, 1)
    _die_in_the_middle(home, 60)
    answers = _run(home, _recover, 2)
    bodies = _all_bodies(home, keys)
    closed = [body["closes"] for body in bodies if "closes" in body]
    assert len(closed) == len(set(closed)) == sum(len(answer) for answer in answers)
    left = {body["kind"] for body in bodies if "writer" in body and body["seq"] not in closed}
    assert left == {"IngestIntended"}  # nobody could tell what became of it, so it stays open


def test_the_intents_of_a_living_writer_are_left_alone(home: Home) -> None:
    keys = Keys.create(home)
    with Ledger(home, keys) as living:
        question = living.append(asked(), {"question": sealed_text()})
        with Ledger(home, keys) as other:
            assert other.recover(lambda intent: None) == []
        assert verify(home, keys.public).findings == ()
        living.append(Failed(closes=question, reason="x"))
    with Ledger(home, keys) as other:
        assert other.recover(lambda intent: None) == []


@pytest.mark.parametrize("closed", [False, True])
def test_an_intent_that_is_closed_while_the_record_is_checked_is_not_open(home: Home, closed: bool) -> None:
    """Its process ends in between, so at the end of the check nobody is there who could still close it."""
    keys = Keys.create(home)
    reports: list[Report] = []
    with Ledger(home, keys) as ledger:
        question = ledger.append(asked())
        lock = home.path / "run" / ledger._writer.id
        lock.unlink()
        os.mkfifo(lock)  # whoever asks whether the writer lives waits here until it is let through
        checking = threading.Thread(target=lambda: reports.append(verify(home, keys.public)))
        checking.start()
        while not (frame := sys._current_frames().get(checking.ident or 0)) or frame.f_code.co_name != "is_alive":
            time.sleep(0.001)
        if closed:
            ledger.append(Failed(closes=question, reason="x"))
        lock.write_text("")
        checking.join()
    assert [finding.code.value for finding in reports[0].findings] == ([] if closed else ["OPEN_INTENT"])


def test_a_closed_ledgers_open_intents_count_as_a_dead_writers(home: Home) -> None:
    keys = filled(home, 1, events=[asked()])
    with Ledger(home, keys) as ledger:
        assert ledger.recover(lambda intent: None) == [1]
    assert not any((home.path / "run").glob("*-*"))


def test_an_ingestion_nobody_can_tell_about_is_asked_about_again(home: Home) -> None:
    intent = IngestIntended(job="j", document="d", version="v", label="internal", groups=["a"], chunks=1)
    keys = filled(home, 3, events=[shown(), intent])
    with Ledger(home, keys) as ledger:
        assert ledger.recover(lambda intent: None) == []
    with Ledger(home, keys) as ledger:
        added = DocumentIngested(closes=1, document="d", version="v", outcome="added")
        assert ledger.recover(lambda intent: added) == [3]
    assert verify(home, keys.public).findings == ()


def test_an_intent_that_was_closed_in_the_meantime_is_not_closed_again(home: Home) -> None:
    intent = IngestIntended(job="j", document="d", version="v", label="internal", groups=["a"], chunks=1)
    keys = filled(home, 1, events=[intent])
    added = DocumentIngested(closes=0, document="d", version="v", outcome="added")
    with Ledger(home, keys) as ledger, Ledger(home, keys) as quicker:

        def resolve(intent: dict[str, Any]) -> Event:
            quicker.append(added)
            return added

        assert ledger.recover(resolve) == []
        assert ledger.head().size == 2


def test_an_intent_of_a_kind_that_is_not_known_here_stays_open(home: Home) -> None:
    class Later(type(asked())):  # type: ignore[misc]
        """An intent that only a later version knows how to end."""

    keys = filled(home, 1)
    with Ledger(home, keys) as ledger:
        ledger.append(Later(conversation="c", question_kind="general", label="public"))
    with Ledger(home, keys) as ledger:
        assert ledger.recover(lambda intent: None) == []


def test_a_quoted_text_cannot_pass_for_an_intent_or_an_ending() -> None:
    plain = json.dumps({"values": {"x": '"writer":"me" "closes":0,'}}, separators=(",", ":"))
    assert open_intents([(0, '{"kind":"A","writer":"w"}'), (1, plain)]) == {0: '{"kind":"A","writer":"w"}'}


def test_a_writer_is_alive_while_it_holds_its_lock_and_dead_files_are_swept(home: Home) -> None:
    writer, other = Writer(home), Writer(home)
    assert is_alive(home, writer.id)
    other.forget()  # as when its process dies: the file stays, the lock is free
    assert not is_alive(home, other.id)
    sweep(home)
    assert [path.name for path in (home.path / "run").iterdir()] == [writer.id]
    writer.close()
    writer.close()
    assert not is_alive(home, writer.id)
    assert not is_alive(home, "../home.json")
    assert not is_alive(home, ".")
