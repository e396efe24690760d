"""The embedder: how near it comes to what this machine can multiply, and to the reference."""

from __future__ import annotations

import random
import time
from typing import Any

from invented import paragraph
from yardstick import Numbers, Scale


def embed_roofline(scale: Scale) -> Numbers:
    """The best of several runs on both sides, in turns. Only real tokens count, not padding; tokenising is ours to pay.

    Multiplications of the encoder's matrices and of attention are counted, nothing else.
    """
    from ingest.index.embedder import open_embedder

    dice = random.Random(3)
    texts = [paragraph(dice) for _ in range(scale.pick(quick=32, usual=400))]
    embedder = open_embedder()
    embedder.embed_documents(texts[:8])
    precision = precision_of(embedder)
    work = sum(flop(embedder, embedder.count_tokens(text) + 2) for text in texts)
    size = scale.pick(quick=1024, usual=2048)
    embedding = matmul = 0.0
    for _ in range(scale.pick(quick=1, usual=4)):
        matmul = max(matmul, matmul_rate(precision, size))
        start = time.perf_counter()
        embedder.embed_documents(texts)
        embedding = max(embedding, work / (time.perf_counter() - start))
    return {
        "embed_roofline": embedding / matmul,
        "embed_gflop_per_s": embedding / 1e9,
        "matmul_gflop_per_s": matmul / 1e9,
        "embed_bits": 16 if precision == "bf16" else 32,
        "embed_cosine": _lowest_cosine(embedder, texts[: scale.pick(quick=8, usual=64)]),
    }


def precision_of(embedder: Any) -> str:
    """What the compiled model computes in; the reference computes in f32."""
    compiled = getattr(embedder, "_compiled", None)
    stated = str(compiled.get_property("INFERENCE_PRECISION_HINT")) if compiled is not None else ""
    return "bf16" if "bfloat16" in stated or "bf16" in stated else "f32"


def flop(embedder: Any, tokens: int) -> float:
    config = embedder.read("config.json")
    width, wide = int(config["hidden_size"]), int(config["intermediate_size"])
    a_token = 2 * (4 * width * width + 2 * width * wide)
    attention = 2 * 2 * tokens * width
    return float(config["num_hidden_layers"]) * tokens * (a_token + attention)


def matmul_rate(precision: str, size: int) -> float:
    import torch

    kind = {"bf16": torch.bfloat16, "int8": torch.int8}.get(precision, torch.float32)
    left, right = (torch.randn(size, size).mul(32).to(kind) for _ in range(2))
    multiply = torch._int_mm if precision == "int8" else torch.matmul
    multiply(left, right)
    best = 0.0
    for _ in range(10):
        start = time.perf_counter()
        multiply(left, right)
        best = max(best, 2 * size**3 / (time.perf_counter() - start))
    return best


def _lowest_cosine(embedder: Any, texts: list[str]) -> float:
    from ingest.index.embedder import ReferenceEmbedder

    ours, theirs = embedder.embed_documents(texts), ReferenceEmbedder(embedder.directory).embed_documents(texts)
    return float((ours * theirs).sum(axis=1).min())
