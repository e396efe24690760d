"""One document's walk: the intent comes first, the commit next, the record of it last; what breaks breaks whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ingest_parts import STAFF, HashEmbedder, ListRecorder, read_plainly

from ingest.catalogue.catalogue import Catalogue
from ingest.catalogue.originals import version_of
from ingest.catalogue.rows import Stat
from ingest.errors import CatalogueError, Quarantined
from ingest.pipeline import read_and_label, store
from policies.errors import RecordError
from policies.labels import Level
from policies.vocabulary import SourceRef

REF = SourceRef(source="files", path="/docs/fees.txt")
DATA = b"The fee is five euros.\fIt is due in May, unless a hold applies."


@pytest.fixture
def catalogue(tmp_path):
    opened = Catalogue(tmp_path)
    yield opened
    opened.close()


def prepare(data=DATA, asked=STAFF):
    stat = Stat(size=len(data), mtime=1_000_000, checked=9_000_000, version=version_of(data), pipeline="p")
    embedder = HashEmbedder()
    return read_and_label(REF, data, stat, asked=asked, read=read_plainly, count_tokens=embedder.count_tokens)


def vectors(prepared):
    return HashEmbedder().embed_documents(prepared.texts)


def test_a_document_is_read_labelled_and_cut_by_page():
    prepared = prepare()
    assert (prepared.document.source, prepared.document.version) == (REF, version_of(DATA))
    assert prepared.document.label.level == Level.INTERNAL
    assert prepared.document.groups == {"staff"}
    assert [chunk.page for chunk in prepared.chunks] == [1, 2]
    assert {chunk.label.level for chunk in prepared.chunks} == {Level.INTERNAL}
    for text, chunk in zip(prepared.texts, prepared.chunks, strict=True):
        assert text.endswith(chunk.text)
        assert "fees.txt" in text


def test_the_same_bytes_give_the_same_ids_and_another_pipeline_gives_others():
    ids = [chunk.id for chunk in prepare().chunks]
    assert [chunk.id for chunk in prepare().chunks] == ids
    stat = Stat(size=1, mtime=1, checked=1, version=version_of(DATA), pipeline="q")
    other = read_and_label(REF, DATA, stat, asked=STAFF, read=read_plainly, count_tokens=HashEmbedder().count_tokens)
    assert not {chunk.id for chunk in other.chunks} & set(ids)


def test_what_its_reader_cannot_read_is_quarantined():
    with pytest.raises(Quarantined, match="DAMAGED"):
        prepare(b"BROKEN")


def test_a_file_without_text_is_quarantined_and_never_an_empty_success():
    with pytest.raises(Quarantined, match="NO_TEXT"):
        prepare(b" \f ")


class Watching(ListRecorder):
    """Remembers what the catalogue held when each event was recorded."""

    def __init__(self, catalogue):
        super().__init__()
        self.catalogue = catalogue
        self.live = []

    def append(self, event, contents=None):
        self.live.append(self.catalogue.counts()["documents"])
        return super().append(event, contents)


def test_the_intent_is_recorded_before_the_commit_and_its_end_after_it(catalogue):
    recorder, prepared = Watching(catalogue), prepare()
    outcome = store(prepared, vectors(prepared), catalogue=catalogue, recorder=recorder, job="j", actor="os:me")
    assert outcome == "added"
    assert recorder.kinds() == ["IngestIntended", "DocumentIngested"]
    assert recorder.live == [0, 1]
    intent, ended = recorder.events
    assert (intent.label, intent.groups, intent.chunks, intent.actor) == ("internal", ["staff"], 2, "os:me")
    assert (ended.closes, ended.outcome, ended.version) == (0, "added", version_of(DATA))


def test_no_record_no_document(catalogue):
    prepared = prepare()
    with pytest.raises(RecordError):
        store(prepared, vectors(prepared), catalogue=catalogue, recorder=ListRecorder(0), job="j", actor="a")
    assert catalogue.counts()["documents"] == 0


def test_a_commit_that_fails_leaves_its_intent_to_the_next_start(catalogue):
    """After a failed flush the commit may be found to have come about, so nobody says yet that it has not."""
    recorder, prepared = ListRecorder(), prepare()
    doubled = replace(prepared, chunks=[prepared.chunks[0]] * 2)
    with pytest.raises(CatalogueError):
        store(doubled, vectors(prepared), catalogue=catalogue, recorder=recorder, job="j", actor="a")
    assert recorder.kinds() == ["IngestIntended"]


def test_events_and_errors_hold_no_text(catalogue):
    recorder, prepared = ListRecorder(), prepare(b"The planted word is quetzalcoatl.")
    store(prepared, vectors(prepared), catalogue=catalogue, recorder=recorder, job="j", actor="a")
    assert "quetzalcoatl" not in repr(recorder.events)
    assert "fees.txt" not in repr(recorder.events)
    newer = replace(prepared.document, version="2" * 64)
    doubled = replace(prepared, document=newer, chunks=[prepared.chunks[0]] * 2, fronts=["", ""])
    with pytest.raises(CatalogueError) as caught:
        store(doubled, [[1.0], [1.0]], catalogue=catalogue, recorder=recorder, job="j", actor="a")
    assert "quetzalcoatl" not in str(caught.value) + str(caught.value.__cause__)


def test_the_walk_stays_on_one_page():
    import ingest.pipeline

    assert len(Path(ingest.pipeline.__file__).read_text().splitlines()) < 160
