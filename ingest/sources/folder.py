"""A folder, or one file, on this machine."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from ingest.errors import Failed, Quarantined, Unseen
from ingest.sources.base import Found, Missing
from policies.errors import UsageError
from policies.vocabulary import SourceRef

MAX_BYTES = 200 * 1024 * 1024
_PAUSES = (0.0, 0.0, 0.02, 0.1, 0.3)  # seconds before each try to find a file that nobody is writing
_FILE = os.O_RDONLY | os.O_NONBLOCK
_JUST_NOW = 2.0  # seconds: the coarsest clock among common file systems
_SYSTEM = frozenset(
    {"thumbs.db", "desktop.ini", "icon\r", "lost+found", "system volume information", "$recycle.bin", "@eadir"}
)
_TEMPORARY = (".tmp", ".part", ".crdownload", ".swp", ".lock", "~")


class FolderSource:
    """Reads recursively, in the order of names. Links are followed only to what lies inside the folder.

    `name` is the folder's absolute path, so that the same folder is the same source whatever it was called.
    """

    def __init__(self, path: Path, *, name: str = "") -> None:
        if not path.exists():
            raise UsageError(f"There is nothing at {path}.", cure="Name a folder or a file that exists.")
        self._path = path.resolve()
        self.root = self._path if self._path.is_dir() else self._path.parent
        self.name = name or str(self.root)

    def scan(self) -> Iterator[Found | Missing]:
        """Every file that a person put there: no hidden ones, no lock or temporary files. Links that are not followed,
        and what is no file, are named: whoever put them there counts on them."""
        if self._path.is_file():
            yield self._found(self._path)
            return
        if not self._path.is_dir():
            raise Unseen(f"The folder {self._path} is gone.", cure="Mount it again, or name another.")
        yield from self._walk(self._path)

    def _walk(self, folder: Path) -> Iterator[Found | Missing]:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            raise _unseen(folder, error) from error
        for entry in entries:
            path = Path(entry.path)
            if is_passed_over(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from self._walk(path)
            elif entry.is_file(follow_symlinks=False) or self._stays_inside(path):
                yield from self._looked_at(path)
            else:
                reason = "LINK" if entry.is_symlink() else "SPECIAL"
                yield Missing(
                    ref=SourceRef(source=self.name, path=path.relative_to(self.root).as_posix()), reason=reason
                )

    def _looked_at(self, path: Path) -> Iterator[Found]:
        try:
            yield self._found(path)
        except FileNotFoundError:  # it went after the folder was listed
            return
        except OSError as error:
            raise _unseen(path, error) from error

    def _stays_inside(self, path: Path) -> bool:
        """A link to a file of this folder; a link to a folder is never followed: it may lead in a circle."""
        try:
            target = path.resolve(strict=True)
        except (OSError, RuntimeError):
            return False
        return path.is_symlink() and target.is_file() and target.is_relative_to(self.root)

    def _found(self, path: Path) -> Found:
        status = path.stat()
        relative = path.relative_to(self.root).as_posix()
        return Found(
            ref=SourceRef(source=self.name, path=relative),
            size=status.st_size,
            mtime=status.st_mtime_ns // 1000,
            open=partial(read_file, str(path), within=str(self.root)),
        )


def _unseen(path: Path, error: OSError) -> Unseen:
    return Unseen(f"{path} cannot be read ({error.strerror}).", cure="Give this user the right to read it.")


def is_passed_over(name: str) -> bool:
    """What programs and file systems leave: hidden, locks, half-written, folders of the system's own, which only it may
    look into. Not documents, so not even counted."""
    lowered = name.lower()
    return lowered.startswith((".", "~$")) or lowered in _SYSTEM or lowered.endswith(_TEMPORARY)


def read_file(path: str, *, within: str = "") -> bytes:
    """The bytes of a regular file, as they stood at one moment: never half of one version and half of the next.
    Raises Failed(UNREADABLE, VANISHED, CHANGING) or Quarantined(TOO_LARGE). `within`: a folder, resolved, that it must
    not lie out of, whatever became a link since the file was found.

    Whoever writes a file changes its time first and its bytes after that, so of a file that was written just now two
    readings must be the same.
    """
    before = b""
    for pause in _PAUSES:
        time.sleep(pause)
        data, still = _read_once(path, within)
        if still is not None:
            seen = hashlib.sha256(data).digest()
            if time.time() - still > _JUST_NOW or seen == before:
                return data
            before = seen
    raise Failed("CHANGING")


def _read_once(path: str, within: str) -> tuple[bytes, float | None]:
    """The bytes, with the time of their last change; None for that, when they changed meanwhile."""
    try:
        descriptor = _opened(path, within)
        with os.fdopen(descriptor, "rb") as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise Failed("UNREADABLE")
            if status.st_size > MAX_BYTES:
                raise Quarantined("TOO_LARGE")
            data = stream.read(MAX_BYTES + 1)
            after = os.fstat(stream.fileno())
    except FileNotFoundError as error:
        raise Failed("VANISHED") from error
    except OSError as error:
        raise Failed("UNREADABLE") from error
    same = (status.st_size, status.st_mtime_ns, status.st_ctime_ns) == (
        after.st_size,
        after.st_mtime_ns,
        after.st_ctime_ns,
    )
    return data, max(after.st_mtime, after.st_ctime) if same else None


def _opened(path: str, within: str) -> int:
    """Step by step, so that nothing that is made a link meanwhile is followed."""
    if not within:
        return os.open(path, _FILE)
    place = Path(os.path.realpath(path))
    if not place.is_relative_to(within):
        raise Failed("CHANGING")
    *folders, name = place.relative_to(within).parts
    folder = os.open(within, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in folders:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        return os.open(name, _FILE | os.O_NOFOLLOW, dir_fd=folder)
    finally:
        os.close(folder)
