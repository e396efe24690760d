"""What the measures share: the numbers to reach, the size of a run, a home that is gone afterwards, a process apart."""

from __future__ import annotations

import math
import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from policies.config import Home, create_home

Value = TypeVar("Value")
Numbers = dict[str, float]

ROOT = Path(__file__).parents[2]


class LeftOut(Exception):
    """This cannot be measured here, and why; `numbers` are what could be measured in its place."""

    def __init__(self, reason: str, numbers: Numbers | None = None) -> None:
        super().__init__(reason, numbers or {})
        self.reason, self.numbers = reason, numbers or {}


class Scale(StrEnum):
    """`quick` shows that a measure runs; `full` takes what the number is named for, however long that is."""

    QUICK = "quick"
    USUAL = "usual"
    FULL = "full"

    def pick(self, *, quick: Value, usual: Value, full: Value | None = None) -> Value:
        if self is Scale.FULL and full is not None:
            return full
        return quick if self is Scale.QUICK else usual


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A key, what it is, and the number to reach: at least, or at most."""

    what: str
    least: float = -math.inf
    most: float = math.inf

    def met(self, value: float) -> bool:
        return self.least <= value <= self.most

    def __str__(self) -> str:
        return f"≥ {self.least:g}" if self.most == math.inf else f"≤ {self.most:g}"


GOALS = {
    "ingest_vs_llamaindex": Goal(
        what="chunks/s, ours ÷ plain LlamaIndex IngestionPipeline with sentence-transformers, "
        "qdrant-client local mode written by us; same weights, texts and splitter",
        least=5,
    ),
    "ingest_vs_llamaindex_batched": Goal(what="the same, theirs with a good batch size (32 texts)", least=5),
    "ingest_int8_vs_llamaindex": Goal(what="the first, ours in eight bits (embedding_precision)", least=8),
    "embed_cosine": Goal(what="lowest cosine of ours and sentence-transformers, same texts", least=0.9999),
    "embed_roofline": Goal(what="embedding FLOP/s ÷ this machine's matmul FLOP/s, same precision", least=0.65),
    "resync_ratio": Goal(what="taking in an unchanged corpus again ÷ the first time", most=0.02),
    "resync_changed_ratio": Goal(what="taking in a corpus of which 1 % has changed ÷ the first time", most=0.03),
    "search_vs_local_mode": Goal(what="filtered hybrid search p95: qdrant-client local mode ÷ ours", least=50),
    "overhead_vs_first_token": Goal(what="all before the model is called ÷ its own time to first token", most=0.05),
    "decide_p95_ms": Goal(what="2 kB, 300 characters new, findings in passages remembered", most=25),
    "decide_cold_p95_ms": Goal(what="2 kB typed, all new", most=120),
    "append_vs_sqlite": Goal(what="bare SQLite insert of the same bytes (WAL, FULL) ÷ one append", least=0.6),
    "append_grouped_per_s": Goal(what="records/s when several share a commit", least=1000),
    "append_p99_ms": Goal(what="one record, durable", most=10),
    "verify_million_s": Goal(what="checking a record of a million", most=10),
    "memory_ratio_10x": Goal(what="peak memory of taking in ten times the corpus ÷ once", most=1.3),
    "cli_cold_s": Goal(what="the slower of `--help` and `policy show`", most=0.4),
    "cli_store_s": Goal(what="`documents list`", most=1.0),
}


def goal_of(key: str) -> Goal | None:
    """`verify_million_s_from_200k` has the goal of `verify_million_s`; a number for orientation has none."""
    return GOALS.get(key.partition("_from_")[0])


@contextmanager
def temporary_home() -> Iterator[Home]:
    """A new home with its keys beside it, both gone afterwards. Nothing of this machine's own settings counts."""
    with tempfile.TemporaryDirectory(prefix="ringfence-bench-") as folder, kept_home(Path(folder)) as home:
        yield home


@contextmanager
def kept_home(folder: Path) -> Iterator[Home]:
    """The home in `folder` with its keys beside it, new where there was none."""
    for name in [name for name in os.environ if name.startswith("RINGFENCE_")]:
        del os.environ[name]
    os.environ["RINGFENCE_KEYS"] = str(folder.absolute() / "keys")
    yield create_home(folder.absolute() / "home")


def apart(measure: Callable[..., Value], *given: Any) -> Value:
    """Run it in a fresh process, so that no measure finds another one's threads, caches or memory."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as process:
        return process.submit(measure, *given).result()


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
