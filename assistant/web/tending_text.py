"""What the Library page says to those who look after it: what runs, the sources, what was set aside, past runs.

What can be done about a line is a link in it: `#c-VERB-ID`. Nothing is decided here: the house checks who asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from assistant.web import render
from assistant.web.base import JobRow, LibraryRow
from assistant.web.tending import Running, SourceRow

LISTED = 200  # files set aside
AGAIN, NEVER_MIND, SYNC, CANCEL, REMOVE = "again", "nevermind", "sync", "cancel", "remove"
ASK_REMOVE, KEEP = "askremove", "keep"
TOLD = {
    AGAIN: "It is read again.",
    NEVER_MIND: "It is no longer listed. It is looked at again when it changes.",
    SYNC: "The sync has been asked for.",
    CANCEL: "It stops after the file in hand. What was taken in stays.",
    REMOVE: "The source is removed. Its documents stay as they are and are no longer synced.",
}
SOURCE_STATES = {
    "new": "not synced yet",
    "running": "is being synced",
    "done": "went well",
    "withheld": "most of its files are gone: nothing was deleted",
    "stopped": "stopped before its end",
    "unseen": "could not be seen",
    "refused": "refused: what it says of rights is wrong",
}
JOB_STATES = {"interrupted": "cut off", "stopped": "stopped"}
OUTCOMES = {"quarantined": "set aside", "failed": "not taken in", "deleted": "gone"}


def told(words: str) -> str:
    return f'<p class="done">{render.escape(words)}</p>'


def problem(words: str) -> str:
    return f'<p class="problem">{render.escape(words)}</p>'


# -- what runs -------------------------------------------------------------------------------------------


def running(rows: Sequence[Running]) -> str:
    return "".join(_running(row) for row in rows)


def _running(row: Running) -> str:
    percent = round(100 * row.done / row.total) if row.total else 0
    cancel = '<span class="soft">stopping…</span>' if row.cancelled else act(CANCEL, row.name, "Cancel")
    file = f"<small>{render.escape(row.file)}</small>" if row.file else ""
    bar = f'<progress max="100" value="{percent}">{percent}</progress>'
    return f'<div class="run"><p><b>{render.escape(row.what)}</b> {_how_far(row)} {cancel}</p>{bar}{file}</div>'


def _how_far(row: Running) -> str:
    if not row.begun:
        return "waits for its turn"
    if not row.job:
        return "begins"
    said = [f"{row.done:,} of {row.total:,} files"]
    if row.of_bytes:
        said.append(f"{_megabytes(row.bytes)} of {_megabytes(row.of_bytes)} MB")
    said.append(f"{row.rate:,.0f} passages a second")
    if row.aside:
        said.append(f"{row.aside:,} set aside")
    if row.left >= 1:
        said.append(f"{_duration(row.left)} left")
    return render.escape(" · ".join(said))


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.1f}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


# -- sources ---------------------------------------------------------------------------------------------


def sources(rows: Sequence[SourceRow], at_work: frozenset[str]) -> str:
    """`at_work`: ids of those that run or wait in this server."""
    if not rows:
        return '<h2>Sources</h2><p class="soft">No source is saved.</p>'
    body = "".join(_source(row, at_work) for row in rows)
    heads = ("Source", "Who reads", "Level", "Documents", "Last sync (UTC)", "What to do")
    return f"<h2>Sources</h2>{table(heads, body, 'Sources')}"


def _source(row: SourceRow, at_work: frozenset[str]) -> str:
    owner = f"<small>{render.escape(f'Owner: {row.owner}')}</small>" if row.owner else ""
    readers = ", ".join(row.groups) or ("as its manifest says" if row.manifest else "nobody")
    acts = f"{act(SYNC, row.id, 'Sync now')} {act(ASK_REMOVE, row.id, 'Remove')}"
    cells = (
        f"{render.escape(row.name)}<small>{render.escape(row.place)}</small>{owner}",
        render.escape(readers),
        render.tag(row.label) or '<span class="soft">none named</span>',
        f"{row.documents:,}",
        _last_sync(row),
        '<span class="soft">at work</span>' if row.id in at_work else acts,
    )
    return _row(cells)


def ask_remove(row: SourceRow) -> str:
    """Before it is done: what it means, and both ways on."""
    stay = (
        "Its document stays as it is and is" if row.documents == 1 else f"Its {row.documents:,} documents stay and are"
    )
    words = f"Remove the source {row.name}? {stay} no longer synced."
    acts = f"{act(REMOVE, row.id, 'Remove it')} {act(KEEP, row.id, 'Keep it')}"
    return f'<p class="asks">{render.escape(words)} {acts}</p>'


def where_to_add(roots: Sequence[str]) -> str:
    """Which folders may be added here; where none may, how that is allowed."""
    if not roots:
        return (
            "<h2>Add a source</h2><p>No folder of this server may be added from here. Who runs the server allows it in "
            "<code>ringfence&#46;toml</code> and starts it again:</p>"
            "<p><code>&#91;ingest&#93; source&#95;roots = &#91;&#34;&#47;srv&#47;documents&#34;&#93;</code></p>"
        )
    below = ", ".join(f"<code>{render.escape(root)}</code>" for root in roots)
    return f"<h2>Add a source</h2><p>A folder of this server, below {below}. Nothing is read before its first sync.</p>"


def _last_sync(row: SourceRow) -> str:
    when = render.escape(render.when(row.synced)[:16]) if row.synced else "never"
    words = render.escape(SOURCE_STATES.get(row.state, row.state))
    tried = render.escape(f", {render.when(row.tried)[:16]}") if row.tried > row.synced else ""
    why = f"<small>{render.escape(row.problem)}</small>" if row.problem else ""
    bad = ' class="bad"' if row.state in ("withheld", "unseen", "refused") else ""
    return f"{when}<small><span{bad}>{words}</span>{tried}</small>{why}" if row.state != "new" else f"{words}{why}"


# -- set aside -------------------------------------------------------------------------------------------


def set_aside(rows: Sequence[LibraryRow], problem_of: Callable[[str], str], at_work: frozenset[str]) -> str:
    if not rows:
        return '<h2>Set aside</h2><p class="soft">Nothing waits for a person.</p>'
    body = "".join(_aside(row, problem_of(row.document), at_work) for row in rows[:LISTED])
    more = f'<p class="soft">And {len(rows) - LISTED:,} more.</p>' if len(rows) > LISTED else ""
    return f"<h2>Set aside</h2>{table(('File', 'Why, and what helps', 'What to do'), body, 'Set aside')}{more}"


def _aside(row: LibraryRow, said: str, at_work: frozenset[str]) -> str:
    acts = (
        '<span class="soft">at work</span>'
        if row.document in at_work
        else f"{act(AGAIN, row.document, 'Read again')} {act(NEVER_MIND, row.document, 'Never mind')}"
    )
    again = f"<small>{render.escape(said)}</small>" if said else ""
    place = f"<small>{render.escape(row.source)}</small>"
    why = f"{render.escape(row.why)} <code>{render.escape(row.reason)}</code>{again}"
    return _row((f"{render.escape(row.name)}{place}", why, acts))


# -- runs ------------------------------------------------------------------------------------------------


def runs(rows: Sequence[JobRow], now: Mapping[str, Running]) -> str:
    """`now`: those of this server, by job. Of another process's only the state is known."""
    if not rows:
        return '<h2>Runs</h2><p class="soft">Nothing was taken in yet.</p>'
    body = "".join(_run(row, now.get(row.job)) for row in rows)
    return f"<h2>Runs</h2>{table(('Started (UTC)', 'What', 'State', 'Files'), body, 'Runs')}"


