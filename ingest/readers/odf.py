"""OpenDocument texts and slides: headings, paragraphs, lists and tables in their order; hidden text left out."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from ingest.errors import Quarantined
from ingest.readers.base import Block, BlockKind, Flag, RawText
from ingest.readers.bounds import check_pages, open_package
from ingest.readers.kinds import ODP, ODT, OPEN_DOCUMENTS
from ingest.readers.office import Parts, core_date
from ingest.readers.office_parts import held
from ingest.readers.outline import Outline, comment, heading_block, margin_blocks, one_line, table_block, text_blocks
from ingest.readers.spans import Field, number, spread
from ingest.readers.xmltree import local, words

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_PRESENTATION = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
_META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_XLINK = "{http://www.w3.org/1999/xlink}"
_OUTSIDE = ("http:", "https:", "file:", "ftp:", "//")
_ROW, _GROUPS = f"{_TABLE}table-row", {f"{_TABLE}table-{name}" for name in ("header-rows", "rows", "row-group")}
_MAX_CONTENT = 64 * 1024 * 1024
_MAX_REPEAT = 100
_NOT_BODY = {"tracked-changes", "annotation", "annotation-end", "sequence-decls", "forms", "event-listeners", "desc"}
_HIDDEN = {"hidden-text", "hidden-paragraph"}
_HOLDS = {"h", "p", "list", "table", "annotation"}  # what a comment hangs on, or itself
_MARGINS = {"header", "footer", "header-left", "footer-left", "header-first", "footer-first"}
_DECLARED = {"header-decl", "footer-decl"}
_MACRO_FOLDERS = ("Basic/", "Scripts/")
_RENAMED = {"creator": "author", "initial-creator": "creator", "date": "modified", "creation-date": "created"}


class OdfReader:
    media_types = OPEN_DOCUMENTS

    def read(self, data: bytes, name: str) -> RawText:
        with open_package(data) as package:
            parts = Parts(package)
            content, body = body_of(parts)
            styles, properties = parts.needed("styles.xml"), odf_properties(parts)
            walk = Walk(_hidden_styles(content, styles), _broken_styles(content, styles))
            walk.body(body)
            flags = (*package_flags(package), *([Flag.EXTERNAL] if _reaches_out(content) else []))
            members = held(parts, walk.blocks, len(data))
        check_pages(walk.page)
        first = next((block.text for block in walk.blocks if block.kind is BlockKind.HEADING), "")
        return RawText(
            title=one_line(properties.get("title", "")) or first or PurePath(name).stem,
            media_type=ODP if walk.is_deck else ODT,
            blocks=(*margin_blocks([*margins(styles), *_declared(body)]), *walk.blocks),
            pages=max(1, walk.page),
            dated=core_date(properties),
            properties=properties,
            members=members,
            flags=(*flags, *([Flag.HIDDEN_TEXT] if walk.hidden or _passes_over(content) else [])),
        )


def _passes_over(content: Any) -> bool:
    """Whether a slide is passed over in the show. It is read: whoever opens the file sees it."""
    styles = is_set(content, f"{_PRESENTATION}visibility", "hidden")
    return any(page.get(f"{_DRAW}style-name") in styles for page in content.iter(f"{_DRAW}page"))


def odf_properties(parts: Parts) -> dict[str, str]:
    """What meta.xml says, under the names that other office files use; fields of the author's own too. Raises
    Quarantined, DAMAGED or TOO_LARGE: the document's label may stand there."""
    root = parts.needed("meta.xml")
    meta = root.find(f"{_OFFICE}meta") if root is not None else None
    found: dict[str, str] = {}
    for node in meta if meta is not None else ():
        key = (node.get(f"{_META}name") or "").lower() if local(node) == "user-defined" else local(node)
        value = one_line(words(node))
        if key and value:
            found[_RENAMED.get(key, key)] = value[:1000]
    return found


def package_flags(package: zipfile.ZipFile) -> tuple[Flag, ...]:
    """Programs in the package are never looked into."""
    programs = (name for name in package.namelist() if name.startswith(_MACRO_FOLDERS) and not name.endswith(".xml"))
    basic = (name for name in package.namelist() if name.startswith("Basic/") and name.count("/") > 1)
    return (Flag.MACROS,) if any(programs) or any(basic) else ()


