"""How a statement of a passage is read aloud: a row under its column names, an item behind its lead-in.

The reading is built from passage text and signs alone, so a sentence that equals one needs no further check.
"""

from __future__ import annotations

from functools import lru_cache

from assistant.grounding.evidence import Evidence
from assistant.grounding.layout import ITEM, is_item, row_as_text
from assistant.grounding.matching import Field, Place, field_of
from assistant.grounding.sentences import split_sentences


def reading(place: Place) -> str:
    """The statement on one line, with what it needs to be understood."""
    text, statement = place.evidence.text, place.statement
    lead = text[slice(*statement.lead)] if statement.lead else ""
    if statement.row:
        return row_as_text(statement.text, lead) if "|" in statement.text else _line(statement.text)
    if not is_item(statement.text):
        return _line(statement.text)
    front = _line(lead) or (f"{_line(place.evidence.heading)}:" if place.evidence.heading else "")
    return f"{front} {_line(ITEM.sub('', statement.text, count=1))}" if front else _line(statement.text)


def said_in(sentence: str, evidence: tuple[Evidence, ...]) -> tuple[int, int] | None:
    """The first and the last of the places whose readings, one behind the other, are this sentence; None: there are none."""
    known = _spoken(evidence)
    whole = _line(sentence)
    if whole in known:
        return known[whole], known[whole]
    pieces = [_line(piece) for piece in split_sentences(sentence)]
    first = known.get(pieces[0], -1) if pieces else -1
    if len(pieces) < 2 or first < 0:
        return None
    last = first + len(pieces) - 1
    places = field_of(evidence).places[first : last + 1]
    together = [_line(p.statement.text) for p in places if p.evidence.id == places[0].evidence.id]
    return (first, last) if together == pieces else None


@lru_cache(maxsize=64)
def _spoken(evidence: tuple[Evidence, ...]) -> dict[str, int]:
    """From what can be said word for word to its place. A heading alone says nothing."""
    field: Field = field_of(evidence)
    known: dict[str, int] = {}
    for at, place in enumerate(field.places):
        if not place.statement.bare and (place.statement.heavy or place.statement.quantities):
            known.setdefault(_line(place.statement.text), at)
            known.setdefault(reading(place), at)
    return known


def _line(text: str) -> str:
    return " ".join(text.split())
