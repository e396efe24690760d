"""The Record page's handlers: what happened, whether the record is whole, and one row in detail.

Contents stay hidden until somebody gives a reason, and giving it is recorded first. The house does both.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import gradio as gr

from assistant.web import render
from assistant.web.acting import person_of
from assistant.web.base import House, RecordDetail, RecordFacts, RecordFilter, RecordRow
from policies.errors import RingfenceError
from policies.labels import Level, parse_label

ROWS = 50
SHORTEST_REASON = 8
WHEN = {"Today": 1, "Last 7 days": 7, "Last 30 days": 30, "Everything": 0}
EVERYTHING = "everything"
WHATS = ("answered here", "sent outside", "kept here by policy", "refused", "nothing found", "not answered", "stopped")
ANY_LEVEL = "any"
COLUMNS = ("Record", "Time (UTC)", "Person", "Action", "Outcome", "Label", "Went to", "Reason")
LEVELS = (ANY_LEVEL, *(str(level) for level in Level))


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """What one page session looks at."""

    wanted: RecordFilter = field(default_factory=lambda: RecordFilter(limit=ROWS))
    rows: tuple[RecordRow, ...] = ()  # on the page, so that choosing one reads no others again
    chosen: int = -1


class Audit:
    """The handlers of the page."""

    def __init__(self, house: House) -> None:
        self._record = house.record

    def look(self, when: str, what: str, level: str, looking: Looking, request: gr.Request) -> dict[str, Any]:
        """The strip, the counts and the newest rows within the filter."""
        person = person_of(request)
        days = WHEN.get(when, 30)
        wanted = RecordFilter(
            since=(time.time_ns() // 1000 - days * 86_400_000_000) if days else 0,
            what="" if what == EVERYTHING else what,
            level="" if level == ANY_LEVEL else level,
            limit=ROWS,
        )
        rows = self._record.rows(person, wanted)
        counts = self._record.counts(person, replace(wanted, what=""))
        return {
            "strip": strip(self._record.facts(person)),
            "choices": [(f"{name.capitalize()} ({counts.get(name, 0):,})", name) for name in (EVERYTHING, *WHATS)],
            "table": table(rows, looking.chosen),
            "more": len(rows) == ROWS,
            "looking": replace(looking, wanted=wanted, rows=tuple(rows)),
        }

    def older(self, shown: Looking, request: gr.Request) -> dict[str, Any]:
        """The rows before those on the page."""
        if not shown.rows:
            return {"more": False}
        wanted = replace(shown.wanted, before=shown.rows[-1].index)
        following = self._record.rows(person_of(request), wanted)
        if not following:
            return {"more": False}
        shown = replace(shown, rows=tuple(following))
        return {"table": table(following, shown.chosen), "more": len(following) == ROWS, "looking": shown}

    def choose(self, index: str, looking: Looking, request: gr.Request) -> dict[str, Any]:
        """One row, with all that stands behind it."""
        person = person_of(request)
        found = self._record.detail(person, int(index)) if index.isdecimal() else None
        if found is None:
            return {"detail": '<p class="notice">There is no such record.</p>', "sealed": False, "revealed": ""}
        looking = replace(looking, chosen=found.row.index)
        return {
            "detail": detail(found),
            "sealed": bool(found.contents),
            "revealed": "",
            "why": "",
            "table": table(looking.rows, looking.chosen),
            "looking": looking,
        }

    def verify(self, request: gr.Request) -> dict[str, Any]:
        """Check the whole record now."""
        return {"strip": strip(self._record.verify(person_of(request)))}

    def reveal(self, why: str, looking: Looking, request: gr.Request) -> dict[str, Any]:
        """Open what is sealed with the chosen record, for a reason that is recorded first."""
        person = person_of(request)
        if len(why.strip()) < SHORTEST_REASON:
            return {"revealed": '<p class="notice">Say in a few words why. The person will see it.</p>'}
        try:
            contents = self._record.reveal(person, looking.chosen, why.strip())
        except RingfenceError as error:
            return {"revealed": f'<p class="notice">{render.escape(str(error))}</p>'}
        parts = "".join(f"<h3>{render.escape(name)}</h3><p>{render.lines(text)}</p>" for name, text in contents.items())
        opened = "Opened. This is on the record, and the person can see that it was opened and why."
        return {"revealed": f'<div class="opened">{parts}<p class="soft">{opened}</p></div>', "why": ""}


# -- markup ----------------------------------------------------------------------------------------------


def strip(facts: RecordFacts) -> str:
    """Three facts: whole or not, how much is proven outside, what left."""
    if facts.intact is None:
        whole, words = "<b>Not checked yet</b>", "since this site was started"
    elif facts.intact:
        whole, words = '<b class="ok">Intact</b>', f"checked here {_ago(facts.checked)}"
    else:
        whole, words = '<b class="bad">Not intact</b>', f"{facts.problem}, checked here {_ago(facts.checked)}"
    proven = f"{max(facts.proven, 0):,} of {facts.size:,}"
    outside = "proven outside" if facts.proven >= 0 else "proven outside; no checkpoint is known to be kept elsewhere"
    counted = f"{facts.sent:,}" + (f" and {facts.gateway:,}" if facts.gateway is not None else "")
    by = "decided to send, counted at the door" if facts.gateway is not None else "decided to send"
    return (
        f'<div class="strip"><div>{whole}{render.escape(words)}</div>'
        f"<div><b>{proven}</b>{render.escape(outside)}</div><div><b>{counted}</b>{render.escape(by)}</div></div>"
    )


def table(rows: Sequence[RecordRow], chosen: int) -> str:
    if not rows:
        return '<p class="soft none">Nothing of this kind in this time.</p>'
    head = "".join(f"<th>{name}</th>" for name in COLUMNS)
    body = "".join(_row(row, on=row.index == chosen) for row in rows)
    return f'<table class="record"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _row(row: RecordRow, *, on: bool) -> str:
    cells = (
        f'<a href="#r-{row.index}">{row.index:,}</a>',
        render.escape(render.when(row.time)),
        _person(row.person),
        render.escape(row.action),
        render.escape(row.outcome),
        _tag(row.label),
        render.escape(row.went_to or "–"),
        render.escape(_words(row.reason)),
    )
    opening = '<tr class="on">' if on else "<tr>"
    return opening + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _person(name: str) -> str:
    """A pseudonym's beginning, the whole of it on demand: enough to tell people apart on one page."""
    short = name[:8] if name.startswith("P-") else name
    return f'<span title="{render.escape(name)}">{render.escape(short)}</span>'


