"""winmail.dat: how Outlook wraps its letters for programs that it takes for Outlook. Its text, and what hangs on it.

The wrapping is a row of attributes; two of them hold lists of the same properties that a letter of Outlook has.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePath

from ingest.errors import Quarantined
from ingest.readers.base import Block, RawText
from ingest.readers.html import decode_page
from ingest.readers.kinds import TNEF
from ingest.readers.members import Members
from ingest.readers.msg import letter_text
from ingest.readers.outline import one_line

SIGNATURE = b"\x78\x9f\x3e\x22"
_SUBJECT, _BODY, _PROPERTIES, _CODEPAGE = 0x8004, 0x800C, 0x9003, 0x9007
_BEGINS, _TITLE, _DATA, _ABOUT = 0x9002, 0x8010, 0x800F, 0x9005
_P_SUBJECT, _P_BODY, _P_HTML, _P_RTF, _P_NAME, _P_OBJECT = 0x0037, 0x1000, 0x1013, 0x1009, 0x3707, 0x3701
_SIZES = {2: 4, 3: 4, 4: 4, 10: 4, 11: 4, 5: 8, 6: 8, 7: 8, 20: 8, 64: 8, 72: 16}
_LONG = (0x1E, 0x1F, 0x0D, 0x102)  # two kinds of text, an object, bytes: their length stands before them
_NAMED, _MANY, _INTERFACE = 0x8000, 0x1000, 16
_MAX_PROPERTIES, _MAX_ATTACHED = 10_000, 1_000


@dataclass(slots=True)
class _Attached:
    name: str = ""
    data: bytes = b""


@dataclass(slots=True)
class _Letter:
    subject: str = ""
    plain: str = ""
    html: str = ""
    rich: bytes = b""
    codepage: str = "cp1252"
    attached: list[_Attached] = field(default_factory=list)

    def take(self, kind: int, data: bytes) -> None:
        """One attribute of the file."""
        if kind == _CODEPAGE and len(data) >= 4:
            self.codepage = f"cp{struct.unpack_from('<I', data)[0]}"
        elif kind == _SUBJECT:
            self.subject = self.subject or self._text(0x1E, data)
        elif kind == _BODY:
            self.plain = self.plain or self._text(0x1E, data)
        elif kind == _PROPERTIES:
            self._about_letter(data)
        elif kind == _BEGINS and len(self.attached) < _MAX_ATTACHED:
            self.attached.append(_Attached())
        elif self.attached and kind in (_TITLE, _DATA, _ABOUT):
            self._about_attached(self.attached[-1], kind, data)

    def _about_letter(self, data: bytes) -> None:
        for tag, kind, value in _properties(data):
            if tag == _P_SUBJECT:
                self.subject = self._text(kind, value)
            elif tag == _P_BODY:
                self.plain = self._text(kind, value)
            elif tag == _P_HTML:
                self.html = self._text(kind, value) if kind in (0x1E, 0x1F) else decode_page(value)
            elif tag == _P_RTF:
                self.rich = value

    def _about_attached(self, one: _Attached, kind: int, data: bytes) -> None:
        if kind == _TITLE:
            one.name = one.name or self._text(0x1E, data)
        elif kind == _DATA:
            one.data = data
        else:
            for tag, sort, value in _properties(data):
                if tag == _P_NAME:
                    one.name = self._text(sort, value)
                elif tag == _P_OBJECT and not one.data:
                    one.data = value[_INTERFACE:] if sort == 0x0D else value

    def _text(self, kind: int, data: bytes) -> str:
        try:
            return data.decode("utf-16-le" if kind == 0x1F else self.codepage, "replace").rstrip("\0")
        except LookupError:
            return data.decode("cp1252", "replace").rstrip("\0")


class TnefReader:
    media_types = (TNEF,)

    def read(self, data: bytes, name: str) -> RawText:
        letter = _Letter()
        for kind, value in _attributes(data):
            letter.take(kind, value)
        subject = one_line(letter.subject)
        heading = (subject,) if subject else ()
        blocks, flags = letter_text(letter.plain, letter.html, letter.rich, heading)
        members = Members(len(data))
        for one in letter.attached:
            named = one_line(one.name) or "attached"
            members.add(
                f"{named}.tnef" if one.data.startswith(SIGNATURE) else named,
                one.data,
                "" if one.data else "UNSUPPORTED",
            )
        held = members.all()
        listed = [Block(text="Attached: " + ", ".join(one.name for one in held), heading=heading)] if held else []
        first = [Block(text=f"Subject: {subject}", heading=heading)] if subject else []
        return RawText(
            title=subject or PurePath(name).stem,
            media_type=TNEF,
            blocks=(*first, *blocks, *listed),
            members=held,
            flags=flags,
        )


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each with its level, kind, length and a sum behind it. Raises Quarantined(DAMAGED) for one that is cut off."""
    place = 6
    while place + 9 <= len(data):
        kind, size = struct.unpack_from("<II", data, place + 1)
        place += 9
        if place + size > len(data):
            raise Quarantined("DAMAGED")
        yield kind & 0xFFFF, data[place : place + size]
        place += size + 2


def _properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Tag, type and value of each; of those with many values the first. What is cut off ends the list."""
    try:
        place = 4
        for _ in range(min(struct.unpack_from("<I", data)[0], _MAX_PROPERTIES)):
            sort, tag = struct.unpack_from("<HH", data, place)
            place = _after_name(data, place + 4) if tag >= _NAMED else place + 4
            kind, values = sort & ~_MANY, [b""]
            count = 1
            if sort & _MANY or kind in _LONG:
                count, place = struct.unpack_from("<I", data, place)[0], place + 4
            for _ in range(min(count, _MAX_PROPERTIES)):
                size = _SIZES.get(kind, 0)
                if kind in _LONG:
                    size, place = struct.unpack_from("<I", data, place)[0], place + 4
                values.append(data[place : place + size])
                place += -(-size // 4) * 4
            yield tag, kind, values[min(1, len(values) - 1)]
    except struct.error:
        return


def _after_name(data: bytes, place: int) -> int:
    """Where the value of a property begins that has a name of its own: a space for names, and a number or a text."""
    sort, length = struct.unpack_from("<II", data, place + 16)
    return place + 24 + (-(-int(length) // 4) * 4 if sort else 0)


READER = TnefReader()
