"""Whether a limited statement was made general: "sign language interpreters" became "all interpreters"."""

from __future__ import annotations

import re
from itertools import pairwise

from assistant.grounding.matching import Laid
from assistant.grounding.passages import Statement
from assistant.grounding.words import word_set

_EACH = word_set(
    "all every any alle allen aller jeder jede jedes jeden samtliche tout tous toute toutes todo todos toda todas cualquier"
)
_ALWAYS = word_set("always immer stets toujours siempre whatever however regardless entirely")
# "before any surcharge", "if any": no claim about all of them.
_LOOSE = re.compile(r"\b(?:before|after|without|if|not|excluding|ohne|vor|sans|sin|antes de)\s+$")
_COUNTS_AS_EACH = _EACH | word_set(
    "each anyone anybody everyone everybody anything both jeweils chaque cada no none kein keine aucun"
)


def generalised(laid: Laid, places: tuple[int, ...]) -> bool:
    """Whether the sentence claims all or always where the statement does not."""
    claimed, written = (
        _universals(laid.claim),
        set().union(*(_universals(laid.field.places[p].statement) for p in places)),
    )
    if claimed & _EACH and not written & _COUNTS_AS_EACH:
        return True
    if claimed & _ALWAYS and not written & (_ALWAYS | _COUNTS_AS_EACH):
        return True
    return bool(claimed & (_ALWAYS | _EACH)) and _narrowed(laid, laid.field.places[places[0]].statement, places[0])


def _universals(statement: Statement) -> set[str]:
    """Words for all and always, without those of a frequency ("every day")."""
    inside = [(q.start, q.end) for q in statement.quantities]
    return {
        w.folded
        for w in statement.words
        if w.folded in _EACH | _ALWAYS | _COUNTS_AS_EACH and not any(a <= w.start < b for a, b in inside)
        and not (w.folded == "any" and _LOOSE.search(statement.text[: w.start - statement.start].casefold()))
    }  # fmt: skip


def _narrowed(laid: Laid, statement: Statement, place: int) -> bool:
    """Whether the statement's subject carries a word in front that the sentence leaves out."""
    starts = {at for spots in laid.spots for p, at in spots if p == place}
    heavy = [w for w in statement.heavy if w.start >= statement.body][:4]
    missing = 0
    while missing < len(heavy) and heavy[missing].start not in starts:
        missing += 1
    run = heavy[: missing + 1]
    beside = all(b.start - a.end == 1 for a, b in pairwise(run))
    return 0 < missing < len(heavy) and beside
