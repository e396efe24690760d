"""HTML as a person sees it: headings, paragraphs, lists with their numbers, tables, what stands in forms. Scripts
never, hidden text never, nothing is fetched."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from ingest.readers.base import BlockKind, Flag, RawText
from ingest.readers.html_unseen import remove_unseen
from ingest.readers.html_walk import walk
from ingest.readers.kinds import HTML
from ingest.readers.outline import one_line
from ingest.readers.txt import decode

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w\-]+)", re.I)
_NOT_IN_A_PAGE = ("utf-7", "utf-16", "utf-32")  # of which a page could not say so itself
_CLOSED = re.compile(r"<(title|script|style|textarea|iframe|a|div|span|p|td|th|li)((?:\s[^<>]*)?)/>")
_META_DATES = ("date", "dcterms.modified", "dcterms.date", "article:published_time", "last-modified")


class HtmlReader:
    media_types = (HTML,)

    def read(self, data: bytes, name: str) -> RawText:
        return read_html(decode_page(data), name)


def read_html(text: str, name: str) -> RawText:
    """Also for the HTML part of a letter."""
    tree = LexborHTMLParser(_CLOSED.sub(r"<\1\2></\1>", text) if text.startswith("<?xml") else text)
    properties = _properties(tree)
    named = tree.css_first("head > title")
    title = one_line(named.text()) if named is not None else ""
    scripts = tree.css_first("script") is not None
    hidden = remove_unseen(tree)
    blocks = walk(tree.body)
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


def decode_page(data: bytes, told: str = "") -> str:
    """By its mark, else by what it states of itself, else as it was told."""
    stated = _CHARSET.search(data[:2048])
    label = stated[1].decode().lower() if stated else told
    return decode(data) if label.startswith(_NOT_IN_A_PAGE) else decode(data, label)


def _properties(tree: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for meta in tree.css("meta"):
        key = meta.attributes.get("name") or meta.attributes.get("property")
        value = meta.attributes.get("content")
        if key and value:
            found[key.strip().lower()] = one_line(value)
    return found


READER = HtmlReader()
