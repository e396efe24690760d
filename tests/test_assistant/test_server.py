"""How the server listens."""

from __future__ import annotations

import asyncio
import socket

import pytest

from assistant.server import _listen
from policies.errors import UnavailableError


def test_small_answers_are_sent_at_once() -> None:
    """Else each waits some 40 ms for the other side's acknowledgement, and a page makes dozens of requests."""
    at_once: list[int] = []

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        at_once.append(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async def ask() -> None:
        listening = _listen("127.0.0.1", 0)
        async with await asyncio.start_server(answer, sock=listening):
            reader, writer = await asyncio.open_connection(*listening.getsockname())
            await reader.read()
            writer.close()

    asyncio.run(ask())
    assert at_once == [1]


def test_a_port_that_is_taken_says_so() -> None:
    """And names another."""
    with _listen("127.0.0.1", 0) as first, pytest.raises(UnavailableError, match="in use"):
        _listen("127.0.0.1", first.getsockname()[1])
