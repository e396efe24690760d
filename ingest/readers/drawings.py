"""What is drawn in an Office file: charts with their titles and numbers, diagrams, and what pictures show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ingest.readers.base import Block
from ingest.readers.number_formats import general, shown_by
from ingest.readers.office import Parts
from ingest.readers.outline import one_line, table_block, text_blocks
from ingest.readers.xmltree import local, words

_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
PARAGRAPH = f"{_A}p"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_JOINS = {"pres", "parTrans", "sibTrans"}  # of a diagram: how it is drawn, not what it says
_BY_PROGRAM = re.compile(
    r"\s*(?:description automatically generated|ai-generated content may be incorrect)\.?.*", re.I | re.S
)
_FILE = re.compile(r"\w+://\S+|\S+\.(?:png|jpe?g|gif|bmp|tiff?|emf|wmf|svg|webp|pict?)", re.I)
_PICTURE = "Picture: "
_MAX_POINTS, _MAX_SERIES = 10_000, 200
_Names = dict[str, str]  # where parts lie, by the ids under which one part refers to them


class Drawings:
    """What one part of the file, a slide or the body of a document, refers to."""

    def __init__(self, parts: Parts, part: str) -> None:
        self._parts = parts
        self._lies = {one.id: one.target for one in parts.related(part)}

    def blocks(self, item: Any, page: int, heading: tuple[str, ...]) -> list[Block]:
        """What is drawn in an element, in its order."""
        found: list[Block] = []
        for node in item.iter(_CHART, _DIAGRAM):
            stated = "id" if node.tag == _CHART else "dm"
            root = self._parts.tree(self._lies.get(node.get(f"{_RELATION}{stated}") or "", ""))
            if root is not None and node.tag == _CHART:
                found += text_blocks([chart_titles(root)], page, heading)
                found += table_block(_chart_rows(root), page, heading)
            elif root is not None:
                found += text_blocks(["\n".join(_points(root))], page, heading)
        return found + text_blocks(dict.fromkeys(_pictured(item)), page, heading)


def shows_words(block: Block) -> bool:
    """Whether a block has words of the document, not of somebody who described a picture in it."""
    return not block.text.startswith(_PICTURE) and bool(block.text.strip())


def chart_titles(root: Any) -> str:
    """What a chart is called, and its axes."""
    titles = (one_line(words(node)) for node in root.iter() if local(node) == "title")
    found = list(dict.fromkeys(filter(None, titles)))
    return f"Chart: {', '.join(found)}" if found else ""


def drawn_lines(paragraphs: Iterator[Any]) -> list[str]:
    """The words of drawn paragraphs, a line each."""
    said = (
        one_line(
            "".join(
                " " if local(node) == "br" else node.text or "" for node in one.iter(f"{_A}t", f"{_A}br", f"{_MATH}t")
            )
        )
        for one in paragraphs
    )
    return [line for line in said if line]


def _chart_rows(root: Any) -> list[list[str]]:
    """A column for each series, a row for each point; numbers as the chart shows them."""
    series = [node for node in root.iter() if local(node) == "ser"][:_MAX_SERIES]
    columns = [_cells(_child(one, "val", "yVal")) for one in series]
    labels: dict[int, str] = {}
    for one in series:
        labels = {**_cells(_child(one, "cat", "xVal")), **labels}
    names = [one_line(words(tx)) if (tx := _value(_child(one, "tx"))) is not None else "" for one in series]
    places = sorted({place for column in columns for place in column})[:_MAX_POINTS]
    rows = [[labels.get(place, ""), *(column.get(place, "") for column in columns)] for place in places]
    return [["", *names], *rows] if rows else []


def _child(node: Any, *names: str) -> Any:
    return next((one for one in node if local(one) in names), None)


def _value(node: Any) -> Any:
    return next((one for one in node.iter() if local(one) == "v"), None) if node is not None else None


def _cells(node: Any) -> dict[int, str]:
    """By place, what a series says; of labels on several levels the innermost."""
    found: dict[int, str] = {}
    code = ""
    for one in node.iter() if node is not None else ():
        if local(one) == "formatCode":
            code = one.text or ""
        elif local(one) == "pt" and (place := one.get("idx") or "").isdecimal() and len(place) < 8:
            found.setdefault(int(place), _number(words(one), one.get("formatCode") or code))
    return found


def _number(text: str, code: str) -> str:
    try:
        return (shown_by(code) or general)(float(text)) if code else one_line(text)
    except ValueError:
        return one_line(text)


def _points(root: Any) -> Iterator[str]:
    """What a diagram says, in the order in which it was written."""
    for node in root.iter():
        if local(node) == "pt" and node.get("type") not in _JOINS and (said := _child(node, "t")) is not None:
            yield " ".join(drawn_lines(said.iter(PARAGRAPH)))


def _pictured(item: Any) -> Iterator[str]:
    """What its author said of a picture. What a program said, or a file's name, is left out."""
    for node in item.iter("{*}docPr", "{*}cNvPr"):
        said = _BY_PROGRAM.sub("", node.get("descr") or "").strip()
        if said and not _FILE.fullmatch(said):
            yield _PICTURE + one_line(said)
