"""A letter: who, to whom, when, about what; its text, and the names of what is attached, which is not opened."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import PurePath

from ingest.errors import Quarantined
from ingest.readers.base import Block, RawText
from ingest.readers.html import read_html
from ingest.readers.identify import EML
from ingest.readers.outline import one_line, text_blocks
from ingest.readers.txt import decode

_SHOWN = ("From", "To", "Cc", "Date", "Subject")
_MARKED = ("sensitivity", "x-classification", "classification", "msip_labels", "x-msip-labels")
_MAX_PARTS = 1_000


class EmlReader:
    media_types = (EML,)

    def read(self, data: bytes, name: str) -> RawText:
        message = BytesParser(policy=policy.default).parsebytes(data)
        assert isinstance(message, EmailMessage)
        if not message.keys():
            raise Quarantined("DAMAGED")
        subject = _header(message, "Subject")
        head = "\n".join(f"{key}: {value}" for key in _SHOWN if (value := _header(message, key)))
        heading = (subject,) if subject else ()
        blocks = [Block(text=head, heading=heading), *_body(message, heading)]
        if attached := _attached(message):
            blocks.append(Block(text="Attached, not read: " + ", ".join(attached), heading=heading))
        return RawText(
            title=subject or PurePath(name).stem,
            media_type=EML,
            blocks=tuple(block for block in blocks if block.text),
            dated=_date(message),
            properties={key: value for key in _MARKED if (value := _header(message, key))},
        )


def _header(message: EmailMessage, key: str) -> str:
    """One header on one line; one that cannot be understood is left out."""
    try:
        return one_line(str(message.get(key, "")))
    except (ValueError, IndexError, LookupError, AttributeError, TypeError):
        return ""  # the standard parser's own ways of giving up on a broken header


def _body(message: EmailMessage, heading: tuple[str, ...]) -> list[Block]:
    """The plain text when there is one, else the HTML."""
    plain: list[str] = []
    rich: list[str] = []
    for part in _texts(message):
        payload = part.get_payload(decode=True)
        data = payload if isinstance(payload, bytes) else b""
        (rich if part.get_content_type() == "text/html" else plain).append(_text(data, part.get_content_charset()))
    if any(text.strip() for text in plain):
        return text_blocks(plain, 1, heading)
    return [
        Block(text=block.text, heading=(*heading, *block.heading), kind=block.kind, header=block.header)
        for text in rich
        for block in read_html(text, "").blocks
    ]


def _texts(message: EmailMessage) -> list[EmailMessage]:
    """Text parts that are the letter itself, nested letters left out."""
    found, waiting = [], [message]
    for _ in range(_MAX_PARTS):
        if not waiting:
            break
        part = waiting.pop(0)
        if part.get_content_type() == "message/rfc822" or part.get_filename() or part.is_attachment():
            continue
        if part.is_multipart():
            waiting[:0] = [child for child in part.iter_parts() if isinstance(child, EmailMessage)]
        elif part.get_content_maintype() == "text":
            found.append(part)
    return found


def _text(data: bytes, charset: str | None) -> str:
    try:
        return data.decode(charset or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return decode(data)


def _attached(message: EmailMessage) -> list[str]:
    """Names alone: a path in a name is somebody else's folder."""
    names = []
    for count, part in enumerate(message.walk()):
        if count >= _MAX_PARTS:
            break
        if part is not message and (part.get_filename() or part.get_content_type() == "message/rfc822"):
            named = one_line(part.get_filename() or "a letter")
            names.append(named.replace("\\", "/").rsplit("/", 1)[-1][:120])
    return [name for name in names if name]


def _date(message: EmailMessage) -> str:
    try:
        return parsedate_to_datetime(_header(message, "Date")).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""


READER = EmlReader()
