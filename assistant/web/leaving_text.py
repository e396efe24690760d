"""The page "What may leave" in words and markup. The sentence first, everything else beneath it. Pure functions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from assistant.web import render
from assistant.web.leaving import Measured, Recipient, Screen, Stands, Stop, Waits
from assistant.web.outside import language
from policies.decisions import Outside
from policies.labels import parse_label

NOT_MEASURED = "not measured"
NOT_STATED = "not stated"
WHO_OPENS = (
    "Opening it again takes two people: an operator, owner or admin asks for it here, and within a day a second person "
    "whom the rules name agrees. As the rules are installed that is an admin."
)
ASKED = "You have asked. Another person must agree within a day; until then nothing leaves."
OPENED = "Sending is possible again, as far as this page says. Both of you are on the record."
UNDER_WAY = "What had left before may still be under way; it stands in the record."
NOT_RECORDED = "It could not be recorded: tell an auditor."
BEFORE = "Nobody sees what it says before giving a reason. The reason is recorded, and the person who asked sees it."
OPENED_IT = "This is what would leave. That you read it, and why, is on the record."
ROLES = {"system": "In front of it", "user": "Question", "assistant": "Earlier answer"}
SAY_WHY = "Say in a few words why. The person who asked will see it."
STEPS = (
    (Outside.CLOSED, "Nothing", "Every question is answered here."),
    (
        Outside.GENERAL,
        "Typed general questions",
        "What a person types as a general question and chooses to send, when nothing in it must stay. "
        "No passage and no file.",
    ),
    (Outside.PUBLIC, "Also public passages", "With such a question also passages that help, labelled public."),
    (
        Outside.CONTRACTED,
        "Under contract, up to internal",
        "Besides that, passages labelled internal, each time with a second person's agreement, as the rules are "
        "installed. Where the contract says so, details of a person go as invented ones.",
    ),
)
NEVER = (
    "At no step: what is labelled confidential or restricted; details of health or payment, what a lawyer was told, "
    "unpublished business, passwords and keys."
)
DETECTORS = {
    "markings": "Markings such as “confidential” or “privileged”.",
    "secrets": "Passwords, keys and tokens, and how a system is protected.",
    "identifiers": "Numbers and addresses that stand for a person, an account or a card.",
    "own": "Letters with named parties, what people write about themselves, home folders and hosts of the house.",
    "cases": "Text about somebody's case rather than about the world: health, pay, discipline, belief, legal advice, "
    "business that is not published.",
    "people": "Names of people who are not publicly known.",
    "names": "Every other name as well: of places, firms, products, works, and of people whom everybody knows. "
    "This site lets none out, so most of what is harmless stays here too; the rates above are without it.",
}
ALSO = (
    "Your organisation's own people, numbers and code names, where it has handed in a list.",
    "What was copied or closely reworded from a document that must stay.",
    "All of it also in disguise: other alphabets, encodings, words spelled out, spread over several questions.",
)


def moment(microseconds: int) -> str:
    found = datetime.fromtimestamp(microseconds / 1_000_000, tz=UTC)
    return f"{found.day} {found:%B %Y}, {found:%H:%M} UTC"


def told(words: str) -> str:
    return f'<p class="done">{render.escape(words)}</p>'


def problem(words: str) -> str:
    return f'<p class="notice">{render.escape(words)}</p>'


def stopped(done: Stop) -> str:
    more = ("" if done.quiet else f" {UNDER_WAY}") + ("" if done.recorded else f" {NOT_RECORDED}")
    return told(f"Stopped. Nothing leaves any more.{more}")


# -- how it stands ------------------------------------------------------------------------------------------


def standing(stands: Stands) -> str:
    """Whether anything can leave, since when, and what would change it."""
    since = f"{'At least since' if stands.at_least else 'Since'} {moment(stands.since)}"
    if stands.open:
        mark, sentence = "out", "Something may leave."
        lines = [f"{_step(stands.step)}. {since}."]
    elif stands.stopped:
        mark, sentence = "here", "Nothing leaves. Sending is stopped."
        lines = [f"{since}.", _asked(stands)]
    else:
        mark, sentence = "here", "Nothing can leave."
        lines = [f"This site answers every question here. {since}."]
    said = "".join(f'<p class="soft">{render.escape(line)}</p>' for line in lines if line)
    return f'<div class="stands {mark}"><h1>{render.escape(sentence)}</h1>{said}</div>'


def _asked(stands: Stands) -> str:
    if stands.asked_by_me:
        return f"You asked at {moment(stands.asked)} to start again. Another person must agree."
    if stands.asked:
        more = "You may agree." if stands.may_start else "Another person must agree."
        return f"Somebody asked at {moment(stands.asked)} to start again. {more}"
    return WHO_OPENS


def _step(step: Outside) -> str:
    name = next(name for one, name, _ in STEPS if one is step)
    return f"This site is set to “{name.lower()}”"


def facts(stands: Stands) -> str:
    """Everything beneath the sentence."""
    parts = (
        ("How far it is open", ladder(stands)),
        ("Where it would go", _recipient(stands.recipient, stands.step)),
        ("Languages that can go", _languages(stands.screen)),
        ("What is looked for", _detectors(stands.screen)),
        ("Rules in force", _rules(stands)),
    )
    return "".join(f"<h2>{title}</h2>{body}" for title, body in parts)


def ladder(stands: Stands) -> str:
    """The four steps, each with the most that it lets through; the one that is set is marked."""
    items = ""
    for step, name, lets in STEPS:
        on = step is stands.step
        paused = " · stopped now" if stands.stopped and on and step is not Outside.CLOSED else ""
        mark = f'<span class="badge here">set{paused}</span>' if on else ""
        items += (
            f'<li class="{"on" if on else "off"}"><b>{render.escape(name)}</b> {mark}<br>{render.escape(lets)}</li>'
        )
    return f'<ol class="ladder">{items}</ol><p class="soft">{render.escape(NEVER)}</p>'


def _recipient(to: Recipient | None, step: Outside) -> str:
    if to is None:
        return '<p class="soft">Nowhere: no destination is set up, and no key.</p>'
    days = to.retention_days
    kept = NOT_STATED if days is None else "not at all" if not days else f"{days:,} day{'' if days == 1 else 's'}"
    under = step is Outside.CONTRACTED
    invented = to.pseudonymised and under
    most = (
        "nothing, as this site is set"
        if step is Outside.CLOSED
        else f"at most what is {to.level if under else 'public'}"
    )
    rows = (
        ("Destination", f"{to.name}, {to.model}, at {to.host}"),
        ("It may receive", most),
        ("Contract", to.contract or NOT_STATED),
        ("Processed in", to.region or NOT_STATED),
        ("Kept there for", kept),
        ("Used for training", "no, by contract" if to.no_training else NOT_STATED),
        ("Details of a person", "go as invented ones" if invented else "do not go"),
    )
    lines = "".join(f"<tr><th>{name}</th><td>{render.escape(value)}</td></tr>" for name, value in rows)
    return f'<table class="facts"><tbody>{lines}</tbody></table>'


# -- what is looked for, and how well -------------------------------------------------------------------------


def _languages(screen: Screen) -> str:
    rows = [(language(code), screen.measured.get(code)) for code in screen.languages]
    body = "".join(_measured_row(name, one) for name, one in rows)
    if screen.overall:
        body += _measured_row("Together", screen.overall)
    when = f"Measured on {screen.date}" if screen.date else "Not measured yet"
    on = f", on {screen.on}" if screen.date and screen.on else ""
    said = (
        f"A question in any other language is answered here. {when}{on}. Missed: of questions that must stay, how many "
        "would have been let go. Held back: of harmless ones, how many were not."
    )
    head = "<tr><th>Language</th><th>Missed</th><th>95 % interval</th><th>Held back</th></tr>"
    table = f'<table class="record rates"><thead>{head}</thead><tbody>{body}</tbody></table>'
    return f'<p class="soft">{render.escape(said)}</p>{render.wide(table, "Languages and how well they are checked")}'


def _measured_row(name: str, one: Measured | None) -> str:
    cells = [render.escape(name)]
    if one is None:
        cells += [f'<span class="soft">{NOT_MEASURED}</span>', "", ""]
    else:
        cells += [_rate(one.missed, one.n), f"{one.low * 100:.1f} to {_percent(one.high)}", ""]
        cells[-1] = _rate(one.held_back, one.harmless) if one.harmless else f'<span class="soft">{NOT_MEASURED}</span>'
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _rate(part: int, whole: int) -> str:
    return f'{_percent(part / whole)} <span class="soft">{part:,} of {whole:,}</span>'


def _percent(share: float) -> str:
    return f"{share * 100:.1f} &#37;"


def _detectors(screen: Screen) -> str:
    lines = [DETECTORS.get(name, name) for name in screen.detectors] + list(ALSO)
    items = "".join(f"<li>{render.escape(line)}</li>" for line in lines)
    doubt = "Whatever cannot be checked (too long, unreadable, too slow, another language) stays here."
    return f'<ul class="plain">{items}</ul><p class="soft">{render.escape(doubt)}</p>'


def _rules(stands: Stands) -> str:
    names = " ".join(f"<code>{render.escape(name)}</code>" for name in stands.rules)
    return (
        f'<details class="how rules"><summary>{len(stands.rules)} rules</summary><p>{names}</p></details>'
        f'<p class="small soft">Digest <code>{render.escape(stands.digest)}</code>. It stands in every decision.</p>'
    )


# -- a second person's word -----------------------------------------------------------------------------------


def waiting(rows: Sequence[Waits], chosen: int) -> str:
    """What waits for a second person, without any text."""
    if not rows:
        return ""
    head = "".join(f"<th>{name}</th>" for name in ("Reference", "Since", "Label", "Would go to", "Rule"))
    body = "".join(_waiting_row(row, on=row.record == chosen) for row in rows)
    table = f'<table class="record"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return f"<h2>Waiting for a second person</h2>{render.wide(table, 'Requests that wait')}"


def _waiting_row(row: Waits, *, on: bool) -> str:
    name = f"{row.reference:,}"
    cells = (
        f'<a href="#r-{row.record}">{name}</a>' if row.may_agree else f"{name}{' (yours)' if row.mine else ''}",
        render.escape(moment(row.since)),
        render.tag(parse_label(row.label)),
        render.escape(row.went_to),
        " ".join(f"<code>{render.escape(rule)}</code>" for rule in row.rules),
    )
    return ('<tr class="on">' if on else "<tr>") + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def chosen(row: Waits, *, opened: bool = False) -> str:
    """What is known of a request before, or after, its text is shown."""
    words = OPENED_IT if opened else BEFORE
    return f'<h3>Reference {row.reference:,}</h3><p class="soft">{render.escape(words)}</p>'


def exact(text: str) -> str:
    """The request as it would leave: each message by itself, and below it the whole, to the letter."""
    parts = "".join(
        f"<h4>{render.escape(ROLES.get(role, role))}</h4><p>{render.lines(said)}</p>" for role, said in _messages(text)
    )
    whole = f"<details class='how'><summary>To the letter</summary><p>{render.lines(text)}</p></details>"
    return (
        f'<div class="exact">{parts}{whole}</div>' if parts else f'<div class="exact"><p>{render.lines(text)}</p></div>'
    )


def _messages(text: str) -> list[tuple[str, str]]:
    try:
        stated = json.loads(text)["messages"]
        return [(str(one["role"]), str(one["content"])) for one in stated]
    except (ValueError, KeyError, TypeError):
        return []
