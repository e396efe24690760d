"""Looking after the library over the real parts: who may, what runs beside the pages, and what each act records."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from house import House, changed_environment, house, own

from assistant.desk.background import Background, Cancelled
from assistant.desk.desk import Desk, open_desk
from assistant.web.tending import NewSource, Tending
from ingest.jobs.report import FileResult, Progress
from policies.errors import RefusedError, UnavailableError, UsageError
from policies.labels import Level
from policies.vocabulary import Person, Role

__all__ = ["house", "own"]
DEADLINE = 60.0  # seconds until a test gives up; none takes as long


@pytest.fixture
def desk(own: House) -> Iterator[Desk]:
    own.write("shelf/one.md", "# One\n\nThe first shelf holds maps of the harbour.\n")
    own.write("shelf/two.md", "# Two\n\nThe second shelf holds lists of pilots.\n")
    own.write("shelf/void.txt", "")
    with changed_environment({"RINGFENCE_KEYS": str(own.keys)}):
        assert own.run("sources", "add", "shelf", own.folder / "shelf", "--group", "staff").code == 0
        with open_desk(own.home) as found:
            yield found


@pytest.fixture
def opa(desk: Desk) -> Person:
    return desk.add_person("opa", groups=[], clearance=Level.INTERNAL, roles=[Role.OPERATOR])


def tending(desk: Desk) -> Tending:
    return desk.house(hosts=frozenset()).tending


def settled(background: Background) -> None:
    while (thread := background._thread) is not None:
        thread.join(DEADLINE)
        assert not thread.is_alive()


def events(desk: Desk, kind: str) -> list[dict[str, Any]]:
    bodies = [json.loads(body) for _, body in desk.parts.ledger.bodies()]
    return [one for one in bodies if one["kind"] == kind]


def test_a_sync_runs_beside_the_pages_and_its_files_are_read_again_or_released(desk: Desk, opa: Person) -> None:
    """One source from new to done; the file set aside is read again with its source, then never minded; each act is
    on the record under who asked."""
    looked_after = tending(desk)
    (row,) = looked_after.sources(opa)
    assert (row.name, row.groups, row.state, row.documents) == ("shelf", ("staff",), "new", 0)
    looked_after.sync(opa, row.id)
    settled(desk.background)
    (row,) = looked_after.sources(opa)
    assert (row.state, row.documents, row.problem) == ("done", 2, "")
    library = desk.house(hosts=frozenset()).library
    job, *_ = library.jobs(opa)
    assert (job.state, job.counts["added"], job.places) == ("done", 2, (row.place,))
    (aside,) = library.set_aside(opa)
    assert aside.reason == "EMPTY"
    assert "Put the right one in its place" in aside.why

    looked_after.read_again(opa, aside.document)
    settled(desk.background)
    looked_after.never_mind(opa, aside.document)
    assert library.set_aside(opa) == []
    synced, ruled = events(desk, "SourceSynced"), events(desk, "FileRuled")
    assert [one["ruling"] for one in ruled] == ["read-again", "never-mind"]
    assert len({one["actor"] for one in (*synced, *ruled)}) == 1
    with pytest.raises(UsageError, match="no longer set aside"):
        looked_after.read_again(opa, aside.document)
    with pytest.raises(UsageError, match="no such source"):
        looked_after.sync(opa, "nothing")


def test_a_cancelled_job_keeps_what_it_stored_and_says_stopped(desk: Desk, opa: Person) -> None:
    """It ends between two files; the record says who asked; the next sync does the rest."""
    looked_after, reached, go = tending(desk), threading.Event(), threading.Event()
    (row,) = looked_after.sources(opa)
    seen = desk.background._seen

    def slowly(name: str, progress: Progress) -> None:
        if progress.done == 1:
            reached.set()
            assert go.wait(DEADLINE)
        seen(name, progress)

    desk.background._seen = slowly  # type: ignore[method-assign]
    looked_after.sync(opa, row.id)
    assert reached.wait(DEADLINE)
    (running,) = looked_after.running(opa)
    assert (running.begun, running.what, running.total) == (True, "shelf", 3)
    with pytest.raises(RefusedError, match="runs already"):
        looked_after.sync(opa, row.id)
    looked_after.cancel(opa, row.id)
    assert looked_after.running(opa)[0].cancelled
    go.set()
    settled(desk.background)
    job, *_ = desk.house(hosts=frozenset()).library.jobs(opa)
    assert (job.state, sum(job.counts.values())) == ("stopped", 1)
    (synced,) = events(desk, "SourceSynced")
    assert (synced["outcome"], synced["job"], synced["counts"]) == ("stopped", job.job, dict(job.counts))
    assert looked_after.sources(opa)[0].state == "stopped"
    (asked,) = events(desk, "JobCancelled")
    assert (asked["what"], asked["job"]) == (row.id, job.job)
    with pytest.raises(UsageError, match="ended already"):
        looked_after.cancel(opa, row.id)
    looked_after.sync(opa, row.id)
    settled(desk.background)
    assert looked_after.sources(opa)[0].documents == 2


def test_a_source_that_cannot_be_seen_says_so(desk: Desk, opa: Person, own: House) -> None:
    """The words with their cure stand beside it until a sync goes well."""
    (own.folder / "shelf").rename(own.folder / "elsewhere")
    looked_after = tending(desk)
    (row,) = looked_after.sources(opa)
    looked_after.sync(opa, row.id)
    settled(desk.background)
    (row,) = looked_after.sources(opa)
    assert row.state == "unseen"
    assert "Mount it again and sync" in row.problem
    (own.folder / "elsewhere").rename(own.folder / "shelf")
    desk.parts.ingest.sync("shelf", "os:cron")  # as another process would
    (row,) = looked_after.sources(opa)
    assert (row.state, row.problem) == ("done", "")


NEW = NewSource(
    name=" drafts ", folder="", owner="Mara Lind", groups=("staff",), level="internal", categories=("health",),
    originals="pages",
)  # fmt: skip


def test_a_source_is_added_below_a_root_alone_and_removed_with_its_documents_kept(own: House) -> None:
    """None as installed; with a root the same checks, words and records as the command's."""
    own.write("share/drafts/plan.md", "# Plan\n\nThe north cellar is painted in May.\n")
    folder = own.folder / "share" / "drafts"
    with changed_environment({"RINGFENCE_KEYS": str(own.keys)}), open_desk(own.home) as desk:
        opa = desk.add_person("opa", groups=[], clearance=Level.INTERNAL, roles=[Role.OWNER])
        assert tending(desk).roots(opa) == []
        with pytest.raises(RefusedError, match="source_roots"):
            tending(desk).add_source(opa, replace(NEW, folder=str(folder)))
    own.write("home/ringfence.toml", f'[ingest]\nsource_roots = ["{own.folder}/share", "{own.folder}/docs"]\n')
    with changed_environment({"RINGFENCE_KEYS": str(own.keys)}), open_desk(own.home) as desk:
        opa, looked_after = desk.person("opa"), tending(desk)
        for wrong, words in (
            (replace(NEW, folder=str(own.home)), "not one that may be added"),
            (replace(NEW, folder=f"{folder}/none"), "There is no folder"),
            (replace(NEW, folder=str(folder), groups=()), "no group was named"),
            (replace(NEW, folder=str(folder), name="Drafts!"), "cannot be a name"),
            (replace(NEW, folder=str(folder), level="secret"), "no level 'secret'"),
        ):
            with pytest.raises((RefusedError, UsageError), match=words):
                looked_after.add_source(opa, wrong)
        assert events(desk, "SourceChanged") == []
        looked_after.add_source(opa, replace(NEW, folder=f"{folder}/../drafts"))
        with pytest.raises(UsageError, match="already"):
            looked_after.add_source(opa, replace(NEW, folder=str(folder)))
        (row,) = looked_after.sources(opa)
        assert (row.name, row.place, row.groups, str(row.label)) == (
            "drafts",
            str(folder),
            ("staff",),
            "internal health",
        )
        looked_after.sync(opa, row.id)
        with pytest.raises(RefusedError, match="at work"):
            looked_after.remove_source(opa, row.id)
        settled(desk.background)
        assert looked_after.sources(opa)[0].documents == 1
        looked_after.remove_source(opa, row.id)
        with pytest.raises(UsageError, match="no such source"):
            looked_after.remove_source(opa, row.id)
        assert looked_after.sources(opa) == []
        changes = events(desk, "SourceChanged")
        synced = events(desk, "SourceSynced")[0]
        assert [(one["change"], one["originals"], one["actor"]) for one in changes] == [
            ("added", "pages", synced["actor"]),
            ("removed", "pages", synced["actor"]),
        ]
    assert own.document("plan.md")["label"] == "internal"


