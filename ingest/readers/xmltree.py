"""XML that came from outside: no entity is resolved, nothing is fetched, nothing nests deeper than can be walked."""

from __future__ import annotations

from typing import Any

from lxml import etree

from ingest.errors import Quarantined


def parse(data: bytes) -> Any:
    """The root element. Raises Quarantined(DAMAGED) for what is no XML, or nests deeper than 256 levels."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Quarantined("DAMAGED") from error


def local(node: Any) -> str:
    """The element's name without its namespace; nothing for a comment, an instruction or an entity."""
    return str(node.tag).rpartition("}")[2] if isinstance(node.tag, str) else ""


def words(node: Any) -> str:
    """All text in the element; what an entity stands for is not known here and left out."""
    parts: list[str] = []
    for inner in node.iter():
        parts.append((inner.text or "") if local(inner) else "")
        parts.append((inner.tail or "") if inner is not node else "")
    return "".join(parts)
