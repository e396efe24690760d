"""The command of `ringfence documents` that needs people and rules: why is this document not found for this person?"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from assistant.commands import desk_of, guard_documents
from ingest.cli import documents_app
from policies.audit.cli import Json

AT_THE_DESK = ("explain", "label")
LISTING = ("list", "show")  # they read the catalogue and load nothing; guarding would take as long as all the rest


def register() -> None:
    """Hang the command in with the others about documents, and guard those."""
    documents_app.command("explain")(explain)
    documents_app.callback()(before)


def before(ctx: typer.Context) -> None:
    """The documents that were taken in."""
    if ctx.invoked_subcommand not in AT_THE_DESK + LISTING:
        guard_documents(ctx)


def explain(
    ctx: typer.Context,
    document: Annotated[str, typer.Argument(help="The document's id, as `documents list` shows it.", metavar="ID")],
    user: Annotated[str, typer.Option("--as", help="The person who does not find it.", metavar="USER")],
    question: Annotated[str, typer.Option(help="What the person asked.", metavar="TEXT")] = "",
    as_json: Json = False,
) -> None:
    """Say why a document is not found for a person. Never its text; it is recorded."""
    with desk_of(ctx) as desk:
        found = desk.explain(document, user, question=question)
    if as_json:
        print(json.dumps(asdict(found), ensure_ascii=False))
    else:
        for step in found.steps:
            print(f"{'yes' if step.holds else 'note' if step.hint else 'NO':<5} {step.code:<10} {step.said}")
        print("It is found." if found.outcome == "found" else f"It is not found: {found.outcome}.")
    raise typer.Exit(0 if found.outcome == "found" else 1)
