"""`ringfence documents forget|quarantine|reconcile|reembed`: options in, values out; they decide nothing."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Never

import typer

from ingest.progress_cli import on_one_line
from policies.audit.cli import Json, os_login
from policies.config import Invocation, open_home
from policies.errors import UsageError

if TYPE_CHECKING:
    from ingest.catalogue.rows import SetAside
    from ingest.keeping import Forgot, Keeping

quarantine_app = typer.Typer(
    rich_markup_mode=None, help="Files set aside: list them, read them again, never mind them."
)
Reason = Annotated[str, typer.Option("--reason", help="Why; kept sealed in the record.")]
Id = Annotated[str, typer.Argument(help="As `documents list` shows it.", metavar="ID")]
Ids = Annotated[list[str] | None, typer.Argument(help="As `documents list` shows them.", metavar="ID...")]


def register(documents: typer.Typer) -> None:
    """Hang these commands below `ringfence documents`."""
    documents.command("forget")(forget)
    documents.command("reconcile")(reconcile)
    documents.command("reembed")(reembed)
    documents.add_typer(quarantine_app, name="quarantine")


# -- forgetting ----------------------------------------------------------------------------------------


def forget(
    ctx: typer.Context,
    documents: Ids = None,
    reason: Reason = "",
    check: Annotated[Path | None, typer.Option("--check", help="Check a receipt.", metavar="RECEIPT")] = None,
    undo: Annotated[str, typer.Option("--undo", help="Let a forgotten file in again.", metavar="PATH|ID")] = "",
    receipt: Annotated[Path | None, typer.Option("--receipt", help="Write the receipt there.", metavar="FILE")] = None,
    as_json: Json = False,
) -> None:
    """Forget documents for good: from answers at once, then from every store. Prints where the receipt is."""
    if sum(map(bool, (documents, check, undo))) != 1:
        raise UsageError("Say what to forget: one or more ids.", cure="Or give --check RECEIPT, or --undo PATH|ID.")
    if check:
        _check(ctx, check, as_json)
    elif undo:
        with _keeping(ctx) as keeping:
            readmitted = keeping.readmit(undo, why=reason)
        _print(as_json, {"document": readmitted}, f"{readmitted} is taken in again with its source.")
    else:
        _forget(ctx, documents or [], reason, receipt, as_json)


def _forget(ctx: typer.Context, documents: list[str], reason: str, file: Path | None, as_json: bool) -> None:
    with _keeping(ctx) as keeping:
        done = keeping.forget(documents, why=reason)
    _tell(ctx, done, file, as_json, {})


def forget_source(ctx: typer.Context, name: str, as_json: bool) -> None:
    """`ringfence sources remove NAME --forget`: told as `documents forget` tells it."""
    with _keeping(ctx) as keeping:
        done = keeping.remove_source(name)
    if not as_json:
        print(f"The source {name} is removed.")
    if done:
        _tell(ctx, done, None, as_json, {"source": name})
    nothing = {"source": name, "documents": [], "record": -1, "problem": "", "receipt": None}
    _print(as_json, nothing, "No document came from it, so there is no receipt.")


def _tell(ctx: typer.Context, done: Forgot, file: Path | None, as_json: bool, about: dict[str, Any]) -> Never:
    """What was forgotten, with its receipt. Ends the command."""
    made = _receipt(ctx, done.record) if done.record >= 0 else None
    if made and file:
        _write(file, json.dumps(made, ensure_ascii=False) + "\n")
    if as_json:
        stated = {"documents": done.erasure.stated["documents"], "record": done.record, "problem": done.problem}
        print(json.dumps(about | stated | {"receipt": made}, ensure_ascii=False))
    else:
        print(_in_words(done, file, json.loads(made["body"])["backups"] if made else []))
    raise typer.Exit(0 if made else 4)


def _in_words(done: Forgot, file: Path | None, backups: list[dict[str, Any]]) -> str:
    from policies.audit.cli import when

    stated = done.erasure.stated
    lines = [f"{len(stated['documents'])} forgotten: no answer shows them any more."]
    if stated["shared"]:
        lines.append(f"The same bytes stay as {', '.join(stated['shared'])}, which you did not name.")
    if done.record < 0:
        lines.append(f"Not every file is clean yet: {done.problem}")
        lines.append(
            "The receipt is made when all are: the same command gives it then. `ringfence documents reconcile`"
        )
        lines.append("cleans them now.")
    else:
        where = str(file) if file else f"`ringfence audit prove {done.record} --json`"
        lines.append(f"The receipt is record {done.record}: {where}.")
        lines.append("Not reached: the files in their sources, and copies of this home that are kept elsewhere.")
        if backups:
            lines.append("Backups that may hold it until they are destroyed:")
        lines += [f"  {when(one['time'])} (UTC), record {one['record']}, SHA-256 {one['sha256']}" for one in backups]
    return "\n".join(lines)


def _check(ctx: typer.Context, path: Path, as_json: bool) -> None:
    from ingest.wiring import open_ingest
    from policies.audit.proving import check_receipt
    from policies.keys import Keys

    home = open_home(Invocation.of(ctx).home)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{path} cannot be read.", cure="Name the file that holds the receipt.") from None
    fields = check_receipt(text, home.id, Keys.load(home).public)
    if fields.get("kind") != "DocumentsForgotten":
        raise UsageError("This record is no receipt of forgetting.", cure="Name the file that `forget` wrote.")
    with contextlib.closing(open_ingest(home)) as room:
        back = [one["document"] for one in fields["documents"] if room.catalogue.document(one["document"], None)]
    stated = {"proven": True, "outcome": fields["outcome"], "documents": fields["documents"], "back": back}
    words = f"Proven: {len(fields['documents'])} {fields['outcome']}."
    _print(as_json, stated, words + (f" Taken in again since: {', '.join(back)}." if back else ""))


def _receipt(ctx: typer.Context, record: int) -> dict[str, Any]:
    from policies.audit.proving import receipt
    from policies.keys import Keys

    home = open_home(Invocation.of(ctx).home)
    return receipt(home, Keys.load(home), record)


# -- files set aside -----------------------------------------------------------------------------------


@quarantine_app.callback(invoke_without_command=True)
def quarantine(ctx: typer.Context, as_json: Json = False) -> None:
    """The files set aside, and why."""
    if ctx.invoked_subcommand is None:
        _list(ctx, as_json)


@quarantine_app.command("list")
def list_set_aside(ctx: typer.Context, as_json: Json = False) -> None:
    """The files set aside, and why."""
    _list(ctx, as_json)


@quarantine_app.command("retry")
def retry(
    ctx: typer.Context,
    documents: Ids = None,
    everything: Annotated[bool, typer.Option("--all", help="Every file that is set aside.")] = False,
    as_json: Json = False,
) -> None:
    """Read files set aside again, now, though they did not change."""
    from ingest.library import reason_in_words

    if bool(documents) == everything:
        raise UsageError("Say which files to read again.", cure="Name their ids, or give --all.")
    with _keeping(ctx) as keeping:
        results = keeping.retry(documents or [])
    files = [
        {"document": one.document, "path": one.path, "outcome": one.outcome, "reason": one.reason} for one in results
    ]
    words = [
        f"{on_one_line(one.path)}: {one.outcome}{f', {reason_in_words(one.reason)}' if one.reason else ''}"
        for one in results
    ]
    _print(as_json, {"files": files}, "\n".join(words) or "No file is set aside.")
    raise typer.Exit(4 if any(one.outcome in ("quarantined", "failed") for one in results) else 0)


@quarantine_app.command("release")
def release(ctx: typer.Context, document: Id, reason: Reason = "", as_json: Json = False) -> None:
    """Never mind this file: it is skipped until it changes, and no longer listed."""
    with _keeping(ctx) as keeping:
        file = keeping.never_mind(document, why=reason)
    _print(as_json, _aside(file), f"{on_one_line(file.ref.path)} is skipped until it changes.")


def _list(ctx: typer.Context, as_json: bool) -> None:
    from ingest.wiring import open_ingest

    with contextlib.closing(open_ingest(open_home(Invocation.of(ctx).home))) as room:
        files = room.library.set_aside()
    words = [_aside_in_words(file) for file in files]
    _print(as_json, {"files": [_aside(file) for file in files]}, "\n".join(words) or "No file is set aside.")


def _aside_in_words(file: SetAside) -> str:
    from ingest.library import reason_in_words

    tried = f"tried {file.times} time{'' if file.times == 1 else 's'}"
    head = f"{file.ref.document}  {file.outcome}, {tried}  {on_one_line(file.ref.path)}"
    return f"{head}\n   {file.reason}: {reason_in_words(file.reason)}"


def _aside(file: SetAside) -> dict[str, Any]:
    from ingest.library import reason_in_words

    return {
        "document": file.ref.document,
        "path": file.ref.path,
        "outcome": file.outcome,
        "reason": file.reason,
        "why": reason_in_words(file.reason),
        "times": file.times,
        "job": file.job,
    }


# -- repairing, and another embedding model ------------------------------------------------------------


def reconcile(
    ctx: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what differs, and repair none of it.")] = False,
    as_json: Json = False,
) -> None:
    """Compare every store with the catalogue and repair what differs. Exit 4: something is left."""
    with _keeping(ctx) as keeping:
        done = keeping.reconcile(dry_run=dry_run)
    found, left = _counted(done.found), _counted(done.left)
    words = f"Found: {found or 'nothing'}."
    if not dry_run:
        words += f" Left: {left or 'nothing'}." + (f" {done.problem}" if done.problem else "")
    _print(as_json, {"found": done.found, "left": done.left, "problem": done.problem}, words)
    raise typer.Exit(0 if not left else 1 if dry_run else 4)


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items() if count)


def reembed(
    ctx: typer.Context,
    model: Annotated[Path | None, typer.Option("--model", help="The model's folder.", metavar="DIR")] = None,
    precision: Annotated[str, typer.Option(help="exact, or int8: quicker and a little off.")] = "",
    as_json: Json = False,
) -> None:
    """Go over to another embedding model or precision. The present one answers until the new index is complete."""
    from ingest.config import precision_named

    def progress(made: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{made:,} passages", end="", file=sys.stderr)

    with _keeping(ctx) as keeping:
        serving = keeping.reembed(model, precision_named(precision) if precision else None, progress=progress)
    stated = {"embedding": serving.embedding, "model": serving.model, "precision": serving.precision}
    _print(as_json, stated, f"{serving.model or 'The same model'} answers now, {serving.precision}.")


# -- in and out ----------------------------------------------------------------------------------------


@contextlib.contextmanager
def _keeping(ctx: typer.Context) -> Iterator[Keeping]:
    from ingest.keeping import keeping_at

    with keeping_at(Invocation.of(ctx).home, actor=os_login()) as keeping:
        yield keeping


def _print(as_json: bool, stated: dict[str, Any], words: str) -> None:
    print(json.dumps(stated, ensure_ascii=False) if as_json else words)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        print(f"ringfence: {path} cannot be written ({error.strerror}).", file=sys.stderr)
