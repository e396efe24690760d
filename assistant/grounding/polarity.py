"""Whether a sentence says yes where the passage says no.

Denials and words of refusal are counted on both sides; a pair of opposites (before and after, stay and
leave) counts as one more. An odd difference means that the statement was turned round. "not accepted" and
"refused" are even, so a paraphrase passes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.grounding.conditions import stretches, unsaid
from assistant.grounding.lexicon import NEGATORS, polar_concepts
from assistant.grounding.matching import Laid
from assistant.grounding.passages import Word

# Concepts whose opposite side denies by itself; the other pairs only count against each other.
_DENYING = frozenset({"allow", "charge", "include", "require", "enable", "succeed", "likely", "join", "give"})
_MUST = re.compile(
    r"\b(?:must|shall|has to|have to|required|obliged|mandatory|muss|müssen|doit|doivent|debe|deben)\b", re.IGNORECASE
)
_MAY = re.compile(
    r"\b(?:may|can|could|optional|voluntary|allowed|permitted|darf|dürfen|kann|können|peut|peuvent|puede|pueden)\b",
    re.IGNORECASE,
)


def turned_round(laid: Laid, place: int) -> bool:
    """Whether the sentence denies what the statement affirms, or affirms what it denies."""
    ours = _claimed_words(laid, place)
    language = laid.claim.language
    written = laid.field.places[place].statement.words
    clauses = _clauses(laid, place)
    best = max(clauses, key=lambda c: _held(laid, place, c))
    covered = [w for c in clauses if c is best or _covers(laid, place, c) for w in c]
    denials = _denials(ours, written, language) + _denials(covered, ours, language)
    bounds = _bounds_turned(laid, place)
    return bool((denials + _opposites(ours, written) + bounds) % 2)


def permission_for_duty(laid: Laid, place: int) -> bool:
    """Whether "may" is claimed where the passage says "must", or the other way round."""
    theirs = laid.field.places[place].statement.text
    if any(w.folded in NEGATORS[laid.claim.language] for w in laid.claim.words):
        return False
    may, must = _MAY.search(laid.claim.text), _MUST.search(laid.claim.text)
    if may and not must:
        return bool(_MUST.search(theirs)) and not _MAY.search(theirs)
    return bool(must and not may and _MAY.search(theirs) and not _MUST.search(theirs))


def _claimed_words(laid: Laid, place: int) -> list[Word]:
    """The words of the sentence without a condition of its own that the passage does not know."""
    kept: list[Word] = []
    for s in stretches(laid.claim):
        words = [w for w in laid.claim.words if s.start <= w.start < s.end]
        known = [i for i, w in enumerate(laid.words) if w in words and any(p == place for p, _ in laid.spots[i])]
        heavy = sum(w.heavy for w in words)
        if not s.opened or s.start == laid.claim.start or not heavy or len(known) > 0.5 * heavy:
            kept += words
    return kept


def _clauses(laid: Laid, place: int) -> list[list[Word]]:
    """The words of the statement by clause, without conditions that the sentence does not state."""
    statement = laid.field.places[place].statement
    left_out = {(s.start, s.end) for s in unsaid(laid, place) if s.opened}
    clauses: list[list[Word]] = [[]]
    for s in stretches(statement):
        if (s.start, s.end) not in left_out:
            clauses[-1] += [w for w in statement.words if s.start <= w.start < s.end]
        if statement.text[s.end - statement.start - 2 : s.end - statement.start].strip().endswith(";"):
            clauses.append([])
    return clauses


def _held(laid: Laid, place: int, clause: Sequence[Word]) -> float:
    starts = {at: laid.weights[i] for i, spots in enumerate(laid.spots) for p, at in spots if p == place}
    return sum(starts.get(w.start, 0.0) for w in clause)


def _covers(laid: Laid, place: int, clause: Sequence[Word]) -> bool:
    """Whether the sentence has nearly every word of the clause."""
    starts = {at for spots in laid.spots for p, at in spots if p == place}
    heavy = [w for w in clause if w.heavy]
    return len(heavy) > 1 and sum(w.start in starts for w in heavy) >= 0.75 * len(heavy)


def _denials(words: Sequence[Word], others: Sequence[Word], language: str) -> int:
    """Denials among these words; a word of refusal that both sides have counts on neither."""
    shared = {w.stem for w in others}
    count = 0
    for word in words:
        if word.share == 1.0 and (word.folded in NEGATORS[language] or word.folded.endswith("n't")):
            count += 1
        elif (
            word.stem not in shared
            and word.senses
            and all(s.sign < 0 and s.concept in _DENYING for s in word.senses if s.concept in polar_concepts())
        ):
            count += any(s.sign < 0 for s in word.senses)
    return count


def _opposites(ours: Sequence[Word], theirs: Sequence[Word]) -> int:
    """Pairs of opposites outside the denying concepts, one per concept; a concept that has both sides on one hand is skipped."""
    count = 0
    for concept in polar_concepts() - _DENYING:
        left, right = _sides(ours, concept), _sides(theirs, concept)
        count += left in ({1}, {-1}) and right in ({1}, {-1}) and left != right
    return count


def _sides(words: Sequence[Word], concept: str) -> set[int]:
    return {s.sign for w in words for s in w.senses if s.concept == concept}


def _bounds_turned(laid: Laid, place: int) -> int:
    """1 when a figure is a lower bound here and an upper bound there: "Nobody under 50 kg" is "at least 50 kg"."""
    statement = laid.field.places[place].statement
    if _BOTH_SIDES.search(statement.text):
        return 0
    for i, claimed in enumerate(laid.claim.quantities):
        ours = _crisp(laid.claim.text, claimed.start - laid.claim.start, claimed.end - laid.claim.start)
        for at, written in laid.agreed[i]:
            if at != place or not (written.dimensions & claimed.dimensions):
                continue
            theirs = _crisp(statement.text, written.start - statement.start, written.end - statement.start)
            if ours and theirs and ours != theirs:
                return 1
    return 0


_AMOUNT = r"\s+(?:chf |eur |usd |gbp )?[€£$]?$"
# "not more than" is read as "more than": the "not" is counted with the denials. "no more than" is one phrase.
_ABSORBED = (
    (re.compile(r"\b(?:no more|no longer|no later|no older|no greater|no larger) than" + _AMOUNT), "most"),
    (re.compile(r"\b(?:no less|no fewer|no earlier|no younger) than" + _AMOUNT), "least"),
)
_AT_LEAST = re.compile(
    r"\b(?:at least|a minimum of|more than|over|above|older than|longer than|exceeding|exceeds?|past|mindestens|wenigstens|mehr als|"
    r"über|au moins|plus de|al menos|como mínimo|más de)" + _AMOUNT
)
_AT_MOST = re.compile(
    r"\b(?:at most|up to|a maximum of|less than|fewer than|under|below|as much as|as many as|höchstens|maximal|bis zu|weniger als|"
    r"unter|au plus|jusqu'à|moins de|hasta|menos de|como máximo)" + _AMOUNT
)
# "up to €20; anything above": the other side of the bound is spoken of as well.
_BOTH_SIDES = re.compile(
    r"\b(?:(?:anything|everything|amounts?|sums?|those|any) (?:above|over|below|more)|above (?:this|that|these)|larger|longer|"
    r"smaller|shorter|later|afterwards|otherwise|darüber|danach|au-delà|por encima)\b",
    re.IGNORECASE,
)


def _crisp(text: str, start: int, end: int) -> str:
    """Only bounds that are said in so many words."""
    before, behind = text[max(0, start - 32) : start].casefold(), text[end : end + 24].casefold()
    for pattern, side in _ABSORBED:
        if pattern.search(before):
            return side
    if _AT_LEAST.search(before) or re.match(
        r"\s*(?:\w+\s)?(?:or (?:more|above|over|older)|oder mehr|ou plus|o más)\b", behind
    ):
        return "least"
    if _AT_MOST.search(before) or re.match(
        r"\s*(?:\w+\s)?(?:or (?:less|fewer|below|under)|at (?:the )?most|como mucho)\b", behind
    ):
        return "most"
    return ""
