"""What is recorded? One click away from every page: what, how long, who may open it, and who did."""

from __future__ import annotations

import html
from collections.abc import Sequence

from assistant.web import render
from assistant.web.base import SiteFacts
from assistant.web.shell import header, page
from policies.vocabulary import Person


def recorded_page(facts: SiteFacts, person: Person, openings: Sequence[tuple[int, int, str]]) -> str:
    """For this person: the rules in plain words, and every opening of what they wrote."""
    kept = f"for {facts.kept_days:,} days" if facts.kept_days else "until they are erased by your organisation"
    outside = (
        "Something may be sent to a model outside, if a rule allows it for the exact text. "
        "Then the answer says so and the record holds what was sent."
        if facts.outside
        else "Nothing is sent outside."
    )
    body = (
        f"{header(facts, person, '')}<main class='text'><h1>What is recorded?</h1>"
        "<p>Every question, every decision, every answer, and every page of a document that was shown. "
        "If it cannot be recorded, it is not answered.</p>"
        "<h2>What stands in the record</h2><ul>"
        "<li>When, under a pseudonym for you, which passages were shown and how they are labelled, "
        "which rule decided, which model wrote.</li>"
        f"<li>The words of your questions and answers, sealed. They are kept {kept}.</li>"
        "<li>A change or a gap in it shows when it is checked; somebody outside can do that too.</li>"
        "</ul>"
        "<h2>Who may open it</h2><ul>"
        "<li>Auditors see that something happened, not what you wrote. To read your words they must give a reason, "
        "and the reason is recorded.</li>"
        "<li>Admins and the people who look after documents cannot read your conversations.</li>"
        f"<li>{html.escape(outside)}</li></ul>"
        f"<h2>Who opened what you wrote</h2>{_openings(openings)}</main>"
    )
    return page("What is recorded? · Ringfence", body, place="plain-page")


def _openings(openings: Sequence[tuple[int, int, str]]) -> str:
    if not openings:
        return "<p>Nobody so far.</p>"
    rows = "".join(
        f"<tr><td>{html.escape(render.when(time)[:16])} UTC</td><td>{record:,}</td><td>{html.escape(why)}</td></tr>"
        for time, record, why in openings
    )
    head = "<thead><tr><th>When</th><th>Reference</th><th>Reason given</th></tr></thead>"
    return f'<table class="record">{head}<tbody>{rows}</tbody></table>'
