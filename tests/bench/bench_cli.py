"""The command line: how long until somebody sees something. Each command is a process of its own."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from invented import write_documents
from yardstick import Numbers, Scale, temporary_home

COMMAND = Path(sys.executable).with_name("ringfence")


def cli_cold(scale: Scale) -> Numbers:
    """The first run of each only fills the system's file cache."""
    with temporary_home() as home:
        took = {words: _median(scale, home.path, *words.split()) for words in ("--help", "policy show")}
    return {
        "cli_cold_s": max(took.values()),
        "cli_help_s": took["--help"],
        "cli_policy_show_s": took["policy show"],
    }


def cli_store(scale: Scale) -> Numbers:
    """A home with documents in it."""
    with temporary_home() as home:
        folder = write_documents(home.path.parent / "corpus", scale.pick(quick=2, usual=40), chunks=2)[0].parent
        _run(home.path, "ingest", str(folder), "--group", "staff", "--level", "internal")
        return {"cli_store_s": _median(scale, home.path, "documents", "list")}


def _median(scale: Scale, home: Path, *words: str) -> float:
    _run(home, *words)
    return statistics.median(_run(home, *words) for _ in range(scale.pick(quick=1, usual=7)))


def _run(home: Path, *words: str) -> float:
    start = time.perf_counter()
    subprocess.run([COMMAND, *words, "--home", home], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return time.perf_counter() - start
