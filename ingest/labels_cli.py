"""`ringfence labels`: what the ids of sensitivity labels of another system mean here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from policies.audit.cli import Json, os_login
from policies.config import Invocation, open_home
from policies.errors import UsageError

if TYPE_CHECKING:
    from ingest.catalogue.labels import Mapped

labels_app = typer.Typer(
    rich_markup_mode=None,
    help="Sensitivity labels of another system (Microsoft Purview): what their ids mean here.",
    no_args_is_help=True,
)


@labels_app.command("import")
def import_labels(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV with columns id, name, level, categories.", metavar="FILE.csv")],
    as_json: Json = False,
) -> None:
    """Say what ids mean: all of the file or nothing. Documents that carry them rise at once; none falls."""
    from ingest.label_map import MAX_BYTES, read_map
    from ingest.wiring import ingest_at

    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{file} cannot be read ({error.strerror}).", cure="Name the CSV file.") from None
    if len(data) > MAX_BYTES:
        raise UsageError(f"{file} is larger than {MAX_BYTES >> 20} MB.", cure="Leave only the labels in it.")
    mapped = read_map(data)
    with ingest_at(Invocation.of(ctx).home) as room:
        done = room.label_map.take(mapped, actor=os_login())
        unknown = room.catalogue.labels.unknown()
    if as_json:
        counts = {name: getattr(done, name) for name in ("ids", "new", "changed", "carriers", "raised")}
        print(json.dumps(counts | {"unknown": len(unknown)}))
        return
    print(f"{done.ids} labels: {done.new} new, {done.changed} with another meaning.")
    print(f"{done.carriers} documents carry them; {done.raised} were raised, none was lowered.")
    if unknown:
        print(f"{len(unknown)} ids in documents are still unknown and count as restricted: `ringfence labels list`.")


@labels_app.command("list")
def list_labels(ctx: typer.Context, as_json: Json = False) -> None:
    """The ids that are known, and those that stand in documents and are not."""
    import contextlib

    from ingest.label_map import CURE
    from ingest.wiring import open_ingest

    with contextlib.closing(open_ingest(open_home(Invocation.of(ctx).home))) as room:
        labels = room.catalogue.labels
        mapped, carried = labels.mapped(), labels.carried()
    unknown = {id: count for id, count in carried.items() if id not in {one.id for one in mapped}}
    if as_json:
        rows = [_row(one) | {"documents": carried.get(one.id, 0)} for one in mapped]
        strangers = [{"id": id, "documents": count} for id, count in unknown.items()]
        print(json.dumps({"labels": rows, "unknown": strangers}, ensure_ascii=False))
        return
    for one in mapped:
        print(f"{one.id}  {one.label!s:<24}  {carried.get(one.id, 0):>6}  {one.name}")
    for id, count in unknown.items():
        print(f"{id}  {'unknown: restricted':<24}  {count:>6}")
    if unknown or not mapped:
        print(CURE)


@labels_app.command("remove")
def remove_label(ctx: typer.Context, id: Annotated[str, typer.Argument(help="The label's id.", metavar="ID")]) -> None:
    """Forget what an id means. Refused while documents carry it."""
    from ingest.wiring import ingest_at

    open_home(Invocation.of(ctx).home)  # a home that is not there is not made for this
    with ingest_at(Invocation.of(ctx).home) as room:
        room.label_map.remove(id, actor=os_login())
    print("It is known no more.")


def _row(one: Mapped) -> dict[str, object]:
    categories = sorted(str(category) for category in one.label.categories)
    return {"id": one.id, "name": one.name, "level": str(one.label.level), "categories": categories}
