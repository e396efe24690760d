"""What limits a statement: conditions inside its sentence that the answer leaves out, and exceptions beside it.

Every condition is a stretch of exact passage text. Showing one too many costs a line; leaving one out can
mislead. So a clause counts as a condition when it limits in any of several ways: a word that opens one
(unless, only, until), a bounded figure, another value of the same kind, or a denial.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.grounding.bounds import bound
from assistant.grounding.lexicon import NEGATORS
from assistant.grounding.matching import Field, Laid, lay
from assistant.grounding.passages import Statement
from assistant.grounding.quantity import Quantity

# A word that opens a condition starts a stretch of its own.
_OPENERS = re.compile(
    r"(?<!\w)(?:unless|only (?:if|when|after|with|where|to|within|on|by|for|in|at|once|until|from|between)|except|excluding|"
    r"provided|as long as|so long as|until|once|while|subject to|on presentation|on condition|on production|in case of|"
    r"in the event|on request|upon|by appointment|with the (?:exception|permission|consent|approval|agreement)|after agreement|"
    r"if|when|where|waived|after the first|after (?!\d)|before (?!\d)|with (?:fewer|less|more|written|prior|at least|a |an )|"
    r"for (?:those|people|persons|customers|clients|patients|staff|members|children|women|men|residents|journeys|trips|stays|"
    r"amounts|claims|orders|cases|the first)|up to|rising|starting|whichever|but|"
    r"sofern|wenn|falls|außer|ausser|es sei denn|nur (?:wenn|mit|bei|nach|im|in|für|auf|gegen|an|zu|durch|unter|bis|von)|erst|"
    r"solange|bis|gegen vorlage|mit ausnahme|ausgenommen|soweit|vorausgesetzt|nach (?:zustimmung|genehmigung|rücksprache|absprache|"
    r"vorlage|anmeldung)|auf antrag|bei|für|"
    r"sauf|uniquement|seulement|à condition|a condition|si|tant que|jusqu|pourvu|à moins|hormis|sous réserve|sur présentation|"
    r"sur rendez-vous|avec l'accord|lorsque|quand|pour les|en cas|"
    r"salvo|excepto|únicamente|unicamente|solo|sólo|solamente|siempre que|a menos que|hasta|previa|previo|con (?:autorización|permiso|"
    r"cita|nómina)|mientras|cuando|en caso|para los|para las)(?!\w)",
    re.IGNORECASE,
)
_ONLY = re.compile(
    r"\b(?:only|exclusively|nur|ausschließlich|uniquement|seulement|únicamente|solo|sólo)\b", re.IGNORECASE
)
_EXCEPTS = re.compile(
    r"\b(?:not|no|never|none|except|unless|instead|however|but|if|only|until|doubles?|doubled|halved|reduced?|brought forward|extended|"
    r"excluded|exempt|waived|free|longer|shorter|higher|lower|fewer|different|expires?|starts?|begins?|nicht|kein\w*|außer|sofern|"
    r"nur|wenn|statt|bei|verdoppelt|sauf|ne|pas|aucun\w*|sinon|uniquement|si|no|salvo|excepto|nunca|si|solo)\b",
    re.IGNORECASE,
)


_STRONG = re.compile(
    r"\b(?:(?:do|does|is|are|may|must|shall|can) not|cannot|no \w+ (?:of|may|is|are)|unless|except|if|instead|doubles?|doubled|brought forward|"
    r"only|until|nicht|kein\w*|außer|sofern|nur|wenn|ne|sauf|uniquement|si|no|salvo|excepto|únicamente)\b",
    re.IGNORECASE,
)

_BLANK = re.compile(r"\n[ \t\r]*\n")
WITHIN = 0.4  # weight of the words two sentences of one paragraph share when they speak of one thing
ACROSS = 1.0  # the same for two paragraphs


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a statement between two separators or opening words; offsets are of the whole passage."""

    start: int
    end: int
    opened: bool


