"""`ringfence ingest` and `ringfence documents`: options in, values out; they decide nothing.

Standard output holds the answer, and with `--json` one JSON document; everything said on the way goes to standard
error. Heavy imports stand inside the commands.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ingest.keeping_cli import register as register_keeping
from ingest.labels_cli import labels_app
from ingest.progress_cli import Form, ShowAs, on_one_line, shown
from policies.audit.cli import Json, os_login
from policies.config import Invocation, has_home, home_path, open_home
from policies.errors import UsageError

if TYPE_CHECKING:
    from ingest.catalogue.rows import Listed
    from ingest.jobs.report import FileResult, Report
    from ingest.library import Library
    from ingest.pipeline import Asked
    from policies.labels import Label

ENGLISH_SHARE = 0.05

documents_app = typer.Typer(rich_markup_mode=None, help="The documents that were taken in.", no_args_is_help=True)
Delete = Annotated[
    int,
    typer.Option(
        min=0, help="So many documents may go, though they are more than half of what was there.", metavar="COUNT"
    ),
]
Id = Annotated[str, typer.Argument(help="The document's id, as `documents list` shows it.", metavar="ID")]


class Engine(StrEnum):
    LOCAL = "local"


def register(app: typer.Typer) -> None:
    """Hang the commands of this room into the product's command."""
    app.command("ingest")(ingest)
    app.add_typer(documents_app, name="documents")
    app.add_typer(labels_app, name="labels")


