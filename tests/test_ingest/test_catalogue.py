"""The catalogue: whole versions or none, labels that never fall, rights that count at once, a feed that tells all."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import sqlite3
import stat as modes
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.catalogue.catalogue import Catalogue
from ingest.catalogue.database import Database
from ingest.catalogue.filesystem import refuse_network
from ingest.catalogue.originals import Originals
from ingest.catalogue.rows import SetAside, Stat
from ingest.catalogue.schema import STEPS
from ingest.catalogue.worklog import Worklog
from ingest.errors import CatalogueError
from policies.labels import Category, Label, Level
from policies.vocabulary import Chunk, Document, Person, SourceRef

STAFF = Person(id="p1", name="Ada", groups=frozenset({"staff"}))
OTHER = Person(id="p2", name="Ben", groups=frozenset({"board"}))


def a_document(name="a.txt", version="1", groups=("staff",), level=Level.INTERNAL, categories=()):
    ref = SourceRef(source="files", path=f"/docs/{name}")
    return Document(
        id=ref.document,
        version=version * 64 if len(version) == 1 else version,
        source=ref,
        title=name,
        media_type="text/plain",
        label=Label(level=level, categories=frozenset(categories)),
        groups=frozenset(groups),
    )


def chunks_of(document, count=2):
    return [
        Chunk(
            id=Chunk.make_id(document.id, document.version, "p", n),
            document=document.id,
            version=document.version,
            ordinal=n,
            text=f"{document.title} part {n} of {document.version[:4]}",
            page=n + 1,
            heading=("Fees", "Late payment"),
            start=n * 10,
            end=n * 10 + 9,
            label=document.label,
        )
        for n in range(count)
    ]


def put(catalogue, document, count=2, job="j", **more):
    chunks = chunks_of(document, count)
    vectors = [[float(n), 0.5, -0.25] for n in range(count)]
    return catalogue.commit(document, chunks, vectors, stat=Stat(size=1, mtime=1, checked=1), job=job, **more)


@pytest.fixture
def catalogue(tmp_path):
    opened = Catalogue(tmp_path / "catalogue")
    yield opened
    opened.close()


def replay(catalogue, after=0, limit=5, held=None):
    """What an index holds that has applied every change above `after`."""
    held = dict(held or {})
    while changes := catalogue.changes(after, limit):
        for change in changes:
            for gone in change.deletes:
                held.pop(gone, None)
            held.update({row.id: row for row in change.upserts})
            after = change.seq
    return held


def test_a_committed_document_is_read_back_as_it_was_given(catalogue):
    document = a_document(categories=[Category.HEALTH])
    assert put(catalogue, document) == "added"
    assert catalogue.document(document.id, STAFF) == document
    expected = [(chunk, document) for chunk in chunks_of(document)]
    assert catalogue.chunks(document.id, STAFF) == expected
    ids = [chunk.id for chunk, _ in expected]
    assert catalogue.hydrate(ids[::-1], STAFF) == expected[::-1]
    assert catalogue.page_chunks(document.id, 2, STAFF) == [expected[1]]
    assert catalogue.vectors(ids)[ids[1]].tolist() == [1.0, 0.5, -0.25]
    assert catalogue.counts() == {"documents": 1, "chunks": 2, "other_language": 0, "set_aside": 0}


def test_a_new_version_replaces_the_old_one_whole(catalogue):
    old, new = a_document(), a_document(version="2")
    put(catalogue, old, count=3)
    assert put(catalogue, new, count=1) == "updated"
    assert catalogue.hydrate([chunk.id for chunk in chunks_of(old, 3)], STAFF) == []
    assert len(catalogue.chunks(new.id, STAFF)) == 1
    assert set(replay(catalogue)) == catalogue.chunk_ids()


def test_the_same_version_again_is_unchanged_and_makes_no_entry_in_the_feed(catalogue):
    put(catalogue, a_document(), job="one")
    before = catalogue.latest()
    assert put(catalogue, a_document(), job="two") == "unchanged"
    assert catalogue.latest() == before


def test_a_commit_that_fails_in_the_middle_leaves_the_old_version(catalogue):
    old, new = a_document(), a_document(version="2")
    put(catalogue, old)
    chunks = chunks_of(new)
    broken = [chunks[0], replace(chunks[1], id=chunks[0].id)]  # the same id twice: refused by the table
    with pytest.raises(CatalogueError):
        catalogue.commit(new, broken, [[0.0], [1.0]], stat=Stat(size=1, mtime=1, checked=1))
    assert catalogue.document(old.id, STAFF) == old
    assert catalogue.latest() == 1


def test_groups_are_asked_at_every_read(catalogue):
    document = a_document()
    put(catalogue, document)
    ids = [chunk.id for chunk in chunks_of(document)]
    assert catalogue.hydrate(ids, OTHER) == []
    assert catalogue.document(document.id, OTHER) is None
    assert catalogue.documents(OTHER) == []
    catalogue.set_rights(document.id, groups={"board"})
    assert catalogue.hydrate(ids, STAFF) == []
    assert catalogue.chunk(ids[0], STAFF) is None
    assert catalogue.page_chunks(document.id, 1, STAFF) == []
    assert len(catalogue.hydrate(ids, OTHER)) == 2
    catalogue.set_rights(document.id, groups={"everyone"})
    assert len(catalogue.hydrate(ids, STAFF)) == len(catalogue.hydrate(ids, OTHER)) == 2


def test_a_document_without_a_group_is_readable_by_nobody(catalogue):
    document = a_document(groups=())
    put(catalogue, document)
    assert catalogue.hydrate([chunk.id for chunk in chunks_of(document)], STAFF) == []


def test_a_label_never_falls(catalogue):
    document = a_document()
    put(catalogue, document)
    catalogue.set_rights(document.id, level=Level.CONFIDENTIAL, categories=[Category.PRIVILEGED])
    catalogue.set_rights(document.id, level=Level.PUBLIC)
    put(catalogue, a_document(version="2", level=Level.PUBLIC))
    label = Label(level=Level.CONFIDENTIAL, categories=frozenset({Category.PRIVILEGED}))
    assert catalogue.document(document.id, None).label == label
    assert {chunk.label for chunk, _ in catalogue.chunks(document.id, None)} == {label}
    assert {(row.level, row.categories) for row in replay(catalogue).values()} == {(label.level, label.categories)}


def test_rights_that_did_not_change_make_no_entry_in_the_feed(catalogue):
    document = a_document()
    put(catalogue, document)
    assert catalogue.set_rights(document.id, groups={"staff"}, level=Level.PUBLIC) == document
    assert catalogue.latest() == 1
    assert catalogue.set_rights("nobody", groups={"staff"}) is None


def test_the_feed_says_what_was_embedded(catalogue):
    document = a_document()
    put(catalogue, document, fronts=["Fees: ", ""])
    texts = [row.text for row in replay(catalogue).values()]
    assert texts[0].startswith("Fees: a.txt part 0")
    assert texts[1].startswith("a.txt part 1")


def test_an_intent_is_found_to_have_come_about_only_for_its_own_job(catalogue):
    document = a_document()
    put(catalogue, document, job="one")
    put(catalogue, a_document(version="2"), job="two")
    assert catalogue.came_about(document.id, "1" * 64, "one") == "added"
    assert catalogue.came_about(document.id, "2" * 64, "two") == "updated"
    assert catalogue.came_about(document.id, "2" * 64, "one") == ""


def test_an_original_stays_as_long_as_one_document_needs_it(catalogue):
    staged = [catalogue.originals.stage(b"the same bytes") for _ in range(2)]
    one = a_document("a", version=staged[0].version)
    two = a_document("b", version=staged[0].version)
    put(catalogue, one, original=staged[0])
    put(catalogue, two, original=staged[1])
    path = catalogue.originals.path(one.version)
    assert path.read_bytes() == b"the same bytes"
    assert modes.S_IMODE(path.stat().st_mode) == 0o600
    catalogue.delete(one.id)
    assert catalogue.sweep() == 0
    assert path.exists()
    catalogue.delete(two.id)
    assert catalogue.sweep() == 1
    assert not path.exists()
    assert list((catalogue.originals.folder / "waiting").iterdir()) == []


def test_an_original_whose_commit_never_came_about_is_swept_after_a_kill(catalogue):
    staged = catalogue.originals.stage(b"lonely")
    catalogue.originals.keep(staged)
    assert catalogue.sweep() == 0
    assert catalogue.sweep(everything=True) == 1
    assert list(catalogue.originals.versions()) == []


def test_a_version_never_names_another_place(tmp_path):
    originals = Originals(tmp_path)
    for name in ("../../etc/passwd", "a" * 63, "G" * 64, ""):
        with pytest.raises(ValueError, match="version"):
            originals.path(name)


def test_files_set_aside_are_listed_until_they_become_documents(catalogue):
    worklog = Worklog(catalogue.database)
    document = a_document()
    file = SetAside(
        ref=document.source,
        stat=Stat(size=3, mtime=4, checked=5, version=document.version),
        outcome="quarantined",
        reason="DAMAGED",
        level=Level.RESTRICTED,
        groups=frozenset({"staff"}),
        job="j",
    )
    worklog.put_aside(file, now=7)
    worklog.put_aside(file, now=8)
    assert worklog.aside(document.id) == replace(file, at=8, times=2)
    listed = catalogue.documents(None)
    assert [(one.status, one.reason, one.chunks) for one in listed] == [("quarantined", "DAMAGED", 0)]
    assert catalogue.documents(OTHER) == []
    put(catalogue, document)
    worklog.put_aside(file, now=9)
    assert [(one.status, one.reason) for one in catalogue.documents(None)] == [("live", "DAMAGED")]
    put(catalogue, a_document(version="3"))
    assert worklog.set_aside() == []


def test_a_part_of_the_list_is_what_one_would_pick_from_the_whole(catalogue):
    """By page, by word, by person, one alone, what waits, and how many are alike."""
    worklog = Worklog(catalogue.database)
    wide = ("staff", "board")
    for number in range(12):
        groups, level = (wide, ("staff",), ("board",))[number % 3], (Level.INTERNAL, Level.RESTRICTED)[number % 2]
        made = replace(a_document(f"Straße {number}.txt", groups=groups, level=level), company="Ångström"[number % 9 :])
        put(catalogue, replace(made, valid_until="2000-01-01" if number == 9 else ""))
    for name in ("Straße 3.txt", "gone.txt"):
        ref, stat = a_document(name).source, Stat(size=3, mtime=4, checked=5, version="v")
        worklog.put_aside(
            SetAside(ref=ref, stat=stat, outcome="failed", reason="DAMAGED", level=Level.RESTRICTED,
                     groups=frozenset({"board"}), job="j"), now=7,
        )  # fmt: skip
    every = catalogue.documents()
    assert [one.path for one in every] == sorted(one.path for one in every)
    assert len(every) == 13
    assert catalogue.waiting() == [one for one in every if one.reason]
    for person in (None, STAFF, OTHER, Person(id="p3", name="Cy", groups=frozenset({"cellar"}))):
        theirs = [one for one in every if person is None or one.groups & person.reads_as]
        assert catalogue.documents(person) == theirs
        assert (
            catalogue.page(person, "", lambda one: one.status == "live", 1, 3)
            == [one for one in theirs if one.status == "live"][1:4]
        )
        for text in ("STRASSE 1", "ångs", "gone", "/docs/", "%", "nothing"):
            found = catalogue.page(person, text, lambda _: True, 0, 99)
            assert found == [one for one in theirs if text.casefold() in f"{one.path} {one.company}".casefold()]
        assert [catalogue.listed(one.document, person) for one in every] == [
            one if one in theirs else None for one in every
        ]
        if person:
            kinds = Counter((one.groups, one.label) for one in theirs if one.status == "live")
            assert {(one.groups, one.label): many for one, many in catalogue.alike(person)} == kinds


def test_what_lies_under_a_folder_is_not_what_only_begins_like_it(catalogue):
    worklog = Worklog(catalogue.database)
    for name in ("in/a", "in/deep/b", "inside/c", "in0/d"):
        put(catalogue, a_document(name))
    assert [ref.path for ref in worklog.known_under("files", "/docs/in")] == ["/docs/in/a", "/docs/in/deep/b"]
    assert [ref.path for ref in worklog.known_under("files", "/docs/inside/c")] == ["/docs/inside/c"]
    assert len(list(worklog.known_under("files", "/"))) == 4


# -- trouble ---------------------------------------------------------------------------------------------


def test_a_catalogue_of_a_newer_version_is_refused_and_not_touched(tmp_path):
    Catalogue(tmp_path).close()
    path = tmp_path / "catalogue.db"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    before = path.read_bytes()
    with pytest.raises(CatalogueError, match="newer version") as caught:
        Catalogue(tmp_path)
    assert caught.value.exit_code == 3
    assert path.read_bytes() == before


def test_an_older_catalogue_is_copied_and_then_brought_up_to_date(tmp_path):
    old = Catalogue(tmp_path)
    put(old, a_document())
    old.close()
    steps = (*STEPS, ("ALTER TABLE documents ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'",))
    new = Catalogue(tmp_path, steps)
    assert new.document(a_document().id, STAFF) == a_document()
    new.close()
    with sqlite3.connect(tmp_path / f"catalogue.db.schema-{len(STEPS)}") as copy:
        assert copy.execute("PRAGMA user_version").fetchone()[0] == len(STEPS)
        assert copy.execute("SELECT count(*) FROM chunks").fetchone()[0] == 2
    copy.close()


def test_a_step_that_fails_leaves_the_older_catalogue_as_it_was(tmp_path):
    Catalogue(tmp_path).close()
    with pytest.raises(CatalogueError):
        Catalogue(tmp_path, (*STEPS, ("CREATE TABLE half (a)", "NOT SQL")))
    again = Catalogue(tmp_path)
    with again.database.reading() as db:
        assert db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone()[0] == 0
    again.close()


@pytest.mark.parametrize("damage", ["header", "middle", "text", "empty", "gone"])
def test_a_damaged_catalogue_is_said_to_be_damaged_with_the_cure(tmp_path, damage):
    catalogue = Catalogue(tmp_path)
    for n in range(40):
        put(catalogue, a_document(f"{n}.txt"), count=5, original=catalogue.originals.stage(b"x"))
    catalogue.close()
    path = tmp_path / "catalogue.db"
    data = bytearray(path.read_bytes())
    if damage == "header":
        data[:100] = b"\0" * 100
    elif damage == "middle":
        data[4096:-4096] = os.urandom(len(data) - 8192)
    elif damage == "text":
        data = bytearray(b"this is not a database at all, only text" * 300)
    elif damage == "empty":
        data = bytearray()
    path.write_bytes(data)
    if damage == "gone":
        path.unlink()
    with pytest.raises(CatalogueError, match=r"damaged|gone") as caught:
        Catalogue(tmp_path).documents(None)
    assert caught.value.exit_code == 3
    assert "copy" in caught.value.cure
    assert damage == "gone" or path.read_bytes() == bytes(data)
    assert damage != "gone" or not path.exists()


def test_a_full_disk_says_so_and_leaves_nothing_half_written(catalogue):
    put(catalogue, a_document("small"))
    with catalogue.database.reading() as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
    catalogue.database._connection().execute(f"PRAGMA max_page_count = {pages + 3}")
    with pytest.raises(CatalogueError, match="no space") as caught:
        put(catalogue, a_document("large"), count=2000)
    assert "Free some space" in caught.value.cure
    assert [one.title for one in catalogue.documents(None)] == ["small"]
    assert catalogue.latest() == 1
    catalogue.database._connection().execute("PRAGMA max_page_count = 1000000")
    assert put(catalogue, a_document("large"), count=2000) == "added"


@pytest.mark.parametrize(
    ("folder", "refused"),
    [("/mnt/share/docs/home", True), ("/mnt/share2", False), ("/home", False), ("/mnt/a b", True)],
)
def test_network_file_systems_are_refused(tmp_path, folder, refused):
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "22 1 254:0 / / rw - ext4 /dev/vda rw\n"
        "40 22 0:50 / /mnt/share rw,relatime shared:1 - nfs4 server:/x rw\n"
        "41 22 0:51 / /mnt/a\\040b rw - cifs //s/x rw\n"
    )
    if refused:
        with pytest.raises(CatalogueError, match="network"):
            refuse_network(Path(folder), mounts)
    else:
        refuse_network(Path(folder), mounts)
    refuse_network(Path(folder), tmp_path / "not there")


def test_the_store_is_for_its_owner_alone(tmp_path):
    Catalogue(tmp_path / "c").close()
    for folder in (tmp_path / "c", tmp_path / "c" / "originals", tmp_path / "c" / "originals" / "waiting"):
        assert modes.S_IMODE(folder.stat().st_mode) == 0o700
    assert modes.S_IMODE((tmp_path / "c" / "catalogue.db").stat().st_mode) == 0o600


def test_deleted_text_is_overwritten_in_the_file(tmp_path):
    catalogue = Catalogue(tmp_path)
    document = a_document("xylophone-secret")
    put(catalogue, document)
    catalogue.delete(document.id)
    catalogue.close()
    assert b"xylophone-secret part" not in (tmp_path / "catalogue.db").read_bytes()


# -- several at once -------------------------------------------------------------------------------------


def _commit_many(folder, who, start):
    catalogue = Catalogue(Path(folder))
    start.wait()
    for n in range(25):
        put(catalogue, a_document(f"{who}-{n}"), job=who)
        put(catalogue, a_document("shared", version=f"{who}{n:02}".ljust(64, "0")), job=who)
    catalogue.close()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="says which files are open")
def test_the_copy_that_compacting_makes_lies_beside_the_catalogue(tmp_path):
    """And not in the system's folder for passing files: it holds every text, and needs as much room."""
    folder = tmp_path / "the home's"
    folder.mkdir()
    database = Database(folder / "catalogue.db")
    with database.writing() as db:
        db.executemany("INSERT INTO facts VALUES (?, ?)", [(f"{number}", "text " * 2000) for number in range(1000)])
    passing: set[str] = set()

    def look():
        for link in Path("/proc/self/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                passing.update({os.readlink(link).removesuffix(" (deleted)")} if "etilqs" in os.readlink(link) else ())

    database._connection().set_progress_handler(look, 1000)
    database.compact()
    assert {Path(path).parent for path in passing} == {folder}


EMPTIES = """
import fcntl, sys, time
with open(sys.argv[1], "r+b") as file:
    fcntl.lockf(file, fcntl.LOCK_EX, 1, 121)  # as who copies the log into the file: SQLite's WAL_CKPT_LOCK
    print("at it", flush=True)
    time.sleep(0.5)
"""


def test_compacting_waits_for_a_process_that_empties_the_log_just_then(tmp_path):
    """SQLite itself does not wait for it."""
    database = Database(tmp_path / "catalogue.db")
    with database.writing() as db:
        db.execute("INSERT INTO facts VALUES ('a', 'b')")
    words = [sys.executable, "-c", EMPTIES, str(tmp_path / "catalogue.db-shm")]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        database.compact()
    assert (tmp_path / "catalogue.db-wal").stat().st_size == 0


def test_several_processes_commit_at_once_and_nothing_is_lost(tmp_path):
    context = multiprocessing.get_context("fork")
    start = context.Event()
    workers = [context.Process(target=_commit_many, args=(tmp_path, who, start)) for who in "abcd"]
    for worker in workers:
        worker.start()
    start.set()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0] * 4
    catalogue = Catalogue(tmp_path)
    assert catalogue.counts()["documents"] == 4 * 25 + 1
    assert catalogue.latest() == 4 * 50
    assert set(replay(catalogue)) == catalogue.chunk_ids()
    catalogue.close()


