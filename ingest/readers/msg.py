"""A letter of Outlook: who, to whom, when, about what; its text. What is attached becomes documents of its own.

A letter inside a letter has no file of its own; it is written down as a plain one, the same way each time.
"""

from __future__ import annotations

import re
import struct
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import PurePath
from typing import Any

from ingest.readers import compound
from ingest.readers.base import Block, Flag, RawText
from ingest.readers.html import decode_page, read_html
from ingest.readers.kinds import MSG
from ingest.readers.label_marks import of_headers
from ingest.readers.members import Members
from ingest.readers.msg_rtf import decompressed
from ingest.readers.outline import clean, one_line, text_blocks
from ingest.readers.rtf import READER as RTF_READER
from ingest.readers.txt import decode

_LIMIT = 64 * 1024 * 1024
_MAX_ATTACHED, _MAX_DEPTH = 1_000, 4
_SUBJECT, _BODY, _HTML, _RTF, _HEADERS = "0037", "1000", "1013", "1009", "007D"
_SENDER, _SENDER_ADDRESS, _TO, _CC = "0C1A", "0C1F", "0E04", "0E03"
_ATTACHED, _LONG_NAME, _NAME, _SHOWN_NAME = "3701", "3707", "3704", "3001"
_SENT, _DELIVERED, _CREATED = 0x00390040, 0x0E060040, 0x30070040
_SENSITIVITY = {1: "personal", 2: "private", 3: "company-confidential"}
_CODEPAGE, _PAGE_OF_HTML, _SENSITIVITY_TAG = 0x3FFD0003, 0x3FDE0003, 0x00360003
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_FOLDED = re.compile(r"\r?\n[ \t]+")


class MsgReader:
    media_types = (MSG,)

    def read(self, data: bytes, name: str) -> RawText:
        with compound.opened(data) as box:
            letter = _Letter(box, ())
            subject = letter.text(_SUBJECT)
            heading = (one_line(subject),) if subject.strip() else ()
            body, flags = letter.body(heading)
            members = Members(len(data))
            letter.attach(members)
            attached = members.all()
            blocks = [Block(text=letter.head(), heading=heading), *body]
            if attached:
                blocks.append(Block(text="Attached: " + ", ".join(one.name for one in attached), heading=heading))
            return RawText(
                title=one_line(subject) or PurePath(name).stem,
                media_type=MSG,
                blocks=tuple(block for block in blocks if block.text),
                dated=letter.date()[:10],
                properties=letter.properties(),
                members=attached,
                flags=flags,
            )


