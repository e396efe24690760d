"""Making a backup of a home that may be in use.

    1 the intent is on the record: what is copied from here on holds it
    2 a moment is chosen at which no database is written; each is then copied as it was, sealed, and so are the files
    3 the whole file is on the disk, under a name of its own beside its place
    4 the record says which file was made, and from here on it counts as one that exists
    5 the file gets its name, which nothing had

Killed before 4 there is no backup, and the record will say so. What a killed run left lying goes with the next run.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from assistant.backup.archive import Packer
from assistant.backup.contents import copy, files, still
from assistant.backup.stream import Sealer
from policies.audit.backup_events import BackupDestroyed, BackupIntended, BackupMade
from policies.audit.checkpoint import render
from policies.audit.events import Recorder
from policies.audit.writers import Writer, is_alive
from policies.config import Home
from policies.errors import RecordError, UnavailableError, UsageError
from policies.keys import Keys

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """`record` says that it was made. `checkpoint`: the head of the record that lies in it, to be kept elsewhere."""

    path: Path
    sha256: str
    size: int
    files: int
    record: int
    checkpoint: str


def make_backup(
    path: Path,
    *,
    home: Home,
    keys: Keys,
    recorder: Recorder,
    actor: str,
    version: str,
    progress: Callable[[int, int], None] = lambda _files, _bytes: None,
) -> Made:
    """`progress` is told how many files and bytes are done. Raises UsageError where the file cannot be put,
    UnavailableError when a store is damaged or there is no space, RecordError; then there is no file of that name."""
    place = path.expanduser().absolute()
    _refuse(place, home)
    writer = Writer(home)  # its free lock tells the next run that what this one left lying is nobody's
    waiting = place.with_name(f".{place.name}.{home.id[:8]}.{writer.id}.part")
    scratch = home.store("run", f"backup-{writer.id}")
    try:
        _clear_up(place.parent, home)
        request = recorder.append(BackupIntended(actor=actor))
        try:
            scratch.mkdir(mode=0o700, exist_ok=True)
            with _translated(place), open(waiting, "xb", opener=_privately) as out:
                sealer, checkpoint, count = _write(out, home, keys, request, version, scratch, progress)
                out.flush()
                os.fsync(out.fileno())
        except BaseException:
            with contextlib.suppress(RecordError):  # the first error is the one to tell; the next start says it
                recorder.append(BackupMade(actor=actor, closes=request, outcome="lost"))
            raise
        ended = BackupMade(
            actor=actor, closes=request, outcome="made", sha256=sealer.sha256, size=sealer.size, files=count
        )
        record = recorder.append(ended)
        try:
            _name(waiting, place)
        except (OSError, UsageError) as error:
            recorder.append(BackupDestroyed(actor=actor, backup=record, sha256=sealer.sha256))
            raise error if isinstance(error, UsageError) else _unwritable(place, error) from error
    finally:
        with contextlib.suppress(OSError):
            waiting.unlink(missing_ok=True)
        shutil.rmtree(scratch, ignore_errors=True)
        writer.close()
    return Made(path=place, sha256=sealer.sha256, size=sealer.size, files=count, record=record, checkpoint=checkpoint)


def _write(
    out: IO[bytes],
    home: Home,
    keys: Keys,
    request: int,
    version: str,
    scratch: Path,
    progress: Callable[[int, int], None],
) -> tuple[Sealer, str, int]:
    sealer = Sealer(out, keys, home.id)
    with still(home) as databases:
        checkpoint = _checkpoint(databases["ledger/ledger.db"], home, keys)
        about: dict[str, Any] = {
            "version": version,
            "home": home.id,
            "made": time.time_ns() // 1000,
            "record": request,
            "checkpoint": checkpoint,
        }
        packer = Packer(sealer, about, scratch)
        for name in _small_first(home):
            if name in databases:
                place = scratch / "copy.db"
                copy(databases[name], place)
                packer.add(name, place)
                place.unlink()
            elif not name.endswith(".db"):  # a database that was made since belongs to a later moment
                packer.add(name, home.path / name)
            progress(packer.files, packer.bytes)
        packer.close()
    sealer.close()
    return sealer, checkpoint, packer.files


def _small_first(home: Home) -> Iterator[str]:
    """Settings, rules and databases as near to the moment as can be; then what never changes, in whatever number."""
    never = ("catalogue/originals/", "catalogue/pages/")
    yield from (name for name in files(home.path) if not name.startswith(never))
    yield from (name for name in files(home.path) if name.startswith(never))


def _checkpoint(ledger: sqlite3.Connection, home: Home, keys: Keys) -> str:
    size, root, signature = ledger.execute(
        "SELECT size, root, signature FROM heads ORDER BY size DESC LIMIT 1"
    ).fetchone()
    return render(home.id, size, root, signature, keys.public)


def _refuse(place: Path, home: Home) -> None:
    real = place.parent.resolve()
    if place.exists() or place.is_symlink():
        raise UsageError(f"{place} is there already.", cure="Name a file that is not: nothing is overwritten.")
    if not real.is_dir():
        raise UsageError(f"There is no folder {place.parent}.", cure="Make it, or name another one.")
    for folder, what in ((home.path, "the home"), (home.keys, "the folder of the keys")):
        if real.is_relative_to(folder.resolve()):
            raise UsageError(f"{place} lies in {what}.", cure="Name a place elsewhere, best on another machine.")


def _clear_up(folder: Path, home: Home) -> None:
    """What killed runs left beside their files, and in the home."""
    for left in folder.glob(f".*.{home.id[:8]}.*.part"):
        if not is_alive(home, left.name.split(".")[-2]):
            left.unlink(missing_ok=True)
    for left in (home.path / "run").glob("backup-*"):
        if not is_alive(home, left.name.removeprefix("backup-")):
            shutil.rmtree(left, ignore_errors=True)


def _name(waiting: Path, place: Path) -> None:
    """Give the file its name, durably. Raises UsageError when something has it by now."""
    try:
        os.link(waiting, place)
        waiting.unlink()
    except FileExistsError:
        raise UsageError(f"{place} has come to be there meanwhile.", cure="Name another file.") from None
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _refuse_taken(place)
        waiting.rename(place)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _refuse_taken(place: Path) -> None:
    if place.exists():
        raise UsageError(f"{place} has come to be there meanwhile.", cure="Name another file.")


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


@contextlib.contextmanager
def _translated(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _unwritable(place, error) from error
    except sqlite3.Error as error:
        raise UnavailableError(
            f"The home could not be copied ({error}).",
            cure="Where the disk is full, free some space: the home needs room for a copy of its largest database. "
            "`ringfence doctor` says whether a store is damaged.",
        ) from error


def _unwritable(place: Path, error: OSError) -> UnavailableError:
    return UnavailableError(
        f"The backup cannot be written to {place} ({error.strerror}).",
        cure="Free some space there and in the home, or name another place. There is no half backup.",
    )
