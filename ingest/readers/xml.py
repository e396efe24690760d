"""XML that no other reader knows, and the words of SVG pictures. No entity is resolved, nothing is fetched or run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from ingest.readers.base import Block, Flag, RawText
from ingest.readers.kinds import SVG, XML
from ingest.readers.outline import one_line, text_blocks, title_from
from ingest.readers.xmltree import local, parse, words

_SVG_WORDS = ("text", "title", "desc")
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0*)?\s*(?:;|$)", re.I)
_TITLES = ("title", "name", "subject")
_GROUP = 40  # lines a block: what stands together is found together


class XmlReader:
    media_types = (XML, SVG)

    def read(self, data: bytes, name: str) -> RawText:
        root = parse(data.strip())
        if local(root) == "svg":
            return _picture(root, name)
        lines = list(_lines(root))
        texts = ["\n".join(lines[place : place + _GROUP]) for place in range(0, len(lines), _GROUP)]
        stated = next((one_line(words(node)) for node in root if local(node).lower() in _TITLES), "")
        title = stated if 0 < len(stated) <= 200 else title_from(name)
        return RawText(title=title, media_type=XML, blocks=tuple(text_blocks(texts, 1, ())))


def _lines(root: Any) -> Iterator[str]:
    """What each element's attributes say, and its own words, after their names; running text with elements in it stays
    one line."""
    walk = etree.iterwalk(root, events=("start",))
    for _, node in walk:
        mixed = any((child.tail or "").strip() for child in node)
        for key, value in node.attrib.items() if local(node) else ():
            if not key.startswith("{") and (said := one_line(value)):  # in a name space: links, types, languages
                yield f"{local(node)} {key}: {said}"
        text = one_line(words(node) if mixed else node.text or "")
        if mixed:
            walk.skip_subtree()
        if text and local(node):
            yield f"{local(node)}: {text}"


def _picture(root: Any, name: str) -> RawText:
    """The words that are drawn, and those that describe the picture to who cannot see it."""
    blocks: list[Block] = []
    hidden = False
    for node in root.iter():
        if local(node) not in _SVG_WORDS:
            continue
        text = one_line(words(node))
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
