"""`ringfence documents label`: raise a label, ask that it be lowered, and be the second person."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.commands import desk_of
from ingest.cli import documents_app
from ingest.progress_cli import on_one_line
from policies.audit.cli import Json, when
from policies.errors import UsageError

if TYPE_CHECKING:
    from assistant.desk.desk import Desk
    from ingest.relabel import Raised, Request, Waits
    from policies.labels import Category

_Told = tuple[dict[str, Any], str]  # as JSON, and in words
NONE = "none"


def register() -> None:
    """Hang the command in with the others about documents."""
    documents_app.command("label")(label)


def label(
    ctx: typer.Context,
    documents: Annotated[
        list[str] | None, typer.Argument(help="As `documents list` shows them.", metavar="ID...")
    ] = None,
    level: Annotated[str, typer.Option(help="public, internal, confidential or restricted.")] = "",
    category: Annotated[
        list[str] | None, typer.Option(help="All that it shall have, several times, or `none`; left out: as they are.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why, for the record.", metavar="TEXT")] = "",
    user: Annotated[str, typer.Option("--as", help="The person who does it.", metavar="USER")] = "",
    waiting: Annotated[bool, typer.Option("--waiting", help="List what waits for a second person.")] = False,
    agree: Annotated[bool, typer.Option("--agree", help="Agree to what waits for them.")] = False,
    decline: Annotated[bool, typer.Option("--decline", help="Decline what waits for them.")] = False,
    as_json: Json = False,
) -> None:
    """Raise labels at once, or ask that they be lowered, which a second person must agree to. Of several documents all
    or none."""
    from ingest.asking import level_named

    ids = list(dict.fromkeys(documents or ()))
    changing = bool(level or category)
    if sum([waiting, agree, decline, changing]) != 1 or bool(ids) is waiting:
        raise UsageError(
            "Say what to do, and with which document.",
            cure="`documents label ID... --level L --reason TEXT`, `… ID... --agree`, `… ID... --decline`, or "
            "`… --waiting`.",
        )
    with desk_of(ctx) as desk:
        if waiting:
            _show([desk.relabel.described(one) for one in desk.relabel.waiting(desk.login)], as_json)
        elif changing:
            done = desk.relabel.change_all(
                ids,
                desk.labeller(user),
                level=level_named(level),
                categories=_categories(category),
                reason=reason,
                actor=desk.login if user else "",
            )
            _tell(ids, [_outcome(one, done[one]) for one in ids], as_json)
        else:
            _tell(ids, _answers(desk, ids, user, reason, agree=agree), as_json)


def _answers(desk: Desk, ids: Sequence[str], user: str, reason: str, *, agree: bool) -> list[_Told]:
    """All of them are there and this person's to answer before the first is answered."""
    if not user:
        raise UsageError("Who agrees or declines must be named.", cure="Add `--as USER`.")
    person, relabel = desk.responsible(user), desk.relabel
    requests = [relabel.request_for(one) for one in ids]
    for one in requests:
        relabel.refuse_unless_answerable(one.record, person)
    if not agree:
        for one in requests:
            relabel.decline(one.record, person, reason=reason, actor=desk.login)
        return [({"outcome": "declined", "label": str(one.label)}, "Declined. The label stays.") for one in requests]
    for one in requests:
        print(f"From {one.label} to {one.wanted}: {relabel.reason(one.record, person)}", file=sys.stderr)
    if sys.stdin.isatty() and not typer.confirm("Lower it?" if len(requests) == 1 else f"Lower all {len(requests)}?"):
        raise typer.Exit(1)
    lowered = [relabel.agree(one.record, person, reason=reason, actor=desk.login) for one in requests]
    return [({"outcome": "lowered", "label": str(label)}, f"It is {label} now.") for label in lowered]


def _outcome(document: str, done: Raised | Waits) -> _Told:
    from ingest.relabel import Raised

    if isinstance(done, Raised):
        words = f"It is {done.label} now." if done.changed else f"It is {done.label} already."
        return {"outcome": "raised" if done.changed else "unchanged", "label": str(done.label)}, words
    one = done.request
    words = (
        f"It stays {one.label}. A second person must agree that it becomes {one.wanted}, until {when(one.until)}:\n"
        f"  ringfence documents label {document} --agree --as USER"
    )
    stated = {"outcome": "waits", "request": one.record, "label": str(one.label), "wanted": str(one.wanted)}
    return stated | {"until": when(one.until)}, words


def _tell(ids: Sequence[str], told: Sequence[_Told], as_json: bool) -> None:
    """One document as it is; several each with its id."""
    several = [{"document": one} | stated for one, (stated, _) in zip(ids, told, strict=True)]
    if as_json:
        print(json.dumps(told[0][0] if len(ids) == 1 else {"documents": several}))
        return
    for one, (_, words) in zip(ids, told, strict=True):
        print(words if len(ids) == 1 else f"{one}  {words}")


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
        print(f"   {on_one_line(row['source'])}")
    print(f"{len(rows)} waiting.")


def _categories(names: list[str] | None) -> frozenset[Category] | None:
    from ingest.asking import categories_named

    if names is None:
        return None
    return frozenset() if [name.strip().lower() for name in names] == [NONE] else categories_named(names)
