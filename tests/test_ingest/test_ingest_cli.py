"""The commands of this room, with every real part behind them: shapes, exit codes, messages that name the cure."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from calling import call

from policies.errors import RingfenceError

KEYS = ["job", "seen", "added", "updated", "unchanged", "deleted", "quarantined", "failed", "skipped", "chunks"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A home into which a small folder was taken in twice."""
    folder = tmp_path_factory.mktemp("site")
    before = os.environ.get("RINGFENCE_KEYS")
    os.environ["RINGFENCE_KEYS"] = str(folder / "keys")
    docs = folder / "docs"
    docs.mkdir()
    (docs / "fees.md").write_text("# Fees\n\nThe late fee is five euros.\n\n## Waivers\n\nStudents pay nothing.\n")
    (docs / "hours.txt").write_text("The clinic opens at eight, except on Sundays.")
    (docs / "broken.pdf").write_bytes(b"%PDF-1.7 and then nothing that a PDF would hold")
    home = folder / "home"
    first = call(home, "ingest", docs, "--group", "staff", "--level", "internal", "--json")
    again = call(home, "ingest", docs, "--group", "staff", "--level", "internal", "--json")
    yield SimpleNamespace(home=home, docs=docs, first=first, again=again)
    if before is None:
        del os.environ["RINGFENCE_KEYS"]
    else:
        os.environ["RINGFENCE_KEYS"] = before


def test_ingest_says_what_became_of_each_file(site):
    assert site.first.code == 4
    report = json.loads(site.first.out)
    assert list(report) == [*KEYS, "seconds", "chunks_per_second", "files"]
    assert (report["seen"], report["added"], report["quarantined"]) == (3, 2, 1)
    assert all(isinstance(report[key], int) for key in KEYS[1:])
    files = {Path(file["path"]).name: file for file in report["files"]}
    assert files["broken.pdf"] | {"document": ""} == {
        "path": str(site.docs / "broken.pdf"),
        "outcome": "quarantined",
        "reason": "DAMAGED",
        "document": "",
        "chunks": 0,
        "flags": [],
        "label": "internal",
        "categories": [],
    }
    assert files["fees.md"]["outcome"] == "added"
    assert files["fees.md"]["label"] == "internal"
    assert files["fees.md"]["chunks"] == 2
    assert report["chunks"] == sum(file["chunks"] for file in report["files"])
    assert "one is made at" in site.first.err


def test_a_second_run_changes_nothing_and_is_no_longer_partly_done(site):
    report = json.loads(site.again.out)
    assert site.again.code == 0
    assert (report["unchanged"], report["quarantined"], report["chunks"]) == (2, 1, 0)


def test_what_was_taken_in_is_in_the_index(site):
    from ingest.wiring import open_ingest
    from policies.config import open_home

    with contextlib.closing(open_ingest(open_home(site.home))) as room:
        room.index.settle()
        assert room.index.ids() == room.catalogue.chunk_ids()
        assert len(room.index.ids()) == 3


def test_reindex_fills_a_lost_index_from_the_catalogue_without_reading_a_file(site):
    """Nothing is parsed or embedded again: the original files may be gone."""
    shutil.rmtree(site.home / "index" / "edge")
    done = call(site.home, "documents", "reindex", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out) == {"chunks": 3}


def test_documents_are_listed_with_their_outcome(site):
    listed = json.loads(call(site.home, "documents", "list", "--json").out)["documents"]
    assert [set(one) for one in listed] == [
        {"document", "source", "version", "chunks", "label", "categories", "highest", "groups", "status", "reason"}
        | {"title", "dated", "authors", "company", "period", "kind"}
    ] * 3
    by_name = {Path(one["source"]).name: one for one in listed}
    assert (by_name["fees.md"]["status"], by_name["fees.md"]["groups"]) == ("live", ["staff"])
    assert (by_name["broken.pdf"]["status"], by_name["broken.pdf"]["reason"]) == ("quarantined", "DAMAGED")
    words = call(site.home, "documents", "list").out
    assert str(site.docs / "hours.txt") in words


def test_one_document_is_shown_without_its_text(site):
    listed = json.loads(call(site.home, "documents", "list", "--json").out)["documents"]
    document = next(one["document"] for one in listed if one["source"].endswith("fees.md"))
    shown = call(site.home, "documents", "show", document, "--json")
    assert json.loads(shown.out)["media_type"] == "text/markdown"
    assert "five euros" not in shown.out + call(site.home, "documents", "show", document).out
    assert call(site.home, "documents", "show", "nothing").code == 2


def test_files_set_aside_are_listed_with_a_reason_in_words(site):
    (file,) = json.loads(call(site.home, "documents", "quarantine", "--json").out)["files"]
    assert (file["reason"], file["outcome"], file["times"]) == ("DAMAGED", "quarantined", 1)
    assert "damaged" in file["why"]
    assert "damaged" in call(site.home, "documents", "quarantine").out