def _reaches_out(content: Any) -> bool:
    """Whether a picture, an object or a section lies elsewhere. A link that a person clicks is no such thing."""
    nodes = content.iter(f"{_DRAW}image", f"{_DRAW}object", f"{_TEXT}section-source", f"{_DRAW}plugin")
    return any((node.get(f"{_XLINK}href") or "").startswith(_OUTSIDE) for node in nodes)


def body_of(parts: Parts) -> tuple[Any, list[Any]]:
    """The content, and the parts of its body. Raises Quarantined: DAMAGED, TOO_LARGE."""
    content = parts.needed("content.xml", limit=_MAX_CONTENT)
    if content is None:
        raise Quarantined("DAMAGED")
    found = content.find(f"{_OFFICE}body")
    return content, list(found) if found is not None else []


def rows_of(table: Any) -> Iterator[Any]:
    """Its own rows, not those of a table in one of its cells."""
    for child in table:
        if child.tag == _ROW:
            yield child
        elif child.tag in _GROUPS:
            yield from rows_of(child)


def annotation(node: Any) -> str:
    """A comment in the margin, as text that says so. It is taken out: what it hangs on says something else."""
    who, when = (words(one) if (one := node.find(f"{_DC}{name}")) is not None else "" for name in ("creator", "date"))
    said = "\n".join(words(one) for one in node.iter(f"{_TEXT}p"))
    node.clear(keep_tail=True)
    return comment(said, who, when)


class Walk:
    """Goes through the body once. Depth is bounded by the parser."""

    def __init__(self, hidden_styles: set[str], broken_styles: set[str]) -> None:
        self.blocks: list[Block] = []
        self.outline = Outline()
        self.page = 1
        self.is_deck = False
        self.hidden = False
        self._hidden_styles, self._broken_styles = hidden_styles, broken_styles

    def body(self, parts: list[Any]) -> None:
        for part in parts:
            if local(part) == "presentation":
                self.slides(part)
            else:
                self.children(part)

    def children(self, node: Any) -> None:
        for child in node:
            self._element(child)

    def slides(self, deck: Any) -> None:
        """A page each slide; its title is its heading."""
        self.is_deck, self.page = True, 0
        for slide in deck.iterchildren(f"{_DRAW}page"):
            self.page += 1
            self.outline = Outline()
            frames = list(slide.iterchildren(f"{_DRAW}frame"))
            for frame in sorted(frames, key=lambda one: one.get(f"{_PRESENTATION}class") != "title"):
                if frame.get(f"{_PRESENTATION}class") == "title":
                    self.blocks += heading_block(self.outline, 1, self.texts(frame), self.page)
                else:
                    self._element(frame)
            for other in slide:
                if local(other) not in ("frame", "notes"):
                    self._element(other)
            for notes in slide.iterchildren(f"{_PRESENTATION}notes"):
                said = self.texts(notes)
                self.blocks += text_blocks([f"Notes: {said}"] if said.strip() else [], self.page, self.outline.path)

    def _element(self, node: Any) -> None:
        if not isinstance(node.tag, str):
            return
        told = [annotation(one) for one in node.iter(f"{_OFFICE}annotation")] if local(node) in _HOLDS else []
        self._content(node, local(node))
        self.blocks += text_blocks(told, self.page, self.outline.path)

    def _content(self, node: Any, name: str) -> None:
        if name in _NOT_BODY:
            return
        if name == "h":
            self._break_before(node)
            level = node.get(f"{_TEXT}outline-level") or "1"
            self.blocks += heading_block(self.outline, int(level) if level.isdigit() else 1, self.text(node), self.page)
        elif name == "p":
            self._break_before(node)
            self.blocks += text_blocks([self.text(node)], self.page, self.outline.path)
            self._inside(node)
        elif name == "section" and node.get(f"{_TEXT}display") == "none":
            self.hidden = self.hidden or bool(words(node).strip())
        elif name == "list":
            items = [f"- {one_line(self.texts(item))}" for item in node if self.texts(item).strip()]
            self.blocks += text_blocks(["\n".join(items)], self.page, self.outline.path)
        elif name == "table":
            self.blocks += table_block(self._rows(node), self.page, self.outline.path)
        else:
            self.children(node)

    def _inside(self, paragraph: Any) -> None:
        """Tables in text boxes that hang on a paragraph."""
        for box in paragraph.iter(f"{_DRAW}text-box"):
            self.children(box)

    def _break_before(self, node: Any) -> None:
        drawn = next(node.iter(f"{_TEXT}soft-page-break"), None) is not None
        self.page += int(drawn or ((node.get(f"{_TEXT}style-name") or "") in self._broken_styles and bool(self.blocks)))

    def _rows(self, table: Any) -> list[list[str]]:
        """A repeated cell stands as often as a person could see it; what is covered says what covers it."""
        return list(spread(self._fields(row) for row in rows_of(table)))

    def _fields(self, row: Any) -> list[Field]:
        fields: list[Field] = []
        for cell in row.iterchildren(f"{_TABLE}table-cell"):
            repeated = number(cell.get(f"{_TABLE}number-columns-repeated"))
            across, down = (number(cell.get(f"{_TABLE}number-{way}-spanned")) for way in ("columns", "rows"))
            fields += [(one_line(self.texts(cell)), across, down)] * min(repeated, _MAX_REPEAT)
        return fields

    def texts(self, node: Any) -> str:
        """All paragraphs in an element as they are seen, a line each."""
        paragraphs = (self.text(one) for one in node.iter(f"{_TEXT}p", f"{_TEXT}h"))
        return "\n".join(text for text in paragraphs if text.strip())

    def text(self, node: Any) -> str:
        """A paragraph as it is seen."""
        if (node.get(f"{_TEXT}style-name") or "") in self._hidden_styles:
            self.hidden = self.hidden or bool(words(node).strip())
            return ""
        parts = [node.text or ""]
        for child in node:
            parts.append(self._inline(child))
            parts.append(child.tail or "")
        return "".join(parts)

    def _inline(self, child: Any) -> str:
        name = local(child)
        if name in _HIDDEN:
            self.hidden = True
            return ""
        if name in ("s", "tab", "line-break"):
            count = child.get(f"{_TEXT}c") or "1"
            return {"s": " " * min(int(count) if count.isdigit() else 1, 80), "tab": "\t"}.get(name, "\n")
        if name in ("frame", "text-box", "soft-page-break", "note-citation") or name in _NOT_BODY or not name:
            return ""
        if name == "note":
            return f" ({one_line(self.texts(child))}) "
        return self.text(child)


