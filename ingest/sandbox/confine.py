"""What a child gives up before it sees a byte of the file.

On Linux: its life after its parent's, more than its share of memory, time and disk, the network (a namespace of its
own where that is permitted, and a system call filter everywhere), starting programs, other processes, the rights of
root, and every file but Python's libraries and its scratch folder (Landlock, where the kernel has it). Elsewhere: the
limits, and Python's own hooks.

A child that runs a converter (`program`) may start programs of the system, read what belongs to them, and make local
sockets for itself that nobody can be reached by; all else is the same for it and for what it starts.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource
import signal
import struct
import sys
import sysconfig
from functools import cache
from pathlib import Path
from typing import Any

from ingest.sandbox.calls import compiled
from ingest.sandbox.wire import Bounds

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _PR_SET_CHILD_SUBREAPER = 1, 38, 22, 36
_CLONE_NEWNET, _CLONE_NEWUSER = 0x40000000, 0x10000000
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_EXECUTE, _READ_AND_WRITE, _READ_FILES, _ALL_FILE_RIGHTS = 1, (1 << 1) | (1 << 2), (1 << 2) | (1 << 3), (1 << 13) - 1

_PROGRAM_FOLDERS = ("/usr", "/opt", "/bin", "/lib", "/lib64", "/etc/fonts", "/etc/libreoffice", "/etc/alternatives")
_CAPABILITIES, _READ_EVERYTHING = 0x20080522, 1 << 2  # the version of the structure; CAP_DAC_READ_SEARCH
_NEVER = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "ctypes.dlopen")


class NotConfined(Exception):
    """A protection that this machine offers could not be put on."""


def confine(bounds: Bounds, scratch: str, *, program: str = "") -> None:
    """Give all of it up, but starting `program`, where one is named. Raises NotConfined rather than go on with less
    than the machine offers."""
    os.setpgid(0, 0)
    _set_limits(bounds)
    _silence()
    os.chdir(scratch)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        die_with_parent()
        if os.getppid() == 1:
            os._exit(1)  # the parent died before it could be tied to us
        _leave_network(libc)
        _call(libc.prctl, _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _hide_files(libc, scratch, program)
        _give_up_rights(libc)
        _filter_calls(libc, programs=bool(program))
    elif program:
        raise NotConfined("A converter cannot be confined here.")
    if not program:
        sys.addaudithook(_refuse)


def die_with_parent() -> None:
    """Also for what a converter's child starts."""
    _call(ctypes.CDLL(None, use_errno=True).prctl, _PR_SET_PDEATHSIG, 9)


def adopt_orphans() -> None:
    """What a child starts becomes ours when the child ends, wherever it hid: see `end_children`."""
    if sys.platform == "linux":
        _call(ctypes.CDLL(None, use_errno=True).prctl, _PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_children() -> None:
    """Kill the children of this process, which has one thread, and theirs, until there is none."""
    listing = Path(f"/proc/self/task/{os.getpid()}/children")
    with contextlib.suppress(FileNotFoundError, ChildProcessError):
        while left := listing.read_text().split():
            for child in left:
                os.kill(int(child), signal.SIGKILL)
            os.waitpid(-1, 0)


def _set_limits(bounds: Bounds) -> None:
    held = _held_memory()
    if held:
        resource.setrlimit(resource.RLIMIT_AS, (held + bounds.memory,) * 2)
    seconds = int(bounds.seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (bounds.scratch,) * 2)
    resource.setrlimit(resource.RLIMIT_NOFILE, (bounds.files,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _held_memory() -> int:
    """Address space in use, which the fork inherited."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            return int(statm.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _silence() -> None:
    """Parsers complain in words of the document; nobody may hear them."""
    quiet = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(quiet, descriptor)
    os.close(quiet)


def _leave_network(libc: Any) -> None:
    """A network namespace with nothing in it. Not permitted to everybody: the call filter stands behind it."""
    if libc.unshare(_CLONE_NEWNET) != 0:
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def _hide_files(libc: Any, scratch: str, program: str) -> None:
    """Landlock: read Python's libraries, use the scratch folder, nothing else."""
    rights = struct.pack("=Q", _ALL_FILE_RIGHTS)
    ruleset = libc.syscall(_LANDLOCK_CREATE, rights, ctypes.c_size_t(len(rights)), 0)
    if ruleset < 0:
        return  # a kernel without it
    for folder in libraries():
        _allow(libc, ruleset, folder, _READ_FILES)
    for folder in _homes_of(program) if program else ():
        _allow(libc, ruleset, folder, _READ_FILES | _EXECUTE)
    if program:  # a shell that starts something beside itself opens it
        _allow(libc, ruleset, os.devnull, _READ_AND_WRITE)
    _allow(libc, ruleset, scratch, _ALL_FILE_RIGHTS)
    _call(libc.syscall, _LANDLOCK_RESTRICT, ruleset, 0)
    os.close(ruleset)


def _homes_of(program: str) -> list[str]:
    """Where programs of the system lie, and this one, wherever it was put."""
    own = Path(program).resolve().parent
    folders = (*_PROGRAM_FOLDERS, str(own.parent if own.name == "program" else own))
    return [folder for folder in folders if os.path.isdir(folder)]


@cache
def libraries() -> frozenset[str]:
    """Where Python, what it loads, and our own rooms lie; never the working folder, which may hold a home. Remembered:
    a server asks before it forks, so that no child has to look."""
    installed = (sys.prefix, sys.base_prefix)
    paths = {path for path in sys.path if path.startswith(installed)}
    paths |= {sysconfig.get_path(kind) for kind in ("stdlib", "platstdlib", "purelib", "platlib")}
    paths |= {str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "policies")}
    return frozenset(path for path in (*paths, "/lib", "/lib64", "/usr/lib") if os.path.isdir(path))


def _allow(libc: Any, ruleset: int, place: str, rights: int) -> None:
    descriptor = os.open(place, os.O_PATH)
    try:
        _call(libc.syscall, _LANDLOCK_ADD, ruleset, 1, struct.pack("=Qi", rights, descriptor), 0)
    finally:
        os.close(descriptor)


def _give_up_rights(libc: Any) -> None:
    """The rights of root, where we are root, here or in a namespace. But to read: Python may be installed where root
    alone sees it, and Landlock shows no more than that."""
    header = struct.pack("=Ii", _CAPABILITIES, 0)
    held = ctypes.create_string_buffer(24)
    _call(libc.capget, header, held)
    first, second, *_ = struct.unpack("=6I", held.raw)
    kept = first & _READ_EVERYTHING
    _call(libc.capset, header, struct.pack("=6I", kept, second & kept, 0, 0, 0, 0))


def _filter_calls(libc: Any, *, programs: bool) -> None:
    code = compiled(platform.machine(), programs=programs)
    if code is None:
        if programs:
            raise NotConfined("No filter of system calls is known for this processor.")
        return
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer))
    _call(libc.prctl, _PR_SET_SECCOMP, 2, header, 0, 0)


def _call(function: Any, *arguments: Any) -> None:
    if function(*arguments) != 0:
        raise NotConfined(os.strerror(ctypes.get_errno()))


def _refuse(event: str, _arguments: tuple[Any, ...]) -> None:
    """Python's own view of the same rules, and the only one where the kernel has none of the above."""
    if event.startswith(_NEVER):
        raise PermissionError(event)
