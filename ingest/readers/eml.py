"""A letter: who, to whom, when, about what; its text. What is attached becomes documents of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import PurePath
from typing import Any

from ingest.errors import Quarantined
from ingest.readers.base import Block, Member, RawText
from ingest.readers.kinds import EML
from ingest.readers.label_marks import of_headers
from ingest.readers.letter_texts import texts_of, whole
from ingest.readers.members import Members
from ingest.readers.outline import one_line
from ingest.readers.txt import READER as TXT_READER
from ingest.readers.txt import decode

_SHOWN = ("From", "To", "Cc", "Bcc", "Date", "Subject")
_MAX_HEADERS = 500
_LOCKED = (bytes.fromhex("2a864886f70d010703"), bytes.fromhex("2a864886f70d0109100117"))  # kinds of envelopes
_ARMOUR = re.compile(rb"\s*-----BEGIN PGP MESSAGE-----[^-]*-----END PGP MESSAGE-----\s*")
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
        _refuse_locked(message)
        letter = whole(message)
        body, flags = texts_of(letter, heading)
        attached = _attached(letter, len(data))
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


def _refuse_locked(message: EmailMessage) -> None:
    """Raise Quarantined(ENCRYPTED) for a letter of which all is locked but its head."""
    kind, payload = message.get_content_type(), message.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    smime = kind in ("application/pkcs7-mime", "application/x-pkcs7-mime")
    enveloped = smime and any(kind in data[:64] for kind in _LOCKED)
    if enveloped or kind == "multipart/encrypted" or (kind == "text/plain" and _ARMOUR.fullmatch(data)):
        raise Quarantined("ENCRYPTED")


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
    """One header on one line; one that cannot be understood is left out. Letters that it may not have, and has, are
    decoded like those of a text."""
    try:
        said = str(message.get(key, ""))
    except _NOT_UNDERSTOOD:
        return ""
    if "\ufffd" in said:
        written = next((value for name, value in message.raw_items() if name.lower() == key.lower()), "")
        said = decode(str(written).encode("utf-8", "surrogateescape"), "cp1252")
    return one_line(said)


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
        elif _is_attached(part):
            payload = part.get_payload(decode=True)
            name = _file_name(part) or "attached" + _SUFFIXES.get(part.get_content_type(), "")
            members.add(name, payload if isinstance(payload, bytes) else b"")
    return members.all()


def _is_attached(part: Any) -> bool:
    """What is no text of the letter, or has a name of its own."""
    maintype = part.get_content_maintype()
    return bool(_file_name(part)) or part.is_attachment() or maintype not in ("text", "multipart", "message")


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
