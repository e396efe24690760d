"""The walk over an HTML page: blocks in the order in which a person reads them."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import zip_longest
from typing import Any

from ingest.readers.base import Block, BlockKind
from ingest.readers.outline import Outline, heading_block, lines_above, one_line, raised, table_block, text_blocks
from ingest.readers.spans import Field, number, spread

_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure "
    "footer form header hr legend li main nav ol p pre section summary table tbody td text tfoot th thead tr ul".split()
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_MARGINS = frozenset({"header", "footer"})
_PARTS = frozenset({"article", "aside", "blockquote", "main", "nav", "section"})  # their margins are no page's
_AS_TYPED = frozenset({"pre", "textarea"})
_AROUND = {"q": ("“", "”"), **dict.fromkeys(("del", "s", "strike"), ("~~", "~~"))}
_LISTS = frozenset({"ol", "ul", "menu"})
_BULLET = "- "
_WHITE = re.compile(r"[ \t\r\n\f]+")
_RAISED = re.compile(r"\s*[-+−]?\d{1,4}(?:\s*,\s*\d{1,4})*\s*")
_UNTYPED = frozenset({"password", "hidden", "file", "range", "color"})  # whose value is no words on the page
_ROMAN = {1000: "m", 900: "cm", 500: "d", 400: "cd", 100: "c", 90: "xc", 50: "l", 40: "xl"}
_ROMAN |= {10: "x", 9: "ix", 5: "v", 4: "iv", 1: "i"}


class _List:
    """The marks in front of the items of one list."""

    def __init__(self, node: Any) -> None:
        stated = node.attributes
        self._ordered, self._kind = node.tag == "ol", stated.get("type") or "1"
        self._step = -1 if "reversed" in stated else 1
        items = sum(child.tag == "li" for child in node.iter()) if self._step < 0 else 1
        self._next = _whole(stated.get("start"), items)

    def mark(self, item: Any) -> str:
        if not self._ordered:
            return _BULLET
        place = _whole(item.attributes.get("value"), self._next)
        self._next = place + self._step
        return f"{_numeral(place, self._kind)}. "


class _Walk:
    """Text gathers until a block ends; the items of a list until the list ends: they stand or fall together."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.outline = Outline()
        self.gathered: list[str] = []
        self.lists: list[_List] = []
        self.listed: list[str] = []
        self.mark = ""
        self.heading = self.margin = self.parts = self.typed = 0

    def flush(self) -> None:
        text = "".join(self.gathered)
        self.gathered = []
        if not text.strip(" \n~"):
            return
        mark, self.mark = self.mark, ""
        text = ("" if self.heading and mark == _BULLET else mark) + text.strip()
        if self.heading:
            self.end_list()
            self.blocks += heading_block(self.outline, self.heading, text, 1)
        elif self.lists:
            self.listed.append(text)
        else:
            self._say(text)

    def end_list(self) -> None:
        listed, self.listed = self.listed, []
        if listed:
            self._say("\n".join(listed))

    def _say(self, text: str) -> None:
        if self.margin:
            self.blocks.append(Block(text=one_line(text), heading=self.outline.path, kind=BlockKind.MARGIN))
        else:
            self.blocks += text_blocks([text], 1, self.outline.path)


def walk(top: Any) -> list[Block]:
    """Depth first with a list for a stack: pages nest as deep as they like."""
    found = _Walk()
    stack: list[tuple[Any, bool]] = [(top, True)] if top is not None else []
    while stack:
        node, entering = stack.pop()
        tag = node.tag
        if tag == "-text":
            said = node.text_content or ""
            found.gathered.append(said if found.typed else _WHITE.sub(" ", said))
        elif entering and tag in _INSTEAD and (said := _INSTEAD[tag](node)) is not None:
            found.gathered.append(said)
        elif tag == "table" and entering and _is_data(node):
            found.flush()
            found.end_list()
            found.blocks += _table(node, found.outline.path)
        elif entering:
            _enter(found, node, tag)
            stack.append((node, False))
            stack.extend((child, True) for child in reversed(list(node.iter(include_text=True))))
        else:
            _leave(found, tag)
    found.flush()
    found.end_list()
    return found.blocks


def _enter(walk: _Walk, node: Any, tag: str) -> None:
    if tag in _BLOCKS or tag in _HEADINGS:
        walk.flush()
    walk.heading = _HEADINGS.get(tag, walk.heading)
    walk.parts += tag in _PARTS
    walk.margin += tag in _MARGINS and not walk.parts
    walk.typed += tag in _AS_TYPED
    if tag in _LISTS:
        walk.lists.append(_List(node))
    elif tag == "li":
        walk.mark = walk.lists[-1].mark(node) if walk.lists else _BULLET
    elif tag in _AROUND:
        walk.gathered.append(_AROUND[tag][0])


