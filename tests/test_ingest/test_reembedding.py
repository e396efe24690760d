"""Another embedding model: made beside the first, which serves until one transaction changes over."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from ingest_parts import HashEmbedder, Room
from keeping_parts import STAFF, bodies, call, copied, taken_in

from ingest.catalogue.serving import Next, Serving
from ingest.errors import CatalogueError, IndexUnavailable
from ingest.index.base import Mode, Query, RightsFilter, SparseVector
from ingest.index.channel import ask
from ingest.index.owner import SOCKET
from ingest.index.wire import pack_query
from ingest.keeping import Keeping
from ingest.pipeline import Asked
from ingest.wiring import ingest_at
from policies.config import create_home
from policies.labels import Level

TESTS = Path(__file__).parents[1]
ASKED = Asked(groups=frozenset({"staff"}), level=Level.INTERNAL)


class Other(HashEmbedder):
    """Another model: six numbers, another digest. Its folder is any that exists."""

    dimension = 6
    digest = "other-embedder"

    @staticmethod
    def vector(text):
        raw = [*HashEmbedder.vector(text[::-1]), 0.3, 0.4]
        length = sum(number * number for number in raw) ** 0.5
        return [number / length for number in raw]

    def embed_query(self, text):
        return self.vector(text)


def opened(folder=None, **_):
    return Other() if folder is not None else HashEmbedder()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    texts = {str(number): f"The gate number {number} opens at eight." for number in range(5)}
    return taken_in(tmp_path_factory.mktemp("made"), texts)


@pytest.fixture
def site(made, tmp_path, monkeypatch):
    copy = copied(made, tmp_path, monkeypatch)
    monkeypatch.setattr("ingest.index.embedder.open_embedder", opened)
    copy.model = tmp_path / "model"
    copy.model.mkdir()
    return copy


def query(vector):
    rights = RightsFilter(groups=frozenset({"staff"}))
    nothing = SparseVector(indices=(), values=())
    return Query(dense=tuple(vector), sparse=nothing, rights=rights, limit=3, mode=Mode.DENSE)


def first_of(room):
    """The best hit for the exact text of a document, embedded with the model that answers."""
    chunk = sorted(room.catalogue.chunk_ids())[0]
    text = room.catalogue.chunk(chunk, None)[0].text
    (row,) = (change for change in room.catalogue.changes(0, 100) if any(r.id == chunk for r in change.upserts))
    asked = next(one.text for one in row.upserts if one.id == chunk)
    assert text in asked
    return chunk, room.follow().index.query(query(room.embedder.vector(asked)))[0].id


def test_searching_goes_over_to_the_new_model_and_nothing_is_read_again(site):
    with ingest_at(site.home) as room:
        wanted, got = first_of(room)
        assert wanted == got
    done = call(site.home, "documents", "reembed", "--model", site.model, "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out) == {"embedding": "other-embedder", "model": str(site.model), "precision": "exact"}
    with ingest_at(site.home) as room:
        wanted, got = first_of(room)
        assert wanted == got
        assert room.embedder.digest == "other-embedder"
        assert room.index.ids() == room.catalogue.chunk_ids()
        vectors = room.catalogue.vectors(sorted(room.catalogue.chunk_ids()))
        assert {vector.shape for vector in vectors.values()} == {(6,)}
        with room.catalogue.database.reading() as db:
            tables = {row["name"] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert not tables & {"vectors_old", "vectors_next"}
    assert len(list((site.home / "index").glob("edge*"))) == 1
    report = json.loads(call(site.home, "ingest", site.docs, *STAFF, "--json").out)
    assert (report["unchanged"], report["chunks"]) == (5, 0)
    (changed,) = [json.loads(body) for body in bodies(site) if '"kind":"EmbeddingChanged"' in body]
    assert (changed["before"], changed["after"], changed["passages"]) == ("hash-embedder", "other-embedder", 5)
    assert call(site.home, "documents", "reembed", "--model", site.model).code == 2
    assert json.loads(call(site.home, "documents", "reconcile", "--json").out)["found"]["stale_points"] == 0


def test_the_first_model_serves_until_the_change_and_its_queries_are_refused_after(site):
    with ingest_at(site.home) as server, ingest_at(site.home) as operator:
        server.index.own()
        server.index.settle()
        embedder, index = server.embedder, server.index
        answered = []

        class Watched(Other):
            def embed_documents(self, texts):
                answered.append(len(index.query(query(embedder.vector("x")))))
                return super().embed_documents(texts)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                "ingest.index.embedder.open_embedder", lambda folder=None, **_: Watched() if folder else embedder
            )
            Keeping(operator, operator.recorder, actor="os:tester").reembed(site.model)
            assert answered == [3]
            with pytest.raises(IndexUnavailable):
                index.query(query(embedder.vector("x")))
            assert server.follow().index.query(query(server.embedder.vector("x")))
            assert server.embedder.digest == "other-embedder"


def test_an_owner_refuses_a_vector_of_another_model(site):
    with ingest_at(site.home) as server:
        server.index.own()
        server.index.settle()
        message = {"do": "query", **pack_query(query(server.embedder.vector("x")))}
        for stated in ({}, {"embedding": "other-embedder"}):
            assert "another model" in ask(site.home / "run", SOCKET, message | stated, seconds=5)["error"]
        right = message | {"embedding": server.embedder.digest}
        assert len(ask(site.home / "run", SOCKET, right, seconds=5)["hits"]) == 3


def test_documents_that_come_change_and_go_meanwhile_are_covered(site, tmp_path):
    docs = tmp_path / "more"
    docs.mkdir()
    (docs / "new.txt").write_text("The new gate has no number.")
    with ingest_at(site.home) as worker, ingest_at(site.home) as operator:
        gone = worker.catalogue.documents()[0].document

        class Meanwhile(Other):
            def embed_documents(self, texts):
                if not self.calls:
                    super().embed_documents([])
                    worker.run_job([docs], ASKED)
                    worker.catalogue.delete(gone)
                return super().embed_documents(texts)

        slow = Meanwhile()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                "ingest.index.embedder.open_embedder", lambda folder=None, **_: slow if folder else HashEmbedder()
            )
            Keeping(operator, operator.recorder, actor="os:tester").reembed(site.model)
            room = operator.follow()
            room.index.settle()
            assert room.index.ids() == room.catalogue.chunk_ids()
            assert len(room.catalogue.vectors(sorted(room.index.ids()))) == 5
            assert room.catalogue.document(gone, None) is None
            listed = worker.catalogue.documents()[0]
            document = worker.catalogue.document(listed.document, None)
            stat = worker.catalogue.seen(listed.source, listed.path)
            with pytest.raises(CatalogueError, match="Another embedding model"):  # the job's model is no longer it
                worker.catalogue.commit(document, [], [], stat=stat)


DIES = """
import os, sys
from pathlib import Path
sys.path[:0] = [sys.argv[3], sys.argv[4]]
import test_reembedding as these
from ingest import renewal
from ingest.index import embedder
from ingest.keeping import keeping_at
where = sys.argv[5]
renewal.BATCH = 2
class Dying(these.Other):
    def embed_documents(self, texts):
        if where == "embedding" and len(self.calls) == 1: os._exit(9)
        return super().embed_documents(texts)
