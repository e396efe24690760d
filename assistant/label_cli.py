"""`ringfence documents label`: raise a label, ask that it be lowered, and be the second person."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ingest.cli import documents_app
from policies.audit.cli import when
from policies.config import Invocation
from policies.errors import UsageError

if TYPE_CHECKING:
    from assistant.desk.desk import Desk
    from ingest.relabel import Raised, Request, Waits
    from policies.labels import Category, Level

NONE = "none"


def register() -> None:
    """Hang the command in with the others about documents."""
    documents_app.command("label")(label)


def label(
    ctx: typer.Context,
    document: Annotated[str, typer.Argument(help="As `documents list` shows it.", metavar="ID")] = "",
    level: Annotated[str, typer.Option(help="public, internal, confidential or restricted.")] = "",
    category: Annotated[
        list[str] | None, typer.Option(help="All that it shall have, several times, or `none`; left out: as they are.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why, for the record.", metavar="TEXT")] = "",
    user: Annotated[str, typer.Option("--as", help="The person who does it.", metavar="USER")] = "",
    waiting: Annotated[bool, typer.Option("--waiting", help="List what waits for a second person.")] = False,
    agree: Annotated[bool, typer.Option("--agree", help="Agree to what waits for this document.")] = False,
    decline: Annotated[bool, typer.Option("--decline", help="Decline what waits for this document.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Raise a document's label at once, or ask that it be lowered, which a second person must agree to."""
    changing = bool(level or category)
    if sum([waiting, agree, decline, changing]) != 1 or bool(document) is waiting:
        raise UsageError(
            "Say what to do, and with which document.",
            cure="`documents label ID --level L --reason TEXT`, `… ID --agree`, `… ID --decline`, or `… --waiting`.",
        )
    with _desk(ctx) as desk:
        if waiting:
            _show([desk.relabel.described(one) for one in desk.relabel.waiting(desk.login)], as_json)
        elif changing:
            done = desk.relabel.change(
                document,
                desk.labeller(user),
                level=_level(level),
                categories=_categories(category),
                reason=reason,
                actor=desk.login if user else "",
            )
            _say(done, as_json)
        else:
            _answer(desk, document, user, reason, agree=agree, as_json=as_json)


def _answer(desk: Desk, document: str, user: str, reason: str, *, agree: bool, as_json: bool) -> None:
    if not user:
        raise UsageError("Who agrees or declines must be named.", cure="Add `--as USER`.")
    person, one = desk.responsible(user), desk.relabel.request_for(document)
    if not agree:
        desk.relabel.decline(one.record, person, reason=reason, actor=desk.login)
        print(json.dumps({"outcome": "declined", "label": str(one.label)}) if as_json else "Declined. The label stays.")
        return
    print(f"From {one.label} to {one.wanted}: {desk.relabel.reason(one.record, person)}", file=sys.stderr)
    if sys.stdin.isatty() and not typer.confirm("Lower it?"):
        raise typer.Exit(1)
    lowered = desk.relabel.agree(one.record, person, reason=reason, actor=desk.login)
    print(json.dumps({"outcome": "lowered", "label": str(lowered)}) if as_json else f"It is {lowered} now.")


def _say(done: Raised | Waits, as_json: bool) -> None:
    from ingest.relabel import Raised

    if isinstance(done, Raised):
        outcome = "raised" if done.changed else "unchanged"
        words = f"It is {done.label} now." if done.changed else f"It is {done.label} already."
        print(json.dumps({"outcome": outcome, "label": str(done.label)}) if as_json else words)
        return
    one = done.request
    stated = {"outcome": "waits", "request": one.record, "label": str(one.label), "wanted": str(one.wanted)}
    if as_json:
        print(json.dumps(stated | {"until": when(one.until)}))
    else:
        print(
            f"It stays {one.label}. A second person must agree that it becomes {one.wanted}, until {when(one.until)}:"
        )
        print(f"  ringfence documents label {one.document} --agree --as USER")


def _show(found: Sequence[tuple[Request, str]], as_json: bool) -> None:
    rows: list[dict[str, Any]] = [
        {
            "request": one.record,
            "document": one.document,
            "source": path,
            "label": str(one.label),
            "wanted": str(one.wanted),
            "asker": one.asker,
            "since": when(one.since),
            "until": when(one.until),
        }
        for one, path in found
    ]
    if as_json:
        print(json.dumps({"waiting": rows}, ensure_ascii=False))
        return
    for row in rows:
        print(f"{row['document']}  {row['label']} -> {row['wanted']}  since {row['since']}  by {row['asker']}")
        print(f"   {row['source']}")
    print(f"{len(rows)} waiting.")


def _level(name: str) -> Level | None:
    from policies.labels import Level

    if not name:
        return None
    if name.strip().upper() not in Level.__members__:
        raise UsageError(f"There is no level {name!r}.", cure=f"Choose one of {', '.join(map(str, Level))}.")
    return Level[name.strip().upper()]


def _categories(names: list[str] | None) -> frozenset[Category] | None:
    from policies.labels import Category

    if names is None:
        return None
    plain = [name.strip().lower() for name in names]
    if plain == [NONE]:
        return frozenset()
    if unknown := sorted(set(plain) - set(Category)):
        raise UsageError(f"There is no category {unknown[0]!r}.", cure=f"Known are {', '.join(Category)}, or `none`.")
    return frozenset(map(Category, plain))


def _desk(ctx: typer.Context) -> Desk:
    from assistant.desk.desk import open_desk

    invocation = ctx.find_object(Invocation)
    home: Path | None = invocation.home if invocation else None
    return open_desk(home)
