"""`ringfence audit`: look at the record, check it, hand parts of it outside.

Looking is itself recorded (list, show, prove, export) before anything is printed; `verify` and `checkpoint`
only read. Heavy imports stand inside the commands.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from policies.errors import UsageError

if TYPE_CHECKING:
    from policies.audit.ledger import Ledger
    from policies.audit.review import Detail, Row
    from policies.audit.verify import Report
    from policies.config import Home
    from policies.keys import Keys

audit_app = typer.Typer(rich_markup_mode=None, help="The record: look, check, prove, export.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Number = Annotated[int, typer.Argument(help="The record's number, from 0.", metavar="N")]


@audit_app.command("list")
def list_rows(
    ctx: typer.Context,
    since: Annotated[str, typer.Option(help="From this UTC date or time on, as 2026-11-02 or 2026-11-02T14:00.")] = "",
    until: Annotated[str, typer.Option(help="Before this UTC date or time.")] = "",
    action: Annotated[str, typer.Option(help="ask, search, ingest, reveal …")] = "",
    outcome: Annotated[str, typer.Option(help="'answered here', 'sent outside', 'refused' …")] = "",
    level: Annotated[str, typer.Option(help="The highest label's level.")] = "",
    person: Annotated[str, typer.Option(help="A person's id or pseudonym, or os:LOGIN.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    before: Annotated[int | None, typer.Option(help="Only records before this one: the next page.")] = None,
    as_json: Json = False,
) -> None:
    """The newest first; a question with its decision and its answer is one row."""
    from policies.audit.events import RecordRead
    from policies.audit.review import Filters, Review

    filters = Filters(
        since=moment(since), until=moment(until), action=action, outcome=outcome, level=level, person=person
    )
    with open_ledger(ctx) as ledger:
        review = Review(ledger, ledger.sealed, ledger.keys)
        rows, counts = review.rows(filters, limit=limit, before=before), review.counts(filters)
        ledger.append(RecordRead(actor=os_login(), how="list", records=len(rows), first=rows[-1].seq if rows else -1))
    if as_json:
        _print_json({"rows": [asdict(row) for row in rows], "counts": counts})
        return
    for row in rows:
        print(_in_line(row))
    print(f"{len(rows)} of {counts['everything']} shown.")


@audit_app.command()
def show(ctx: typer.Context, number: Number, as_json: Json = False) -> None:
    """Everything recorded about one record's row; texts stay sealed."""
    from policies.audit.events import RecordRead
    from policies.audit.review import Review

    with open_ledger(ctx) as ledger:
        detail = Review(ledger, ledger.sealed, ledger.keys).detail(number)
        ledger.append(RecordRead(actor=os_login(), how="show", records=len(detail.related), first=number))
    if as_json:
        _print_json(asdict(detail))
        return
    print(_in_words(detail))


@audit_app.command()
def verify(
    ctx: typer.Context,
    checkpoint: Annotated[
        Path | None, typer.Option("--checkpoint", help="A checkpoint that was kept outside.", metavar="FILE")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check the whole record against its signed heads. Only reads. Exit 1 when something was found."""
    from policies.audit.checkpoint import parse
    from policies.audit.verify import verify as check

    home, keys = _home(ctx)
    outside = parse(_text(checkpoint)) if checkpoint else None
    report = check(home, keys.public, checkpoint=outside)
    if as_json:
        findings = [asdict(finding) | {"notice": finding.notice} for finding in report.findings]
        _print_json(asdict(report) | {"intact": report.intact, "findings": findings})
    else:
        print(_told(report))
    raise typer.Exit(0 if report.intact else 1)


@audit_app.command("checkpoint")
def print_checkpoint(ctx: typer.Context, as_json: Json = False) -> None:
    """Print the newest checkpoint, to be kept outside: it shows a later rollback or rewrite."""
    from policies.audit.checkpoint import origin_of, parse, verifier_key
    from policies.audit.proving import newest_checkpoint

    home, keys = _home(ctx)
    note = newest_checkpoint(home, keys)
    if as_json:
        stated = parse(note)
        key = verifier_key(origin_of(home.id), keys.public)
        _print_json({"checkpoint": note, "size": stated.size, "root": stated.root.hex(), "public_key": key})
    else:
        sys.stdout.write(note)


@audit_app.command()
def prove(ctx: typer.Context, number: Number, as_json: Json = False) -> None:
    """Print a proof (tlog-proof) that a record stands in the tree of the newest checkpoint."""
    from policies.audit.events import RecordRead
    from policies.audit.proving import receipt

    with open_ledger(ctx) as ledger:
        if not 0 <= number < (size := ledger.head().size):
            raise UsageError(f"There is no record {number}.", cure=f"The newest is {size - 1}.")
        ledger.append(RecordRead(actor=os_login(), how="prove", records=1, first=number))
        made = receipt(ledger.home, ledger.keys, number)
    if as_json:
        _print_json(made)
    else:
        sys.stdout.write(made["proof"])


@audit_app.command("reconcile")
def compare(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The gateway's record, as `audit export` wrote it.", metavar="EXPORT")],
    as_json: Json = False,
) -> None:
    """Compare what left by this record with what left by the gateway's. Exit 1 when they differ."""
    from policies.audit import reconcile
    from policies.audit.events import RecordRead

    with open_ledger(ctx) as ledger:
        found = reconcile.reconcile(ledger, file)
        ledger.append(RecordRead(actor=os_login(), how="reconcile", records=found.matched))
    if as_json:
        _print_json(found.as_json())
    else:
        print(reconcile.in_words(found))
    raise typer.Exit(1 if found.differences else 0)


@audit_app.command()
def export(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="Where to; standard output when it is not named.")] = None,
    form: Annotated[str, typer.Option("--format", help="jsonl, which can be checked; ocsf, cef or csv.")] = "jsonl",
    as_json: Json = False,
) -> None:
    """Write the record as one file: jsonl can be checked without this product, the others are for other systems."""
    from policies.audit.events import RecordRead
    from policies.audit.export import FORMS
    from policies.audit.export import export as write_all

    if form not in FORMS:
        raise UsageError(f"There is no export format {form!r}.", cure=f"Choose one of {', '.join(FORMS)}.")
    to_file = file is not None and str(file) != "-"
    if as_json and not to_file:
        raise UsageError("--json needs a file to export to.", cure="Name one after the options.")
    with open_ledger(ctx) as ledger:
        ledger.append(RecordRead(actor=os_login(), how="export", records=ledger.head().size + 1, first=0))
        home, keys = ledger.home, ledger.keys
    if not to_file:
        write_all(form, home, keys, sys.stdout.write)
        return
    assert file is not None
    try:
        with file.open("w", encoding="utf-8", newline="\n") as out:
            file.chmod(0o600)
            count = write_all(form, home, keys, out.write)
    except OSError as error:
        raise UsageError(f"{file} cannot be written ({error.strerror}).", cure="Name another file.") from error
    if as_json:
        _print_json({"file": str(file), "records": count})
    else:
        print(f"{count} records written to {file}.")