def _words(reason: str) -> str:
    """A code as words; what is words already stays."""
    return reason.replace("_", " ").lower() if "_" in reason else reason or "–"


def _tag(label: str) -> str:
    return render.tag(parse_label(label)) if label else "–"


def detail(found: RecordDetail) -> str:
    """Sentence first, code second."""
    row = found.row
    codes = " ".join(f"<code>{render.escape(code)}</code>" for code in found.codes)
    withheld = f", {found.withheld:,} withheld" if found.withheld else ""
    digest = f" <code>{render.escape(found.model_digest[:19])}</code>" if found.model_digest else ""
    facts = [
        ("Time", f"{render.escape(render.when(row.time))} UTC"),
        (
            "Person",
            f"{render.escape(row.person)} (pseudonym)" if row.person.startswith("P-") else render.escape(row.person),
        ),
        ("What happened", f"{render.escape(row.action)}: {render.escape(row.outcome)}"),
        ("Decision", f"{render.escape(found.sentence or '–')}<br>{codes}"),
        ("Label", _tag(row.label)),
        ("Passages", f"{found.used:,} used{withheld}"),
        ("Rulebook", f"<code>{render.escape(found.rulebook[:24] or '–')}</code>"),
        ("Model", f"{render.escape(found.model or '–')}{digest}"),
        ("Integrity", f'<span class="ok">in tree, position {row.index:,} of {found.size:,}</span>'),
        ("Contents", _sealed(found.contents)),
    ]
    lines = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in facts)
    links = (
        f'<a class="btn" href="/audit/proof/{row.index}">Download proof</a> '
        f'<a class="btn" href="/audit/raw/{row.index}">Raw record</a>'
    )
    return (
        f'<h2>Record {row.index:,}</h2><table class="facts"><tbody>{lines}</tbody></table><p class="links">{links}</p>'
    )


def _sealed(names: Sequence[str]) -> str:
    return render.escape(f"{', '.join(names)}: sealed") if names else "none"


def _ago(microseconds: int) -> str:
    minutes = max(0, int(time.time() - microseconds / 1_000_000) // 60)
    if minutes < 1:
        return "just now"
    if minutes < 120:
        return f"{minutes} min ago"
    return f"at {render.when(microseconds)[:16]} UTC"