def test_nobody_else_may_look_after_the_library(desk: Desk) -> None:
    """Staff are refused, and nothing is recorded or begun."""
    looked_after, dana = tending(desk), desk.person("dana")
    size = desk.parts.ledger.head().size
    acts: list[Callable[[], object]] = [
        lambda: looked_after.sources(dana),
        lambda: looked_after.running(dana),
        lambda: looked_after.problem(dana, "x"),
        lambda: looked_after.read_again(dana, "x"),
        lambda: looked_after.never_mind(dana, "x"),
        lambda: looked_after.sync(dana, "x"),
        lambda: looked_after.cancel(dana, "x"),
        lambda: looked_after.roots(dana),
        lambda: looked_after.add_source(dana, NEW),
        lambda: looked_after.remove_source(dana, "x"),
    ]
    for act in acts:
        with pytest.raises(RefusedError, match="looks after the library"):
            act()
    assert desk.parts.ledger.head().size == size
    assert desk.background.tasks() == ()


# -- jobs of this process -------------------------------------------------------------------------------


LAST = FileResult(path="a", outcome="added", document="d")


def far(done: int) -> Progress:
    return Progress(done=done, total=9, chunks=done, rate=1.0, left=9.0 - done, job="job", last=LAST)


def test_one_runs_the_others_wait_and_too_many_are_refused() -> None:
    """In the order in which they were asked for; one that waits is cancelled without being begun."""
    background, go, order = Background(most=3), threading.Event(), list[str]()

    def work(name: str) -> Callable[[Callable[[Progress], None]], str]:
        def run(progress: Callable[[Progress], None]) -> str:
            assert go.wait(DEADLINE)
            progress(far(1))
            order.append(name)
            return ""

        return run

    for name in ("a", "b", "c"):
        background.start(name, name, work(name))
    with pytest.raises(RefusedError, match="Too much waits"):
        background.start("d", "d", work("d"))
    background.cancel("b")
    assert [task.name for task in background.tasks()] == ["a", "c"]
    go.set()
    settled(background)
    assert order == ["a", "c"]
    assert background.tasks() == ()


