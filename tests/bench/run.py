"""`make bench`: every measure in a process of its own; a table on the terminal, `build/bench.json` beside it.

Ratios are taken within one run, so that they mean the same on another machine; the other numbers say on which one they
were taken. Nothing here fails because something was slow: exit code 1 means that a measure broke.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bench_answer
import bench_cli
import bench_decide
import bench_embed
import bench_ingest
import bench_record
import bench_search
from yardstick import GOALS, ROOT, LeftOut, Numbers, Scale, apart, goal_of

MEASURES: dict[Callable[[Scale], Numbers], tuple[str, ...]] = {
    bench_ingest.ingest_vs_llamaindex: (
        "ingest_vs_llamaindex",
        "ingest_vs_llamaindex_batched",
        "ingest_int8_vs_llamaindex",
    ),
    bench_embed.embed_roofline: ("embed_roofline", "embed_cosine"),
    bench_ingest.resync_ratio: ("resync_ratio", "resync_changed_ratio"),
    bench_search.search_vs_local_mode: ("search_vs_local_mode",),
    bench_answer.overhead: ("overhead_vs_first_token",),
    bench_decide.decide_ms: ("decide_p95_ms", "decide_cold_p95_ms"),
    bench_record.append_one_by_one: ("append_vs_sqlite", "append_p99_ms"),
    bench_record.append_grouped: ("append_grouped_per_s",),
    bench_record.verify_million: ("verify_million_s",),
    bench_ingest.memory_ratio_10x: ("memory_ratio_10x",),
    bench_cli.cli_cold: ("cli_cold_s",),
    bench_cli.cli_store: ("cli_store_s",),
}


@dataclass(kw_only=True)
class Results:
    """What came out. `left_out` and `broken`: the key, and why there is no number."""

    numbers: Numbers = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)

    def take(self, measure: Callable[[Scale], Numbers], scale: Scale) -> None:
        keys = MEASURES[measure]
        try:
            self.numbers |= apart(measure, scale)
        except LeftOut as out:
            self.left_out |= dict.fromkeys(keys, out.reason)
            self.numbers |= out.numbers
        except Exception as error:  # noqa: BLE001  one that breaks must not take the others' numbers with it
            self.broken |= dict.fromkeys(keys, f"{type(error).__name__}: {error}".splitlines()[0])

    def stated(self) -> dict[str, Any]:
        """Flat: each number under its key, each reason under `KEY_left_out` or `KEY_broken`."""
        return {
            **{key: _rounded(value) for key, value in self.numbers.items()},
            **{f"{key}_left_out": reason for key, reason in self.left_out.items()},
            **{f"{key}_broken": reason for key, reason in self.broken.items()},
        }


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    wanted = set(options.only.split(",")) if options.only else set(GOALS)
    scale = Scale.QUICK if options.quick else Scale.FULL if options.full else Scale.USUAL
    machine, started, results = _machine(), time.perf_counter(), Results()
    stated: dict[str, Any] = {}
    for measure, keys in MEASURES.items():
        if wanted & set(keys):
            print(f"measuring {', '.join(keys)} …", file=sys.stderr, flush=True)
            results.take(measure, scale)
            seconds, load = round(time.perf_counter() - started, 1), round(os.getloadavg()[0], 2)
            stated = {
                **results.stated(),
                "scale": str(scale),
                "seconds": seconds,
                **machine,
                "machine_load_after": load,
            }
            options.out.parent.mkdir(parents=True, exist_ok=True)  # after each: one that is stopped keeps what it has
            options.out.write_text(json.dumps(stated, indent=1, ensure_ascii=False) + "\n")
    _show(results, stated, options.out)
    return 1 if results.broken else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="KEY,...", help=f"some of: {', '.join(GOALS)}")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: shows that it runs, measures little")
    parser.add_argument("--full", action="store_true", help="a million records, more rounds")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "bench.json", metavar="FILE")
    options = parser.parse_args(arguments)
    for key in filter(None, options.only.split(",")):
        if key not in GOALS:
            near = difflib.get_close_matches(key, GOALS, n=1)
            parser.error(f"there is no key {key!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    return options


def _machine() -> dict[str, Any]:
    return {
        "machine_cpus": os.cpu_count() or 0,
        "machine_load_before": round(os.getloadavg()[0], 2),
        "machine_python": platform.python_version(),
        "machine_system": f"{platform.system()} {platform.machine()}",
    }


def _rounded(value: float) -> float:
    """Six digits: a cosine is told by its fifth."""
    return float(f"{value:.6g}")


def _show(results: Results, stated: dict[str, Any], out: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, padding=(0, 2))
    for column, side in (("key", "left"), ("measured", "right"), ("reach", "right"), ("", "left"), ("what", "left")):
        table.add_column(column, justify=side, overflow="fold")  # type: ignore[arg-type]
    for key in results.numbers:
        goal = goal_of(key)
        if goal is None:
            table.add_row(f"  {key}", f"{stated[key]:.5g}", "", "", "", style="dim")
            continue
        verdict = "[green]met[/]" if goal.met(results.numbers[key]) else "[red]not met[/]"
        if stated["scale"] == Scale.QUICK:
            verdict = "[dim]too small to tell[/]"
        table.add_row(key, f"[bold]{stated[key]:.5g}[/]", str(goal), verdict, goal.what)
    for key, reason in results.left_out.items():
        table.add_row(key, "", str(GOALS[key]), "[yellow]left out[/]", reason)
    for key, reason in results.broken.items():
        table.add_row(key, "", str(GOALS[key]), "[red]broke[/]", reason)
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    console.print(table)
    console.print(
        f"\n{stated['seconds']:.0f} s on {stated['machine_cpus']} processors, load {stated['machine_load_before']} "
        f"before and {stated['machine_load_after']} after. Written to {out}."
    )


if __name__ == "__main__":
    sys.exit(main())