def stretches(statement: Statement) -> list[Stretch]:
    """The statement cut at semicolons, commas and words that open a condition."""
    cuts = {0: False}
    for hit in re.finditer(r";\s*|,\s+(?=\D)|:\s+", statement.text):
        cuts.setdefault(hit.end(), False)
    last = -99
    for hit in _OPENERS.finditer(statement.text):
        if hit.start() - last > 12:  # "waived for", "until after": one opening
            cuts[hit.start()] = True
        last = hit.start()
    marks = sorted(m for m in cuts if m < len(statement.text))
    ends = [*marks[1:], len(statement.text)]
    base = statement.start
    return [Stretch(base + a, base + b, cuts[a]) for a, b in zip(marks, ends, strict=True)]


def unsaid(laid: Laid, place: int) -> list[Stretch]:
    """The stretches that limit the statement and that the sentence does not state."""
    statement = laid.field.places[place].statement
    return [
        s for s in stretches(statement)
        if not _said(laid, place, s) and _limits(laid, statement, s) and not _other_item(laid, statement, s)
    ]  # fmt: skip


def _other_item(laid: Laid, statement: Statement, stretch: Stretch) -> bool:
    """In a list of items ("A €1; B €2; C €3"), another item with its own value limits nothing."""
    if statement.text.count(";") < 2:
        return False
    start = statement.text.rfind(";", 0, stretch.start - statement.start + 1) + 1
    stop = statement.text.find(";", stretch.start - statement.start + 1)
    span = (statement.start + start, statement.start + (stop if stop >= 0 else len(statement.text)))
    inside = [q for q in statement.quantities if span[0] <= q.start < span[1]]
    kinds = {d for q in laid.claim.quantities if q.hard for d in q.dimensions}
    stated = any(laid.says(i, q) and c.hard for i, c in enumerate(laid.claim.quantities) for q in inside)
    return not stated and any(q.dimensions & kinds and q.hard for q in inside)


def _said(laid: Laid, place: int, stretch: Stretch) -> bool:
    """Whether the sentence carries the stretch: most of its words and every figure in it."""
    statement = laid.field.places[place].statement
    words = [w for w in statement.heavy if stretch.start <= w.start < stretch.end]
    figures = [q for q in statement.quantities if stretch.start <= q.start < stretch.end and q.hard]
    if any(not _stated(laid, q) for q in figures):
        return False
    if not words:
        return True
    starts = {at for i in laid.in_place(place) for at in laid.where[i, place]}
    return sum(w.start in starts for w in words) >= 0.6 * len(words)


def _stated(laid: Laid, written: Quantity) -> bool:
    return any(laid.says(i, written) for i in range(len(laid.claim.quantities)))


def _limits(laid: Laid, statement: Statement, stretch: Stretch) -> bool:
    text = statement.text[stretch.start - statement.start : stretch.end - statement.start]
    if stretch.opened or _ONLY.search(text):
        return True
    figures = [q for q in statement.quantities if stretch.start <= q.start < stretch.end and q.hard]
    if any(bound(statement.text, q.start - statement.start, q.end - statement.start) for q in figures):
        return True
    kinds = {d for q in laid.claim.quantities for d in q.dimensions}
    if any(q.dimensions & kinds for q in figures) and not statement.row:
        return ";" not in statement.text[: stretch.end - statement.start - 1] or ":" not in statement.text
    return any(
        stretch.start <= w.start < stretch.end
        and (w.folded in NEGATORS[statement.language] or any(s.sign < 0 for s in w.senses))
        for w in statement.words
    )


def beside(laid: Laid, place: int, limit: int = 3) -> list[Statement]:
    """Statements of the same passage that make an exception to this one: same subject, and a limit or another value."""
    here = laid.field.places[place]
    scored: list[tuple[float, int, Statement]] = []
    for at, there in enumerate(laid.field.places):
        if at == place or there.evidence.id != here.evidence.id or there.statement.row or there.statement.bare:
            continue
        near = 0.3 if abs(there.index - here.index) == 1 else 0.1 if 0 < there.index - here.index < 4 else 0.0
        cue = _exception(laid, there.statement)
        if cue and not _of_another(laid.claim, there.statement) and _same_subject(laid, place, at):
            scored.append((laid.weigh(laid.in_place(at)) + near + cue, at, there.statement))
    scored.sort(key=lambda s: (-s[0], s[1]))
    return [s for _, _, s in scored[:limit]]


