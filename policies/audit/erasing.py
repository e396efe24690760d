"""Erasing what a person wrote, and the receipt.

    1 the intent is durable; a hold refuses inside the same transaction
    2 `erasures.log` says so, for backups that are older
    3 the person's key is destroyed: what was sealed under it can be read by nobody any more; their conversations go
    4 the receipt is recorded: which records it covers, and what lies beyond this home

Killed between 1 and 4, the next process that recovers the record goes on from 2: each step may be done again. The
record itself loses nothing and verifies as before: it holds a salted commitment, and the salt is gone with the text.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from policies.audit.backups import held
from policies.audit.events import Content
from policies.audit.forms import fields_of
from policies.audit.ledger import NOT_A_PERSON, Ledger
from policies.audit.person_events import EraseIntended, PersonErased
from policies.audit.since import one
from policies.audit.store import reading, record_error
from policies.errors import RefusedError
from policies.keys import pseudonym

ERASED = "erased"
NOT_REACHED = [
    "the account: its name, its groups and its password",
    "documents, whoever wrote them",
    "what left for a destination",
    "backups, and copies of this home that are kept elsewhere",
    "what people copied out",
]
_ABOUT = "SELECT seq, body FROM records WHERE instr(body, ?) > 0 AND instr(body, ?) > 0 ORDER BY seq"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """`record` says that it was placed; `asked` is who asked for its end, as the record names them; empty: nobody."""

    record: int
    asked: str


class Erasing:
    """What erases for one home. `conversations` deletes those of a person; `note` writes the line of the log: a
    pseudonym and when it was intended. `known` are the ids of all who may have written something."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        conversations: Callable[[str], int],
        note: Callable[[str, int], None],
        known: Callable[[], set[str]],
    ) -> None:
        self._ledger = ledger
        self._conversations = conversations
        self._note = note
        self._known = known

    def named(self, person: str) -> str:
        """As the record names this person, given their id."""
        same = person in NOT_A_PERSON or person.startswith("os:")
        return person if same else pseudonym(self._ledger.keys, person)

    # -- holds ---------------------------------------------------------------------------------------------

    def held(self, person: str) -> Hold | None:
        """The hold that stands on what this person wrote."""
        try:
            with reading(self._ledger.path) as db:
                return _held(db, self.named(person))
        except sqlite3.Error as error:
            raise record_error(self._ledger.path.name, error) from error

    # -- erasing -------------------------------------------------------------------------------------------

    def done(self, person: str) -> int:
        """The newest receipt about this person when nothing of theirs came since; else -1."""
        if self._ledger.sealed.has_key(f"person:{person}"):
            return -1
        with reading(self._ledger.path) as db:
            found = db.execute(_ABOUT, ('"kind":"PersonErased"', _subject(self.named(person)))).fetchall()
        return int(found[-1][0]) if found else -1

    def erase(
        self, person: str, *, request: int, who: Mapping[str, str], contents: Mapping[str, Content] | None = None
    ) -> int:
        """All four steps; returns the index of the receipt. Raises RefusedError where a hold stands or the request was
        used, and then nothing was erased; UnavailableError where a store cannot be cleaned, to be finished by
        whoever recovers the record next. `request` -1: done before, and done again whatever hold still stands."""
        intent = EraseIntended(**who, subject=person, request=request)
        stands = (lambda _: False) if request < 0 else lambda db: _in_the_way(db, self.named(person), request)
        seq = self._ledger.append_unless(intent, stands, contents)
        if seq is None:
            raise RefusedError(
                "A hold stands on what this person wrote, or the request was used: nothing was erased.",
                cure="`ringfence audit hold --subject USER --release --reason TEXT` ends a hold.",
            )
        return self._ledger.append(self._finished(person, seq, who))

    def resolve(self, intent: Mapping[str, Any]) -> PersonErased | None:
        """Finish what a dead writer intended. None where nobody knows any more whom it was about."""
        subject = str(intent["subject"])
        person = next((id for id in sorted(self._known() | {subject}) if self.named(id) == subject), None)
        return None if person is None else self._finished(person, int(intent["seq"]), {"actor": "system"})

    def again(self, listed: Mapping[str, int], who: Mapping[str, str]) -> int:
        """Erase anew what `erasures.log` lists and this home, put back from an older backup, does not know of. Returns
        how many persons that were."""
        with reading(self._ledger.path) as db:
            stated = [fields_of(body) for _, body in db.execute(_ABOUT, ('"kind":"EraseIntended"', '"subject":'))]
        here = {str(body["subject"]): int(body["time"]) for body in stated if "subject" in body}
        missing = [self._id_of(subject) for subject, time in listed.items() if here.get(subject, -1) < time]
        for person in filter(None, missing):  # who has no account here has written nothing here
            self.erase(person, request=-1, who=who)
        for subject, time in listed.items():
            self._note(subject, time)
        return sum(person is not None for person in missing)

    def _id_of(self, subject: str) -> str | None:
        return next((id for id in sorted(self._known()) if self.named(id) == subject), None)

    def _finished(self, person: str, intent: int, who: Mapping[str, str]) -> PersonErased:
        """Steps 2 and 3."""
        sealed = self._ledger.sealed
        self._note(self.named(person), int(one(self._ledger, intent)["time"]))
        sealed.destroy(f"person:{person}")
        self._conversations(person)
        gone = frozenset(sealed.destroyed(f"person:{person}"))
        return PersonErased(
            **who,
            closes=intent,
            subject=person,
            outcome=ERASED,
            sealed=len(gone),
            covers=[seq for seq, body in self._ledger.bodies() if _seals(body, gone)],
            backups=held(self._ledger.home),
            not_reached=NOT_REACHED,
        )


def _held(db: sqlite3.Connection, subject: str) -> Hold | None:
    standing: Hold | None = None
    for seq, text in db.execute(_ABOUT, ('"kind":"HoldChanged"', _subject(subject))):
        body = fields_of(text)
        match body.get("change"):
            case "placed":
                standing = standing or Hold(record=int(seq), asked="")
            case "release-asked" if standing:
                asked = str(body.get("on_behalf_of") or body.get("actor"))
                standing = Hold(record=standing.record, asked=asked)
            case "released":
                standing = None
    return standing


def _in_the_way(db: sqlite3.Connection, subject: str, request: int) -> bool:
    used = db.execute(_ABOUT, ('"kind":"EraseIntended"', f'"request":{request},')).fetchone()
    return used is not None or _held(db, subject) is not None


def _subject(named: str) -> str:
    return f'"subject":"{named}"'


def _seals(text: str, items: frozenset[str]) -> bool:
    if '"commitments":{' not in text:
        return False
    commitments = fields_of(text).get("commitments", {})
    return any(isinstance(one, dict) and one.get("sealed") in items for one in commitments.values())
