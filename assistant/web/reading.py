"""One page of a document, opened: text on paper, what was cited marked on it, the page before and after."""

from __future__ import annotations

from collections.abc import Callable

from assistant.web import render
from assistant.web.base import PageText
from assistant.web.shown import Place

GONE = "This page cannot be opened. It may have been removed, or you may no longer read it."


def fragment(
    page: PageText, place: Place, *, address: Callable[[int], str], picture: str = "", numbered: bool = False
) -> str:
    """Markup for the reading column. `address` gives the address of another page of the same document; `numbered`:
    each passage with its number and label."""
    cited = place.page == page.page
    quotes, conditions = (place.quotes, place.conditions) if cited else ((), ())
    where = f"{render.escape(page.title)} · page {page.page} of {page.pages} {render.tag(page.label)}"
    return (
        f'<div class="where">{where}</div>'
        f"<small>{render.escape(f'Version of {page.dated}' if page.dated else '')}</small>"
        f'<div class="page" tabindex="0">{_text(page, quotes, conditions, numbered)}</div>'
        f'<div class="turn">{_turn(page, address)}{_picture(picture if page.picture else "", page)}</div>'
    )


def gone() -> str:
    return f'<p class="notice">{render.escape(GONE)}</p>'


def _text(page: PageText, quotes: tuple[str, ...], conditions: tuple[str, ...], numbered: bool) -> str:
    parts: list[str] = []
    last = ""
    for place, (heading, text) in enumerate(page.blocks):
        if numbered and place < len(page.passages):
            number, label = page.passages[place]
            rows = f" · {page.rows[place]}" if place < len(page.rows) and page.rows[place] else ""
            parts.append(f'<small class="passage">Passage {number:,}{rows} {render.tag(label)}</small>')
        if heading and heading != last:
            parts.append(f"<b>{render.escape(heading)}</b>")
        last = heading or last
        parts.append(f"<p>{render.marked(text, quotes=quotes, conditions=conditions)}</p>")
    return "".join(parts) or "<p>This page holds no text.</p>"


def _turn(page: PageText, address: Callable[[int], str]) -> str:
    def button(words: str, number: int) -> str:
        if 1 <= number <= page.pages:
            return f'<button type="button" class="btn" data-open="{render.escape(address(number))}">{words}</button>'
        return f'<button type="button" class="btn" disabled>{words}</button>'

    return button("‹ Page", page.page - 1) + button("Page ›", page.page + 1)


def _picture(address: str, page: PageText) -> str:
    if not address:
        return ""
    alternative = render.escape(f"Page {page.page} of {page.title} as it looks")
    return (
        f'<button type="button" class="btn last" data-picture="{render.escape(address)}" data-alt="{alternative}">'
        "Show the page itself</button>"
    )
