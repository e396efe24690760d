"""Markdown: headings, paragraphs, lists, tables, code, notes. A block of HTML inside it is read as a page of HTML is;
tags within a line give no text."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from markdown_it import MarkdownIt

from ingest.readers.base import Block, BlockKind, RawText
from ingest.readers.html import read_html
from ingest.readers.kinds import MARKDOWN
from ingest.readers.outline import Outline, clean, heading_block, table_block, text_blocks
from ingest.readers.txt import decode

_FENCE = "---"
_TEXTS = {BlockKind.HEADING: BlockKind.TEXT, BlockKind.MARGIN: BlockKind.TEXT}
_NOTE = re.compile(r"^\[\^", re.M)  # else it counts as the address of a link, which is not shown


class MarkdownReader:
    media_types = (MARKDOWN,)

    def read(self, data: bytes, name: str) -> RawText:
        properties, text = _front_matter(decode(data).replace("\r\n", "\n"))
        blocks = _blocks(MarkdownIt("commonmark", {"maxNesting": 100}).enable("table").parse(_NOTE.sub(r"\[^", text)))
        first = next((block.text for block in blocks if block.kind is BlockKind.HEADING), "")
        title = properties.get("title") or first or PurePath(name).stem
        return RawText(title=title, media_type=MARKDOWN, blocks=tuple(blocks), properties=properties)


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """`key: value` lines between two fences at the very top."""
    text = text.removeprefix("\ufeff")
    if not text.startswith(_FENCE + "\n") or "\n" + _FENCE + "\n" not in text[4:]:
        return {}, text
    head, _, rest = text[4:].partition("\n" + _FENCE + "\n")
    pairs = (line.partition(":") for line in head.split("\n") if ":" in line)
    return {key.strip().lower(): clean(value).strip("\"' ") for key, _, value in pairs}, rest


def _blocks(tokens: list[Any]) -> list[Block]:
    """A walk over the flat token list. A list is one block: its items stand or fall together."""
    outline, blocks = Outline(), []
    listed: list[str] = []
    depth, place = 0, 0
    while place < len(tokens):
        token = tokens[place]
        if token.type == "heading_open":
            blocks += heading_block(outline, int(token.tag[1]), _plain(tokens[place + 1]), 1)
            place += 2
        elif token.type == "table_open":
            place, rows = _table(tokens, place)
            blocks += table_block(rows, 1, outline.path)
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
            if depth == 0:
                blocks += text_blocks(["\n".join(listed)], 1, outline.path)
                listed = []
        elif token.type == "html_block":
            blocks += _html(token.content, outline.path)
        elif token.type in ("inline", "fence", "code_block"):
            text = _plain(token) if token.type == "inline" else token.content
            if depth:
                listed.append(f"{'  ' * (depth - 1)}- {clean(text)}")
            else:
                blocks += text_blocks([text], 1, outline.path)
        place += 1
    return blocks


def _html(text: str, heading: tuple[str, ...]) -> list[Block]:
    """Only the page's own lines are its headings, and it has no margins."""
    found = read_html(text, "").blocks
    return [replace(one, heading=heading, kind=_TEXTS.get(one.kind, one.kind)) for one in found]


def _table(tokens: list[Any], place: int) -> tuple[int, list[list[str]]]:
    """The rows from `place` on, and where the table ends."""
    rows: list[list[str]] = []
    while tokens[place].type != "table_close":
        if tokens[place].type == "tr_open":
            rows.append([])
        elif tokens[place].type == "inline":
            rows[-1].append(_plain(tokens[place]))
        place += 1
    return place, rows


def _plain(token: Any) -> str:
    """An inline token as a reader sees it: link texts without addresses, picture texts without pictures."""
    parts: list[str] = []
    for child in token.children or []:
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif child.type == "image":
            parts.append(_plain(child))
    return "".join(parts)


READER = MarkdownReader()
