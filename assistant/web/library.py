"""The Library page's handlers: which documents there are, what was set aside and why, what ran.

Staff see the documents they may read and can open them. Who looks after the library sees every name, label and
outcome, and opens only what they may read: the house holds to both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from assistant.web import render
from assistant.web.base import House, JobRow, LibraryRow
from assistant.web.chat import person_of
from policies.vocabulary import Person, Role

ROWS = 100
# Reason codes of ingestion, in words.
REASONS = {
    "DAMAGED": "The file is damaged.",
    "EMPTY": "The file is empty.",
    "ENCRYPTED": "It is protected with a password.",
    "EXPANDS": "It unpacks to far more than it should.",
    "GONE": "It was there when the run began and gone when it was read.",
    "INTERNAL": "Its reader broke on it.",
    "INTERRUPTED": "The run was interrupted; the next one tries again.",
    "MALWARE": "A malware check found something in it.",
    "MEMORY": "Reading it took too much memory.",
    "NO_TEXT": "No text was found in it.",
    "RECORDING": "Recordings are not read; a transcript of it can be.",
    "TIMEOUT": "Reading it took too long.",
    "TOO_LARGE": "It is larger than this site takes.",
    "TOO_MANY_PAGES": "It has more pages than this site takes.",
    "UNCHECKED": "The malware check gave no verdict on it; the next run tries again.",
    "UNREADABLE": "It could not be opened.",
    "UNSUPPORTED": "This kind of file cannot be read here.",
    "VANISHED": "It is no longer at its source.",
}
STATES = {
    "live": "ready",
    "expired": "expired",
    "quarantined": "set aside",
    "failed": "not taken in, will be tried again",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Browsing:
    text: str = ""
    start: int = 0


class LibraryDesk:
    """The handlers of the page."""

    def __init__(self, house: House) -> None:
        self._library = house.library

    def look(self, text: str, browsing: Browsing, request: gr.Request) -> dict[str, Any]:
        """The documents whose name, or what they say of themselves, holds `text`; for who looks after them also
        what was set aside and what ran."""
        return self._page(person_of(request), replace(browsing, text=text.strip()[:200], start=0))

    def following(self, browsing: Browsing, request: gr.Request) -> dict[str, Any]:
        return self._page(person_of(request), replace(browsing, start=browsing.start + ROWS))

    def _page(self, person: Person, browsing: Browsing) -> dict[str, Any]:
        found = self._library.documents(person, text=browsing.text, status="", start=browsing.start, limit=ROWS + 1)
        keeper = looks_after(person)
        aside = self._library.set_aside(person) if keeper else ()
        jobs = self._library.jobs(person) if keeper else ()
        return {
            "summary": summary(found, aside, keeper=keeper, browsing=browsing),
            "table": documents(found[:ROWS], keeper=keeper),
            "aside": set_aside(aside) if keeper else "",
            "jobs": runs(jobs) if keeper else "",
            "more": len(found) > ROWS,
            "browsing": browsing,
        }


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
    return _table(heads, body)


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
    return f"{words}<small>{_reason(row.reason)}</small>" if row.reason else words


def _reason(code: str) -> str:
    """The reason in words first, its code behind."""
    return f"{render.escape(REASONS.get(code, 'It could not be taken in.'))} <code>{render.escape(code)}</code>"


def set_aside(rows: Sequence[LibraryRow]) -> str:
    if not rows:
        return '<h3>Set aside</h3><p class="soft">Nothing waits for a person.</p>'
    body = "".join(
        f"<tr><td>{render.escape(row.name)}<small>{render.escape(row.source)}</small></td><td>{_reason(row.reason)}</td></tr>"
        for row in rows
    )
    return f"<h3>Set aside</h3>{_table(('File', 'Why'), body)}"


def runs(rows: Sequence[JobRow]) -> str:
    if not rows:
        return '<h3>Runs</h3><p class="soft">Nothing was taken in yet.</p>'
    body = "".join(
        f"<tr><td>{render.escape(render.when(row.started)[:16])}</td><td>{render.escape(row.state)}</td>"
        f"<td>{_counts(row.counts)}</td></tr>"
        for row in rows
    )
    return f"<h3>Runs</h3>{_table(('Started (UTC)', 'State', 'Files'), body)}"


def _counts(counts: dict[str, int]) -> str:
    names = {"quarantined": "set aside"}
    said = [f"{number:,} {names.get(name, name)}" for name, number in counts.items() if number]
    return render.escape(", ".join(said) or "nothing new")


def _table(heads: Sequence[str], body: str) -> str:
    head = "".join(f"<th>{name}</th>" for name in heads)
    return f'<table class="record"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
