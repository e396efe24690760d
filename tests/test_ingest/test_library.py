"""The library: names for operators, text for whoever may read it right now, a reason in words for every code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from ingest_parts import Room

import ingest
from ingest.errors import CatalogueError
from ingest.library import REASONS, Library, reason_in_words
from policies.vocabulary import Person

READER = Person(id="p", name="Ada", groups=frozenset({"staff"}))
OTHER = Person(id="q", name="Ben", groups=frozenset({"board"}))


class Camera:
    """Draws what it was asked for."""

    def page_image(self, data: bytes, page: int, quotes: Sequence[str] = ()) -> bytes:
        return b"%d:" % page + data[:4] + "".join(quotes).encode()


@pytest.fixture
def room(tmp_path):
    opened = Room(tmp_path / "catalogue")
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.txt").write_text("Page one.\fPage two.")
    (docs / "b.txt").write_text("BROKEN")
    opened.run(docs)
    yield opened
    opened.close()


@pytest.fixture
def library(room):
    return Library(room.catalogue, room.worklog, images=Camera, is_running=lambda job: job == "alive")


def the_document(library):
    return next(one.document for one in library.documents() if one.status == "live")


def test_an_operator_sees_every_name_and_a_reader_what_is_theirs(library):
    assert [(Path(one.path).name, one.status) for one in library.documents()] == [
        ("a.txt", "live"),
        ("b.txt", "quarantined"),
    ]
    assert library.documents(OTHER) == []
    assert library.show(the_document(library), OTHER) is None
    assert library.show("nothing") is None
    shown = library.show(the_document(library))
    assert (shown.media_type, shown.why, shown.document.pages) == ("text/plain", "", 2)


def test_an_operator_sees_how_many_passages_have_which_label_and_none_of_their_text(room, library, tmp_path):
    (tmp_path / "docs" / "a.txt").write_text("Page one.\fThe password is: hT7!kq92Lm\fPage three.")
    room.run(tmp_path / "docs")
    shown = library.show(the_document(library))
    assert [(str(label), count) for label, count in shown.labels.items()] == [
        ("restricted credentials", 1),
        ("internal", 2),
    ]
    assert library.show(the_document(library), READER).labels == {}  # whom a rule may keep from some of them


def test_a_file_set_aside_says_why_in_words(library):
    (file,) = library.set_aside()
    assert file.reason == "DAMAGED"
    assert library.show(file.ref.document).why == reason_in_words("DAMAGED")


def test_page_text_is_for_whoever_may_read_it_now(room, library):
    document = the_document(library)
    page = library.page_text(document, 2, READER)
    assert (page.text, page.page, page.document.id) == ("Page two.", 2, document)
    assert library.page_text(document, 3, READER) is None
    assert library.page_text(document, 2, OTHER) is None
    room.catalogue.set_rights(document, groups={"board"})
    assert library.page_text(document, 2, READER) is None
    assert library.original(document, READER) is None


def test_the_original_comes_as_it_was(library):
    assert library.original(the_document(library), READER)[1] == b"Page one.\x0cPage two."


def test_an_original_that_is_not_there_names_the_cure(room, library):
    document = the_document(library)
    room.catalogue.originals.remove(room.catalogue.document(document, None).version)
    with pytest.raises(CatalogueError, match="documents reconcile"):
        library.original(document, READER)


def test_a_page_is_drawn_for_a_pdf_and_a_reader_alone(room, library):
    document = the_document(library)
    assert library.page_image(document, 1, READER) is None  # no PDF
    with room.catalogue.database.writing() as db:
        db.execute("UPDATE documents SET media_type = 'application/pdf'")
    assert library.page_image(document, 2, READER) == b"2:Page"
    assert library.page_image(document, 3, READER) is None
    assert library.page_image(document, 0, READER) is None
    assert library.page_image(document, 2, OTHER) is None
    assert library.page_image(document, 2, READER, ["two"]) == b"2:Pagetwo"


def test_a_job_whose_process_died_is_interrupted(room, library):
    for job, started in (("alive", 1), ("dead", 2), ("ended", 3)):
        room.worklog.start_job(job, ["/docs"], started)
    room.worklog.end_job("ended", "done", {"added": 2}, 9)
    assert [(row.id, row.state) for row in library.jobs()] == [
        ("ended", "done"),
        ("dead", "interrupted"),
        ("alive", "running"),
    ]
    assert library.jobs()[0].counts == {"added": 2}


def test_every_reason_code_that_the_code_can_give_has_a_sentence():
    """A code nobody explained would be shown as a code."""
    code = re.compile(
        r"""(?:Quarantined|Failed|NotConfined)\(\s*"([A-Z_]+)"|reason="([A-Z_]+)"|"reason": "([A-Z_]+)\""""
    )
    given = {
        next(filter(None, match.groups()))
        for path in Path(ingest.__file__).parent.rglob("*.py")
        for match in code.finditer(path.read_text())
    }
    assert given - set(REASONS) == set()
    assert reason_in_words("") == ""
