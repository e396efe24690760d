"""What a reader promises: bytes in, blocks of text out, in reading order, or a reason why not.

A reader runs in a throw-away process without a network. It opens nothing but the bytes it is given, follows no
reference, runs no macro. It raises `Quarantined` with a reason code; any other exception counts as DAMAGED.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

SCANNED = (
    "SCANNED"  # a quote is looked for on a page that is a picture: the sandbox understands, and passes it to nobody
)


class BlockKind(StrEnum):
    HEADING = "heading"
    TEXT = "text"
    TABLE = "table"  # one row or a few rows a block; `header` holds the column names
    MARGIN = "margin"  # page header or footer: looked at for markings, never indexed


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A run of text on one page under one heading. `rows`: of a table, the number of the row in each of its lines, the
    header's too, as whoever opens the file counts them from 1; empty where nobody counted. `carried`: the header of a
    table that goes on from another page; it does not stand on this one."""

    text: str
    page: int = 1
    heading: tuple[str, ...] = ()
    kind: BlockKind = BlockKind.TEXT
    header: str = ""
    rows: tuple[int, ...] = ()
    carried: str = ""


class Flag(StrEnum):
    """What a person should know about a file that was read. Nothing of it ran, was followed or became text, but slides
    that are passed over in the show: whoever opens the file sees them."""

    MACROS = "macros"
    SCRIPTS = "scripts"
    HIDDEN_TEXT = "hidden text"
    EXTERNAL = "external references"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What the file says of itself, as far as simple rules tell; empty where they do not.

    `kind` is what the document is (10-K, invoice, minutes), `period` what it is about (2024, Q2 2023, FY2022),
    `language` two letters that the file states.
    """

    author: str = ""
    company: str = ""
    period: str = ""
    kind: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file inside a file. `name` is harmless: relative, without `..`, unique among its siblings (see `members`).

    `problem` is a reason code for one that could not be taken out; `data` is empty then.
    """

    name: str
    data: bytes = b""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawText:
    """A file, read. `properties` are its own (title, author, sensitivity label ids), keys in lower case."""

    title: str
    media_type: str
    blocks: tuple[Block, ...]
    pages: int = 1
    dated: str = ""
    properties: dict[str, str] = field(default_factory=dict)
    recognised_pages: tuple[int, ...] = ()  # pages whose text came from OCR
    unread_pages: tuple[int, ...] = ()  # pages that are pictures and were not, or could not be, recognised
    members: tuple[Member, ...] = ()  # what a container, a letter or a PDF holds: documents of their own
    flags: tuple[Flag, ...] = ()
    metadata: Metadata = field(default_factory=Metadata)


def page_text(raw: RawText, page: int) -> str:
    """The text of one page as it is shown and as chunks count their offsets: blocks with an empty line between."""
    return "\n\n".join(shown_text(block) for block in raw.blocks if block.page == page and is_shown(block))


def is_shown(block: Block) -> bool:
    """Whether the block belongs to the page's text: margins do not, and nothing empty does."""
    return block.kind is not BlockKind.MARGIN and bool(block.text)


def shown_text(block: Block) -> str:
    """A table shows its header above its rows."""
    return f"{block.header}\n{block.text}" if block.header else block.text


class Reader(Protocol):
    """One file kind."""

    media_types: tuple[str, ...]

    def read(self, data: bytes, name: str) -> RawText:
        """Read `data`. `name` is the file's name, for a title of last resort."""
        ...
