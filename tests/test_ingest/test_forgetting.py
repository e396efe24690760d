"""Forgotten means gone: from answers at once, from every file of the home, and it does not come back by itself."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from ingest_parts import Room, outcomes
from keeping_parts import STAFF, bodies, call, copied, document, holding, without_model

from ingest import cleaner, cleaning, erasing
from ingest.catalogue.forgetting import Forgetting
from ingest.copies.kept import locked
from ingest.errors import Forgotten
from ingest.keeping import Keeping, keeping_at
from ingest.wiring import ingest_at, open_ingest
from policies.audit.ledger import Ledger
from policies.config import open_home
from policies.errors import RefusedError, UsageError
from policies.keys import Keys

VERIFIER = Path(__file__).parents[2] / "deploy" / "verifier" / "ringfence_verify.py"
CANARY = "zirkonquitte"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A home with many documents, three of which hold the canary."""
    folder = tmp_path_factory.mktemp("made")
    docs = folder / "docs"
    docs.mkdir()
    for number in range(14):
        secret = f" The {CANARY} lies in the cellar." if number in (3, 7, 11) else ""
        text = "\n\n".join(f"# Part {part}\n\nFile {number} says {part * number} things.{secret}" for part in range(9))
        (docs / f"file{number:02}.md").write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RINGFENCE_KEYS", str(folder / "keys"))
        without_model(patch)
        assert call(folder / "home", "ingest", docs, *STAFF, "--json").code == 0
    return folder


@pytest.fixture
def site(made, tmp_path, monkeypatch):
    """A copy of it, its files where they were read."""
    return copied(made, tmp_path, monkeypatch)


def test_after_forgetting_no_file_of_the_home_holds_the_text_or_its_vectors(site):
    """Not the catalogue with its freed pages and its log, not an original, not the files of the index."""
    ids = [document(site, f"file{number:02}.md") for number in (3, 7, 11)]
    with contextlib.closing(open_ingest(open_home(site.home))) as room:
        chunks = [chunk.id for id in ids for chunk, _ in room.catalogue.chunks(id, None)]
        vectors = [vector.tobytes() for vector in room.catalogue.vectors(chunks).values()]
    assert holding(site.home / "catalogue", CANARY.encode())
    assert holding(site.home / "index", *vectors)
    done = call(site.home, "documents", "forget", *ids, "--reason", "asked by the person it is about", "--json")
    assert done.code == 0, done.err
    assert holding(site.home, CANARY.encode(), b"asked by the person", *vectors) == []
    with contextlib.closing(open_ingest(open_home(site.home))) as room:
        assert room.index.ids() == room.catalogue.chunk_ids()
        assert not room.index.ids() & set(chunks)


def test_the_receipt_is_checked_by_an_outsider_with_the_small_program(site):
    receipt = site.folder / "receipt.json"
    id = document(site, "file03.md")
    done = call(site.home, "documents", "forget", id, "--reason", "r", "--receipt", receipt, "--json")
    stated = json.loads(json.loads(done.out)["receipt"]["body"])
    assert stated["outcome"] == "forgotten"
    assert [one["document"] for one in stated["documents"]] == [id]
    passages = stated["documents"][0]["passages"]
    assert stated["removed"] == {
        "passages": passages,
        "vectors": passages,
        "marks": 1,
        "set_aside": 0,
        "originals": 1,
        "index": passages,
        "sealed": 0,
    }
    assert "copies of this home" in " ".join(stated["not_reached"])

    def outside(*more):
        words = [sys.executable, str(VERIFIER), str(receipt), "--json", *more]
        said = subprocess.run(words, capture_output=True, text=True, check=False)
        return said.returncode, json.loads(said.stdout)

    code, told = outside()
    assert (code, told["proven"], told["body"]) == (0, True, stated)
    key = site.folder / "key"
    key.write_text(Keys.load(open_home(site.home)).public.hex())
    assert outside("--public-key", str(key))[0] == 0
    assert call(site.home, "documents", "forget", "--check", receipt).code == 0
    made = json.loads(receipt.read_text())
    receipt.write_text(json.dumps(made | {"body": made["body"].replace('"originals":1', '"originals":2')}))
    assert outside()[0] == 1
    assert call(site.home, "documents", "forget", "--check", receipt).code == 1
    key.write_text("11" * 32)
    receipt.write_text(json.dumps(made))
    assert outside("--public-key", str(key))[0] == 1