def test_what_breaks_is_told_and_what_waits_behind_it_is_done() -> None:
    """An error of ours in its own words, another one by its kind alone; a cancelled one is no problem."""
    background = Background()

    def breaks(error: Exception) -> Callable[[Callable[[Progress], None]], str]:
        def run(_progress: Callable[[Progress], None]) -> str:
            raise error

        return run

    background.start("ours", "ours", breaks(UnavailableError("The disk is full.", cure="Make room.")))
    background.start("other", "other", breaks(KeyError("what a document says")))
    background.start("halted", "halted", breaks(Cancelled()))
    background.start("fine", "fine", lambda _: "")
    settled(background)
    assert background.problem("ours").startswith("The disk is full.")
    assert "KeyError" in background.problem("other")
    assert "what a document says" not in background.problem("other")
    assert background.problem("halted") == background.problem("fine") == ""


def test_a_server_that_ends_cancels_what_runs() -> None:
    """And takes nothing more."""
    background, begun = Background(), threading.Event()

    def endless(progress: Callable[[Progress], None]) -> str:
        while True:
            progress(far(1))
            begun.set()

    background.start("a", "a", endless)
    assert begun.wait(DEADLINE)
    background.close()
    assert background.tasks() == ()
    with pytest.raises(RefusedError):
        background.start("b", "b", endless)
