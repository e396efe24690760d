"""Saved sources: added once, synced one at a time, never emptied for not being seen, removed on request."""

from __future__ import annotations

import contextlib
import os
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from ingest_parts import ListRecorder, Room, outcomes

from ingest.catalogue.forgetting import Forgetting
from ingest.catalogue.sources import SavedSources
from ingest.erasing import forget
from ingest.errors import Busy, Unseen, Withheld
from ingest.jobs.report import OUTCOMES
from ingest.jobs.sync import Synced, Syncing, exit_code
from ingest.jobs.watch import Watch
from ingest.sources.saved import Keeping, Saved
from ingest.wiring import open_ingest
from policies.config import create_home
from policies.errors import RecordError, RefusedError, UsageError
from policies.keys import Keys
from policies.labels import Category, Level
from policies.vocabulary import Person

READER = Person(id="p", name="Ada", groups=frozenset({"staff"}))
NOW = 2_000_000_000_000_000


class House:
    """A room with its saved sources."""

    def __init__(self, folder: Path) -> None:
        self.room = Room(folder / "catalogue")
        self.sources = SavedSources(self.room.catalogue.database)
        self.turns = folder / "run"
        self.forgetting = Forgetting(self.room.catalogue, b"k" * 32)
        self.room.recorder = ListRecorder()

    @property
    def syncing(self) -> Syncing:
        room = self.room
        return Syncing(
            sources=self.sources,
            worklog=room.worklog,
            recorder=room.recorder,
            turns=self.turns,
            actor="os:tester",
            now=lambda: NOW,
            forgets=partial(forget, actor="os:tester", forgetting=self.forgetting, recorder=room.recorder),
        )

    def run(self, found, asked, progress, **more):
        return self.room.job(asked, **more).run(found.files, found.roots, progress, found.missing)

    def add(self, path: Path, name: str = "fees", **rules: object) -> Saved:
        saved = Saved(name=name, path=str(path), **({"groups": frozenset({"staff"}), "level": Level.INTERNAL} | rules))
        self.syncing.add(saved)
        return saved

    def sync(self, name: str = "fees", *, dry_run: bool = False, deleting: int = 0) -> Synced:
        (standing,) = self.sources.named([name])

        def run(found, asked, progress):
            return self.run(found, asked, progress, dry_run=dry_run, deleting=deleting)

        return self.syncing.sync(standing, run, lambda _: None, dry_run=dry_run)

    def stopped_after(self, files: int, name: str = "fees") -> None:
        """A sync that somebody ends once so many files are done."""
        (standing,) = self.sources.named([name])

        def end(now):
            if now.done == files:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            self.syncing.sync(standing, self.run, end, dry_run=False)

    def documents(self) -> list[str]:
        return sorted(Path(one.path).name for one in self.room.catalogue.documents(READER))

    def state(self, name: str = "fees") -> str:
        return self.sources.named([name])[0].state


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path)
    yield made
    made.room.close()


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    (folder / "board").mkdir(parents=True)
    (folder / "a.txt").write_text("The fee is five euros.")
    (folder / "board" / "b.txt").write_text("The board meets in May.")
    return folder


def test_a_source_comes_back_as_it_was_saved(house, docs):
    saved = house.add(
        docs,
        owner="ada",
        categories=frozenset({Category.HEALTH}),
        folders={"board": Level.RESTRICTED},
        originals=Keeping.REFERENCE,
    )
    (standing,) = house.sources.all()
    assert standing.saved == saved
    assert (standing.state, standing.synced, house.sources.documents(saved)) == ("new", 0, 0)


def test_a_sync_takes_in_with_the_sources_rules_and_is_on_the_record(house, docs):
    house.add(docs, owner="ada", folders={"board": Level.RESTRICTED})
    done = house.sync()
    assert outcomes(done.report) == {"a.txt": "added", "b.txt": "added"}
    found = {Path(one.path).name: one for one in house.room.catalogue.documents(READER)}
    assert (found["a.txt"].label.level, found["b.txt"].label.level) == (Level.INTERNAL, Level.RESTRICTED)
    assert found["a.txt"].owner == "ada"
    assert house.room.recorder.kinds()[0] == "SourceChanged"
    last = house.room.recorder.events[-1]
    assert (last.outcome, last.counts, last.job) == ("done", {"added": 2}, done.report.job)
    assert (house.state(), house.sources.all()[0].synced) == ("done", NOW)
    assert set(outcomes(house.sync().report).values()) == {"unchanged"}


def test_what_has_gone_from_the_folder_goes(house, docs):
    house.add(docs)
    house.sync()
    (docs / "a.txt").unlink()
    assert outcomes(house.sync().report) == {"a.txt": "deleted", "b.txt": "unchanged"}


