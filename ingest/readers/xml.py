"""XML that no other reader knows, and the words of SVG pictures. No entity is resolved, nothing is fetched or run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from lxml import etree

from ingest.readers.base import Block, BlockKind, Flag, RawText
from ingest.readers.kinds import SVG, XML
from ingest.readers.outline import one_line, text_blocks, title_from
from ingest.readers.xmltree import local, parse, words

_SVG_WORDS = ("text", "title", "desc", "foreignObject")
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0*)?\s*(?:;|$)", re.I)
_TITLES = ("title", "name", "subject")
_HEADINGS = ("title", "head", "heading")
_LONGEST_HEADING = 200
_BREAKS = ("br", "lb", "tspan", "p", "div", "li")  # that begin a line
_NO_WORDS = re.compile(  # links, types, languages: what they say is for programs
    r"\{http://www\.w3\.org/(?:1999/xlink\}(?!title)|XML/1998/namespace\}|2001/XMLSchema-instance\})"
)
_GROUP = 40  # lines a block: what stands together is found together
_Said = tuple[tuple[str, ...], str, bool]  # the headings above, a line, whether it is the last of them itself


class XmlReader:
    media_types = (XML, SVG)

    def read(self, data: bytes, name: str) -> RawText:
        root = parse(data.strip())
        if local(root) == "svg":
            return _picture(root, name)
        blocks: list[Block] = []
        for (path, heads), lines in groupby(_lines(root), key=itemgetter(0, 2)):
            said = [line for _, line, _ in lines]
            if heads:
                blocks.append(Block(text=said[0], heading=path, kind=BlockKind.HEADING))
                continue
            texts = ["\n".join(said[place : place + _GROUP]) for place in range(0, len(said), _GROUP)]
            blocks += text_blocks(texts, 1, path)
        stated = next((one_line(words(node)) for node in root if local(node).lower() in _TITLES), "")
        first = next((block.text for block in blocks if block.kind is BlockKind.HEADING), "")
        title = stated if 0 < len(stated) <= _LONGEST_HEADING else first or title_from(name)
        return RawText(title=title, media_type=XML, blocks=tuple(blocks))


def _lines(root: Any) -> Iterator[_Said]:
    """What each element's attributes say, and its own words, after their names; running text with elements in it stays
    one line. A title heads what its neighbours say."""
    heads: list[tuple[int, str]] = []
    walk, depth = etree.iterwalk(root, events=("start", "end")), 0
    for event, node in walk:
        depth += 1 if event == "start" else -1
        heads = [head for head in heads if head[0] <= depth]
        path = tuple(text for _, text in heads)
        if event == "end":
            if node is not root and (text := one_line(node.tail or "")):
                yield path, f"{local(node.getparent())}: {text}", False
            continue
        running = _is_running(node)
        for inner in node.iter() if running else (node,):
            yield from ((path, said, False) for said in _attributes(inner))
        text = one_line(_said(node) if running else node.text or "")
        if running:
            walk.skip_subtree()
        if text and local(node).lower() in _HEADINGS and depth > 1 and len(text) <= _LONGEST_HEADING:
            below = depth - (2 if local(node.getparent()).lower().endswith("info") else 1)
            heads = [*(head for head in heads if head[0] < below), (below, text)]
            yield tuple(text for _, text in heads), text, True
        elif text and local(node):
            yield path, f"{local(node)}: {text}", False


def _attributes(node: Any) -> Iterator[str]:
    for key, value in node.attrib.items() if local(node) else ():
        if not _NO_WORDS.match(key) and (said := one_line(value)):
            yield f"{local(node)} {key.rpartition('}')[2]}: {said}"


def _is_running(node: Any) -> bool:
    """Whether there are words between its elements, and none of these is made of others alone, as a chapter is."""
    if not any((child.tail or "").strip() for child in node) and not any(child.tag is etree.Entity for child in node):
        return False
    return not any(len(child) and not (child.text or "").strip() for child in node)


def _said(node: Any, named: bool = True) -> str:
    """`words`, with a space where a line begins, and the name of an entity where it stands."""
    parts: list[str] = []
    for inner in node.iter():
        parts.append(" " if local(inner) in _BREAKS else "")
        parts.append((inner.text or "") if local(inner) or (named and inner.tag is etree.Entity) else "")
        parts.append((inner.tail or "") if inner is not node else "")
    return "".join(parts)


def _picture(root: Any, name: str) -> RawText:
    """The words that are drawn, and those that describe the picture to who cannot see it."""
    blocks: list[Block] = []
    hidden = False
    for node in root.iter():
        if local(node) not in _SVG_WORDS:
            continue
        text = one_line(_said(node, named=False))
        if text and any(_is_unseen(one) for one in (node, *node.iterancestors())):
            hidden = True
        elif text:
            blocks.append(Block(text=text))
    scripts = any(local(node) in ("script", "foreignObject") or _listens(node) for node in root.iter())
    stated = next((one_line(words(node)) for node in root if local(node) == "title"), "")
    flags = (*([Flag.SCRIPTS] if scripts else []), *([Flag.HIDDEN_TEXT] if hidden else []))
    return RawText(title=stated or title_from(name), media_type=SVG, blocks=tuple(blocks), flags=flags)


def _is_unseen(node: Any) -> bool:
    stated = ";".join(f"{key}:{node.get(key)}" for key in ("display", "visibility", "opacity") if node.get(key))
    return local(node) == "defs" or bool(_UNSEEN.search(f"{node.get('style') or ''};{stated}"))


def _listens(node: Any) -> bool:
    return any(str(key).lower().startswith("on") for key in node.attrib)


READER = XmlReader()
