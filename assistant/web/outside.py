"""Going outside, in words: why something stayed here, where that was seen, and what a person can do about it.

Pure functions. A link here names one of the person's own questions by its number; its text is kept in the server. No
text of a document has a part in it, so nothing written there can offer or start anything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant import prompting
from assistant.answers import Outcome, Standing
from assistant.web import render
from assistant.web.base import Exchange
from policies.decide.wording import in_words
from policies.decisions import AskHuman, Escalate, Reason, Refuse
from policies.vocabulary import Kind

LANGUAGES = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "nl": "Dutch",
    "pt": "Portuguese",
    "sv": "Swedish",
    "pl": "Polish",
    "tr": "Turkish",
    "ja": "Japanese",
}
# Reasons in words, each ready for "…, in your question".
REASONS = {
    "FOUND_PERSONAL": "Something that looks like details of a person",
    "FOUND_HEALTH": "Something that looks like details of somebody's health",
    "FOUND_PAYMENT": "Something that looks like payment details",
    "FOUND_PRIVILEGED": "Something that looks like advice of a lawyer, or what was told to one",
    "FOUND_MARKET_SENSITIVE": "Something that looks like news your organisation has not published",
    "FOUND_CREDENTIALS": "Something that looks like a password, a key or how a system is protected",
    "REPEATS_A_DOCUMENT": "Something that a document of the house says, which stays here",
    "LABEL_ABOVE_CEILING": "Something labelled above what may go outside",
    "UNCERTAIN_TRUNCATED": "More text than can be looked at in full",
    "UNCERTAIN_OPAQUE": "Something that cannot be read",
    "UNCERTAIN_LANGUAGE": "A language that cannot be checked",
    "UNCERTAIN_TIMEOUT": "Checking took too long",
    "UNCERTAIN_DETECTOR": "A check could not be made",
    "UNCERTAIN_ERROR": "Checking failed",
    "LADDER_CLOSED": "Sending is stopped, or this site sends nothing outside",
    "NO_DESTINATION": "There is nowhere to send it, or no key",
    "WRONG_ADDRESS": "The request was for another address",
}
PLACES = {
    "question": "in your question",
    "conversation": "earlier in this conversation",
    "turns together": "in your last questions read together",
    "numbers together": "in the numbers of your question read together",
    "request": "in what would go with your question",
    "destination": "",
    "rules": "",
    "site": "",
}
NOT_ASKED = frozenset({"NOT_ASKED", "KIND_DOCUMENTS", "KIND_OWN_TEXT"})  # nobody asked, or it is never sent
NOT_SENT = "it could not be sent just now."
STOPPED = "nothing may leave just now."
WEAK = "I'm not sure about this. These are the passages."
OFFER = "Ask this outside, without our documents"
DRAFT = "This is the exact text that would go. Change it as you like; when you ask, it is decided anew."
EDITED = "Your question is back in the box, in a new conversation."
LEFT_OUT = "Our documents and what was said before do not go with it."
STAYS_OUT = "What was said before does not go with it."
WITHOUT = "ask it without our documents"


def language(code: str) -> str:
    return LANGUAGES.get(code, code)


def languages(codes: Sequence[str], passages: str = "") -> str:
    """Which languages can go, beside the choice, and what of our documents goes along: up to the level `passages`."""
    names = [language(code) for code in codes]
    if not names:
        return "No language can be checked, so every question is answered here."
    listed = f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else names[0]
    return f"It can go in {listed}. In any other language it is answered here. {along(passages)}".rstrip()


def along(passages: str) -> str:
    """What of our documents goes with a general question; nothing to say where nothing does."""
    levels = {"": "", "public": "public"}.get(passages, f"public or {passages}")
    return f"Passages of our documents that help go with it, when they are labelled {levels}." if levels else ""


def was_asked(told: Exchange) -> bool:
    """Whether the person wanted this to be sent: the decision's reasons say so, also when it is read again."""
    decision = told.decision
    if decision is None or isinstance(decision, Refuse):
        return False
    return isinstance(decision, Escalate | AskHuman) or not NOT_ASKED & {one.rule for one in decision.reasons}


def kept_here(told: Exchange, n: int, *, outside: bool) -> str:
    """Why question `n` was answered here although somebody wanted it sent, and what can be done."""
    decision = told.decision
    if decision is None or told.route == "escalated" or isinstance(decision, Refuse):
        return ""
    if isinstance(decision, AskHuman):
        return _waits(told, n)
    rules = {one.rule for one in decision.reasons}
    if not (outside or was_asked(told)) or NOT_ASKED & rules:
        return ""
    if "LADDER_CLOSED" in rules:  # whoever did not ask gets the same reason: only the box tells them apart
        return _note(f"Answered here, not outside: {STOPPED}", "") if outside else ""
    if isinstance(decision, Escalate) or rules <= {"within-ceiling", "NO_DESTINATION"}:
        return _note(f"Answered here, not outside: {NOT_SENT}", "")
    edit = f'<a class="act" href="#q-edit-{n}">Edit it</a>'
    return _note(in_words(decision), f"{edit}{_without(told, n)}{_why(decision.reasons)}")


