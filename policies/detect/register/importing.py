"""Taking a file into the register: read, hash, replace the source of that name. Nothing is kept of a dry run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from policies.detect.register.index import Builder
from policies.detect.register.reading import Problem, Reading
from policies.detect.register.store import Register, Source
from policies.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did, or would do. `is_new`: whether anything changed."""

    rows: int
    columns: tuple[str, ...]
    ignored: tuple[str, ...]
    problems: tuple[Problem, ...]
    is_new: bool


def import_file(
    register: Register,
    path: Path,
    *,
    name: str,
    kind: str,
    now: int,
    named: Mapping[str, str] | None = None,
    dry: bool = False,
) -> Imported:
    """Take the file in under `name`. The same file again changes nothing. Raises UsageError when no row is of use."""
    digest = _digest(register, path, kind, named or {})
    known = next((source for source in register.sources() if source.name == name), None)
    if known is not None and register.digest(name) == digest:
        return Imported(rows=known.rows, columns=(), ignored=(), problems=(), is_new=False)
    reading = Reading(path=path, kind=kind, named=dict(named or {}))
    builder = Builder(register.hasher)
    owners: dict[str, None] = {}
    rows = 0
    for row, owner in reading.rows():
        rows += 1
        builder.add(row, until=date.fromisoformat(row.until).toordinal() if row.until else 0)
        if owner:
            owners[owner] = None
    if not rows:
        raise _nothing(path, reading)
    if not dry:
        source = Source(name=name, kind=kind, rows=rows, imported=now, owners=tuple(owners))
        register.put(source, builder.index(), digest)
    return Imported(
        rows=rows,
        columns=tuple(reading.columns),
        ignored=tuple(reading.ignored),
        problems=tuple(reading.problems),
        is_new=True,
    )


def _nothing(path: Path, reading: Reading) -> UsageError:
    if not reading.problems:
        return UsageError(f"No row of {path.name} is of use.", cure="Add rows below the headings.")
    first = reading.problems[0]
    return UsageError(
        f"No row of {path.name} is of use; the first, line {first.line}, {first.what}.", cure=f"{first.cure}."
    )


def _digest(register: Register, path: Path, kind: str, named: Mapping[str, str]) -> bytes:
    """Keyed, of the bytes and of what they were taken for."""
    said = hashlib.sha256(f"3 {kind} {sorted(named.items())}".encode())
    try:
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                said.update(piece)
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).", cure="Name a file that is there.") from error
    return register.hasher.mac(b"file\0" + said.digest())
