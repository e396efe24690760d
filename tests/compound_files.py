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


def old_workbook(
    rows: list[list[str | float]],
    *,
    name: str = "Fees",
    locked: bool = False,
    styles: tuple[str, ...] = (),
    more: tuple[tuple[int, bytes], ...] = (),
    beside: tuple[tuple[str, bytes], ...] = (),
) -> bytes:
    """A workbook of before 2007 with one sheet. Numbers of the second column take `styles`, row by row; `more` are
    records of the sheet, `beside` are other streams of the file."""
    begin = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)
    title = struct.pack("<BB", len(name), 0) + name.encode("latin-1")
    guard = [(0x2F, bytes(54))] if locked else []
    for number, code in enumerate(styles):
        written = struct.pack("<HHB", 200 + number, len(code), 1) + code.encode("utf-16-le")
        guard += [(0x41E, written), (0xE0, struct.pack("<HH16x", 0, 200 + number))]

    def head(place: int) -> bytes:
        return records(
            (0x809, begin), *guard, (0x42, struct.pack("<H", 1252)), (0x85, struct.pack("<IH", place, 0) + title)
        )

    cells = []
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            at = struct.pack("<HHH", row, column, row if column == 1 and styles else 0)
            if isinstance(value, str):
                cells.append((0x204, at + struct.pack("<HB", len(value), 0) + value.encode("latin-1")))
            else:
                cells.append((0x203, at + struct.pack("<d", value)))
    sheet = records((0x809, begin[:2] + b"\x10\0" + begin[4:]), *more, *cells, (0x0A, b""))
    ending = records((0x0A, b""))
    return box(("Workbook", head(len(head(0)) + len(ending)) + ending + sheet), *beside)


def old_letter(numbers: dict[int, int] | None = None, /, **texts: str | bytes) -> bytes:
    """A letter of Outlook with these properties, named by their tags (`t0037` is the subject)."""
    streams = [
        (
            f"__substg1.0_{tag[1:]}{'001F' if isinstance(text, str) else '0102'}",
            text.encode("utf-16-le") if isinstance(text, str) else text,
        )
        for tag, text in texts.items()
    ]
    return box(
        ("__properties_version1.0", property_stream({0x00390040: 133_500_000_000_000_000} | (numbers or {}))), *streams
    )


def wrapped_letter(subject: str, text: str, *attached: tuple[str, bytes]) -> bytes:
    """A winmail.dat: its text as RTF that is not packed, long names of attached files as properties of theirs."""

    def attribute(level: int, kind: int, data: bytes) -> bytes:
        return struct.pack("<BII", level, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)

    def long(tag: int, kind: int, data: bytes) -> bytes:
        return struct.pack("<HHII", kind, tag, 1, len(data)) + data.ljust(-(-len(data) // 4) * 4, b"\0")

    rich = b"{\\rtf1 " + text.encode("ascii") + b"}"
    packed = struct.pack("<IIII", len(rich) + 12, len(rich), 0x414C454D, 0) + rich
    named = struct.pack("<HH16sII", 3, 0x8001, b"space", 0, 7) + struct.pack("<I", 9)
    many = struct.pack("<HHII", 0x101F, 0x0E05, 1, 4) + b"a\0\0\0"
    letter = struct.pack("<I", 4) + named + many + long(0x0037, 0x1F, f"{subject}\0".encode("utf-16-le"))
    parts = [attribute(1, 0x00069003, letter + long(0x1009, 0x102, packed))]
    for name, data in attached:
        about = struct.pack("<I", 1) + long(0x3707, 0x1F, name.encode("utf-16-le"))
        parts.append(attribute(2, 0x00069002, bytes(14)) + attribute(2, 0x00018010, b"SHORT~1.TXT\0"))
        parts.append(attribute(2, 0x0006800F, data) + attribute(2, 0x00069005, about))
    return b"\x78\x9f\x3e\x22\x01\0" + b"".join(parts)
