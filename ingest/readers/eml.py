"""A letter: who, to whom, when, about what; its text. What is attached becomes documents of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import PurePath
from typing import Any

from ingest.readers.base import Block, Flag, Member, RawText
from ingest.readers.html import read_html
from ingest.readers.kinds import EML
from ingest.readers.label_marks import of_headers
from ingest.readers.members import Members
from ingest.readers.outline import one_line, text_blocks
from ingest.readers.txt import READER as TXT_READER
from ingest.readers.txt import decode

_SHOWN = ("From", "To", "Cc", "Date", "Subject")
_MAX_PARTS, _MAX_HEADERS = 1_000, 500
# The standard parser's own ways of giving up on a broken header.
_NOT_UNDERSTOOD = (ValueError, IndexError, LookupError, AttributeError, TypeError)
_SUFFIXES = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg", "text/calendar": ".ics"}


class EmlReader:
    media_types = (EML,)

    def read(self, data: bytes, name: str) -> RawText:
        message = BytesParser(policy=policy.default).parsebytes(data)
        assert isinstance(message, EmailMessage)
        if not message.keys():
            return TXT_READER.read(data, name)  # a letter by its name alone
        subject = _header(message, "Subject")
        head = "\n".join(f"{key}: {value}" for key in _SHOWN if (value := _header(message, key)))
        heading = (subject,) if subject else ()
        body, flags = _body(message, heading)
        attached = _attached(message, len(data))
        blocks = [Block(text=head, heading=heading), *body]
        if attached:
            blocks.append(Block(text="Attached: " + ", ".join(member.name for member in attached), heading=heading))
        return RawText(
            title=subject or PurePath(name).stem,
            media_type=EML,
            blocks=tuple(block for block in blocks if block.text),
            dated=_date(message),
            properties=_properties(message),
            members=attached,
            flags=flags,
        )


def _properties(message: EmailMessage) -> dict[str, str]:
    """Who wrote it, and what marks it."""
    sender = _header(message, "From")
    marks = of_headers(_stated(message))
    return marks | ({"from": sender} if sender else {})


def _stated(message: EmailMessage) -> Iterator[tuple[str, str]]:
    """The headers, each on one line; what cannot be understood is left out."""
    for key in list(dict.fromkeys(message.keys()))[:_MAX_HEADERS]:
        try:
            yield from [(key, one_line(str(value))) for value in message.get_all(key, [])]
        except _NOT_UNDERSTOOD:
            continue


def _header(message: EmailMessage, key: str) -> str:
    """One header on one line; one that cannot be understood is left out."""
    try:
        return one_line(str(message.get(key, "")))
    except _NOT_UNDERSTOOD:
        return ""


def _body(message: EmailMessage, heading: tuple[str, ...]) -> tuple[list[Block], tuple[Flag, ...]]:
    """The letter's texts in their order, and what is to be known of those in HTML."""
    blocks: list[Block] = []
    flags: dict[Flag, None] = {}
    for part in _texts(message):
        if part.get_content_type() == "text/html":
            page = read_html(_said(part), "")
            blocks += [replace(block, heading=(*heading, *block.heading)) for block in page.blocks]
            flags |= dict.fromkeys(page.flags)
        else:
            blocks += text_blocks([_said(part)], 1, heading)
    return blocks, tuple(flags)


def _said(part: EmailMessage) -> str:
    payload = part.get_payload(decode=True)
    return _text(payload if isinstance(payload, bytes) else b"", part.get_content_charset())


def _texts(message: EmailMessage) -> list[EmailMessage]:
    """Text parts that are the letter itself, nested letters left out; of two ways to say the same the plain one."""
    found, waiting = [], [message]
    for _ in range(_MAX_PARTS):
        if not waiting:
            break
        part = waiting.pop(0)
        if part.get_content_type() == "message/rfc822" or part.get_filename() or part.is_attachment():
            continue
        if part.is_multipart():
            children = [child for child in part.iter_parts() if isinstance(child, EmailMessage)]
            waiting[:0] = _plainest(children) if part.get_content_type() == "multipart/alternative" else children
        elif part.get_content_maintype() == "text":
            found.append(part)
    return found


def _plainest(parts: list[EmailMessage]) -> list[EmailMessage]:
    if any(part.get_content_type() == "text/plain" and _said(part).strip() for part in parts):
        return [part for part in parts if part.get_content_type() not in ("text/html", "multipart/related")]
    return parts


def _text(data: bytes, charset: str | None) -> str:
    try:
        return data.decode(charset or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return decode(data)


def _attached(message: EmailMessage, packed: int) -> tuple[Member, ...]:
    """What hangs on the letter itself; what hangs on a letter inside it is found when that one is read."""
    members = Members(packed)
    waiting: list[Any] = [message]
    while waiting:
        part = waiting.pop(0)
        if part.get_content_type() == "message/rfc822" and part is not message:
            members.add(*_letter_inside(part))
        elif part.is_multipart():
            waiting[:0] = [child for child in part.get_payload() if isinstance(child, Message)]
        elif part is not message and _is_attached(part):
            payload = part.get_payload(decode=True)
            name = _file_name(part) or "attached" + _SUFFIXES.get(part.get_content_type(), "")
            members.add(name, payload if isinstance(payload, bytes) else b"")
    return members.all()


def _is_attached(part: Any) -> bool:
    """What is no text of the letter, or has a name of its own."""
    return bool(_file_name(part)) or part.is_attachment() or part.get_content_maintype() not in ("text", "multipart")


def _letter_inside(part: Any) -> tuple[str, bytes, str]:
    inner = part.get_payload()
    letter = inner[0] if isinstance(inner, list) and inner else None
    named = _file_name(part) or "letter.eml"
    try:
        data = letter.as_bytes(policy=policy.compat32.clone(linesep="\r\n")) if letter is not None else b""
    except Exception:  # noqa: BLE001 - the standard generator on headers that it parsed itself, in many ways
        return named, b"", "DAMAGED"
    return named if named.lower().endswith(".eml") else f"{named}.eml", data, ""


def _file_name(part: Any) -> str:
    """The last part of the name: a path in it is somebody else's folder."""
    try:
        named = one_line(part.get_filename() or "")
    except (ValueError, IndexError, LookupError, AttributeError, TypeError):
        return ""
    return named.replace("\\", "/").rsplit("/", 1)[-1]


def _date(message: EmailMessage) -> str:
    try:
        return parsedate_to_datetime(_header(message, "Date")).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""


READER = EmlReader()