# -- shared by the commands --------------------------------------------------------------------------


def _home(ctx: typer.Context) -> tuple[Home, Keys]:
    from policies.audit.proving import require_record
    from policies.config import open_home
    from policies.keys import Keys

    home = open_home(ctx.obj.home if ctx.obj else None)
    require_record(home)
    return home, Keys.load(home)


def open_ledger(ctx: typer.Context) -> Ledger:
    """The record of the home that the command is about. Raises UnavailableError when there is none."""
    from policies.audit.ledger import Ledger

    return Ledger(*_home(ctx))


def os_login() -> str:
    """Who runs this command: taken from the system, not from the environment."""
    import os
    import pwd

    try:
        return f"os:{pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:
        return f"os:{os.getuid()}"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{path} cannot be read.", cure="Name a file that holds a checkpoint.") from None


def moment(text: str) -> int:
    """Microseconds of a UTC date or time; 0 for none."""
    from datetime import UTC, datetime

    if not text:
        return 0
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is not a date or time.", cure="Write it as 2026-11-02 or 2026-11-02T14:00."
        ) from None
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1_000_000)


def when(time: int) -> str:
    """A time of the record for a person."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(time / 1_000_000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _in_line(row: Row) -> str:
    why = "; ".join(reason.rule for reason in row.reasons)
    return (
        f"{row.seq:>8}  {when(row.time)}  {row.person:<18}  {row.action:<16} {row.summary:<34} "
        f"{row.level or '–':<13}{row.destination or '–'}  {why}".rstrip()
    )


def _in_words(detail: Detail) -> str:
    row = detail.row
    lines = [
        f"Record {row.seq}: {row.action}, {row.summary}",
        f"  Time (UTC)  {when(row.time)}",
        f"  Person      {row.person}" + (f" (by {row.actor})" if row.actor != row.person else ""),
        f"  Label       {row.label or '–'}",
        f"  Passages    {len(detail.passages)} used or shown, {detail.withheld} withheld",
        f"  Rules       {detail.rulebook or '–'}",
        f"  Model       {detail.model or '–'} {detail.model_digest}".rstrip(),
        f"  Sealed      {', '.join(f'{item.name} (record {item.record})' for item in detail.sealed) or '–'}",
        f"  Integrity   position {detail.position} of {detail.size}",
        *(f"  Reason      {reason.detail} ({reason.rule}, {reason.source})" for reason in detail.reasons),
        "  Records",
        *(f"    {one.seq:>8}  {one.body}" for one in detail.related),
    ]
    return "\n".join(lines)


def _told(report: Report) -> str:
    lines = [
        f"{finding.code:<11} {finding.seq if finding.seq >= 0 else '-':>8}  {finding.detail}"
        for finding in report.findings
    ]
    state = "The record is intact" if report.intact else "The record is NOT intact"
    lines.append(f"{state}: {report.size} records proven by their signed head, {report.records} found.")
    if report.checkpoint >= 0 and report.intact:
        lines.append(f"It continues the checkpoint of {report.checkpoint} records.")
    if report.checkpoint < 0:
        lines.append("Without a checkpoint kept outside, an older state put back would not be seen.")
    return "\n".join(lines)


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False))