def must_be_new(told: Exchange) -> bool:
    """Whether asking again here is pointless: what stood in the way stays in the conversation; what a second person
    agreed to is the request without anything before it."""
    if isinstance(told.decision, AskHuman):
        return True
    places = {one.source.split(" ")[0] for one in told.decision.reasons} if told.decision else set()
    label = told.label
    return bool(label and (label.level or label.categories)) or bool(places & {"question", "turn", "turns"})


def is_weak(told: Exchange, removed: int = 0) -> bool:
    """An answer from documents that came to nothing, or of which fewer than half of what was written stood. Not one
    that only lacks the writing model: that is no reason to go outside."""
    if told.outcome == Outcome.PASSAGES_ONLY:
        return told.route == "local"
    if told.outcome == Outcome.ABSTAINED:
        return True
    stood = sum(one.standing is Standing.SUPPORTED for one in told.sentences)
    fell = sum(one.standing is Standing.QUOTED for one in told.sentences) + removed
    return told.outcome in (Outcome.ANSWERED, Outcome.PARTLY) and fell > stood


def offer(told: Exchange, n: int, *, removed: int = 0) -> str:
    """Beneath a weak answer from documents: the way out without them."""
    if not is_weak(told, removed):
        return ""
    said = "" if told.outcome == Outcome.ABSTAINED else f"{render.escape(WEAK)} "
    return f'<p class="soft">{said}<a class="act" href="#q-outside-{n}">{render.escape(OFFER)}</a></p>'


def not_good_enough(told: Exchange, n: int, *, removed: int = 0) -> str:
    """The person's own word on an answer that does not look weak."""
    if is_weak(told, removed) or told.route != "local":
        return ""
    return f'<a class="copy" href="#q-outside-{n}" title="{render.escape(OFFER)}">Not good enough</a>'


def draft(*, documents: bool, passages: str = "") -> str:
    """What stands above the box while it holds a question that was asked before. `passages`: up to which level some may
    go with it."""
    first = DRAFT if documents else EDITED
    left = LEFT_OUT if documents else f"{STAYS_OUT} {along(passages)}".rstrip()
    system = render.escape(prompting.SYSTEM[Kind.GENERAL])
    if passages:
        system += f"” Or, with passages: “{render.escape(prompting.SYSTEM[Kind.DOCUMENTS])}"
    return (
        f'<div class="note draft"><p><b>{render.escape(first)}</b></p><p>{render.escape(left)}</p>'
        '<details class="how"><summary>What goes in front of it?</summary>'
        f"<p>These words, the same for everybody: “{system}”</p></details></div>"
    )


def _waits(told: Exchange, n: int) -> str:
    reference = f" (reference {told.record:,})" if told.record >= 0 else ""
    words = f"Answered here. It may go outside when a second person agrees{reference}."
    again = f'<a class="act" href="#q-edit-{n}">ask it again</a>'
    after = f"<span>Then {again} in the same words.</span>{_without(told, n)}"
    reasons = told.decision.reasons if told.decision else ()
    return _note(words, after + _why(reasons))


def _without(told: Exchange, n: int) -> str:
    """Where passages stood beside the question: the way without them, as the person's own choice."""
    return f' <span>Or <a class="act" href="#q-outside-{n}">{WITHOUT}</a>.</span>' if told.passages else ""


def _note(words: str, acts: str) -> str:
    return f'<div class="note kept"><span>{render.escape(words)}</span> {acts}</div>'


def _why(reasons: Sequence[Reason]) -> str:
    items = "".join(f"<li>{one}</li>" for one in dict.fromkeys(map(_reason, reasons)))
    return f'<details class="how why"><summary>Why?</summary><ul>{items}</ul></details>'


def _reason(reason: Reason) -> str:
    """What was seen and where, in words; the code behind. Never what it said."""
    words = REASONS.get(reason.rule) or f"A rule of your organisation ({reason.rule})"
    where = place(reason.source)
    said = f"{words}, {where}." if where else f"{words}."
    return f"<span>{render.escape(said)}</span> <code>{render.escape(reason.rule)}</code>"


def place(source: str) -> str:
    """Where something was seen: your question, turn 2, passage 1."""
    if source in PLACES:
        return PLACES[source]
    return f"in {source}" if re.fullmatch(r"(turn|passage) \d{1,6}", source) else ""
