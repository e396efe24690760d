"""The gate in front of every page: who comes, from where, to what. Nothing behind it is reached without it.

In this order: a clean path, a host of ours, a request of our own making where it changes something, a session, a role
for the path, a route that the page needs, a body that is not too large, a page session of one's own. Anything that is
not named is refused. The person is put into the scope here; no handler takes it from anywhere else.
"""

from __future__ import annotations

import json
import logging
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from assistant.errors import where
from assistant.web.base import Accounts, SiteFacts
from assistant.web.headers import PAGES, Guarded, Receive, Scope, Send
from policies.vocabulary import Person, Role

App = Callable[[Scope, Receive, Send], Awaitable[None]]
log = logging.getLogger(__name__)
SAFE = frozenset({"GET", "HEAD"})
OPEN = re.compile(r"^/(?:login|healthz|favicon\.ico|(?:first|welcome)/[\w-]{10,100}|look/[\w.-]+)$")
# What a page of ours asks of Gradio. All else it serves (files by address, proxies, uploads, shared links, run
# history, monitoring, direct calls, streams) is refused, whoever asks.
GRADIO = {
    "GET": re.compile(
        r"^/(?:config|theme\.css|assets/[\w.-]+|static/[\w./-]+|gradio_api/(?:info|queue/data|heartbeat/\w+|startup-events))$"
    ),
    "POST": re.compile(r"^/gradio_api/(?:queue/join|cancel|reset)$"),
}
OURS = {
    "chat": re.compile(r"^/(?:passage|picture)/[\w-]+$"),
    "library": re.compile(r"^/(?:document/[\w-]+|(?:page|picture)/[\w-]+/\d{1,6})$"),
    "audit": re.compile(r"^/(?:proof|raw)/\d{1,15}$"),
    "policy": re.compile(r"(?!)"),
}
LARGEST_FORM = 8_192
LARGEST_EVENT = 1_000_000
PAGE_SESSIONS = 500  # of one person
LONGEST_NAME = 64  # of a page session; Gradio's own are 11 characters
# What a proxy or a client may claim about the address: Gradio would build addresses from it.
CLAIMS = (b"x-forwarded-", b"forwarded", b"x-direct-url", b"x-gradio-", b"x-real-ip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a request goes no further: an HTTP status, and where a person should be sent instead."""

    status: int
    location: str = ""


def cookie_name(https: bool) -> str:
    """`__Host-` binds the cookie to this host over TLS; browsers refuse the prefix without it."""
    return "__Host-ringfence" if https else "ringfence"


def may_open(person: Person, page: str) -> bool:
    """Whether a role of this person opens a page. An auditor is nobody's admin or operator."""
    roles = person.roles
    match page:
        case "chat":
            return Role.STAFF in roles
        case "library":
            return bool(roles & {Role.STAFF, Role.OPERATOR, Role.OWNER})
        case "audit":
            return Role.AUDITOR in roles and not roles & {Role.ADMIN, Role.OPERATOR}
        case "policy" | "me" | "":
            return True
        case _:
            return False


def landing(person: Person) -> str:
    """The first page that this person may open."""
    return next((f"/{page}/" for page in PAGES if may_open(person, page)), "/me")


def judge(method: str, path: str, person: Person | None, *, wants_page: bool) -> Refusal | None:
    """Whether this person may make this request, by its method and path alone. None is yes."""
    if not _clean(path):
        return Refusal(status=404)
    if method not in SAFE and method != "POST":
        return Refusal(status=405)
    if OPEN.match(path):
        return None
    if person is None:
        return Refusal(status=303, location="/login") if wants_page and method in SAFE else Refusal(status=401)
    if path in ("/", "/me") or (method, path) == ("POST", "/logout"):
        return None
    page, _, rest = path[1:].partition("/")
    if page not in PAGES:
        return Refusal(status=404)
    if not may_open(person, page):
        return Refusal(status=403)
    return None if _route_of_page(method, page, rest) else Refusal(status=404)


def _route_of_page(method: str, page: str, rest: str) -> bool:
    if method in SAFE and (not rest or OURS[page].match(f"/{rest}")):
        return True
    wanted = GRADIO.get("GET" if method in SAFE else method)
    return bool(wanted and wanted.match(f"/{rest}"))


def _clean(path: str) -> bool:
    return path.startswith("/") and not re.search(r"//|\.\.|\\|[\x00-\x1f\x7f]|%", path)


class PageSessions:
    """Which person a Gradio page session belongs to: the first who used it. Its name comes from the browser, so
    somebody else who learns it must not read from it, write to it or stop it. Of each person's only the newest are
    remembered: whoever uses many loses their own, and nobody else's."""

    def __init__(self, each: int = PAGE_SESSIONS) -> None:
        self._owners: dict[str, str] = {}
        self._newest: dict[str, OrderedDict[str, None]] = {}
        self._each = each

    def claim(self, page_session: str, person: str) -> bool:
        """Whether `page_session` is this person's, from now on. A name that no page of ours would make is nobody's."""
        if len(page_session) > LONGEST_NAME or self._owners.setdefault(page_session, person) != person:
            return False
        own = self._newest.setdefault(person, OrderedDict())
        own[page_session] = None
        own.move_to_end(page_session)
        while len(own) > self._each:
            del self._owners[own.popitem(last=False)[0]]
        return True


class Gate:
    """The ASGI application that everything else stands behind."""

    def __init__(self, app: App, *, accounts: Accounts, facts: SiteFacts) -> None:
        self._app = app
        self._accounts = accounts
        self._facts = facts
        self._page_sessions = PageSessions()
        self._scheme = "https" if facts.https else "http"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answered(scope, receive, Guarded(send, scope["path"], https=self._facts.https))
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _answered(self, scope: Scope, receive: Receive, send: Guarded) -> None:
        try:
            await self._http(scope, receive, send)
        except Exception as error:  # noqa: BLE001  the site's border: a server prints what it hears of, with its texts
            log.error("a request broke: %s at %s", type(error).__name__, where(error))
            if not send.started:
                await _refuse(send, Refusal(status=500), scope["path"])

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if refusal := self._from_elsewhere(scope["method"], headers):
            await _refuse(send, refusal, scope["path"])
            return
        token = read_cookie(headers.get("cookie", ""), cookie_name(self._facts.https))
        person = await self._person(token)
        wants_page = "text/html" in headers.get("accept", "") and "/gradio_api/" not in scope["path"]
        if refusal := judge(scope["method"], scope["path"], person, wants_page=wants_page):
            await _refuse(send, refusal, scope["path"])
            return
        bounded, refusal = await self._bounded(scope, receive, person)
        if refusal:
            await _refuse(send, refusal, scope["path"])
            return
        scope["headers"] = [(n, v) for n, v in scope["headers"] if not n.startswith(CLAIMS)]
        scope["scheme"] = self._scheme
        # What was let in may wait, and run long: whoever acts on it asks again who it is for.
        scope.setdefault("state", {}).update(person=person, now=lambda: self._accounts.session(token))
        await self._app(scope, bounded, send)

    def _from_elsewhere(self, method: str, headers: dict[str, str]) -> Refusal | None:
        host = headers.get("host", "")
        if host_name(host) not in self._facts.hosts:
            return Refusal(status=421)
        fetched_from = headers.get("sec-fetch-site", "same-origin")
        if method in SAFE:
            # A link from elsewhere may open a page; a script from elsewhere may fetch nothing.
            elsewhere = fetched_from == "cross-site" and headers.get("sec-fetch-mode") != "navigate"
            return Refusal(status=403) if elsewhere else None
        origin = headers.get("origin")
        ours = origin == f"{self._scheme}://{host}" if origin else "sec-fetch-site" in headers
        return None if ours and fetched_from == "same-origin" else Refusal(status=403)

    async def _person(self, token: str) -> Person | None:
        if not token:
            return None
        from anyio.to_thread import run_sync

        # Asked at every request: a session ended or an account disabled is so at the next one.
        return await run_sync(self._accounts.session, token)

    async def _bounded(self, scope: Scope, receive: Receive, person: Person | None) -> tuple[Receive, Refusal | None]:
        """The body, whole, when it is small enough; and the check of the page session it speaks for."""
        path = scope["path"]
        if scope["method"] in SAFE:
            return receive, self._not_own_session(path, scope["query_string"], person)
        body = await _read(receive, LARGEST_EVENT if "/gradio_api/" in path else LARGEST_FORM)
        if body is None:
            return receive, Refusal(status=413)
        if "/gradio_api/" in path and not self._own_body(body, person):
            return receive, Refusal(status=403)
        return _replay(body, receive), None

    def _not_own_session(self, path: str, query: bytes, person: Person | None) -> Refusal | None:
        named: list[str] = []
        if path.endswith("/gradio_api/queue/data"):
            named = parse_qs(query.decode("latin-1")).get("session_hash", [])
        elif "/gradio_api/heartbeat/" in path:
            named = [path.rsplit("/", 1)[1]]
        else:
            return None
        ours = len(named) == 1 and person is not None and self._page_sessions.claim(named[0], person.id)
        return None if ours else Refusal(status=403)

    def _own_body(self, body: bytes, person: Person | None) -> bool:
        try:
            named = json.loads(body)["session_hash"] if body else None
        except (ValueError, KeyError, TypeError, RecursionError):
            return False
        return isinstance(named, str) and person is not None and self._page_sessions.claim(named, person.id)


def host_name(host: str) -> str:
    """The name in a Host header, without its port and the brackets of IPv6; empty when it is something else."""
    found = re.fullmatch(r"(?:\[([0-9a-f:.]+)\]|([\w.-]+))(?::\d{1,5})?", host.lower(), re.ASCII)
    return (found[1] or found[2]) if found else ""


def read_cookie(header: str, name: str) -> str:
    """The value of one cookie; empty when it is absent or there twice (somebody planted one)."""
    pairs = (pair.strip().partition("=") for pair in header.split(";"))
    found = [value for key, _, value in pairs if key == name]
    return found[0] if len(found) == 1 else ""


async def _read(receive: Receive, most: int) -> bytes | None:
    """The whole body; None when it is larger than `most`, or did not come whole."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += bytes(message.get("body", b""))
        if len(body) > most:
            return None
        if not message.get("more_body"):
            return body


def _replay(body: bytes, receive: Receive) -> Receive:
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> MutableMapping[str, Any]:
        return waiting.pop() if waiting else await receive()

    return replayed


async def _refuse(send: Send, refusal: Refusal, path: str) -> None:
    """As a page; to an event of a page as what its program shows the person."""
    from assistant.web.shell import refusal_page, refusal_words

    kind, body = b"text/html; charset=utf-8", b"" if refusal.location else refusal_page(refusal.status).encode()
    if "/gradio_api/" in path:
        kind, body = b"application/json", json.dumps({"detail": refusal_words(refusal.status)}).encode()
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    if refusal.location:
        headers.append((b"location", refusal.location.encode()))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
