"""`ringfence sources` with every real part behind it: shapes, exit codes, a watch that a signal ends."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest
from calling import call

from policies.config import open_home
from policies.vocabulary import Person

BOARD = Person(id="q", name="Ben", groups=frozenset({"board"}))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Two sources in one home, synced once: `fees`, and `board` with a manifest and pictures of pages only."""
    folder = tmp_path_factory.mktemp("site")
    before = os.environ.get("RINGFENCE_KEYS")
    os.environ["RINGFENCE_KEYS"] = str(folder / "keys")
    fees, board, home = folder / "fees", folder / "board", folder / "home"
    (fees / "old").mkdir(parents=True)
    board.mkdir()
    (fees / "fees.md").write_text("# Fees\n\nThe late fee is five euros.\n")
    (fees / "old" / "hours.txt").write_text("The clinic opens at eight, except on Sundays.")
    pdf(board / "minutes.pdf", "The board met in May and agreed on the budget.")
    (board / "manifest.csv").write_text("path,level,groups,title\nminutes.pdf,confidential,board,Minutes of May\n")
    added = [
        call(home, "sources", "add", "fees", fees, "--group", "staff", "--level", "internal", "--owner", "ada",
             "--folder-level", "old=confidential"),
        call(home, "sources", "add", "board", board, "--originals", "pages"),
    ]  # fmt: skip
    first = call(home, "sources", "sync", "--json")
    yield SimpleNamespace(home=home, fees=fees, board=board, added=added, first=first)
    if before is None:
        del os.environ["RINGFENCE_KEYS"]
    else:
        os.environ["RINGFENCE_KEYS"] = before


def pdf(path, text):
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path))
    canvas.drawString(72, 720, text)
    canvas.showPage()
    canvas.save()


def test_a_sync_reports_each_source_as_ingest_reports_a_job(site):
    assert [(one.code, one.err) for one in site.added] == [(0, site.added[0].err), (0, "")]
    assert site.first.code == 0, site.first.err
    board, fees = json.loads(site.first.out)["sources"]
    assert (board["source"], fees["source"], fees["synced"], fees["problem"]) == ("board", "fees", True, "")
    assert (fees["added"], board["added"], fees["chunks"]) == (2, 1, 2)
    assert {file["path"].rsplit("/", 1)[-1]: file["label"] for file in fees["files"] + board["files"]} == {
        "fees.md": "internal",
        "hours.txt": "confidential",
        "minutes.pdf": "confidential",
    }


def test_a_list_says_where_by_which_rules_and_how_it_went(site):
    board, fees = json.loads(call(site.home, "sources", "list", "--json").out)["sources"]
    assert (fees["owner"], fees["groups"], fees["level"], fees["folders"]) == (
        "ada",
        ["staff"],
        "internal",
        {"old": "confidential"},
    )
    assert (board["originals"], board["manifest"], board["documents"], board["state"]) == ("pages", True, 1, "done")
    words = call(site.home, "sources", "list").out
    assert str(site.fees) in words
    assert "as its manifest says" in words
    assert "owner: ada" in words
    assert "old: confidential" in words
    for one in (board, fees):
        assert ", ".join([one["level"] or "no level named", *one["categories"]]) in words


def test_a_page_is_seen_though_no_original_is_kept(site):
    from ingest.wiring import open_ingest

    with contextlib.closing(open_ingest(open_home(site.home))) as room:
        (found,) = room.library.documents(BOARD)
        assert (found.title, list(room.catalogue.pages.versions())) == ("Minutes of May", [found.version])
        assert room.library.page_image(found.document, 1, BOARD).startswith(b"\x89PNG")
        assert found.version not in list(room.catalogue.originals.versions())
        room.index.settle()
        assert room.index.ids() == room.catalogue.chunk_ids()


def test_a_document_is_shown_with_its_owner_and_its_last_day(site):
    fees = json.loads(call(site.home, "documents", "list", "--json").out)["documents"][1]["document"]
    shown = json.loads(call(site.home, "documents", "show", fees, "--json").out)
    assert (shown["owner"], shown["valid_until"]) == ("ada", "")


def test_the_record_holds_sources_and_no_name_of_one(site):
    import sqlite3

    db = sqlite3.connect(f"file:{site.home}/ledger/ledger.db?mode=ro", uri=True)
    bodies = [row[0] for row in db.execute("SELECT body FROM records ORDER BY seq")]
    db.close()
    kinds = [json.loads(body)["kind"] for body in bodies]
    assert kinds[:2] == ["SourceChanged", "SourceChanged"]
    assert kinds.count("SourceSynced") >= 2
    assert not any(word in body for body in bodies for word in ("fees", str(site.home.parent), '"ada"'))


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (["add", "fees", "{fees}", "--group", "staff"], "another name"),
        (["add", "old", "{fees}/old", "--group", "staff"], "belongs to one source"),
        (["add", "Old", "{fees}", "--group", "staff"], "small letters"),
        (["add", "other", "{home}"], "--group everyone"),
        (["add", "other", "{home}/none", "--group", "staff"], "folder that exists"),
        (["add", "other", "{home}", "--group", "staff", "--originals", "kep"], "'keep'"),
        (["add", "other", "{home}", "--group", "staff", "--folder-level", "a"], "board=restricted"),
        (["add", "other", "{home}", "--group", "staff", "--folder-level", "../a=public"], "board=restricted"),
        (["add", "other", "{home}", "--group", "staff", "--folder-level", "a=secrt"], "Known are"),
        (["sync", "fee"], "'fees'"),
        (["sync", "--watch", "--dry-run"], "Leave out"),
        (["remove", "nothing"], "sources list"),
    ],
)
def test_what_cannot_be_asked_for_names_the_cure(site, words, cure):
    result = call(site.home, "sources", *(word.format(fees=site.fees, home=site.home) for word in words))
    assert result.code == 2
    assert cure in result.err


