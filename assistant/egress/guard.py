"""The socket guard: this process connects to this machine and to the hosts it was given, and nowhere else.

It is an audit hook of the interpreter, so it sees every connection and every name look-up made through
Python's socket module, by whichever library or thread, and it cannot be taken off again. It does not see
sockets that compiled code opens by itself; behind it stand the internal-only networks of the deployment and
a test in an empty network namespace.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Collection
from typing import Any

from assistant.egress.connections import Host, is_loopback
from assistant.errors import GuardError

CONNECTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
LOOKUPS = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"})


class Guard:
    """Decides about one audit event. Addresses that an allowed name stands for are learnt when it is looked up."""

    def __init__(self, allowed: Collection[Host] = ()) -> None:
        self._allowed = frozenset(allowed)
        self._known: set[tuple[str, int]] = set()
        self._asking = threading.local()

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in CONNECTS:
            self.check_connect(arguments[0], arguments[1])
        elif event in LOOKUPS:
            self.check_lookup(event, arguments)

    def check_connect(self, connection: socket.socket, address: Any) -> None:
        """Raises GuardError unless the address is a Unix socket, this machine, or an allowed host and port."""
        if connection.family == getattr(socket, "AF_UNIX", None) or address is None:
            return
        if connection.family not in (socket.AF_INET, socket.AF_INET6):
            raise GuardError("A connection of an unknown kind was refused.")
        name, port = _text(address[0]), int(address[1])
        if is_loopback(_plain(name)) or Host(_plain(name).lower(), port) in self._allowed:
            return
        if (_plain(name), port) not in self._known:
            for host in self._allowed:  # a name may have come to stand for another address
                self._learn(host)
        if (_plain(name), port) not in self._known:
            raise _refusal(name, port)

    def check_lookup(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Raises GuardError for a name that is neither an address, this machine, nor an allowed host."""
        name = arguments[0][0] if event == "socket.getnameinfo" else arguments[0]
        text = _text(name).lower().rstrip(".") if name is not None else "localhost"
        if getattr(self._asking, "now", False) or text == "" or _is_address(text) or is_loopback(text):
            return
        if text == socket.gethostname().lower():  # one's own name is looked up by many libraries
            return
        hosts = [host for host in self._allowed if host.name == text]
        if not hosts:
            raise _refusal(text, None)
        for host in hosts:
            self._learn(host)

    def _learn(self, host: Host) -> None:
        if getattr(self._asking, "now", False) or _is_address(host.name):
            return
        self._asking.now = True
        try:
            found = socket.getaddrinfo(host.name, host.port, type=socket.SOCK_STREAM)
            self._known.update((_plain(str(entry[4][0])), host.port) for entry in found)
        except OSError:
            return  # the caller's own look-up fails in the same way, and says so
        finally:
            self._asking.now = False


_installed: list[Guard] = []


def install_guard(allowed: Collection[Host] = ()) -> None:
    """Guard this process and those it forks, for good. A second call must allow the same hosts or fewer; this
    machine is always allowed."""
    if _installed:
        if not _installed[0]._allowed >= {host for host in allowed if not is_loopback(host.name)}:
            raise GuardError("The socket guard is in place and is not widened.", cure="Start a new process.")
        return
    guard = Guard(allowed)
    _installed.append(guard)
    sys.addaudithook(guard)


def _plain(name: str) -> str:
    """An address without its zone, and an IPv4 address without its IPv6 dress."""
    bare = name.split("%")[0].lower()
    return bare.removeprefix("::ffff:") if bare.startswith("::ffff:") and "." in bare else bare


def _text(name: Any) -> str:
    return bytes(name).decode("ascii", "replace") if isinstance(name, bytes | bytearray) else str(name)


def _is_address(name: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, name.split("%")[0])
        except OSError:
            continue
        return True
    return False


def _refusal(name: str, port: int | None) -> GuardError:
    """A name that was only looked up may hold what somebody wrote (a leak by look-up), so it is cut short."""
    shown = f"{name[:60]}:{port}" if port is not None else f"{name[:20]}…" if len(name) > 20 else name
    return GuardError(
        f"A connection to {shown} was refused: it is not in the table of connections, or is off.",
        cure="Switch it on in the settings if it is meant.",
    )
