"""What the Library page says of labels that a person changes: how one stands, what waits, what was done."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.web import render
from assistant.web.labels import Labelled, Lowering
from assistant.web.tending_text import act, told
from policies.labels import Label

LABEL, ANSWER, FIND = "label", "answer", "find"
DECLINED = "Declined. The label stays."


def acts(one: Labelled | None) -> str:
    """Below what is known of a document, for those who look after it."""
    if one is None:
        return ""
    find = act(FIND, one.document, "Why does somebody not find it?")
    if not one.waits:
        return f'<p class="acts">{act(LABEL, one.document, "Change its label")} {find}</p>'
    if one.waits.mine:
        rest = "You have asked; another person must answer."
    elif one.waits.may_answer:
        rest = act(ANSWER, one.document, "Read why, and answer")
    else:
        rest = "Another person must answer."
    return f'<p class="acts">{_asked_for(one.waits)} {rest} {find}</p>'


def waiting(rows: Sequence[Lowering]) -> str:
    """What waits for a second person, without any reason; nothing where nothing does."""
    if not rows:
        return ""
    lines = "".join(
        f'<li><a href="#d-{render.escape(one.document)}">{render.escape(one.name)}</a> '
        f"{_from_to(one)}{' (yours)' if one.mine else ''}</li>"
        for one in rows
    )
    return f'<h2>Labels that wait for a second person</h2><ul class="plain">{lines}</ul>'


def changing(one: Labelled) -> str:
    words = "Raising counts at once. Anything that is lower than now waits for a second person."
    return f'<h2>The label of {render.escape(one.name)}</h2><p class="soft">{render.escape(words)}</p>'


def answering(one: Lowering, reason: str) -> str:
    """The request with its reason, which was opened for this person."""
    why = f"<p>{render.lines(reason)}</p>" if reason else '<p class="soft">No reason is kept.</p>'
    seen = "Who asked sees that you have read this."
    return f'<h2>{render.escape(one.name)}</h2><p>{_from_to(one)}</p>{why}<p class="soft">{seen}</p>'


def changed(one: Labelled) -> str:
    if one.waits:
        until = render.when(one.waits.until)[:16]
        words = (
            f"It stays {one.label}. A second person must agree that it becomes {one.waits.wanted}, until {until} UTC."
        )
    else:
        words = f"It is {one.label} now."
    return done(one.document, words)


def lowered(document: str, label: Label) -> str:
    return done(document, f"It is {label} now.")


def done(document: str, words: str) -> str:
    """Said, with the link by which the page opens the document anew."""
    return f'{told(words)}<a class="anew" href="#d-{render.escape(document)}">See it</a>'


def _asked_for(one: Lowering) -> str:
    return f"{_from_to(one)}, asked for until {render.when(one.until)[:16]} UTC."


def _from_to(one: Lowering) -> str:
    return f"From {render.tag(one.label)} to {render.tag(one.wanted)}"
