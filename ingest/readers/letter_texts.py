"""The texts of a letter: which of its parts are the letter itself, and what each says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from ingest.readers.base import Block, Flag
from ingest.readers.cards import read_cards
from ingest.readers.html import decode_page, read_html
from ingest.readers.outline import text_blocks
from ingest.readers.txt import decode

MAX_PARTS = 1_000
_CARDS = ("text/calendar", "text/vcard", "text/x-vcard", "text/directory")
_REPORTS = ("message/delivery-status", "message/disposition-notification", "message/feedback-report")
_WORD = re.compile(r"\w{2,}")
_FEW, _SHARE = 1, 0.2  # words that one of two ways to say the same may lack
_BORDER = re.compile(rb"^--([^\s-][^\r\n]{0,69})\r?\nContent-", re.M | re.I)
_BARE_BORDER = re.compile(rb"^--\S*\r?$", re.M)
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010701")  # the type of what was signed: plain data
_OCTETS, _PIECES = 0x04, 0x24


def texts_of(message: EmailMessage, heading: tuple[str, ...]) -> tuple[list[Block], tuple[Flag, ...]]:
    """In their order, and what is to be known of those in HTML."""
    blocks: list[Block] = []
    flags: dict[Flag, None] = {}
    for part in _parts(message):
        kind = part.get_content_type()
        if kind in _REPORTS:
            blocks += text_blocks([_report(part)], 1, heading)
        elif kind == "text/html" or kind in _CARDS:
            page = read_html(_said(part), "") if kind == "text/html" else read_cards(_said(part), "")
            blocks += [replace(block, heading=(*heading, *block.heading)) for block in page.blocks]
            flags |= dict.fromkeys(page.flags)
        else:
            blocks += text_blocks([_said(part)], 1, heading)
    return blocks, tuple(flags)


def whole(message: EmailMessage) -> EmailMessage:
    """The letter; what it was signed as, where that is packed with its signature; with the border that its parts have,
    where its head names another."""
    payload = message.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    if message.get_content_type() in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
        signed = _signed(data)
        return _parsed(signed) if signed else message
    if message.get_content_maintype() == "multipart" and not message.is_multipart():
        border = _BORDER.search(data)
        if border is None:
            return _parsed(b"Content-Type: text/plain\r\n\r\n" + _BARE_BORDER.sub(b"", data))
        return _parsed(b'Content-Type: multipart/mixed; boundary="' + border[1] + b'"\r\n\r\n' + data)
    return message


def _parsed(data: bytes) -> EmailMessage:
    message = BytesParser(policy=policy.default).parsebytes(data)
    assert isinstance(message, EmailMessage)
    return message


def _signed(data: bytes) -> bytes:
    """What is packed with its signature: pieces of octets behind the name of their type. Nothing where it is locked."""
    place = data.find(_SIGNED_DATA)
    place = data.find(b"\xa0", place + len(_SIGNED_DATA), place + len(_SIGNED_DATA) + 2) if place >= 0 else -1
    if place < 0:
        return b""
    place, _ = _length(data, place + 1)
    found = bytearray()
    while place + 1 < len(data) and data[place] in (_OCTETS, _PIECES):
        packed, (place, size) = data[place] == _PIECES, _length(data, place + 1)
        if not packed:
            found += data[place : place + size]
            place += size
    return bytes(found)


def _length(data: bytes, place: int) -> tuple[int, int]:
    """Where what is announced begins, and its length; 0 where that is not told beforehand."""
    first = data[place] if place < len(data) else 0
    if first < 0x80:
        return place + 1, first
    more = first & 0x7F
    return place + 1 + more, int.from_bytes(data[place + 1 : place + 1 + more], "big")


def _parts(message: EmailMessage) -> list[EmailMessage]:
    """Text parts that are the letter itself, nested letters left out; of two ways to say the same one."""
    found, waiting = [], [message]
    for _ in range(MAX_PARTS):
        if not waiting:
            break
        part = waiting.pop(0)
        kind = part.get_content_type()
        if kind == "message/rfc822" or part.get_filename() or part.is_attachment():
            continue
        if kind in _REPORTS:
            found.append(part)
        elif part.is_multipart():
            children = [child for child in part.iter_parts() if isinstance(child, EmailMessage)]
            waiting[:0] = _chosen(children) if kind == "multipart/alternative" else children
        elif part.get_content_maintype() == "text":
            found.append(part)
    return found


def _chosen(parts: list[EmailMessage]) -> list[EmailMessage]:
    """The plain way to say it where it says all that the rich one does, else the rich one where it does, else both:
    what is sent as the plain one is often no more than a request to look at the other."""
    plain = [part for part in parts if part.get_content_type() == "text/plain"]
    rich = [part for part in parts if part.get_content_type() in ("text/html", "multipart/related")]
    in_plain = _words(" ".join(map(_said, plain)))
    pages = [one for part in rich for one in part.walk() if one.get_content_type() == "text/html"]
    in_rich = _words(" ".join(block.text for one in pages for block in read_html(_said(one), "").blocks))
    if in_plain and _has(in_plain, in_rich):
        return [part for part in parts if part not in rich]
    return [part for part in parts if part not in plain] if _has(in_rich, in_plain) else parts


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))


def _has(words: set[str], others: set[str]) -> bool:
    """Nearly all of the others, and every figure."""
    lacking = others - words
    return len(lacking) <= _FEW + _SHARE * len(others) and not any(map(str.isdecimal, lacking))


def _said(part: Any) -> str:
    payload = part.get_payload(decode=True)
    data, charset = payload if isinstance(payload, bytes) else b"", part.get_content_charset() or ""
    if not charset and part.get_content_type() == "text/html":
        return decode_page(data)
    text = decode(data, charset)
    if part.get_param("format") == "flowed":
        return "\n".join(_flowed(text, part.get_param("delsp") == "yes"))
    return text


def _flowed(text: str, joined: bool) -> Iterator[str]:
    """Lines that end with a space go on in the next one that is quoted as deep."""
    gathered, depth, open_line = "", 0, False
    for line in text.splitlines():
        words = line.lstrip(">")
        here = len(line) - len(words)
        words = words.removeprefix(" ")
        if open_line and here == depth and words != "-- ":
            gathered += words
        else:
            yield gathered
            gathered, depth = ">" * here + " " * bool(here) + words, here
        open_line = words.endswith(" ") and words != "-- "
        gathered = gathered[:-1] if open_line and joined else gathered
    yield gathered


def _report(part: Any) -> str:
    """What became of a letter: a group of headers for each whom it went to."""
    payload = part.get_payload()
    groups = payload if isinstance(payload, list) else []
    said = ["\n".join(f"{key}: {value}" for key, value in group.items()) for group in groups[:MAX_PARTS]]
    return "\n\n".join(filter(None, said)) or str(payload)
