"""Markdown: drawn as the page of HTML that it stands for, and read as one is. Values at its very top are properties,
and text too."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from markdown_it import MarkdownIt

from ingest.readers.base import Block, BlockKind, RawText
from ingest.readers.html import read_html
from ingest.readers.kinds import MARKDOWN
from ingest.readers.outline import clean, text_blocks
from ingest.readers.txt import decode

_FRONT = re.compile(r"(---|\+\+\+)\n(?=\S)(.*?\n)(?:\1|\.\.\.)\n", re.S)
_VALUE = re.compile(r"([\w .-]+?)\s*[:=]\s*(.+)")
_NOTE = re.compile(r"^\[\^", re.M)  # else it counts as the address of a link, which is not shown
# What would swallow all that follows, where nothing closes it: there it is a word, not a tag.
_OPENED = re.compile(
    r"<(?=(title|textarea|style|xmp|iframe|noembed|noframes|noscript|script|plaintext|select|template|object|canvas|audio"
    r"|video|datalist)\b)",
    re.I,
)
_CLOSED = re.compile(r"</(\w+)")


class MarkdownReader:
    media_types = (MARKDOWN,)

    def read(self, data: bytes, name: str) -> RawText:
        text = decode(data).removeprefix("\ufeff").replace("\r\n", "\n")
        front = _FRONT.match(text)
        head = front[2] if front else ""
        properties = {one[1].lower(): clean(one[2]).strip("\"' ") for one in map(_VALUE.match, head.split("\n")) if one}
        page = read_html(_drawn(text[front.end() :] if front else text), "")
        blocks = [*text_blocks([head], 1, ()), *map(_as_text, page.blocks)]
        title = properties.get("title") or page.title or PurePath(name).stem
        return RawText(title=title, media_type=MARKDOWN, blocks=tuple(blocks), properties=properties, flags=page.flags)


def _drawn(text: str) -> str:
    parser = MarkdownIt("commonmark", {"maxNesting": 100, "breaks": True}).enable("table")
    tokens = parser.parse(_NOTE.sub(r"\[^", text))
    for token in tokens:
        _mend(token)
    return str(parser.renderer.render(tokens, parser.options, {}))


def _mend(token: Any) -> None:
    if token.type in ("html_block", "html_inline"):
        closed = {found[1].lower(): found.start() for found in _CLOSED.finditer(token.content)}
        token.content = _OPENED.sub(
            lambda tag: "<" if tag.start() < closed.get(tag[1].lower(), 0) else "&lt;", token.content
        )
    for child in token.children or ():
        _mend(child)


def _as_text(block: Block) -> Block:
    """It has no margins."""
    return replace(block, kind=BlockKind.TEXT) if block.kind is BlockKind.MARGIN else block


READER = MarkdownReader()
