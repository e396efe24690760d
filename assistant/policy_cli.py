"""The commands of `ringfence policy` that need people: what waits for a second person, agreeing, starting again."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from assistant.commands import desk_of
from policies.audit.cli import Json, when
from policies.cli import policy_app

__all__ = ["policy_app"]

AsUser = Annotated[str, typer.Option("--as", help="The person who does it.", metavar="USER")]


@policy_app.command("resume")
def resume(ctx: typer.Context, user: AsUser) -> None:
    """Start sending again: one person asks, another agrees within a day."""
    with desk_of(ctx) as desk:
        opened = desk.switch.resume(desk.responsible(user), actor=desk.login)
    if opened == "open":
        print("Sending is possible again, as far as the ladder allows.")
    else:
        print("Asked for. Another person who may agree runs the same command within 24 hours.")


@policy_app.command("waiting")
def waiting(ctx: typer.Context, as_json: Json = False) -> None:
    """List the requests that wait for a second person. No text."""
    with desk_of(ctx) as desk:
        found = desk.agreeing.waiting(desk.login)
    if as_json:
        print(json.dumps({"waiting": [asdict(one) for one in found]}))
        return
    for one in found:
        print(
            f"{one.question:>8}  {when(one.since)}  to {one.destination}  {one.label}  by {one.asker}"
            f"  ({', '.join(one.rules)})"
        )
    print(f"{len(found)} waiting.")


@policy_app.command("approve")
def approve(
    ctx: typer.Context,
    record: Annotated[int, typer.Argument(help="As `policy waiting` lists it.", metavar="RECORD")],
    user: AsUser,
    reason: Annotated[str, typer.Option(help="Why, for the record.", metavar="TEXT")] = "",
) -> None:
    """Show the exact request, and agree that it may leave when its person asks the same again."""
    with desk_of(ctx) as desk:
        person = desk.responsible(user)
        print(desk.agreeing.read(person, record, reason))
        if sys.stdin.isatty() and not typer.confirm("May exactly this leave?"):
            raise typer.Exit(1)
        expires = desk.agreeing.approve(person, record, actor=desk.login)
    print(f"Agreed. Asked again in a new conversation, it may leave until {when(expires)} (UTC).")
