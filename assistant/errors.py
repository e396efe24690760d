"""What can go wrong in answering, beside the tree in `policies/errors.py`.

    UnavailableError          3
    ├── GeneratorError            the writing model is missing, unsafe or died (in `generation/base.py`)
    ├── ConnectionsError          the table of connections is missing or malformed
    └── DoorError                 nothing usable came back from outside: answer here
        └── DoorShutError     1   a step of the door said no: not a byte left
    RefusedError              1
    └── GuardError                something tried to connect to a host that is not in the table

Messages name a step, a host or a code, never a text that somebody wrote.
"""

from __future__ import annotations

import traceback

from policies.errors import RefusedError, UnavailableError


class ConnectionsError(UnavailableError):
    """The table of connections cannot be read, so nothing may connect by it."""


class DoorError(UnavailableError):
    """The outside model is down, too slow, or answered something else. The request may have left."""


class DoorShutError(DoorError):
    """The door refused before anything left. `step` names where."""

    exit_code = 1

    def __init__(self, message: str, *, step: str, cure: str = "") -> None:
        super().__init__(message, cure=cure)
        self.step = step


class GuardError(RefusedError):
    """A connection that has no row in `connections.toml`, or whose row is off."""


def where(error: BaseException) -> str:
    """The line that broke: a place in the code, never a text."""
    frames = list(traceback.walk_tb(error.__traceback__))
    return f"{frames[-1][0].f_code.co_filename}:{frames[-1][1]}" if frames else "nowhere"