# -- any sequence ----------------------------------------------------------------------------------------

names = st.sampled_from(["a", "b", "c"])
groups = st.frozensets(st.sampled_from(["staff", "board"]), max_size=2)
levels = st.sampled_from(list(Level))
actions = st.lists(
    st.one_of(
        st.tuples(st.just("put"), names, st.sampled_from("123"), groups, levels, st.integers(0, 4)),
        st.tuples(st.just("rights"), names, groups, levels),
        st.tuples(st.just("delete"), names),
        st.tuples(st.just("project"), st.integers(1, 9)),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=actions)
def test_whatever_happens_the_feed_ends_where_the_live_documents_are(tmp_path_factory, actions):
    folder = tmp_path_factory.mktemp("sequence")
    catalogue = Catalogue(folder)
    model: dict[str, tuple[str, frozenset[str], Level, int]] = {}
    held: dict[str, object] = {}
    cursor = 0
    try:
        for action in actions:
            match action:
                case ("put", name, version, readers, level, count):
                    put(catalogue, a_document(name, version, readers, level), count=count)
                    old = model.get(name, ("", frozenset(), Level.PUBLIC, 0))
                    same = old[:2] == (version, readers) and max(old[2], level) == old[2] and old[3] == count
                    model[name] = old if same else (version, readers, max(old[2], level), count)
                case ("rights", name, readers, level):
                    catalogue.set_rights(a_document(name).id, groups=readers, level=level)
                    if name in model:
                        version, _, old_level, count = model[name]
                        model[name] = (version, readers, max(old_level, level), count)
                case ("delete", name):
                    assert (catalogue.delete(a_document(name).id) is not None) == (name in model)
                    model.pop(name, None)
                case ("project", limit):  # an index that follows now and then
                    for change in catalogue.changes(cursor, limit):
                        for gone in change.deletes:
                            held.pop(gone, None)
                        held.update({row.id: row for row in change.upserts})
                        cursor = change.seq
        expected = {}
        for name, (version, readers, level, count) in model.items():
            for chunk in chunks_of(a_document(name, version), count):
                expected[chunk.id] = (readers, level)
        for found in (replay(catalogue), replay(catalogue, cursor, 3, held)):
            assert {one: (row.groups, row.level) for one, row in found.items()} == expected
        assert catalogue.chunk_ids() == set(expected)
        for person in (STAFF, OTHER):
            seen = {chunk.id for chunk, _ in catalogue.hydrate(sorted(expected), person)}
            assert seen == {one for one, (readers, _) in expected.items() if readers & person.reads_as}
    finally:
        catalogue.close()
        shutil.rmtree(folder)


CLOSED_WHILE_READ = """
import sys, threading, time
from pathlib import Path
from ingest.catalogue.database import Database

database = Database(Path(sys.argv[1]))
until = time.monotonic() + 1

def once():
    with database.reading() as db:
        assert db.execute("SELECT count(*) FROM documents").fetchone()[0] == 0

def read():
    while time.monotonic() < until:
        thread = threading.Thread(target=once)
        thread.start()
        thread.join()

readers = [threading.Thread(target=read) for _ in range(4)]
for reader in readers:
    reader.start()
while time.monotonic() < until:
    database.close()
for reader in readers:
    reader.join()
"""


def test_closing_waits_for_the_threads_that_read(tmp_path):
    """SQLite takes the whole process down when a connection is closed under a statement, so another process tries."""
    done = subprocess.run(
        [sys.executable, "-c", CLOSED_WHILE_READ, str(tmp_path / "catalogue.db")],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_thread_that_stays_inside_keeps_its_connection(tmp_path):
    database = Database(tmp_path / "catalogue.db")
    with database.reading() as db:
        database.close(patience=0)
        assert db.execute("SELECT count(*) FROM documents").fetchone()[0] == 0
    with database.reading() as db:
        assert db.execute("SELECT count(*) FROM documents").fetchone()[0] == 0
    database.close()