def test_a_source_shows_as_running_while_it_is_synced_and_as_stopped_when_nobody_could_say_how_it_ended(
    tmp_path, docs, monkeypatch
):
    """A kill says nothing; all that is left of it is that the source's lock is free."""
    monkeypatch.setenv("RINGFENCE_KEYS", str(tmp_path / "keys"))
    home = create_home(tmp_path / "home")
    Keys.create(home)
    with contextlib.closing(open_ingest(home, ListRecorder())) as room:
        syncing, states = room.syncing("os:tester"), []
        syncing.add(Saved(name="fees", path=str(docs), groups=frozenset({"staff"})))

        def run(*_):
            states.extend(one.state for one in room.sources.all())
            raise KeyboardInterrupt  # before the job began, so nobody notes it

        with pytest.raises(KeyboardInterrupt):
            syncing.sync(room.sources.all()[0], run, lambda _: None, dry_run=False)
        (left,) = room.sources.all()
        assert (states, left.state, left.tried > 0, left.synced) == (["running"], "stopped", True, 0)


def test_a_dry_run_leaves_no_trace(house, docs):
    house.add(docs)
    before = house.room.recorder.kinds()
    assert house.sync(dry_run=True).report.counts["added"] == 2
    assert (house.documents(), house.state(), house.room.recorder.kinds()) == ([], "new", before)


@pytest.mark.parametrize("where", [".", "board", ".."])
def test_a_file_belongs_to_one_source(house, docs, where):
    house.add(docs)
    with pytest.raises(UsageError, match="overlaps"):
        house.add((docs / where).resolve(), name="other")
    with pytest.raises(UsageError, match="already"):
        house.add(docs, name="fees")
    assert len(house.sources.all()) == 1
    assert house.sources.touching((docs / where).resolve()).name == "fees"
    assert house.sources.touching(docs.parent / "docs2") is None


def test_what_cannot_be_recorded_is_not_added_or_removed(house, docs):
    house.room.recorder = ListRecorder(full_at=0)
    with pytest.raises(RecordError):
        house.add(docs)
    assert house.sources.all() == []
    house.room.recorder = ListRecorder()
    house.add(docs)
    house.sync()
    house.room.recorder = ListRecorder(full_at=0)
    with pytest.raises(RecordError):
        house.syncing.remove(house.sources.all()[0], forget=True)
    assert (len(house.documents()), len(house.sources.all())) == (2, 1)


def test_a_place_that_is_no_folder_is_no_source(house, docs):
    for path in (docs / "a.txt", docs / "nowhere"):
        with pytest.raises(UsageError, match="no folder"):
            house.add(path)


def test_a_level_for_a_folder_that_is_not_there_is_refused(house, docs):
    """A slip of the pen would leave the folder that was meant without its level."""
    with pytest.raises(UsageError, match=r"no folder .*Board"):
        house.add(docs, folders={"Board": Level.RESTRICTED})
    assert house.sources.all() == []


def test_an_unknown_name_names_the_nearest(house, docs):
    house.add(docs)
    with pytest.raises(UsageError, match="'fees'"):
        house.sources.named(["fee"])


# -- not seen is not empty ---------------------------------------------------------------------------------


def test_a_folder_that_is_not_there_changes_nothing_and_is_recorded_once(house, docs):
    house.add(docs)
    house.sync()
    docs.rename(docs.with_name("elsewhere"))
    for _ in range(3):
        done = house.sync()
        assert isinstance(done.problem, Unseen)
        assert "sources remove fees" in str(done.problem)
    assert (house.state(), len(house.documents())) == ("unseen", 2)
    assert [event.outcome for event in house.room.recorder.events if hasattr(event, "counts")] == ["done", "unseen"]
    docs.with_name("elsewhere").rename(docs)
    assert set(outcomes(house.sync().report).values()) == {"unchanged"}


def test_an_empty_folder_in_the_place_of_the_mounted_one_empties_nothing(house, docs):
    """Also when something else lies there by chance, and when both lie on one file system."""
    house.add(docs)
    house.sync()
    docs.rename(docs.with_name("elsewhere"))
    docs.mkdir()
    assert isinstance(house.sync().problem, Unseen)
    (docs / "stray.txt").write_text("I was here before anything was mounted.")
    assert "Nothing was deleted" in str(house.sync().problem)
    assert house.documents() == ["a.txt", "b.txt"]


