"""A text as the check sees it: sentences with their content words, quantities and segments.

A segment is the stretch of a sentence that belongs to one value: "red cells €142, platelets €465" has two.
In a table written out as rows ("Drug; dose. Cefazolin; 2 g.") a row is one segment, because its label
stands in its first cell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from assistant.grounding.layout import Kind, blocks, is_heading, is_item
from assistant.grounding.lexicon import LONGEST_PHRASE, NEGATORS, Sense, senses
from assistant.grounding.quantities import quantities
from assistant.grounding.quantity import Quantity
from assistant.grounding.sentences import split_sentences
from assistant.grounding.words import STOP, Token, language_of, stem, tokens

_STUB = re.compile(
    r"(?:\W*(?:[Cc]lause|[Rr]ule|[Aa]rticle|[Ss]ection|[Aa]rt|§|[Zz]iffer|Artikel|[Aa]rtículo)?\W*[\d.]+)\W*$"
)
_NUMBERING = re.compile(
    r"\s*(?:(?:[Cc]lause|[Rr]ule|[Aa]rticle|[Ss]ection|Art\.?|§|Ziffer|Artikel)\s*[\d.]+\.?|\d+\.(?:\d+\.?)*|[-*•]\s)\s+(?=\S)"
)
_SEPARATOR = re.compile(r"[;,:\n|]| (?:and|or|und|oder|et|ou|y|e|but|aber|mais|pero) |(?<=\w)\s[–—]\s")


@dataclass(frozen=True, slots=True)
class Word:
    """One word or known phrase. `heavy` words carry content; the others count for polarity only."""

    stem: str
    folded: str
    senses: frozenset[Sense]
    start: int
    end: int
    heavy: bool
    capital: bool
    share: float = 1.0  # a part of "loan-to-value" weighs a part of a word


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of a text. All offsets are within the whole text."""

    text: str
    start: int
    end: int
    words: tuple[Word, ...]
    quantities: tuple[Quantity, ...]
    language: str
    row: bool = False
    body: int = 0  # where the sentence begins behind the number of its clause
    lead: tuple[int, int] | None = None  # the header of its table, or the sentence that leads into its list
    bare: bool = False  # a heading or a header: no statement by itself

    @property
    def heavy(self) -> tuple[Word, ...]:
        return tuple(w for w in self.words if w.heavy)

    def segment(self, quantity: Quantity) -> tuple[int, int]:
        """The stretch around a quantity that holds no other quantity of the same dimension."""
        if self.row:
            return self.start, self.end
        cuts = [(self.start + c.start(), self.start + c.end()) for c in _SEPARATOR.finditer(self.text)]
        peers = [q for q in self.quantities if q is not quantity and q.dimensions & quantity.dimensions]
        peers = [q for q in peers if _apart(q, quantity, cuts)]
        left = max((q.end for q in peers if q.end <= quantity.start), default=self.start)
        right = min((q.start for q in peers if q.start >= quantity.end), default=self.end)
        # A semicolon always cuts; behind a neighbour's value the first other separator does.
        hard = [c for c in cuts if self.text[c[0] - self.start] == ";"]
        before = max((c[1] for c in hard if c[1] <= quantity.start), default=self.start)
        behind = min((c[0] for c in hard if c[0] >= quantity.end), default=self.end)
        lefts = [c[1] for c in cuts if left <= c[0] and c[1] <= quantity.start] if left > self.start else []
        rights = [c[0] for c in cuts if quantity.end <= c[0] and c[1] <= right] if right < self.end else []
        start = before if before >= left else (lefts[0] if lefts else left)
        end = behind if behind <= right else (rights[0] if rights else right)
        return start, end


def _apart(a: Quantity, b: Quantity, cuts: Sequence[tuple[int, int]]) -> bool:
    """ "30 days after five years" is one value with its term; "35 days, monthly ones 13 months" are two values."""
    first, second = (a, b) if a.start < b.start else (b, a)
    if {d for d, _ in a.readings} & {d for d, _ in b.readings}:
        return True
    return any(first.end <= c[0] and c[1] <= second.start for c in cuts)


@lru_cache(maxsize=1024)
def statements(text: str, fallback: str = "en") -> tuple[Statement, ...]:
    """The sentences of a passage. A bare number of a clause is joined to the sentence behind it; a row is one."""
    language = language_of(text, fallback)
    found: list[Statement] = []
    held: int | None = None
    for block in blocks(text):
        if block.kind is not Kind.TEXT:
            held = None
            row = replace(_statement(text, block.start, block.end, language), row=True, lead=block.lead)
            found.append(replace(row, bare=block.kind is Kind.HEADER))
            continue
        at = block.start
        for piece in split_sentences(text[block.start : block.end]):
            start = at + len(piece) - len(piece.lstrip())
            at += len(piece)
            held = start if held is None else held
            if _STUB.match(text[held:at]) and at < len(text.rstrip()):
                continue
            found.append(_in_text(text, _statement(text, held, at, language), found))
            held = None
    rows = _rows(found)
    return tuple(replace(s, row=True) if i in rows else s for i, s in enumerate(found))