def die(*args, **kwargs): os._exit(9)
if where == "filling": renewal.project = die
if where == "switching": renewal.switch = die
if where == "tidying": renewal.tidy = die
embedder.open_embedder = lambda folder=None, **_: Dying() if folder else these.HashEmbedder()
with keeping_at(Path(sys.argv[1]), actor="os:tester") as verbs:
    verbs.reembed(Path(sys.argv[2]))
"""


@pytest.mark.parametrize("where", ["embedding", "filling", "switching", "tidying"])
def test_killed_anywhere_the_first_serves_and_the_next_run_goes_on(site, where):
    words = [sys.executable, "-c", DIES, str(site.home), str(site.model), str(TESTS), str(Path(__file__).parent), where]
    assert subprocess.run(words, check=False).returncode == 9
    switched = where == "tidying"
    with ingest_at(site.home) as room:
        wanted, got = first_of(room)
        assert wanted == got
        assert room.embedder.digest == ("other-embedder" if switched else "hash-embedder")
        kept = Other()
        if not switched:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(
                    "ingest.index.embedder.open_embedder", lambda folder=None, **_: kept if folder else HashEmbedder()
                )
                Keeping(room, room.recorder, actor="os:tester").reembed(site.model)
            assert sum(map(len, kept.calls)) == (3 if where == "embedding" else 0)  # what was made is not made twice
    assert call(site.home, "documents", "reconcile").code == 0
    with ingest_at(site.home) as room:
        wanted, got = first_of(room)
        assert wanted == got
        assert room.index.ids() == room.catalogue.chunk_ids()
    assert len(list((site.home / "index").glob("edge*"))) == 1


def test_half_made_vectors_of_a_third_model_are_not_taken_for_the_second(tmp_path):
    room = Room(tmp_path / "catalogue")
    (tmp_path / "a.txt").write_text("Text.")
    room.run(tmp_path / "a.txt")
    third = Next(room.catalogue.database, Serving(embedding="third", model="m", index="i"))
    third.add(third.missing(0, 10), [[1.0, 0.0]])
    assert third.missing(0, 10) == []
    again = Next(room.catalogue.database, Serving(embedding="third", model="m", index="j"))
    assert (again.index, again.missing(0, 10)) == ("i", [])
    second = Next(room.catalogue.database, Serving(embedding="second", model="m", index="k"))
    assert (second.index, len(second.missing(0, 10))) == ("k", 1)


def test_the_packaged_weights_in_another_folder_are_another_model(made, tmp_path, monkeypatch):
    """The real embedder: the same weights, told to put a word before each document."""
    from ingest.index.embedder import open_embedder
    from ingest.index.model import packaged_model

    model = tmp_path / "model"
    shutil.copytree(packaged_model(), model, copy_function=os.symlink)
    settings = model / "config_sentence_transformers.json"
    stated = json.loads(settings.read_text())
    settings.unlink()
    settings.write_text(json.dumps(stated | {"prompts": {"query": "question: ", "document": "passage: "}}))
    monkeypatch.setenv("RINGFENCE_KEYS", str(tmp_path / "keys"))
    home = tmp_path / "home"
    assert call(home, "ingest", made / "docs" / "1.txt", *STAFF).code == 0
    assert call(home, "documents", "reembed", "--model", model).code == 0
    with ingest_at(home) as room:
        (chunk,) = room.catalogue.chunk_ids()
        vector = room.catalogue.vectors([chunk])[chunk]
        (change,) = room.catalogue.changes(0, 10)
        text = change.upserts[0].text
        assert np.allclose(vector, open_embedder(model).embed_documents([text])[0], atol=0.02)
        assert not np.allclose(vector, open_embedder().embed_documents([text])[0], atol=0.02)
        assert room.index.query(query(room.embedder.embed_query("the gate")))[0].id == chunk
    assert not (home / "index" / "edge").exists()


def test_a_home_goes_over_to_eight_bits_and_back(made, tmp_path, monkeypatch):
    """The real embedder. Each time other vectors and another index; what was trained on the model is never given it."""
    monkeypatch.setenv("RINGFENCE_KEYS", str(tmp_path / "keys"))
    home = tmp_path / "home"
    assert call(home, "ingest", made / "docs" / "1.txt", *STAFF).code == 0
    exact = searched(home)
    assert call(home, "documents", "reembed", "--precision", "int4").code == 2
    assert call(home, "documents", "reembed", "--precision", "exact").code == 2  # in place already
    assert call(home, "documents", "reembed", "--precision", "int8").code == 0
    rounded = searched(home)
    assert 0.99 < float(exact @ rounded) < 0.9999
    with ingest_at(home) as room:
        assert not room.is_packaged
        report = room.run_job([made / "docs"], ASKED)
        assert (report.counts["unchanged"], report.counts["added"]) == (1, 4)
    assert call(home, "documents", "reembed", "--precision", "exact").code == 0
    assert np.allclose(searched(home, among=5), exact, atol=1e-3)


def test_a_new_home_is_made_in_eight_bits_where_the_settings_say_so(made, tmp_path, monkeypatch):
    monkeypatch.setenv("RINGFENCE_KEYS", str(tmp_path / "keys"))
    home, toml = tmp_path / "home", tmp_path / "home" / "ringfence.toml"
    create_home(home)
    toml.write_text('[ingest]\nembedding_precision = "int9"\n')
    assert call(home, "ingest", made / "docs" / "1.txt", *STAFF).code == 2
    toml.write_text('[ingest]\nembedding_precision = "int8"\n')
    assert call(home, "ingest", made / "docs" / "1.txt", *STAFF).code == 0
    searched(home)
    toml.write_text("")  # the vectors of the one are never compared with those of the other
    assert call(home, "ingest", made / "docs" / "2.txt", *STAFF).code == 3
    assert call(home, "documents", "reembed").code == 0  # to what the settings say
    assert call(home, "ingest", made / "docs" / "2.txt", *STAFF).code == 0


def searched(home, among=1):
    """The vector of the first chunk that came into the home, which its own text finds."""
    with ingest_at(home) as room:
        assert len(room.catalogue.chunk_ids()) == among
        first = room.catalogue.changes(0, 10)[0].upserts[0]
        chunk, text = first.id, first.text
        vector = room.catalogue.vectors([chunk])[chunk]
        assert np.allclose(vector, room.embedder.embed_documents([text])[0], atol=0.02)
        assert room.index.query(query(room.embedder.embed_query(text)))[0].id == chunk
    return vector
