"""What encodings hold: each is looked for by its shape, and read when text comes out of it.

A decoder takes a text and gives the edits that would take the encoding off. It does not say what the text means:
that is for the detectors.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby

from policies.views.base import Edit, beside, edits_of
from policies.views.bases import base32, base58, base64_, base85, readable, rows_of_64, spaced
from policies.views.escapes import entities, escapes, percent, punycode, quoted
from policies.views.words import speaks

Decoder = Callable[[str], list[Edit]]

_HEX = re.compile(
    r"(?<![0-9A-Za-z])(?:0x|\\x|U\+|x|#|\$)?[0-9A-Fa-f]{2,6}(?:[\s:,;_-]{0,2}(?:0x|\\x|U\+|x|#|\$)?[0-9A-Fa-f]{2})*(?![0-9A-Za-z])"
)
_HEX_H = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2}[hH][\s,;]{1,2}){3,}[0-9A-Fa-f]{2}[hH](?![0-9A-Za-z])")
_NO_H = str.maketrans("", "", "hH")
_PARTED = re.compile("[:,;_-]")
_SHORT = 6  # signs of a byte or two, its prefix included
_HEX_PREFIX = re.compile(r"0x|\\x|U\+|x|#|\$")
_BINARY = re.compile(r"(?<![01])(?:[01]{7,8}[\s,;_-]{0,2}){3,}(?![01])")
_CODES = re.compile(r"(?<![\d.])\d{2,3}(?:[\s,;/|_-]{1,2}\d{2,3}){3,}(?![\d.])")
_CALLS = re.compile(r"(?i)(?:\b(?:n?char|chr|unichar)\s?\(\s?\d{2,3}\s?\)[\s.+&|,]{0,5}){3,}")
_GLUED_CODES = re.compile(r"(?<!\d)(?:0\d\d|1[01]\d|12[0-6]){5,}(?!\d)")


_NO_TEXT = {"Cc", "Cn", "Co"}


_DUMP = re.compile(
    r"(?m)(?<!\S)[0-9A-Fa-f]{4,8}:?[ \t]+((?:[0-9A-Fa-f]{2}){1,2}(?: {1,2}(?:[0-9A-Fa-f]{2}){1,2}){0,15})(?=\s|$).*\n?"
)


def dump(text: str) -> list[Edit]:
    """Rows of a dump: where the bytes stand, the bytes, and what of them can be printed."""
    rows = list(_DUMP.finditer(text))
    said = readable(bytes.fromhex("".join(row[1] for row in rows)))
    if said is None:
        return []
    first, *others = rows
    return [(*first.span(), f" {said} "), *((*row.span(), "") for row in others)]


def hexadecimal(text: str) -> list[Edit]:
    def read(token: str) -> str | None:
        if len(token) < 8:
            return None
        digits = re.sub(r"[^0-9A-Fa-f]", "", _HEX_PREFIX.sub("", token))
        if "U+" in token:
            digits = "".join(part[-2:] for part in re.findall(r"[0-9A-Fa-f]{2,6}", token.replace("U+", " ")))
        if len(digits) < 8 or len(digits) % 2 or (digits.isdigit() and not speaks_digits(digits)):
            return None
        return spaced(readable(bytes.fromhex(digits)))

    with_h = edits_of(_HEX_H, text, lambda match: read(match.group().translate(_NO_H)))
    plain = edits_of(_HEX, text, lambda match: _whole_and_lines(match.group(), read) or _parts(match.group(), read))
    return beside(with_h, plain)


def _whole_and_lines(token: str, read: Callable[[str], str | None]) -> str | None:
    """All of it, and each line by itself: one text may go on over lines, or each may hold its own."""
    whole, lines = read(token), re.split(r"\n+", token)
    said = [read(line) for line in lines] if whole and len(lines) > 1 else []
    return f"{whole};{';'.join(new for new in said if new)}" if said and all(said) else whole


def _style(piece: str) -> tuple[bool, bool]:
    return len(piece) <= _SHORT, bool(_PARTED.search(piece))


def _parts(token: str, read: Callable[[str], str | None]) -> str | None:
    """Long and short pieces each by themselves: a number that stands beside them is no part of what they hold."""
    parts = [" ".join(pieces) for _, pieces in groupby(token.split(), key=_style)]
    said = [read(part) for part in parts] if len(parts) > 1 else []
    return " ".join(new or part for new, part in zip(said, parts, strict=True)) if any(said) else None


def speaks_digits(digits: str) -> bool:
    """Hexadecimal without letters: figures (`34303030`) or letters (`4d6172656b` has one): no ordinary number."""
    pairs = [digits[i : i + 2] for i in range(0, len(digits), 2)]
    return len(pairs) >= 6 and len(set(pairs)) > 2 and all("20" <= pair <= "79" for pair in pairs)


def binary(text: str) -> list[Edit]:
    def read(match: re.Match[str]) -> str | None:
        bits = re.sub(r"[^01]", "", match.group())
        for size in (8, 7):
            if len(bits) % size == 0:
                said = readable(bytes(int(bits[i : i + size], 2) for i in range(0, len(bits), size)))
                if said is not None:
                    return spaced(said)
        return None

    return edits_of(_BINARY, text, read)


def codes(text: str) -> list[Edit]:
    """Character codes in decimal or octal, parted or in threes."""

    def read(match: re.Match[str]) -> str | None:
        return _by_codes(re.findall(r"\d+", match.group()))

    def read_glued(match: re.Match[str]) -> str | None:
        token = match.group()
        return _by_codes([token[i : i + 3] for i in range(0, len(token) - len(token) % 3, 3)])

    def read_calls(match: re.Match[str]) -> str | None:
        return _by_codes(re.findall(r"\d+", match.group()))

    found = beside(edits_of(_CALLS, text, read_calls), edits_of(_CODES, text, read))
    return found or edits_of(_GLUED_CODES, text, read_glued)


def _by_codes(numbers: list[str]) -> str | None:
    readings = []
    for base in (10, 8):
        if base == 8 and any(char in "89" for number in numbers for char in number):
            continue
        values = [int(number, base) for number in numbers]
        if all(9 <= value < 127 for value in values) and (said := readable(bytes(values))):
            readings.append(said)
    spoken = [said for said in readings if speaks(said) or sum(map(str.isdigit, said)) * 2 > len(said)]
    return spaced(" ; ".join(spoken)) if spoken else None


# A decoder, and what at least one odd token of a text must look like to try it.
DECODERS: tuple[tuple[str, re.Pattern[str], Decoder], ...] = (
    ("percent", re.compile("%"), percent),
    ("entities", re.compile("&"), entities),
    ("escapes", re.compile(r"\\"), escapes),
    ("quoted-printable", re.compile("="), quoted),
    ("punycode", re.compile("(?i)xn--"), punycode),
    (
        "hex",
        re.compile(
            r"(?m)[0-9A-Fa-f]{8}|[0-9A-Fa-f]{2}[:,;_-](?:0x|\\x)?[0-9A-Fa-f]{2}[:,;_-]|^[0-9A-Fa-f]{2}h\W?$|^(?:0x|\\x|U\+|#|\$|x)?[0-9A-Fa-f]{2,6}\W?$"
        ),
        hexadecimal,
    ),
    ("hex", re.compile(r"(?m)^[0-9A-Fa-f]{4,8}:?$"), dump),
    ("binary", re.compile("[01]{7}"), binary),
    ("codes", re.compile(r"(?m)(?i:chr|char)\(|^\d{2,3}\W?$|\d{2,3}[,;/|_-]\d{2,3}[,;/|_-]|\d{15}"), codes),
    ("base64", re.compile(r"[A-Za-z0-9+/_-]{8}"), base64_),
    ("base64", re.compile(r"(?m)^[A-Za-z0-9+/_-]{4,}$"), rows_of_64),
    ("base32", re.compile("[A-Z2-7]{12}|[a-z2-7]{12}"), base32),
    ("base58", re.compile("[1-9A-HJ-NP-Za-km-z]{11}"), base58),
    ("base85", re.compile("[!-~]{10}"), base85),
)


_ONE_TOKEN = (base64_, base32, base58, base85)  # tried on the odd tokens first


def taken_off(text: str, odd: str) -> list[tuple[str, list[Edit]]]:
    """Each encoding that can be read, with the edits that take it off."""
    tried = [
        (name, decode)
        for name, hint, decode in DECODERS
        if hint.search(odd) and (decode not in _ONE_TOKEN or decode(odd))
    ]
    return [(name, edits) for name, decode in tried if (edits := decode(text))]
