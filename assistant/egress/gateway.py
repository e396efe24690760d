"""The door in a process of its own: `ringfence egress-gateway`.

What is promised: this process alone holds the provider's key. It knows the home's public key, so that it can check a
release and not make one; it decides a second time on the bytes, with detectors, rules, ladder and switch of its own;
it records a departure before the first byte and what came of it after, in a record of its own. Whatever it refuses,
and why, goes to the log and never to who asked: the status alone tells that nothing left (400, 403, 413), that the
destination failed (502) or took too long (504), or that nobody knows (503). It holds no documents: labels, rights and
copies are looked at by the home, before it hands over.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from assistant.egress import handover
from assistant.egress.providers.wire import SendingError
from assistant.errors import ConnectionsError, DoorShutError
from policies.errors import RecordError, RingfenceError

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

    from assistant.egress.door import Door

READ_S = 10.0  # how long a release may take to come in
WIDER = 4  # a release is this many times longer than its request, at most: its passages stand in it twice
_STATUS = {"error": 502, "timeout": 504, "unknown": 503}
_log = logging.getLogger("ringfence.gateway")


def application(door: Door) -> Starlette:
    """The ASGI application over one door."""
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import JSONResponse, PlainTextResponse
    from starlette.routing import Route

    async def send(request: Request) -> Response:
        raw = await _body(request, WIDER * door.limits.request_bytes)
        if raw is None:
            return PlainTextResponse("", 413)
        status, text = await run_in_threadpool(_passed, door, raw)
        return JSONResponse({"text": text}) if status == 200 else PlainTextResponse("", status)

    async def ready(_: Request) -> Response:
        return PlainTextResponse("ready" if door.is_on() else "off", 200)

    return Starlette(
        routes=[Route(handover.SEND, send, methods=["POST"]), Route(handover.READY, ready, methods=["GET"])]
    )


async def _body(request: Request, most: int) -> bytes | None:
    """What came in; None when it is too long, or too slow."""
    raw = bytearray()
    try:
        async with asyncio.timeout(READ_S):
            async for piece in request.stream():
                raw += piece
                if len(raw) > most:
                    return None
    except TimeoutError:
        return None
    return bytes(raw)


def _passed(door: Door, raw: bytes) -> tuple[int, str]:
    """The status to answer with, and the answer's text."""
    try:
        return 200, door.send(handover.read(raw), question=-1, decision=-1)
    except ConnectionsError as error:
        return _refused(400, error)
    except DoorShutError as error:
        return _refused(403, error, error.step)
    except SendingError as error:
        return _refused(_STATUS[error.outcome], error)
    except RecordError as error:
        return _refused(503, error)


def _refused(status: int, error: RingfenceError, step: str = "") -> tuple[int, str]:
    _log.warning("%s%s: %s", status, f" {step}" if step else "", error.message)
    return status, ""
