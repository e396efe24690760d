"""Schedules of several jobs, a projector, a searcher and changing files, with errors and deaths at every call of a
store. `python tests/fault_schedules.py SEED` plays one again; `make faults` plays thousands."""

from __future__ import annotations

import fault_schedules
import pytest


@pytest.mark.parametrize("first", [0, 20])
def test_whatever_fails_in_whatever_order_the_last_run_puts_everything_right(tmp_path, first):
    for seed in range(first, first + 20):
        fault_schedules.run(seed, tmp_path)


def test_a_seed_is_one_schedule(tmp_path):
    """A failing one can be played again: the same steps in the same order."""
    assert fault_schedules.run(11, tmp_path / "a") == fault_schedules.run(11, tmp_path / "b")


def test_a_schedule_that_breaks_a_promise_says_its_seed_and_its_steps(tmp_path, monkeypatch):
    """The checks are not asleep: a catalogue that forgets to delete is found."""
    from ingest.catalogue.catalogue import Catalogue

    monkeypatch.setattr(Catalogue, "delete", lambda *_, **__: None)
    with pytest.raises(AssertionError, match=r"schedule \d+: (.|\n)*job 0: start_job"):
        _play(50, tmp_path)


def _play(seeds, folder):
    for seed in range(seeds):
        fault_schedules.run(seed, folder)
