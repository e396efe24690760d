"""Bytes written as letters: base 64, 32, 58 and 85. Each is found by its shape, and read when text comes out of it."""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata

from policies.views.base import Edit, edits_of
from policies.views.words import speaks

_B64 = re.compile(
    r"(?<![A-Za-z0-9+/_-])(?=[A-Za-z/+_-]{0,400}(?:\d|(?<=[a-z/])[A-Z]|(?<=[A-Z])[A-Z][a-z]))[A-Za-z0-9+/_-]{8,}={0,2}(?![A-Za-z0-9+/_])"
)
_ROW = re.compile(r"(?<!\S)[A-Za-z0-9+/_-]{4,}={0,2}(?!\S)")
_ROWS = re.compile(
    r"(?<!\S)[A-Za-z0-9+/_-]{0,80}?(?:[a-z]\d|\d[a-z]|[a-z][A-Z])[A-Za-z0-9+/_-]{0,80}\s{1,3}[A-Za-z0-9+/_-]{2,80}={0,2}(?!\S)"
)
_B32 = re.compile(r"(?<![A-Za-z0-9])(?:[A-Z2-7]{12,}|[a-z2-7]{12,})={0,6}(?![A-Za-z0-9=])")
_B58 = re.compile(r"(?<![A-Za-z0-9+/_=-])[1-9A-HJ-NP-Za-km-z]{11,300}(?![A-Za-z0-9+/_=-])")
_B85 = re.compile(r"(?<!\S)(?:<~)?[!-~]{10,400}(?!\S)")


_NO_TEXT = {"Cc", "Cn", "Co"}


def readable(raw: bytes) -> str | None:
    """Bytes as text, when they are text: nearly all printed or hidden characters; letters and digits, if short."""
    if len(raw) > 5 and raw[1::2].count(0) * 3 > len(raw):
        raw = raw.decode("utf-16-le", "ignore").encode("utf-8", "ignore")
    elif len(raw) > 5 and raw[::2].count(0) * 3 > len(raw):
        raw = raw.decode("utf-16-be", "ignore").encode("utf-8", "ignore")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
        if sum(byte > 127 for byte in raw) * 10 > len(raw) or not speaks(text):
            return None
    bad = sum(unicodedata.category(char) in _NO_TEXT and char not in "\n\t\r" for char in text)
    if not text or bad * 20 > len(text):
        return None
    return text if len(text) >= 10 or sum(map(str.isalnum, text)) * 2 >= len(text) else None


def spaced(text: str | None) -> str | None:
    return None if text is None else f" {text} "


def read_64(token: str) -> str | None:
    """With or without its padding; and, if nothing comes of it, as if its first letters belonged to something else."""
    plain = re.sub(r"\s", "", token).rstrip("=").replace("-", "+").replace("_", "/")
    for skip in (0, 1, 2, 3) if len(plain) >= 16 else (0,):
        piece = plain[skip:]
        piece = piece[:-1] if len(piece) % 4 == 1 else piece
        try:
            raw = base64.b64decode(piece + "=" * (-len(piece) % 4))
        except binascii.Error:
            return None  # padding in the middle
        if (said := readable(raw)) is not None and (skip == 0 or speaks(said)):
            return said
    return None


_STRINGS = re.compile(rb"[ -~]{8,}")
_BLOB = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,}(?![A-Za-z0-9+/_-])")


def strings(text: str) -> list[Edit]:
    """What stands in words and figures among other bytes, such as those that begin a picture. The rest stays unread."""

    def read(match: re.Match[str]) -> str | None:
        found = [run.decode() for run in _STRINGS.findall(unpacked(match.group()))]
        found = [run for run in found if speaks(run) or sum(map(str.isdigit, run)) > 7]
        return spaced(" ; ".join(found) or None)

    return [] if len(text) < 16 else edits_of(_BLOB, text, read)


