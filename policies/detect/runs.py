"""Words with capitals in a row: where a run of them ends, and whether it holds a private person's name."""

from __future__ import annotations

from policies.detect import cues
from policies.detect.tokens import Token
from policies.detect.words import is_compound, is_listed_word
from policies.views.words import vocabulary


def length_at(tokens: list[Token], at: int) -> int:
    """How many words from `at` on are capitals in a row, particles between them allowed."""
    if not tokens[at].capital or (tokens[at].known and not (tokens[at].first and not tokens[at].phrase)):
        return 0
    end = at + 1
    while end < len(tokens) and end - at < 6 and _beside(tokens[end]) and _goes_on(tokens, end):
        if "," in tokens[end].before and end - at > 1 and "," in tokens[end - 1].before:
            break  # words in a row, and no name with its first name behind
        end += 1
    while end > at + 1 and not tokens[end - 1].capital:
        end -= 1
    return end - at


def _goes_on(tokens: list[Token], at: int) -> bool:
    """A capital that could belong to the name, or a particle before another word."""
    if tokens[at].capital and (not tokens[at].known or tokens[at].shared):
        return True
    return tokens[at].plain in cues.PARTICLES and at + 1 < len(tokens) and _beside(tokens[at + 1])


def _beside(token: Token) -> bool:
    before = token.before
    return len(before) <= 2 and (before in (", ", ". ", ".", "-", "_") or (before.isspace() and "\n" not in before))


def _is_no_person(text: str, start: int, end: int) -> bool:
    return cues.is_cited(text, start, end) or cues.is_thing_after(text, end) or cues.is_house(text, start, end)


def is_private(text: str, run: list[Token], language: str) -> bool:
    """Some words in a row with capitals: whether a name is among them."""
    if _is_no_person(text, run[0].start, run[-1].end):
        return False
    core = [token for token in run if token.plain not in cues.NO_NAMES and token.plain not in cues.TITLES]
    if any(token.plain in cues.NO_NAMES for token in run[1:]):
        return any(token.first and not token.weak for token in core) and len(core) > 1
    while core and core[0].ordinary and not (core[0].first or core[0].surname):
        core = core[1:]
    core = [token for token in core if token.plain not in cues.PARTICLES]
    if len(core) < 2 or ("." in core[1].before and len(core[0].plain) > 2) or all(token.known for token in core):
        return False
    shouted = all(token.case == "upper" for token in core)
    firsts = [token for token in core if token.first]
    odd = [token for token in core if token.strange and not is_compound(token.text, language)]
    surnames = [token for token in core if token.surname]
    if shouted:
        odd = [token for token in odd if len(token.plain) > 5]
        return len(odd) == len(core) or bool(
            (firsts or surnames) and (odd or len(set(map(id, firsts + surnames))) > 1) and _strong(core)
        )
    if core[1].before == "_":
        return bool(odd or firsts)
    listing = any("," in token.before for token in core[1:])
    if firsts and (len(set(map(id, firsts + surnames))) > 1 or odd):
        return _strong(core) or bool(firsts[0].capital and surnames and surnames[-1] is not firsts[0])
    if (
        odd
        and any(token.case == "capital" for token in odd)
        and (surnames or (not listing and (language != "en" or len(odd) == len(core))))
    ):
        return True
    if not listing and language not in ("en", "de") and _is_fresh(core, language):
        return True
    last = core[-1]
    return bool(firsts) and last is not firsts[0] and (not all(token.weak for token in firsts) or not last.ordinary)


def _is_fresh(core: list[Token], language: str) -> bool:
    """Capitals of which one stands in no list as it is, and none is an ordinary word."""
    fresh = [token for token in core if not is_listed_word(token.text.lower(), language)]
    return (
        bool(fresh)
        and all(token.case == "capital" and not token.known for token in core)
        and all(token in fresh or token.name or token.plain not in vocabulary() for token in core)
    )


def _strong(tokens: list[Token]) -> bool:
    return any((token.name and not token.weak) or token.strange for token in tokens)
