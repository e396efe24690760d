"""Model text and our own facts become markup of a closed set: paragraphs, headings, lists, tables, code, citations.

Nothing that a model, a document or a person wrote can become anything else. Every character that means something to
HTML or to Markdown leaves here as a number, so no image, link, tag or formula can come about however it is spelled;
an address in an answer stays text. The markup holds no newline: the page's Markdown component then takes the whole
for one HTML block and reads nothing in it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from assistant import phrases
from assistant.answers import Sentence, Standing
from policies.labels import Label
from policies.vocabulary import Citation

# Steers direction or hides text: tag characters, bidirectional controls, zero-width marks.
_HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\U000e0000-\U000e007f]")
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ,")
_ITEM = re.compile(r"^\s*(?:[-*•]|\d{1,3}[.)])\s+")
_STRONG_OR_CODE = re.compile(r"\*\*([^*]+)\*\*|`([^`]+)`")
_RULE = re.compile(r"^[\s|:-]+$")

Link = Callable[[Citation], str]


def escape(text: str) -> str:
    """`text` so that neither HTML nor Markdown finds anything in it; one line, no hidden characters."""
    visible = _HIDDEN.sub("", text)
    return "".join(_escaped(character) for character in visible)


def _escaped(character: str) -> str:
    if character in _PLAIN:
        return character
    if character.isspace():
        return " "
    if unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn"):
        return "\ufffd"
    return character if ord(character) > 127 else f"&#{ord(character)};"


# -- the closed set -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    sentence: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """A list. Each item is one sentence or several."""

    items: tuple[tuple[Sentence, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of cells; the first is the head. Its citations stand below it."""

    rows: tuple[tuple[str, ...], ...]
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    text: str
    citations: tuple[Citation, ...]


Block = Paragraph | Heading | Items | Table | Code


def blocks(sentences: Iterable[Sentence]) -> tuple[Block, ...]:
    """Group sentences into blocks. Adding a sentence at the end never changes what stood before it."""
    grouped: list[Block] = []
    for sentence in sentences:
        block = _own_block(sentence)
        last = grouped[-1] if grouped else None
        if isinstance(block, Items) and isinstance(last, Items):
            grouped[-1] = Items(items=last.items + block.items)
        elif block is not None:
            grouped.append(block)
        elif isinstance(last, Paragraph) and not sentence.paragraph:
            grouped[-1] = Paragraph(sentences=(*last.sentences, sentence))
        elif isinstance(last, Items) and not sentence.paragraph:
            grouped[-1] = Items(items=(*last.items[:-1], (*last.items[-1], sentence)))
        else:
            grouped.append(Paragraph(sentences=(sentence,)))
    return tuple(grouped)


def _own_block(sentence: Sentence) -> Block | None:
    """The block that this sentence opens by itself, or None when it is running text."""
    text = sentence.text.strip()
    if sentence.heading or re.match(r"^#{1,6}\s", text):
        return Heading(sentence=sentence)
    if text.startswith("```"):
        inner = re.sub(r"^```[\w-]*\n?|\n?```$", "", text)
        return Code(text=inner, citations=sentence.citations)
    lines = text.splitlines()
    if len(lines) > 1 and all(line.strip().startswith("|") for line in lines):
        rows = tuple(_cells(line) for line in lines if not _RULE.match(line))
        return Table(rows=rows, citations=sentence.citations)
    if _ITEM.match(text):
        return Items(items=((sentence,),))
    return None


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip().strip("|").split("|"))


# -- markup -------------------------------------------------------------------------------------------


def answer(sentences: Sequence[Sentence], link: Link) -> str:
    """The markup of an answer. `link` mints the address of a citation; nothing else can be followed."""
    return "".join(_block(block, link) for block in blocks(sentences))


def _block(block: Block, link: Link) -> str:
    match block:
        case Paragraph():
            kind = "notice" if all(s.standing is Standing.NOTICE for s in block.sentences) else "said"
            return f'<p class="{kind}">{_running(block.sentences, link)}</p>'
        case Heading():
            text = re.sub(r"^\s*#{1,6}\s+", "", block.sentence.text)
            return f"<h2>{inline(text)}{_marks(block.sentence.citations, link)}</h2>"
        case Items():
            return "<ul>" + "".join(f"<li>{_item(item, link)}</li>" for item in block.items) + "</ul>"
        case Table():
            return _table(block) + _below(block.citations, link)
        case Code():
            lines = "<br>".join(escape(line).replace("  ", "&#160; ") for line in block.text.splitlines())
            return f"<pre><code>{lines}</code></pre>" + _below(block.citations, link)