def _run(row: JobRow, now: Running | None) -> str:
    more = f" and {len(row.places) - 1:,} more" if len(row.places) > 1 else ""
    if now:
        files = f"{now.done:,} of {now.total:,}"
    elif row.state == "done" or row.counts:
        files = _counts(row.counts)
    else:
        files = "" if row.state == "running" else "what was taken in stays"
    state = "stopping" if now and now.cancelled else JOB_STATES.get(row.state, row.state)
    started = render.when(row.started)[:16]
    place = row.places[0] if row.places else ""
    return _row(tuple(render.escape(one) for one in (started, f"{place}{more}", state, files)))


def _counts(counts: Mapping[str, int]) -> str:
    said = [f"{number:,} {OUTCOMES.get(name, name)}" for name, number in counts.items() if number]
    return ", ".join(said) or "nothing new"


# -- markup ----------------------------------------------------------------------------------------------


def table(heads: Sequence[str], body: str, name: str) -> str:
    head = "".join(f"<th>{one}</th>" for one in heads)
    return render.wide(f'<table class="record"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>', name)


def _row(cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def act(verb: str, id: str, words: str) -> str:
    """A link that asks the page's handler to do something about a line."""
    return f'<a class="act" href="#c-{verb}-{render.escape(id)}">{words}</a>'
