"""The compiled embedder gives the reference's vectors, needs no network, and imports little."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.config import Precision
from ingest.errors import IndexUnavailable
from ingest.index.embedder import CompiledEmbedder, ReferenceEmbedder, Remembering, batches, open_embedder
from ingest.index.graph import is_known
from ingest.index.model import ModelFolder, packaged_model

AGREES = 0.9999

TEXTS = (
    "",
    "   ",
    "fee",
    "The retention period is seven years, unless a hold applies.",
    "Zürich, naïve coöperation; 東京 の 支店 — и ещё немного.",
    "Row | 2023 | 1,234.50 | (17)\n" * 30,
    "Patients receive a written plan within two days of discharge. " * 60,  # far beyond what the model reads
    "x" * 3000,
    "\N{PILE OF POO} emoji \x00 and control \x07 characters",
)


@pytest.fixture(scope="module")
def embedder() -> CompiledEmbedder:
    opened = open_embedder()
    assert isinstance(opened, CompiledEmbedder)
    return opened


@pytest.fixture(scope="module")
def reference() -> ReferenceEmbedder:
    return ReferenceEmbedder(packaged_model())


def test_documents_have_the_references_vectors(embedder: CompiledEmbedder, reference: ReferenceEmbedder) -> None:
    """Cosine of at least .9999 with sentence-transformers' encode_document, row by row and in order."""
    ours, theirs = embedder.embed_documents(TEXTS), reference.embed_documents(TEXTS)
    assert ours.shape == theirs.shape == (len(TEXTS), 384)
    assert (ours * theirs).sum(axis=1).min() >= AGREES


def test_queries_have_the_references_vectors(embedder: CompiledEmbedder, reference: ReferenceEmbedder) -> None:
    for text in TEXTS:
        assert float(embedder.embed_query(text) @ reference.embed_query(text)) >= AGREES


def test_changed_weights_give_the_references_vectors_and_leave_the_model_as_it_is(
    embedder: CompiledEmbedder, reference: ReferenceEmbedder
) -> None:
    """What was trained on the model adds its changes to the weights, whichever backend computes."""
    before = embedder.embed_documents(TEXTS)
    change = np.random.default_rng(3).normal(0, 0.05, (embedder.dimension, embedder.dimension)).astype(np.float32)
    changes = {"encoder.layer.5.attention.output.dense.weight": change}
    ours, theirs = (model.adapted(changes).embed_documents(TEXTS) for model in (embedder, reference))
    assert (ours * theirs).sum(axis=1).min() >= AGREES
    assert (ours * before).sum(axis=1).max() < 0.99
    assert np.allclose(embedder.embed_documents(TEXTS), before, atol=1e-5)


def test_the_lowest_layers_alone_give_the_references_vectors(
    embedder: CompiledEmbedder, reference: ReferenceEmbedder
) -> None:
    """What was trained on half of the model is computed by half of it, whichever backend computes."""
    ours, theirs = (model.adapted({}, layers=3).embed_documents(TEXTS) for model in (embedder, reference))
    assert (ours * theirs).sum(axis=1).min() >= AGREES
    assert (ours * embedder.embed_documents(TEXTS)).sum(axis=1).max() < 0.99


def test_in_eight_bits_the_vectors_are_near_the_references_and_carry_another_digest(
    embedder: CompiledEmbedder, reference: ReferenceEmbedder
) -> None:
    """Near enough to search with, and never mixed; what is found is measured by `eval retrieval --precision int8`."""
    rounded = open_embedder(precision=Precision.INT8)
    cosines = (rounded.embed_documents(TEXTS) * reference.embed_documents(TEXTS)).sum(axis=1)[2:]  # not of no words
    assert 0.99 <= cosines.min() < AGREES
    assert float(rounded.embed_query(TEXTS[3]) @ reference.embed_query(TEXTS[3])) >= 0.99
    assert len(rounded.digest) == 64
    assert rounded.digest != embedder.digest == reference.digest


def test_what_was_trained_on_the_model_is_exact_in_eight_bits_too(reference: ReferenceEmbedder) -> None:
    ours, theirs = (m.adapted({}, layers=3) for m in (open_embedder(precision=Precision.INT8), reference))
    assert (ours.embed_documents(TEXTS) * theirs.embed_documents(TEXTS)).sum(axis=1).min() >= AGREES


def test_vectors_have_length_one(embedder: CompiledEmbedder) -> None:
    assert np.allclose(np.linalg.norm(embedder.embed_documents(TEXTS), axis=1), 1, atol=1e-5)
    assert embedder.embed_documents(TEXTS).dtype == np.float32


def test_neighbours_in_a_batch_do_not_change_a_vector(embedder: CompiledEmbedder) -> None:
    alone = np.stack([embedder.embed_documents([text])[0] for text in TEXTS])
    assert (alone * embedder.embed_documents(TEXTS)).sum(axis=1).min() >= AGREES


def test_nothing_to_embed_is_an_empty_table(embedder: CompiledEmbedder, reference: ReferenceEmbedder) -> None:
    assert embedder.embed_documents([]).shape == reference.embed_documents([]).shape == (0, 384)


