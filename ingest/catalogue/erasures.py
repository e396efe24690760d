"""What was forgotten or erased, in a file beside the record: for a backup that is older, in which it still lies.

`ledger/erasures.log` is one JSON object a line: the document's id, the keyed digest of its bytes, whether it was
forgotten or let in again, when, and a MAC of the home's; or the pseudonym of a person whose contents were erased, and
when that was intended. No name, no text. A copy of it that is kept elsewhere is what
`ringfence restore --erasures` takes. It follows the catalogue: what a crash left out is written the next time.
"""

from __future__ import annotations

import contextlib
import fcntl
import hmac
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from ingest.errors import CatalogueError
from policies.errors import UsageError

FORGOTTEN, READMITTED, ERASED = "forgotten", "readmitted", "erased"


class Erasures:
    """`mac` is keyed with the home's key: nobody else can add a line that is believed."""

    def __init__(self, path: Path, mac: Callable[[bytes], bytes]) -> None:
        self.path = path
        self._mac = mac

    def read(self, path: Path | None = None) -> dict[str, str]:
        """What is forgotten by this file, or another of this home: digests by document. A last line that is not whole
        was never promised. Raises UsageError for a file that is not of this home, or was changed."""
        found: dict[str, str] = {}
        for stated in self._lines(path):
            if stated["what"] == FORGOTTEN:
                found[stated["document"]] = stated["digest"]
            elif stated["what"] == READMITTED:
                found.pop(stated["document"], None)
        return found

    def people(self, path: Path | None = None) -> dict[str, int]:
        """Whose contents were erased by this file, or another of this home: when that was last intended (microseconds),
        by pseudonym. Raises as `read` does."""
        found: dict[str, int] = {}
        for stated in self._lines(path):
            if stated["what"] == ERASED:
                found[stated["subject"]] = max(stated["intended"], found.get(stated["subject"], 0))
        return found

    def note_person(self, subject: str, intended: int) -> None:
        """Say that the contents of `subject` were erased, where it does not say so. Raises CatalogueError."""
        with self._writing() as file:
            if self.people().get(subject, -1) < intended:
                _append(file, [self._line({"what": ERASED, "subject": subject, "intended": intended})])

    def _lines(self, path: Path | None) -> Iterator[dict[str, Any]]:
        where = path or self.path
        try:
            data = where.read_bytes()
        except FileNotFoundError:
            if path is None:
                return
            raise UsageError(f"There is no file {path}.", cure="Name the erasures.log of the home.") from None
        except OSError as error:
            raise UsageError(f"{where} cannot be read ({error.strerror}).", cure="Name another copy of it.") from error
        for number, line in enumerate(data.split(b"\n")[:-1], start=1):
            stated = self._checked(line)
            if stated is None:
                raise UsageError(
                    f"Line {number} of {where} was changed, or is another home's.", cure="Name another copy of it."
                )
            yield stated

    def follow(self, standing: Mapping[str, str]) -> None:
        """Add what is missing for the file to say what the catalogue says. Raises CatalogueError when it cannot."""
        with self._writing() as file:
            before = self.read()
            lines = [
                self._line({"what": FORGOTTEN, "document": document, "digest": digest})
                for document, digest in standing.items()
                if before.get(document) != digest
            ]
            lines += [
                self._line({"what": READMITTED, "document": document, "digest": ""})
                for document in before.keys() - standing.keys()
            ]
            _append(file, lines)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[BinaryIO]:
        try:
            with open(self.path, "a+b", opener=_privately) as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield file
        except OSError as error:
            raise CatalogueError(
                f"{self.path} cannot be written ({error.strerror}).",
                cure="Free some space, then run `ringfence documents reconcile`.",
            ) from error

    def _line(self, about: Mapping[str, Any]) -> bytes:
        stated = {**about, "time": time.time_ns() // 1000}
        return _written(stated | {"mac": self._mac(_written(stated)).hex()}) + b"\n"

    def _checked(self, line: bytes) -> dict[str, Any] | None:
        try:
            stated = json.loads(line)
            mac = str(stated.pop("mac")).encode()
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
        return stated if hmac.compare_digest(mac, self._mac(_written(stated)).hex().encode()) else None


def _append(file: BinaryIO, lines: Sequence[bytes]) -> None:
    """Durably, in the place of a last line that is not whole."""
    if not lines:
        return
    file.seek(0)
    file.truncate(file.read().rfind(b"\n") + 1)
    file.write(b"".join(lines))
    file.flush()
    os.fsync(file.fileno())


def _written(stated: Mapping[str, Any]) -> bytes:
    return json.dumps(stated, sort_keys=True).encode()


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)
