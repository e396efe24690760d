"""Blocks of text become chunks: pieces small enough to embed, each with its place in its page.

A chunk never crosses a page or a heading, and its text with title and headings in front is at most `MAX_TOKENS` of
the embedder's own tokens, and at most `MAX_LETTERS` characters. A table stays whole, or every piece of it carries its
header. `start` and `end` count in `page_text(raw, chunk.page)`: what stands there is the chunk's text, but for the
header that a later piece of a table repeats. Nothing that a page shows is left out; a heading stands in the chunks
below it, or is one when there are none.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from typing import Any

from ingest.readers.base import Block, BlockKind, RawText, is_shown, shown_text
from policies.vocabulary import Chunk, Document

MAX_TOKENS = 240
MAX_PREFIX = 160  # characters of title and headings in front: a token each at the worst
_GAP = "\n\n"
_LETTERS = 10  # characters that count as a token at least: a word that the embedder does not know is one, however long
MAX_LETTERS = MAX_TOKENS * _LETTERS
_SETTINGS = f"chunks-2 tokens={MAX_TOKENS} letters={_LETTERS} prefix={MAX_PREFIX} splitter=SentenceSplitter overlap=0"
PIPELINE = hashlib.sha256(_SETTINGS.encode()).hexdigest()[:16]

# A run of letters without an end, as no language writes it, is cut blindly: the splitter would go letter by letter.
_ENDLESS = re.compile(r"[^\s,.;:!?。！？；，、]{400}")

CountTokens = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class _Cost:
    """Tokens of a text, but one for every `_LETTERS` characters at least."""

    count_tokens: CountTokens

    def __call__(self, text: str) -> int:
        return max(self.count_tokens(text), -(-len(text) // _LETTERS))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A run of a page's text. `carried` is a table's header that stands in front of it, but elsewhere. `rows`: of each
    table in it, where the table begins, and the first and the last row."""

    start: int
    end: int
    cost: int  # tokens of both
    carried: str = ""
    rows: tuple[tuple[int, int, int], ...] = ()

    def text(self, page: str) -> str:
        own = page[self.start : self.end]
        return f"{self.carried}\n{own}" if self.carried else own


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    """What stands on one page under one heading: blocks with the place where each begins."""

    page: int
    heading: tuple[str, ...]
    blocks: tuple[tuple[int, Block], ...]


def chunk(document: Document, raw: RawText, *, count_tokens: CountTokens, pipeline: str = PIPELINE) -> list[Chunk]:
    """The document's chunks in reading order, each with the document's label.

    `pipeline` is the digest of everything that shapes chunks and vectors; it goes into the ids.
    """
    chunks: list[Chunk] = []
    pages, sections = _lay_out(raw)
    cost = _Cost(count_tokens)
    for place, section in enumerate(sections):
        following = sections[place + 1].heading if place + 1 < len(sections) else ()
        text = pages[section.page]
        budget = MAX_TOKENS - count_tokens(prefix(document.title, section.heading) + _GAP)
        for piece in _pieces(section, following, budget, cost):
            chunks.append(
                Chunk(
                    id=Chunk.make_id(document.id, document.version, pipeline, len(chunks)),
                    document=document.id,
                    version=document.version,
                    ordinal=len(chunks),
                    text=piece.text(text),
                    page=section.page,
                    heading=section.heading,
                    start=piece.start,
                    end=piece.end,
                    label=document.label,
                    rows=piece.rows[0][1:] if len(piece.rows) == 1 else None,
                )
            )
    return chunks


def embed_text(chunk: Chunk, title: str) -> str:
    """What is embedded and counted for BM25: title and headings, then the text."""
    front = prefix(title, chunk.heading)
    return f"{front}{_GAP}{chunk.text}" if front else chunk.text


def prefix(title: str, heading: Sequence[str]) -> str:
    """Title and headings on one line; when that is too long, the beginning of the title and the last heading."""
    parts = [part for place, part in enumerate((title, *heading)) if part and (place == 0 or part != title)]
    line = " > ".join(parts)
    if len(line) <= MAX_PREFIX:
        return line
    half = MAX_PREFIX // 2 - 2
    return " > ".join(part[:half] for part in (parts[0], parts[-1])) if len(parts) > 1 else line[:MAX_PREFIX]


def _lay_out(raw: RawText) -> tuple[dict[int, str], list[_Section]]:
    """Every page's text, and its sections in reading order."""
    shown: dict[int, list[str]] = {}
    lengths: dict[int, int] = {}
    sections: list[_Section] = []
    for block in raw.blocks:
        if not is_shown(block):
            continue
        text = shown_text(block)
        start = lengths.get(block.page, 0)
        lengths[block.page] = start + len(text) + len(_GAP)
        shown.setdefault(block.page, []).append(text)
        last = sections[-1] if sections else None
        if last and (last.page, last.heading) == (block.page, block.heading):
            sections[-1] = _Section(page=last.page, heading=last.heading, blocks=(*last.blocks, (start, block)))
        else:
            sections.append(_Section(page=block.page, heading=block.heading, blocks=((start, block),)))
    return {page: _GAP.join(texts) for page, texts in shown.items()}, sections


