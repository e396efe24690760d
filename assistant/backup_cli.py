"""`ringfence backup` and `ringfence restore`: options in, values out; they decide nothing."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from policies.audit.cli import Json, open_ledger, os_login, when
from policies.config import Invocation
from policies.errors import UsageError

if TYPE_CHECKING:
    from policies.audit.backups import Backup

MEBIBYTE = 1 << 20


def register(app: typer.Typer) -> None:
    """Hang these commands into the product's command."""
    app.command("backup")(backup)
    app.command("restore")(restore)


def backup(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="The file to make; it must not be there.")] = None,
    listing: Annotated[bool, typer.Option("--list", help="The backups that the record knows of.")] = False,
    destroyed: Annotated[
        str, typer.Option("--destroyed", help="Say that a backup is destroyed, all copies.", metavar="SHA256|RECORD")
    ] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why; kept sealed in the record.")] = "",
    as_json: Json = False,
) -> None:
    """Copy the whole home, as it is at one moment, into one sealed file. Everything goes on meanwhile."""
    if sum((file is not None, listing, bool(destroyed))) != 1:
        raise UsageError("Name the file to make.", cure="Or give --list, or --destroyed SHA256.")
    if listing:
        _list(ctx, as_json)
    elif destroyed:
        _destroyed(ctx, destroyed, reason, as_json)
    else:
        assert file is not None
        _make(ctx, file, as_json)


def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file that `ringfence backup` made.")],
    erasures: Annotated[
        Path | None,
        typer.Option(help="The newest ledger/erasures.log of the home: what it lists is forgotten again."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Put a home back from a backup, into a new or empty folder (--home). Its keys must be there."""
    from assistant.backup.restoring import restore as put_back
    from assistant.wiring import open_parts
    from policies.config import home_path

    done = put_back(
        file,
        home_path(Invocation.of(ctx).home),
        actor=os_login(),
        erasures=erasures,
        open_parts=open_parts,
        progress=lambda size: _tell(f"{size // MEBIBYTE:,} MiB read"),
    )
    _tell("", end=True)
    if not done.erasures:
        _say(
            "nothing says what was forgotten after this backup was made: it is back. See --erasures, and forget again."
        )
    stated = {
        "home": str(done.home),
        "made": done.made,
        "sha256": done.sha256,
        "record": done.record,
        "erasures": done.erasures,
        "forgotten": done.forgotten,
        "erased": done.erased,
        "checkpoint": done.checkpoint,
    }
    words = (
        f"{done.home} is as it was on {when(done.made)} (UTC); record {done.record} says so.\n"
        f"Forgotten again: {done.forgotten} documents; erased again: what {done.erased} persons wrote.\n"
        "The index is made at the next start, from the catalogue.\n"
        "Now sync the sources: what changed since then is not in here. Where something could leave, it is stopped: "
        "`ringfence policy resume`."
    )
    print(json.dumps(stated, ensure_ascii=False) if as_json else words)


def _make(ctx: typer.Context, file: Path, as_json: bool) -> None:
    import importlib.metadata

    from assistant.backup.making import make_backup
    from assistant.wiring import open_parts

    parts = open_parts(Invocation.of(ctx).home)
    try:
        made = make_backup(
            file,
            home=parts.home,
            keys=parts.keys,
            recorder=parts.ledger,
            actor=os_login(),
            version=importlib.metadata.version("ringfence"),
            progress=lambda files, size: _tell(f"{files:,} files, {size // MEBIBYTE:,} MiB"),
        )
    finally:
        parts.close()
    _tell("", end=True)
    stated = {
        "file": str(made.path),
        "sha256": made.sha256,
        "size": made.size,
        "files": made.files,
        "record": made.record,
        "checkpoint": made.checkpoint,
    }
    words = (
        f"{made.path}: {made.files:,} files, {made.size:,} bytes, SHA-256 {made.sha256}; record {made.record}.\n"
        f"It opens with the keys in {parts.home.keys} alone, which are not in it: keep a copy of them elsewhere, apart."
    )
    print(json.dumps(stated, ensure_ascii=False) if as_json else words)


def _list(ctx: typer.Context, as_json: bool) -> None:
    found = _known(ctx)
    if as_json:
        print(json.dumps({"backups": [_stated(one) for one in found]}))
        return
    for one in found:
        state = f"destroyed, record {one.destroyed}" if one.destroyed >= 0 else "there, as far as the record knows"
        what = "1 document was" if one.forgotten == 1 else f"{one.forgotten} documents were"
        holds = f"; {what} forgotten since" if one.forgotten else ""
        whose = "1 person" if one.erased == 1 else f"{one.erased} persons"
        holds += f"; what {whose} wrote was erased since" if one.erased else ""
        print(f"{one.record:>8}  {when(one.time)}  {one.sha256}  {one.size:,} bytes  {state}{holds}")
    if not found:
        print("No backup is on the record.")


def _destroyed(ctx: typer.Context, named: str, reason: str, as_json: bool) -> None:
    from policies.audit.backup_events import BackupDestroyed
    from policies.audit.events import Content

    if not reason.strip():
        raise UsageError("Say how and why it was destroyed.", cure="Give it with --reason.")
    matching = [one for one in _known(ctx) if one.destroyed < 0 and _is_named(one, named)]
    if len(matching) != 1:
        found = "Several backups have" if matching else "No backup that is not destroyed has"
        raise UsageError(f"{found} this digest or record.", cure="`ringfence backup --list` shows those there are.")
    (one,) = matching
    with open_ledger(ctx) as ledger:
        event = BackupDestroyed(actor=os_login(), backup=one.record, sha256=one.sha256)
        record = ledger.append(event, {"why": Content(text=reason, owner=f"person:{os_login()}")})
    stated = {"backup": one.record, "sha256": one.sha256, "record": record}
    print(
        json.dumps(stated) if as_json else f"Record {record} says that the backup of record {one.record} is destroyed."
    )


def _is_named(one: Backup, named: str) -> bool:
    return named == str(one.record) or (len(named) >= 8 and one.sha256.startswith(named.lower()))


def _stated(one: Backup) -> dict[str, Any]:
    return {
        "record": one.record,
        "time": one.time,
        "sha256": one.sha256,
        "size": one.size,
        "destroyed": one.destroyed,
        "forgotten_since": one.forgotten,
        "erased_since": one.erased,
    }


def _known(ctx: typer.Context) -> list[Backup]:
    from policies.audit.backups import backups
    from policies.audit.proving import require_record
    from policies.config import open_home

    home = open_home(Invocation.of(ctx).home)
    require_record(home)
    return backups(home)


def _say(words: str) -> None:
    print(f"ringfence: {words}", file=sys.stderr)


def _tell(words: str, *, end: bool = False) -> None:
    if sys.stderr.isatty():
        print("\r\x1b[K" if end else f"\r{words}", end="", file=sys.stderr, flush=True)
