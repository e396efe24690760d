"""The sentences of the passages that answer a question best.

Used where the passages themselves are the answer, and in place of a sentence that did not stand.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.grounding.agreement import agrees
from assistant.grounding.conditions import exceptions
from assistant.grounding.evidence import Embed, Evidence, Quote
from assistant.grounding.layout import cells
from assistant.grounding.matching import Field, Laid, Place, field_of, lay
from assistant.grounding.passages import Statement, statements
from assistant.grounding.readings import reading
from assistant.grounding.relevance import FILLER, content
from assistant.grounding.versions import in_force
from assistant.grounding.words import fold

_AMOUNT = frozenset({"money", "percent", "mass", "volume"})
_TIME = frozenset({"calendar", "date", "clock", "freq", "ordinal"})
# What a question asks for: a statement with a quantity of that kind is a better answer.
_ASKS = (
    (re.compile(r"\b(?:how much|cost|price|fee|charge|wie viel|wieviel|kostet|preis|gebuhr|combien|prix|cuanto cuesta|precio|tasa)\b"),
     _AMOUNT),
    (re.compile(r"\b(?:when|how (?:long|late|early|soon|fast|quickly|often)|deadline|until|by when|from when|what (?:time|date)|which date|"
                r"wann|wie lange|wie oft|frist|quand|delai|combien de temps|cuando|plazo|cuanto tiempo)\b"),
     _TIME),
    (re.compile(r"\b(?:how (?:many|old|far|large|big|high)|what (?:limit|percentage|share|rate|amount|maximum|minimum)|wie (?:hoch|viele)|"
                r"quel(?:le)? (?:est le|quantite|montant)|cuantos|cuantas|cual es (?:el|la))\b"),
     frozenset({"n", "calendar", "length"}) | _AMOUNT),
)  # fmt: skip
_TO_DO = re.compile(r"\b(?:what|how) (?:must|should|shall|can|do|does|am|is|are|to)\b|\bwas (?:muss|soll|tun)\b")
_ORDER = re.compile(
    r"\s*(?:never|always|do not|don't|only|first|then|instead|please|nie|niemals|immer|zuerst|dann)\b", re.I
)

_SIDE = re.compile(r"\b(?:before|after|vor|nach|avant|après|antes|después)\b", re.I)
_WHEN = re.compile(r"\s*(?:when|wann|quand|cuándo|cuando)\b", re.I)
_IF = re.compile(r"\b(?:if|once|as soon as|only|unless|wenn|falls|sobald|sofern|si|dès|cuando)\b", re.I)

LEAST = 0.3  # a statement that scores less answers nothing
NEAR_BEST = 0.9  # further quotes reach so much of the best one's score
MUCH = 0.8  # and hold so much of the words of the question that it holds
_ROW = 0.05  # of a sentence and a row that say the same, the sentence reads better
_EMBEDDED = 12  # so many of the best by words are looked at by meaning


def best_quotes(question: str, evidence: Sequence[Evidence], limit: int = 3, embed: Embed | None = None) -> list[Quote]:
    """Up to `limit` sentences, best first, each exact text of its passage with the exception that stands beside it.

    Often one or two: a further one is as good as the best, or nearly, and says something else.
    """
    current = tuple(in_force(evidence)[0])
    if not current or not question.strip() or limit <= 0:
        return []
    field = field_of(current)
    laid = lay(asked_of(question, field), field)
    ranked = _ranked(question, laid, embed)
    quotes: list[Quote] = []
    taken: list[int] = []
    for score, at in ranked:
        if score < max(LEAST, NEAR_BEST * ranked[0][0]) or len(quotes) >= limit:
            break
        if taken and (not _holds_as_much(laid, at, ranked[0][1]) or _repeats(laid, at, taken, quotes)):
            continue
        last = _last(question, field, at)
        quotes.append(_quote(field, at, last, score))
        taken += range(at, last + 1)
    return quotes


def _ranked(question: str, laid: Laid, embed: Embed | None) -> list[tuple[float, int]]:
    """The statements with their scores, best first. Meaning is asked only about those that words put in front."""
    places = laid.field.places
    scores = [(_score(laid, at), at) for at, place in enumerate(places) if not place.statement.bare]
    scores.sort(key=lambda s: (-s[0], s[1]))
    if embed is None:
        return scores
    front = scores[:_EMBEDDED]
    near = _nearness(question, [places[at] for _, at in front], embed)
    return sorted(((s + n, at) for (s, at), n in zip(front, near, strict=True)), key=lambda s: (-s[0], s[1]))


def asked_of(question: str, field: Field) -> Statement:
    """The question as one statement, without its words of asking."""
    text = " ".join(question[:2000].split())
    asked = statements(re.sub(r"[.!?]+\s+", "; ", text), field.language)[0]
    kept = tuple(w for w in asked.words if w.folded not in FILLER)
    return replace(asked, words=kept) if any(w.heavy for w in kept) else asked


def _nearness(question: str, places: Sequence[Place], embed: Embed) -> list[float]:
    """What an embedder adds: the cosine of the question and each statement, in the context of its title."""
    if not places:
        return []
    vectors = embed([question[:2000], *(f"{_title(p.evidence)}: {reading(p)}" for p in places)])
    lengths = [float((v @ v) ** 0.5) or 1.0 for v in vectors]
    return [0.8 * float(v @ vectors[0]) / (n * lengths[0]) for v, n in zip(vectors[1:], lengths[1:], strict=True)]


def _title(evidence: Evidence) -> str:
    return f"{evidence.source} {evidence.heading}".strip()


def _score(laid: Laid, at: int) -> float:
    """Words of the question in the statement, a little for those in its title and passage, more for the asked kind of figure."""
    place = laid.field.places[at]
    own, here = laid.in_place(at), _held(laid, at)
    figures = len(laid.quantities_in(at))
    # A row is short by nature: that it has few other words says nothing for it.
    turn = 0.0 if place.statement.row else len(own) / max(len(place.statement.heavy), len(own), 1)
    score = laid.cover(here) + 0.25 * laid.cover(_around(laid, at) - here) + 0.2 * figures + 0.15 * turn
    kinds = {d for q in place.statement.quantities for d in q.dimensions}
    wanted = [dimensions for pattern, dimensions in _ASKS if pattern.search(fold(laid.claim.text))]
    told = any(kinds & dimensions for dimensions in wanted) or _tells_when(laid.claim.text, place.statement.text)
    score += 0.25 if told and here else 0.0
    score += 0.25 * _label(laid, at) * laid.cover(here) if place.statement.row else 0.0
    score -= 0.2 if _other_side(laid.claim.text, place.statement.text) else 0.0
    return score - (0.0 if _is_sentence(place.statement) else 0.3) - (_ROW if place.statement.row else 0.0)


def _tells_when(question: str, text: str) -> bool:
    """ "When is it free?" – "if the old one was stolen"."""
    return bool(_WHEN.match(question)) and bool(_IF.search(text))


def _other_side(question: str, text: str) -> bool:
    """Asked what is before an event, a statement about the time after it answers something else, and the reverse."""
    asked, told = ({hit.casefold() for hit in _SIDE.findall(t)} for t in (question, text))
    return len(asked) == 1 and bool(told) and not asked & told


def _held(laid: Laid, at: int) -> frozenset[int]:
    """The words of the question in the statement and in its header or lead-in. A row or an item must itself speak of
    what is asked, not its column alone."""
    own, lead = laid.in_place(at), laid.field.places[at].statement.lead
    if lead is None or not (own or laid.quantities_in(at)):
        return own
    first = at - laid.field.places[at].index
    return own.union(*(laid.between(i, *lead) for i in range(first, at)))


def _around(laid: Laid, at: int) -> frozenset[int]:
    """The words of the question anywhere in the passage, its heading or its title."""
    evidence = laid.field.places[at].evidence
    title = content(_title(evidence), laid.claim.language)
    titled = frozenset(i for i, w in enumerate(laid.words) if w.stem in title)
    return titled | laid.once(("around", evidence.id), lambda: _in_passage(laid, at))


def _in_passage(laid: Laid, at: int) -> frozenset[int]:
    evidence = laid.field.places[at].evidence.id
    return frozenset().union(*(laid.in_place(i) for i, p in enumerate(laid.field.places) if p.evidence.id == evidence))


def _label(laid: Laid, at: int) -> float:
    """How much of what a row is about is what was asked about: the fuller of its first two cells."""
    row = laid.field.places[at].statement
    shares = [0.0]
    for a, b in cells(row.text)[:2]:
        words = [w for w in row.heavy if row.start + a <= w.start < row.start + b]
        starts = {s for i in laid.in_place(at) for s in laid.where[i, at]}
        shares.append(sum(w.start in starts for w in words) / len(words) if words else 0.0)
        figures = [q for q in row.quantities if row.start + a <= q.start < row.start + b]
        whole = len(figures) == 1 and not words
        shares.append(float(whole and any(laid.says(i, figures[0]) for i in range(len(laid.claim.quantities)))))
    return max(shares)


def _is_sentence(statement: Statement) -> bool:
    """A fragment is a worse answer."""
    if statement.row or statement.quantities:
        return True
    return len(statement.words) >= 4 and (statement.lead is not None or statement.text.rstrip()[-1:] in '.;!?:)"”»')


def _holds_as_much(laid: Laid, at: int, best: int) -> bool:
    """Whether a further statement has the figures of the question that the best one has, and nearly as many words."""
    if laid.quantities_in(best) - laid.quantities_in(at):
        return False
    return laid.cover(_held(laid, at)) >= MUCH * laid.cover(_held(laid, best))


def _repeats(laid: Laid, at: int, taken: Sequence[int], quotes: Sequence[Quote]) -> bool:
    """Whether a statement says nothing that was not said or stands beside it: the same words, no other figure."""
    if at in taken:
        return True
    new = laid.field.places[at].statement
    beside = " ".join(q.condition for q in quotes)
    old = [laid.field.places[i].statement for i in taken] + list(statements(beside, laid.field.language))
    stems = {w.stem for s in old for w in s.heavy}
    told = all(any(agrees(q, o) for s in old for o in s.quantities) for q in new.quantities if q.hard and not q.code)
    return told and sum(w.stem in stems for w in new.heavy) >= 0.8 * len(new.heavy)


def _last(question: str, field: Field, at: int) -> int:
    """Who asks what to do gets the order that follows: "… means a duplicate. Never delete a duplicate before …"."""
    here, behind = field.places[at], field.places[at + 1] if at + 1 < len(field.places) else None
    if behind is None or behind.evidence.id != here.evidence.id or here.statement.row or behind.statement.row:
        return at
    between = here.evidence.text[here.statement.end : behind.statement.start]
    if "\n\n" in between or not _TO_DO.search(fold(question)) or not _ORDER.match(behind.statement.text):
        return at
    return at + 1 if {w.stem for w in here.statement.heavy} & {w.stem for w in behind.statement.heavy} else at


def _quote(field: Field, first: int, last: int, score: float) -> Quote:
    place = field.places[first]
    text = place.evidence.text
    start, end = place.statement.start, field.places[last].statement.end
    start += len(text[start:end]) - len(text[start:end].lstrip())
    end -= len(text[start:end]) - len(text[start:end].rstrip())
    return Quote(
        evidence_id=place.evidence.id,
        text=text[start:end],
        start=start,
        end=end,
        condition=" … ".join(exceptions(field, first, last)),
        score=round(score, 4),
        reading=" ".join(reading(field.places[at]) for at in range(first, last + 1)),
    )
