"""What the styles of a Word document mean for its paragraphs: headings, lists and numbers, hidden words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ingest.readers.word_numbering import Numbering

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MAX_NESTING = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    level: int = 0
    hidden: bool = False
    listed: bool = False
    number: str = ""  # of the list that it belongs to
    place: int | None = None  # how deep in it
    key: str = ""  # the style that says so


class Styles:
    """Worked out once: the library looks each of them up anew. `hid`: whether words were left out because nobody sees
    them."""

    def __init__(self, document: Any, numbering: Numbering) -> None:
        self.hid = False
        self._numbering = numbering
        self._known = {style.style_id: self._read(style) for style in document.styles}

    def of(self, paragraph: Any) -> _Style:
        named = paragraph.find(f"{_W}pPr/{_W}pStyle")
        return self._known.get(named.get(f"{_W}val"), _Style()) if named is not None else _Style()

    def hides(self, run: Any, within: bool) -> bool:
        """Whether nobody sees a run: it says so, else its style or, `within`, that of its paragraph."""
        own, named = run.find(f"{_W}rPr/{_W}vanish"), run.find(f"{_W}rPr/{_W}rStyle")
        if own is not None:
            return (own.get(f"{_W}val") or "") not in ("0", "false", "off")
        return within or (named is not None and self._known.get(named.get(f"{_W}val"), _Style()).hidden)

    def heading_level(self, paragraph: Any) -> int:
        """1 to 9 by outline level or style, 1 for a title, 0 for text."""
        outline = paragraph.find(f"{_W}pPr/{_W}outlineLvl")
        stated = outline.get(f"{_W}val") or "" if outline is not None else ""
        if stated.isdigit():
            return int(stated) + 1 if int(stated) < 9 else 0
        return self.of(paragraph).level

    def item(self, paragraph: Any) -> str:
        """What stands before a paragraph of a list: its number, or a dash. It counts: to be asked once."""
        style = self.of(paragraph)
        number, place, key = style.number, style.place, style.key
        own = paragraph.find(f"{_W}pPr/{_W}numPr")
        if own is not None:
            stated, deep = _numbered(own)
            number, place = stated or number, deep if deep is not None else place if not stated else 0
        gone = paragraph.find(f"{_W}pPr/{_W}rPr/{_W}del") is not None
        if style.hidden or gone or number == "0":
            return ""
        label = self._numbering.label(number, place, key) if number else ""
        return label or ("-" if style.listed or own is not None else "")

    def _read(self, style: Any) -> _Style:
        listed = (style.name or "").startswith("List")
        hidden: bool | None = None
        level, number, place, key = 0, "", None, ""
        for _ in range(_MAX_NESTING):
            if style is None:
                break
            if hidden is None and getattr(style, "font", None):
                hidden = style.font.hidden
            stated = style.element.find(f"{_W}pPr/{_W}numPr")
            if stated is not None and not number:
                (number, place), key = _numbered(stated), style.style_id or ""
            name = (style.name or "").lower()
            if not level and (name == "title" or (name.startswith("heading ") and name[8:].isdigit())):
                level, listed = 1 if name == "title" else int(name[8:]), False
            style = getattr(style, "base_style", None)
        return _Style(level=level, hidden=bool(hidden), listed=listed, number=number, place=place, key=key)


def _numbered(node: Any) -> tuple[str, int | None]:
    """The list's number and how deep in it, as far as they are stated."""
    number, deep = (node.find(f"{_W}{name}") for name in ("numId", "ilvl"))
    stated = (deep.get(f"{_W}val") or "") if deep is not None else ""
    found = (number.get(f"{_W}val") or "") if number is not None else ""
    return found, int(stated) if stated.isdecimal() and len(stated) < 3 else None
