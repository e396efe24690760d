"""Signing in and out, and one-time links. Every attempt is recorded before its result is known to anybody."""

from __future__ import annotations

from assistant.accounts.people import FIRST, WELCOME, People
from assistant.web.base import Link
from policies.audit.events import PersonChanged, Recorder, SignedIn
from policies.errors import RecordError, RefusedError, UsageError
from policies.labels import Level
from policies.vocabulary import Person, Role


class Entrance:
    """Keeps `web.base.Accounts`, and what `ringfence users` does."""

    def __init__(self, people: People, recorder: Recorder) -> None:
        self._people = people
        self._recorder = recorder

    def sign_in(self, name: str, password: str) -> str | None:
        account = self._people.account(name)
        actor = account.person.id if account else "unknown"
        found = self._people.sign_in(name, password)
        self._recorder.append(SignedIn(actor=actor, outcome="ok" if found else "refused"))
        return found[1] if found else None

    def session(self, token: str) -> Person | None:
        return self._people.of_session(token)

    def sign_out(self, token: str) -> None:
        person = self._people.of_session(token)
        if person is not None:
            self._recorder.append(SignedIn(actor=person.id, outcome="out"))
        self._people.sign_out(token)

    def link(self, token: str) -> Link | None:
        if self._people.link_is_good(FIRST, token):
            return Link()
        person = self._people.welcomed(token)
        return Link(name=person.name) if person else None

    def use_link(self, token: str, name: str, password: str) -> str:
        try:
            if self._people.link_is_good(FIRST, token):
                person = self._people.use_first_link(token, name=name, password=password)
                self._welcome(person, actor=person.id)
            else:
                person = self._people.use_welcome_link(token, password=password)
                self._record("password-set", person, actor=person.id)
        except RefusedError as error:
            raise UsageError(error.message, cure=error.cure) from None
        return self._people.start_session(person.id)

    # -- what the command line does --------------------------------------------------------------------

    def add(
        self,
        name: str,
        *,
        actor: str,
        groups: list[str],
        clearance: Level,
        roles: list[Role],
        password: str | None = None,
        test: bool = False,
    ) -> Person:
        person = self._people.add(name, groups=groups, clearance=clearance, roles=roles, password=password, test=test)
        self._welcome(person, actor=actor)
        return person

    def disable(self, name: str, *, actor: str) -> None:
        self._record("disabled", self._people.named(name), actor=actor)
        self._people.disable(name)

    def welcome_token(self, person: Person) -> str:
        return self._people.link(WELCOME, person.id)

    def first_token(self) -> str | None:
        """A link for the first admin; None when there is one already."""
        return None if self._people.has_admin() else self._people.link(FIRST)

    def _welcome(self, person: Person, *, actor: str) -> None:
        """On record first, then enabled; an account that cannot be recorded is taken back."""
        try:
            self._record("added", person, actor=actor)
        except RecordError:
            self._people.remove(person)
            raise
        self._people.enable(person)

    def _record(self, change: str, person: Person, *, actor: str) -> None:
        self._recorder.append(
            PersonChanged(
                actor=actor,
                subject=person.id,
                change=change,
                roles=sorted(person.roles),
                groups=sorted(person.groups),
                clearance=str(person.clearance),
            )
        )
