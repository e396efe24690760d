"""Local accounts. A password is kept as an argon2id hash, a link or a session as the SHA-256 of its token.

Three rules hold for every account: an auditor is nobody's admin or operator, a name is used once, and a disabled
person's sessions and links end at that moment.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import sqlite3
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from assistant.accounts import passwords
from assistant.database import Database
from policies.errors import RefusedError, UsageError
from policies.labels import Level, parse_level
from policies.vocabulary import Person, Role

MINUTE = 60_000_000
LINK_LIFE = 30 * MINUTE
SESSION_LIFE = 10 * 60 * MINUTE
FIRST = "first"  # a link that makes the first admin
WELCOME = "welcome"  # a link that sets the password of one person

SCHEMA = """
CREATE TABLE people (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE, password TEXT NOT NULL,
    clearance TEXT NOT NULL, groups TEXT NOT NULL, roles TEXT NOT NULL, test INTEGER NOT NULL DEFAULT 0,
    disabled INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL);
CREATE TABLE links (token TEXT PRIMARY KEY, purpose TEXT NOT NULL, person TEXT NOT NULL, expires INTEGER NOT NULL);
CREATE TABLE sessions (token TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES people(id), expires INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person, and what only accounts know about them."""

    person: Person
    disabled: bool
    has_password: bool
    test: bool


class People:
    """The accounts of one home. `clock` gives microseconds."""

    def __init__(self, path: Path, *, clock: Callable[[], int]) -> None:
        self._database = Database(path, schema=SCHEMA, version=1)
        self._clock = clock

    def add(
        self,
        name: str,
        *,
        groups: Iterable[str] = (),
        clearance: Level = Level.INTERNAL,
        roles: Iterable[Role] = (Role.STAFF,),
        password: str | None = None,
        test: bool = False,
    ) -> Person:
        """Make an account, disabled until `enable`: it must be on record first. Raises UsageError for a name that is
        taken or malformed, a weak password, or roles that one person must not hold together."""
        wanted = frozenset(roles) or frozenset({Role.STAFF})
        _check_name(name)
        _check_roles(wanted)
        hashed = passwords.hashed(password) if password is not None else ""
        person = Person(id=str(uuid.uuid4()), name=name, clearance=clearance, groups=frozenset(groups), roles=wanted)
        with self._database.write() as connection:
            self._insert(connection, person, hashed, test=test)
        return person

    def enable(self, person: Person) -> None:
        with self._database.write() as connection:
            connection.execute("UPDATE people SET disabled = 0 WHERE id = ?", (person.id,))

    def remove(self, person: Person) -> None:
        """Take back an account that never came to be."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM people WHERE id = ?", (person.id,))

    def named(self, name: str) -> Person:
        """The enabled person of that name. Raises UsageError when there is none."""
        account = self._find("name = ?", name)
        if account is None or account.disabled:
            raise UsageError(
                f"There is no person called {name!r}.",
                cure="See `ringfence users list`, or add one with `ringfence users add`.",
            )
        return account.person

    def account(self, name: str) -> Account | None:
        return self._find("name = ?", name)

    def everyone(self) -> list[Account]:
        with self._database.read() as connection:
            return [_account(row) for row in connection.execute("SELECT * FROM people ORDER BY name")]

    def has_admin(self) -> bool:
        """Whether somebody can administer this home: an enabled admin with a password."""
        return any(
            Role.ADMIN in account.person.roles and account.has_password and not account.disabled
            for account in self.everyone()
        )

    def disable(self, name: str) -> Person:
        person = self.named(name)
        with self._database.write() as connection:
            connection.execute("UPDATE people SET disabled = 1 WHERE id = ?", (person.id,))
            connection.execute("DELETE FROM sessions WHERE person = ?", (person.id,))
            connection.execute("DELETE FROM links WHERE person = ?", (person.id,))
        return person

    # -- passwords and one-time links -----------------------------------------------------------------

    def link(self, purpose: str, person: str = "") -> str:
        """A one-time token, good for 30 minutes. A new one for the same person ends the older one; several links for
        the first admin may be about, and the first one used ends them all."""
        token = secrets.token_urlsafe(32)
        with self._database.write() as connection:
            connection.execute(
                "DELETE FROM links WHERE expires < ? OR (person = ? AND person != '')", (self._clock(), person)
            )
            row = (_digest(token), purpose, person, self._clock() + LINK_LIFE)
            connection.execute("INSERT INTO links VALUES (?,?,?,?)", row)
        return token

    def link_is_good(self, purpose: str, token: str) -> bool:
        """Whether `token` can still be used; for showing the form."""
        with self._database.read() as connection:
            return self._link(connection, purpose, token) is not None

    def welcomed(self, token: str) -> Person | None:
        """Whose password this link would set; None when it is spent or too old."""
        with self._database.read() as connection:
            link = self._link(connection, WELCOME, token)
        account = self._find("id = ?", link["person"]) if link else None
        return account.person if account and not account.disabled else None

    def use_first_link(self, token: str, *, name: str, password: str) -> Person:
        """Make the first admin, disabled until `enable`. Raises RefusedError when the link is spent or too old, or an
        admin is there."""
        _check_name(name)
        hashed = passwords.hashed(password)
        with self._database.write() as connection:
            self._spend(connection, FIRST, token)
            admins = connection.execute("SELECT roles FROM people WHERE disabled = 0 AND password != ''").fetchall()
            if any(Role.ADMIN in json.loads(row["roles"]) for row in admins):
                raise RefusedError("This home has an admin already.", cure="Ask the admin for an account.")
            person = Person(id=str(uuid.uuid4()), name=name, roles=frozenset({Role.STAFF, Role.OPERATOR, Role.ADMIN}))
            self._insert(connection, person, hashed)
            connection.execute("DELETE FROM links WHERE purpose = ?", (FIRST,))
        return person

    def use_welcome_link(self, token: str, *, password: str) -> Person:
        """Set the password of the person the link was made for; their sessions end."""
        hashed = passwords.hashed(password)
        with self._database.write() as connection:
            person = self._spend(connection, WELCOME, token)
            connection.execute("UPDATE people SET password = ? WHERE id = ? AND disabled = 0", (hashed, person))
            connection.execute("DELETE FROM sessions WHERE person = ?", (person,))
        account = self._find("id = ?", person)
        if account is None or account.disabled:
            raise RefusedError("This link is not good any more.", cure="Ask for a new one.")
        return account.person

    # -- signing in ------------------------------------------------------------------------------------

    def sign_in(self, name: str, password: str) -> tuple[Person, str] | None:
        """The person and a session token, or None. Takes as long for an unknown name as for a wrong password."""
        with self._database.read() as connection:
            row = connection.execute("SELECT * FROM people WHERE name = ?", (name,)).fetchone()
        known = row is not None and not row["disabled"] and bool(row["password"])
        if not passwords.matches(password, row["password"] if known else None):
            return None
        person = _account(row).person
        return person, self.start_session(person.id)

    def start_session(self, person: str) -> str:
        token = secrets.token_urlsafe(32)
        with self._database.write() as connection:
            connection.execute("DELETE FROM sessions WHERE expires < ?", (self._clock(),))
            connection.execute(
                "INSERT INTO sessions VALUES (?,?,?)", (_digest(token), person, self._clock() + SESSION_LIFE)
            )
        return token

    def of_session(self, token: str) -> Person | None:
        """Who holds this session now; None when it is unknown, too old, or the person is disabled."""
        sql = "SELECT p.* FROM people p JOIN sessions s ON s.person = p.id WHERE s.token = ? AND s.expires > ?"
        with self._database.read() as connection:
            row = connection.execute(sql, (_digest(token), self._clock())).fetchone()
        return None if row is None or row["disabled"] else _account(row).person

    def sign_out(self, token: str) -> None:
        with self._database.write() as connection:
            connection.execute("DELETE FROM sessions WHERE token = ?", (_digest(token),))

    # ---------------------------------------------------------------------------------------------------

    def _insert(self, connection: sqlite3.Connection, person: Person, hashed: str, *, test: bool = False) -> None:
        """Disabled. Raises UsageError when the name reads like one that is there."""
        for (taken,) in connection.execute("SELECT name FROM people"):
            if _read_as(taken) == _read_as(person.name):
                raise UsageError(f"There is a person called {taken!r} already.", cure="Choose another name.")
        row = (person.id, person.name, hashed, str(person.clearance), *_lists(person), int(test), self._clock())
        connection.execute("INSERT INTO people VALUES (?,?,?,?,?,?,?,1,?)", row)

    def _find(self, where: str, value: str) -> Account | None:
        with self._database.read() as connection:
            row = connection.execute(f"SELECT * FROM people WHERE {where}", (value,)).fetchone()  # noqa: S608  fixed texts
        return _account(row) if row else None

    def _link(self, connection: sqlite3.Connection, purpose: str, token: str) -> sqlite3.Row | None:
        sql = "SELECT * FROM links WHERE token = ? AND purpose = ? AND expires > ?"
        row: sqlite3.Row | None = connection.execute(sql, (_digest(token), purpose, self._clock())).fetchone()
        return row

    def _spend(self, connection: sqlite3.Connection, purpose: str, token: str) -> str:
        row = self._link(connection, purpose, token)
        if row is None:
            raise RefusedError(
                "This link is not good any more.", cure="Ask for a new one; each works once, for 30 minutes."
            )
        connection.execute("DELETE FROM links WHERE token = ?", (row["token"],))
        return str(row["person"])


