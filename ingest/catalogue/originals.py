"""The files as they came, by content: `originals/ab/cdef…`, named by the SHA-256 of their bytes.

What is read, labelled and kept is one and the same sequence of bytes, even when somebody writes to the file meanwhile.
A copy gets its name only when it is complete and on disk.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ingest.errors import CatalogueError

STAYING = "staying.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A complete copy that has no name yet."""

    version: str
    path: Path


class Originals:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._waiting = folder / "waiting"
        with _translated(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._waiting.mkdir(mode=0o700, exist_ok=True)

    def stage(self, data: bytes, job: str = "") -> Staged:
        """A copy on disk, complete before it is anything. It bears the name of the job that it waits for."""
        return self.stage_written(lambda copy: copy.write(data), version_of(data), job)

    def stage_written(self, write: Callable[[IO[bytes]], object], version: str, job: str = "") -> Staged:
        """The same for what `write` writes, to be known by `version`."""
        with _translated(self.folder):
            handle, name = tempfile.mkstemp(dir=self._waiting, prefix=f"{job}.")
            try:
                with os.fdopen(handle, "wb") as copy:
                    write(copy)
                    copy.flush()
                    os.fsync(copy.fileno())
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        return Staged(version=version, path=Path(name))

    def keep(self, staged: Staged, *, anew: bool = False) -> Path:
        """Give the copy its name, durably. The same bytes twice are kept once; `anew` where those there are damaged."""
        final = self.path(staged.version)
        with _translated(self.folder):
            if final.exists() and not anew:
                staged.path.unlink(missing_ok=True)
                return final
            if not final.parent.is_dir():
                final.parent.mkdir(mode=0o700, exist_ok=True)
                _sync_folder(self.folder)
            staged.path.replace(final)
            _sync_folder(final.parent)
        return final

    def discard(self, staged: Staged) -> None:
        staged.path.unlink(missing_ok=True)

    def path(self, version: str) -> Path:
        """Where the bytes of `version` lie. A version is 64 hexadecimal digits, so it never names another place."""
        if len(version) != 64 or not set(version) <= set("0123456789abcdef"):
            raise ValueError("not a version")
        return self.folder / version[:2] / version[2:]

    def remove(self, version: str) -> bool:
        """Whether it was there."""
        try:
            self.path(version).unlink()
        except FileNotFoundError:
            return False
        return True

    def versions(self) -> Iterator[str]:
        """Every version that is kept."""
        for folder in sorted(self.folder.glob("[0-9a-f][0-9a-f]")):
            yield from (folder.name + entry.name for entry in os.scandir(folder))

    def is_whole(self, version: str) -> bool:
        """Whether these are still the bytes that name it; also for one that is gone."""
        try:
            with self.path(version).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == version
        except FileNotFoundError:
            return True
        except OSError:
            return False

    def must_stay(self) -> bool:
        """Whether somebody is `staying`."""
        try:
            lock = os.open(self.folder / STAYING, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(lock)
        return False

    def discard_waiting(self, versions: Collection[str]) -> None:
        """Remove complete copies of these that wait for a name: their job was killed, or will not need them."""
        for entry in os.scandir(self._waiting):
            with contextlib.suppress(FileNotFoundError), open(entry.path, "rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() in versions:
                    os.unlink(entry.path)

    def sweep_waiting(self, is_needed: Callable[[str], bool]) -> None:
        """Remove the copies that wait for a job that does not need them any more."""
        for entry in os.scandir(self._waiting):
            if not is_needed(entry.name.partition(".")[0]):
                with contextlib.suppress(FileNotFoundError):  # another process sweeps as well
                    os.unlink(entry.path)


@contextlib.contextmanager
def staying(folder: Path) -> Iterator[None]:
    """While this lasts no version is removed from `folder`: for who copies a catalogue and then what it needs."""
    with _translated(folder):
        lock = os.open(folder / STAYING, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield
    finally:
        os.close(lock)


def version_of(data: bytes) -> str:
    """What names these bytes: SHA-256, in hex."""
    return hashlib.sha256(data).hexdigest()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _translated(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CatalogueError(
            f"The originals in {folder} cannot be written ({error.strerror}).",
            cure="Free some space, or give your account access, and run the same command again: nothing is lost.",
        ) from error