def _styles_where(trees: tuple[Any, ...], wanted: Any) -> set[str]:
    """Names of styles that are so, themselves or through a parent."""
    parents: dict[str, str] = {}
    found: set[str] = set()
    for tree in trees:
        for style in tree.iter(f"{_STYLE}style") if tree is not None else ():
            name = style.get(f"{_STYLE}name") or ""
            parents[name] = style.get(f"{_STYLE}parent-style-name") or ""
            if any(wanted(properties) for properties in style):
                found.add(name)
    return found | {name for name, parent in parents.items() if parent in found}


def is_set(content: Any, name: str, value: str) -> set[str]:
    """Styles in which a property has this value."""
    return _styles_where((content,), lambda properties: properties.get(name) == value)


def _hidden_styles(*trees: Any) -> set[str]:
    return _styles_where(trees, lambda properties: properties.get(f"{_TEXT}display") == "none")


def _broken_styles(*trees: Any) -> set[str]:
    fo = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}break-before"
    return _styles_where(trees, lambda properties: properties.get(fo) == "page")


def margins(styles: Any) -> list[str]:
    """What stands on every page or slide."""
    if styles is None:
        return []
    drawn = (shape for page in styles.iter(f"{_STYLE}master-page") for shape in page if _is_drawn(shape))
    return [words(node) for node in (*(one for one in styles.iter() if local(one) in _MARGINS), *drawn)]


def _declared(body: list[Any]) -> list[str]:
    """Heads and feet of slides, which are said once for all."""
    return [words(node) for part in body for node in part if local(node) in _DECLARED]


def _is_drawn(shape: Any) -> bool:
    """What stands on each slide. Of a placeholder there the slide has its own."""
    return str(shape.tag).startswith(_DRAW) and not shape.get(f"{_PRESENTATION}class")


READER = OdfReader()
