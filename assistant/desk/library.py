"""The Library: what a person may read; for operators and owners every name, label and outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assistant.web.about import About
from assistant.web.base import JobRow, LibraryRow
from ingest.catalogue.rows import Listed
from ingest.library import Library, Shown, reason_in_words
from policies.vocabulary import Person, Role

SEES_ALL = frozenset({Role.OPERATOR, Role.OWNER})


class Shelves:
    """Keeps `web.base.Library`. Shows names and labels, never text; to a reader none of what a rule keeps from them."""

    def __init__(self, library: Library, may_name: Callable[[Person], Callable[[Listed], bool]]) -> None:
        self._library = library
        self._may_name = may_name

    def documents(self, person: Person, *, text: str, status: str, start: int, limit: int) -> Sequence[LibraryRow]:
        sees_all = bool(person.roles & SEES_ALL)
        may_name = self._may_name(person)

        def wanted(one: Listed) -> bool:
            return (not status or one.status == status) and (sees_all or (one.status == "live" and may_name(one)))

        return list(map(_row, self._library.page(None if sees_all else person, text, wanted, start, limit)))

    def set_aside(self, person: Person) -> Sequence[LibraryRow]:
        if not person.roles & SEES_ALL:
            return []
        return list(map(_row, self._library.waiting()))

    def document(self, person: Person, document: str) -> About | None:
        sees_all = bool(person.roles & SEES_ALL)
        found = self._library.show(document, None if sees_all else person)
        named = found is not None and (sees_all or self._may_name(person)(found.document))
        return _about(found) if found and named else None

    def jobs(self, person: Person) -> Sequence[JobRow]:
        if not person.roles & SEES_ALL:
            return []
        return [
            JobRow(job=row.id, started=row.started, state=row.state, counts=dict(row.counts), places=row.paths)
            for row in self._library.jobs()
        ]


def _about(shown: Shown) -> About:
    one = shown.document
    return About(
        name=name_of(one),
        place=one.path,
        label=one.label if one.status in ("live", "expired") else None,
        groups=tuple(sorted(one.groups)),
        owner=one.owner,
        dated=one.dated,
        valid_until=one.valid_until,
        version=one.version,
        pages=one.pages,
        passages=one.chunks,
        why=shown.why,
        labels=shown.labels,
        flags=one.flags,
    )


def name_of(one: Listed) -> str:
    """What a person calls it: its title, else its file's name."""
    return one.title or one.path.rsplit("/", 1)[-1]


def _row(one: Listed) -> LibraryRow:
    return LibraryRow(
        document=one.document,
        name=name_of(one),
        source=one.path,
        label=one.label if one.status == "live" else None,
        groups=tuple(sorted(one.groups)),
        pages=one.pages,
        status=one.status,
        reason=one.reason,
        said=" · ".join(
            part for part in (one.company, one.kind, one.period, one.dated, ", ".join(one.authors)) if part
        ),
        why=reason_in_words(one.reason),
    )
