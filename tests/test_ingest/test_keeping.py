"""What is kept of a file: a copy, nothing, or pictures of its pages; what is not there is said, never guessed."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from ingest_parts import STAFF, outcomes, read_plainly

from ingest.errors import CatalogueError, NoOriginal, Quarantined
from ingest.library import PDF, Library
from ingest.readers.base import Member
from policies.vocabulary import Person

READER = Person(id="p", name="Ada", groups=frozenset({"staff"}))
STRANGER = Person(id="q", name="Ben", groups=frozenset({"board"}))


def read(data, name):
    """Pages as in a PDF; what begins with PACK holds members, a line each."""
    raw = read_plainly(data, name)
    if data.startswith(b"PACK\n"):
        lines = data.split(b"\n")[1:]
        return replace(raw, members=tuple(Member(name=f"{n}.txt", data=line) for n, line in enumerate(lines)))
    return replace(raw, media_type=PDF)


def draw(data, page, quotes=()):
    if b"UGLY" in data.split(b"\f")[page - 1]:
        raise Quarantined("DAMAGED")
    return b"%d:" % page + data[:8]


class Sandboxes:
    page_image = staticmethod(draw)
    read = staticmethod(read)


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.pdf").write_text("Page one.\fPage UGLY.\fPage three.")
    return folder


@pytest.fixture
def library(room):
    return Library(room.catalogue, room.worklog, images=Sandboxes, is_running=lambda job: True)


def take(room, docs, originals):
    report = room.run(docs, asked=replace(STAFF, originals=originals), read=read, draw=draw)
    room.catalogue.sweep()
    return report


def kept(room):
    return len(list(room.catalogue.originals.versions())), len(list(room.catalogue.pages.versions()))


def the_document(report):
    return report.files[0].document


def test_a_copy_is_kept_as_ever(room, docs, library):
    document = the_document(take(room, docs, "keep"))
    assert kept(room) == (1, 0)
    (docs / "a.pdf").unlink()
    assert library.original(document, READER)[1].startswith(b"Page one")
    assert library.page_image(document, 3, READER) == b"3:Page one"
    assert library.page_image(document, 1, STRANGER) is None


def test_a_reference_is_read_again_where_it_lies_and_only_if_it_is_the_same(room, docs, library):
    document = the_document(take(room, docs, "reference"))
    assert kept(room) == (0, 0)
    assert library.original(document, READER)[1] == (docs / "a.pdf").read_bytes()
    assert library.page_image(document, 1, READER) == b"1:Page one"
    assert library.original(document, STRANGER) is None
    before = (docs / "a.pdf").read_bytes()
    (docs / "a.pdf").write_text("Something else, which perhaps this reader may not see.")
    for ask in (lambda: library.original(document, READER), lambda: library.page_image(document, 1, READER)):
        with pytest.raises(NoOriginal, match="has changed"):
            ask()
    (docs / "a.pdf").unlink()
    with pytest.raises(NoOriginal, match="no copy of it is kept"):
        library.original(document, READER)
    (docs / "a.pdf").write_bytes(before)
    assert library.page_text(document, 1, READER).text == "Page one."
    assert library.page_image(document, 1, READER) == b"1:Page one"


def test_a_link_in_the_place_of_a_referenced_file_opens_nothing_else(room, docs, library, tmp_path):
    document = the_document(take(room, docs, "reference"))
    (tmp_path / "secret").write_text("secret")
    (docs / "a.pdf").unlink()
    (docs / "a.pdf").symlink_to(tmp_path / "secret")
    with pytest.raises(NoOriginal):
        library.original(document, READER)


def test_a_referenced_file_within_another_is_taken_out_again(room, docs, library):
    (docs / "a.pdf").unlink()
    docs = docs / "Important!"
    docs.mkdir()
    (docs / "pack.zip").write_bytes(b"PACK\nThe first.\nThe second.")
    report = take(room, docs, "reference")
    member = next(file.document for file in report.files if file.path.endswith("!/1.txt"))
    assert library.original(member, READER)[1] == b"The second."
    (docs / "pack.zip").write_bytes(b"PACK\nThe first.")
    with pytest.raises(NoOriginal):
        library.original(member, READER)


def test_of_pages_only_pictures_are_kept(room, docs, library):
    document = the_document(take(room, docs, "pages"))
    assert kept(room) == (0, 1)
    (docs / "a.pdf").unlink()
    assert library.page_image(document, 1, READER) == b"1:Page one"
    assert library.page_image(document, 2, READER) is None  # it broke its drawing, and has its text still
    assert library.page_image(document, 1, STRANGER) is None
    assert library.page_text(document, 2, READER).text == "Page UGLY."
    with pytest.raises(NoOriginal, match="only pictures"):
        library.original(document, READER)


def test_pictures_that_are_lost_or_spoiled_are_said_to_be(room, docs, library):
    document = the_document(take(room, docs, "pages"))
    version = room.catalogue.document(document, None).version
    room.catalogue.pages.path(version).write_bytes(b"no archive")
    with pytest.raises(NoOriginal, match="not there"):
        library.page_image(document, 1, READER)
    assert not zipfile.is_zipfile(room.catalogue.pages.path(version))


def test_of_a_file_without_pages_nothing_is_kept_where_pictures_were_asked_for(room, tmp_path, library):
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "a.txt").write_text("Text.")
    report = room.run(tmp_path / "plain", asked=replace(STAFF, originals="pages"), draw=draw)
    assert (outcomes(report), kept(room)) == ({"a.txt": "added"}, (0, 0))
    assert library.page_image(the_document(report), 1, READER) is None


@pytest.mark.parametrize(
    ("before", "after", "lies"),
    [("keep", "reference", (0, 0)), ("reference", "keep", (1, 0)), ("keep", "pages", (0, 1))],
)
def test_another_rule_counts_at_the_next_run_and_leaves_nothing_behind(room, docs, before, after, lies):
    take(room, docs, before)
    assert outcomes(take(room, docs, after)) == {"a.pdf": "updated"}
    assert kept(room) == lies
    assert outcomes(take(room, docs, after)) == {"a.pdf": "unchanged"}


def test_a_deleted_document_takes_its_pictures_along(room, docs):
    take(room, docs, "pages")
    (docs / "a.pdf").write_text("Other pages.")
    take(room, docs, "pages")
    assert kept(room) == (0, 1)
    (docs / "a.pdf").unlink()
    take(room, docs, "pages")
    assert kept(room) == (0, 0)


def test_a_full_disk_keeps_no_half_of_the_pictures(room, docs, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(CatalogueError):
            take(room, docs, "pages")
    assert (kept(room), list((room.catalogue.pages.folder / "waiting").iterdir())) == ((0, 0), [])
    assert Path(docs / "a.pdf").exists()
