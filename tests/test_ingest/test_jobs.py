"""Jobs: every file has an outcome, nothing is read twice, rights follow, labels never fall, gone is gone."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from ingest_parts import STAFF, HashEmbedder, ListRecorder, Room, outcomes, read_plainly

from ingest.engines import local
from ingest.errors import CatalogueError, Failed
from ingest.jobs.discover import LOCAL, discover
from ingest.jobs.vanished import file_systems
from ingest.pipeline import Asked, Prepared
from policies.errors import RecordError, UnavailableError, UsageError
from policies.labels import Category, Level
from policies.vocabulary import Person

READER = Person(id="p", name="Ada", groups=frozenset({"staff"}))
OTHER = Person(id="q", name="Ben", groups=frozenset({"board"}))


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text("The fee is five euros.")
    (folder / "b.txt").write_text("Page one.\fPage two.")
    (folder / "deep" / "c.txt").write_text("The clinic opens at eight.")
    return folder


def titles(room, person=None):
    return sorted(one.title for one in room.catalogue.documents(person))


def test_every_file_of_a_folder_becomes_a_document(room, docs):
    report = room.run(docs)
    assert outcomes(report) == {"a.txt": "added", "b.txt": "added", "c.txt": "added"}
    assert report.counts["added"] == 3
    assert report.chunks == sum(file.chunks for file in report.files) == room.catalogue.counts()["chunks"] == 4
    assert titles(room, READER) == ["a.txt", "b.txt", "c.txt"]
    assert titles(room, OTHER) == []
    assert [file.label.level for file in report.files] == [Level.INTERNAL] * 3


def test_a_second_run_reads_nothing_and_changes_nothing(room, docs):
    room.run(docs)
    before, room.embedder, room.recorder = room.catalogue.latest(), HashEmbedder(), ListRecorder()

    def must_not_read(data, name):
        raise AssertionError("an unchanged file was read")

    report = room.run(docs, read=must_not_read)
    assert set(outcomes(report).values()) == {"unchanged"}
    assert (report.chunks, room.embedder.calls, room.recorder.events) == (0, [], [])
    assert room.catalogue.latest() == before


def test_a_file_with_new_bytes_is_updated_and_one_with_a_new_time_is_not(room, docs):
    room.run(docs)
    (docs / "a.txt").write_text("The fee is six euros.")
    os.utime(docs / "b.txt", (1, 1))
    report = room.run(docs)
    assert outcomes(report) == {"a.txt": "updated", "b.txt": "unchanged", "c.txt": "unchanged"}
    assert room.catalogue.seen(LOCAL, str(docs / "b.txt")).mtime == 1_000_000
    (chunk, _), *rest = room.catalogue.chunks(report.files[0].document, READER)
    assert (chunk.text, rest) == ("The fee is six euros.", [])


def test_a_file_written_just_before_it_was_read_is_hashed_again_even_with_the_same_time_and_size(room, docs):
    now = docs.joinpath("a.txt").stat().st_mtime_ns // 1000
    stat = docs.joinpath("a.txt").stat()
    room.run(docs / "a.txt", now=now + 10)
    (docs / "a.txt").write_text("The fee is nine euros"[:21] + ".")
    os.utime(docs / "a.txt", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert (docs / "a.txt").stat().st_size == stat.st_size
    assert outcomes(room.run(docs / "a.txt")) == {"a.txt": "updated"}


def test_a_file_is_one_document_however_it_is_named(room, docs):
    room.run(docs / "deep" / "c.txt")
    room.run(docs / "deep")
    report = room.run(docs, docs / "deep", docs / "deep" / ".." / "deep" / "c.txt")
    assert outcomes(report)["c.txt"] == "unchanged"
    assert len(report.files) == 3
    assert room.catalogue.counts()["documents"] == 3


def test_another_pipeline_reads_every_file_again(room, docs):
    room.run(docs)
    room.pipeline = "p2"
    assert set(outcomes(room.run(docs)).values()) == {"updated"}


# -- broken files --------------------------------------------------------------------------------------


def test_a_broken_file_is_set_aside_and_the_others_go_on(room, docs):
    (docs / "a.txt").write_text("BROKEN")
    (docs / "empty.txt").write_text("   ")
    report = room.run(docs)
    assert outcomes(report) == {"a.txt": "quarantined", "b.txt": "added", "c.txt": "added", "empty.txt": "quarantined"}
    assert {file.reason for file in report.files if file.reason} == {"DAMAGED", "NO_TEXT"}
    assert report.fresh == 2
    assert room.recorder.kinds().count("FileSetAside") == 2
    assert len(room.worklog.set_aside()) == 2


def test_a_file_that_is_as_broken_as_before_is_neither_read_nor_new(room, docs):
    (docs / "a.txt").write_text("BROKEN")
    room.run(docs)
    room.recorder = ListRecorder()
    os.utime(docs / "a.txt", (1, 1))
    for _ in range(2):
        report = room.run(docs)
        assert outcomes(report)["a.txt"] == "quarantined"
        assert (report.fresh, room.recorder.events) == (0, [])


def test_a_repaired_file_is_taken_in(room, docs):
    (docs / "a.txt").write_text("BROKEN")
    room.run(docs)
    (docs / "a.txt").write_text("The fee is seven euros.")
    assert outcomes(room.run(docs))["a.txt"] == "added"
    assert room.worklog.set_aside() == []


def test_what_failed_on_our_side_is_tried_again(room, docs):
    def fails(data, name):
        raise Failed("INTERRUPTED")

    report = room.run(docs / "a.txt", read=fails)
    assert [(file.outcome, file.reason, file.fresh) for file in report.files] == [("failed", "INTERRUPTED", True)]
    assert outcomes(room.run(docs / "a.txt")) == {"a.txt": "added"}


def test_a_surprise_in_one_file_fails_that_file_alone(room, docs):
    (docs / "a.txt").write_text("SURPRISE")
    report = room.run(docs)
    assert [(file.outcome, file.reason) for file in report.files if file.path.endswith("a.txt")] == [
        ("failed", "INTERNAL")
    ]
    assert report.counts["added"] == 2


def test_a_newer_version_that_is_broken_leaves_the_older_one_and_says_so(room, docs):
    room.run(docs)
    (docs / "a.txt").write_text("BROKEN")
    assert outcomes(room.run(docs))["a.txt"] == "quarantined"
    assert outcomes(room.run(docs))["a.txt"] == "quarantined"
    listed = {one.title: (one.status, one.reason) for one in room.catalogue.documents(READER)}
    assert listed["a.txt"] == ("live", "DAMAGED")
    (docs / "a.txt").write_text("The fee is five euros.")
    assert outcomes(room.run(docs))["a.txt"] == "unchanged"
    assert room.worklog.set_aside() == []


def test_text_that_cannot_be_stored_as_it_is_does_not_stop_the_job(room, docs):
    def half_a_pair(data, name):
        raw = read_plainly(data, name)
        return replace(raw, title="Fee \ud800", blocks=tuple(replace(b, text=b.text + " \udfff") for b in raw.blocks))

    assert outcomes(room.run(docs / "a.txt", read=half_a_pair)) == {"a.txt": "added"}
    assert titles(room) == ["Fee ?"]


def test_a_name_that_is_no_text_is_skipped_with_a_reason(room, docs):
    try:
        (docs / os.fsdecode(b"bad-\xff.txt")).write_text("x")
    except OSError:
        pytest.skip("needs: a file system that takes any name")
    report = room.run(docs)
    skipped = [file for file in report.files if file.outcome == "skipped"]
    assert [file.reason for file in skipped] == ["BAD_NAME"]
    skipped[0].path.encode()


def test_a_file_that_goes_while_the_job_runs_is_skipped(room, docs):
    found = discover([docs], room.worklog)
    (docs / "b.txt").unlink()
    report = room.job().run(found.files, found.roots, lambda _: None)
    assert [(file.outcome, file.reason) for file in report.files if file.path.endswith("b.txt")] == [
        ("skipped", "VANISHED")
    ]


# -- rights and labels ----------------------------------------------------------------------------------


def test_nobody_named_a_level_so_it_is_restricted_and_found_by_its_group(room, docs):
    room.run(docs, asked=Asked(groups=frozenset({"staff"})))
    assert {str(one.label.level) for one in room.catalogue.documents(READER)} == {"restricted"}
    document = room.catalogue.documents(READER)[0].document
    assert room.catalogue.chunks(document, READER)[0][0].label.level == Level.RESTRICTED


def test_other_groups_are_a_change_of_rights_without_reading(room, docs):
    room.run(docs)
    room.recorder = ListRecorder()
    report = room.run(docs, asked=Asked(groups=frozenset({"board"}), actor="os:tester"))
    assert set(outcomes(report).values()) == {"updated"}
    assert (report.chunks, room.embedder.calls[1:]) == (0, [])
    assert room.recorder.kinds() == ["RightsChanged", "ChangeEnded"] * 3
    assert (titles(room, READER), len(titles(room, OTHER))) == ([], 3)
    assert {file.label.level for file in report.files} == {Level.INTERNAL}


def test_a_lower_level_keeps_the_higher_one_and_says_so(room, docs):
    room.run(docs, asked=replace(STAFF, level=Level.CONFIDENTIAL))
    (docs / "a.txt").write_text("New words.")
    report = room.run(docs, asked=replace(STAFF, level=Level.PUBLIC))
    assert {file.label.level for file in report.files} == {Level.CONFIDENTIAL}
    assert all(file.kept for file in report.files)
    assert outcomes(report) == {"a.txt": "updated", "b.txt": "unchanged", "c.txt": "unchanged"}


def test_a_higher_level_raises_documents_and_chunks_without_reading(room, docs):
    room.run(docs)
    asked = replace(STAFF, level=Level.RESTRICTED, categories=frozenset({Category.HEALTH}))
    report = room.run(docs, asked=asked)
    assert set(outcomes(report).values()) == {"updated"}
    for file in report.files:
        for chunk, document in room.catalogue.chunks(file.document, READER):
            assert chunk.label == document.label == file.label
            assert chunk.label.level == Level.RESTRICTED
            assert Category.HEALTH in chunk.label.categories


def test_a_raised_level_survives_a_new_version(room, docs):
    document = room.run(docs / "a.txt").files[0].document
    room.catalogue.set_rights(document, level=Level.CONFIDENTIAL)
    (docs / "a.txt").write_text("New words.")
    report = room.run(docs / "a.txt", asked=Asked(groups=frozenset({"staff"})))
    assert report.files[0].label.level == Level.CONFIDENTIAL


def test_a_new_version_without_a_named_level_keeps_the_one_that_was_named(room, docs):
    room.run(docs / "a.txt")
    (docs / "a.txt").write_text("New words.")
    report = room.run(docs / "a.txt", asked=Asked(groups=frozenset({"staff"})))
    assert report.files[0].label.level == Level.INTERNAL


# -- gone ----------------------------------------------------------------------------------------------


def test_a_file_that_is_gone_is_deleted(room, docs):
    room.run(docs)
    (docs / "b.txt").unlink()
    report = room.run(docs)
    gone = [file for file in report.files if file.outcome == "deleted"]
    assert [(Path(file.path).name, file.reason) for file in gone] == [("b.txt", "VANISHED")]
    assert titles(room) == ["a.txt", "c.txt"]
    assert room.recorder.kinds()[-2:] == ["DocumentDeleted", "ChangeEnded"]
    assert outcomes(room.run(docs)) == {"a.txt": "unchanged", "c.txt": "unchanged"}


def test_only_what_lies_under_the_named_path_can_be_gone(room, docs):
    room.run(docs)
    (docs / "b.txt").unlink()
    assert room.run(docs / "deep").counts["deleted"] == 0
    assert room.run(docs / "b.txt").counts["deleted"] == 1


def test_a_folder_that_is_gone_takes_its_documents_along(room, docs):
    room.run(docs)
    (docs / "deep" / "c.txt").unlink()
    (docs / "deep").rmdir()
    assert outcomes(room.run(docs / "deep")) == {"c.txt": "deleted"}


def test_a_path_where_nothing_ever_was_is_a_mistake(room, docs):
    with pytest.raises(UsageError, match="nothing at"):
        room.run(docs / "never")


def test_a_share_that_is_not_mounted_deletes_nothing(room, docs):
    room.run(docs)
    room.worklog.remember_root(str(docs), 123456789)  # it lay on another file system then
    for path in sorted(docs.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    with pytest.raises(UnavailableError, match="Nothing was deleted"):
        room.run(docs)
    assert len(titles(room)) == 3
    (docs / "new.txt").write_text("I am meant to be alone here.")
    assert room.run(docs).counts["deleted"] == 3


def test_a_share_that_is_mounted_within_the_folder_and_is_not_there_deletes_nothing(room, docs):
    room.run(docs)
    room.worklog.remember_root(str(docs / "deep"), 123456789)  # it was a share, the rest of the folder is none
    (docs / "deep" / "c.txt").unlink()
    (docs / "a.txt").unlink()
    with pytest.raises(UnavailableError, match="deep is empty and lies on another file system"):
        room.run(docs)
    assert len(titles(room)) == 3
    (docs / "deep" / "new.txt").write_text("I am meant to be alone here.")
    assert room.run(docs).counts["deleted"] == 2
    (docs / "deep" / "new.txt").unlink()
    assert room.run(docs).counts["deleted"] == 1  # by now it is known as a folder like any other


_BOUND = """
import subprocess, sys
from pathlib import Path
from ingest_parts import Room, outcomes

