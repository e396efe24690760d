"""The page "What may leave": its handlers. How it stands, stopping with one click, and a second person's word.

The house decides who may do what and records it; this page shows what is so. Nobody is named on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from assistant.web import leaving_text as words
from assistant.web.acting import person_of
from assistant.web.base import House
from assistant.web.leaving import Stands, Waits
from policies.errors import RingfenceError
from policies.vocabulary import Person

SHORTEST_REASON = 8
STOPPING = "Stopping…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choosing:
    """What one page session looks at. `read`: the exact text of the chosen request was shown to this person."""

    rows: tuple[Waits, ...] = ()
    chosen: int = -1
    read: bool = False


class PolicyDesk:
    """The handlers of the page."""

    def __init__(self, house: House) -> None:
        self._leaving = house.leaving

    def look(self, request: gr.Request) -> dict[str, Any]:
        """The whole page, as it stands now."""
        person = person_of(request)
        return self._standing(person) | self._waiting(person, Choosing()) | {"said": ""}

    def stop(self, request: gr.Request) -> Iterator[dict[str, Any]]:
        """Stop at once, ask nothing, say that it is done and who may open it again."""
        person = person_of(request)
        yield {"said": words.told(STOPPING)}
        try:
            done = self._leaving.stop(person)
        except RingfenceError as error:
            yield {"said": words.problem(str(error))}
            return
        yield self._standing(person) | {"said": words.stopped(done)}

    def start(self, request: gr.Request) -> dict[str, Any]:
        """Ask to start again, or agree to it."""
        person = person_of(request)
        try:
            opened = self._leaving.start_again(person)
        except RingfenceError as error:
            return self._standing(person) | {"said": words.problem(str(error))}
        return self._standing(person) | {"said": words.told(words.OPENED if opened else words.ASKED)}

    def choose(self, wanted: str, choosing: Choosing) -> dict[str, Any]:
        """One of the requests that wait, without its text."""
        chosen = _row(choosing, int(wanted)) if wanted.isdecimal() else None
        if chosen is None or not chosen.may_agree:
            return {"detail": words.problem("This request does not wait for you."), "asking": False, "agreeing": False}
        choosing = replace(choosing, chosen=chosen.record, read=False)
        return {
            "waiting": words.waiting(choosing.rows, choosing.chosen),
            "detail": words.chosen(chosen),
            "asking": True,
            "agreeing": False,
            "why": "",
            "choosing": choosing,
        }

    def read(self, why: str, choosing: Choosing, request: gr.Request) -> dict[str, Any]:
        """The exact text, after a reason that is recorded first."""
        person, row = person_of(request), _row(choosing, choosing.chosen)
        if row is None:
            return {"detail": words.problem("Choose a request first.")}
        if len(why.strip()) < SHORTEST_REASON:
            return {"detail": words.chosen(row) + words.problem(words.SAY_WHY)}
        try:
            text = self._leaving.read(person, row.record, why.strip())
        except RingfenceError as error:
            return {"detail": words.problem(str(error))}
        return {
            "detail": words.chosen(row, opened=True) + words.exact(text),
            "asking": False,
            "agreeing": True,
            "choosing": replace(choosing, read=True),
        }

    def agree(self, choosing: Choosing, request: gr.Request) -> dict[str, Any]:
        """Let exactly what was shown leave."""
        person = person_of(request)
        if not choosing.read:
            return {"detail": words.problem("Read it first."), "agreeing": False}
        try:
            until = self._leaving.agree(person, choosing.chosen)
        except RingfenceError as error:
            return {"detail": words.problem(str(error)), "agreeing": False}
        done = words.told(f"Agreed. It may leave until {words.moment(until)}, when the person asks the same again.")
        return self._waiting(person, Choosing()) | {"detail": done}

    # -----------------------------------------------------------------------------------------------------

    def _standing(self, person: Person) -> dict[str, Any]:
        stands = self._leaving.stands(person)
        return {
            "standing": words.standing(stands),
            "stop": stands.may_stop and stands.open,
            "start": _starting(stands),
            "facts": words.facts(stands),
        }

    def _waiting(self, person: Person, choosing: Choosing) -> dict[str, Any]:
        try:
            rows, shown = tuple(self._leaving.waiting(person)), ""
        except RingfenceError as error:  # what cannot be listed must not hide the button that stops
            rows, shown = (), words.problem(str(error))
        return {
            "waiting": words.waiting(rows, -1) + shown,
            "detail": "",
            "asking": False,
            "agreeing": False,
            "why": "",
            "choosing": replace(choosing, rows=rows),
        }


def _starting(stands: Stands) -> str:
    """What the button to start again says; empty where there is none."""
    if not stands.stopped or not stands.may_start or stands.asked_by_me:
        return ""
    return "Agree to start sending again" if stands.asked else "Ask to start sending again"


def _row(choosing: Choosing, record: int) -> Waits | None:
    return next((row for row in choosing.rows if row.record == record), None)