def _check_name(name: str) -> None:
    if not re.fullmatch(r"[\w][\w .@'’-]{0,63}", name):
        raise UsageError(
            f"{name!r} cannot be a name.",
            cure="Use up to 64 letters, digits, spaces and . @ - ', beginning with a letter.",
        )


def _read_as(name: str) -> str:
    """What somebody reads who sees it: who asked and who agreed are told apart by it."""
    from policies.views import characters  # here: it takes time to load, and few commands make a person
    from policies.views.base import View

    return " ".join(characters.clean(View("raw", name)).text.casefold().split())


def _check_roles(roles: frozenset[Role]) -> None:
    if Role.AUDITOR in roles and roles & {Role.ADMIN, Role.OPERATOR}:
        raise UsageError("An auditor cannot be an admin or an operator.", cure="Make two accounts for two people.")


def _lists(person: Person) -> tuple[str, str]:
    return json.dumps(sorted(person.groups)), json.dumps(sorted(person.roles))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _account(row: sqlite3.Row) -> Account:
    person = Person(
        id=row["id"],
        name=row["name"],
        clearance=parse_level(row["clearance"]),
        groups=frozenset(json.loads(row["groups"])),
        roles=frozenset(Role(role) for role in json.loads(row["roles"])),
    )
    return Account(
        person=person, disabled=bool(row["disabled"]), has_password=bool(row["password"]), test=bool(row["test"])
    )
