"""Files inside files: `a.zip!/b.txt`, `letter.eml!/plan.pdf`, and inside those again, to a depth of three.

What is promised: a member is a document like any other, with an outcome of its own, the groups of its container and at
least the level that its container is marked with. What comes out of one file, on all its levels together, is bounded.
While a container is unchanged its members are too, and it is not opened.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace

from ingest.catalogue.worklog import Worklog
from ingest.errors import Quarantined
from ingest.jobs.discover import LOCAL, MARK, Allowance, File, Within
from ingest.labelling import installed_marking, label_ids, marked_level
from ingest.pipeline import Reads
from ingest.readers.base import Member, RawText
from ingest.readers.kinds import ARCHIVES
from ingest.sources.base import Found
from ingest.sources.folder import is_passed_over
from policies.vocabulary import SourceRef

MAX_DEPTH = 3
_NO_DOCUMENT = ("LINK", "SPECIAL")  # reasons for which a member is no file at all


def known_members(worklog: Worklog, roots: Iterable[str]) -> dict[str, list[SourceRef]]:
    """What each container was found to hold, when it was last opened."""
    known: dict[str, dict[str, SourceRef]] = defaultdict(dict)
    for root in roots:
        for ref in (*worklog.known_under(LOCAL, root), *worklog.known_under(LOCAL, root + MARK[0])):
            container, mark, _ = ref.path.rpartition(MARK)
            if mark:
                known[container][ref.path] = ref
    return {container: list(refs.values()) for container, refs in known.items()}


class Inside:
    """The members that one job meets. Written to by the workers, asked by whoever hands out the work."""

    def __init__(self, worklog: Worklog, roots: Iterable[str], *, again: frozenset[str] = frozenset()) -> None:
        self._known = known_members(worklog, roots)
        failed = [file for file in worklog.set_aside() if file.outcome == "failed"]
        named = [file for file in map(worklog.aside, again) if file]  # among them those never to mind
        self._again = {file.ref.path.split(MARK)[0] for file in failed + named if MARK in file.ref.path}
        self._lock = threading.Lock()
        self._next: dict[str, list[File]] = {}
        self._flags: dict[str, tuple[str, ...]] = {}
        self.opened: set[str] = set()

    def must_open(self, file: File) -> bool:
        """Whether a member of it failed on our side the last time: then all of it is looked through again."""
        return file.ref.path.split(MARK)[0] in self._again

    def unchanged(self, file: File) -> None:
        """The file is what it was, and so is all that it holds."""
        within = Within(depth=_depth(file) + 1, allowance=Allowance(), standing=True)
        members = [
            File(ref=ref, found=_nowhere(ref, file), within=within) for ref in self._known.get(file.ref.path, ())
        ]
        self._set(file, members)

    def reading(self, file: File, read: Reads) -> Reads:
        """`read`, which remembers what the file holds."""

        def remembering(data: bytes, name: str) -> RawText:
            raw = read(data, name)
            self._opened(file, raw)
            return raw

        return remembering

    def follow(self, file: File) -> list[File]:
        """The members of a file that was looked at, to be handed out next."""
        with self._lock:
            return self._next.pop(file.ref.document, [])

    def flags(self, file: File) -> tuple[str, ...]:
        """What a person should know of a file that was read in this job."""
        with self._lock:
            return self._flags.pop(file.ref.document, ())

    def _opened(self, file: File, raw: RawText) -> None:
        if raw.media_type in ARCHIVES and _depth(file) >= MAX_DEPTH:
            raise Quarantined("TOO_DEEP")  # one outcome, and not one for each of what is not looked at
        allowance = file.within.allowance if file.within else Allowance()
        allowance.take(len(raw.members), sum(len(member.data) for member in raw.members))
        marked = marked_level(raw, installed_marking()) if raw.members else None
        levels = [level for level in (marked, file.within.floor if file.within else None) if level is not None]
        ids = label_ids(raw) | (file.within.ids if file.within else frozenset())
        within = Within(depth=_depth(file) + 1, allowance=allowance, floor=max(levels, default=None), ids=ids)
        self._set(file, [_member(file, member, within) for member in raw.members])
        with self._lock:
            self.opened.add(file.ref.path)
            self._flags[file.ref.document] = tuple(str(flag) for flag in raw.flags)

    def _set(self, file: File, members: list[File]) -> None:
        with self._lock:
            self._next[file.ref.document] = members


def _depth(file: File) -> int:
    return file.within.depth if file.within else 0


def _member(container: File, member: Member, within: Within) -> File:
    problem = "TOO_DEEP" if within.depth > MAX_DEPTH else member.problem

    def take() -> bytes:
        if problem:
            raise Quarantined(problem)
        return member.data

    ref = SourceRef(source=LOCAL, path=f"{container.ref.path}{MARK}{member.name}")
    found = _within(container, ref, size=len(member.data), take=take)
    skipped = problem if problem in _NO_DOCUMENT else "HIDDEN" if _is_hidden(member.name) else ""
    return File(ref=ref, found=found, problem=skipped, within=within)


def _is_hidden(name: str) -> bool:
    """What programs leave in archives as they do in folders."""
    return any(is_passed_over(part) or part == "__MACOSX" for part in name.split("/"))


def _nowhere(ref: SourceRef, container: File) -> Found:
    """A member that lies in an unopened container: nobody may ask for its bytes."""

    def refuse() -> bytes:
        raise Quarantined("GONE")

    return _within(container, ref, size=0, take=refuse)


def _within(container: File, ref: SourceRef, *, size: int, take: Callable[[], bytes]) -> Found:
    """A member, of which all is said that is said of its container, but for title and date."""
    return replace(container.found, ref=ref, size=size, open=take, title="", dated="")
