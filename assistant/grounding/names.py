"""Names and roles: who or what is named in a sentence must stand where the sentence says it stands.

A name is a run of capitalised words (in German, where every noun is capitalised, a word behind a title);
a role is a word of the thesaurus of actors, "officer", "committee", "nurse". Compared without case and accents.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.grounding.dates import MONTHS, WEEKDAYS
from assistant.grounding.lexicon import ACTORS, WEAK_ACTORS
from assistant.grounding.matching import Laid, Place
from assistant.grounding.passages import Statement, Word, akin
from assistant.grounding.words import STOP, fold, stem, tokens, word_set

_LINKS = word_set("of the and & de la le les du des del y et von der den zu van für fur in")
_TITLES = word_set("mr mrs ms miss dr prof herr frau m mme mlle sr sra don dona sir lady judge")


@dataclass(frozen=True, slots=True)
class Name:
    """A run of words of one name, folded; `start` within the text."""

    words: tuple[str, ...]
    start: int


def names(statement: Statement) -> list[Name]:
    """The proper-noun runs of a statement, the first word of the sentence only where more capitals follow."""
    text, language = statement.text, statement.language
    ts = [t for t in tokens(text) if t.kind != "n"]
    quantity = [(q.start - statement.start, q.end - statement.start) for q in statement.quantities]
    runs: list[Name] = []
    run: list[str] = []
    begin = 0
    for i, t in enumerate(ts):
        capital = (
            t.kind == "w"
            and t.text[0].isupper()
            and (run or not _common(t.folded, language))
            and not any(a <= t.start < b for a, b in quantity)
        )
        if capital and (run or i > 0 or _starts_name(ts, i)):
            begin = begin if run else t.start
            run.append(t.folded.split("'")[0] if language == "en" else t.folded.split("'")[-1])
        elif (
            run
            and (t.folded in _LINKS or t.text in "-.'’")
            and i + 1 < len(ts)
            and ts[i + 1].text[0].isupper()
            and not _ends(t.text, run)
        ):
            continue
        else:
            runs, run = _closed(runs, run, begin, language), []
    return _closed(runs, run, begin, language)


def _ends(text: str, run: Sequence[str]) -> bool:
    return text == "." and run[-1] not in _TITLES and len(run[-1]) > 1


def _closed(runs: list[Name], run: list[str], begin: int, language: str) -> list[Name]:
    kept = tuple(w for w in run if w not in _TITLES)
    if not kept or (language == "de" and len(kept) == len(run)):
        return runs
    return [*runs, Name(kept, begin)]


def _starts_name(ts: Sequence[object], i: int) -> bool:
    following = ts[i + 1] if i + 1 < len(ts) else None
    return following is not None and following.kind == "w" and following.text[0].isupper()  # type: ignore[attr-defined]


def _common(folded: str, language: str) -> bool:
    return (folded in STOP[language] and folded not in _TITLES) or folded in MONTHS or folded in WEEKDAYS


def wrong_name(laid: Laid, places: Sequence[int], question: str) -> bool:
    """Whether the sentence names somebody or something that the statements it lies on do not name."""
    at_hand = [laid.field.places[p] for p in places]
    asked = {t.folded for t in tokens(question)}
    return any(not _known(name, laid, at_hand, asked) for name in names(laid.claim) if not _ordinary(name, laid.claim))


def _ordinary(name: Name, statement: Statement) -> bool:
    """A single capitalised word of the thesaurus ("the Agreement") is compared like any other word."""
    return len(name.words) == 1 and any(w.folded == name.words[0] and w.senses for w in statement.words)


def _known(name: Name, laid: Laid, places: Sequence[Place], asked: set[str]) -> bool:
    for place in places:
        if _stands(name, place.statement.text):
            return True
    if all(w in asked or _in_title(w, places) for w in name.words):
        return not _other_name(laid, places)
    if len(name.words) == 1 and len(name.words[0]) <= 5 and name.words[0].upper() in laid.claim.text:  # an abbreviation
        return any(name.words[0].upper() in p.evidence.text for p in places)
    return any(_stands(name, p.statement.text) for p in _neighbours(laid, places)) and not _other_name(laid, places)


def _neighbours(laid: Laid, places: Sequence[Place]) -> list[Place]:
    mine = {(p.evidence.id, p.index + d) for p in places for d in (-1, 1)}
    return [p for p in laid.field.places if (p.evidence.id, p.index) in mine]


def _in_title(word: str, places: Sequence[Place]) -> bool:
    return any(word in fold(p.evidence.source) for p in places)


def _other_name(laid: Laid, places: Sequence[Place]) -> bool:
    """Whether the first statement names somebody the sentence does not: then a name from the title is no match."""
    claimed = fold(laid.claim.text)
    title = fold(places[0].evidence.source)
    return any(not any(w in claimed or w in title for w in n.words) for n in names(places[0].statement))


def _stands(name: Name, text: str) -> bool:
    """Whether all words of the name stand close together in the text."""
    folded = fold(text)
    spots = [[m.start() for m in re.finditer(rf"(?<!\w){re.escape(w)}", folded)] for w in name.words]
    if not all(spots):
        return False
    reach = sum(len(w) + 1 for w in name.words) + 24
    return any(all(any(abs(s - first) <= reach for s in other) for other in spots) for first in spots[0])


def wrong_actor(laid: Laid, places: Sequence[int], question: str) -> bool:
    """Whether a role in the sentence is not the role of the statements, or two roles changed places."""
    asked = {stem(t.folded, laid.claim.language) for t in tokens(question)}
    statements = [laid.field.places[p].statement for p in places]
    for word in laid.claim.words:
        if not _is_actor(word, laid.claim.language) or word.stem in asked or any(_acts(word, s) for s in statements):
            continue
        if _names_nobody(statements[0]) and any(_acts(word, p.statement) for p in _same_passage(laid, places[0])):
            continue
        return True
    return _swapped(laid, statements[0])


def _names_nobody(statement: Statement) -> bool:
    """A passive statement without any role or name: who acts was said before it."""
    return not names(statement) and not any(_is_actor(w, statement.language) for w in statement.words)


def _same_passage(laid: Laid, place: int) -> list[Place]:
    return [p for p in laid.field.places if p.evidence.id == laid.field.places[place].evidence.id]


def _is_actor(word: Word, language: str) -> bool:
    if word.folded in WEAK_ACTORS:
        return False
    listed = ACTORS[language]
    if language == "de":
        return any(word.folded == a or (len(a) >= 5 and word.folded.endswith(a)) for a in listed)
    return word.folded in listed or (word.folded.endswith("s") and word.folded[:-1] in listed)


def _acts(word: Word, statement: Statement) -> bool:
    """Whether the statement names this role, and not as the one that it is not ("not the ward nurse")."""
    for other in statement.words:
        if other.stem == word.stem or akin(other.folded, word.folded):
            before = fold(statement.text[max(0, other.start - statement.start - 22) : other.start - statement.start])
            if not re.search(r"(?:,| )(?:not|nicht|non|no) (?:the |by the |der |die |le |la |el )?(?:\w+ )?$", before):
                return True
    return False


_BY = re.compile(r"\b(?:by|from|durch|von|par|por)\s+(?:the |a |an |der |die |dem |le |la |l'|el )?([^,.;]{3,60})")


def _swapped(laid: Laid, statement: Statement) -> bool:
    """ "A does it after asking B" where the passage says "done by B after asking A"."""
    if _BY.search(fold(laid.claim.text)) or laid.claim.language != "en":
        return False
    hit = _BY.search(fold(statement.text))
    if hit is None:
        return False
    agent = {t.folded for t in tokens(hit.group(1))[:4]}
    actors = [w for w in laid.claim.words if _is_actor(w, "en") or w.folded in WEAK_ACTORS]
    if not actors or not any(w.folded in agent for w in actors[1:]):
        return False
    first = {w.folded for w in laid.claim.words if actors[0].start - 20 <= w.start <= actors[0].end}
    return actors[0].folded not in agent and not first & agent
