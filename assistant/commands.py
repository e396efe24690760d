"""What the commands of this room share: the desk of the home that was named, and how words stand in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from ingest.progress_cli import on_one_line
from policies.config import Invocation

if TYPE_CHECKING:
    from assistant.desk.desk import Desk


def desk_of(ctx: typer.Context, *, create: bool = False) -> Desk:
    """Use it in a `with` block."""
    from assistant.desk.desk import open_desk

    return open_desk(Invocation.of(ctx).home, create=create)


def guard_documents(ctx: typer.Context) -> None:
    """Before a command that handles documents or measures: this process reaches this machine and a configured Qdrant
    alone. What works at the desk is guarded there, and may reach what answers too."""
    from assistant.config import quiet_environment
    from assistant.wiring import guard_ingestion

    quiet_environment()
    guard_ingestion(Invocation.of(ctx).home)


def in_lines(words: str) -> str:
    """With nothing in it but lines that a terminal may show."""
    return "\n".join(map(on_one_line, words.split("\n")))
