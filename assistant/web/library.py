"""The Library page's handlers: which documents there are, what was set aside and why, what ran.

Staff see the documents they may read and can open them. Who looks after the library sees every name, label and
outcome, and opens only what they may read: the house holds to both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import gradio as gr

from assistant.web import labels_text, render, tending_text
from assistant.web.acting import person_of
from assistant.web.adding import EMPTY, AddingDesk
from assistant.web.base import House, LibraryRow
from assistant.web.explaining import FindingForm
from assistant.web.relabelling import LabelForm
from policies.errors import RingfenceError
from policies.vocabulary import Person, Role

ROWS = 100
RUNS = 20
SOON, LATER, OFF = 1.5, 10.0, 0.0  # seconds until the page looks again at what runs
NOTHING: dict[str, Any] = {"running": "", "sources": "", "aside": "", "jobs": "", "every": OFF, "add": False}
STATES = {
    "live": "ready",
    "expired": "expired",
    "quarantined": "set aside",
    "failed": "not taken in, will be tried again",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Browsing:
    """What one page session looks at. `told`: what it was last told of what runs; `at_work`: names and jobs of that."""

    text: str = ""
    start: int = 0
    told: str = ""
    at_work: tuple[str, ...] = ()


class LibraryDesk:
    """The handlers of the page."""

    def __init__(self, house: House) -> None:
        self._library = house.library
        self._tending = house.tending
        self.adding = AddingDesk(house)
        self.labels = LabelForm(house)
        self.finding = FindingForm(house)
        self._acts: dict[str, Callable[[Person, str], None]] = {
            tending_text.AGAIN: house.tending.read_again,
            tending_text.NEVER_MIND: house.tending.never_mind,
            tending_text.SYNC: house.tending.sync,
            tending_text.CANCEL: house.tending.cancel,
            tending_text.REMOVE: house.tending.remove_source,
        }
        self._begins: dict[str, Callable[[Person, str], dict[str, Any]]] = {
            tending_text.ASK_REMOVE: self._ask_remove,
            tending_text.KEEP: lambda *_: {"said": ""},
            labels_text.LABEL: self.labels.begin_change,
            labels_text.ANSWER: self.labels.begin_answer,
            labels_text.FIND: self.finding.begin,
        }

    def load(self, text: str, browsing: Browsing, request: gr.Request) -> dict[str, Any]:
        """The whole page; for who looks after it, with what waits for a second person."""
        person = person_of(request)
        return self.look(text, browsing, request) | (self.labels.waiting(person) if looks_after(person) else {})

    def look(self, text: str, browsing: Browsing, request: gr.Request) -> dict[str, Any]:
        """The documents whose name, or what they say of themselves, holds `text`; for who looks after them also
        sources, what was set aside, runs."""
        return self._page(person_of(request), replace(browsing, text=text.strip()[:200], start=0))

    def following(self, browsing: Browsing, request: gr.Request) -> dict[str, Any]:
        return self._page(person_of(request), replace(browsing, start=browsing.start + ROWS))

    def act(self, wanted: str, browsing: Browsing, request: gr.Request) -> dict[str, Any]:
        """Do what a line offers, and say so."""
        person = person_of(request)
        verb, _, id = wanted.partition("-")
        if verb in self._begins:
            return self._begins[verb](person, id)
        try:
            if verb not in self._acts:
                return {"said": tending_text.problem("There is no such act.")}
            self._acts[verb](person, id)
        except RingfenceError as error:
            return {"said": tending_text.problem(str(error))}
        return self._page(person, browsing) | {"said": tending_text.told(tending_text.TOLD[verb])}

    def save(self, browsing: Browsing, request: gr.Request, *asked: Any) -> dict[str, Any]:
        """Save a source that was asked for; the page then lists it."""
        done = self.adding.save(dict(zip(EMPTY, asked, strict=True)), request)
        return self._page(person_of(request), browsing) | done if "said" in done else done

    def relabelled(self, done: dict[str, Any], browsing: Browsing, request: gr.Request) -> dict[str, Any]:
        """What a form about a label has done, and the list as it is now."""
        return done | self._page(person_of(request), browsing) if "form" in done else done

    def tick(self, browsing: Browsing, request: gr.Request) -> dict[str, Any]:
        """What runs, as it stands now; the whole page when something has begun or ended; nothing when all is as it
        was."""
        person = person_of(request)
        if not looks_after(person):
            return {"every": OFF}
        work, told, at_work = self._work(person)
        if at_work != browsing.at_work:
            return self._page(person, browsing)
        if told == browsing.told:
            return {"every": work["every"]}
        return work | {"browsing": replace(browsing, told=told)}

    def _ask_remove(self, person: Person, source: str) -> dict[str, Any]:
        try:
            row = next((one for one in self._tending.sources(person) if one.id == source), None)
        except RingfenceError as error:
            return {"said": tending_text.problem(str(error))}
        return {
            "said": tending_text.ask_remove(row) if row else tending_text.problem("There is no such source any more.")
        }

    def _page(self, person: Person, browsing: Browsing) -> dict[str, Any]:
        found = self._library.documents(person, text=browsing.text, status="", start=browsing.start, limit=ROWS + 1)
        keeper = looks_after(person)
        aside = self._library.set_aside(person) if keeper else ()
        page = {
            "summary": summary(found, aside, keeper=keeper, browsing=browsing),
            "table": documents(found[:ROWS], keeper=keeper),
            "more": len(found) > ROWS,
            "said": "",
        }
        return page | (self._kept(person, aside, browsing) if keeper else NOTHING | {"browsing": browsing})

    def _kept(self, person: Person, aside: Sequence[LibraryRow], browsing: Browsing) -> dict[str, Any]:
        """What those see who look after the library."""
        work, told, at_work = self._work(person)
        names = frozenset(at_work)
        return work | {
            "sources": tending_text.sources(self._tending.sources(person), names),
            "aside": tending_text.set_aside(aside, partial(self._tending.problem, person), names),
            "add": True,
            "browsing": replace(browsing, told=told, at_work=at_work),
        }

    def _work(self, person: Person) -> tuple[dict[str, Any], str, tuple[str, ...]]:
        """What runs and what ran, and when to look again; both as one text; names and jobs of what runs."""
        running, jobs = self._tending.running(person), self._library.jobs(person)[:RUNS]
        at_work = (*(row.name for row in running), *(job.job for job in jobs if job.state == "running"))
        shown = tending_text.running(running)
        ran = tending_text.runs(jobs, {row.job: row for row in running if row.job})
        return {"running": shown, "jobs": ran, "every": SOON if at_work else LATER}, shown + ran, at_work


def looks_after(person: Person) -> bool:
    return bool(person.roles & {Role.OPERATOR, Role.OWNER})


# -- markup --------------------------------------------------------------------------------------------


def summary(found: Sequence[LibraryRow], aside: Sequence[LibraryRow], *, keeper: bool, browsing: Browsing) -> str:
    first, last = browsing.start + 1, browsing.start + min(len(found), ROWS)
    more = " and more" if len(found) > ROWS else ""
    if not found:
        words = "No document of that name." if browsing.text else "There is no document yet that you may see."
    elif browsing.start or more:
        words = f"Documents {first:,} to {last:,}{more}"
    else:
        words = f"{last:,} document{'' if last == 1 else 's'}{'' if keeper else ' that you may read'}"
    waiting = f" · {len(aside):,} set aside" if aside else ""
    return f'<p class="summary"><b>{render.escape(words)}</b>{render.escape(waiting)}</p>'


def documents(rows: Sequence[LibraryRow], *, keeper: bool) -> str:
    if not rows:
        return ""
    heads = ("Document", "Label", "Pages", *(("Groups", "Status") if keeper else ()))
    body = "".join(_document(row, keeper=keeper) for row in rows)
    return tending_text.table(heads, body, "Documents")


def _document(row: LibraryRow, *, keeper: bool) -> str:
    name = f'<a href="#d-{render.escape(row.document)}">{render.escape(row.name)}</a>'
    where = f"<small>{render.escape(row.source)}</small>" if row.source != row.name else ""
    said = f"<small>{render.escape(row.said)}</small>" if row.said else ""
    cells = [f"{name}{said}{where}", render.tag(row.label), f"{row.pages:,}"]
    if keeper:
        cells += [render.escape(", ".join(row.groups) or "nobody"), _status(row)]
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _status(row: LibraryRow) -> str:
    words = render.escape(STATES.get(row.status, row.status))
    why = f"<small>{render.escape(row.why)} <code>{render.escape(row.reason)}</code></small>"
    return f"{words}{why}" if row.reason else words
