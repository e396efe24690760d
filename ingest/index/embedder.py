"""Texts to vectors, on this machine, from a model folder that is already here.

What is promised: vectors have length 1; the same weights give the same vectors (cosine ≥ .9999) whichever backend
computes them, so both carry one digest. sentence-transformers is the reference; a test compares. The usual backend
computes the same weights with OpenVINO and imports neither torch nor transformers, so one question costs no seconds of
imports. A model that `graph` does not know to the last setting is left to the reference. In eight bits the vectors are
others, and so is the digest.

Nothing here opens a connection: models are folders, never names.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import math
import threading
import warnings
from collections import OrderedDict, deque
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from ingest.config import Precision
from ingest.errors import IndexUnavailable
from ingest.index.model import ModelFolder, packaged_model

Vectors = NDArray[np.float32]
Changes = Mapping[str, NDArray[np.float32]]
"""What is added to weights, by the name that they have in the model's file."""
_NONE: Changes = MappingProxyType({})

BATCH_TOKENS = 2_048
"""Padded tokens in one batch: 500 to 4,000 measured the same, and memory grows with it."""
FEW_TOKENS = 512
"""The same for a handful of texts, of which every core should have some: a call costs as much as 80 tokens do."""
SCALED = 384
"""Numbers of a token that share a scale in eight bits: with 64 a sixth slower and a cosine of .999, with 384 .997."""
GRAIN = 16
"""Batches are as wide as a multiple of this. A vector is then the same whatever stands beside it, and few shapes occur:
the first batch of a shape costs several times as much as the next."""


class Embedder(Protocol):
    """What turns chunks and questions into vectors of one space."""

    @property
    def dimension(self) -> int: ...

    @property
    def digest(self) -> str:
        """SHA-256 over weights, tokenizer and settings. An index holds vectors of one digest only."""
        ...

    def count_tokens(self, text: str) -> int:
        """As the model counts them, without the marks it adds at both ends."""
        ...

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """One row a text, in order."""
        ...

    def embed_query(self, text: str) -> Vectors: ...

    def adapted(self, changes: Changes, layers: int | None = None) -> Self:
        """The same model, or its lowest `layers` layers, with `changes` added to its weights: another space, for what
        was trained on it. Always exact."""
        ...


def open_embedder(
    directory: Path | None = None, *, threads: int | None = None, precision: Precision = Precision.EXACT
) -> Embedder:
    """The embedder over `directory`, or over the packaged model: compiled where OpenVINO is installed and the model is
    one that we can build, else by the reference. Raises IndexUnavailable where there is no such model, and for int8
    where it cannot be compiled."""
    directory = directory or packaged_model()
    if not (directory / "modules.json").is_file() or not (directory / "tokenizer.json").is_file():
        raise IndexUnavailable(
            f"{directory} does not hold an embedding model (modules.json and tokenizer.json are expected).",
            cure="Name the folder of a sentence-transformers model.",
        )
    from ingest.index.graph import is_known

    if importlib.util.find_spec("openvino") is not None and is_known(ModelFolder(directory)):
        return CompiledEmbedder(directory, threads=threads, precision=precision)
    if precision is Precision.INT8:
        raise IndexUnavailable(
            f"{directory} cannot be computed in eight bits.", cure='Set embedding_precision = "exact" in [ingest].'
        )
    return ReferenceEmbedder(directory)


class ReferenceEmbedder(ModelFolder):
    """sentence-transformers itself: what the compiled graph is compared with, and what runs where there is none."""

    def __init__(self, directory: Path, *, changes: Changes = _NONE, layers: int | None = None) -> None:
        super().__init__(directory)
        self._changes, self._layers = changes, layers

    def adapted(self, changes: Changes, layers: int | None = None) -> ReferenceEmbedder:
        return ReferenceEmbedder(self.directory, changes=changes, layers=layers)

    @cached_property
    def _transformer(self) -> Any:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        logging.set_verbosity_error()  # type: ignore[no-untyped-call]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            loaded = SentenceTransformer(str(self.directory), device="cpu", local_files_only=True).eval()
        encoder = loaded[0].auto_model.encoder
        encoder.layer = encoder.layer[: self._layers]
        for name, change in self._changes.items():
            loaded[0].auto_model.get_parameter(name).data.add_(torch.from_numpy(change))
        return loaded

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        vectors = self._transformer.encode_document(
            list(texts), batch_size=16, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, np.float32)

    def embed_query(self, text: str) -> Vectors:
        vector = self._transformer.encode_query(text, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vector, np.float32)


