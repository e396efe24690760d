"""The packing of RTF inside letters of Outlook: LZ with a dictionary that both sides know from the start."""

from __future__ import annotations

import struct

from ingest.readers.bounds import MAX_UNPACKED

_KNOWN = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0"
    b"\\fs20\\b\\i\\u\\tab\\tx"
)
_PACKED, _PLAIN = 0x75465A4C, 0x414C454D
_WINDOW = 4096


def decompressed(data: bytes) -> bytes:
    """The RTF; nothing when it is not packed that way. Never more than it states of its own size."""
    if len(data) < 16:
        return b""
    _, size, kind, _ = struct.unpack_from("<IIII", data)
    if kind == _PLAIN:
        return data[16 : 16 + size]
    return _unpacked(data, min(size, MAX_UNPACKED)) if kind == _PACKED else b""


def _unpacked(data: bytes, size: int) -> bytes:
    """A bit of each control byte tells whether a letter follows, or where in the window to copy from."""
    window, out = _Window(), bytearray()
    place = 16
    while place < len(data) and len(out) < size:
        control, place = data[place], place + 1
        for bit in range(8):
            if control >> bit & 1:
                token = int.from_bytes(data[place : place + 2], "big")
                if place + 2 > len(data) or token >> 4 == window.place:  # cut off, or the mark of the end
                    return bytes(out[:size])
                window.copy(token >> 4, (token & 0xF) + 2, out)
                place += 2
            elif place < len(data):
                window.put(data[place], out)
                place += 1
    return bytes(out[:size])


class _Window:
    """The last 4,096 letters, written round and round."""

    def __init__(self) -> None:
        self._letters = bytearray(_KNOWN.ljust(_WINDOW, b" "))
        self.place = len(_KNOWN)

    def put(self, letter: int, out: bytearray) -> None:
        out.append(letter)
        self._letters[self.place] = letter
        self.place = (self.place + 1) % _WINDOW

    def copy(self, offset: int, length: int, out: bytearray) -> None:
        for step in range(length):
            self.put(self._letters[(offset + step) % _WINDOW], out)