def _in_text(text: str, statement: Statement, before: Sequence[Statement]) -> Statement:
    """The sentence with what its place tells: a heading, or an item of a list that another sentence leads into."""
    if is_heading(text, statement.start, statement.end):
        return replace(statement, bare=not statement.quantities or not statement.heavy)
    return replace(statement, lead=_leads(before)) if is_item(statement.text) else statement


def _leads(before: Sequence[Statement]) -> tuple[int, int] | None:
    """Where the sentence in front of a list stands; one that only points ("It consists of:") with the one before."""
    at = next((i for i in range(len(before) - 1, -1, -1) if not is_item(before[i].text)), -1)
    if at < 0 or before[at].row or not before[at].text.rstrip().endswith(":"):
        return None
    lead = before[at]
    if at and len(lead.heavy) < 2 and not before[at - 1].row and not before[at - 1].bare:
        return before[at - 1].start, lead.end
    return lead.start, lead.end


def _statement(text: str, start: int, end: int, language: str) -> Statement:
    piece = text[start:end]
    numbering = _NUMBERING.match(piece)
    qs = tuple(_moved(q, start, numbering.end() if numbering else 0) for q in quantities(piece, language))
    body = start + (numbering.end() if numbering else 0)
    return Statement(piece, start, end, _words(piece, start, language, qs), qs, language, body=body)


def _moved(q: Quantity, by: int, numbering: int) -> Quantity:
    """The quantity with offsets of the whole text; the number of a clause is no figure of its sentence."""
    return Quantity(
        q.start + by, q.end + by, q.readings, q.date, q.code, q.hard and q.start >= numbering, q.raw, q.factor
    )


def _rows(found: Sequence[Statement]) -> frozenset[int]:
    """Sentences that are rows of one table: the same number of short cells, at least three times."""
    widths = [s.text.count(";") if max(map(len, s.text.split(";"))) <= 60 and not s.row else 0 for s in found]
    return frozenset(i for i, w in enumerate(widths) if w and sum(abs(w - v) <= 1 and v > 0 for v in widths) >= 3)


def _words(text: str, offset: int, language: str, qs: Sequence[Quantity]) -> tuple[Word, ...]:
    ts = [t for t in tokens(text) if t.kind == "w"]
    hard = [(q.start - offset, q.end - offset) for q in qs if q.hard]
    stems = [stem(t.folded, language) for t in ts]
    found: list[Word] = []
    i = 0
    while i < len(ts):
        width = next((n for n in range(LONGEST_PHRASE, 1, -1) if _phrase(ts, stems, i, n, language)), 1)
        found.append(_word(ts, stems, i, width, offset, language, hard))
        i += width
    return tuple(found)


def _phrase(ts: Sequence[Token], stems: Sequence[str], i: int, n: int, language: str) -> bool:
    together = i + n <= len(ts) and all(ts[k + 1].start - ts[k].end <= 1 for k in range(i, i + n - 1))
    return together and bool(senses(tuple(stems[i : i + n]), language))


def _word(
    ts: Sequence[Token],
    stems: Sequence[str],
    i: int,
    n: int,
    offset: int,
    language: str,
    hard: Sequence[tuple[int, int]],
) -> Word:
    token, last = ts[i], ts[i + n - 1]
    inside = any(a <= token.start < b for a, b in hard)
    bare = token.folded.split("'")[-1] if language == "fr" else token.folded.split("'")[0]
    phrase = n > 1 and any(t.folded not in STOP[language] for t in ts[i : i + n])
    heavy = not inside and (
        phrase
        or (
            n == 1
            and bare not in STOP[language]
            and bare not in NEGATORS[language]
            and (len(bare) > 1 or token.text.isupper())
        )
    )
    return Word(
        " ".join(stems[i : i + n]), bare if n == 1 else " ".join(t.folded for t in ts[i : i + n]),
        senses(tuple(stems[i : i + n]), language), token.start + offset, last.end + offset, heavy, token.text[0].isupper(),
        1.0 if n > 1 else 1.0 / _parts(ts, i),
    )  # fmt: skip


def _parts(ts: Sequence[Token], i: int) -> int:
    """How many words the hyphenated compound at `i` has."""
    low = high = i
    while low > 0 and ts[low].start - ts[low - 1].end == 1 and ts[low - 1].hyphen:
        low -= 1
    while high + 1 < len(ts) and ts[high + 1].start - ts[high].end == 1 and ts[high].hyphen:
        high += 1
    return high - low + 1


def keys(word: Word) -> frozenset[str]:
    """What a word is looked up by: its stem and its concepts."""
    return frozenset({word.stem, *("=" + s.concept for s in word.senses)})


def akin(a: str, b: str) -> bool:
    """Whether two folded words are one inside the other, or share a long beginning (compounds, derivations)."""
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    if len(short) < 5:
        return False
    if short in long:
        return True
    shared = next((i for i, (x, y) in enumerate(zip(short, long, strict=False)) if x != y), len(short))
    return shared >= 5 and shared >= 0.7 * len(short)
