"""A disk that fails on command, for the children of `fault_children`: `fault_shim.c` says how."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Literal

SOURCE = Path(__file__).with_name("fault_shim.c")


class Disk:
    """One for all children. Without a C compiler it never fails: `can_fail` says so."""

    @cached_property
    def _folder(self) -> Path:
        self._kept = tempfile.TemporaryDirectory(prefix="ringfence-faults-")
        return Path(self._kept.name)

    @cached_property
    def _library(self) -> Path | None:
        compiler = shutil.which("cc")
        if compiler is None:
            return None
        made = self._folder / "shim.so"
        built = subprocess.run(
            [compiler, "-shared", "-fPIC", "-O1", "-o", made, SOURCE, "-ldl"], capture_output=True, check=False
        )
        return made if built.returncode == 0 else None

    @property
    def can_fail(self) -> bool:
        return self._library is not None

    def environment(self) -> dict[str, str]:
        """For the process that the children are forked from."""
        if self._library is None:
            return {}
        return {"LD_PRELOAD": str(self._library), "FAULT_CONTROL": str(self._folder / "control")}

    @contextmanager
    def failing(self, action: Literal["full", "broken", "kill"], part: str, start: int = 1) -> Iterator[None]:
        """While this lasts, the `start`-th call of each process on a path with `part` in it and all later ones fail."""
        control = self._folder / "control"
        waiting = control.with_suffix(".new")
        waiting.write_text(f"{action} {part} {start}")
        waiting.replace(control)
        try:
            yield
        finally:
            control.unlink()


DISK = Disk()