def test_plain_ingestion_does_not_go_round_a_source(site):
    for path in (site.fees, site.fees / "fees.md", site.fees.parent):
        result = call(site.home, "ingest", path, "--group", "everyone")
        assert (result.code, "sources sync" in result.err) == (2, True)


def test_one_that_cannot_be_seen_does_not_keep_the_others_back(site):
    away = site.board.rename(site.board.with_name("away"))
    try:
        several = call(site.home, "sources", "sync", "--json")
        alone = call(site.home, "sources", "sync", "board")
    finally:
        away.rename(site.board)
    assert (several.code, alone.code) == (4, 3)
    board, fees = json.loads(several.out)["sources"]
    assert (board["synced"], fees["synced"], fees["unchanged"]) == (False, True, 2)
    assert "Mount it again" in board["problem"]
    assert "Mount it again" in alone.err
    assert call(site.home, "sources", "sync", "board").code == 0


def test_a_wrong_line_in_a_manifest_is_a_usage_error_with_its_number(site):
    right = (site.board / "manifest.csv").read_text()
    (site.board / "manifest.csv").write_text(right + "other.pdf,secrt,board,\n")
    try:
        result = call(site.home, "sources", "sync", "board")
    finally:
        (site.board / "manifest.csv").write_text(right)
    assert result.code == 2
    assert "line 3" in result.err


def test_plain_ingestion_follows_a_manifest_and_then_needs_no_group(site, tmp_path):
    (tmp_path / "a.txt").write_text("The garden opens in May.")
    assert call(site.home, "ingest", tmp_path).code == 2
    (tmp_path / "manifest.csv").write_text("path,groups,level\nb.txt,garden,public\n")
    result = call(site.home, "ingest", tmp_path, "--dry-run", "--json")
    assert result.code == 0, result.err
    assert {file["path"].rsplit("/", 1)[-1]: file["reason"] for file in json.loads(result.out)["files"]} == {
        "a.txt": "",
        "b.txt": "MISSING",
    }
    assert "read by nobody" in result.err


def test_a_watch_takes_in_what_comes_and_ends_at_a_signal(site):
    """A real process: `--json` gives a line for each sync that did something."""
    words = ["--home", str(site.home), "sources", "sync", "fees", "--watch", "--every", "1", "--json"]
    program = "import sys; from assistant.cli import main; main(sys.argv[1:])"
    process = subprocess.Popen([sys.executable, "-c", program, *words], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        assert (first["source"], first["unchanged"]) == ("fees", 2)
        (site.fees / "new.txt").write_text("Students pay nothing.")
        while not (line := json.loads(process.stdout.readline()))["added"]:
            pass
        assert line["unchanged"] == 2
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=120) == 0
    finally:
        process.kill()
        process.stdout.close()
    assert json.loads(call(site.home, "sources", "list", "--json").out)["sources"][1]["documents"] == 3


def test_removing_says_what_stays_and_forgetting_leaves_nothing(site):
    stays = call(site.home, "sources", "remove", "board")
    assert "documents stay as they are and are no longer synced: 1" in stays.out
    gone = call(site.home, "sources", "remove", "fees", "--forget")
    assert gone.code == 0, gone.err
    assert "3 forgotten: no answer shows them any more." in gone.out
    assert "`ringfence audit prove " in gone.out
    (one,) = json.loads(call(site.home, "documents", "list", "--json").out)["documents"]
    assert one["source"].endswith("minutes.pdf")
    assert json.loads(call(site.home, "sources", "list", "--json").out) == {"sources": []}
    assert "no source yet" in call(site.home, "sources", "sync").err


def test_most_of_a_source_goes_only_when_its_count_is_stated(site, tmp_path):
    """Exit code 4 and the next command in the message; the count belongs to one source."""
    for number in range(30):
        (tmp_path / f"{number}.txt").write_text(f"Letter {number}.")
    call(site.home, "sources", "add", "letters", tmp_path, "--group", "staff")
    assert call(site.home, "sources", "sync", "letters").code == 0
    for path in tmp_path.iterdir():
        path.unlink()
    done = call(site.home, "sources", "sync", "letters")
    assert (done.code, "30 skipped" in done.out, "`ringfence sources sync letters --delete 30`" in done.err) == (
        4,
        True,
        True,
    )
    assert done.out.count("\n") == 1, "not a line for each file"
    states = {
        one["name"]: one["state"] for one in json.loads(call(site.home, "sources", "list", "--json").out)["sources"]
    }
    assert states["letters"] == "withheld"
    assert call(site.home, "sources", "sync", "--delete", "30").code == 2
    assert "30 deleted" in call(site.home, "sources", "sync", "letters", "--delete", "30").out
    call(site.home, "sources", "remove", "letters")
