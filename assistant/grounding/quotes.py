"""The sentences of the passages that answer a question best, and whether there is anything relevant at all.

Used where the passages themselves are the answer, and in place of a sentence that did not stand.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.grounding.conditions import beside
from assistant.grounding.evidence import Embed, Evidence, Quote
from assistant.grounding.matching import Field, Laid, field_of, lay
from assistant.grounding.passages import Statement, statements
from assistant.grounding.versions import in_force
from assistant.grounding.words import STOP, fold, language_of, stem, tokens, word_set

# Nothing relevant was found unless one passage reaches one of these: by words, by meaning, or by both a little.
OVERLAP = 0.7
SIMILARITY = 0.5
BOTH = (0.4, 0.35)

# Words of asking that say nothing about what is asked.
_FILLER = word_set(
    "tell please show give list explain describe name kind type long often many much old far bitte zeige"
)
# What a question asks for: a statement with a quantity of that kind is a better answer.
_ASKS = (
    (re.compile(r"\b(?:how much|cost|price|fee|charge|wie viel|wieviel|kostet|preis|gebuhr|combien|prix|cuanto cuesta|precio|tasa)\b"),
     frozenset({"money", "percent", "mass", "volume"})),
    (re.compile(r"\b(?:when|how (?:long|late|early|soon|fast|quickly|often)|deadline|until|by when|from when|what (?:time|date)|which date|"
                r"wann|wie lange|wie oft|frist|quand|delai|combien de temps|cuando|plazo|cuanto tiempo)\b"),
     frozenset({"calendar", "date", "clock", "freq", "ordinal"})),
    (re.compile(r"\b(?:how (?:many|old|far|large|big|high)|what (?:limit|percentage|share|rate|amount|maximum|minimum)|wie (?:hoch|viele)|"
                r"quel(?:le)? (?:est le|quantite|montant)|cuantos|cuantas|cual es (?:el|la))\b"),
     frozenset({"n", "percent", "money", "mass", "volume", "length", "calendar"})),
)  # fmt: skip


def best_quotes(question: str, evidence: Sequence[Evidence], limit: int = 3, embed: Embed | None = None) -> list[Quote]:
    """Up to `limit` sentences, best first, each exact text of its passage with the exception that stands beside it."""
    current = tuple(in_force(evidence)[0])
    if not current or not question.strip() or limit <= 0:
        return []
    field = field_of(current)
    asked = _asked(question, field)
    laid = lay(asked, field)
    near = _nearness(question, field, embed)
    scored = sorted(((_score(laid, at) + near[at], -at) for at in range(len(field.places))), reverse=True)
    quotes: list[Quote] = []
    for score, negative in scored:
        quote = _quote(laid, -negative, score)
        if len(quotes) < limit and quote.text and quote.text not in {q.text for q in quotes} and score > 0.15:
            quotes.append(quote)
    return quotes


def _asked(question: str, field: Field) -> Statement:
    text = " ".join(question[:2000].split())
    return statements(re.sub(r"[.!?]+\s+", "; ", text), field.language)[0]


def _nearness(question: str, field: Field, embed: Embed | None) -> list[float]:
    """What an embedder adds: the cosine of the question and each sentence, in the context of its title."""
    if embed is None:
        return [0.0] * len(field.places)
    vectors = embed([question[:2000], *(f"{p.evidence.source}: {p.statement.text.strip()}" for p in field.places)])
    lengths = [float((v @ v) ** 0.5) or 1.0 for v in vectors]
    return [0.8 * float(v @ vectors[0]) / (n * lengths[0]) for v, n in zip(vectors[1:], lengths[1:], strict=True)]


def _score(laid: Laid, at: int) -> float:
    """Words of the question in the sentence, a little for those in its title and passage, more for the asked kind of figure."""
    place = laid.field.places[at]
    here = laid.in_place(at)
    around = frozenset(
        i
        for i, spots in enumerate(laid.spots)
        if any(laid.field.places[p].evidence.id == place.evidence.id for p, _ in spots)
    )
    title = fold(place.evidence.source)
    titled = frozenset(i for i, w in enumerate(laid.words) if w.folded in title)
    score = laid.cover(here) + 0.25 * laid.cover((around | titled) - here) + 0.2 * len(laid.quantities_in(at))
    kinds = {d for q in place.statement.quantities for d in q.dimensions}
    asks = fold(laid.claim.text)
    wanted = [dimensions for pattern, dimensions in _ASKS if pattern.search(asks)]
    score += 0.15 if any(kinds & dimensions for dimensions in wanted) and here else 0.0
    return score - (0.3 if not _is_sentence(place.statement) else 0.0)


def _is_sentence(statement: Statement) -> bool:
    """A heading or a table's first row is no answer."""
    return bool(statement.quantities) or (len(statement.words) >= 4 and statement.text.rstrip()[-1:] in '.;!?:)"”»')


def _quote(laid: Laid, at: int, score: float) -> Quote:
    place = laid.field.places[at]
    text = place.evidence.text
    start, end = place.statement.start, place.statement.end
    start += len(text[start:end]) - len(text[start:end].lstrip())
    end -= len(text[start:end]) - len(text[start:end].rstrip())
    own = statements(text[start:end], laid.field.language)
    limits = beside(lay(own[0], laid.field), at, limit=1) if own else []
    condition = " … ".join(s.text.strip() for s in limits)
    return Quote(
        evidence_id=place.evidence.id,
        text=text[start:end],
        start=start,
        end=end,
        condition=condition,
        score=round(score, 4),
    )


def relevant(question: str, evidence: Sequence[Evidence], *, embed: Embed | None = None) -> bool:
    """Whether one of the passages speaks of what was asked. No passages, or no question: no."""
    if not evidence or not question.strip():
        return False
    near = similarities(question, evidence, embed) if embed is not None else [0.0] * len(evidence)
    return any(found(similarity=n, overlap=s) for n, s in zip(near, shares(question, evidence), strict=True))


def found(*, similarity: float, overlap: float) -> bool:
    """The signal itself: cosine of question and passage, share of the question's content words that stand in it."""
    return overlap >= OVERLAP or similarity >= SIMILARITY or (overlap >= BOTH[0] and similarity >= BOTH[1])


def shares(question: str, evidence: Sequence[Evidence]) -> list[float]:
    """For each passage the share of the question's content words that stand in its text or title. Figures count too."""
    language = language_of(" ".join(question.split())[:2000])
    asked = _content(question[:2000], language)
    return [len(asked & _content(f"{e.source} {e.text}", language)) / len(asked) if asked else 0.0 for e in evidence]


def _content(text: str, language: str) -> frozenset[str]:
    kept = (t for t in tokens(text) if t.kind != "p" and t.folded not in STOP[language] and t.folded not in _FILLER)
    return frozenset(stem(t.folded, language) for t in kept)


def similarities(question: str, evidence: Sequence[Evidence], embed: Embed) -> list[float]:
    """The cosine of the question and each passage with its title."""
    vectors = embed([question[:2000], *(f"{e.source}. {e.text}" for e in evidence)])
    lengths = [float((v @ v) ** 0.5) or 1.0 for v in vectors]
    return [float(v @ vectors[0]) / (n * lengths[0]) for v, n in zip(vectors[1:], lengths[1:], strict=True)]
