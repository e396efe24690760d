"""What a job leaves lying when it stops or dies: nothing, once the next one has run."""

from __future__ import annotations

import pytest
from ingest_parts import STAFF, HashEmbedder, ListRecorder, read_plainly

from ingest.config import IngestSettings
from ingest.errors import CatalogueError
from ingest.wiring import open_ingest
from policies.errors import RecordError
from policies.keys import Keys


class PlainSandboxes:
    read = staticmethod(read_plainly)

    def close(self):
        pass


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    for n in range(20):
        (folder / f"{n:02}.txt").write_text(f"What stands in file {n}.")
    return folder


@pytest.fixture
def room(home):
    Keys.create(home)
    opened = open_ingest(home, ListRecorder(), IngestSettings(workers=2, batch_chunks=8))
    opened.__dict__.update(embedder=HashEmbedder(), sandboxes=PlainSandboxes(), copies=None)
    yield opened
    opened.close()


def lying_about(room):
    live = {listed.version for listed in room.catalogue.documents(None)}
    waiting = [path.name for path in (room.catalogue.originals.folder / "waiting").iterdir()]
    return sorted({*room.catalogue.originals.versions()} - live) + waiting


def test_a_job_that_stops_takes_its_copies_with_it(room, docs):
    """The record is full after some files; others were already read, and their copies wait to be kept."""
    room.recorder.full_at = 7
    with pytest.raises(RecordError):
        room.run_job([docs], STAFF)
    assert 0 < room.catalogue.counts()["documents"] < 20
    assert lying_about(room) == []
    assert [row.state for row in room.library.jobs()] == ["stopped"]


def test_an_original_whose_commit_failed_stays_until_the_catalogue_is_opened_anew(room, docs):
    """The commit may be found to have come about, and would then miss its original; the next job knows."""
    with room.catalogue.database.writing() as db:
        db.execute("CREATE TRIGGER full BEFORE INSERT ON chunks BEGIN SELECT RAISE(ABORT, 'no space'); END")
    with pytest.raises(CatalogueError):
        room.run_job([docs], STAFF)
    assert len(lying_about(room)) == 1
    for file in docs.iterdir():
        file.unlink()
    room.run_job([docs], STAFF)
    assert lying_about(room) == []
    assert [row.state for row in room.library.jobs()] == ["done", "interrupted"]


def test_whoever_dies_while_clearing_up_after_a_dead_job_is_cleared_up_after(room, docs, monkeypatch):
    """The dead job counts as running until all that it left has gone."""
    room.worklog.start_job("dead", [str(docs)], 1)
    room.catalogue.originals.keep(room.catalogue.originals.stage(b"never committed", "dead"))
    room.catalogue.originals.stage(b"never kept", "dead")
    with monkeypatch.context() as patched:
        patched.setattr(room.catalogue, "sweep", _die)
        with pytest.raises(_Death):
            room.run_job([docs], STAFF)
    assert len(lying_about(room)) == 2
    room.run_job([docs], STAFF)
    assert lying_about(room) == []
    assert [row.state for row in room.worklog.jobs()] == ["done", "interrupted"]


def test_the_copies_of_a_job_that_runs_are_left_alone(home, room, docs):
    from policies.audit.writers import Writer

    other = Writer(home)
    staged = room.catalogue.originals.stage(b"another job is about to keep this", other.id)
    room.run_job([docs], STAFF)
    assert staged.path.exists()
    other.close()
    room.run_job([docs], STAFF)
    assert not staged.path.exists()


class _Death(BaseException):
    pass


def _die(**_):
    raise _Death
