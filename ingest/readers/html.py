"""HTML as a person sees it: headings, paragraphs, tables. Scripts never, hidden text never, nothing is fetched."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from ingest.readers.base import Block, BlockKind, Flag, RawText
from ingest.readers.kinds import HTML
from ingest.readers.outline import Outline, heading_block, one_line, table_block, text_blocks
from ingest.readers.spans import Field, number, spread
from ingest.readers.txt import decode

_DROPPED = "script,style,template,noscript,iframe,object,embed,svg,math,select,textarea,button,canvas,audio,video"
_SILENT = tuple(_DROPPED.split(","))
_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "div", "dl"}
    | {
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
    }
    | {"section", "summary", "ul", "td", "th", "tr", "tbody", "thead", "tfoot"}
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_MARGINS = frozenset({"header", "footer"})
_PARTS = frozenset({"article", "aside", "blockquote", "main", "nav", "section"})  # their margins are no page's
_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0(?:\.0+)?\s*(?:;|!|$)"
    r"|font-size\s*:\s*0(?:\.0+)?(?:px|pt|em|rem|%)?\s*(?:;|!|$)"
    r"|(?:left|top|text-indent|margin-left)\s*:\s*-\d{4,}|clip\s*:\s*rect\(0|clip-path\s*:\s*inset\((?:50|100)%",
    re.I,
)
_WHITE = re.compile(r"[ \t\r\n\f]+")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_SIMPLE_SELECTOR = re.compile(r"^[\w\-.#*\[\]=\"' ]{1,100}$")
_META_DATES = ("date", "dcterms.modified", "dcterms.date", "article:published_time", "last-modified")


class HtmlReader:
    media_types = (HTML,)

    def read(self, data: bytes, name: str) -> RawText:
        return read_html(_decode(data), name)


def read_html(text: str, name: str) -> RawText:
    """Also for the HTML part of a letter."""
    tree = LexborHTMLParser(text)
    properties = _properties(tree)
    named = tree.css_first("title")
    title = one_line(named.text()) if named is not None else ""
    scripts = tree.css_first("script") is not None
    hidden = _remove_hidden(tree)
    blocks = _walk(tree.body)
    first = next((block.text for block in blocks if block.kind is BlockKind.HEADING), "")
    dated = next((properties[key][:10] for key in _META_DATES if key in properties), "")
    return RawText(
        title=title or first or PurePath(name).stem,
        media_type=HTML,
        blocks=tuple(blocks),
        dated=dated if re.fullmatch(r"\d{4}-\d\d-\d\d", dated) else "",
        properties=properties,
        flags=(*([Flag.SCRIPTS] if scripts else []), *([Flag.HIDDEN_TEXT] if hidden else [])),
    )


def _decode(data: bytes) -> str:
    stated = re.search(rb"charset\s*=\s*[\"']?([\w\-]+)", data[:2048], re.I)
    if stated and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        try:
            return data.decode(stated.group(1).decode())
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(data)


def _properties(tree: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for meta in tree.css("meta"):
        key = meta.attributes.get("name") or meta.attributes.get("property")
        value = meta.attributes.get("content")
        if key and value:
            found[key.strip().lower()] = one_line(value)
    return found


def _remove_hidden(tree: Any) -> bool:
    """Take out what no reader of the page sees: by attribute, by own style, by a rule in the page's style sheet.
    Whether there were words in it."""
    selectors = ["[hidden]", "[aria-hidden=true]", "input[type=hidden]"]
    for sheet in tree.css("style"):
        for rule in _RULE.finditer(re.sub(r"/\*.*?\*/", "", sheet.text(), flags=re.S)):
            if _HIDDEN_STYLE.search(rule.group(2)):
                selectors += [part.strip() for part in rule.group(1).split(",") if _SIMPLE_SELECTOR.match(part.strip())]
    doomed = [node for node in tree.css("[style]") if _HIDDEN_STYLE.search(node.attributes.get("style") or "")]
    for selector in selectors:
        try:
            doomed += tree.css(selector)
        except ValueError:
            continue  # a selector that the parser does not know cannot be followed
    hidden = any(node.tag not in ("html", "body", *_SILENT) and node.text().strip() for node in doomed)
    for node in [*doomed, *tree.css(_DROPPED)]:
        if node.tag not in ("html", "body"):
            node.decompose(recursive=True)
    return hidden


class _Walk:
    """Text gathers until a block ends."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.outline = Outline()
        self.gathered: list[str] = []
        self.heading = 0
        self.margin = 0
        self.parts = 0

    def flush(self) -> None:
        text = "".join(self.gathered)
        self.gathered = []
        if not text.strip():
            return
        if self.heading:
            self.blocks += heading_block(self.outline, self.heading, text, 1)
        elif self.margin:
            self.blocks.append(Block(text=one_line(text), heading=self.outline.path, kind=BlockKind.MARGIN))
        else:
            self.blocks += text_blocks([text], 1, self.outline.path)


def _walk(body: Any) -> list[Block]:
    """Depth first with a list for a stack: pages nest as deep as they like."""
    walk = _Walk()
    stack: list[tuple[Any, bool]] = [(body, True)] if body is not None else []
    while stack:
        node, entering = stack.pop()
        tag = node.tag
        if tag == "-text":
            walk.gathered.append(_WHITE.sub(" ", node.text_content or ""))
        elif tag == "br":
            walk.gathered.append("\n")
        elif tag == "table" and entering and _is_data(node):
            walk.flush()
            walk.blocks += table_block(_rows(node), 1, walk.outline.path, headed=True)
        elif entering:
            _enter(walk, tag)
            stack.append((node, False))
            stack.extend((child, True) for child in reversed(list(node.iter(include_text=True))))
        else:
            _leave(walk, tag)
    walk.flush()
    return walk.blocks


def _enter(walk: _Walk, tag: str) -> None:
    if tag in _BLOCKS or tag in _HEADINGS:
        walk.flush()
    walk.heading = _HEADINGS.get(tag, walk.heading)
    walk.parts += tag in _PARTS
    walk.margin += tag in _MARGINS and not walk.parts
    if tag == "li":
        walk.gathered.append("- ")


def _leave(walk: _Walk, tag: str) -> None:
    if tag in _BLOCKS or tag in _HEADINGS:
        walk.flush()
    if tag in _HEADINGS:
        walk.heading = 0
    walk.margin -= tag in _MARGINS and not walk.parts
    walk.parts -= tag in _PARTS


def _is_data(table: Any) -> bool:
    """A table of data, not one that lays out a page."""
    return table.css_first("table table") is None


def _rows(table: Any) -> list[list[str]]:
    return list(spread([_field(cell) for cell in row.css("td, th")] for row in table.css("tr")))


def _field(cell: Any) -> Field:
    said = one_line(cell.text(separator=" "))
    return said, number(cell.attributes.get("colspan")), number(cell.attributes.get("rowspan"))


READER = HtmlReader()
