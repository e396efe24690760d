"""Formulas of Office files as a line: what stands above, below and around something there is said by signs."""

from __future__ import annotations

from typing import Any

from lxml import etree

_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_BEFORE = {f"{_M}num": "", f"{_M}den": "/", f"{_M}sup": "^", f"{_M}sub": "_"}


def spell_out(root: Any) -> None:
    """Put the signs into the tree: (a+b)/c, x^2, √(y). Without them a half reads as twelve."""
    for node in list(root.iter(*_BEFORE)):
        long = len("".join(text.text or "" for text in node.iter(f"{_M}t"))) > 1
        _put(node, _BEFORE[node.tag] + "(" * long, ")" * long)
    for node in list(root.iter(f"{_M}rad")):
        if (inside := node.find(f"{_M}e")) is not None:
            _put(inside, "√(", ")")
    for node in list(root.iter(f"{_M}d")):
        if parts := node.findall(f"{_M}e"):
            _put(parts[0], _sign(node, "begChr", "("), "")
            for part in parts[1:]:
                _put(part, _sign(node, "sepChr", "|"), "")
            _put(parts[-1], "", _sign(node, "endChr", ")"))
    for node in list(root.iter(f"{_M}nary")):
        _run(node, 0, _sign(node, "chr", "∫"))


def _sign(node: Any, name: str, usual: str) -> str:
    found = node.find(f"{node.tag}Pr/{_M}{name}")
    return usual if found is None else found.get(f"{_M}val") or ""


def _put(node: Any, before: str, after: str) -> None:
    _run(node, 0, before)
    _run(node, len(node), after)


def _run(node: Any, place: int, text: str) -> None:
    if text:
        run = etree.Element(f"{_M}r")
        etree.SubElement(run, f"{_M}t").text = text
        node.insert(place, run)