def test_a_sync_that_is_cut_off_is_on_the_record_with_what_it_did(house, docs):
    """And shows with the source; what it had stored stays, and the next sync does the rest."""
    house.add(docs)
    house.stopped_after(1)
    (standing,) = house.sources.named(["fees"])
    assert (standing.state, standing.tried, standing.synced) == ("stopped", NOW, 0)
    event = house.room.recorder.events[-1]
    assert (event.outcome, event.counts, bool(event.job)) == ("stopped", {"added": 1}, True)
    assert house.sync().report.counts["unchanged"] == 1
    assert house.state() == "done"


def test_what_was_seen_by_a_sync_that_was_cut_off_counts_for_the_next_one(house, docs):
    """The folder and its manifest are known before the first file is taken in."""
    house.add(docs)
    (docs / "manifest.csv").write_text("path,groups\na.txt,board\n")
    house.stopped_after(1)
    (docs / "manifest.csv").rename(docs.with_name("manifest.csv"))
    assert "had a manifest" in str(house.sync().problem)
    docs.rename(docs.with_name("elsewhere"))
    docs.mkdir()
    docs.with_name("manifest.csv").rename(docs / "manifest.csv")
    assert "Nothing was deleted" in str(house.sync().problem)
    assert len(house.room.catalogue.documents(None)) == 1


def test_a_folder_that_people_emptied_is_empty(house, docs):
    house.add(docs)
    house.sync()
    (docs / "a.txt").unlink()
    (docs / "board" / "b.txt").unlink()
    assert house.sync().report.counts["deleted"] == 2
    assert house.documents() == []


# -- most of it gone at once is asked about ----------------------------------------------------------------


@pytest.fixture
def export(house, tmp_path):
    """A synced source of forty files."""
    folder = tmp_path / "export"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number:02}.txt").write_text(f"Invoice {number} is paid.")
    house.add(folder)
    house.sync()
    return folder


def empty(folder: Path, count: int) -> None:
    for path in sorted(folder.glob("*.txt"))[:count]:
        path.unlink()


def test_an_export_that_wrote_nothing_deletes_nothing_and_says_how_many_wait(house, export):
    """The rest of the sync is done; nothing is deleted by trying again; the stated count lets it through."""
    empty(export, 40)
    (export / "new.txt").write_text("The only one.")
    for outcome in ("added", "unchanged"):
        done = house.sync()
        counts = done.report.counts
        assert (counts["skipped"], counts["deleted"], counts[outcome]) == (40, 0, 1)
        assert isinstance(done.problem, Withheld)
        assert "--delete 40" in done.problem.cure
        assert exit_code([done]) == 4
        assert (house.state(), len(house.documents())) == ("withheld", 41)
    assert house.room.recorder.events[-1].outcome == "withheld"
    done = house.sync(deleting=40)
    assert (done.problem, done.report.counts["deleted"]) == (None, 40)
    assert (house.state(), house.documents()) == ("done", ["new.txt"])
    assert exit_code([done]) == 0


def test_more_than_was_stated_is_asked_about_again(house, export):
    empty(export, 30)
    house.sync()
    empty(export, 5)
    assert "--delete 35" in house.sync(deleting=30).problem.cure
    assert len(house.documents()) == 40


def test_a_dry_run_says_that_nothing_would_be_deleted(house, export):
    empty(export, 40)
    assert house.sync(dry_run=True).report.withheld == 40
    assert house.state() == "done"


def test_a_dry_run_tells_a_renamed_folder_as_the_sync_does(house, export):
    (export / "2025").mkdir()
    for path in sorted(export.glob("*.txt")):
        path.rename(export / "2025" / path.name)
    told = house.sync(dry_run=True)
    assert (told.problem, told.report.counts) == (None, {**dict.fromkeys(OUTCOMES, 0), "added": 40, "deleted": 40})


def test_half_of_the_documents_or_a_few_go_unasked(house, export):
    """The few may be all."""
    for _ in range(2):
        empty(export, 20)
        assert house.sync().report.counts["deleted"] == 20


def test_what_came_new_or_was_set_aside_does_not_make_the_share_smaller(house, export):
    empty(export, 40)
    for number in range(60):
        (export / f"other {number}.txt").write_text("BROKEN" if number % 2 else f"Another export, {number}.")
    assert house.sync().report.withheld == 40


def test_a_renamed_folder_is_no_loss(house, export):
    (export / "2025").mkdir()
    for path in sorted(export.glob("*.txt")):
        path.rename(export / "2025" / path.name)
    assert house.sync().report.counts == {**dict.fromkeys(OUTCOMES, 0), "added": 40, "deleted": 40}


