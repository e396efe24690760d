"""Putting a home back from a backup, into a folder that is new or empty.

    1 the header says of which home it is: its keys are asked for, and must be the ones
    2 everything is unpacked beside its place, and every byte checked on the way
    3 the stores are opened there: the record must end with the head that the backup states
    4 what was forgotten after the backup was made is forgotten again
    5 nothing leaves before two persons say so, and the record says that this home was put back
    6 everything is moved to its place, `home.json` last: before that there is no home

Killed before 6 has ended there is no home; the same command begins anew.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.backup.archive import unpack
from assistant.backup.stream import Opener, read_header
from policies import switch
from policies.audit.backup_events import BackupMade, BackupRestored
from policies.audit.checkpoint import parse
from policies.audit.events import SiteChanged
from policies.config import Home, keys_path
from policies.errors import RefusedError, UnavailableError, UsageError
from policies.keys import Keys

if TYPE_CHECKING:
    from assistant.wiring import Parts

STAGING = ".restoring"
MOVED = "moved"  # there, from the first move on: the names of what is moved
ERASURES = Path("ledger", "erasures.log")


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasures:
    """What an erasures.log says: documents that are forgotten, persons whose contents were erased."""

    documents: dict[str, str]
    people: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """`made`: microseconds. `erasures`: whether a list of what was forgotten later was at hand; `forgotten`: how many
    documents of it were forgotten again, `erased`: of how many persons all that they wrote. `checkpoint`: the head of
    the record as the backup has it."""

    home: Path
    made: int
    sha256: str
    record: int
    erasures: bool
    forgotten: int
    erased: int
    checkpoint: str


def restore(
    path: Path,
    home: Path,
    *,
    actor: str,
    erasures: Path | None = None,
    open_parts: Callable[[Path], Parts],
    progress: Callable[[int], None] = lambda _bytes: None,
) -> Restored:
    """`erasures`: the erasures.log of the lost home, or a later copy of it; without one that which lies in `home`
    alone is taken. `progress` is told how many bytes were read. Raises UsageError where something is in `home`
    or the file is no backup; UnavailableError for other keys, a newer version or no space; RefusedError for a backup
    that is not whole. Then nothing has changed."""
    staging = home / STAGING
    _take_back(staging, home)
    _refuse_full(home)
    with _translated(path, home), path.open("rb") as file:
        header = read_header(file)
        keys = Keys.load(Home(path=home, id=header.home, keys=keys_path(header.home)))
        opener = Opener(file, keys, header)
        listed = _listed(erasures, home, keys)
        made_here = not home.exists()
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.rmtree(staging, ignore_errors=True)  # a killed run's
        try:
            staging.mkdir(mode=0o700)
            about = unpack(_Told(opener, progress), staging, _refuse_strange)
            opener.finish()
            restored = _settled(staging, about, opener, keys, actor, listed, open_parts)
            (staging / MOVED).write_text("".join(f"{name}\n" for name in os.listdir(staging)), encoding="utf-8")
            os.sync()  # all that was unpacked is on the disk before there is a home
            _move(staging, home)
            _done(staging, home)
        except BaseException:
            _take_back(staging, home)
            shutil.rmtree(staging, ignore_errors=True)
            if made_here:
                with contextlib.suppress(OSError):
                    home.rmdir()
            raise
    return restored


def _settled(
    staging: Path,
    about: Mapping[str, Any],
    opener: Opener,
    keys: Keys,
    actor: str,
    listed: Erasures | None,
    open_parts: Callable[[Path], Parts],
) -> Restored:
    """Steps 3 to 5."""
    parts = open_parts(staging)
    try:
        stated, head = parse(about["checkpoint"]), parts.ledger.head()
        if not stated.signed_by(keys.public) or (stated.size, stated.root) != (head.size, head.root):
            raise RefusedError("The record in the backup is not the one that it states.", cure="Use another backup.")
        made = BackupMade(actor=actor, closes=about["record"], outcome="made", sha256=opener.sha256, size=opener.size)
        number = parts.ledger.append(made)
        _open_all(parts, staging)
        forgotten = _forget_again(parts, staging, listed, actor)
        erased = parts.erasing.again(listed.people if listed else {}, {"actor": actor})
        if parts.settings.outside != "closed":  # whether it was stopped since then is in no record
            switch.stop(parts.home, now=time.time_ns() // 1000)
            parts.ledger.append(SiteChanged(actor=actor, what=switch.STOPPED))
        record = parts.ledger.append(
            BackupRestored(
                actor=actor,
                backup=number,
                sha256=opener.sha256,
                erasures=int(listed is not None),
                forgotten=forgotten,
                erased=erased,
            )
        )
    finally:
        parts.close()
    return Restored(
        home=staging.parent,
        made=about["made"],
        sha256=opener.sha256,
        record=record,
        erasures=listed is not None,
        forgotten=forgotten,
        erased=erased,
        checkpoint=about["checkpoint"],
    )


def _open_all(parts: Parts, staging: Path) -> None:
    """A store of a newer version is refused here, before there is a home."""
    if (staging / "people" / "people.db").exists():
        _ = parts.people
    if (staging / "conversations" / "conversations.db").exists():
        _ = parts.conversations


def _forget_again(parts: Parts, staging: Path, listed: Erasures | None, actor: str) -> int:
    if not (staging / "catalogue" / "catalogue.db").exists():  # a gateway has no documents
        return 0
    from ingest.keeping import Keeping

    room = parts.ingest
    room.start_afresh()
    return Keeping(room, parts.ledger, actor=actor).forget_again(
        room.erasures.read() | (listed.documents if listed else {})
    )


def _listed(erasures: Path | None, home: Path, keys: Keys) -> Erasures | None:
    from ingest.catalogue import erasures as log

    place = erasures or home / ERASURES
    if erasures is None and not place.exists():
        return None
    found = log.Erasures(home / ERASURES, partial(keys.mac, "erasures"))
    return Erasures(documents=found.read(place), people=found.people(place))


def _refuse_full(home: Path) -> None:
    """A home may hold nothing but its old list of what was forgotten, and what a killed run left."""
    there = (path for path in home.rglob("*") if not path.is_dir() or path.is_symlink())
    if any(STAGING not in path.relative_to(home).parts[:1] and path != home / ERASURES for path in there):
        raise UsageError(
            f"{home} is not empty, and nothing was changed.",
            cure="Name a new or empty folder with --home.",
        )


def _refuse_strange(about: Mapping[str, Any]) -> None:
    fields = {"home": str, "made": int, "record": int, "checkpoint": str}
    if not all(isinstance(about.get(name), kind) for name, kind in fields.items()):
        raise RefusedError("The backup does not say what it is of.", cure="Use another backup.")


def _move(staging: Path, home: Path) -> None:
    """Everything to its place: what makes it a home comes last."""
    moved = (path for path in staging.iterdir() if path.name != MOVED)
    for source in sorted(moved, key=lambda path: path.name == "home.json"):
        place = home / source.name
        if place.is_dir():  # the old `ledger`, with its list alone
            _move(source, place)
        else:
            source.replace(place)


def _take_back(staging: Path, home: Path) -> None:
    """Remove what a run that was killed in step 6 had moved, but for the list of what was forgotten, which may be the
    only one."""
    if (home / "home.json").exists() or not (staging / MOVED).exists():
        return
    for name in (staging / MOVED).read_text(encoding="utf-8").splitlines():
        place = home / name
        for left in place.iterdir() if name == ERASURES.parent.name and place.exists() else (place,):
            if left.is_dir():
                shutil.rmtree(left)
            elif left != home / ERASURES:
                left.unlink(missing_ok=True)


def _done(staging: Path, home: Path) -> None:
    """Let go of the empty folder, durably."""
    shutil.rmtree(staging)
    folder = os.open(home, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class _Told:
    def __init__(self, opener: Opener, progress: Callable[[int], None]) -> None:
        self._opener, self._progress = opener, progress

    def read(self, size: int) -> bytes:
        data = self._opener.read(size)
        self._progress(self._opener.size)
        return data


@contextlib.contextmanager
def _translated(path: Path, home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.filename == str(path) or error.filename == path:
            raise UsageError(f"{path} cannot be read ({error.strerror}).", cure="Name a backup's file.") from error
        raise UnavailableError(
            f"The home cannot be put into {home} ({error.strerror}).",
            cure="Free some space, or name another folder with --home. There is no home there now.",
        ) from error
