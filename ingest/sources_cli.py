"""`ringfence sources`: saved folders, synced by name. Options in, values out; it decides nothing.

Exit codes as of `ringfence ingest`: of several sources one that could not be synced makes it 4; when none could, it
is the code of the reason: 3 for one that cannot be seen or that another process is syncing, 2 for a wrong manifest.
"""

from __future__ import annotations

import contextlib
import json
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ingest.cli import Delete, _as_json, _in_words, _say, _warn
from ingest.progress_cli import Form, ShowAs, on_one_line, shown
from policies.audit.cli import Json, os_login
from policies.config import Invocation, open_home
from policies.errors import UsageError

if TYPE_CHECKING:
    from ingest.catalogue.sources import Standing
    from ingest.jobs.report import Progress
    from ingest.jobs.sync import Synced
    from ingest.jobs.watch import Watch
    from policies.labels import Level

sources_app = typer.Typer(
    rich_markup_mode=None, help="Folders that are taken in again and again, each under a name.", no_args_is_help=True
)
Names = Annotated[
    list[str] | None, typer.Argument(help="Their names; all of them when none is given.", metavar="NAME...")
]
_NONE = "There is no source yet. Begin with `ringfence sources add NAME PATH --group everyone`."


@sources_app.command("add")
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Small letters, digits, dots and dashes.", metavar="NAME")],
    path: Annotated[Path, typer.Argument(help="The folder.", metavar="PATH")],
    owner: Annotated[str, typer.Option(help="Who answers for it.", metavar="USER")] = "",
    group: Annotated[list[str] | None, typer.Option(help="Who may read; may be given several times.")] = None,
    level: Annotated[
        str, typer.Option(help="The least that its files are: public, internal, confidential, restricted.")
    ] = "",
    category: Annotated[list[str] | None, typer.Option(help="personal, health, payment, privileged …")] = None,
    originals: Annotated[
        str, typer.Option(help="keep a copy of each file, reference it where it lies, or keep pages as pictures only.")
    ] = "keep",
    folder_level: Annotated[
        list[str] | None,
        typer.Option("--folder-level", help="The least that the files of a folder in it are.", metavar="SUB=LEVEL"),
    ] = None,
) -> None:
    """Save a folder as a source. `ringfence sources sync NAME` then takes it in."""
    from ingest.asking import source
    from ingest.wiring import ingest_at

    saved = source(
        name,
        path.resolve(),
        owner=owner,
        groups=group or [],
        level=level,
        categories=category or [],
        originals=originals,
        folders=_folders(folder_level or []),
        actor=os_login(),
    )
    with ingest_at(Invocation.of(ctx).home) as room:
        room.syncing(os_login()).add(saved)
    print(f"The source {name} is {saved.path}. Take it in with `ringfence sources sync {name}`.")


@sources_app.command("list")
def list_sources(ctx: typer.Context, as_json: Json = False) -> None:
    """Every source, with its rules, its documents and how its last sync went."""
    from ingest.wiring import open_ingest

    with contextlib.closing(open_ingest(open_home(Invocation.of(ctx).home))) as room:
        listed = [_listed(one, room.sources.documents(one.saved)) for one in room.sources.all()]
    if as_json:
        print(json.dumps({"sources": listed}, ensure_ascii=False))
        return
    for one in listed:
        print(
            f"{one['name']:<20}  {one['documents']:>7} documents  {one['state']:<8} {one['synced'] or 'never synced'}"
        )
        print("   " + "  ·  ".join(_rules(one)))
    if not listed:
        print(_NONE)


@sources_app.command("sync")
def sync(
    ctx: typer.Context,
    names: Names = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do none of it.")] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on until stopped; with --json, a line for each sync.")
    ] = False,
    every: Annotated[
        float, typer.Option(min=1, help="With --watch: seconds between two looks.", metavar="SECONDS")
    ] = 30,
    delete: Delete = 0,
    progress_form: ShowAs = Form.BAR,
    as_json: Json = False,
) -> None:
    """Take in what is new, changed or gone in the sources."""
    from ingest.jobs.sync import exit_code

    if watch and dry_run:
        raise UsageError("A dry run does not go on.", cure="Leave out --watch or --dry-run.")
    if delete and (watch or len(names or []) != 1):
        raise UsageError("--delete counts the documents of one source, once.", cure="Name that source alone.")
    open_home(Invocation.of(ctx).home)  # a home that is not there is not made for this
    if watch:
        _watch(ctx, names or [], every, progress_form, as_json)
        return
    done = _synced(ctx, names or [], form=progress_form, dry_run=dry_run, deleting=delete)
    if as_json:
        print(json.dumps({"sources": [_outcome(one) for one in done]}, ensure_ascii=False))
    else:
        _tell(done, dry_run=dry_run)
    if not done:
        _say(_NONE)
    raise typer.Exit(exit_code(done))


