"""One request to one place, once: no redirect, no proxy, no retry, no compression, within limits. The only file of the
product that holds a network client of its own."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant.errors import DoorError

if TYPE_CHECKING:
    import ssl

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
    """`outcome` is what the record says: error, timeout or unknown. `status` is 0 when no answer began."""

    def __init__(self, message: str, *, outcome: str, status: int = 0) -> None:
        super().__init__(message, cure="The answer is made here instead.")
        self.outcome = outcome
        self.status = status


def post(
    url: str,
    headers: Iterable[tuple[str, str]],
    body: bytes,
    *,
    limits: Limits,
    to: str,
    method: str = "POST",
    verify: ssl.SSLContext | bool = True,
) -> bytes:
    """Send exactly this and return the body of a 200. `to` names the receiver in messages. Raises SendingError; by
    then the request may have left."""
    import httpx

    timeout = httpx.Timeout(limits.total_s, connect=limits.connect_s)
    watch = _Watch(limits.total_s)
    try:
        # Headers are set on the request and not on the client, which would add its own.
        request = httpx.Request(
            method, url, headers=dict(headers), content=body,
            extensions={"timeout": timeout.as_dict(), "trace": watch.see},
        )  # fmt: skip
        with watch, httpx.Client(trust_env=False, follow_redirects=False, timeout=timeout, verify=verify) as client:
            response = client.send(request, stream=True, auth=None)
            try:
                return _read(response, limits, watch, to)
            finally:
                response.close()
    except (httpx.ConnectError, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        raise SendingError(f"{to} cannot be reached.", outcome="error") from error
    except (httpx.HTTPError, httpx.StreamError) as error:
        if watch.late or isinstance(error, httpx.TimeoutException):
            raise SendingError(f"{to} took too long.", outcome="timeout", status=watch.status) from error
        # Cut off after it began: how much of the request arrived is not known.
        raise SendingError(f"{to} hung up.", outcome="unknown", status=watch.status) from error


class _Watch:
    """Hangs up when the time is over: a time-out of the client begins anew with each byte that comes in."""

    def __init__(self, seconds: float) -> None:
        self.late = False
        self.status = 0  # of the answer, as soon as it began
        self._timer = threading.Timer(seconds, self._hang_up)
        self._timer.daemon = True
        self._stream: Any = None

    def see(self, event: str, told: dict[str, Any]) -> None:
        """What the client tells of its steps: here is the connection, encrypted or not; the answer begins."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._stream = told["return_value"]
        if event == "http11.receive_response_headers.complete":
            self.status = told["return_value"][1]

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _hang_up(self) -> None:
        self.late = True
        with contextlib.suppress(OSError, AttributeError):  # not connected yet, or not any more
            self._stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


def _read(response: httpx.Response, limits: Limits, watch: _Watch, to: str) -> bytes:
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
    if watch.late:  # what looks like an end may be where we hung up
        raise SendingError(f"{to} took too long.", outcome="timeout", status=status)
    return bytes(body)
