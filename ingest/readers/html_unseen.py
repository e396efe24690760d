"""What no reader of an HTML page sees, taken out of its tree before anything is read: hidden by attribute, by own
style, by a rule of the page's style sheet; what runs; what is shown only when something else cannot be."""

from __future__ import annotations

import re
from typing import Any

_DROPPED = "script,style,template,noscript,iframe,object,embed,canvas,audio,video,datalist,annotation-xml"
_SILENT = frozenset({*_DROPPED.split(","), "html", "body", "svg", "math", "button", "select", "textarea"})
_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0(?:\.0+)?\s*(?:;|!|$)"
    r"|font-size\s*:\s*(?:0(?:\.\d+)?|1(?=px))(?:px|pt|em|rem|%)?\s*(?:;|!|$)|(?<![\w-])color\s*:\s*transparent"
    r"|(?:left|top|text-indent|margin-left)\s*:\s*-(?:9\d\d|\d{4,})|clip\s*:\s*rect\(0|clip-path\s*:\s*inset\((?:50|100)%",
    re.I,
)
_COLOUR = re.compile(r"(?<![\w-])(color|background(?:-color)?)\s*:\s*([#\w]+)", re.I)
_NAMED = {"white": "#ffffff", "black": "#000000"}
_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_AT_RULE = re.compile(r"@([\w-]+)([^{};]*)(?:;|\{((?:[^{}]*\{[^{}]*\})*[^{}]*)\})")
_ON_SCREEN = ("", "screen", "all", "only screen")
_RULE = re.compile(r"(?<![^{}])([^{}]+)\{([^{}]*)\}")
_SIMPLE_SELECTOR = re.compile(r"^[\w\-.#*\[\]=\"' >+~]{1,100}$")


def remove_unseen(tree: Any) -> bool:
    """Whether there were words in it that somebody hid."""
    selectors = ["[hidden]", "[aria-hidden=true]", "input[type=hidden]"]
    for sheet in tree.css("style"):
        for rule in _RULE.finditer(_AT_RULE.sub(_on_screen, _COMMENT.sub("", sheet.text()))):
            if _hides(rule.group(2)):
                selectors += [part.strip() for part in rule.group(1).split(",") if _SIMPLE_SELECTOR.match(part.strip())]
    doomed = [node for node in tree.css("[style]") if _hides(node.attributes.get("style") or "")]
    for selector in selectors:
        try:
            doomed += tree.css(selector)
        except ValueError:
            continue  # a selector that the parser does not know cannot be followed
    hidden = any(node.tag not in _SILENT and node.text().strip() for node in doomed)
    for node in [*doomed, *tree.css(f"{_DROPPED},svg defs,svg metadata,svg desc")]:
        if node.tag not in ("html", "body"):
            node.decompose(recursive=True)
    return hidden


def _on_screen(rule: re.Match[str]) -> str:
    """The rules inside one whose condition always holds; what is for paper or small screens hides nothing here."""
    name, condition, inside = rule.groups()
    always = name.lower() == "media" and condition.strip().lower() in _ON_SCREEN
    return inside or "" if always or name.lower() in ("supports", "layer") else ""


def _hides(style: str) -> bool:
    if _HIDDEN_STYLE.search(style):
        return True
    colours = {name.lower()[:5]: _plain(value) for name, value in _COLOUR.findall(style)}
    return "color" in colours and colours["color"] == colours.get("backg")


def _plain(colour: str) -> str:
    colour = _NAMED.get(colour.lower(), colour.lower())
    return "#" + "".join(digit * 2 for digit in colour[1:]) if len(colour) == 4 and colour[0] == "#" else colour