def _same_subject(laid: Laid, place: int, at: int) -> bool:
    """Words in common, more of them across paragraphs; or it points back ("The period starts …") to what it follows."""
    shared = laid.in_place(at)
    if len(shared) < 2 and not _EXCEPTS.search(_at(laid, at).text) and not _refers_back(_at(laid, at)):
        return False  # one word in common and another value: it speaks of something else
    if _paragraphs_between(laid, place, at):
        return len(shared) >= 2 and laid.weigh(shared) >= ACROSS
    if laid.weigh(shared) >= WITHIN:
        return True
    between = range(place + 1, at)
    told = all(_refers_back(_at(laid, i)) or laid.weigh(laid.in_place(i)) >= WITHIN for i in between)
    return 0 < at - place < 4 and told and _refers_back(_at(laid, at))


def _at(laid: Laid, place: int) -> Statement:
    return laid.field.places[place].statement


def _paragraphs_between(laid: Laid, place: int, at: int) -> bool:
    first, last = sorted((place, at))
    text = laid.field.places[place].evidence.text
    return bool(_BLANK.search(text, laid.field.places[first].statement.end, laid.field.places[last].statement.start))


def exceptions(field: Field, first: int, last: int) -> tuple[str, ...]:
    """What stands beside these statements of one passage and limits one of them, best first, at most two."""
    quoted = [field.places[at].statement for at in range(first, last + 1)]
    found = [s for at in range(first, last + 1) for s in beside(lay(field.places[at].statement, field), at)]
    kept = [s for s in found if s not in quoted and not any(_of_another(q, s) for q in quoted)]
    return tuple(dict.fromkeys(s.text.strip() for s in kept))[:2]


def _of_another(mine: Statement, other: Statement) -> bool:
    """ "Code R11 means …" beside "Code R20 means …": the same words, about another thing."""
    ours = {q.code for q in mine.quantities if q.code}
    theirs = {q.code for q in other.quantities if q.code}
    return bool(ours and theirs and not ours & theirs)


def _exception(laid: Laid, statement: Statement) -> float:
    """How strongly a statement sounds like an exception to the sentence; 0 when it does not."""
    kinds = {d for q in laid.claim.quantities if q.hard for d in q.dimensions}
    other = any(q.hard and q.dimensions & kinds and not _stated(laid, q) for q in statement.quantities)
    strong = 0.9 if _STRONG.search(statement.text) else 0.4 if _EXCEPTS.search(statement.text) else 0.0
    return (0.5 if other else 0.0) + strong


def _refers_back(statement: Statement) -> bool:
    return bool(re.match(r"\s*(?:this|these|it|they|a repeat|the (?:amount|charge|fee|limit|period|same)|dies\w*|ce\w*|est[aeo]s?)\b",
                         statement.text, re.IGNORECASE))  # fmt: skip


def conditions(laid: Laid, place: int) -> tuple[str, ...]:
    """Everything that must stand beside the sentence, as exact passage text, without repetition."""
    here = laid.field.places[place]
    text = here.evidence.text
    found = [text[a:b].strip(" ,;:\n") for a, b in _merged(unsaid(laid, place), here.statement)]
    found += [s.text.strip() for s in beside(laid, place)]
    return tuple(dict.fromkeys(f for f in found if f))


def _merged(open_: list[Stretch], statement: Statement) -> list[tuple[int, int]]:
    """Neighbouring stretches as one; one that an opening word begins runs on to the end of its clause."""
    spans: list[tuple[int, int]] = []
    for s in open_:
        end = s.end
        if s.start > statement.start:
            rest = statement.text[s.start - statement.start :]
            stop = re.search(r"[;]|\.\s*$", rest)
            end = max(end, s.start + (stop.start() if stop else len(rest)))
        if spans and s.start <= spans[-1][1] + 2:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((s.start, end))
    return spans
