"""Whether a value belongs to what the sentence says it belongs to.

"Custody fee: up to USD 2 million 0.41 %; from USD 2 to 6 million 0.29 %" has two values of one kind. A
sentence about the first range with the second value has every word right and is wrong. Three looks find it:
within one statement the label beside the value, across statements the better fitting one, in a table the
column.
"""

from __future__ import annotations

from assistant.grounding.bounds import bound
from assistant.grounding.conditions import unsaid
from assistant.grounding.layout import BAR, cells
from assistant.grounding.matching import Laid
from assistant.grounding.passages import Statement
from assistant.grounding.quantity import Quantity

MARGIN = 0.35  # so much better must another statement fit before the value counts as taken from it


def belongs(laid: Laid, at: int) -> bool:
    """Whether quantity number `at` of the sentence is, somewhere, the value of what the sentence speaks about."""
    return any(_at_home(laid, at, place, written) for place, written in laid.agreed[at])


def _at_home(laid: Laid, at: int, place: int, written: Quantity) -> bool:
    statement = laid.field.places[place].statement
    if statement.row:
        if not _right_column(laid, place, written):
            return False
    elif not _right_label(laid, at, place, written):
        return False
    return not _fits_better_elsewhere(laid, at, place, written)


def _peers(laid: Laid, at: int, statement: Statement, written: Quantity) -> list[Quantity]:
    """Other values of the same kind in the statement that the sentence does not state as well."""
    kinds = laid.claim.quantities[at].dimensions
    return [
        q
        for q in statement.quantities
        if q is not written and q.dimensions & kinds and q.dimensions & written.dimensions and (q.hard or not written.hard)
        and not _stated(laid, q)
    ]  # fmt: skip


def _stated(laid: Laid, written: Quantity) -> bool:
    """Whether the sentence states this value too."""
    return any(laid.says(i, written) and c.dimensions & written.dimensions for i, c in enumerate(laid.claim.quantities))


def _right_label(laid: Laid, at: int, place: int, written: Quantity) -> bool:
    """Within one statement: the words beside the value, not those beside its neighbour, are the sentence's."""
    statement = laid.field.places[place].statement
    peers = _peers(laid, at, statement, written)
    if not peers:
        return True
    own = statement.segment(written)
    first = min([written, *peers], key=lambda q: q.start)
    lead = laid.between(place, statement.start, first.end)  # shared by all values that follow
    mine = laid.between(place, *own) | _figures(laid, at, statement, own)
    for peer in peers:
        span = statement.segment(peer)
        if span == own:
            continue
        theirs = (laid.between(place, *span) | _figures(laid, at, statement, span)) - mine
        if peer is not first:
            theirs -= lead
        ours = mine - laid.between(place, *span) - (lead if written is not first else frozenset())
        if written is first:
            if theirs and _share(laid, statement, span, theirs, lead) >= 0.5:
                return False
        elif peer is first:
            if not ours and _labelled(statement, own, laid, lead):
                return False
        elif _weight(laid, theirs) > _weight(laid, ours):
            return False
    return True


def _figures(laid: Laid, at: int, statement: Statement, span: tuple[int, int]) -> frozenset[int]:
    """Other quantities of the sentence that stand in this stretch, as numbers below zero: "in year two"."""
    inside = [q for q in statement.quantities if span[0] <= q.start < span[1]]
    return frozenset(
        -1 - i for i, c in enumerate(laid.claim.quantities) if i != at and any(laid.says(i, q) and _compatible(laid, c, q, statement) for q in inside)
    )  # fmt: skip


def _compatible(laid: Laid, claimed: Quantity, written: Quantity, statement: Statement) -> bool:
    """ "above CHF 5 million" is not the 5 million of "from 1 to 5 million"."""
    ours = bound(laid.claim.text, claimed.start - laid.claim.start)
    theirs = bound(statement.text, written.start - statement.start)
    return not ours or not theirs or ours == theirs


def _weight(laid: Laid, words: frozenset[int]) -> float:
    return sum(laid.weights[i] if i >= 0 else 1.0 for i in words)


def _share(
    laid: Laid, statement: Statement, span: tuple[int, int], matched: frozenset[int], lead: frozenset[int]
) -> float:
    """How much of the neighbour's label the sentence has."""
    label = [w for w in statement.heavy if span[0] <= w.start < span[1]]
    if not label or any(i < 0 for i in matched):
        return 1.0
    place = next(i for i, p in enumerate(laid.field.places) if p.statement is statement)
    starts = {at for i in matched for at in laid.where.get((i, place), ())}
    shared = {at for i in lead for at in laid.where.get((i, place), ())}
    own = [w for w in label if w.start not in shared]
    return sum(w.start in starts for w in own) / len(own) if own else 0.0