@sources_app.command("remove")
def remove(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="The source's name.", metavar="NAME")],
    forget: Annotated[
        bool, typer.Option("--forget", help="And delete what came from it, with a receipt of that.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Let go of a source. Its documents stay, unless --forget is given."""
    from ingest.keeping_cli import forget_source
    from ingest.wiring import ingest_at

    if forget:
        forget_source(ctx, name, as_json)
        return

    open_home(Invocation.of(ctx).home)
    with ingest_at(Invocation.of(ctx).home) as room:
        (standing,) = room.sources.named([name])
        count = room.sources.documents(standing.saved)
        room.syncing(os_login()).remove(standing, forget=False)
    words = f"The source {name} is removed. Its documents stay as they are and are no longer synced: {count}."
    print(json.dumps({"source": name, "stay": count}) if as_json else words)


# -- syncing -------------------------------------------------------------------------------------------


class _Stopped(Exception):
    """Somebody asked for the end. Raised between two files: what was stored stays stored."""


def _synced(
    ctx: typer.Context,
    names: Sequence[str],
    *,
    form: Form,
    dry_run: bool = False,
    deleting: int = 0,
    stopped: Callable[[], bool] = lambda: False,
) -> list[Synced]:
    from ingest.wiring import ingest_at

    with ingest_at(Invocation.of(ctx).home) as room:
        done: list[Synced] = []
        for standing in room.sources.named(names):
            with shown(form) as show:
                progress = _until(stopped, show)
                done.append(room.sync(standing.saved.name, os_login(), progress, dry_run=dry_run, deleting=deleting))
        if not dry_run and any(one.report for one in done) and room.catalogue.latest():
            room.follow().index.settle()
    return done


def _until(stopped: Callable[[], bool], show: Callable[[Progress], None]) -> Callable[[Progress], None]:
    def progress(now: Progress) -> None:
        show(now)
        if stopped():
            raise _Stopped

    return progress


def _watch(ctx: typer.Context, names: Sequence[str], every: float, form: Form, as_json: bool) -> None:
    """Look, sync what is due, wait; until a signal. What is said once is not said again while it stays so."""
    from ingest.jobs.watch import Watch
    from ingest.wiring import now

    watching, said = Watch(now=now), dict[str, str]()
    with _stop_on_signals() as stop, contextlib.suppress(_Stopped):
        _say("watching; stop with Ctrl-C.")
        while not stop.is_set():
            for one in _round(ctx, names, watching, form, stop.is_set):
                problem = str(one.problem or "")
                if one.report or said.get(one.name) != problem:
                    print(json.dumps(_outcome(one), ensure_ascii=False), flush=True) if as_json else _tell([one])
                said[one.name] = problem
            stop.wait(every)
    _say("stopped. What was taken in stays; the next sync does the rest.")


def _round(
    ctx: typer.Context, names: Sequence[str], watching: Watch, form: Form, stopped: Callable[[], bool]
) -> Sequence[Synced]:
    """Nothing is held between two rounds: neither the index nor the record nor much memory."""
    from ingest.wiring import open_ingest

    with contextlib.closing(open_ingest(open_home(Invocation.of(ctx).home))) as room:
        standings = room.sources.named(names)
    return watching.round(standings, lambda due: _synced(ctx, due, form=form, stopped=stopped))


@contextlib.contextmanager
def _stop_on_signals() -> Iterator[threading.Event]:
    """SIGINT and SIGTERM ask for the end; the same once more ends at once."""
    stop = threading.Event()
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}

    def ask(number: int, _frame: object) -> None:
        stop.set()
        signal.signal(number, before[signal.Signals(number)])

    try:
        for one in before:
            signal.signal(one, ask)
        yield stop
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


# -- in and out ----------------------------------------------------------------------------------------


def _folders(given: Sequence[str]) -> Mapping[str, Level]:
    from ingest.asking import level_named

    folders: dict[str, Level] = {}
    for each in given:
        folder, sign, word = each.rpartition("=")
        parts = [part for part in folder.strip("/").split("/") if part != "."]
        level = level_named(word) if sign else None
        if level is None or not any(parts) or ".." in parts:
            raise UsageError(
                f"--folder-level {each!r} is not SUB=LEVEL.", cure="Write it as `--folder-level board=restricted`."
            )
        folders["/".join(parts)] = level
    return folders


def _tell(done: Sequence[Synced], *, dry_run: bool = False) -> None:
    for one in done:
        if one.problem:
            _say(str(one.problem))
        if one.report:
            _warn(one.report, "what was asked for")
            print(f"{one.name}: {_in_words(one.report, dry_run)}", flush=True)


def _outcome(one: Synced) -> dict[str, Any]:
    """The report of `ringfence ingest`, under the source's name; or why there is none."""
    report = _as_json(one.report) if one.report else {}
    return {"source": one.name, "synced": one.report is not None, "problem": str(one.problem or ""), **report}


def _listed(one: Standing, documents: int) -> dict[str, Any]:
    saved = one.saved
    return {
        "name": saved.name,
        "path": saved.path,
        "owner": saved.owner,
        "groups": sorted(saved.groups),
        "level": "" if saved.level is None else str(saved.level),
        "categories": sorted(str(category) for category in saved.categories),
        "folders": {folder: str(level) for folder, level in saved.folders.items()},
        "originals": str(saved.originals),
        "manifest": bool(one.manifest),
        "documents": documents,
        "state": one.state,
        "tried": _moment(one.tried),
        "synced": _moment(one.synced),
    }


def _rules(one: dict[str, Any]) -> Iterator[str]:
    """What was said of a source, for a person to read."""
    yield on_one_line(one["path"])
    yield on_one_line(f"owner: {one['owner'] or 'nobody named'}")
    yield ", ".join(one["groups"]) or "as its manifest says"
    yield ", ".join([one["level"] or "no level named", *one["categories"]])
    yield from (on_one_line(f"{folder}: {level}") for folder, level in one["folders"].items())
    yield f"originals: {one['originals']}"


def _moment(microseconds: int) -> str:
    from datetime import UTC, datetime

    when = datetime.fromtimestamp(microseconds / 1_000_000, UTC) if microseconds else None
    return when.isoformat(timespec="seconds") if when else ""
