"""How a run shows on the console how far it is: a bar for people, or a line of JSON for each file.

The lines go to standard error, so that standard output stays the answer alone. They name files and outcomes, no text.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ingest.jobs.report import Progress


_STEERS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def on_one_line(words: str) -> str:
    """A name as a terminal may show it: what would begin another line, steer the terminal or turn the direction of
    writing is written out."""
    return _STEERS.sub(lambda sign: ascii(sign[0])[1:-1], words)


class Form(StrEnum):
    """`bar`: on a terminal, nothing elsewhere."""

    BAR = "bar"
    JSON = "json"
    NONE = "none"


ShowAs = Annotated[
    Form,
    typer.Option("--progress", help="How far it is, on standard error: a bar, a line of JSON for each file, none."),
]


@contextmanager
def shown(form: Form) -> Iterator[Callable[[Progress], None]]:
    if form is Form.JSON:
        yield _line
    elif form is Form.BAR and sys.stderr.isatty():
        with _bar() as show:
            yield show
    else:
        yield lambda _: None


def event(now: Progress) -> dict[str, Any]:
    """`event` is `begun`, then `file` for each one: what became of it, and how far the run is. Counts are integers,
    `bytes` are those of files on the disk, times are seconds."""
    stated: dict[str, Any] = {"event": "begun", "job": now.job}
    if now.last:
        last = now.last
        stated |= {"event": "file", "path": last.path, "outcome": last.outcome, "reason": last.reason}
        stated |= {"document": last.document, "stored": last.stored, "flags": list(last.flags)}
    return stated | {
        "done": now.done,
        "total": now.total,
        "bytes": now.bytes,
        "of_bytes": now.of_bytes,
        "chunks": now.chunks,
        "chunks_per_second": round(now.rate, 1),
        "seconds_left": round(now.left, 1),
        "set_aside": now.aside,
    }


def _line(now: Progress) -> None:
    print(json.dumps(event(now), ensure_ascii=False), file=sys.stderr, flush=True)


@contextmanager
def _bar() -> Iterator[Callable[[Progress], None]]:
    from rich.console import Console
    from rich.filesize import decimal
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("files  {task.fields[how]}"))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, how="")

        def show(now: Progress) -> None:
            minutes, seconds = divmod(round(now.left), 60)
            left = f"{minutes} min {seconds:02} s left" if minutes else f"{seconds} s left"
            aside = f"{now.aside} set aside" if now.aside else ""
            size = f"{decimal(now.bytes)} of {decimal(now.of_bytes)}"
            name = escape(on_one_line(now.file.rsplit("/", 1)[-1][:40]))
            how = "  ".join(filter(None, (size, f"{now.rate:.0f} passages/s", left, aside, name)))
            bar.update(task, total=now.total, completed=now.done, how=how)

        yield show
