"""Units that are written once for several numbers: "2 to 6 °C", "within seven working days, urgent ones within two"."""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.grounding.quantity import Quantity, Reading


def share_units(found: list[Quantity], text: str) -> list[Quantity]:
    """ "2 to 6 °C", "€5,000 to 40,000", "below 3.5 or above 5.5 mmol/L": the bare number takes its neighbour's unit."""
    shared = list(found)
    for i in range(len(shared) - 2, -1, -1):
        here, following = shared[i], shared[i + 1]
        between = text[here.end : following.start].casefold()
        if len(between) > 90 or any(c in between for c in ".;:\n"):
            continue
        if re.fullmatch(_JOIN, between) and (
            here.end - here.start > 2 or _OPENS.search(text[: here.start].casefold()[-16:])
        ):
            shared[i], shared[i + 1] = _joined_by_word(here, following)
        elif (
            following.bare
            and here.readings
            and not here.bare
            and _ELLIPSIS.search(between)
            and _ENDS.match(text, following.end)
        ):
            # "within seven working days, urgent ones within two": what is left out is the unit before
            shared[i + 1] = replace(following, readings=following.readings + _scaled(following, here))
    return shared


def _joined_by_word(here: Quantity, following: Quantity) -> tuple[Quantity, Quantity]:
    if here.bare and not following.bare and following.readings:
        return replace(here, readings=here.readings + _scaled(here, following)), following
    if following.bare and here.readings and here.readings[0][0].startswith("money"):
        return here, replace(following, readings=following.readings + _scaled(following, here))
    money = here.readings and following.readings and here.dimensions == following.dimensions == {"money"}
    if money and following.readings[0][1] >= 10**6 > 1000 > here.readings[0][1]:  # "CHF 1 to 5 million"
        readings = ((here.readings[0][0], here.readings[0][1] * 10**6), *here.readings)
        return replace(here, readings=readings), following
    return here, following


# "between 2 and 8 °C" shares its unit; "zone 2 and 16 €" does not.
_OPENS = re.compile(
    r"(?:^|\W)(?:between|of|from|at|to|is|are|for|by|with|or|and|below|above|over|under|than|within|least|most|about|zwischen|von|"
    r"unter|uber|über|bis|mindestens|entre|de|à|a|y|et|und|oder|[€£$:;,(]|chf|eur|gbp|usd)\s*$"
)
_ELLIPSIS = re.compile(r"\b(?:within|in|of|for|to|by|after|at|binnen|innerhalb|nach|auf|sous|dans|en|a)\s*$")
_ENDS = re.compile(r"\s*(?:[.;,)]|$)")
_JOIN = (
    r"\s*(?:to|-|–|and|or|bis|und|oder|a|y|o|et|ou|à|hasta)\s*"
    r"(?:above|below|over|under|more than|less than|uber|unter|uber|encima de)?\s*(?:chf|eur|gbp|usd)?\s*[€£$]?\s*"
)


def _scaled(bare: Quantity, other: Quantity) -> tuple[Reading, ...]:
    """The bare number with the unit of the other."""
    return tuple((dimension, bare.readings[0][1] * other.factor) for dimension, _ in other.readings[:1])
