"""One request to one place, once: no redirect, no proxy, no retry, no compression, within limits. The only file of the
product that holds a network client of its own."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.errors import DoorError

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one sending may take at most."""

    connect_s: float = 5.0
    total_s: float = 120.0
    answer_bytes: int = 1 << 20
    request_bytes: int = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer's text, and what the record says of it. `size` is in bytes."""

    text: str
    status: int
    size: int


class SendingError(DoorError):
    """`outcome` is what the record says: error or timeout. `status` is 0 when no answer began."""

    def __init__(self, message: str, *, outcome: str, status: int = 0) -> None:
        super().__init__(message, cure="The answer is made here instead.")
        self.outcome = outcome
        self.status = status


def post(
    url: str, headers: Iterable[tuple[str, str]], body: bytes, *, limits: Limits, to: str, method: str = "POST"
) -> bytes:
    """Send exactly this and return the body of a 200. `to` names the receiver in messages. Raises SendingError; by
    then the request may have left."""
    import httpx

    deadline = time.monotonic() + limits.total_s
    timeout = httpx.Timeout(limits.total_s, connect=limits.connect_s)
    try:
        # Headers are set on the request and not on the client, which would add its own.
        request = httpx.Request(
            method, url, headers=dict(headers), content=body, extensions={"timeout": timeout.as_dict()}
        )
        with httpx.Client(trust_env=False, follow_redirects=False, timeout=timeout) as client:
            response = client.send(request, stream=True, auth=None)
            try:
                return _read(response, limits, deadline, to)
            finally:
                response.close()
    except httpx.TimeoutException as error:
        raise SendingError(f"{to} took too long.", outcome="timeout") from error
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        raise SendingError(f"{to} cannot be reached.", outcome="error") from error


def _read(response: httpx.Response, limits: Limits, deadline: float, to: str) -> bytes:
    status = response.status_code
    if status != 200:
        # Its body is not read: an error page may quote the request, and messages end up in logs.
        outcome = "timeout" if status == 504 else "error"
        raise SendingError(f"{to} answered with status {status}.", outcome=outcome, status=status)
    body = bytearray()
    for piece in response.iter_raw():
        body += piece
        if len(body) > limits.answer_bytes:
            raise SendingError(f"The answer of {to} is too long.", outcome="error", status=status)
        if time.monotonic() > deadline:
            raise SendingError(f"{to} took too long.", outcome="timeout", status=status)
    return bytes(body)
