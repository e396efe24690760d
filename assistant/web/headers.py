"""What every answer of the site carries: what a browser may do with it, and how long it may keep it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PAGES = ("chat", "library", "audit", "policy")
CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'"
)
SECURITY = (
    ("content-security-policy", CSP),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)


class Guarded:
    """`send`, with the security headers on every answer and none of the permissions others may have put there."""

    def __init__(self, send: Send, path: str, *, https: bool) -> None:
        self._send = send
        self._lasting = re.match(rf"^/(?:{'|'.join(PAGES)})/(?:assets|static)/", path)
        self._added = [(name.encode(), value.encode()) for name, value in SECURITY]
        if https:
            self._added.append((b"strict-transport-security", b"max-age=31536000"))
        self.started = False

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            # A refusal must not be kept: whoever signs in later is given the file.
            kept = self._lasting and message["status"] == 200
            cache = b"private, max-age=31536000, immutable" if kept else b"no-store"
            added = [*self._added, (b"cache-control", cache)]
            ours = {name for name, _ in added}
            others = [
                (name, value)
                for name, value in message.get("headers", [])
                if name.lower() not in ours and not name.lower().startswith(b"access-control-")
            ]
            message = {**message, "headers": [*others, *added]}
        await self._send(message)
