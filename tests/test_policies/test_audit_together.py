"""Threads that append at once share a transaction: each returns with it, each fails with it, and none is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Literal

import pytest
from audit_home import asked, filled, sealed_text, shown
from fault_disk import DISK

from policies.audit.ledger import Ledger, now
from policies.audit.verify import verify
from policies.config import Home
from policies.errors import RecordError
from policies.keys import Keys

MANY = """
import sys, threading
from pathlib import Path
from audit_home import asked, sealed_text
from policies.audit.ledger import Ledger
from policies.config import open_home
from policies.errors import RecordError
from policies.keys import Keys
home = open_home(Path(sys.argv[1]))
ledger = Ledger(home, Keys.load(home))
def write():
    while True:
        try:
            seq = ledger.append(asked(), {'question': sealed_text()})
        except RecordError as error:
            print("refused", error, file=sys.stderr)
            return
        sys.stdout.write(f"{seq}\\n")
        sys.stdout.flush()
for _ in range(8):
    threading.Thread(target=write).start()
"""


class Waiting:
    """A ledger whose first append stands still inside its transaction until the others wait behind it."""

    def __init__(self, home: Home, *, then: Callable[[], int] = now) -> None:
        self._go, self._entered, self._then = Event(), Event(), then
        self.ledger = Ledger(home, Keys.create(home), clock=self._clock)
        self.statements: list[str] = []
        self.ledger._db.set_trace_callback(self.statements.append)

    def _clock(self) -> int:
        if self._entered.is_set():
            return self._then()
        self._entered.set()
        self._go.wait(30)
        return now()

    def append(self, count: int, before: Callable[[], object] = lambda: None) -> list[Future[int]]:
        """One append, and `count` more that wait while it is written; `before` happens in between."""
        with ThreadPoolExecutor(count + 1) as threads:
            first = threads.submit(self.ledger.append, shown())
            assert self._entered.wait(30)
            others = [
                threads.submit(self.ledger.append, asked(), {"question": sealed_text(str(number) * 4000)})
                for number in range(count)
            ]
            while len(self.ledger._waiting) < count:
                time.sleep(0.001)
            before()
            self._go.set()
        return [first, *others]


def test_records_that_wait_share_one_transaction_and_each_keeps_its_own_text(home: Home) -> None:
    waiting = Waiting(home)
    with waiting.ledger as ledger:
        seqs = [one.result() for one in waiting.append(7)]
        assert sorted(seqs) == list(range(8))
        assert waiting.statements.count("COMMIT") == 2
        for number, seq in enumerate(seqs[1:]):
            item = json.loads(dict(ledger.bodies())[seq])["commitments"]["question"]
            assert ledger.sealed.open_item(item["sealed"]).text == str(number) * 4000
        assert verify(home, ledger.keys.public).intact


def test_records_that_wait_are_all_refused_when_the_disk_is_full(home: Home) -> None:
    waiting = Waiting(home)
    with waiting.ledger as ledger:

        def fill() -> None:
            ledger.sealed._db.execute("PRAGMA max_page_count = 1")

        first, *others = waiting.append(5, before=fill)
        assert first.result() == 0
        for one in others:
            with pytest.raises(RecordError, match="no space left"):
                one.result()
        with pytest.raises(RecordError, match="nothing more after an error"):
            ledger.append(shown())
        ledger.reopen()
        assert ledger.append(shown()) == 1
    assert verify(home, ledger.keys.public).intact


def test_an_interrupt_of_the_one_that_writes_refuses_those_that_wait(home: Home) -> None:
    answers = iter([KeyboardInterrupt()])

    def interrupt() -> int:
        for error in answers:
            raise error
        return now()

    waiting = Waiting(home, then=interrupt)
    with waiting.ledger as ledger:
        first, *others = waiting.append(4)
        assert first.result() == 0
        errors = [one.exception() for one in others]
        assert [type(error) for error in errors].count(KeyboardInterrupt) == 1
        assert {str(error) for error in errors if isinstance(error, RecordError)} == {
            "Recording was interrupted. Try again."
        }
        assert ledger.append(shown()) == 1
    assert verify(home, ledger.keys.public).intact


@pytest.mark.parametrize("after", [1, 40])
def test_what_many_threads_of_a_killed_process_were_told_is_on_the_record(home: Home, after: int) -> None:
    keys = filled(home, 1)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    process = subprocess.Popen(
        [sys.executable, "-c", MANY, str(home.path)], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    told = [int(process.stdout.readline()) for _ in range(after)]
    process.send_signal(signal.SIGKILL)
    told += [int(line) for line in process.stdout.read().split("\n")[:-1] if line]
    process.wait(30)
    process.stdout.close()
    assert len(set(told)) == len(told)
    report = verify(home, keys.public)
    assert report.intact
    assert report.size > max(told)


@pytest.mark.parametrize("action", ["broken", "full"])
@pytest.mark.parametrize("store", ["/ledger.db", "/sealed.db"])
def test_what_many_threads_were_told_is_there_when_the_disk_fails_and_all_are_refused(
    home: Home, action: Literal["broken", "full"], store: str
) -> None:
    if not DISK.can_fail:
        pytest.skip("needs: a C compiler")
    keys = filled(home, 1)
    environment = os.environ | DISK.environment() | {"PYTHONPATH": str(Path(__file__).parents[1])}
    with DISK.failing(action, store, 60):
        done = subprocess.run(
            [sys.executable, "-c", MANY, str(home.path)], env=environment, capture_output=True, text=True, timeout=120
        )
    told = [int(line) for line in done.stdout.split()]
    assert done.stderr.count("refused") == 8, done.stderr
    assert len(set(told)) == len(told) > 0
    report = verify(home, keys.public)
    assert report.intact
    assert report.size > max(told)
