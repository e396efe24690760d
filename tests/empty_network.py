"""Run a command where no network is: a namespace of its own whose only interface is loopback."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence

import pytest

_ENTER = 'ip link set lo up && exec "$@"'


def in_empty_network(
    command: Sequence[str], *, env: Mapping[str, str] | None = None, timeout: float = 300, **given: object
) -> subprocess.CompletedProcess[str]:
    """Run `command` with every interface but loopback gone; its output as text. Skips where that is not permitted."""
    prefix = _namespace()
    if prefix is None:
        pytest.skip("needs: the right to make a network namespace (unshare) and iproute2")
    return subprocess.run(
        [*prefix, "sh", "-c", _ENTER, "sh", *command],
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=timeout,
        **given,  # type: ignore[call-overload]
    )


@functools.cache
def _namespace() -> tuple[str, ...] | None:
    """The way in that works here: as root, or as anybody through a user namespace."""
    if not (shutil.which("unshare") and shutil.which("ip")):
        return None
    for way in (("unshare", "-n"), ("unshare", "-rn")):
        if subprocess.run([*way, "sh", "-c", _ENTER, "sh", "true"], capture_output=True).returncode == 0:
            return way
    return None