def _labelled(statement: Statement, span: tuple[int, int], laid: Laid, lead: frozenset[int]) -> bool:
    """Whether the value has a label of its own that is more than words of the lead."""
    stems = {laid.words[i].stem for i in lead}
    return any(span[0] <= w.start < span[1] and w.stem not in stems for w in statement.heavy)


def _right_column(laid: Laid, place: int, written: Quantity) -> bool:
    """In a table: when the sentence names a column by its heading, the value stands in it."""
    here = laid.field.places[place]
    header = _header(laid, place)
    head = laid.field.places[header].statement
    if header == place or any(q.hard for q in head.quantities):
        return True
    column = _column(here.statement, written)
    named = [len(laid.between(header, head.start + a, head.start + b)) for a, b in cells(head.text)]
    if column >= len(named) or not any(named):
        return True
    kinds = _kinds_of_columns(here.statement, written)
    rivals = [n for i, n in enumerate(named) if i != column and i in kinds]
    return not rivals or named[column] >= max(rivals)


def _header(laid: Laid, place: int) -> int:
    """The first row of the table that a row stands in; the row itself where it has no header."""
    here = laid.field.places[place]
    first = place - here.index
    if here.statement.lead is not None:
        start = here.statement.lead[0]
        return next(i for i in range(first, place) if laid.field.places[i].statement.start == start)
    if BAR in here.statement.text:
        return place
    return next((i for i in range(first, place) if laid.field.places[i].statement.row), place)


def _kinds_of_columns(row: Statement, written: Quantity) -> set[int]:
    """The columns of the row that hold a value of the same kind."""
    return {_column(row, q) for q in row.quantities if q.dimensions & written.dimensions}


def _column(row: Statement, quantity: Quantity) -> int:
    return sum(end <= quantity.start - row.start for _, end in cells(row.text))


def _fits_better_elsewhere(laid: Laid, at: int, place: int, written: Quantity) -> bool:
    """Whether another statement with a value of the same kind holds distinctly more of the sentence."""
    mine = _fit(laid, at, place, written) + MARGIN
    passage = laid.field.places[place].evidence.id
    for fit, other in laid.once(("rivals", at, written.dimensions), lambda: _rivals(laid, at, written)):
        if fit <= mine:
            return False
        same = laid.field.places[other].evidence.id == passage
        if other != place and not (same and _is_exception(laid, other)):
            return True
    return False


def _rivals(laid: Laid, at: int, written: Quantity) -> list[tuple[float, int]]:
    """Statements with another value of the same kind, the best fitting first."""
    found: list[tuple[float, int]] = []
    for other, there in enumerate(laid.field.places):
        values = [q for q in there.statement.quantities if _is_rival(laid, at, q, written)]
        if values:
            found.append((max(_fit(laid, at, other, q) for q in values), other))
    return sorted(found, key=lambda f: (-f[0], f[1]))


def _is_exception(laid: Laid, place: int) -> bool:
    return laid.once(("exception", place), lambda: _opens_with_a_condition(laid, place))


def _opens_with_a_condition(laid: Laid, place: int) -> bool:
    """ "Under 50 kg the daily dose is 2 g": beside the rule it is no rival but a condition."""
    body = laid.field.places[place].statement.body
    start = body if body > laid.field.places[place].statement.start else laid.field.places[place].statement.start
    return any(s.opened and s.start <= start + 1 for s in unsaid(laid, place))


def _is_rival(laid: Laid, at: int, other: Quantity, written: Quantity) -> bool:
    claimed = laid.claim.quantities[at]
    if not (other.dimensions & claimed.dimensions and other.dimensions & written.dimensions) or not other.hard:
        return False
    return not _stated(laid, other)


def _fit(laid: Laid, at: int, place: int, quantity: Quantity) -> float:
    return laid.once(("fit", at, place, quantity.start), lambda: _fit_of(laid, at, place, quantity))


def _fit_of(laid: Laid, at: int, place: int, quantity: Quantity) -> float:
    """How well the sentence lies on the words beside a value."""
    statement = laid.field.places[place].statement
    span = statement.segment(quantity)
    first = min((q.end for q in statement.quantities if q.dimensions & quantity.dimensions), default=span[1])
    near = laid.between(place, *span) | laid.between(place, statement.start, max(first, statement.start))
    wide = laid.in_place(place)
    if statement.row:
        wide |= laid.in_place(_header(laid, place))
    label = [w for w in statement.heavy if span[0] <= w.start < span[1]]
    starts = {s for i in near for s in laid.where[i, place]}
    told = sum(w.start in starts for w in label) / len(label) if label else 0.0
    figures = len(_figures(laid, at, statement, (statement.start, statement.end)))
    return laid.weigh(near) + 0.4 * laid.weigh(wide - near) + told + figures
