"""How sensitive is this document? The operator's level is the floor; a marking, or what the id of a sensitivity label
means here, raises it; nothing lowers it.

Nobody named a level and no marking stands: restricted, that is, found by its group and never sent. What detectors
find raises single chunks: credentials to the top level, anything else by its category alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice

from ingest import about
from ingest.readers.base import BlockKind, RawText, shown_text
from ingest.standing import NOTHING, Before, meaning
from policies.labels import Category, Label, Level
from policies.vocabulary import Chunk, Document, Finding, SourceRef

Detect = Callable[[str], tuple[Label, Sequence[Finding]]]
FindMarking = Callable[[str, str], Level | None]

_LANGUAGE_SAMPLE = 4_000
_LANGUAGE_LETTERS = 40  # fewer tell no language
# By how much, as a natural logarithm, a language must be likelier than English. Lists of English names and of short
# words lie up to 20 from Luxembourgish or Bikol; a sentence of any other language of forty letters lies from 50 on.
_LEAD = 25.0
_MARKING_LINE = 160  # a marking is a line of its own; a longer line is running text
_MARKED_PROPERTIES = re.compile(
    r"^(?:x-)?(?:sensitivity|classification|confidentiality|security[ _-]?level|content ?status)$"
    r"|^(?:category|keywords|subject)$"
)
_LABEL_ID = re.compile(r"^msip_label_[0-9a-f-]+_name$")
_GUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ID_PROPERTY = re.compile(rf"^msip_label_\{{?({_GUID})\}}?_(\w+)$")
_ID_HEADER = re.compile(rf"msip_label_\{{?({_GUID})\}}?_(\w+)\s*=\s*([^;]*)", re.I)
_ID_ALONE = re.compile(rf"^\{{?({_GUID})\}}?$", re.I)
_NOT_IN_FORCE = ("false", "0", "no")
_LABEL_NAME = re.compile(r"msip_label_[0-9a-f-]+_name=([^;]+)", re.I)
_LABEL_HEADERS = ("msip_labels", "x-msip-labels")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR = r"(?:19|20)\d\d"
_DATE = (
    rf"(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<month>[A-Za-z]{{3,9}})\.?,?\s+(?P<year>{_YEAR})"
    rf"|(?P<month2>[A-Za-z]{{3,9}})\s+(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year2>{_YEAR})"
    rf"|(?P<iso>{_YEAR}-\d\d-\d\d))"
)
_DATE_LINE = re.compile(
    r"\b(?:effective|in force|valid|applies|version|approved|adopted|issued|published|revised|updated|reviewed|held"
    r"|dated?)\b(?:\s+\d[\d.]*(?=\s*,|\s+of\b))?[^\n\d]{0,40}?" + _DATE,
    re.I,
)
_DATE_SAMPLE = 3_000


def label(
    raw: RawText,
    *,
    ref: SourceRef,
    version: str,
    floor: Level | None,
    groups: Iterable[str],
    categories: Iterable[Category] = (),
    modified: int = 0,
    find_marking: FindMarking | None = None,
    before: Before = NOTHING,
) -> Document:
    """The document with its label.

    `floor` is the level that the operator named, or None. `before` is what is known of the file.
    `find_marking(text, position)` tells the level that a property, header or line claims, None when it claims none; as
    installed, `policies.detect.markings.find_marking`.
    """
    marked = marked_level(raw, find_marking or installed_marking())
    standing, ids = before.standing, label_ids(raw) | before.ids
    by_id = meaning(before.mapping, ids)
    if floor is None and standing:
        floor = standing.label.level
    named = [level for level in (floor, marked, by_id.level if ids else None) if level is not None]
    said = Label(level=max(named, default=Level.RESTRICTED), categories=frozenset(categories) | by_id.categories)
    said = said.raised(before.least)
    return Document(
        id=ref.document,
        version=version,
        source=ref,
        title=raw.title,
        media_type=raw.media_type,
        label=standing.settled(said) if standing else said,
        groups=frozenset(groups),
        language=language_of(raw),
        pages=raw.pages,
        dated=dated_by_text(raw) or raw.dated,
        modified=modified,
        authors=about.authors(raw.metadata.author),
        company=about.tidy(raw.metadata.company),
        period=about.tidy(raw.metadata.period),
        kind=about.tidy(raw.metadata.kind),
        flags=tuple(str(flag) for flag in raw.flags),
    )


def marked_level(raw: RawText, find_marking: FindMarking) -> Level | None:
    """The highest level that the document claims for itself; None when it claims none."""
    claimed = (find_marking(text, position) for position, text in _marking_places(raw))
    return max((level for level in claimed if level is not None), default=None)


def label_ids(raw: RawText) -> frozenset[str]:
    """The sensitivity labels that stand in the document and are in force, as ids in lower case."""
    stated = [
        (match[1], match[2], value) for key, value in raw.properties.items() if (match := _ID_PROPERTY.match(key))
    ]
    for key, value in raw.properties.items():
        if not _ID_PROPERTY.match(key):
            stated += [(id.lower(), what.lower(), said) for id, what, said in _ID_HEADER.findall(value)]
            if key.startswith("x-ms-") and (alone := _ID_ALONE.match(value)):
                stated.append((alone[1].lower(), "enabled", "true"))
    enabled = [(id, said.strip().lower() not in _NOT_IN_FORCE) for id, what, said in stated if what == "enabled"]
    taken_off = {id for id, on in enabled if not on} - {id for id, on in enabled if on}
    return frozenset(id for id, _, _ in stated) - taken_off


def raise_chunks(chunks: Iterable[Chunk], *, detect: Detect | None = None) -> list[Chunk]:
    """Every chunk with its own findings joined to its label: credentials make it restricted, others add a category.

    `detect` is `policies.detect.label_fast` as installed. No label falls.
    """
    look = detect or _installed_detector()
    return [replace(chunk, label=chunk.label.raised(look(_searched(chunk))[0])) for chunk in chunks]


def language_of(raw: RawText) -> str:
    """The language of most of the text, as its code of two or three letters; what the file says of itself where there
    is too little to tell, and English where it says nothing."""
    sample = " ".join(block.text[:500] for block in raw.blocks if block.kind is BlockKind.TEXT)[:_LANGUAGE_SAMPLE]
    if _is_too_little(sample):
        sample = " ".join(shown_text(block)[:500] for block in raw.blocks)[:_LANGUAGE_SAMPLE]
    stated = raw.metadata.language or "en"
    if _is_too_little(sample):
        return stated
    import py3langid

    likely = {str(language): float(weight) for language, weight in py3langid.rank(sample)}
    likeliest = max(likely, key=likely.__getitem__)
    return likeliest if likeliest == "en" or likely[likeliest] - likely["en"] > _LEAD else stated


def _is_too_little(sample: str) -> bool:
    return len(list(islice(filter(str.isalpha, sample), _LANGUAGE_LETTERS))) < _LANGUAGE_LETTERS


def dated_by_text(raw: RawText) -> str:
    """The date that the first page states for the whole document ("Effective 3 March 2025"), as ISO; else nothing."""
    text = "\n".join(block.text for block in raw.blocks if block.page == 1)[:_DATE_SAMPLE]
    for match in _DATE_LINE.finditer(text):
        if found := _iso(match):
            return found
    return ""


def _iso(match: re.Match[str]) -> str:
    from datetime import date

    if match["iso"]:
        return match["iso"]
    try:
        month = _MONTHS.index((match["month"] or match["month2"])[:3].lower()) + 1
        return date(int(match["year"] or match["year2"]), month, int(match["day"] or match["day2"])).isoformat()
    except ValueError:
        return ""


def _marking_places(raw: RawText) -> Iterable[tuple[str, str]]:
    """Where a word is a marking and not running text: properties, page margins, short lines of their own."""
    for key, value in raw.properties.items():
        if _MARKED_PROPERTIES.match(key) or _LABEL_ID.match(key):
            yield "property", value
        if key in _LABEL_HEADERS:
            yield from (("property", found.strip()) for found in _LABEL_NAME.findall(value))
    for block in raw.blocks:
        if block.kind is not BlockKind.TABLE:
            position = "header" if block.kind is BlockKind.MARGIN else "line"
            yield from ((position, line) for line in block.text.split("\n") if 0 < len(line) <= _MARKING_LINE)


def _searched(chunk: Chunk) -> str:
    return "\n".join([*chunk.heading, chunk.text])


def installed_marking() -> FindMarking:
    """What tells the level that a property, header or line claims."""
    from policies.detect.markings import find_marking

    return find_marking


def _installed_detector() -> Detect:
    from policies.detect import label_fast

    return label_fast
