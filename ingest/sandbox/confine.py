"""What a child gives up before it sees a byte of the file.

On Linux: its life after its parent's, more than its share of memory, time and disk, the network (a namespace of its
own where that is permitted, and a system call filter everywhere), starting programs, and every file but Python's
libraries and its scratch folder (Landlock, where the kernel has it). Elsewhere: the limits, and Python's own hooks.

A child that runs a converter (`program`) may start programs of the system, read what belongs to them, and make local
sockets for itself that nobody can be reached by; all else is the same for it and for what it starts.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
import sys
import sysconfig
from functools import cache
from pathlib import Path
from typing import Any

from ingest.sandbox.wire import Bounds

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP = 1, 38, 22
_CLONE_NEWNET, _CLONE_NEWUSER = 0x40000000, 0x10000000
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_EXECUTE, _READ_FILES, _ALL_FILE_RIGHTS = 1, (1 << 2) | (1 << 3), (1 << 13) - 1

# System calls that reading a file never needs: the network, other programs, other processes, mounts and keys.
_FORBIDDEN = {
    "x86_64": (
        0xC000003E,
        *(41, 42, 43, 44, 46, 49, 50, 53, 57, 58, 59, 62, 101, 165, 200, 250, 272, 288, 298, 304, 308, 310, 311, 321),
        *(322, 425, 434, 438),
    ),
    "aarch64": (
        0xC00000B7,
        *(40, 97, 117, 129, 130, 198, 199, 200, 201, 202, 203, 206, 211, 219, 221, 241, 242, 265, 268, 270, 271, 280),
        *(281, 425, 434, 438),
    ),
}
# What a converter needs of these: to start programs, and local sockets of its own. It still connects to nothing.
_SOCKET = {"x86_64": 41, "aarch64": 198}
_FOR_PROGRAMS = {
    "x86_64": (43, 49, 50, 53, 57, 58, 59, 288, 322),
    "aarch64": (199, 200, 201, 202, 221, 242, 281),
}
_PROGRAM_FOLDERS = ("/usr", "/opt", "/bin", "/lib", "/lib64", "/etc/fonts", "/etc/libreoffice", "/etc/alternatives")
_LOCAL_SOCKET = 1
_ALLOW, _REFUSE = (0x06, 0, 0, 0x7FFF0000), (0x06, 0, 0, 0x00050001)  # EPERM
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
        _filter_calls(libc, programs=bool(program))
    elif program:
        raise NotConfined("A converter cannot be confined here.")
    if not program:
        sys.addaudithook(_refuse)


def die_with_parent() -> None:
    """Also for what a converter's child starts."""
    _call(ctypes.CDLL(None, use_errno=True).prctl, _PR_SET_PDEATHSIG, 9)


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


def _allow(libc: Any, ruleset: int, folder: str, rights: int) -> None:
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        _call(libc.syscall, _LANDLOCK_ADD, ruleset, 1, struct.pack("=Qi", rights, descriptor), 0)
    finally:
        os.close(descriptor)


def _filter_calls(libc: Any, *, programs: bool) -> None:
    """A seccomp filter: a forbidden call fails with EPERM, a foreign architecture ends the process."""
    machine = platform.machine()
    if machine not in _FORBIDDEN:
        if programs:
            raise NotConfined("No filter of system calls is known for this processor.")
        return
    architecture, *numbers = _FORBIDDEN[machine]
    local: list[tuple[int, int, int, int]] = []
    if programs:
        numbers = [number for number in numbers if number not in (_SOCKET[machine], *_FOR_PROGRAMS[machine])]
        local = [
            (0x15, 0, 4, _SOCKET[machine]),
            (0x20, 0, 0, 16),  # load its first argument, the family
            (0x15, 0, 1, _LOCAL_SOCKET),
            _ALLOW,
            _REFUSE,
        ]
    count = len(numbers)
    program = [
        (0x20, 0, 0, 4),  # load the architecture
        (0x15, 1, 0, architecture),
        (0x06, 0, 0, 0x80000000),  # kill
        (0x20, 0, 0, 0),  # load the call's number
        (0x35, len(local) + count + 1, 0, 0x40000000),  # the second x86 numbering
        *local,
        *[(0x15, count - place, 0, number) for place, number in enumerate(numbers)],
        _ALLOW,
        _REFUSE,
    ]
    code = b"".join(struct.pack("=HBBI", *step) for step in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("@HP", len(program), ctypes.addressof(buffer))
    _call(libc.prctl, _PR_SET_SECCOMP, 2, header, 0, 0)


def _call(function: Any, *arguments: Any) -> None:
    if function(*arguments) != 0:
        raise NotConfined(os.strerror(ctypes.get_errno()))


def _refuse(event: str, _arguments: tuple[Any, ...]) -> None:
    """Python's own view of the same rules, and the only one where the kernel has none of the above."""
    if event.startswith(_NEVER):
        raise PermissionError(event)