class _Letter:
    """One letter in the box, or one inside another, under `path`."""

    def __init__(self, box: Any, path: tuple[str, ...]) -> None:
        self._box, self._path = box, path
        self._numbers = self._fixed()
        page = self._numbers.get(_CODEPAGE, 1252)
        self._codepage = compound.charset(page)

    def text(self, tag: str, *below: str) -> str:
        """A property as text, whichever way it is kept."""
        if found := compound.stream(self._box, *self._path, *below, f"__substg1.0_{tag}001F", limit=_LIMIT):
            return found.decode("utf-16-le", "replace").rstrip("\0")
        found = compound.stream(self._box, *self._path, *below, f"__substg1.0_{tag}001E", limit=_LIMIT)
        try:
            return found.decode(self._codepage).rstrip("\0")
        except (LookupError, UnicodeDecodeError):
            return decode(found).rstrip("\0") if found else ""

    def head(self) -> str:
        """The lines above the letter."""
        address = self.text(_SENDER_ADDRESS)
        sender = self.text(_SENDER)
        if "@" in address and address != sender:
            sender = f"{sender} <{address}>".strip()
        shown = (("From", sender), ("To", self.text(_TO)), ("Cc", self.text(_CC)), ("Date", self.date()))
        lines = (*shown, ("Subject", self.text(_SUBJECT)))
        return "\n".join(f"{name}: {one_line(value)}" for name, value in lines if value.strip())

    def body(self, heading: tuple[str, ...]) -> tuple[list[Block], tuple[Flag, ...]]:
        plain = self.text(_BODY)
        if plain.strip():
            return letter_text(plain, "", b"", heading)
        told = compound.charset(self._numbers.get(_PAGE_OF_HTML, 0))
        html = decode_page(page, told) if (page := self._bytes(_HTML)) else self.text(_HTML)
        return letter_text("", html, b"" if html else self._bytes(_RTF), heading)

    def _bytes(self, tag: str) -> bytes:
        return compound.stream(self._box, *self._path, f"__substg1.0_{tag}0102", limit=_LIMIT)

    def date(self) -> str:
        """When it was sent, else delivered, else written."""
        for tag in (_SENT, _DELIVERED, _CREATED):
            if stamp := self._numbers.get(tag):
                try:
                    return (_EPOCH + timedelta(microseconds=stamp // 10)).isoformat(sep=" ", timespec="minutes")
                except OverflowError:
                    continue
        return ""

    def properties(self) -> dict[str, str]:
        """Marks of sensitivity, from the letter and from the headers it came with."""
        found = {"from": one_line(self.text(_SENDER))}
        lines = _FOLDED.sub(" ", self.text(_HEADERS)).splitlines()[:500]
        found |= of_headers((key, value) for key, _, value in (line.partition(":") for line in lines))
        if stated := _SENSITIVITY.get(self._numbers.get(_SENSITIVITY_TAG, 0)):
            found.setdefault("sensitivity", stated)
        return {key: value for key, value in found.items() if value}

    def attach(self, members: Members, depth: int = 0) -> None:
        """Everything that hangs on it."""
        for folder in self._folders("__attach_version1.0_")[:_MAX_ATTACHED]:
            name = next((text for tag in (_LONG_NAME, _NAME, _SHOWN_NAME) if (text := self.text(tag, folder))), "")
            inside = (*self._path, folder, f"__substg1.0_{_ATTACHED}000D")
            data = compound.stream(self._box, *self._path, folder, f"__substg1.0_{_ATTACHED}0102", limit=_LIMIT)
            if data:
                members.add(name or "attached", data)
            elif self._box.exists([*inside, "__properties_version1.0"]) and depth < _MAX_DEPTH:
                letter = _Letter(self._box, inside)
                members.add(f"{one_line(letter.text(_SUBJECT))[:80] or 'letter'}.eml", letter.as_eml(depth))
            else:
                members.add(name or "attached", problem="UNSUPPORTED")

    def as_eml(self, depth: int) -> bytes:
        """The same letter as a plain one."""
        message = EmailMessage(policy=SMTP)
        for line in self.head().split("\n"):
            key, _, value = line.partition(": ")
            message[key] = value.encode("utf-8", "replace").decode()[:900] if key != "Date" else _mail_date(value)
        for key, value in self.properties().items():
            if key != "from":  # what marks it
                message[key] = value.encode("utf-8", "replace").decode()
        body, _ = self.body(())
        message.set_content("\n\n".join(block.text for block in body).encode("utf-8", "replace").decode())
        inner = Members(_LIMIT)
        self.attach(inner, depth + 1)
        for one in inner.all():
            message.add_attachment(one.data, maintype="application", subtype="octet-stream", filename=one.name)
        if message.is_multipart():
            message.set_boundary("part-of-a-letter")  # the same each time: the same letter is the same document
        return message.as_bytes()

    def _fixed(self) -> dict[int, int]:
        """Numbers and dates, which stand in one stream behind a head whose length depends on the place."""
        data = compound.stream(self._box, *self._path, "__properties_version1.0", limit=1024 * 1024)
        start = 24 if self._path else 32
        entries = (struct.unpack_from("<IIQ", data, place) for place in range(start, len(data) - 15, 16))
        return {tag: value if tag & 0xFFFF == 0x40 else value & 0xFFFFFFFF for tag, _, value in entries}

    def _folders(self, prefix: str) -> list[str]:
        depth = len(self._path)
        paths = (path for path in self._box.listdir(streams=True, storages=True) if len(path) > depth)
        names = {path[depth] for path in paths if tuple(path[:depth]) == self._path and path[depth].startswith(prefix)}
        return sorted(names)


def letter_text(plain: str, html: str, rich: bytes, heading: tuple[str, ...]) -> tuple[list[Block], tuple[Flag, ...]]:
    """A letter's plain text; else its HTML; else what its packed RTF says."""
    if text := clean(plain):
        return text_blocks([text], 1, heading), ()
    if html:
        page = read_html(html, "")
    elif unpacked := decompressed(rich):
        page = RTF_READER.read(unpacked, "")
    else:
        return [], ()
    return text_blocks([block.text for block in page.blocks], 1, heading), page.flags


def _mail_date(stated: str) -> str:
    return datetime.fromisoformat(stated).strftime("%a, %d %b %Y %H:%M:%S %z")


READER = MsgReader()
