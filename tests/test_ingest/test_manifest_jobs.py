"""What a manifest says counts at the next run: rights replace, labels rise, a title is read in, a last day ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ingest_parts import STAFF, ListRecorder, Room, outcomes

from ingest.catalogue.catalogue import Catalogue
from ingest.catalogue.schema import STEPS
from ingest.pipeline import Asked
from policies.errors import UsageError
from policies.labels import Category, Level
from policies.vocabulary import Person

STAFFER = Person(id="p", name="Ada", groups=frozenset({"staff"}))
BOARD = Person(id="q", name="Ben", groups=frozenset({"board"}))


def day(offset: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=offset)).isoformat()


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text(f"The fee of {name} is five euros.")
    return folder


def said(docs: Path, *lines: str, columns: str = "path,groups,level,categories,owner,title,date,valid_until") -> None:
    (docs / "manifest.csv").write_text("\n".join([columns, *lines]) + "\n")


def document(room, report, name="a.txt"):
    (found,) = (file.document for file in report.files if file.path.endswith(name))
    return room.catalogue.document(found, None)


def names(room, person):
    return sorted(Path(one.path).name for one in room.catalogue.documents(person))


def test_a_misspelt_line_opens_its_file_to_nobody(room, docs):
    """The line is reported; the file that it meant is not read by those who may read the rest of the source."""
    said(docs, "a.txt,staff,,,,,,", "b.tx,board,confidential,,,,,")
    report = room.run(docs)
    assert {file.path[-5:]: (file.reason, file.nobody) for file in report.files if file.path[-5:] != "a.txt"} == {
        "b.txt": ("", True),
        "/b.tx": ("MISSING", False),
    }
    assert (names(room, STAFFER), names(room, BOARD)) == (["a.txt"], [])
    said(docs, "a.txt,staff,,,,,,", "b.txt,board,confidential,,,,,")
    room.run(docs)
    assert (names(room, STAFFER), names(room, BOARD)) == (["a.txt"], ["b.txt"])


@pytest.mark.parametrize("line", ["a.txt,,internal,,,,,", "a.txt,,,health,,,,", "a.txt,,,,,,,2999-12-31"])
def test_whatever_else_a_manifest_restricts_it_is_meant_for_all(room, docs, line):
    said(docs, line)
    room.run(docs)
    assert names(room, STAFFER) == ["a.txt"]


def test_a_manifest_of_titles_leaves_who_reads_to_the_source(room, docs):
    said(docs, "a.txt,,,,ada,Fees,2025-02-03,")
    room.run(docs)
    assert names(room, STAFFER) == ["a.txt", "b.txt"]


def test_a_listed_file_gets_its_line_and_one_that_is_not_the_line_for_the_rest(room, docs):
    said(docs, "a.txt,board,confidential,health,ada,Fees,2025-02-03,2999-12-31", "*,,,,,,,")
    report = room.run(docs)
    assert outcomes(report) == {"a.txt": "added", "b.txt": "added"}
    one = document(room, report)
    assert (one.groups, one.label.level, one.label.categories) == ({"board"}, Level.CONFIDENTIAL, {Category.HEALTH})
    assert (one.owner, one.title, one.dated, one.valid_until) == ("ada", "Fees", "2025-02-03", "2999-12-31")
    other = document(room, report, "b.txt")
    assert (other.groups, other.label.level, other.title) == ({"staff"}, Level.INTERNAL, "b.txt")
    assert not any(file.kept for file in report.files)
    assert any(text.startswith("Fees") for call in room.embedder.calls for text in call)


def test_a_changed_manifest_counts_though_no_file_changed(room, docs):
    said(docs, "a.txt,board,,,,,,", "b.txt,staff,,,,,,")
    room.run(docs)
    assert (names(room, STAFFER), names(room, BOARD)) == (["b.txt"], ["a.txt"])
    room.recorder = ListRecorder()
    said(docs, "a.txt,staff,,,,,,", "b.txt,board,restricted,,,,,")
    report = room.run(docs)
    assert outcomes(report) == {"a.txt": "updated", "b.txt": "updated"}
    assert (report.chunks, room.recorder.kinds()) == (0, ["RightsChanged", "ChangeEnded"] * 2)
    assert (names(room, STAFFER), names(room, BOARD)) == (["a.txt"], ["b.txt"])
    assert document(room, report, "b.txt").label.level == Level.RESTRICTED
    assert set(outcomes(room.run(docs)).values()) == {"unchanged"}


def test_a_label_that_a_manifest_raised_does_not_fall_with_it(room, docs):
    said(docs, "a.txt,,confidential,health,,,,")
    room.run(docs)
    said(docs, "a.txt,,public,,,,,")
    report = room.run(docs)
    assert document(room, report).label.level == Level.CONFIDENTIAL
    assert Category.HEALTH in document(room, report).label.categories
    assert {file.path[-5:]: file.kept for file in report.files} == {"a.txt": True, "b.txt": False}


def test_a_title_is_read_in_and_out_again_with_its_file(room, docs):
    room.run(docs)
    said(docs, "a.txt,,,,,Late fees,,")
    report = room.run(docs)
    assert outcomes(report) == {"a.txt": "updated", "b.txt": "unchanged"}
    assert document(room, report).title == "Late fees"
    assert room.embedder.calls[-1][0].startswith("Late fees")
    said(docs, "a.txt,,,,,,,")
    assert document(room, room.run(docs)).title == "a.txt"


def test_a_file_that_is_named_and_not_there_is_reported_and_deletes_as_ever(room, docs):
    said(docs, "a.txt,,,,,,,", "c.txt,,,,,,,")
    report = room.run(docs)
    assert [(file.outcome, file.reason) for file in report.files if file.path.endswith("c.txt")] == [
        ("skipped", "MISSING")
    ]
    assert report.fresh == 0
    (docs / "a.txt").unlink()
    assert outcomes(room.run(docs)) == {"a.txt": "deleted", "b.txt": "unchanged", "c.txt": "skipped"}
    assert outcomes(room.run(docs)) == {"a.txt": "skipped", "b.txt": "unchanged", "c.txt": "skipped"}


def test_a_wrong_manifest_takes_nothing_in_and_changes_nothing(room, docs):
    room.run(docs)
    before = room.catalogue.latest()
    (docs / "c.txt").write_text("New.")
    said(docs, "a.txt,board,secrt,,,,,")
    with pytest.raises(UsageError, match="line 2"):
        room.run(docs)
    assert room.catalogue.latest() == before
    assert names(room, STAFFER) == ["a.txt", "b.txt"]


def test_no_group_anywhere_means_nobody_and_is_told(room, docs):
    said(docs, "a.txt,board,,,,,,")
    report = room.run(docs, asked=Asked(groups=frozenset()))
    assert {file.path[-5:]: file.nobody for file in report.files} == {"a.txt": False, "b.txt": True}
    assert (names(room, STAFFER), names(room, BOARD)) == ([], ["a.txt"])


def test_an_older_version_whose_newer_one_is_broken_follows_the_rights_of_today(room, docs):
    room.run(docs)
    (docs / "a.txt").write_text("BROKEN")
    said(docs, "a.txt,board,,,,,,")
    room.run(docs)
    assert "a.txt" in names(room, BOARD)
    assert "a.txt" not in names(room, STAFFER)
    said(docs, "a.txt,auditors,,,,,,")
    room.run(docs)
    assert names(room, BOARD) == []
    assert room.worklog.set_aside()[0].groups == {"auditors"}


# -- the last day ----------------------------------------------------------------------------------------


def test_a_document_is_answered_from_until_its_last_day_and_listed_after_it(room, docs):
    said(docs, f"a.txt,,,,,,,{day(0)}", f"b.txt,,,,,,,{day(-1)}")
    report = room.run(docs)
    good, over = document(room, report), document(room, report, "b.txt")
    assert {one.document: one.status for one in room.catalogue.documents()} == {good.id: "live", over.id: "expired"}
    assert [one.document for one in room.catalogue.documents(STAFFER) if one.status == "live"] == [good.id]
    ids = [chunk.id for one in (good, over) for chunk, _ in room.catalogue.chunks(one.id, None)]
    assert [chunk.document for chunk, _ in room.catalogue.hydrate(ids, STAFFER)] == [good.id]
    assert room.catalogue.chunk(ids[1], STAFFER) is None
    assert room.catalogue.document(over.id, STAFFER) is None
    assert room.catalogue.page_chunks(over.id, 1, STAFFER) == room.catalogue.chunks(over.id, STAFFER) == []


def test_a_later_last_day_brings_it_back_without_reading(room, docs):
    said(docs, f"a.txt,,,,,,,{day(-1)}")
    report = room.run(docs)
    room.recorder = ListRecorder()
    said(docs, f"a.txt,,,,,,,{day(30)}")
    report = room.run(docs)
    assert (outcomes(report)["a.txt"], report.chunks) == ("updated", 0)
    assert [getattr(event, "valid_until", "") for event in room.recorder.events] == [day(30), ""]
    assert room.catalogue.document(document(room, report).id, STAFFER).valid_until == day(30)


def test_a_catalogue_from_before_is_brought_up_to_date_with_no_last_day(tmp_path, docs):
    Catalogue(tmp_path / "catalogue", STEPS[:2]).close()
    room = Room(tmp_path / "catalogue")
    report = room.run(docs)
    assert document(room, report).valid_until == ""
    room.close()


def test_members_of_a_container_are_said_to_be_what_it_is(room, docs, tmp_path):
    from ingest.jobs.discover import Allowance, Within, look
    from ingest.jobs.inside import _member
    from ingest.readers.base import Member
    from ingest.sources.saved import source_at

    said(docs, f"a.txt,board,confidential,health,ada,Fees,2025-01-01,{day(5)}")
    container = next(file for file in look([source_at(docs)], (str(docs),)).files if file.ref.path.endswith("a.txt"))
    member = _member(container, Member(name="x.txt", data=b"x"), Within(depth=1, allowance=Allowance()))
    told = member.found
    assert (told.groups, told.level, told.owner, told.valid_until) == ({"board"}, Level.CONFIDENTIAL, "ada", day(5))
    assert (told.title, told.dated) == ("", "")
    assert STAFF.groups == {"staff"}
