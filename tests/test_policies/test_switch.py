"""The switch: a file that shuts the door, whatever it holds, and outlives everything but two persons' word."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from policies import switch
from policies.audit.ledger import Ledger
from policies.cli import policy_app
from policies.config import Invocation
from policies.errors import UnavailableError
from policies.keys import Keys


def invoke(home, *words: str):
    return CliRunner().invoke(policy_app, list(words), obj=Invocation(home=home.path))


def bodies(home) -> list[dict]:
    with Ledger(home, Keys.load(home)) as ledger:
        return [json.loads(body) for _, body in ledger.bodies()]


@pytest.fixture
def recorded(home):
    """A home with keys and a record."""
    with Ledger(home, Keys.create(home)):
        pass
    return home


def test_it_says_since_when_and_when_it_was_stopped_last(home):
    """A second stop keeps the first time and renews the last one."""
    assert switch.stopped(home) is None
    assert switch.stop(home, now=5)
    assert switch.stop(home, now=9)
    assert switch.stopped(home) == switch.Stopped(since=5, last=9)
    assert (home.path / switch.OFF).stat().st_mode & 0o077 == 0
    switch.start_again(home)
    switch.start_again(home)
    assert switch.stopped(home) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"since": "x", "last": 1}', '{"since": 1}', "\x00"])
def test_whatever_the_file_holds_it_is_off(home, text):
    """An empty file made by hand counts, with the file's own time."""
    (home.path / switch.OFF).write_text(text)
    state = switch.stopped(home)
    assert state is not None
    assert state.since == state.last > 1_600_000_000_000_000


def test_a_folder_and_a_link_to_nowhere_are_off_too(home, tmp_path):
    """Unknown means no."""
    (home.path / switch.OFF).symlink_to(tmp_path / "nowhere")
    assert switch.stopped(home)
    (home.path / switch.OFF).unlink()
    os.mkfifo(home.path / switch.OFF)
    assert switch.stopped(home)
    (home.path / switch.OFF).unlink()
    (home.path / switch.OFF).mkdir()
    assert switch.stopped(home)
    for turn in (lambda: switch.stop(home, now=1), lambda: switch.start_again(home)):
        with pytest.raises(UnavailableError, match="cannot be turned"):
            turn()


def test_a_disk_that_keeps_nothing_is_told_and_it_is_off_all_the_same(home):
    """A full device: not a letter is written, nothing can be made durable, and the file stands."""
    (home.path / switch.OFF).symlink_to("/dev/full")
    with pytest.raises(UnavailableError, match="the disk does not keep it"):
        switch.stop(home, now=1)
    assert switch.stopped(home)


def test_where_nobody_can_be_waited_for_nothing_passes_and_a_stop_is_not_quiet(home):
    """The lock's folder cannot be made: stopping still works, sending does not."""
    (home.path / "run").write_text("")
    with pytest.raises(UnavailableError, match="cannot be watched"), switch.passing(home):
        pass
    assert switch.stop(home, now=1) is False
    assert switch.stopped(home)
    said = invoke(home, "stop")
    assert "may still be under way" in said.stdout


def test_a_stop_waits_for_what_has_passed_the_door(home):
    """It returns when that has ended, and says so; one that takes too long is told."""
    passed, leave = threading.Event(), threading.Event()

    def sending() -> None:
        with switch.passing(home):
            passed.set()
            leave.wait(5)

    thread = threading.Thread(target=sending)
    thread.start()
    passed.wait(5)
    assert switch.stop(home, now=1, wait=0.05) is False
    assert switch.stopped(home)
    leave.set()
    assert switch.stop(home, now=2) is True
    thread.join()


def test_several_may_pass_at_once(home):
    """The lock is for the stop alone."""
    with switch.passing(home):
        started = time.monotonic()
        with switch.passing(home):
            pass
        assert time.monotonic() - started < 1


def test_stopping_by_command_is_recorded_with_its_reason_sealed(recorded):
    """Anybody at the machine; the login is named, the reason is text and therefore sealed."""
    said = invoke(recorded, "stop", "--reason", "A mail that should not have left")
    assert (said.exit_code, said.stdout) == (0, "Sending is stopped.\n")
    (body,) = bodies(recorded)
    assert (body["kind"], body["what"]) == ("SiteChanged", switch.STOPPED)
    assert body["actor"].startswith("os:")
    assert list(body["commitments"]) == ["why"]
    assert "mail" not in json.dumps(body)
    assert invoke(recorded, "stop").exit_code == 0
    assert "commitments" not in bodies(recorded)[1]


@pytest.mark.parametrize("broken", ["damaged", "keys", "none"])
def test_a_record_that_cannot_be_written_does_not_keep_it_flowing(recorded, broken):
    """Stopped first; that it could not be recorded is said, and the exit code tells."""
    if broken == "damaged":
        (recorded.path / "ledger" / "ledger.db").write_bytes(b"no database" * 500)
    elif broken == "keys":
        (recorded.keys / "home.key").unlink()
    else:
        (recorded.path / "ledger" / "ledger.db").unlink()
    said = invoke(recorded, "stop")
    assert said.exit_code == 4
    assert "It is stopped, but that could not be recorded." in said.stderr
    assert switch.stopped(recorded)


def test_a_broken_settings_file_does_not_keep_it_flowing(recorded):
    """Stopping reads no settings and no rules."""
    (recorded.path / "ringfence.toml").write_text("[assistant")
    (recorded.path / "rules").write_text("")
    assert invoke(recorded, "stop").exit_code == 0
    assert switch.stopped(recorded)


def test_show_says_that_it_is_stopped_and_since_when(recorded):
    """And where the ladder stands apart from that."""
    (recorded.path / "ringfence.toml").write_text('[assistant]\noutside = "general"\n')
    before = json.loads(invoke(recorded, "show", "--json").stdout)
    assert (before["outside"], before["ladder"], before["stopped_since"]) == ("general", "general", "")
    switch.stop(recorded, now=1_700_000_000_000_000)
    after = json.loads(invoke(recorded, "show", "--json").stdout)
    assert (after["outside"], after["ladder"]) == ("closed", "general")
    assert after["stopped_since"] == "2023-11-14 22:13:20"
    assert invoke(recorded, "show").stdout.startswith("Sending is stopped since 2023-11-14 22:13:20 (UTC).")


def test_a_home_that_cannot_be_written_says_how_else_to_stop(home, monkeypatch):
    """The error names a cure that needs no disk."""
    missing = type(home)(path=Path("/proc/nowhere"), id=home.id, keys=home.keys)
    with pytest.raises(UnavailableError) as refused:
        switch.stop(missing, now=1)
    assert "Stop the server" in refused.value.cure
    with pytest.raises(UnavailableError), switch.passing(missing):
        pass