def _pieces(section: _Section, following: tuple[str, ...], budget: int, count: CountTokens) -> list[_Piece]:
    """The section's pieces, small neighbours joined. A heading goes in front of its chunks, not into them."""
    body = [entry for entry in section.blocks if not _stands_in(entry[1], section.heading)]
    if not body:
        if all(block.text in following for _, block in section.blocks):
            return []
        body = list(section.blocks)
    joined: list[_Piece] = []
    for piece in (piece for start, block in body for piece in _split_block(start, block, budget, count)):
        last = joined[-1] if joined else None
        if last and not piece.carried and (cost := last.cost + piece.cost + count(_GAP)) <= budget:
            rows = _both(last.rows, piece.rows)
            joined[-1] = _Piece(start=last.start, end=piece.end, cost=cost, carried=last.carried, rows=rows)
        else:
            joined.append(piece)
    return joined


def _stands_in(block: Block, heading: tuple[str, ...]) -> bool:
    return block.kind is BlockKind.HEADING and block.text in heading


def _both(one: tuple[tuple[int, int, int], ...], other: tuple[tuple[int, int, int], ...]) -> Any:
    """The rows of two pieces that follow each other; of one table they are one run."""
    if one and other and one[-1][0] == other[0][0]:
        return (*one[:-1], (*one[-1][:2], other[0][2]), *other[1:])
    return one + other


def _split_block(start: int, block: Block, budget: int, count: CountTokens) -> Iterator[_Piece]:
    """The block's pieces; those of a table know their rows."""
    pieces = _split(start, block, budget, count)
    if not block.rows:
        yield from pieces
        return
    lines = list(accumulate((len(line) + 1 for line in shown_text(block).split("\n")), initial=start))
    for piece in pieces:
        first, last = (block.rows[bisect_right(lines, at) - 1] for at in (piece.start, piece.end - 1))
        yield replace(piece, rows=((start, first, last),))


def _split(start: int, block: Block, budget: int, count: CountTokens) -> Iterator[_Piece]:
    text = shown_text(block)
    if not block.carried and len(text) <= _LETTERS * budget and (cost := count(text)) <= budget:
        yield _Piece(start=start, end=start + len(text), cost=cost)
    elif block.kind is BlockKind.TABLE:
        yield from _split_table(start, block, budget, count)
    else:
        for begin, end, cost in _split_text(text, budget, count):
            yield _Piece(start=start + begin, end=start + end, cost=cost)


def _split_table(start: int, block: Block, budget: int, count: CountTokens) -> Iterator[_Piece]:
    """Whole rows, as many as fit; a row that does not fit alone is split. The first piece has the header in place,
    the others carry it."""
    header = _shortened(block.header or block.carried, budget // 2, count)
    headed = count(header + "\n") if header else 0
    in_place = bool(header) and header == block.header
    place = start + (len(block.header) + 1 if block.header else 0)
    begin, end, used = place, place, 0
    for row in block.text.split("\n"):
        cost = count(row)
        if used and headed + used + cost > budget:
            yield _table_piece(start, begin, end, used + headed, header, in_place)
            in_place, used = False, 0
        if headed + cost > budget:
            for here, there, part in _split_text(row, budget - headed, count):
                yield _table_piece(start, place + here, place + there, part + headed, header, in_place)
                in_place = False
        else:
            begin, end, used = (begin if used else place), place + len(row), used + cost
        place += len(row) + 1
    if used:
        yield _table_piece(start, begin, end, used + headed, header, in_place)


def _table_piece(start: int, begin: int, end: int, cost: int, header: str, in_place: bool) -> _Piece:
    if in_place:
        return _Piece(start=start, end=end, cost=cost)
    return _Piece(start=begin, end=end, cost=cost, carried=header)


def _shortened(header: str, room: int, count: CountTokens) -> str:
    """A header so wide that no row would fit beside it loses its end."""
    while header and count(header) > room:
        header = header[: len(header) * 3 // 4].rstrip(" |")
    return header


def _split_text(text: str, budget: int, count: CountTokens) -> Iterator[tuple[int, int, int]]:
    """Begin, end and tokens of pieces that cover the text: cut at sentences where it has any."""
    for begin, end in _finite_runs(text):
        run = text[begin:end]
        if len(run) <= _LETTERS * budget and count(run) <= budget:
            pieces = [run.strip()]
        else:
            pieces = _splitter(budget, count).split_text(run)
        cursor = begin
        for piece in pieces:
            if piece:
                found = text.index(piece, cursor)
                cursor = found + len(piece)
                yield found, cursor, count(piece)


def _finite_runs(text: str) -> Iterator[tuple[int, int]]:
    begin = 0
    for match in _ENDLESS.finditer(text):
        yield begin, match.end()
        begin = match.end()
    if begin < len(text):
        yield begin, len(text)


@lru_cache(maxsize=256)
def _splitter(budget: int, count: CountTokens) -> Any:
    """LlamaIndex's splitter, told how to count. Loaded here, since that takes seconds and most blocks are short."""
    from llama_index.core.node_parser import SentenceSplitter

    return SentenceSplitter(chunk_size=budget, chunk_overlap=0, tokenizer=lambda text: range(count(text)))


def storable(chunk: Chunk) -> Chunk:
    return replace(chunk, text=utf8(chunk.text), heading=tuple(utf8(part) for part in chunk.heading))


def utf8(text: str) -> str:
    """Half a character pair, which some files hold, cannot be stored: a mark of the same length stands for it."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