here = Path(sys.argv[1])
share, real = here / "docs" / "share", here / "real"
share.mkdir(parents=True)
real.mkdir()
(share.parent / "a.txt").write_text("The fee is five euros.")
(real / "b.txt").write_text("The fee is six euros.")
subprocess.run(["mount", "--bind", real, share], check=True)
room = Room(here / "store")
print(sorted(outcomes(room.run(share.parent)).values()))
subprocess.run(["umount", share], check=True)
try:
    print(outcomes(room.run(share.parent)))
except Exception as error:
    print(error)
"""


@pytest.mark.skipif(
    subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode != 0,
    reason="needs: the right to mount",
)
def test_a_folder_of_the_same_disk_that_was_mounted_and_is_not_takes_nothing_with_it(tmp_path):
    run = ["unshare", "-m", sys.executable, "-c", _BOUND, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(run, env=environment, capture_output=True, text=True, check=False)
    first, second = done.stdout.splitlines()
    assert (first, "Nothing was deleted" in second) == ("['added', 'added']", True), done.stderr


def test_where_a_folder_lies_is_known_when_its_first_run_is_cut_off(room, docs):
    found = discover([docs], room.worklog)

    def stop(now):
        if now.done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        room.job().run(found.files, found.roots, stop)
    assert room.worklog.devices(str(docs)) == {str(docs): docs.stat().st_dev}


def test_file_systems_are_remembered_by_the_folders_at_which_they_begin():
    assert file_systems("/", ["/proc/self/status", "/proc/self/a.zip!/b.txt"]) == {"/", "/proc"}


def test_a_folder_that_cannot_be_looked_into_loses_nothing(room, docs):
    room.run(docs)
    (docs / "deep").rename(docs.parent / "elsewhere")
    (docs / "deep").symlink_to("deep")  # a link to itself: the system cannot say what is behind it
    report = room.run(docs)
    assert report.counts["deleted"] == 0
    assert len(titles(room)) == 3


def test_a_file_set_aside_that_is_gone_is_no_longer_listed(room, docs):
    (docs / "a.txt").write_text("BROKEN")
    room.run(docs)
    (docs / "a.txt").unlink()
    assert room.run(docs).counts["deleted"] == 0
    assert room.worklog.set_aside() == []


# -- dry runs, errors of ours, several at once ------------------------------------------------------------


def test_a_dry_run_says_what_would_be_done_and_does_none_of_it(room, docs):
    room.run(docs / "a.txt")
    (docs / "a.txt").write_text("Changed.")
    (docs / "b.txt").write_text("BROKEN")
    before = (room.catalogue.latest(), room.recorder.kinds(), list(room.catalogue.originals.versions()))
    report = room.run(docs, dry_run=True)
    assert outcomes(report) == {"a.txt": "updated", "b.txt": "quarantined", "c.txt": "added"}
    assert report.chunks == sum(file.chunks for file in report.files) > 0
    (docs / "a.txt").unlink()
    assert room.run(docs, dry_run=True).counts["deleted"] == 1
    assert (room.catalogue.latest(), room.recorder.kinds(), list(room.catalogue.originals.versions())) == before
    assert room.worklog.set_aside() == []
    assert list((room.catalogue.originals.folder / "waiting").iterdir()) == []


def test_what_cannot_be_recorded_is_not_taken_in(room, docs):
    room.recorder = ListRecorder(full_at=0)
    with pytest.raises(RecordError):
        room.run(docs)
    assert titles(room) == []
    assert list(room.catalogue.originals.versions()) == []
    room.recorder = ListRecorder()
    assert room.run(docs).counts["added"] == 3


def test_a_full_catalogue_ends_the_job_and_the_next_one_does_the_rest(room, docs):
    room.run(docs / "a.txt")
    connection = room.catalogue.database._connection()
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    (docs / "b.txt").write_text("\f".join(["word " * 200] * 60))
    with pytest.raises(CatalogueError, match="no space"):
        room.run(docs / "b.txt")
    assert titles(room) == ["a.txt"]
    assert room.recorder.kinds() == ["IngestIntended", "DocumentIngested", "IngestIntended"]
    connection.execute("PRAGMA max_page_count = 1000000")
    assert room.run(docs / "b.txt").counts["added"] == 1


def test_the_same_files_in_several_jobs_at_once_are_stored_once(tmp_path, docs):
    room = Room(tmp_path / "catalogue")
    for n in range(10):
        (docs / f"{n}.txt").write_text(f"Document number {n}.")
    jobs = [room.job() for _ in range(4)]
    found = discover([docs], room.worklog)
    reports = []
    threads = [
        threading.Thread(target=lambda job=job: reports.append(job.run(found.files, found.roots, lambda _: None)))
        for job in jobs
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(reports) == 4
    assert sum(report.counts["added"] for report in reports) == 13
    assert sum(report.counts["added"] + report.counts["unchanged"] for report in reports) == 4 * 13
    assert (room.catalogue.counts()["documents"], room.catalogue.latest()) == (13, 13)
    room.close()


def test_progress_tells_how_far_how_fast_and_how_long(room, docs):
    seen = []
    found = discover([docs], room.worklog)
    room.job().run(found.files, found.roots, seen.append)
    assert [(one.done, one.total) for one in seen] == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert {one.job for one in seen} == {"job-1"}
    assert sorted(one.file for one in seen[1:]) == sorted(file.ref.path for file in found.files)
    sizes = [file.found.size for file in found.files]
    assert [one.of_bytes for one in seen] == [sum(sizes)] * 4
    assert seen[0].bytes == 0 < seen[1].bytes < seen[2].bytes < seen[3].bytes == sum(sizes)
    assert [one.last and one.last.outcome for one in seen] == [None, "added", "added", "added"]
    assert seen[-1].left == 0
    assert seen[-1].rate > 0


# -- the engine ----------------------------------------------------------------------------------------


def _prepared(name, count):
    class Chunk:
        text = name

    return Prepared(document=name, chunks=[Chunk()] * count, fronts=[""] * count, stat=None)


def test_texts_of_several_documents_are_embedded_together_and_each_gets_its_own_vectors():
    calls = []

    def embed(texts):
        calls.append(len(texts))
        return [[text] for text in texts]

    sizes = {"a": 3, "b": 4, "c": 20, "d": 1, "settled": None}
    ended = local.run(
        list(sizes),
        prepare=lambda name: _prepared(name, sizes[name]) if sizes[name] else "done",
        embed=embed,
        workers=1,
        batch_chunks=5,
    )
    got = {name: (result, vectors) for name, result, vectors in ended}
    assert sum(calls) == 28
    assert all(size >= 5 for size in calls[:-1])
    assert got["settled"] == ("done", ())
    for name, size in sizes.items():
        if size:
            assert got[name][1] == [[name]] * size


def test_no_more_is_prepared_than_fits_the_bounds_however_many_tasks_there_are():
    prepared, stored, most = 0, 0, 0
    lock = threading.Lock()

    def prepare(number):
        nonlocal prepared, most
        with lock:
            prepared += 1
            most = max(most, prepared - stored)
        return _prepared(str(number), 1)

    tasks = iter(range(2_000))  # asked for one by one
    for _ in local.run(tasks, prepare=prepare, embed=lambda texts: texts, workers=2, batch_chunks=4):
        stored += 1
    assert stored == 2_000
    assert most <= 2 * 2 + 3 * 4 + 2


def test_an_error_of_ours_ends_the_engine_and_its_threads():
    def prepare(number):
        if number == 3:
            raise CatalogueError("No space.")
        return number

    with pytest.raises(CatalogueError):
        list(local.run(range(100), prepare=prepare, embed=lambda texts: texts, workers=2, batch_chunks=4))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith(("reading", "embedding"))]


def test_an_error_of_the_embedder_ends_the_engine_after_what_was_embedded_before():
    def embed(texts):
        if "6" in texts:
            raise CatalogueError("No model.")
        return texts

    ended = local.run(
        range(100), prepare=lambda number: _prepared(str(number), 1), embed=embed, workers=1, batch_chunks=4
    )
    handed = []
    with pytest.raises(CatalogueError):
        handed.extend(task for task, *_ in ended)
    assert handed == [0, 1, 2, 3]


def test_a_batch_is_stored_while_the_next_one_is_embedded():
    """Else the test ends at its time limit: the second batch is embedded only once the first is being stored."""
    storing = threading.Event()

    def embed(texts):
        assert "0" in texts or storing.wait(10)
        return texts

    for _ in local.run(
        range(8), prepare=lambda number: _prepared(str(number), 1), embed=embed, workers=1, batch_chunks=4
    ):
        storing.set()
