"""The page around the pages: our own HTML with a header, no inline script and no style but one file of ours.

Gradio's own page carries inline scripts that the content security policy forbids; this one loads the same program and
gives it nothing inline: it asks for its configuration like everything else, through the gate.
"""

from __future__ import annotations

import html
import re
from functools import cache
from pathlib import Path

from assistant.web.base import SiteFacts
from assistant.web.gate import may_open
from assistant.web.headers import PAGES
from policies.errors import UnavailableError
from policies.vocabulary import Person, Role

NAMES = {"chat": "Chat", "library": "Library", "audit": "Record", "policy": "What may leave"}
REFUSALS = {
    401: ("Please sign in", "Your session has ended."),
    403: ("Not for your role", "This page is for people with another role. If you need it, ask your admin."),
    404: ("Nothing here", "There is no such page."),
    405: ("Not possible", "This page does not take that."),
    413: ("Too large", "That is more text than this page takes. Shorten it."),
    429: ("Too much at once", "Wait a moment, then try again."),
    500: ("Not possible", "Something went wrong on our side. Try again."),
    421: ("Not this address", "This site does not answer to that name. Use the address you were given."),
}


def page(title: str, body: str, *, head: str = "", place: str = "plain") -> str:
    """A whole document. `body` and `head` are markup; `title` is text."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><link rel="icon" href="/look/mark.svg">'
        f'<link rel="stylesheet" href="/look/pages.css">{head}</head><body class="{place}">{body}</body></html>'
    )


def header(facts: SiteFacts, person: Person, here: str) -> str:
    """Name of the product, the pages this person may open, who they are, and what is recorded."""
    links = "".join(
        f'<a href="/{name}/"{" class=on aria-current=page" if name == here else ""}>{NAMES[name]}</a>'
        for name in PAGES
        if may_open(person, name)
    )
    named = [Role.AUDITOR, Role.ADMIN, Role.OPERATOR, Role.OWNER]
    role = next((f" · {role.value.capitalize()}" for role in named if role in person.roles), "")
    site = f"{html.escape(facts.name)} · " if facts.name else ""
    # "What may leave" and the plain pages begin with a heading of their own.
    title = f'<h1 class="unseen">{NAMES[here]}</h1>' if here in NAMES and here != "policy" else ""
    return (
        f'<header class="top">{title}<button type="button" class="burger" id="burger" aria-label="Conversations" '
        'aria-expanded="false">☰</button>'
        f'<a class="brand" href="/">Ringfence</a><nav aria-label="Pages">{links}</nav>'
        f'<span class="right"><span class="who">{site}{html.escape(person.name)}{role}</span>'
        '<button type="button" class="plainly narrow" id="sheet">Sources</button>'
        '<a href="/me">What is recorded?</a>'
        '<form method="post" action="/logout"><button class="plainly">Sign out</button></form></span></header>'
    )


def gradio_page(facts: SiteFacts, person: Person, here: str) -> str:
    """The document that one Gradio page runs in."""
    script, style = gradio_files()
    head = (
        f'<base href="/{here}/"><script defer src="/look/pages.js"></script>'
        f'<script type="module" src="/{here}/{script}"></script><link rel="stylesheet" href="/{here}/{style}">'
        '<link rel="stylesheet" href="/look/pages.css">'  # once more, so that ours stands after theirs
    )
    body = (
        f"{header(facts, person, here)}"
        '<button type="button" class="btn" id="sheet-close">Close</button>'
        f'<gradio-app data-page="{here}" control_page_title="false" embed="false" eager="true"></gradio-app>'
        "<noscript><p>This page needs JavaScript. All of it comes from this site.</p></noscript>"
    )
    return page(f"{NAMES[here]} · Ringfence", body, head=head, place=f"page {here}")


@cache
def gradio_files() -> tuple[str, str]:
    """The entry script and style sheet of the Gradio that is installed, from its own page."""
    import gradio

    text = (Path(gradio.__file__).parent / "templates/frontend/index.html").read_text()
    script = re.search(r'src="\./(assets/index-[\w-]+\.js)"', text)
    style = re.search(r'href="\./(assets/index-[\w-]+\.css)"', text)
    if not script or not style:
        raise UnavailableError(
            "The installed Gradio is laid out differently from the one these pages were made for.",
            cure="Install the version in the lock file.",
        )
    return script[1], style[1]


def refusal_words(status: int) -> str:
    title, words = _refusal(status)
    return f"{words} {title}."


def refusal_page(status: int) -> str:
    title, words = _refusal(status)
    body = f'<main class="card"><h1>{title}</h1><p>{words}</p><p><a href="/">Go to your first page</a></p></main>'
    return page(f"{title} · Ringfence", body)


def _refusal(status: int) -> tuple[str, str]:
    return REFUSALS.get(status, ("Not possible", "That did not work."))
