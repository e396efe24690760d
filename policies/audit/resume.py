"""A note for the next start: where hashing and looking for open intents may begin.

`ledger/resume.json` can be deleted at any time and is believed only as far as it can be checked: the frontier
must give the root of the head of its size, and an open intent that lies before `settled` is still reported
by `verify`. It only saves reading the whole record at each start.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from typing import Any

from policies.audit.tree import Frontier
from policies.config import Home


@dataclass(slots=True, kw_only=True)
class Resume:
    """`settled`: no intent of a dead writer is open before this record."""

    settled: int = 0
    size: int = 0
    nodes: list[bytes] = field(default_factory=list)

    @classmethod
    def read(cls, home: Home) -> Resume:
        try:
            stated: Any = json.loads((home.path / "ledger" / "resume.json").read_text())
            nodes = [bytes.fromhex(node) for node in stated["nodes"]]
            return cls(settled=max(0, int(stated["settled"])), size=int(stated["size"]), nodes=nodes)
        except (OSError, ValueError, KeyError, TypeError):
            return cls()

    def frontier(self, db: sqlite3.Connection) -> Frontier:
        """The noted frontier when the head of its size bears it out, else the empty one."""
        row = db.execute("SELECT root FROM heads WHERE size = ?", (self.size,)).fetchone()
        try:
            noted = Frontier(self.size, self.nodes)
        except ValueError:
            return Frontier()
        return noted if row and noted.root() == bytes(row[0]) else Frontier()

    def write(self, home: Home, frontier: Frontier) -> None:
        """Leave the note. What cannot be written is only a slower start."""
        if frontier.size == 0:
            return
        path = home.path / "ledger" / "resume.json"
        waiting = path.with_name("resume.json.new")  # of two who write it at once, one note or none that can be read
        stated = {"settled": self.settled, "size": frontier.size, "nodes": [node.hex() for node in frontier.nodes]}
        try:
            waiting.write_text(json.dumps(stated))
            waiting.replace(path)
        except OSError:
            waiting.unlink(missing_ok=True)