def test_a_folder_that_is_taken_in_by_hand_is_asked_about_too(house, tmp_path):
    room, folder = house.room, tmp_path / "hand"
    folder.mkdir()
    for number in range(25):
        (folder / f"{number}.txt").write_text(f"Letter {number}.")
    room.run(folder)
    empty(folder, 25)
    assert (room.run(folder).withheld, len(house.documents())) == (25, 25)
    assert room.run(folder, deleting=25).counts["deleted"] == 25


def test_a_watch_rests_while_nothing_changes_though_it_could_not_delete(house, export):
    empty(export, 40)
    watch = Watch(now=lambda: NOW)
    runs = [watch.round(house.sources.all(), lambda names: [house.sync(one) for one in names]) for _ in range(3)]
    assert [len(done) for done in runs] == [1, 0, 0]


def test_a_moved_folder_that_holds_what_it_held_is_the_same_source(house, docs):
    house.add(docs)
    house.sync()
    docs.rename(docs.with_name("elsewhere"))
    (docs / "board").mkdir(parents=True)
    for path in ("a.txt", "board/b.txt"):
        os.replace(docs.with_name("elsewhere") / path, docs / path)
    assert set(outcomes(house.sync().report).values()) == {"unchanged"}


def test_a_manifest_that_is_gone_opens_nothing(house, docs):
    house.add(docs)
    (docs / "manifest.csv").write_text("path,groups\nboard/b.txt,board\na.txt,staff\n")
    house.sync()
    assert house.documents() == ["a.txt"]
    (docs / "manifest.csv").unlink()
    done = house.sync()
    assert isinstance(done.problem, Unseen)
    assert "Put" in done.problem.cure
    assert house.documents() == ["a.txt"]
    house.syncing.remove(house.sources.all()[0], forget=False)
    house.add(docs)
    house.sync()
    assert house.documents() == ["a.txt", "b.txt"]


def test_a_wrong_manifest_leaves_the_source_as_it_is(house, docs):
    house.add(docs)
    house.sync()
    (docs / "c.txt").write_text("New.")
    (docs / "manifest.csv").write_text("path,groups\n../x,board\n")
    done = house.sync()
    assert isinstance(done.problem, UsageError)
    assert "line 2" in str(done.problem)
    assert (house.state(), house.documents()) == ("refused", ["a.txt", "b.txt"])


# -- two at once, and the end ------------------------------------------------------------------------------


def test_a_second_sync_of_the_same_source_does_nothing_and_says_so(house, docs):
    house.add(docs)
    seen = []

    def while_running(found, asked, progress):
        seen.append(house.sync())
        with pytest.raises(Busy):
            house.syncing.remove(house.sources.all()[0], forget=True)
        return house.run(found, asked, progress)

    done = house.syncing.sync(house.sources.all()[0], while_running, lambda _: None, dry_run=False)
    assert isinstance(seen[0].problem, Busy)
    assert done.report.counts["added"] == 2
    assert (house.state(), len(house.sources.all())) == ("done", 1)


def test_a_removed_source_leaves_its_documents(house, docs):
    house.add(docs)
    house.sync()
    assert house.syncing.remove(house.sources.all()[0], forget=False) is None
    assert (house.documents(), house.sources.all()) == (["a.txt", "b.txt"], [])
    assert house.room.recorder.events[-1].change == "removed"


def test_a_removed_source_takes_its_documents_along_when_asked(house, docs):
    (docs / "broken.txt").write_text("BROKEN")
    house.add(docs)
    house.sync()
    (docs.parent / "other.txt").write_text("Not of this source.")
    house.room.run(docs.parent / "other.txt")
    erasure = house.syncing.remove(house.sources.all()[0], forget=True)
    assert sum(one["passages"] for one in erasure.stated["documents"]) == 2
    assert (house.documents(), house.room.worklog.set_aside()) == (["other.txt"], [])
    assert house.room.recorder.kinds()[-2:] == ["ForgetIntended", "SourceChanged"]
    assert house.syncing.sources.all() == []


def test_what_went_with_its_source_comes_back_with_it(house, docs):
    """Nobody said that these files must never be here: a folder that has moved is removed and added again."""
    house.add(docs)
    house.sync()
    house.syncing.remove(house.sources.all()[0], forget=True)
    house.add(docs)
    assert house.sync().report.counts["added"] == 2


def test_exit_codes_of_several_sources(house, docs):
    house.add(docs)
    good = house.sync()
    unseen, wrong = Synced(name="x", problem=Unseen("x")), Synced(name="y", problem=UsageError("y"))
    (docs / "a.txt").write_text("BROKEN")
    partly = house.sync()
    assert [
        exit_code(done) for done in ([], [good], [good, unseen], [unseen], [wrong, unseen], [partly], [good, partly])
    ] == [0, 0, 4, 3, 2, 4, 4]