def test_a_question_that_is_embedded_meanwhile_stops_no_documents(embedder: CompiledEmbedder) -> None:
    """The engine does not give memory back while it works for somebody else, and says so with an error."""
    ended = threading.Event()

    def keep_asking() -> None:
        while not ended.is_set():
            embedder.embed_query("How much is the per diem in Berlin? " * 12)

    asking = threading.Thread(target=keep_asking)
    asking.start()
    try:
        for n in range(60):
            assert len(embedder.embed_documents([f"Fee {n}."])) == 1
    finally:
        ended.set()
        asking.join()


def test_both_backends_carry_one_digest(embedder: CompiledEmbedder, reference: ReferenceEmbedder) -> None:
    assert embedder.digest == reference.digest
    assert embedder.dimension == reference.dimension == 384
    assert len(embedder.digest) == 64


def test_another_setting_of_the_model_is_another_digest(tmp_path: Path, embedder: CompiledEmbedder) -> None:
    copy = tmp_path / "model"
    shutil.copytree(packaged_model(), copy)
    assert ReferenceEmbedder(copy).digest == embedder.digest  # the place does not count
    (copy / "README.md").write_text("other words")
    assert ReferenceEmbedder(copy).digest == embedder.digest  # nor does the description
    (copy / "sentence_bert_config.json").write_text('{"max_seq_length": 128}')
    assert ReferenceEmbedder(copy).digest != embedder.digest


def test_tokens_are_counted_without_the_marks_at_both_ends(embedder: CompiledEmbedder) -> None:
    assert embedder.count_tokens("") == 0
    assert embedder.count_tokens("fee") == 1
    assert embedder.count_tokens("fee " * 1000) == 1000


def test_embedding_imports_neither_torch_nor_transformers_and_opens_no_connection() -> None:
    """In a fresh process whose sockets all fail."""
    program = """
import socket, sys
def refuse(*a, **k): raise AssertionError("network")
socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse
from ingest.index.embedder import open_embedder
embedder = open_embedder()
assert embedder.embed_query("What is the fee?").shape == (384,)
assert embedder.embed_documents(["The fee is due."]).shape == (1, 384)
heavy = {"torch", "transformers", "sentence_transformers", "huggingface_hub", "openvino_telemetry"} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", program], check=True, timeout=60, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("config.json", '"gelu"', '"relu"'),
        ("config.json", '"absolute"', '"relative_key"'),
        ("config.json", '"bert"', '"modernbert"'),
        ("1_Pooling/config.json", '"pooling_mode_mean_tokens": true', '"pooling_mode_max_tokens": true'),
        ("modules.json", "models.Normalize", "models.Dense"),
    ],
)
def test_a_model_with_any_other_part_is_left_to_the_reference(
    tmp_path: Path, file: str, before: str, after: str
) -> None:
    copy = tmp_path / "model"
    shutil.copytree(packaged_model(), copy)
    assert is_known(ModelFolder(copy))
    text = (copy / file).read_text()
    assert before in text
    (copy / file).write_text(text.replace(before, after))
    assert not is_known(ModelFolder(copy))
    assert isinstance(open_embedder(copy), ReferenceEmbedder)


def test_a_folder_without_a_model_is_refused_with_a_cure(tmp_path: Path) -> None:
    with pytest.raises(IndexUnavailable, match="sentence-transformers model") as refused:
        open_embedder(tmp_path)
    assert refused.value.exit_code == 3


@given(lengths=st.lists(st.integers(1, 300), max_size=60), budget=st.integers(1, 2000))
def test_batches_hold_every_row_once_within_the_budget(lengths: list[int], budget: int) -> None:
    made = list(batches(lengths, budget))
    assert sorted(row for batch in made for row in batch) == list(range(len(lengths)))
    for batch in made:
        assert len(batch) == 1 or len(batch) * max(lengths[row] for row in batch) <= budget
        assert len(batch).bit_count() == 1, "few shapes"


def test_what_was_read_lately_is_not_read_again_and_the_oldest_is_let_go(embedder: CompiledEmbedder) -> None:
    """The same vectors in the order asked for, each text embedded once while it is remembered."""

    class Counting:
        dimension = embedder.dimension
        digest = embedder.digest

        def __init__(self):
            self.read: list[str] = []

        def embed_documents(self, texts):
            self.read += texts
            return embedder.embed_documents(texts)

    counting = Counting()
    remembering = Remembering(counting, size=2)
    first = remembering.embed_documents(["a fee", "a loan", "a fee"])
    assert np.allclose(first, embedder.embed_documents(["a fee", "a loan", "a fee"]), atol=1e-5)
    again = remembering.embed_documents(["a loan", "a fee"])
    assert np.array_equal(again, first[[1, 0]])
    assert counting.read == ["a fee", "a loan"]
    remembering.embed_documents(["a bond"])
    remembering.embed_documents(["a fee"])
    assert counting.read == ["a fee", "a loan", "a bond", "a fee"]
    assert remembering.embed_documents([]).shape == (0, embedder.dimension)
