"""`kill -9` at everything that is made durable and at any moment, disks that fail, many jobs at once: after the next
run nothing is lost, twice, stale or undeleted, the record has no gap, and catalogue = index = marks = originals.

Real processes over a real home; `fault_model` says what must hold. `make faults` is the long form.
"""

from __future__ import annotations

import pytest
from fault_children import STOPPED
from fault_disk import DISK
from fault_kills import Rounds

from policies.config import create_home

STORES = {"catalogue": "/catalogue.db", "originals": "/originals/", "record": "/ledger.db", "index": "/index/"}
needs_compiler = pytest.mark.skipif(not DISK.can_fail, reason="needs: a C compiler, for a disk that fails on command")


@pytest.fixture(scope="module")
def rounds(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("RINGFENCE_KEYS", str(folder / "keys"))
        yield Rounds(create_home(folder / "home"), folder, seed=4)


@pytest.fixture(autouse=True)
def changed(rounds):
    """Each test has something to do, and begins where the one before ended."""
    rounds.change()


@pytest.mark.parametrize("part", [0.3, 0.8])
def test_killed_at_a_step_and_again_while_it_recovers_loses_nothing(rounds, part):
    """The steps are found, not listed: whatever a job makes durable is one."""
    steps = rounds.steps()
    assert {"ledger: COMMIT records IngestIntended", "index: after a batch", "remove catalogue/originals/*/*"} <= {
        *steps
    }
    assert rounds.at_step(round(part * len(steps)))
    rounds.at_step(rounds.chance.randint(5, 60))
    rounds.run_to_the_end()


def test_killed_between_the_record_of_a_change_and_the_change_the_next_start_says_that_it_was_lost(rounds):
    """And makes it then, under a record of its own; killed while it says so, the start after that one says it."""
    lost, kinds = rounds.lost(), ["RightsChanged", "DocumentDeleted"]
    for kind in kinds:
        assert rounds.at_step(f"ledger: COMMIT records {kind}") == "catalogue: BEGIN IMMEDIATE"
    assert rounds.at_step("ledger: INSERT records ChangeEnded")
    rounds.run_to_the_end()
    assert rounds.lost() == lost + kinds


def test_killed_at_any_moment_while_files_change_and_somebody_asks(rounds):
    for _ in range(2):
        rounds.at_random()
    rounds.run_to_the_end()


@needs_compiler
def test_killed_inside_the_engine_of_the_index(rounds):
    assert rounds.inside_the_index(rounds.chance.randint(1, 8))
    rounds.run_to_the_end()


@needs_compiler
@pytest.mark.parametrize(("store", "action"), [*zip(STORES, ["full", "broken"] * 2, strict=True)])
def test_a_store_that_cannot_write_stops_the_job_with_a_cure(rounds, store, action):
    done = rounds.states().count("done")
    with DISK.failing(action, STORES[store], rounds.chance.randint(1, 6)):
        assert rounds.job_code() == STOPPED, rounds.said()
    assert any(word in rounds.said() for word in ("space", "disk")), rounds.said()
    assert rounds.states().count("done") == done + (store == "index")  # all is stored, and found once there is space
    rounds.check_after_a_kill()
    rounds.run_to_the_end()


def test_a_job_that_is_killed_while_another_runs_leaves_the_other_alone(rounds):
    """Its intents are closed by whoever starts next; those of the living are not touched."""
    rounds.one_of_two()
    rounds.run_to_the_end()


def test_a_system_that_lets_no_file_grow_stops_the_job_with_a_cure(rounds):
    for _ in range(40):
        rounds.files.new()
    assert rounds.job_code_in_little_space() == STOPPED, rounds.said()
    assert "space" in rounds.said()
    rounds.check_after_a_kill()
    rounds.run_to_the_end()


def test_fifty_jobs_over_the_same_files_make_one_document_of_each(rounds):
    rounds.run_to_the_end()
    rounds.files.new()
    counted = rounds.at_once(processes=5, threads=10)
    files = len(rounds.files.now)
    assert len(counted) == 50
    assert [sum(counts.values()) for counts in counted] == [files] * 50
    assert sum(counts["added"] for counts in counted) == 1
    assert sum(counts["unchanged"] for counts in counted) == 50 * files - 1
    rounds.run_to_the_end()
