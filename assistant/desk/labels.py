"""Labels from the pages: operators and owners alone, under the same rules and records as the command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from assistant.desk.library import SEES_ALL, name_of
from assistant.web.labels import Labelled, Lowering
from ingest.asking import categories_named, level_named
from ingest.library import Library
from ingest.relabel import Relabel, Request
from policies.errors import RefusedError, UsageError
from policies.keys import Keys, pseudonym
from policies.labels import Label
from policies.vocabulary import Person


class LabelsDesk:
    """Keeps `web.labels.Labels`. `itself` lets only those through who answer for what they do."""

    def __init__(
        self, relabel: Callable[[], Relabel], *, library: Library, keys: Keys, itself: Callable[[Person], Person]
    ) -> None:
        self._relabel, self._library, self._keys, self._itself = relabel, library, keys, itself

    def stands(self, person: Person, document: str) -> Labelled | None:
        shown = self._library.show(document, None) if person.roles & SEES_ALL else None
        if shown is None or shown.document.status not in ("live", "expired"):
            return None
        one = shown.document
        return Labelled(
            document=document, name=name_of(one), label=one.label, waits=self._waits(person, document, name_of(one))
        )

    def waiting(self, person: Person) -> Sequence[Lowering]:
        self._check(person)
        relabel = self._relabel()
        found = [relabel.described(one) for one in relabel.waiting(person.id)]
        return [self._lowering(person, one, path.rsplit("/", 1)[-1]) for one, path in found]

    def change(self, person: Person, document: str, *, level: str, categories: Sequence[str], reason: str) -> Labelled:
        self._check(person)
        self._relabel().change(
            document,
            self._itself(person),
            level=level_named(level),
            categories=categories_named(categories),
            reason=reason,
        )
        found = self.stands(person, document)
        if found is None:
            raise UsageError("There is no such document any more.")
        return found

    def reason(self, person: Person, document: str) -> str:
        self._check(person)
        relabel = self._relabel()
        return relabel.reason(relabel.request_for(document).record, self._itself(person))

    def agree(self, person: Person, document: str, *, reason: str) -> Label:
        self._check(person)
        relabel = self._relabel()
        return relabel.agree(relabel.request_for(document).record, self._itself(person), reason=reason)

    def decline(self, person: Person, document: str, *, reason: str) -> None:
        self._check(person)
        relabel = self._relabel()
        relabel.decline(relabel.request_for(document).record, self._itself(person), reason=reason)

    def _waits(self, person: Person, document: str, name: str) -> Lowering | None:
        try:
            one = self._relabel().request_for(document)
        except UsageError:
            return None
        try:
            self._relabel().refuse_unless_answerable(one.record, self._itself(person))
        except (RefusedError, UsageError):
            return self._lowering(person, one, name)
        return replace(self._lowering(person, one, name), may_answer=True)

    def _lowering(self, person: Person, one: Request, name: str) -> Lowering:
        return Lowering(
            document=one.document,
            name=name,
            label=one.label,
            wanted=one.wanted,
            since=one.since,
            until=one.until,
            mine=one.asker == pseudonym(self._keys, person.id),
        )

    @staticmethod
    def _check(person: Person) -> None:
        if not person.roles & SEES_ALL:
            raise RefusedError("Only who looks after the library may do this.", cure="Ask an operator or an owner.")
