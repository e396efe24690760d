"""Compound files, written byte by byte: no library here writes them."""

from __future__ import annotations

import struct

from ingest.readers.compound import SIGNATURE

_FREE, _END = 0xFFFFFFFF, 0xFFFFFFFE


def box(*streams: tuple[str, bytes]) -> bytes:
    """A compound file with these streams at its top, each of them in sectors of 512 bytes."""
    bodies = [data.ljust(4096, b"\0").ljust(-(-len(data) // 512) * 512, b"\0") for _, data in streams]
    sectors, table, starts = b"", [], []
    for body in bodies:
        starts.append(len(table))
        count = len(body) // 512
        table += [len(table) + step + 1 for step in range(count - 1)] + [_END]
        sectors += body
    entries = [_entry("Root Entry", 5, _END, 0, 1 if streams else _FREE)]
    for place, ((name, _), body) in enumerate(zip(streams, bodies, strict=True), start=1):
        right = place + 1 if place < len(streams) else _FREE
        entries.append(_entry(name, 2, starts[place - 1], len(body), _FREE, right))
    directory = b"".join(entries).ljust(-(-len(entries) // 4) * 512, b"\0")
    first_directory = len(table)
    count = len(directory) // 512
    table += [len(table) + step + 1 for step in range(count - 1)] + [_END]
    table.append(0xFFFFFFFD)
    fat = b"".join(struct.pack("<I", number) for number in table).ljust(512, b"\xff")
    head = SIGNATURE + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIIIII", 0, 1, first_directory, 0, 4096, _END, 0, _END, 0)
    head += struct.pack("<I", len(table) - 1) + b"\xff" * 4 * 108
    return head + sectors + directory + fat


def _entry(name: str, kind: int, start: int, size: int, child: int, right: int = _FREE) -> bytes:
    encoded = name.encode("utf-16-le") + b"\0\0"
    return encoded.ljust(64, b"\0") + struct.pack(
        "<HBBIII16xI16xIIxxxx", len(encoded), kind, 1, _FREE, right, child, 0, start, size
    )


def property_stream(numbers: dict[int, int]) -> bytes:
    """The fixed properties of a letter: tag and value."""
    return bytes(32) + b"".join(struct.pack("<IIQ", tag, 6, value) for tag, value in numbers.items())


def records(*found: tuple[int, bytes]) -> bytes:
    """Records of an old workbook: kind, length, body."""
    return b"".join(struct.pack("<HH", kind, len(body)) + body for kind, body in found)


def old_workbook(rows: list[list[str | float]], *, name: str = "Fees", locked: bool = False) -> bytes:
    """A workbook of before 2007 with one sheet."""
    begin = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)
    title = struct.pack("<BB", len(name), 0) + name.encode("latin-1")
    guard = [(0x2F, bytes(54))] if locked else []

    def head(place: int) -> bytes:
        return records(
            (0x809, begin), *guard, (0x42, struct.pack("<H", 1252)), (0x85, struct.pack("<IH", place, 0) + title)
        )

    cells = []
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            at = struct.pack("<HHH", row, column, 0)
            if isinstance(value, str):
                cells.append((0x204, at + struct.pack("<HB", len(value), 0) + value.encode("latin-1")))
            else:
                cells.append((0x203, at + struct.pack("<d", value)))
    sheet = records((0x809, begin[:2] + b"\x10\0" + begin[4:]), *cells, (0x0A, b""))
    ending = records((0x0A, b""))
    return box(("Workbook", head(len(head(0)) + len(ending)) + ending + sheet))


def old_letter(**texts: str) -> bytes:
    """A letter of Outlook with these properties, named by their tags (`t0037` is the subject)."""
    streams = [(f"__substg1.0_{tag[1:]}001F", text.encode("utf-16-le")) for tag, text in texts.items()]
    return box(("__properties_version1.0", property_stream({0x00390040: 133_500_000_000_000_000})), *streams)
