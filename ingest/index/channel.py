"""One owner of the index among several processes: a lock that dies with its holder, and a socket to ask it.

The socket lies in the home's `run` folder, mode 600, and both ends check that the other runs as the same person of the
operating system. It is bound and reached through a handle of the folder, because a socket's path may not be longer
than 107 bytes and a home's path may be. Messages are JSON behind a length of four bytes.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import struct
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ingest.errors import IndexUnavailable

Message = dict[str, Any]
_LARGEST = 64 * 1024 * 1024
_AT_ONCE = 32
_LENGTH = struct.Struct("!I")


class NoOwner(Exception):
    """Nobody answers at the socket: there is no owner, or it is just going."""


class OwnerLock:
    """The lock file. Held until released or until the process is gone, however it went."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        _locks.add(self)

    def acquire(self) -> bool:
        """Take it if it is free; never waits. Raises IndexUnavailable when there is no space for its file."""
        if self._file is not None:
            return True
        with _writable(self._path.parent):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._file = file
        with suppress(OSError):  # the number is for messages alone: a full disk takes the lock from nobody
            os.ftruncate(file, 0)
            os.write(file, f"{os.getpid()}\n".encode())
        return True

    def release(self) -> None:
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)
            self.forget()

    def forget(self) -> None:
        """Close it without unlocking: in a forked child, for whom the parent's lock is not its own."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    @property
    def held(self) -> bool:
        return self._file is not None

    def holder(self) -> str:
        """The process number that the last holder wrote, for messages."""
        with suppress(OSError):
            return self._path.read_text().strip() or "unknown"
        return "unknown"


_locks: weakref.WeakSet[OwnerLock] = weakref.WeakSet()


def _let_go_in_child() -> None:
    """A forked child shares the lock; a child that outlives its parent would hold it for a dead owner."""
    for lock in list(_locks):
        lock.forget()


os.register_at_fork(after_in_child=_let_go_in_child)


class Listener:
    """The owner's end. `answer` is called in a thread for each connection; its result goes back."""

    def __init__(self, folder: Path, name: str, answer: Callable[[Message], Message]) -> None:
        self._folder, self._name, self._answer = folder, name, answer
        self._free = threading.Semaphore(_AT_ONCE)
        self._stopping = threading.Event()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with _writable(folder):
            self._bind()
        self._socket.listen(128)
        self._socket.settimeout(0.2)
        self._thread = threading.Thread(target=self._listen, name="index-listener", daemon=True)
        self._thread.start()

    def _bind(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            (self._folder / self._name).unlink()  # left by an owner that was killed; we hold the lock
        before = os.umask(0o177)
        try:
            with _reachable(self._folder, self._name) as address:
                self._socket.bind(address)
        finally:
            os.umask(before)

    def _listen(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._socket.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            self._free.acquire()
            threading.Thread(target=self._serve, args=(connection,), name="index-answer", daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, suppress(OSError, ValueError):
                connection.settimeout(10)
                if same_person(connection):
                    _send(connection, self._answer(_receive(connection)))
        finally:
            self._free.release()

    def close(self) -> None:
        self._stopping.set()
        with suppress(FileNotFoundError):
            (self._folder / self._name).unlink()
        self._socket.close()
        self._thread.join(timeout=2)


def ask(folder: Path, name: str, message: Message, *, seconds: float) -> Message:
    """What the owner answers. Raises NoOwner when there is none, IndexUnavailable when it does not answer in time."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(seconds)
        try:
            with _reachable(folder, name) as address:
                connection.connect(address)
            if not same_person(connection):
                raise IndexUnavailable(
                    "The index's socket belongs to another person.", cure="Run as the person who owns the home."
                )
            _send(connection, message)
            return _receive(connection)
        except TimeoutError as error:
            raise IndexUnavailable(
                "The process that owns the index does not answer.", cure="End it and try again."
            ) from error
        except (OSError, ValueError) as error:
            raise NoOwner from error


@contextmanager
def _writable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise IndexUnavailable(
            f"The index cannot be opened: {folder} cannot be written ({error.strerror}).",
            cure="Free some space, or give your account access, then run the same command again: nothing is lost.",
        ) from error


@contextmanager
def _reachable(folder: Path, name: str) -> Iterator[str]:
    """An address of the socket that is short enough, however long the folder's path is."""
    direct = str(folder / name)
    if len(os.fsencode(direct)) <= 100:
        yield direct
        return
    if not sys.platform.startswith("linux"):
        raise IndexUnavailable(
            "The home's path is too long for a socket on this system.", cure="Name a shorter one with --home."
        )
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{handle}/{name}"
    finally:
        os.close(handle)


def same_person(connection: socket.socket) -> bool:
    """Whether the other end runs under our uid. Where the system does not tell, the folder's mode must do."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    _, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return bool(uid == os.getuid())


def _send(connection: socket.socket, message: Message) -> None:
    body = json.dumps(message, separators=(",", ":")).encode()
    connection.sendall(_LENGTH.pack(len(body)) + body)


def _receive(connection: socket.socket) -> Message:
    (length,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size))
    if length > _LARGEST:
        raise ValueError("message too long")
    found = json.loads(_exactly(connection, length))
    if not isinstance(found, dict):
        raise ValueError("not a message")
    return found


def _exactly(connection: socket.socket, length: int) -> bytes:
    got = bytearray()
    while len(got) < length:
        part = connection.recv(min(length - len(got), 1 << 20))
        if not part:
            raise ConnectionResetError("closed early")
        got += part
    return bytes(got)
