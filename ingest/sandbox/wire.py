"""What passes between a worker, its fork server and a child: framed bytes and JSON, never pickles."""

from __future__ import annotations

import json
import re
import socket
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

from ingest.errors import Quarantined
from ingest.readers.base import Block, BlockKind, Flag, Member, Metadata, RawText
from ingest.readers.members import Members

_FRAME = struct.Struct(">IQ")
MAX_HEAD = 1024 * 1024
_LAST_ROW = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What the operating system enforces on one child."""

    seconds: float
    memory: int
    result: int
    scratch: int
    files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One verb to run on one file's bytes."""

    verb: str
    arguments: Mapping[str, object]
    bounds: Bounds

    def encode(self) -> dict[str, object]:
        return {"verb": self.verb, "arguments": dict(self.arguments), "bounds": asdict(self.bounds)}

    @staticmethod
    def decode(head: dict[str, Any]) -> Request:
        return Request(verb=head["verb"], arguments=head["arguments"], bounds=Bounds(**head["bounds"]))


def send(peer: socket.socket, head: Mapping[str, object], payload: bytes = b"") -> None:
    """One frame: a JSON head and bytes."""
    encoded = json.dumps(head).encode()
    peer.sendall(_FRAME.pack(len(encoded), len(payload)) + encoded)
    peer.sendall(payload)


def receive(peer: socket.socket) -> tuple[dict[str, Any], bytes]:
    """The next frame. Raises EOFError when the other side is gone."""
    head_size, payload_size = _FRAME.unpack(_exactly(peer, _FRAME.size))
    if head_size > MAX_HEAD:
        raise EOFError
    head: dict[str, Any] = json.loads(_exactly(peer, head_size))
    return head, bytes(_exactly(peer, payload_size))


def _exactly(peer: socket.socket, size: int) -> bytearray:
    buffer = bytearray(size)
    view, filled = memoryview(buffer), 0
    while filled < size:
        count = peer.recv_into(view[filled:])
        if count == 0:
            raise EOFError
        filled += count
    return buffer


def encode_blocks(blocks: tuple[Block, ...]) -> list[list[object]]:
    return [[str(b.kind), b.page, list(b.heading), b.text, b.header, list(b.rows), b.carried] for b in blocks]


def encode_raw(raw: RawText) -> bytes:
    """A RawText as one line of JSON; after it the bytes of its members, one behind the other."""
    fields = {
        "title": raw.title,
        "media_type": raw.media_type,
        "blocks": encode_blocks(raw.blocks),
        "pages": raw.pages,
        "dated": raw.dated,
        "properties": raw.properties,
        "recognised_pages": raw.recognised_pages,
        "unread_pages": raw.unread_pages,
        "members": [[member.name, len(member.data), member.problem] for member in raw.members],
        "flags": raw.flags,
        "metadata": asdict(raw.metadata),
    }
    head = json.dumps(fields, ensure_ascii=False).encode("utf-8", "replace")
    return b"\n".join([head, b"".join(member.data for member in raw.members)]) if raw.members else head


def decode_raw(payload: bytes) -> RawText:
    """The inverse, believing nothing: a wrong type anywhere is Quarantined(DAMAGED)."""
    head, _, packed = payload.partition(b"\n")
    try:
        fields = json.loads(head)
        return RawText(
            title=_text(fields["title"]),
            media_type=_text(fields["media_type"]),
            blocks=tuple(_block(item) for item in fields["blocks"]),
            pages=_count(fields["pages"]),
            dated=_text(fields["dated"]),
            properties={_text(key): _text(value) for key, value in fields["properties"].items()},
            recognised_pages=tuple(_count(page) for page in fields["recognised_pages"]),
            unread_pages=tuple(_count(page) for page in fields["unread_pages"]),
            members=_members(fields["members"], packed),
            flags=tuple(Flag(_text(flag)) for flag in fields["flags"]),
            metadata=Metadata(**{key: _text(value) for key, value in fields["metadata"].items()}),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Quarantined("DAMAGED") from error


def with_recognised(raw: RawText, payload: bytes) -> RawText:
    """`raw` with the pages that were recognised, in their places. A file left without any text is NO_TEXT."""
    try:
        found = tuple(_block(item) for item in json.loads(payload)["blocks"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Quarantined("DAMAGED") from error
    blocks = tuple(sorted((*raw.blocks, *found), key=lambda block: block.page))
    if not any(block.text for block in blocks):
        raise Quarantined("NO_TEXT")
    pages = tuple(sorted({block.page for block in found}))
    unread = tuple(page for page in raw.unread_pages if page not in pages)
    return replace(raw, blocks=blocks, recognised_pages=pages, unread_pages=unread)


def _block(item: Any) -> Block:
    kind, page, heading, text, header, rows, carried = item
    return Block(
        kind=BlockKind(kind),
        page=_count(page),
        heading=tuple(_text(part) for part in heading),
        text=_text(text),
        header=_text(header),
        rows=_rows(rows, sum(part.count("\n") + 1 for part in (_text(header), _text(text)) if part)),
        carried=_text(carried),
    )


def _rows(numbers: Any, lines: int) -> tuple[int, ...]:
    """A number for each line, never falling, or none at all."""
    found = tuple(_count(number) for number in numbers)
    if found and (len(found) != lines or found[-1] > _LAST_ROW or any(a > b for a, b in pairwise(found))):
        raise ValueError
    return found


def _members(listed: Any, packed: bytes) -> tuple[Member, ...]:
    """The members with their bytes. Their names are made harmless here: who sends them has seen hostile bytes."""
    found, begin = Members(len(packed)), 0
    for name, size, problem in listed:
        if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= len(packed) - begin:
            raise TypeError
        found.add(_text(name), packed[begin : begin + size], _code(problem))
        begin += size
    return found.all()


def _code(value: Any) -> str:
    """A reason code: nothing else of what a child says becomes an outcome."""
    if not re.fullmatch(r"[A-Z_]{0,40}", _text(value)):
        raise ValueError
    return str(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise TypeError
    return value
