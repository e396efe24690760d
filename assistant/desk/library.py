"""The Library: what a person may read; for operators and owners every name, label and outcome."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.web.base import JobRow, LibraryRow
from ingest.catalogue.rows import Listed
from ingest.library import Library
from policies.vocabulary import Person, Role

SEES_ALL = frozenset({Role.OPERATOR, Role.OWNER})


class Shelves:
    """Keeps `web.base.Library`. Shows names and labels, never text."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def documents(self, person: Person, *, text: str, status: str, start: int, limit: int) -> Sequence[LibraryRow]:
        sees_all = bool(person.roles & SEES_ALL)
        rows = [_row(one) for one in self._library.documents(None if sees_all else person)]
        wanted = text.casefold()
        found = [
            row
            for row in rows
            if (not status or row.status == status)
            and (sees_all or row.status == "live")
            and wanted in f"{row.name} {row.source} {row.said}".casefold()
        ]
        return found[start : start + limit]

    def set_aside(self, person: Person) -> Sequence[LibraryRow]:
        if not person.roles & SEES_ALL:
            return []
        return [_row(one) for one in self._library.documents(None) if one.reason]

    def jobs(self, person: Person) -> Sequence[JobRow]:
        if not person.roles & SEES_ALL:
            return []
        return [
            JobRow(job=row.id, started=row.started, state=row.state, counts=dict(row.counts))
            for row in self._library.jobs()
        ]


def _row(one: Listed) -> LibraryRow:
    return LibraryRow(
        document=one.document,
        name=one.title or one.path.rsplit("/", 1)[-1],
        source=one.path,
        label=one.label if one.status == "live" else None,
        groups=tuple(sorted(one.groups)),
        pages=one.pages,
        status=one.status,
        reason=one.reason,
        said=" · ".join(
            part for part in (one.company, one.kind, one.period, one.dated, ", ".join(one.authors)) if part
        ),
    )
