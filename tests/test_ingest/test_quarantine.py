"""Files set aside: listed, read again though nothing changed, never minded, each on the record."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest
from ingest_parts import Room, outcomes
from keeping_parts import STAFF, bodies, call, copied, without_model

from ingest.wiring import ingest_at
from policies.labels import Category, Level


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A home with one document and two files set aside, written some time ago."""
    folder = tmp_path_factory.mktemp("made")
    docs = folder / "docs"
    docs.mkdir()
    (docs / "good.txt").write_text("The office is open on Fridays.")
    (docs / "empty.txt").write_bytes(b"")
    (docs / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    for path in docs.iterdir():
        os.utime(path, (1_600_000_000, 1_600_000_000))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RINGFENCE_KEYS", str(folder / "keys"))
        without_model(patch)
        done = call(folder / "home", "ingest", docs, *STAFF, "--category", "health", "--json")
        assert done.code == 4, done.err
    return folder


@pytest.fixture
def site(made, tmp_path, monkeypatch):
    return copied(made, tmp_path, monkeypatch)


def listed(site, *words):
    files = json.loads(call(site.home, "documents", "quarantine", *words, "--json").out)["files"]
    return {Path(file["path"]).name: file for file in files}


def test_plain_quarantine_and_its_list_say_the_same(site):
    assert listed(site) == listed(site, "list")
    assert set(listed(site)) == {"empty.txt", "broken.pdf"}
    words = call(site.home, "documents", "quarantine").out
    assert "damaged" in words
    broken = listed(site)["broken.pdf"]["document"]
    assert f"{broken}  quarantined, tried 1 time  " in words  # what `retry` and `release` ask for


def test_lists_show_what_a_name_hides(site, tmp_path):
    (tmp_path / "boxes").mkdir()
    (tmp_path / "boxes" / "fees\u202efdp.\x1b[2J\n.txt").write_bytes(b"")
    told = [call(site.home, "ingest", tmp_path / "boxes", *STAFF)]
    told += [
        call(site.home, "documents", *words) for words in (["list"], ["quarantine"], ["quarantine", "retry", "--all"])
    ]
    for done in told:
        assert r"fees\u202efdp.\x1b[2J\n.txt" in done.out
        assert not any(char in done.out for char in "\u202e\x1b")


def test_retry_reads_again_and_counts_that_it_did(site):
    id = listed(site)["broken.pdf"]["document"]
    done = call(site.home, "documents", "quarantine", "retry", id, "--json")
    assert done.code == 4
    assert [one["reason"] for one in json.loads(done.out)["files"]] == ["DAMAGED"]
    assert listed(site)["broken.pdf"]["times"] == 2
    assert listed(site)["empty.txt"]["times"] == 1
    assert call(site.home, "documents", "quarantine", "retry", "--all").code == 4
    assert listed(site)["empty.txt"]["times"] == 2


def test_a_retry_keeps_groups_level_and_categories(tmp_path):
    """What was asked for the file when it was set aside is asked again, though nobody repeats it."""
    room = Room(tmp_path / "catalogue")
    (tmp_path / "a.txt").write_text("BROKEN")
    report = room.run(tmp_path / "a.txt")
    assert outcomes(report) == {"a.txt": "quarantined"}
    (aside,) = room.worklog.set_aside()
    assert (aside.groups, aside.level, aside.named) == (frozenset({"staff"}), Level.INTERNAL, True)
    report = room.run(tmp_path / "a.txt", again=frozenset({aside.ref.document}))
    assert report.files[0].fresh


def test_after_the_reader_was_mended_a_retry_takes_the_file_in(site):
    """With the categories and the level that it was asked for with the first time."""
    from ingest.keeping import Keeping
    from ingest.readers.base import Block, RawText

    class Mended:
        def read(self, data, name):
            return RawText(title=name, media_type="text/plain", blocks=(Block(text="Now it reads."),), pages=1)

        def close(self):
            pass

    id = listed(site)["broken.pdf"]["document"]
    with ingest_at(site.home) as room:
        room.__dict__["sandboxes"] = Mended()
        (result,) = Keeping(room, room.recorder, actor="os:tester").retry([id])
        assert result.outcome == "added"
        found = room.catalogue.document(id, None)
    assert (found.groups, found.label.level) == (frozenset({"staff"}), Level.INTERNAL)
    assert Category.HEALTH in found.label.categories
    assert "broken.pdf" not in listed(site)


def test_a_released_file_is_skipped_until_it_changes(site, made):
    file = listed(site)["broken.pdf"]
    done = call(site.home, "documents", "quarantine", "release", file["document"], "--reason", "a test page")
    assert done.code == 0, done.err
    assert "broken.pdf" not in listed(site)
    names = [one["source"] for one in json.loads(call(site.home, "documents", "list", "--json").out)["documents"]]
    assert not any(name.endswith("broken.pdf") for name in names)
    report = json.loads(call(site.home, "ingest", site.docs, *STAFF, "--json").out)
    outcome = next(one for one in report["files"] if one["path"].endswith("broken.pdf"))
    assert (outcome["outcome"], outcome["reason"]) == ("skipped", "RELEASED")
    ruled = [json.loads(body) for body in bodies(site) if '"ruling":"never-mind"' in body]
    assert [(one["ruling"], one["reason"], list(one["commitments"])) for one in ruled] == [
        ("never-mind", "DAMAGED", ["why"])
    ]
    before = (site.docs / "broken.pdf").read_bytes()
    try:
        (site.docs / "broken.pdf").write_bytes(b"%PDF-1.7 and something else")
        assert call(site.home, "ingest", site.docs, *STAFF).code == 4
        assert listed(site)["broken.pdf"]["reason"] == "DAMAGED"
    finally:
        (site.docs / "broken.pdf").write_bytes(before)
        os.utime(site.docs / "broken.pdf", (1_600_000_000, 1_600_000_000))


def test_a_released_file_is_taken_again_when_it_is_named(site):
    """Retry is what undoes a release; `--all` leaves what was released alone."""
    id = listed(site)["broken.pdf"]["document"]
    assert call(site.home, "documents", "quarantine", "release", id).code == 0
    assert call(site.home, "documents", "quarantine", "retry", "--all").code == 4
    assert "broken.pdf" not in listed(site)
    done = call(site.home, "documents", "quarantine", "retry", id, "--json")
    assert [one["reason"] for one in json.loads(done.out)["files"]] == ["DAMAGED"]
    assert listed(site)["broken.pdf"]["times"] == 2


def test_a_released_member_is_taken_again_through_its_container(site, tmp_path):
    docs = tmp_path / "boxes"
    docs.mkdir()
    with zipfile.ZipFile(docs / "box.zip", "w") as box:
        box.writestr("bad.pdf", b"%PDF-1.7 and nothing")
    assert call(site.home, "ingest", docs, *STAFF).code == 4
    member = listed(site)["bad.pdf"]["document"]
    assert call(site.home, "documents", "quarantine", "release", member).code == 0
    assert call(site.home, "documents", "quarantine", "retry", member).code == 4
    assert listed(site)["bad.pdf"]["times"] == 2


def test_a_member_is_read_again_through_its_container(site, tmp_path):
    docs = tmp_path / "boxes"
    docs.mkdir()
    with zipfile.ZipFile(docs / "box.zip", "w") as box:
        box.writestr("bad.pdf", b"%PDF-1.7 and nothing")
        box.writestr("fine.txt", "This one is fine.")
    os.utime(docs / "box.zip", (1_600_000_000, 1_600_000_000))
    assert call(site.home, "ingest", docs, *STAFF).code == 4
    member = listed(site)["bad.pdf"]
    done = call(site.home, "documents", "quarantine", "retry", member["document"], "--json")
    assert [one["document"] for one in json.loads(done.out)["files"]] == [member["document"]]
    assert listed(site)["bad.pdf"]["times"] == 2


def test_a_file_in_a_folder_whose_name_ends_as_a_container_is_marked_is_read_again(site, tmp_path):
    """One such folder would keep all others from being read again."""
    folder = tmp_path / "new" / "Important!"
    folder.mkdir(parents=True)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    with zipfile.ZipFile(folder / "pack.zip", "w") as pack:
        pack.writestr("inner.pdf", b"%PDF-1.7 and nothing more")
    call(site.home, "ingest", folder, *STAFF)
    done = call(site.home, "documents", "quarantine", "retry", "--all", "--json")
    assert done.code == 4, done.err
    names = [Path(file["path"]).name for file in json.loads(done.out)["files"]]
    assert sorted(names) == ["broken.pdf", "broken.pdf", "empty.txt", "inner.pdf"]


def test_what_is_not_set_aside_is_a_usage_error(site):
    for words in (["retry"], ["retry", "nothing"], ["retry", "x", "--all"], ["release", "nothing"]):
        result = call(site.home, "documents", "quarantine", *words)
        assert result.code == 2, words


def test_a_file_of_a_saved_source_is_read_again_with_its_source(site):
    """The source says who reads it, whatever the file was asked for with before."""
    assert call(site.home, "sources", "add", "papers", site.docs, "--group", "audit").code == 0
    assert call(site.home, "sources", "sync", "papers").code == 0
    id = listed(site)["broken.pdf"]["document"]
    done = call(site.home, "documents", "quarantine", "retry", id, "--json")
    assert [Path(one["path"]).name for one in json.loads(done.out)["files"]] == ["broken.pdf"], done.err
    assert set(listed(site)) >= {"empty.txt"}
    rows = json.loads(call(site.home, "documents", "list", "--json").out)["documents"]
    assert {tuple(row["groups"]) for row in rows} == {("audit",)}