def unpacked(token: str) -> bytes:
    """The bytes of base64 in either alphabet, whatever they are."""
    plain = token.rstrip("=").replace("-", "+").replace("_", "/")
    plain = plain[:-1] if len(plain) % 4 == 1 else plain
    return base64.b64decode(plain + "=" * (-len(plain) % 4))


def base64_(text: str) -> list[Edit]:
    """Base64 in either alphabet; in rows or groups of four as well."""

    def read(match: re.Match[str]) -> str | None:
        token = match.group()
        if is_word(token):
            return None
        said = read_64(token)
        if said is None and token.count("/") > 0:
            parts = [part if is_word(part) or len(part) < 12 else read_64(part) or part for part in token.split("/")]
            said = "/".join(parts) if parts != token.split("/") else None
        if said is not None and len(token) < 12 and not (any(map(str.isdigit, said)) or speaks(said)):
            return None
        return spaced(said)

    return edits_of(_B64, text, read)


def is_word(token: str) -> bool:
    plain = token.replace("-", "").replace("_", "").replace("/", "")
    return plain.isdigit() or (
        plain.isalpha() and (plain.islower() or plain[1:].islower() or (plain.isupper() and len(plain) < 16))
    )


def rows_of_64(text: str) -> list[Edit]:
    """Base64 in rows, or in groups: pieces of one length with white space between, and a shorter one at the end."""
    first = _ROWS.search(text)
    if first is None:
        return []
    edits: list[Edit] = []
    rows: list[re.Match[str]] = []

    def close() -> None:
        if len(rows) > 1 and not all(is_word(row.group()) for row in rows):
            said = read_64("".join(row.group() for row in rows))
            if said is not None and speaks(said):
                edits.append((rows[0].start(), rows[-1].end(), f" {said} "))
        rows.clear()

    for match in _ROW.finditer(text, max(0, first.start() - 200)):
        if rows and (match.start() - rows[-1].end() > 3 or len(match.group()) > len(rows[-1].group())):
            close()
        if rows and len(rows[-1].group()) < len(rows[0].group()):
            close()
        rows.append(match)
    close()
    return edits


def base32(text: str) -> list[Edit]:
    def read(match: re.Match[str]) -> str | None:
        token = match.group().rstrip("=").upper()
        if token.isdigit():
            return None
        try:
            return spaced(readable(base64.b32decode(token + "=" * (-len(token) % 8))))
        except binascii.Error:
            return None

    return edits_of(_B32, text, read)


_ALPHABET58 = {char: n for n, char in enumerate("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")}


def base58(text: str) -> list[Edit]:
    def read(match: re.Match[str]) -> str | None:
        token = match.group()
        if is_word(token) or token.isdigit() or token.isupper() or token.islower():
            return None
        number = 0
        for char in token:
            number = number * 58 + _ALPHABET58[char]
        return spaced(readable(number.to_bytes((number.bit_length() + 7) // 8, "big")))

    return edits_of(_B58, text, read)


_Z85 = str.maketrans(
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#",
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~",
)
_ODD = re.compile(r"\d|[^\w\s]")


def base85(text: str) -> list[Edit]:
    """Ascii85, the alphabet of version control, and that of message queues."""

    def read(match: re.Match[str]) -> str | None:
        token = match.group()
        if not _ODD.search(token) or not re.search("[A-Za-z]", token) or token.isalpha() or "://" in token:
            return None
        bare = token.removeprefix("<~").removesuffix("~>")
        for decode, given in (
            (base64.a85decode, bare),
            (base64.b85decode, bare),
            (base64.b85decode, bare.translate(_Z85)),
        ):
            try:
                said = readable(decode(given))
            except ValueError:
                continue
            if (
                said is not None
                and len(said) >= 8
                and said.isprintable()
                and sum(map(str.isalnum, said)) * 2 >= len(said)
            ):
                return spaced(said)
        return None

    return edits_of(_B85, text, read)