def _item(item: tuple[Sentence, ...], link: Link) -> str:
    first, *rest = item
    return _sentence(first, link, text=_ITEM.sub("", first.text)) + "".join(f" {_sentence(s, link)}" for s in rest)


def _running(sentences: Iterable[Sentence], link: Link) -> str:
    return " ".join(_sentence(sentence, link) for sentence in sentences)


def _sentence(sentence: Sentence, link: Link, *, text: str | None = None) -> str:
    words = inline(sentence.text if text is None else text)
    if sentence.standing is Standing.QUOTED:
        words = f'<span class="quoted">{words}</span>'
    return words + _marks(sentence.citations, link) + _conditions(sentence.citations)


def inline(text: str) -> str:
    """Running text: bold and code are kept, everything else is text."""
    parts: list[str] = []
    at = 0
    for found in _STRONG_OR_CODE.finditer(text):
        parts.append(escape(text[at : found.start()]))
        strong, code = found.groups()
        parts.append(f"<b>{escape(strong)}</b>" if strong is not None else f"<code>{escape(code)}</code>")
        at = found.end()
    return "".join(parts) + escape(text[at:])


def _marks(citations: Iterable[Citation], link: Link) -> str:
    return "".join(f" {mark(citation, link)}" for citation in citations)


def mark(citation: Citation, link: Link) -> str:
    """A numbered link to the passage, with its document and place for those who cannot see the panel."""
    where = escape(f"Source {citation.n}: {citation.where}")
    return f'<a class="c" href="{escape(link(citation))}" title="{where}">{citation.n}</a>'


def _conditions(citations: Iterable[Citation]) -> str:
    said = dict.fromkeys(citation.condition for citation in citations if citation.condition)
    return "".join(f' <i class="beside">{escape(phrases.condition(condition))}</i>' for condition in said)


def _below(citations: Sequence[Citation], link: Link) -> str:
    return f'<p class="said">{_marks(citations, link)}{_conditions(citations)}</p>' if citations else ""


def _table(table: Table) -> str:
    if not table.rows:
        return ""
    head, *rows = table.rows
    titles = "".join(f"<th>{inline(cell)}</th>" for cell in head)
    lines = "".join("<tr>" + "".join(f"<td>{inline(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table>"


# -- small pieces the pages share -------------------------------------------------------------------------


def tag(label: Label | None) -> str:
    """The level as a coloured word, its categories behind it."""
    if label is None:
        return ""
    level = str(label.level)
    others = "".join(f' <span class="tag category">{escape(category)}</span>' for category in sorted(label.categories))
    return f'<span class="tag {level}">{level}</span>{others}'


def wide(table: str, name: str) -> str:
    """A table that may be wider than the window: it scrolls by itself, with the keyboard too."""
    return f'<div class="wide" tabindex="0" role="region" title="{name}">{table}</div>'


def marked(text: str, *, quotes: Iterable[str], conditions: Iterable[str]) -> str:
    """A page's text with the quotes marked and the conditions underlined, wherever they stand in it."""
    spans = sorted(_spans(text, quotes, "mark") + _spans(text, conditions, "u"))
    parts: list[str] = []
    at = 0
    for start, end, element in spans:
        if start < at:
            continue
        parts.append(lines(text[at:start]) + f"<{element}>{lines(text[start:end])}</{element}>")
        at = end
    return "".join(parts) + lines(text[at:])


def lines(text: str) -> str:
    """Escaped text that keeps its line breaks."""
    return "<br>".join(escape(line) for line in text.split("\n"))


def _spans(text: str, wanted: Iterable[str], element: str) -> list[tuple[int, int, str]]:
    found: list[tuple[int, int, str]] = []
    for piece in wanted:
        words = [re.escape(word) for word in piece.split()]
        # A quote may have been joined over line ends: any white space matches any other.
        match = re.search(r"\s+".join(words), text) if words else None
        if match:
            found.append((match.start(), match.end(), element))
    return found


def when(microseconds: int) -> str:
    """A moment in UTC, to the millisecond."""
    from datetime import UTC, datetime

    moment = datetime.fromtimestamp(microseconds / 1_000_000, tz=UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d}"


def rows(cells: Iterable[Sequence[str]]) -> Iterator[str]:
    """Table rows from cells that are markup already."""
    for row in cells:
        yield "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>"
