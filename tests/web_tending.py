"""Looking after the library, for the pages' tests: two sources, and a sync that takes a few seconds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from assistant.web.tending import NewSource, Running, SourceRow
from policies.errors import RefusedError, UsageError
from policies.labels import Label, Level
from policies.vocabulary import Person, Role

ASIDE = "7d0f5b1e-0000-5000-8000-000000000001"
POLICIES = "7d0f5b1e-0000-5000-8000-00000000000a"
SHARE = "7d0f5b1e-0000-5000-8000-00000000000b"
TRIED = 1_700_000_000_000_000
SOURCES = (
    SourceRow(id=POLICIES, name="policies", place="/srv/policies", owner="Mara Lind", groups=("staff",),
              label=Label(level=Level.INTERNAL), manifest=False, state="done", tried=TRIED, synced=TRIED,
              documents=412),
    SourceRow(id=SHARE, name="board", place="/mnt/board", owner="", groups=(), label=None, manifest=True,
              state="unseen", tried=TRIED + 3_600_000_000, synced=TRIED, documents=31,
              problem="The source board cannot be seen: there is no folder /mnt/board. Mount it again and sync."),
)  # fmt: skip
FILES = ("/srv/policies/leave/parental leave.docx", "/srv/policies/travel/per diem 2026.pdf")


@dataclass
class FakeTending:
    """`acts`: who did what."""

    acts: list[tuple[str, str, str]] = field(default_factory=list)
    began: float = 0.0
    cancelled: bool = False
    seconds: float = 8.0
    roots_of_site: tuple[str, ...] = ("/srv", "/mnt/share")
    saved: list[SourceRow] = field(default_factory=lambda: list(SOURCES))

    def _check(self, person: Person) -> None:
        if not person.roles & {Role.OPERATOR, Role.OWNER}:
            raise RefusedError("Only who looks after the library may do this.")

    def sources(self, person: Person) -> Sequence[SourceRow]:
        self._check(person)
        return tuple(self.saved)

    def running(self, person: Person) -> Sequence[Running]:
        self._check(person)
        spent = time.monotonic() - self.began if self.began else self.seconds
        if spent >= self.seconds or (self.cancelled and spent > self.seconds / 2):
            return ()
        done = int(400 * spent / self.seconds)
        return (
            Running(
                name=POLICIES, what="policies", job="job-2", done=done, total=412, file=FILES[done % 2], rate=183.4,
                left=self.seconds - spent, bytes=done * 50_000, of_bytes=20_600_000, aside=done // 100,
                begun=True, cancelled=self.cancelled,
            ),
            Running(name=SHARE, what="board"),
        )  # fmt: skip

    def problem(self, person: Person, document: str) -> str:
        self._check(person)
        return ""

    def read_again(self, person: Person, document: str) -> None:
        self._act(person, "read again", document)

    def never_mind(self, person: Person, document: str) -> None:
        self._act(person, "never mind", document)

    def sync(self, person: Person, source: str) -> None:
        self._act(person, "sync", source)
        self.began, self.cancelled = time.monotonic(), False

    def roots(self, person: Person) -> Sequence[str]:
        self._check(person)
        return self.roots_of_site

    def add_source(self, person: Person, new: NewSource) -> None:
        self._act(person, "add", repr(new))
        if not new.groups:
            raise UsageError("Nobody could read these documents: no group was named.", cure="Name a group.")
        label = Label(level=Level[new.level.upper()]) if new.level else None
        made = replace(
            SOURCES[0], id=f"made-{new.name}", name=new.name, place=new.folder, owner=new.owner, groups=new.groups,
            label=label, state="new", tried=0, synced=0, documents=0,
        )  # fmt: skip
        self.saved.append(made)

    def remove_source(self, person: Person, source: str) -> None:
        self._act(person, "remove", source)
        self.saved = [one for one in self.saved if one.id != source]

    def cancel(self, person: Person, name: str) -> None:
        self._act(person, "cancel", name)
        self.cancelled = True

    def _act(self, person: Person, act: str, on: str) -> None:
        self._check(person)
        self.acts.append((person.name, act, on))