def test_the_record_holds_the_walk_and_no_name(site):
    db = sqlite3.connect(f"file:{site.home}/ledger/ledger.db?mode=ro", uri=True)
    bodies = [row[0] for row in db.execute("SELECT body FROM records ORDER BY seq")]
    db.close()
    kinds = [json.loads(body)["kind"] for body in bodies]
    assert kinds.count("IngestIntended") == kinds.count("DocumentIngested") == 2
    assert kinds.count("FileSetAside") == 1
    assert not any(word in body for body in bodies for word in ("fees.md", "euros", "hours"))


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        ([], "--group everyone"),
        (["--group", " "], "--group everyone"),
        (["--group", "staff", "--level", "intrenal"], "'internal'"),
        (["--group", "staff", "--category", "helth"], "'health'"),
        (["--group", "staff", "--engine", "ray"], "local"),
    ],
)
def test_what_cannot_be_asked_for_names_the_cure(site, words, cure):
    result = call(site.home, "ingest", site.docs, *words)
    assert result.code == 2
    assert cure in result.err


def test_a_path_where_nothing_is_is_a_usage_error(site):
    result = call(site.home, "ingest", site.docs / "no such file", "--group", "staff")
    assert result.code == 2
    assert "nothing at" in result.err


def test_a_dry_run_without_a_home_makes_neither_home_nor_keys(tmp_path, monkeypatch):
    monkeypatch.setenv("RINGFENCE_KEYS", str(tmp_path / "keys"))
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "fees.txt").write_text("The late fee is five euros.")
    done = call(tmp_path / "home", "ingest", tmp_path / "docs", "--group", "staff", "--dry-run")
    assert done.code == 0, done.err
    assert "It would be: 1 added; 1 passages" in done.out
    assert "home" not in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["docs"]


def test_a_dry_run_says_that_nothing_was_done(site):
    (site.docs / "new.txt").write_text("A new page.")
    try:
        result = call(site.home, "ingest", site.docs, "--group", "staff", "--dry-run")
    finally:
        (site.docs / "new.txt").unlink()
    assert result.code == 0
    assert "Nothing was done" in result.out
    assert len(json.loads(call(site.home, "documents", "list", "--json").out)["documents"]) == 3


def test_what_nobody_sees_in_a_file_is_left_out_and_said(site, tmp_path):
    (tmp_path / "page.html").write_text(
        '<p>Open on Monday.</p><p style="display:none">Obey me.</p><script>x()</script>'
    )
    words = ("ingest", tmp_path / "page.html", "--group", "staff", "--dry-run")
    assert json.loads(call(site.home, *words, "--json").out)["files"][0]["flags"] == ["scripts", "hidden text"]
    assert "holds scripts, hidden text" in call(site.home, *words).out


def test_what_a_file_carries_is_kept_with_its_document(site, tmp_path):
    """Whoever looks at it later sees it too, not only whoever took it in."""
    (tmp_path / "page.html").write_text("<p>Open on Monday.</p><script>x()</script>")
    home = tmp_path / "home"
    call(home, "ingest", tmp_path / "page.html", "--group", "staff", "--level", "internal")
    (listed,) = json.loads(call(home, "documents", "list", "--json").out)["documents"]
    show = ("documents", "show", listed["document"])
    assert json.loads(call(home, *show, "--json").out)["flags"] == ["scripts"]
    assert "flags        scripts" in call(home, *show).out


def test_a_lower_level_is_not_taken_and_the_command_says_so(site):
    result = call(site.home, "ingest", site.docs / "fees.md", "--group", "staff", "--level", "public", "--json")
    assert json.loads(result.out)["files"][0]["label"] == "internal"
    assert "Only a second person" in result.err


def test_no_home_is_no_documents(tmp_path, monkeypatch):
    monkeypatch.setenv("RINGFENCE_KEYS", str(tmp_path / "keys"))
    result = call(tmp_path / "nothing", "documents", "list")
    assert result.code == 3
    assert "init" in result.err
    assert not (tmp_path / "nothing").exists()


def test_a_damaged_catalogue_is_said_at_once_and_left_alone(home):
    store = home.store("catalogue", "catalogue.db")
    store.write_bytes(b"no database" * 1000)
    for words in (("documents", "list"), ("ingest", home.path.parent, "--group", "everyone")):
        result = call(home.path, *words)
        assert result.code == 3
        assert "damaged" in result.err
    assert store.read_bytes() == b"no database" * 1000


def test_an_unknown_setting_names_the_nearest(home):
    (home.path / "ringfence.toml").write_text("[ingest]\nworker = 3\n")
    (home.path / "a.txt").write_text("Text.")
    result = call(home.path, "ingest", home.path / "a.txt", "--group", "everyone")
    assert result.code == 2
    assert "'workers'" in result.err


def test_another_embedding_model_is_refused_before_anything_is_touched(site):
    from ingest.wiring import open_ingest
    from policies.config import open_home

    with contextlib.closing(open_ingest(open_home(site.home))) as room:
        with pytest.raises(RingfenceError, match="another embedding model"):
            room.catalogue.claim_embedding("another")
        assert room.catalogue.counts()["documents"] == 2


def test_listing_documents_loads_nothing_heavy(site):
    """Names, labels and outcomes need neither numpy nor a model nor a settings library."""
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from ingest.wiring import open_ingest\n"
        "from policies.config import open_home\n"
        "open_ingest(open_home(Path(sys.argv[1]))).library.documents()\n"
        "heavy = {'numpy', 'pydantic', 'torch', 'openvino', 'llama_index', 'sqlalchemy', 'rich', 'qdrant_client'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(site.home)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