# -- watching ------------------------------------------------------------------------------------------------


def test_a_watch_syncs_only_what_is_not_as_it_was(house, docs):
    house.add(docs)
    (docs / "manifest.csv").write_text("path,groups\nboard/b.txt,board\n")
    watching, rounds = Watch(now=lambda: NOW), []

    def look():
        done = watching.round(house.sources.all(), lambda due: [house.sync(name) for name in due])
        rounds.append([sorted(set(outcomes(one.report).values())) if one.report else "problem" for one in done])

    look()
    look()
    (docs / "a.txt").write_text("The fee is six euros now.")
    look()
    look()
    (docs / "manifest.csv").write_text("path,groups\nboard/b.txt,staff\n")
    look()
    docs.rename(docs.with_name("elsewhere"))
    look()
    look()
    docs.with_name("elsewhere").rename(docs)
    look()
    look()
    unchanged = ["unchanged"]
    assert rounds == [
        [["added"]], [], [["unchanged", "updated"]], [], [["unchanged", "updated"]], ["problem"], ["problem"],
        [unchanged], [],
    ]  # fmt: skip


def test_a_watch_looks_again_at_what_failed_and_at_what_was_just_written(house, docs):
    house.add(docs)
    watching, calls = Watch(now=lambda: (docs / "a.txt").stat().st_mtime_ns // 1000 + 1000), []

    def sync(due):
        calls.append(list(due))
        return [house.sync(name) for name in due]

    for _ in range(2):
        watching.round(house.sources.all(), sync)
    assert len(calls) == 2
    watching = Watch(now=lambda: NOW)
    (docs / "a.txt").write_text("SURPRISE")
    for _ in range(2):
        watching.round(house.sources.all(), sync)
    assert len(calls) == 4
    (docs / "a.txt").write_text("Fine.")
    for _ in range(2):
        watching.round(house.sources.all(), sync)
    assert len(calls) == 5


def test_a_watch_tries_what_goes_on_failing_ever_more_seldom(house, docs):
    """Each try is a job and a record: a file that nobody may read would fill both over a weekend."""
    house.add(docs)
    (docs / "a.txt").write_text("SURPRISE")
    at, tried = [NOW], []

    def sync(due):
        tried.append((at[0] - NOW) // 1_000_000)
        return [house.sync(name) for name in due]

    watching = Watch(now=lambda: at[0])
    for _ in range(6 * 60 * 2):  # six hours, looked at twice a minute
        watching.round(house.sources.all(), sync)
        at[0] += 30_000_000
    assert tried[:6] == [0, 30, 90, 210, 450, 930]
    assert [later - sooner for sooner, later in pairwise(tried)][-2:] == [3_600, 3_600]
    (docs / "b.txt").write_text("Something else.")
    watching.round(house.sources.all(), sync)
    assert tried[-1] == 6 * 3_600


def test_a_source_whose_documents_are_under_a_hold_is_not_removed_with_them(house, docs):
    """A hold refuses whatever would delete; without its documents the source may go."""
    house.add(docs)
    house.sync()
    before = house.documents()
    (first, *_) = house.room.catalogue.documents(READER)
    house.forgetting.hold(first.document, 7)
    with pytest.raises(RefusedError, match="A hold stands"):
        house.syncing.remove(house.sources.named(["fees"])[0], forget=True)
    assert (house.documents(), len(house.sources.all())) == (before, 1)
    house.syncing.remove(house.sources.named(["fees"])[0], forget=False)
    assert house.documents() == before


def test_a_link_in_the_place_of_a_saved_folder_is_not_followed(tmp_path):
    """Whoever may write beside it could else have any folder read that this machine's account may read."""
    house, fees, secret = House(tmp_path), tmp_path / "share/fees", tmp_path / "secret"
    for folder in (fees, secret):
        folder.mkdir(parents=True)
        (folder / f"{folder.name}.txt").write_text("The late fee is five euro.")
    house.add(fees)
    assert house.sync().problem is None
    for moved, link in ((fees, secret), (fees.parent, tmp_path / "elsewhere")):
        moved.rename(tmp_path / f"was-{moved.name}")
        if link != secret:
            (link / "fees").mkdir(parents=True)
            (link / "fees/other.txt").write_text("Another text.")
        moved.symlink_to(link)
        assert isinstance(house.sync().problem, Unseen)
        assert house.documents() == ["fees.txt"]
        moved.unlink()
        (tmp_path / f"was-{moved.name}").rename(moved)
    assert house.sync().problem is None