def _leave(walk: _Walk, tag: str) -> None:
    if tag in _AROUND:
        walk.gathered.append(_AROUND[tag][1])
    if tag in _BLOCKS or tag in _HEADINGS:
        walk.flush()
    if tag in _HEADINGS:
        walk.heading = 0
    if tag in _LISTS:
        walk.lists.pop()
        if not walk.lists:
            walk.end_list()
    walk.typed -= tag in _AS_TYPED
    walk.margin -= tag in _MARGINS and not walk.parts
    walk.parts -= tag in _PARTS


def _is_data(table: Any) -> bool:
    """A table of data, not one that lays out a page."""
    if table.css_first("table table") is not None:
        return False
    if table.css_first("th") is not None:
        return True
    rows = table.css("tr")
    headed = [place for place, row in enumerate(rows) if row.css_first("h1, h2, h3, h4, h5, h6") is not None]
    laid_out = bool(headed) and (headed[-1] > 0 or len(rows) == 1)
    return not laid_out and any(len(row.css("td")) > 1 for row in rows)


def _table(table: Any, heading: tuple[str, ...]) -> list[Block]:
    """Under its caption and the lines above its header; of a header in several rows each column has what all say."""
    rows = table.css("tr")
    cells = list(spread([_field(cell) for cell in row.css("td, th")] for row in rows))
    above = lines_above(cells)
    caption = [_said(node) for node in table.css("caption")]
    blocks = text_blocks([*caption, *(" ".join(filter(None, row)) for row in cells[:above])], 1, heading)
    first = above
    while first < len(rows) - 1 and rows[first].css_first("td") is None:
        first += 1
    head = [" ".join(dict.fromkeys(filter(None, names))) for names in zip_longest(*cells[above:first], fillvalue="")]
    body = [head, *cells[first:]] if head else cells[first:]
    return blocks + table_block(body, 1, heading, numbers=range(first + 1 - bool(head), len(rows) + 1))


def _field(cell: Any) -> Field:
    return _said(cell), number(cell.attributes.get("colspan")), number(cell.attributes.get("rowspan"))


def _said(node: Any) -> str:
    if node.first_child is None or (node.first_child.tag == "-text" and node.first_child.next is None):
        return one_line(node.text())
    return one_line(" ".join(block.text for block in walk(node)))


def _raised(node: Any) -> str | None:
    """A raised number is no further digit of the one before it."""
    text = node.text()
    return raised(text.strip()) if _RAISED.fullmatch(text) else None


def _typed(node: Any) -> str:
    stated = node.attributes
    kind = (stated.get("type") or "text").lower()
    if kind in ("checkbox", "radio"):
        return "☑ " if "checked" in stated else "☐ "
    said = (stated.get("alt") if kind == "image" else stated.get("value")) or ""
    return "" if kind in _UNTYPED else f" {said} "


def _chosen(node: Any) -> str:
    """What a list to choose from shows while it is closed."""
    options = node.css("option")
    chosen = [one for one in options if "selected" in one.attributes] or options[: "multiple" not in node.attributes]
    return f" {', '.join(one_line(one.text()) for one in chosen)} "


def _formula(node: Any) -> str:
    written = node.css_first("annotation")
    return _apart(node, node.attributes.get("alttext") or (written or node).text(separator=" "))


def _apart(node: Any, said: str) -> str:
    """Apart from the words around it, but not from a stop behind it."""
    after = node.next.text_content if node.next is not None and node.next.tag == "-text" else ""
    return f" {said}" if (after or " ")[0] in ".,;:!?)" else f" {said} "


_INSTEAD: dict[str, Callable[[Any], str | None]] = {
    "br": lambda _: "\n",
    "img": lambda node: _apart(node, node.attributes.get("alt") or ""),
    "input": _typed,
    "select": _chosen,
    "sup": _raised,
    "math": _formula,
}


def _whole(stated: str | None, otherwise: int) -> int:
    return int(stated) if stated and re.fullmatch(r"-?\d{1,6}", stated) else otherwise


def _numeral(place: int, kind: str) -> str:
    """As the list counts: 3, c, iii."""
    if kind.lower() == "a" and place > 0:
        said = ""
        while place:
            place, letter = divmod(place - 1, 26)
            said = chr(97 + letter) + said
    elif kind.lower() == "i" and 0 < place < 4000:
        said = ""
        for worth, letters in _ROMAN.items():
            count, place = divmod(place, worth)
            said += letters * count
    else:
        return str(place)
    return said.upper() if kind.isupper() else said
