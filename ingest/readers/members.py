"""Files inside a file: names that can do no harm, and the list of them as text.

What is promised: a name is relative and without `..`, drive letters or unseen characters, is unique among its
siblings, and holds no `!/`, which parts a container from its member in a document's path. Nothing is written anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ingest.readers.base import Block, BlockKind, Member
from ingest.readers.bounds import Unpacking
from ingest.readers.outline import one_line

_DRIVE = re.compile(r"^[A-Za-z]:")
_MAX_NAME, _MAX_FOLDERS = 120, 12
_LISTED = 1_000


class Members:
    """Gathers the members of one file under harmless names, and counts what they cost."""

    def __init__(self, packed: int) -> None:
        self.unpacking = Unpacking(packed)
        self._found: dict[str, Member] = {}

    def add(self, name: str, data: bytes = b"", problem: str = "") -> None:
        """One more. Raises Quarantined: EXPANDS, TOO_MANY_MEMBERS."""
        self.unpacking.member()
        self.unpacking.bytes(len(data))
        unique = self._unique(harmless(name) or f"part {len(self._found) + 1}")
        self._found[unique] = Member(name=unique, data=data, problem=problem)

    def _unique(self, name: str) -> str:
        if name not in self._found:
            return name
        stem, dot, suffix = name.rpartition(".")
        if not dot or "/" in suffix:
            stem, suffix = name, ""
        count = 2
        while (found := f"{stem} ({count}){dot if suffix else ''}{suffix}") in self._found:
            count += 1
        return found

    def all(self) -> tuple[Member, ...]:
        return tuple(self._found.values())


def harmless(name: str) -> str:
    """The name as a path below its container; empty when nothing of it is left."""
    name = _DRIVE.sub("", one_line(name.encode("utf-8", "replace").decode()).replace("\\", "/"))
    parts = [part.strip().rstrip("!") for part in name.split("/")]
    parts = [_short(part) for part in parts if part not in ("", ".", "..")]
    return "/".join(parts[-_MAX_FOLDERS:])


def _short(part: str) -> str:
    """The end is kept: it tells the kind."""
    return part if len(part) <= _MAX_NAME else f"{part[: _MAX_NAME - 20]}~{part[-19:]}"


def listing(title: str, members: Iterable[Member]) -> tuple[Block, ...]:
    """What a container has of its own: the names of what it holds. A name is no marking, so it stands in a table."""
    names = [member.name for member in members][:_LISTED]
    if not names:
        return ()
    return (Block(text="\n".join(names), header=f"{title} holds {len(names)} files", kind=BlockKind.TABLE),)
