"""The check: may this sentence be shown, on which passages does it stand, what must stand beside it?

A sentence that stands word for word in a passage is supported; only its conditions are looked for. For any other,
in this order, the first that objects decides:
1 versions       passages that a newer one replaced do not count
2 figures        every number, date, amount and unit stands in a passage, or follows from it by a small sum
3 belonging      each figure is the figure of what the sentence speaks about
4 overlap        one passage speaks of the same thing
5 names          names and roles stand in that passage, in that place
6 polarity       not turned round, and "may" is not "must"
7 scope          not made general
8 conditions     what limits the statement and is not in the sentence is handed out with it
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from assistant.grounding.belonging import belongs
from assistant.grounding.conditions import conditions, exceptions
from assistant.grounding.evidence import Embed, Evidence, Grounding, Reason
from assistant.grounding.figures import asked_counts, conflicts, missing_figure
from assistant.grounding.matching import Field, Laid, best_places, field_of, lay
from assistant.grounding.names import wrong_actor, wrong_name
from assistant.grounding.overlap import borrowed_phrase, speaks_of, supports
from assistant.grounding.passages import Statement, statements
from assistant.grounding.polarity import permission_for_duty, turned_round
from assistant.grounding.readings import said_in
from assistant.grounding.scope import generalised
from assistant.grounding.versions import in_force
from assistant.grounding.words import fold

LONGEST = 2000  # characters of a sentence that are looked at: a longer one is not a sentence


def check(sentence: str, evidence: Sequence[Evidence], question: str = "", *, embed: Embed | None = None) -> Grounding:
    """Whether the sentence stands in the passages. Never raises for any text; what cannot be checked is unsupported."""
    current, gone = in_force(evidence)
    if len(sentence) <= LONGEST and (said := said_in(sentence, tuple(current))):
        return _word_for_word(field_of(tuple(current)), *said)
    claim = _claim(sentence, tuple(current))
    if claim is None or len(sentence) > LONGEST:
        return Grounding(status="unsupported", reason=Reason.EMPTY)
    laid = lay(claim, field_of(tuple(current)))
    found = _judge(laid, question, embed)
    if not found.shown and gone and _stands_in(sentence, gone, question, embed):
        return Grounding(status="unsupported", reason=Reason.SUPERSEDED, quote=found.quote)
    return found


def _word_for_word(field: Field, first: int, last: int) -> Grounding:
    """One sentence of a passage, or several in a row, with the exceptions that stand beside them."""
    here = field.places[first]
    text = here.evidence.text[here.statement.start : field.places[last].statement.end].strip()
    limits = exceptions(field, first, last)
    return Grounding(
        status="supported_with_condition" if limits else "supported",
        reason=Reason.CONDITION if limits else Reason.STATED,
        supporting=(here.evidence.id,),
        quote=text,
        conditions=limits,
    )


def _stands_in(sentence: str, gone: Sequence[Evidence], question: str, embed: Embed | None) -> bool:
    claim = _claim(sentence, tuple(gone))
    return claim is not None and _judge(lay(claim, field_of(tuple(gone))), question, embed).shown


def _claim(sentence: str, evidence: tuple[Evidence, ...]) -> Statement | None:
    """The sentence as one statement; several sentences in one are checked as one."""
    if not evidence or not sentence.strip():
        return None
    return _parsed(sentence.strip(), field_of(evidence).language)


@lru_cache(maxsize=512)
def _parsed(sentence: str, language: str) -> Statement | None:
    found = statements(re.sub(r"\s*\n\s*", " ", re.sub(r"(?<=[.!?;])\s+(?=\S)", " ", sentence)), language)
    claim = found[0] if len(found) == 1 else None
    if claim is None and found:
        claim = statements(re.sub(r"[.!?]+\s+", "; ", sentence), language)[0]
    return _numbered(claim) if claim and (claim.heavy or claim.quantities) else None


def _numbered(claim: Statement) -> Statement:
    """A clause number that the sentence gives ("4.2.1 …", "Clause 17. …") is a figure like any other; a list's is not."""
    if claim.body == claim.start or re.match(r"\s*(?:\d{1,2}\.|[-*•])\s", claim.text):
        return claim
    return replace(
        claim, quantities=tuple(replace(q, hard=True) if q.start < claim.body else q for q in claim.quantities)
    )


def _judge(laid: Laid, question: str, embed: Embed | None) -> Grounding:
    ranked = best_places(laid)
    if not ranked:
        return Grounding(status="unsupported", reason=Reason.EMPTY)
    place = ranked[0][1]
    if _verbatim(laid, place):
        return _supported(laid, (place,))
    if missing_figure(laid, question):
        return _refused(laid, place, Reason.NUMBER_NOT_FOUND)
    if any(q.hard and laid.agreed[i] and not belongs(laid, i) for i, q in enumerate(laid.claim.quantities)):
        return _refused(laid, place, Reason.CROSS_WIRED)
    own = asked_counts(laid, question)
    places = supports(laid, ranked, own)
    objection = _objection(laid, places, question, embed) if _figures_cited(laid, places, own) else Reason.CROSS_WIRED
    return _refused(laid, places[0], objection) if objection else _supported(laid, places)


def _objection(laid: Laid, places: tuple[int, ...], question: str, embed: Embed | None) -> Reason | None:
    if len({laid.field.places[p].evidence.id for p in places}) > 1:
        return Reason.MIXED
    if borrowed_phrase(laid, places[0]):
        return Reason.MIXED
    if conflicts(laid, places):
        return Reason.CROSS_WIRED
    if wrong_name(laid, places[:1], question) or wrong_actor(laid, places[:1], question):
        return Reason.NAME_NOT_FOUND
    if turned_round(laid, places[0]) or permission_for_duty(laid, places[0]):
        return Reason.NEGATION
    if generalised(laid, places):
        return Reason.GENERALISED
    return None if speaks_of(laid, places, question, embed) else Reason.LOW_OVERLAP


def _figures_cited(laid: Laid, places: tuple[int, ...], own: frozenset[int]) -> bool:
    """Whether each figure that is written somewhere is written in a passage that will be cited."""
    cited = {laid.field.places[p].evidence.id for p in places}
    return all(
        i in own or not q.hard or not found or any(laid.field.places[p].evidence.id in cited for p, _ in found)
        for i, (q, found) in enumerate(zip(laid.claim.quantities, laid.agreed, strict=True))
    )


def _verbatim(laid: Laid, place: int) -> bool:
    return _plain(laid.claim.text) in _plain(laid.field.places[place].statement.text) and len(laid.words) > 1


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+|[^\w\s.]", fold(text)))


def _supported(laid: Laid, places: tuple[int, ...]) -> Grounding:
    here = laid.field.places[places[0]]
    limits = conditions(laid, places[0])
    return Grounding(
        status="supported_with_condition" if limits else "supported",
        reason=Reason.CONDITION if limits else Reason.STATED,
        supporting=tuple(dict.fromkeys(laid.field.places[p].evidence.id for p in places)),
        quote=here.statement.text.strip(),
        conditions=limits,
    )


def _refused(laid: Laid, place: int, reason: Reason) -> Grounding:
    return Grounding(status="unsupported", reason=reason, quote=laid.field.places[place].statement.text.strip())
