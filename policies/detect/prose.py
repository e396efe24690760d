"""What the packaged model adds in English prose to what the lists have found."""

from __future__ import annotations

from bisect import bisect_right

from policies.detect import cues
from policies.detect.recogniser import PIECE, persons
from policies.detect.tokens import SENTENCE, Token, starts_sentence


def recognised(text: str, tokens: list[Token], listed: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What the model adds, in sentences where a capital could be a name and none was found."""
    pieces = []
    at = 0
    for sentence in SENTENCE.finditer(text):
        start, end = sentence.span()
        inside = []
        while at < len(tokens) and tokens[at].start < end:
            inside.append(tokens[at])
            at += 1
        if any(_could_be(token) and not _within(token, listed) for token in inside):
            pieces += [(cut, min(cut + PIECE, end)) for cut in range(start, end, PIECE)]
    by_start = {token.start: token for token in tokens}
    spans = []
    for start, end in persons(text, pieces):
        within = [by_start[place] for place in range(start, end) if place in by_start]
        if _is_private_entity(text, within, start, end):
            spans.append((start, end))
    return spans


def _within(token: Token, spans: list[tuple[int, int]]) -> bool:
    at = bisect_right(spans, (token.start, 1 << 62))
    return any(start <= token.start < end for start, end in spans[max(0, at - 3) : at])


def _could_be(token: Token) -> bool:
    """A capital that what is kept of the model's answers must hold; the rest need not be asked for."""
    return token.case == "capital" and len(token.plain) > 2 and (token.name or token.odd) and not token.known


def _is_private_entity(text: str, within: list[Token], start: int, end: int) -> bool:
    """What the model calls a person: not public, not cited, not a thing, and not all ordinary words."""
    if not within or any(token.known or token.plain in cues.NO_NAMES for token in within):
        return False
    if (
        cues.is_cited(text, start, end)
        or cues.is_thing_after(text, end)
        or any(token.case == "mixed" for token in within)
    ):
        return False
    if not any(token.case == "capital" for token in within):
        return False
    if len(within) == 1:
        only = within[0]
        return (only.name and not (only.weak and only.ordinary)) or (only.odd and not starts_sentence(text, only))
    return any(token.name or token.strange for token in within)
