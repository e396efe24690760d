"""What lies inside the sealed stream: a tar file, so that it can be unpacked without this product once it is opened.

Its first member, `about.json`, says of which home and moment it is; then come the files; the last, `manifest.jsonl`,
names each with its size and SHA-256, in their order. Memory does not grow with the number of files.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any

from assistant.backup.contents import refuse_unreadable
from policies.errors import RefusedError

ABOUT, MANIFEST = "about.json", "manifest.jsonl"
BLOCK = 1 << 20


class Packer:
    """Writes the members one after the other into `out`; `close` ends with the manifest."""

    def __init__(self, out: Any, about: dict[str, Any], scratch: Path) -> None:
        # Both are closed by `close`.
        self._tar = tarfile.open(mode="w|", fileobj=out, bufsize=BLOCK, format=tarfile.PAX_FORMAT)  # noqa: SIM115
        self._manifest = tempfile.SpooledTemporaryFile(max_size=BLOCK, dir=str(scratch))  # noqa: SIM115
        self.files = self.bytes = 0
        stated = json.dumps(about).encode()
        self._member(ABOUT, io.BytesIO(stated), len(stated))

    def add(self, name: str, path: Path) -> None:
        """A file as it is now. Nothing where it is gone."""
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return
        except OSError as error:
            refuse_unreadable(error)
        with file:
            size = file.seek(0, io.SEEK_END)
            file.seek(0)
            counted = _Counted(file, size)
            self._member(name, counted, size)
        self._manifest.write(_line(name, size, counted.sha256))
        self.files += 1
        self.bytes += size

    def close(self) -> None:
        size = self._manifest.tell()
        self._manifest.seek(0)
        self._member(MANIFEST, self._manifest, size)
        self._tar.close()
        self._manifest.close()

    def _member(self, name: str, data: Any, size: int) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        self._tar.addfile(info, data)
        _drop_members(self._tar)


class _Counted:
    """Reads exactly `size` bytes, hashing them: zeros stand for what somebody cut off meanwhile."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file, self._left, self._digest = file, size, hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def read(self, size: int) -> bytes:
        wanted = min(size, self._left)
        data = self._file.read(wanted).ljust(wanted, b"\0")
        self._left -= wanted
        self._digest.update(data)
        return data


def unpack(opened: Any, folder: Path, check: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """Write the members below `folder`, which is empty; `check` sees what is said of them before the first. Returns
    that. Raises RefusedError when they are not those of the manifest, in content, number or order."""
    seen, about = hashlib.sha256(), dict[str, Any]()
    stated = b""
    for name, data in _members(opened):
        if stated:
            raise _strange()
        if not about:
            about = _about(name, data)
            check(about)
        elif name == MANIFEST:
            stated = _hashed(data)[0]
        else:
            digest, size = _written(data, _place(folder, name))
            seen.update(_line(name, size, digest.hex()))
    if stated != seen.digest():
        raise _strange()
    return about


def _members(opened: Any) -> Iterator[tuple[str, IO[bytes]]]:
    try:
        with tarfile.open(mode="r|", fileobj=opened, bufsize=BLOCK) as tar:
            while (info := tar.next()) is not None:
                _drop_members(tar)
                if not info.isreg() or (data := tar.extractfile(info)) is None:
                    raise _strange()
                yield info.name, data
    except tarfile.TarError:
        raise _strange() from None


def _about(name: str, data: IO[bytes]) -> dict[str, Any]:
    try:
        stated = json.loads(data.read(BLOCK)) if name == ABOUT else None
    except ValueError:
        stated = None
    if not isinstance(stated, dict):
        raise _strange()
    return stated


def _place(folder: Path, name: str) -> Path:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts:
        raise _strange()
    path = folder.joinpath(*parts)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def _written(data: IO[bytes], path: Path) -> tuple[bytes, int]:
    with path.open("xb") as out:
        path.chmod(0o600)
        return _hashed(data, out)


def _hashed(data: IO[bytes], out: IO[bytes] | None = None) -> tuple[bytes, int]:
    digest, size = hashlib.sha256(), 0
    while block := data.read(BLOCK):
        digest.update(block)
        size += len(block)
        if out:
            out.write(block)
    return digest.digest(), size


def _line(name: str, size: int, sha256: str) -> bytes:
    return json.dumps({"path": name, "size": size, "sha256": sha256}).encode() + b"\n"


def _drop_members(tar: tarfile.TarFile) -> None:
    """Each would stay in memory; a stream never looks back at them."""
    tar.members = []  # type: ignore[attr-defined]  # documented nowhere, and what everybody does


def _strange() -> RefusedError:
    cure = "Use another copy of it, or an older one. Nothing was changed."
    return RefusedError("The backup does not hold what it says.", cure=cure)