class CompiledEmbedder(ModelFolder):
    """The same weights, compiled. Tokenised once without padding, sorted by length, in batches of equal work."""

    def __init__(
        self,
        directory: Path,
        *,
        threads: int | None = None,
        precision: Precision = Precision.EXACT,
        changes: Changes = _NONE,
        layers: int | None = None,
    ) -> None:
        super().__init__(directory)
        self.threads, self.precision = threads, precision
        self._changes, self._layers = changes, layers
        self._lock = threading.Lock()

    def adapted(self, changes: Changes, layers: int | None = None) -> CompiledEmbedder:
        return CompiledEmbedder(self.directory, threads=self.threads, changes=changes, layers=layers)

    @cached_property
    def digest(self) -> str:
        exact = super().digest
        return exact if self.precision is Precision.EXACT else hashlib.sha256(f"{exact} int8\n".encode()).hexdigest()

    @cached_property
    def _compiled(self) -> Any:
        import openvino

        from ingest.index.graph import build

        int8 = self.precision is Precision.INT8

        core = openvino.Core()
        native = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        settings: dict[str, Any] = {
            "PERFORMANCE_HINT": "THROUGHPUT",
            # Without hardware for it bf16 is slower, and f16 leaves the agreed cosine.
            "INFERENCE_PRECISION_HINT": "bf16" if "BF16" in native else "f32",
        }
        if (
            int8
        ):  # what comes in is rounded as it comes, by a scale for so many numbers of a token; a row's is too coarse
            settings["DYNAMIC_QUANTIZATION_GROUP_SIZE"] = SCALED
        if self.threads:
            settings["INFERENCE_NUM_THREADS"] = self.threads
        return core.compile_model(build(self, self._changes, self._layers, int8=int8), "CPU", settings)

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        compiled = self._compiled
        with self._lock:  # a compiled model runs one queue at a time: two would share the same cores
            vectors = self._run(compiled, self._tokens(texts, self.prompt("document")))
            with contextlib.suppress(RuntimeError):  # refused while a question is embedded; then the next time
                compiled.release_memory()
        return vectors

    def embed_query(self, text: str) -> Vectors:
        compiled = self._compiled
        request = compiled.create_infer_request()
        request.infer(_padded(self._tokens([text], self.prompt("query")), self.longest))
        return np.array(request.get_output_tensor(0).data[0], np.float32)

    def _tokens(self, texts: Sequence[str], prompt: str) -> list[list[int]]:
        encoded = self.tokenizer.encode_batch_fast([prompt + text.strip() for text in texts])
        # Cut as the reference cuts: the closing mark stays.
        return [ids if len(ids := e.ids) <= self.longest else ids[: self.longest - 1] + ids[-1:] for e in encoded]

    def _run(self, compiled: Any, tokens: list[list[int]]) -> Vectors:
        """As many batches at once as the processor has streams for. Requests are waited for in turn: OpenVINO's queue
        with callbacks into Python now and then aborted or hung the process at its end."""
        out = np.empty((len(tokens), self.dimension), np.float32)
        streams = int(compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
        free = [compiled.create_infer_request() for _ in range(streams)]
        running: deque[tuple[Any, list[int]]] = deque()

        def finish() -> None:
            request, rows = running.popleft()
            request.wait()
            out[rows] = request.get_output_tensor(0).data
            free.append(request)

        lengths = [len(ids) for ids in tokens]
        for rows in batches(lengths, min(BATCH_TOKENS, max(FEW_TOKENS, sum(lengths) // (2 * streams)))):
            if not free:
                finish()
            request = free.pop()
            request.start_async(_padded([tokens[row] for row in rows], self.longest))
            running.append((request, rows))
        while running:
            finish()
        if not math.isfinite(float(out.sum())):
            raise IndexUnavailable(
                "The embedding model returned numbers that are none.", cure="Run `ringfence doctor`."
            )
        return out


class Remembering:
    """The vectors of the texts that were asked for last: what decides about a question reads it more than once."""

    def __init__(self, embedder: Embedder, size: int = 512) -> None:
        self._embedder, self._size = embedder, size
        self._known: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def adapted(self, changes: Changes, layers: int | None = None) -> Remembering:
        """As `Embedder.adapted`; the vectors of the other space are remembered apart."""
        return Remembering(self._embedder.adapted(changes, layers), self._size)

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """As `Embedder.embed_documents`."""
        with self._lock:
            found = {text: self._known[text] for text in texts if text in self._known}
        new = [text for text in dict.fromkeys(texts) if text not in found]
        if new:
            found |= dict(zip(new, self._embedder.embed_documents(new), strict=True))
            with self._lock:
                self._known |= {text: found[text] for text in new[-self._size :]}
                while len(self._known) > self._size:
                    self._known.popitem(last=False)
        if not texts:
            return np.zeros((0, self._embedder.dimension), np.float32)
        return np.stack([found[text] for text in texts])


def batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Every row once, longest first, in batches that hold at most `budget` tokens once padded (or one row), of which
    at most an eighth are padding beyond the grain. A batch has 1, 2, 4, 8 ... rows, so that few shapes occur."""
    rows = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    start = 0
    while start < len(rows):
        end = start + _fitting([_wide(lengths[row]) for row in rows[start : start + max(1, budget // GRAIN)]], budget)
        yield rows[start:end]
        start = end


def _fitting(widths: Sequence[int], budget: int) -> int:
    """How many of the first rows make one batch: a power of two."""
    most = spare = 0
    for count, width in enumerate(widths, 1):
        spare += widths[0] - width
        if count > 1 and (count * widths[0] > budget or spare > budget // 8):
            break
        most = count
    return 1 << (most.bit_length() - 1)


def _wide(length: int) -> int:
    return -(-length // GRAIN) * GRAIN


def _padded(tokens: list[list[int]], most: int) -> dict[int, NDArray[np.int64]]:
    """`most`: as wide as the model takes them."""
    ids, mask = np.zeros((2, len(tokens), min(most, _wide(max(map(len, tokens))))), np.int64)
    for row, each in enumerate(tokens):
        ids[row, : len(each)] = each
        mask[row, : len(each)] = 1
    return {0: ids, 1: mask}
