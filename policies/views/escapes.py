"""Characters written by their codes: in addresses, pages, source code and mail."""

from __future__ import annotations

import html
import quopri
import re
import unicodedata

from policies.views.base import Edit, beside, edits_of
from policies.views.bases import read_64

_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+|(?:%u[0-9A-Fa-f]{4})+")
_ENTITY = re.compile(r"(?:&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});?)+")
_ESCAPE = re.compile(
    r"(?:\\u[0-9A-Fa-f]{4}|\\u\{[0-9A-Fa-f]{1,6}\}|\\U[0-9A-Fa-f]{8}|\\x[0-9A-Fa-f]{2}|\\[0-9A-Fa-f]{6} ?"
    r"|\\[0-3]?[0-7]{2}|\\N\{[A-Z0-9 \-]{2,60}\})+"
)
_ONE_ESCAPE = re.compile(
    r"\\u\{?([0-9A-Fa-f]{1,6})\}?|\\U([0-9A-Fa-f]{8})|\\x([0-9A-Fa-f]{2})|\\N\{([^}]+)\}"
    r"|\\([0-9A-Fa-f]{6}) ?|\\([0-7]{2,3})"
)
_CSS = re.compile(r"(?:\\[0-9A-Fa-f]{1,6} ){4,}(?:\\[0-9A-Fa-f]{1,6})?")  # of any length, a space behind each
_QUOTED = re.compile(r"(?:=[0-9A-F]{2})+|=\n")
_MIME = re.compile(r"=\?[\w-]{2,20}\?([BbQq])\?([^?\s]{1,400})\?=")
_PUNY = re.compile(r"(?i)(?<![\w-])xn--[a-z0-9-]{2,60}")


def percent(text: str) -> list[Edit]:
    def read(match: re.Match[str]) -> str:
        code = match.group()
        if code[1] == "u":
            return "".join(chr(int(part, 16)) for part in code.split("%u")[1:])
        return bytes.fromhex(code.replace("%", "")).decode("utf-8", "replace")

    return edits_of(_PERCENT, text, read)


def entities(text: str) -> list[Edit]:
    return edits_of(_ENTITY, text, lambda match: html.unescape(match.group()))


def escapes(text: str) -> list[Edit]:
    css = edits_of(_CSS, text, lambda m: "".join(_char(code) for code in re.findall(r"[0-9A-Fa-f]+", m.group())))
    return beside(css, edits_of(_ESCAPE, text, lambda match: _paired(_ONE_ESCAPE.sub(_escaped, match.group()))))


def _char(code: str) -> str:
    return chr(min(int(code, 16), 0x10FFFF))


def _escaped(match: re.Match[str]) -> str:
    short, long, byte, name, css, octal = match.groups()
    if name:
        try:
            return unicodedata.lookup(name)
        except KeyError:
            return match.group()
    code = int(octal, 8) if octal else int(short or long or byte or css, 16)
    return chr(min(code, 0x10FFFF))


def _paired(text: str) -> str:
    """Bytes that were escaped one by one are UTF-8; halves of a pair are one character."""
    if any(char > "\x7f" for char in text) and all(char <= "\xff" for char in text):
        try:
            return text.encode("latin-1").decode("utf-8")
        except UnicodeDecodeError:
            return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def quoted(text: str) -> list[Edit]:
    """Quoted-printable, and words of a mail header."""
    header = edits_of(_MIME, text, _mime)
    codes = _QUOTED.findall(text) if not header else []
    if sum(map(len, codes)) < 6:
        return header
    return edits_of(
        _QUOTED, text, lambda match: bytes.fromhex(match.group().strip().replace("=", "")).decode("utf-8", "replace")
    )


def _mime(match: re.Match[str]) -> str | None:
    how, content = match.group(1).lower(), match.group(2)
    if how == "q":
        return quopri.decodestring(content.encode(), header=True).decode("utf-8", "replace")
    return read_64(content)


def punycode(text: str) -> list[Edit]:
    def read(match: re.Match[str]) -> str | None:
        try:
            return match.group()[4:].encode().decode("punycode")
        except UnicodeError:
            return None

    return edits_of(_PUNY, text, read)
