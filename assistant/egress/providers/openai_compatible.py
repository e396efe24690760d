"""Chat completions as many closed and open servers speak them: `POST {base_url}/chat/completions`.

`serialise` makes the whole request as it will leave, but for the credential: the same prompt gives the same
bytes, and the body holds four fields and no others: no user, no metadata, no tools, nothing stored.
`transmit` sends exactly those bytes once: no redirect, no proxy, no retry, no compression, within limits.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant.errors import DoorError
from assistant.prompting import ANSWER_TOKENS, messages
from policies.decisions import Destination, Outgoing
from policies.vocabulary import Prompt

if TYPE_CHECKING:
    import httpx

FIELDS = ("max_tokens", "messages", "model", "stream")
HEADERS = (
    ("accept", "application/json"),
    ("accept-encoding", "identity"),  # a compressed answer could be a bomb
    ("content-type", "application/json"),
    ("user-agent", "ringfence"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one sending may take at most."""

    connect_s: float = 5.0
    total_s: float = 120.0
    answer_bytes: int = 1 << 20
    request_bytes: int = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    text: str
    status: int
    size: int


class SendingError(DoorError):
    """`outcome` is what the record says: error or timeout. `status` is 0 when no answer began."""

    def __init__(self, message: str, *, outcome: str, status: int = 0) -> None:
        super().__init__(message, cure="The answer is made here instead.")
        self.outcome = outcome
        self.status = status


def address(destination: Destination) -> str:
    return f"{destination.base_url.rstrip('/')}/chat/completions"


def serialise(prompt: Prompt, destination: Destination) -> Outgoing:
    body = {
        "max_tokens": ANSWER_TOKENS,
        "messages": messages(prompt),
        "model": destination.model,
        "stream": False,
    }
    return Outgoing(
        method="POST",
        url=address(destination),
        headers=HEADERS,
        body=json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode(),
    )


def transmit(outgoing: Outgoing, *, credential: str, limits: Limits, clock: Callable[[], float]) -> Reply:
    """Send once and read the answer. Raises SendingError; by then the request may have left."""
    import httpx

    deadline = clock() + limits.total_s
    headers = dict(outgoing.headers) | ({"authorization": f"Bearer {credential}"} if credential else {})
    timeout = httpx.Timeout(limits.total_s, connect=limits.connect_s)
    try:
        # Headers are set on the request and not on the client, which would add its own.
        request = httpx.Request(
            outgoing.method,
            outgoing.url,
            headers=headers,
            content=outgoing.body,
            extensions={"timeout": timeout.as_dict()},
        )
        with httpx.Client(trust_env=False, follow_redirects=False, timeout=timeout) as client:
            response = client.send(request, stream=True, auth=None)
            try:
                return _read(response, limits, lambda: clock() > deadline)
            finally:
                response.close()
    except httpx.TimeoutException as error:
        raise SendingError("The outside model took too long.", outcome="timeout") from error
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        raise SendingError("The outside model cannot be reached.", outcome="error") from error


def _read(response: httpx.Response, limits: Limits, late: Callable[[], bool]) -> Reply:
    status = response.status_code
    if status != 200:
        # Its body is not read: an error page may quote the request, and messages end up in logs.
        raise SendingError(f"The outside model answered with status {status}.", outcome="error", status=status)
    body = bytearray()
    for piece in response.iter_raw():
        body += piece
        if len(body) > limits.answer_bytes:
            raise SendingError("The outside model's answer is too long.", outcome="error", status=status)
        if late():
            raise SendingError("The outside model took too long.", outcome="timeout", status=status)
    return Reply(text=_text(bytes(body), status), status=status, size=len(body))


def _text(body: bytes, status: int) -> str:
    try:
        answer: Any = json.loads(body)
        text = answer["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise SendingError("The outside model's answer cannot be read.", outcome="error", status=status) from error
    if not isinstance(text, str) or not text.strip():
        raise SendingError("The outside model's answer is empty.", outcome="error", status=status)
    return text


def monotonic() -> float:
    """The clock that limits are measured by."""
    return time.monotonic()
