"""`ringfence policy register`: take lists of people and code names in, list them, take them out."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from policies.audit.cli import open_ledger, os_login
from policies.config import Invocation, open_home
from policies.errors import UsageError

if TYPE_CHECKING:
    from policies.detect.register.importing import Imported
    from policies.detect.register.store import Register

register_app = typer.Typer(
    rich_markup_mode=None,
    help="The organisation's own people and code names: a question that holds one stays here. Only hashes are kept.",
    no_args_is_help=True,
)
SHOWN = 20  # problems that are told in full


@register_app.command("import")
def import_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A CSV file in UTF-8 whose first line names the columns.")],
    name: Annotated[str, typer.Option("--as", help="The name of the list; an earlier one of that name is replaced.")],
    kind: Annotated[str, typer.Option("--kind", help="people or code-names.")] = "people",
    maps: Annotated[
        list[str] | None, typer.Option("--map", help="field=Heading, where a heading is not known.")
    ] = None,
    dry: Annotated[bool, typer.Option("--dry-run", help="Say what would be taken in; change nothing.")] = False,
) -> None:
    """Take FILE into the register. The same file again changes nothing."""
    from policies.detect.register.importing import import_file

    named = dict(_pair(text) for text in maps or ())
    done = import_file(_register(ctx), file, name=name, kind=kind, now=time.time_ns() // 1000, named=named, dry=dry)
    if done.is_new and not dry:
        _record(ctx, "register taken in", name=name, kind=kind, rows=str(done.rows))
    _tell(done)
    if dry:
        typer.echo(f"Dry run: {done.rows} rows would be taken in as {name!r}. Nothing was changed.")
    elif done.is_new:
        typer.echo(f"{done.rows} rows are in the register as {name!r}.")
    else:
        typer.echo(f"{name!r} holds this file already: {done.rows} rows. Nothing was changed.")


@register_app.command("list")
def list_(ctx: typer.Context) -> None:
    """What lists are in the register."""
    sources = _register(ctx).sources()
    if not sources:
        typer.echo("The register is empty.")
    for source in sources:
        day = datetime.fromtimestamp(source.imported / 1e6, UTC).date().isoformat()
        owners = f", owners: {', '.join(source.owners)}" if source.owners else ""
        typer.echo(f"{source.name}: {source.kind}, {source.rows} rows, {day}{owners}")


@register_app.command("remove")
def remove(ctx: typer.Context, name: Annotated[str, typer.Argument(help="The name that it was imported as.")]) -> None:
    """Take a list out of the register."""
    rows = _register(ctx).remove(name)
    _record(ctx, "register taken out", name=name, rows=str(rows))
    typer.echo(f"{name!r} is out of the register: {rows} rows.")


def _register(ctx: typer.Context) -> Register:
    from policies.detect.register.store import Register
    from policies.keys import Keys

    home = open_home(Invocation.of(ctx).home)
    return Register.of(home, Keys.create(home))


def _record(ctx: typer.Context, what: str, **values: str) -> None:
    """On the record: that a list came or went, by whom; nothing of what stands in it."""
    from policies.audit.events import SiteChanged

    with open_ledger(ctx) as ledger:
        ledger.append(SiteChanged(actor=os_login(), what=what, values=values))


def _pair(text: str) -> tuple[str, str]:
    field, sign, heading = text.partition("=")
    if not sign:
        raise UsageError(f"--map {text!r} names no heading.", cure="Write it as --map name='Full name'.")
    return field.strip(), heading.strip()


def _tell(done: Imported) -> None:
    typer.echo(
        f"Columns: {', '.join(done.columns)}." + (f" Not used: {', '.join(done.ignored)}." if done.ignored else "")
    )
    for problem in done.problems[:SHOWN]:
        typer.echo(f"Line {problem.line} {problem.what}. {problem.cure}.")
    if len(done.problems) > SHOWN:
        typer.echo(f"... and {len(done.problems) - SHOWN} lines more like these.")
    lost = sum(problem.lost for problem in done.problems)
    if lost:
        typer.echo(f"{lost} rows were passed over.")