def test_a_source_that_is_removed_with_its_documents_leaves_the_same_receipt(site, tmp_path):
    """One for all of it; where a hold stands nothing goes, the source neither."""
    docs, receipt = tmp_path / "folder", tmp_path / "receipt.json"
    docs.mkdir()
    for number in range(3):
        (docs / f"{number}.txt").write_text(f"The {CANARY} is number {number}.")
    assert call(site.home, "sources", "add", "cellar", docs, *STAFF).code == 0
    assert call(site.home, "sources", "sync", "cellar").code == 0
    ids = [document(site, f"folder/{number}.txt") for number in range(3)]
    assert call(site.home, "audit", "hold", "--document", ids[1], "--reason", "a claim").code == 0
    refused = call(site.home, "sources", "remove", "cellar", "--forget", "--json")
    assert (refused.code, "A hold stands" in refused.err, refused.out) == (1, True, "")
    assert [one["documents"] for one in json.loads(call(site.home, "sources", "list", "--json").out)["sources"]] == [3]
    with ingest_at(site.home) as room:
        room.forgetting.ask_release(ids[1], "os:other")
    assert call(site.home, "audit", "hold", "--document", ids[1], "--release", "--reason", "settled").code == 0
    done = call(site.home, "sources", "remove", "cellar", "--forget", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    stated = json.loads(told["receipt"]["body"])
    assert (told["source"], stated["outcome"], stated["removed"]["originals"]) == ("cellar", "forgotten", 3)
    assert {one["document"] for one in stated["documents"]} == set(ids)
    receipt.write_text(json.dumps(told["receipt"]))
    assert call(site.home, "documents", "forget", "--check", receipt).code == 0
    words = [sys.executable, str(VERIFIER), str(receipt), "--json"]
    assert json.loads(subprocess.run(words, capture_output=True, check=True).stdout)["proven"]
    assert call(site.home, "audit", "prove", told["record"], "--json").code == 0
    assert holding(site.home, *(f"is number {number}.".encode() for number in range(3))) == []
    receipt.write_text(json.dumps(told["receipt"] | {"body": told["receipt"]["body"].replace("forgotten", "refused")}))
    assert call(site.home, "documents", "forget", "--check", receipt).code == 1
    assert call(site.home, "sources", "add", "empty", tmp_path / "home", *STAFF).code == 0
    empty = json.loads(call(site.home, "sources", "remove", "empty", "--forget", "--json").out)
    assert (empty["documents"], empty["receipt"]) == ([], None)


@pytest.mark.parametrize("died", ["before the source was removed", "before the stores were cleaned"])
def test_a_removal_that_was_killed_is_finished_by_the_next_with_its_own_receipt(site, tmp_path, died):
    """Not with the receipt of another forgetting that was killed later."""
    ids = {}
    for name in ("tower", "attic"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text(f"The {name} has nine windows.")
        assert call(site.home, "sources", "add", name, tmp_path / name, *STAFF).code == 0
        assert call(site.home, "sources", "sync", name).code == 0
        ids[name] = document(site, f"{name}/a.txt")
    with ingest_at(site.home) as room:  # as far as they came
        for name in ids:
            (standing,) = room.sources.named([name])
            if died == "before the source was removed":
                room.syncing("os:other").forgets([ids[name]], why="r", source=standing.saved.id)
            else:
                room.syncing("os:other").remove(standing, forget=True)
        erasing.forget(
            [document(site, "file01.md")], why="r", actor="a", forgetting=room.forgetting, recorder=room.recorder
        )
    told = json.loads(call(site.home, "sources", "remove", "tower", "--forget", "--json").out)
    assert ([one["document"] for one in told["documents"]], told["receipt"]["record"]) == (
        [ids["tower"]],
        told["record"],
    )
    left = json.loads(call(site.home, "sources", "list", "--json").out)["sources"]
    assert [one["name"] for one in left] == (["attic"] if died == "before the source was removed" else [])
    assert call(site.home, "sources", "remove", "tower", "--forget").code == 2


def test_a_forgotten_file_does_not_come_back_under_any_name_until_somebody_says_so(site, tmp_path):
    docs = tmp_path / "own"
    docs.mkdir()
    (docs / "a.txt").write_text("The tower has nine floors.")
    (docs / "b.txt").write_text("The bridge is shut on Mondays.")
    assert call(site.home, "ingest", docs, *STAFF).code == 0
    assert call(site.home, "documents", "forget", document(site, "/a.txt"), "--reason", "r").code == 0
    (docs / "renamed.txt").write_text((docs / "a.txt").read_text())
    report = json.loads(call(site.home, "ingest", docs, *STAFF, "--json").out)
    files = {Path(file["path"]).name: (file["outcome"], file["reason"]) for file in report["files"]}
    assert files["a.txt"] == files["renamed.txt"] == ("skipped", "FORGOTTEN")
    assert files["b.txt"] == ("unchanged", "")
    (docs / "a.txt").write_text("The tower has ten floors.")
    report = json.loads(call(site.home, "ingest", docs, *STAFF, "--json").out)
    assert report["skipped"] == 2
    assert call(site.home, "documents", "forget", "--undo", docs / "a.txt", "--reason", "r").code == 0
    report = json.loads(call(site.home, "ingest", docs, *STAFF, "--json").out)
    assert (report["added"], report["skipped"]) == (2, 0)
    assert call(site.home, "documents", "forget", "--undo", docs / "a.txt").code == 2


def test_the_same_bytes_elsewhere_stay_and_the_receipt_says_so(site, tmp_path):
    docs = tmp_path / "twins"
    docs.mkdir()
    for name in ("one.txt", "two.txt"):
        (docs / name).write_text("Both files say this.")
    assert call(site.home, "ingest", docs, *STAFF).code == 0
    one, two = document(site, "/one.txt"), document(site, "/two.txt")
    done = call(site.home, "documents", "forget", one, "--reason", "r", "--json")
    stated = json.loads(json.loads(done.out)["receipt"]["body"])
    assert (stated["shared"], stated["removed"]["originals"]) == ([two], 0)
    report = json.loads(call(site.home, "ingest", docs, *STAFF, "--json").out)
    assert (report["unchanged"], report["skipped"]) == (1, 1)


def test_a_hold_refuses_until_two_persons_have_ended_it(site):
    id, home = document(site, "file03.md"), open_home(site.home)
    assert call(site.home, "audit", "hold", "--document", id, "--reason", "a claim").code == 0
    refused = call(site.home, "documents", "forget", id, "--reason", "r")
    assert refused.code == 1
    assert "hold stands" in refused.err
    assert call(site.home, "documents", "show", id).code == 0
    assert call(site.home, "audit", "hold", "--document", id, "--release", "--reason", "settled").code == 0
    again = call(site.home, "audit", "hold", "--document", id, "--release", "--reason", "settled")
    assert again.code == 1
    assert "second person" in again.err
    with Ledger(home, Keys.load(home)) as ledger, contextlib.closing(open_ingest(home, ledger)) as room:
        assert Keeping(room, ledger, actor="os:other").release_hold(id, why="settled")
    assert call(site.home, "documents", "forget", id, "--reason", "r").code == 0


def test_a_held_original_stays_whatever_becomes_of_its_file(site, tmp_path):
    docs = tmp_path / "held"
    docs.mkdir()
    (docs / "a.txt").write_text("The first version.")
    call(site.home, "ingest", docs, *STAFF)
    id = document(site, "/a.txt")
    call(site.home, "audit", "hold", "--document", id, "--reason", "r")
    (docs / "a.txt").write_text("The second version.")
    call(site.home, "ingest", docs, *STAFF)
    (docs / "a.txt").unlink()
    call(site.home, "ingest", docs, *STAFF)
    originals = site.home / "catalogue" / "originals"
    assert holding(originals, b"The first version.")
    assert holding(originals, b"The second version.")
    assert json.loads(call(site.home, "documents", "reconcile", "--json").out)["found"]["orphan_originals"] == 0
    with ingest_at(site.home) as room:
        room.forgetting.ask_release(id, "os:other")
    assert call(site.home, "audit", "hold", "--document", id, "--release", "--reason", "r").code == 0
    call(site.home, "documents", "reconcile")
    assert not holding(originals, b"The first version.", b"The second version.")


def test_a_container_goes_with_all_it_holds_and_a_member_not_alone(site, tmp_path):
    import zipfile

    docs = tmp_path / "boxes"
    docs.mkdir()
    with zipfile.ZipFile(docs / "box.zip", "w") as box:
        box.writestr("inner.txt", f"The {CANARY} again, packed.")
    assert call(site.home, "ingest", docs, *STAFF).code == 0
    member, container = document(site, "box.zip!/inner.txt"), document(site, "box.zip")
    refused = call(site.home, "documents", "forget", member, "--reason", "r")
    assert refused.code == 1
    assert container in refused.err
    done = call(site.home, "documents", "forget", container, "--reason", "r", "--json")
    assert {one["document"] for one in json.loads(done.out)["documents"]} == {member, container}
    report = json.loads(call(site.home, "ingest", docs, *STAFF, "--json").out)
    assert [(file["outcome"], file["reason"]) for file in report["files"]] == [("skipped", "FORGOTTEN")]


def test_what_cannot_be_cleaned_now_is_finished_by_the_reconciler(site):
    """Answers lack it at once; the receipt waits for the last store."""
    id = document(site, "file03.md")
    with ingest_at(site.home) as room, room.indexes.building():  # somebody else is making an index
        done = call(site.home, "documents", "forget", id, "--reason", "r", "--json")
    assert done.code == 4
    assert json.loads(done.out)["record"] == -1
    assert call(site.home, "documents", "show", id).code == 2
    said = json.loads(call(site.home, "documents", "reconcile", "--json").out)
    assert said["found"]["unfinished_forgets"] == 1
    assert not any(said["left"].values())
    records = [json.loads(line) for line in bodies(site)]
    intent = next(one for one in records if one["kind"] == "ForgetIntended")
    assert [one["closes"] for one in records if one["kind"] == "DocumentsForgotten"] == [intent["seq"]]


def test_what_another_process_finishes_meanwhile_has_one_receipt(site):
    """Whoever asked is told that one; while the other is at it, that it is not clean yet."""
    id = document(site, "file03.md")
    with keeping_at(site.home, actor="a") as mine, keeping_at(site.home, actor="b") as other:
        erasure = erasing.forget([id], why="r", actor="a", forgetting=mine._forgetting, recorder=mine._recorder)
        with other._finishing():
            assert (mine._forgot(erasure).record, "Another process" in mine._forgot(erasure).problem) == (-1, True)
        assert other.reconcile().left["unfinished_forgets"] == 0
        record = mine._forgot(erasure).record
    ends = [number for number, body in enumerate(bodies(site)) if '"kind":"DocumentsForgotten"' in body]
    assert ends == [record]


DIES = """
import os, sys
from pathlib import Path
from types import SimpleNamespace
sys.path.insert(0, sys.argv[4])
from ingest import erasing, renewal
from ingest.index import embedder
from ingest_parts import HashEmbedder
embedder.open_embedder = lambda *_, **__: HashEmbedder()
from ingest.keeping import keeping_at
step = sys.argv[3]
def die(*args, **kwargs): os._exit(9)
if step == "intended": erasing.Forgetting.erase = die
if step == "erased": renewal.renew = die
if step == "renewed": erasing.finish = die
if step == "ended": erasing.receipt = die
with keeping_at(Path(sys.argv[1]), actor="os:tester") as verbs:
    verbs.forget([sys.argv[2]], why="r")
"""


@pytest.mark.parametrize("step", ["intended", "erased", "renewed", "ended"])
def test_killed_at_any_step_it_is_all_or_nothing_and_the_record_closes(site, step):
    id = document(site, "file03.md")
    words = [sys.executable, "-c", DIES, str(site.home), id, step, str(Path(__file__).parents[1])]
    assert subprocess.run(words, check=False, env=os.environ).returncode == 9
    assert call(site.home, "documents", "reconcile").code == 0
    ends = [json.loads(body) for body in bodies(site) if '"kind":"DocumentsForgotten"' in body]
    there = call(site.home, "documents", "show", id).code == 0
    assert [end["outcome"] for end in ends] == (["lost"] if step == "intended" else ["forgotten"])
    assert there == (step == "intended")
    if not there:
        assert b"file03.md" not in b"".join(path.read_bytes() for path in site.home.rglob("*.db"))


def test_a_job_that_was_reading_it_stores_nothing(tmp_path):
    """The document is forgotten between its reading and its commit."""
    room = Room(tmp_path / "catalogue")
    forgetting = Forgetting(room.catalogue, b"k" * 32)
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.txt").write_text("The first version.")
    room.run(docs)
    (listed,) = room.catalogue.documents()
    (docs / "a.txt").write_text("The second version.")

    class ForgetsMeanwhile(type(room.embedder)):
        def embed_documents(self, texts):
            forgetting.erase(forgetting.targets([listed.document]), 0)
            return super().embed_documents(texts)

    report = room.run(docs, embedder=ForgetsMeanwhile())
    assert outcomes(report) == {"a.txt": "skipped"}
    assert report.files[0].reason == "FORGOTTEN"
    assert room.catalogue.documents() == []
    assert not any((tmp_path / "catalogue" / "originals" / "waiting").iterdir())


def test_a_job_that_was_reading_the_same_bytes_under_another_name_stores_nothing(tmp_path):
    """The file is renamed; while the job reads it under its new name, it is forgotten under its old one."""
    room = Room(tmp_path / "catalogue")
    forgetting = Forgetting(room.catalogue, b"k" * 32)
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.txt").write_text("What is to be forgotten.")
    room.run(docs)
    (listed,) = room.catalogue.documents()
    (docs / "a.txt").rename(docs / "b.txt")

    class ForgetsMeanwhile(type(room.embedder)):
        def embed_documents(self, texts):
            forgetting.erase(forgetting.targets([listed.document]), 0)
            return super().embed_documents(texts)

    again = {"forgotten": forgetting.stands, "digest": forgetting.digest}
    report = room.run(docs, embedder=ForgetsMeanwhile(), **again)
    assert [(file.outcome, file.reason) for file in report.files if file.path.endswith("b.txt")] == [
        ("skipped", "FORGOTTEN")
    ]
    assert room.catalogue.documents() == []


def test_what_is_asked_wrongly_is_said_before_anything_is_done(site):
    id = document(site, "file03.md")
    assert call(site.home, "documents", "forget", "nothing", "--reason", "r").code == 2
    assert call(site.home, "documents", "forget", id).code == 2
    assert call(site.home, "documents", "forget").code == 2
    assert call(site.home, "audit", "hold", "--document", id).code == 2
    assert call(site.home, "audit", "hold", "--document", "nothing", "--reason", "r").code == 2
    assert call(site.home, "audit", "hold", "--document", id, "--release", "--reason", "r").code == 2
    assert call(site.home, "documents", "show", id).code == 0
    assert not any("ForgetIntended" in body for body in bodies(site))


def test_older_copies_of_the_catalogue_go_too(site):
    """They were made before a change of schema, and hold what it held."""
    copy = site.home / "catalogue" / "catalogue.db.schema-2"
    copy.write_text(CANARY)
    call(site.home, "documents", "forget", document(site, "file03.md"), "--reason", "r")
    assert not copy.exists()


def test_a_commit_of_what_was_forgotten_is_refused(tmp_path):
    room = Room(tmp_path / "catalogue")
    (tmp_path / "a.txt").write_text("Text.")
    room.run(tmp_path / "a.txt")
    (listed,) = room.catalogue.documents()
    forgetting = Forgetting(room.catalogue, b"k" * 32)
    document, stat = room.catalogue.document(listed.document, None), room.catalogue.seen(listed.source, listed.path)
    forgetting.erase(forgetting.targets([listed.document]), 7)
    with pytest.raises(Forgotten):
        room.catalogue.commit(document, [], [], stat=stat)
    with pytest.raises(UsageError):
        forgetting.targets([listed.document])


def test_a_hold_of_which_the_record_speaks_stands_though_the_process_died_there(site):
    """Asked for again, it is on record once more at most, and its record is named."""

    class Dying:
        def __init__(self, ledger: Ledger) -> None:
            self.ledger = ledger

        def append(self, *what: object) -> int:
            self.ledger.append(*what)
            raise KeyboardInterrupt

    id, home = document(site, "file03.md"), open_home(site.home)
    with Ledger(home, Keys.load(home)) as ledger, contextlib.closing(open_ingest(home, ledger)) as room:
        with pytest.raises(KeyboardInterrupt):
            Keeping(room, Dying(ledger), actor="os:one").hold(id, why="a claim")
        with pytest.raises(RefusedError, match="hold stands"):
            Keeping(room, ledger, actor="os:one").forget([id], why="r")
        record = Keeping(room, ledger, actor="os:one").hold(id, why="a claim")
        assert record == ledger.head().size - 1
        assert Keeping(room, ledger, actor="os:two").hold(id, why="a claim") == record
        with pytest.raises(UsageError):
            Keeping(room, ledger, actor="os:one").hold(document(site, "file04.md"), why=" ")
        assert room.forgetting.held(document(site, "file04.md")) is None


def test_a_hold_placed_meanwhile_is_asked_inside_the_transaction(tmp_path):
    room = Room(tmp_path / "catalogue")
    (tmp_path / "a.txt").write_text("Text.")
    room.run(tmp_path / "a.txt")
    (listed,) = room.catalogue.documents()
    forgetting = Forgetting(room.catalogue, b"k" * 32)
    targets = forgetting.targets([listed.document])
    forgetting.hold(listed.document, 3)
    with pytest.raises(RefusedError):
        forgetting.erase(targets, 4)
    assert forgetting.erasure(4) is None
    assert room.catalogue.documents() != []


@pytest.fixture
def large(site, monkeypatch):
    """As if it were a large home; nobody begins to clean it aside by himself."""
    monkeypatch.setattr("ingest.cleaning.LARGE", 0)
    monkeypatch.setattr("ingest.cleaning.begin", lambda _: None)
    return site


def test_in_a_large_home_what_is_forgotten_is_gone_at_once_and_cleaned_together_aside(large):
    """Answers, originals and sealed passages do not wait for it, the receipts do."""
    names = ("file03.md", "file07.md", "file11.md")
    ids = [document(large, name) for name in names]
    for id, name in zip(ids, names, strict=True):
        done = call(large.home, "documents", "forget", id, "--reason", "r", "--json")
        told = json.loads(done.out)
        assert (done.code, told["record"], "cleaned aside" in told["problem"]) == (4, -1, True)
        assert call(large.home, "documents", "show", id).code == 2
        assert not holding(large.home / "catalogue" / "originals", (large.docs / name).read_bytes())
        assert id in (large.home / "ledger" / "erasures.log").read_text()
    with contextlib.closing(open_ingest(open_home(large.home))) as room:
        before = room.catalogue.serving().index
        assert len(room.forgetting.pending()) == 3
    assert cleaner.clean(large.home, gathered=0)
    assert not cleaner.clean(large.home, gathered=0)  # nothing waits any more
    assert holding(large.home, CANARY.encode()) == []
    records = [json.loads(body) for body in bodies(large)]
    ends = [one for one in records if one["kind"] == "DocumentsForgotten"]
    assert [one["documents"][0]["document"] for one in ends] == ids
    assert {one["actor"] for one in ends} == {one["actor"] for one in records if one["kind"] == "ForgetIntended"}
    with contextlib.closing(open_ingest(open_home(large.home))) as room:
        assert room.catalogue.serving().index != before
    again = json.loads(call(large.home, "documents", "forget", ids[1], "--json").out)
    assert again["record"] == again["receipt"]["record"] == records.index(ends[1])


def test_asked_again_for_what_several_requests_forgot_it_says_that_none_did(large):
    """Each has a receipt of its own; and a document that came back is forgotten anew."""
    ids = [document(large, f"file{number:02}.md") for number in (1, 2, 3)]
    assert call(large.home, "documents", "forget", *ids[:2], "--reason", "r").code == 4
    assert call(large.home, "documents", "forget", ids[2], "--reason", "r").code == 4
    assert call(large.home, "documents", "forget", *ids).code == 2
    assert call(large.home, "documents", "forget", "nothing").code == 2
    assert call(large.home, "documents", "forget", *ids[:2]).code == 4
    assert cleaner.clean(large.home, gathered=0)
    first = json.loads(call(large.home, "documents", "forget", *reversed(ids[:2]), "--json").out)
    assert {one["document"] for one in first["documents"]} == set(ids[:2])
    assert call(large.home, "documents", "forget", "--undo", ids[2], "--reason", "r").code == 0
    assert call(large.home, "ingest", large.docs, *STAFF).code == 0
    assert call(large.home, "documents", "forget", ids[2], "--reason", "r").code == 4
    assert cleaner.clean(large.home, gathered=0)
    second = json.loads(call(large.home, "documents", "forget", ids[2], "--json").out)
    assert second["record"] > first["record"] + 1


def test_cleaning_aside_takes_a_tenth_of_the_time(tmp_path):
    noted = tmp_path / "cleaned"
    assert cleaner._rest(noted) == 0
    noted.write_text("100.0")
    os.utime(noted, (time.time() - 300, time.time() - 300))
    assert cleaner._rest(noted) == pytest.approx(600, abs=5)
    os.utime(noted, (time.time() + 3600, time.time() + 3600))  # the clock was put back
    assert cleaner._rest(noted) == 900


def test_what_a_kill_left_undone_is_gone_on_with_when_a_server_starts(site, monkeypatch):
    begun = []
    monkeypatch.setattr("ingest.cleaning.begin", begun.append)
    with ingest_at(site.home) as room:
        cleaning.resume(room)
        assert begun == []
        forget = erasing.forget([document(site, "file03.md")], why="r", actor="a", forgetting=room.forgetting,
                                recorder=room.recorder)  # fmt: skip
        cleaning.resume(room)
        assert (begun, [one.request for one in room.forgetting.pending()]) == ([room.home], [forget.request])


def test_a_process_of_its_own_cleans_and_makes_the_receipt(tmp_path, monkeypatch):
    """The whole way, with the packaged model."""
    monkeypatch.setenv("RINGFENCE_KEYS", str(tmp_path / "keys"))
    monkeypatch.setattr("ingest.cleaning.LARGE", 0)
    monkeypatch.setattr("ingest.cleaning.GATHERED", 0.0)
    site = SimpleNamespace(home=tmp_path / "home")
    (tmp_path / "docs").mkdir()
    for number in range(3):
        (tmp_path / "docs" / f"{number}.txt").write_text(f"The {CANARY} number {number} opens at eight.")
    assert call(site.home, "ingest", tmp_path / "docs", *STAFF).code == 0
    ids = [document(site, f"{number}.txt") for number in range(2)]
    for id in ids:  # also what comes while the process is at it
        assert call(site.home, "documents", "forget", id, "--reason", "r").code == 4
    end = time.monotonic() + 120
    with contextlib.closing(open_ingest(open_home(site.home))) as room:
        while room.forgetting.pending():
            assert time.monotonic() < end, (site.home / "index" / "cleaning.log").read_text()
            time.sleep(0.1)
    with locked(site.home / "run", "cleaning", seconds=60) as free:
        assert free  # the process has ended its turn
    assert all(call(site.home, "documents", "forget", id).code == 0 for id in ids)
    found = holding(site.home, *(f"{CANARY} number {number}".encode() for number in range(2)))
    assert found == []
    assert sum('"kind":"DocumentsForgotten"' in body for body in bodies(site)) == 2
