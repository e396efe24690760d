"""Which passages are out of force because a newer version of the same document stands beside them.

Two passages are versions of one document when their titles agree but for version words, years and numbers of
an edition. The one that says it was superseded, or ran out, or carries the smaller version, is set aside.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from assistant.grounding.evidence import Evidence
from assistant.grounding.words import fold

_GONE = re.compile(
    r"\b(?:superseded|withdrawn|replaced|obsolete|outdated|expired|archived|no longer (?:valid|in force)|previous (?:version|edition)|"
    r"former version|old version|ersetzt|aufgehoben|uberholt|ausser kraft|alte fassung|veraltet|remplacee?|abrogee?|perimee?|"
    r"ancienne version|sustituid[oa]|derogad[oa]|version anterior|sin vigor)\b"
)
_ENDED = re.compile(
    r"\b(?:in force|valid|applies|applied|applicable|effective|gultig|vigente|en vigueur|valable)\b[^.]{0,60}?\b(?:until|to|till|bis|jusqu|hasta)\b|"
    r"\breplaced (?:on|by|from)\b|\bsuperseded\b|\bersetzt (?:am|durch)\b"
)
_VERSION_WORDS = re.compile(
    r"\(?\b(?:version|versions?|edition|issue|release|revision|rev|v|fassung|ausgabe|stand|auflage|edicion|ausgabe|superseded|"
    r"withdrawn|replaced|current|obsolete|old|new|draft|archived|previous|ersetzt|aufgehoben|alt|neu|remplacee?|abrogee?|"
    r"sustituid[oa]|derogad[oa]|vigente|valid|from|as|of|the|in|force)\b\.?\)?"
)
_MARKED = re.compile(
    r"\b(?:version|edition|issue|release|revision|rev|fassung|ausgabe|auflage|edicion|v)\.?\s*(\d+(?:\.\d+)*)|\bv(\d+(?:\.\d+)*)\b"
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def in_force(evidence: Sequence[Evidence]) -> tuple[list[Evidence], list[Evidence]]:
    """The passages that count, and those that a newer version beside them has replaced."""
    gone = {old.id for old in evidence for new in evidence if old is not new and _replaces(new, old)}
    return [e for e in evidence if e.id not in gone], [e for e in evidence if e.id in gone]


def _replaces(new: Evidence, old: Evidence) -> bool:
    if (new.source == old.source and new.dated == old.dated) or _family(new.source) != _family(old.source):
        return False
    new_gone, old_gone = _is_gone(new), _is_gone(old)
    if new_gone != old_gone:
        return old_gone
    for key in (_number, _year):
        if key(new) and key(old) and key(new) != key(old):
            return key(new) > key(old)
    return bool(new.dated and old.dated and new.dated > old.dated)


@lru_cache(maxsize=4096)
def _family(source: str) -> str:
    """The title without what tells versions apart; folders and endings stay."""
    text = _VERSION_WORDS.sub(" ", _YEAR.sub(" ", _MARKED.sub(" ", fold(source))))
    return re.sub(r"[\W_]+", " ", text).strip()


@lru_cache(maxsize=1024)
def _is_gone(e: Evidence) -> bool:
    return bool(_GONE.search(fold(e.source)) or _ENDED.search(fold(e.text[:200])))


@lru_cache(maxsize=1024)
def _number(e: Evidence) -> tuple[int, ...]:
    hit = _MARKED.search(fold(e.source))
    return tuple(int(p) for p in (hit.group(1) or hit.group(2)).split(".")) if hit else ()


@lru_cache(maxsize=1024)
def _year(e: Evidence) -> tuple[int, ...]:
    years = [int(y) for y in _YEAR.findall(e.source)]
    return (max(years),) if years else ()
