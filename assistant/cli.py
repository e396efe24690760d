"""The command `ringfence`. Options in, values out; it decides nothing.

Exit codes: 0 done, 1 refused or a check failed, 2 usage, 3 something needed is not there, 4 partly done.
Everything heavy is imported inside a command, so that `--help` answers at once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from assistant.asking_cli import register as register_asking
from assistant.audit_cli import audit_app
from assistant.backup_cli import register as register_backup
from assistant.commands import desk_of, guard_documents, in_lines
from assistant.documents_cli import register as register_explaining
from assistant.eval_cli import eval_app
from assistant.label_cli import register as register_labelling
from assistant.policy_cli import policy_app
from assistant.users_cli import users_app
from ingest.cli import register as register_ingest
from ingest.sources_cli import sources_app
from policies.audit.cli import Json
from policies.config import Invocation
from policies.errors import RingfenceError, UsageError

if TYPE_CHECKING:
    from policies.vocabulary import Meaning

app = typer.Typer(
    name="ringfence",
    help="A private assistant over your organisation's own documents.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # a tenth of a second for colours in a help text
)
register_ingest(app)
register_backup(app)
register_explaining()
register_labelling()
app.add_typer(sources_app, name="sources")
app.add_typer(users_app, name="users")
app.add_typer(policy_app, name="policy")
app.add_typer(audit_app, name="audit")
app.add_typer(eval_app, name="eval")


@app.callback()
def before(ctx: typer.Context) -> None:
    """A private assistant over your organisation's own documents."""
    if ctx.invoked_subcommand in ("ingest", "sources", "labels", "eval"):
        guard_documents(ctx)


@app.command()
def init(ctx: typer.Context) -> None:
    """Make a home: its folder, its keys outside it, its empty record."""
    with desk_of(ctx, create=True) as desk:
        print(f"The home is {desk.home.path}; its keys are in {desk.home.keys}.")
        print("Keep a copy of the keys elsewhere: without them the record's contents cannot be opened.")


@app.command()
def doctor(ctx: typer.Context, as_json: Json = False) -> None:
    """Say what is here, what is missing, and every connection this installation can make."""
    from assistant.doctor import examine, in_words

    report = examine(Invocation.of(ctx).home)
    print(json.dumps(report, indent=2) if as_json else in_words(report))
    raise typer.Exit(0 if report["ok"] else 3)


@app.command()
def demo(ctx: typer.Context) -> None:
    """Take in the sample documents, ask as several people, show the decisions, verify the record."""
    from assistant.demo import run

    raise typer.Exit(run(Invocation.of(ctx).home))


register_asking(app)  # here: `--help` lists what is registered in this order


@app.command()
def serve(
    ctx: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 7860,
) -> None:
    """Serve the pages: Chat, Library and Record."""
    from assistant.server import run

    run(Invocation.of(ctx).home, host=host, port=port)


@app.command("egress-gateway")
def egress_gateway(
    ctx: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 7861,
) -> None:
    """The door in a process of its own, with a home of its own: it alone holds the destination's key."""
    from assistant.server import run_gateway

    run_gateway(Invocation.of(ctx).home, host=host, port=port)


def _packaged_embedding() -> Meaning:
    from ingest.index.embedder import open_embedder

    return open_embedder()


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and leave with its exit code. `--home DIR` may stand anywhere."""
    try:
        words, home = _take_home(list(sys.argv[1:] if arguments is None else arguments))
        code = typer.main.get_command(_called(words)).main(
            words, prog_name="ringfence", standalone_mode=False, obj=Invocation(home=home, meaning=_packaged_embedding)
        )
    except RingfenceError as error:
        print(f"ringfence: {in_lines(str(error))}", file=sys.stderr)
        code = error.exit_code
    except KeyboardInterrupt:
        code = 130
    except Exception as error:  # noqa: BLE001  the command line's border: click's own errors know how to show themselves
        code = _shown(error)
    sys.stdout.flush()
    sys.exit(code if isinstance(code, int) else 0)


def _called(words: Sequence[str]) -> typer.Typer:
    """The product's command with only what is called in it, where that is known: building all of it takes longer."""
    first, called = words[:1], copy(app)
    called.registered_groups = [group for group in app.registered_groups if group.name in first]
    called.registered_commands = [
        one for one in app.registered_commands if (one.name or getattr(one.callback, "__name__", "")) in first
    ]
    return called if called.registered_groups or called.registered_commands else app


def _shown(error: Exception) -> int:
    show = getattr(error, "show", None)
    if show is None:
        raise error
    show(file=sys.stderr)
    return int(getattr(error, "exit_code", 2))


def _take_home(words: list[str]) -> tuple[list[str], Path | None]:
    home: Path | None = None
    rest: list[str] = []
    iterator = iter(words)
    for word in iterator:
        if word == "--":
            rest += [word, *iterator]
        elif word == "--home":
            home = _folder(next(iterator, ""))
        elif word.startswith("--home="):
            home = _folder(word.removeprefix("--home="))
        else:
            rest.append(word)
    return rest, home


def _folder(word: str) -> Path:
    if not word:
        raise UsageError("--home names no folder.", cure="Name one after it: `--home DIR`.")
    return Path(word)


if __name__ == "__main__":
    main()
