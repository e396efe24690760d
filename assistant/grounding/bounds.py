"""Whether a figure is a lower or an upper bound: "at least 5", "up to 5", "from 1 to 5"."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from assistant.grounding.words import fold

Bound = Literal["", "least", "most"]

_LEAST = (
    r"above|over|more than|at least|no less than|not less than|from|exceeding|exceeds?|older than|longer than|greater than|"
    r"minimum(?: of)?|beyond|mindestens|wenigstens|uber|mehr als|ab|von|au moins|plus de|a partir de|de|min|"
    r"mas de|al menos|como minimo|desde|por encima de|larger than|later than|not before|not earlier than|after"
)
_MOST = (
    r"up to|below|under|less than|fewer than|at most|no more than|not more than|not exceed(?:ing)?|to|until|within|maximum(?: of)?|"
    r"no later than|at the latest|by|bis(?: zu)?|unter|weniger als|hochstens|maximal|binnen|jusqu'a|au plus|moins de|"
    r"hasta|menos de|como maximo|max|not longer than|younger than|smaller than|before|as much as|as many as"
)
_BEFORE = re.compile(
    rf"(?:^|\W)(?:(?P<most>{_MOST})|(?P<least>{_LEAST}))\s+(?:about\s+)?(?:the\s+)?(?:chf|eur|usd|gbp)?\s*[€£$]?\s*$"
)
_NO_MORE = re.compile(
    r"\b(?:no|not|never|nicht|pas|no)\s+(?:more|longer|later|older|greater|larger|mehr|plus|mas)\b[^,;.]{0,12}$"
)
_AFTER = re.compile(r"^\W*(?:\w+\W+){0,2}?(?:(?P<least>or more|or above|or older|or longer|and above|and over|oder mehr|ou plus|o mas)|"
                    r"(?P<most>or less|or fewer|or below|or under|at most|at the most|maximum|oder weniger|ou moins|o menos|como mucho))")  # fmt: skip


@lru_cache(maxsize=8192)
def bound(text: str, start: int, end: int = -1) -> Bound:
    """How the figure at `start` is bounded by the words around it."""
    if end >= 0 and (hit := _AFTER.match(fold(text[end : end + 40]))):
        return "least" if hit.group("least") else "most"
    before = fold(text[max(0, start - 40) : start])
    if _NO_MORE.search(before):
        return "most"
    hit = _BEFORE.search(before)
    if hit is None:
        return ""
    return "most" if hit.group("most") else "least"
