"""The SHA-256 of a model's file, computed once per state of the file."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from assistant.generation.base import GeneratorError


def file_digest(path: Path) -> str:
    """In hex. A file that changed (size, time or inode) is read again."""
    try:
        state = path.stat()
        return _digest(path, state.st_size, state.st_mtime_ns, state.st_ino)
    except OSError as error:
        raise GeneratorError(
            "The writing model's file cannot be read.", cure="Install the product's packages again (`make install`)."
        ) from error


@functools.lru_cache(maxsize=16)
def _digest(path: Path, _size: int, _modified: int, _inode: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
