"""Why a person does not find a document, for the pages: operators and owners alone, each look on the record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.desk.finding import finding
from assistant.desk.library import SEES_ALL
from assistant.web.finding import Step
from policies.errors import RefusedError, UsageError
from policies.vocabulary import Person

if TYPE_CHECKING:
    from assistant.wiring import Parts


class Explaining:
    """Keeps `web.finding.Finding`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def why_not(self, person: Person, document: str, name: str) -> Sequence[Step]:
        # Without a question: where a document stands for one tells of its text.
        if not person.roles & SEES_ALL:
            raise RefusedError("Only who looks after the library may do this.", cure="Ask an operator or an owner.")
        account = self._parts.people.account(name)
        if account is None:
            raise UsageError(f"There is no person called {name!r}.", cure="Write the name as they sign in.")
        found = finding(self._parts).explain(document, account.person, enabled=not account.disabled, actor=person.id)
        return tuple(Step(holds=step.holds, said=step.said, hint=step.hint) for step in found.steps)
