"""A person's earlier conversations, as the column on the left of the Chat page."""

from __future__ import annotations

import time
from collections.abc import Iterable

from assistant.web import render
from assistant.web.base import ConversationLine
from policies.vocabulary import Kind

KINDS = {Kind.DOCUMENTS: "About our documents", Kind.GENERAL: "General question", Kind.OWN_TEXT: "My text"}


def conversation_list(lines: Iterable[ConversationLine], here: str) -> str:
    """The column on the left: today's, this week's, earlier ones."""
    today = time.time() // 86_400
    parts: list[str] = []
    last = ""
    for line in lines:
        days = today - line.changed // 86_400_000_000
        age = "Today" if days <= 0 else "This week" if days < 7 else "Earlier"
        if age != last:
            parts.append(f"<h2>{age}</h2>")
            last = age
        parts.append(_line(line, here))
    return "".join(parts) or '<p class="soft">Your conversations stand here. Only you can open them.</p>'


def _line(line: ConversationLine, here: str) -> str:
    small = str(line.label.level) if line.kind is Kind.DOCUMENTS else f"{KINDS[line.kind].lower()} · {line.label.level}"
    on = " on" if line.id == here else ""
    return (
        f'<a class="item{on}" href="#c-{render.escape(line.id)}">{render.escape(line.title)}'
        f"<small>{render.escape(small)}</small></a>"
    )