def ingest(
    ctx: typer.Context,
    paths: Annotated[
        list[Path], typer.Argument(help="Files and folders; folders with all they hold.", metavar="PATH...")
    ],
    group: Annotated[list[str] | None, typer.Option(help="Who may read them; may be given several times.")] = None,
    level: Annotated[
        str, typer.Option(help="The least that they are: public, internal, confidential, restricted.")
    ] = "",
    category: Annotated[list[str] | None, typer.Option(help="personal, health, payment, privileged …")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do none of it.")] = False,
    delete: Delete = 0,
    _engine: Annotated[Engine, typer.Option("--engine", help="What spreads the work.")] = Engine.LOCAL,
    progress_form: ShowAs = Form.BAR,
    as_json: Json = False,
) -> None:
    """Take documents in: read, label, make searchable. Run again, it takes what is new, changed or gone."""
    from ingest.sources.manifest import has_manifest
    from ingest.wiring import ingest_at

    asked = _asked(group or [], level, category or [], elsewhere=all(has_manifest(path) for path in paths))
    given = Invocation.of(ctx).home
    if not dry_run and not has_home(given):
        _say(f"There was no home yet: one is made at {home_path(given)}.")
    with ingest_at(given, dry_run=dry_run) as room:
        with shown(progress_form) as progress:
            report = room.run_job(paths, asked, dry_run=dry_run, deleting=delete, progress=progress)
        _warn(report, level)
        if report.withheld:
            _say(
                f"{report.withheld:,} documents, more than half, have no file any more. That may be a mistake, so none "
                f"was deleted. If they are meant to be gone, say so with `--delete {report.withheld}`."
            )
        if unknown := room.catalogue.labels.unknown():
            _say(
                f"{len(unknown)} sensitivity labels are not known and count as restricted: see `ringfence labels list`."
            )
        print(json.dumps(_as_json(report), ensure_ascii=False) if as_json else _in_words(report, dry_run))
        if not dry_run and room.catalogue.latest():
            # What was stored stays stored: when this fails, its message is all that is left to say.
            room.follow().index.settle()
    raise typer.Exit(4 if report.fresh else 0)


@documents_app.command("list")
def list_documents(ctx: typer.Context, as_json: Json = False) -> None:
    """Every document, with its label, its groups and what became of it."""
    with _library(ctx) as library:
        listed = library.documents()
    if as_json:
        print(json.dumps({"documents": [_document(one) for one in listed]}, ensure_ascii=False))
        return
    for one in listed:
        groups = ", ".join(sorted(one.groups)) or "nobody"
        state = one.status if not one.reason else f"{one.status}, {one.reason}"
        print(
            f"{one.document}  {one.label.level!s:<12}  {groups:<16}  {one.chunks:>5}  {state}  {on_one_line(one.path)}"
        )
    if not listed:
        print("No document has been taken in yet. Begin with `ringfence ingest PATH --group everyone`.")


@documents_app.command("show")
def show_document(ctx: typer.Context, document: Id, as_json: Json = False) -> None:
    """One document: names, label, outcome. Never its text."""
    with _library(ctx) as library:
        shown = library.show(document)
    if shown is None:
        raise UsageError(f"There is no document {document}.", cure="`ringfence documents list` shows those there are.")
    one = shown.document
    details = _document(one) | {
        "media_type": shown.media_type,
        "language": one.language,
        "pages": one.pages,
        "owner": one.owner,
        "valid_until": one.valid_until,
        "passages": [f"{count} {label}" for label, count in shown.labels.items()],
        "flags": list(one.flags),
        "why": shown.why,
    }
    if as_json:
        print(json.dumps(details, ensure_ascii=False))
        return
    for name, value in details.items():
        print(f"{name:<12} {on_one_line(', '.join(value) if isinstance(value, list) else str(value))}")


@documents_app.command("reindex")
def reindex(ctx: typer.Context, as_json: Json = False) -> None:
    """Fill the index anew from the catalogue. Nothing is read or embedded again; searching goes on meanwhile."""
    from ingest.wiring import ingest_at

    open_home(Invocation.of(ctx).home)  # a home that is not there is not made for this
    with ingest_at(Invocation.of(ctx).home) as room:
        passages = room.rebuild_index()
    print(json.dumps({"chunks": passages}) if as_json else f"{passages:,} passages are in the index.")


register_keeping(documents_app)


# -- in ------------------------------------------------------------------------------------------------


def _asked(groups: Sequence[str], level: str, categories: Sequence[str], *, elsewhere: bool = False) -> Asked:
    from ingest.asking import asked

    return asked(groups, level, categories, actor=os_login(), elsewhere=elsewhere)


@contextlib.contextmanager
def _library(ctx: typer.Context) -> Iterator[Library]:
    from ingest.wiring import open_ingest

    with contextlib.closing(open_ingest(open_home(Invocation.of(ctx).home))) as room:
        yield room.library


# -- out -----------------------------------------------------------------------------------------------


def _say(words: str) -> None:
    print(f"ringfence: {words}", file=sys.stderr)


def _warn(report: Report, level: str) -> None:
    if kept := sum(file.kept for file in report.files):
        _say(
            f"{kept} of the files stay above {level}: a marking says so, or they were labelled higher before. "
            "Only a second person may lower a label: see `ringfence documents label --help`."
        )
    if unread := sum(file.nobody for file in report.files):
        _say(
            f"{unread} of the documents are read by nobody: no group is named for them, neither here nor in a manifest."
        )
    if report.other_language >= ENGLISH_SHARE:
        share = round(100 * report.other_language)
        _say(
            f"{share} % of these documents are not in English. The packaged models know English: expect less of these."
        )


def _as_json(report: Report) -> dict[str, Any]:
    seconds = max(report.seconds, 1e-6)
    return {
        "job": report.job,
        "seen": len(report.files),
        **report.counts,
        "chunks": report.chunks,
        "seconds": round(seconds, 3),
        "chunks_per_second": round(report.chunks / seconds, 1),
        "files": [_file(file) for file in report.files],
    }


def _file(file: FileResult) -> dict[str, Any]:
    return {
        "path": file.path,
        "outcome": file.outcome,
        "reason": file.reason,
        "document": file.document,
        "chunks": file.chunks,
        "flags": list(file.flags),
        **_label(file.label),
    }


def _label(label: Label | None) -> dict[str, Any]:
    return {
        "label": str(label.level) if label else "",
        "categories": sorted(str(category) for category in label.categories) if label else [],
    }


def _document(one: Listed) -> dict[str, Any]:
    from ingest import about

    return {
        "document": one.document,
        "source": one.path,
        "version": one.version,
        "chunks": one.chunks,
        **_label(one.label),
        "highest": str(one.highest),
        "groups": sorted(one.groups),
        "status": one.status,
        "reason": one.reason,
        "title": one.title,
        **about.stated(one),
    }


def _in_words(report: Report, dry_run: bool) -> str:
    from ingest.library import reason_in_words

    words = {"quarantined": "set aside"}
    counts = ", ".join(f"{count} {words.get(name, name)}" for name, count in report.counts.items() if count)
    lines = [f"{len(report.files)} files: {counts or 'nothing to do'}."]
    if dry_run:
        lines[0] = f"Nothing was done. It would be: {counts or 'nothing'}; {report.chunks} passages."
    elif report.chunks:
        lines.append(f"{report.chunks} passages in {report.seconds:.1f} s.")
    lines += [
        f"  {on_one_line(file.path)}: {reason_in_words(file.reason)}"
        for file in report.files
        if file.reason and file.outcome != "deleted" and file.reason != "WITHHELD"
    ]
    lines += [
        f"  {on_one_line(file.path)}: holds {', '.join(file.flags)}; none of it was run, followed or taken in."
        for file in report.files
        if file.flags
    ]
    return "\n".join(lines)
