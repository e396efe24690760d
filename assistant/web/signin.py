"""Signing in and out, the first person's link, the link that sets a password. Plain forms, no script."""

from __future__ import annotations

import html
import time

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from assistant.web.base import Accounts, SiteFacts
from assistant.web.gate import cookie_name, landing, read_cookie
from assistant.web.patience import Patience
from assistant.web.shell import page
from policies.errors import RefusedError, UsageError

HASHES_AT_ONCE = 2  # each takes 64 MiB and a core for a moment
SPENT = "This link is not good any more. Each works once, for 30 minutes. Ask for a new one."


class SignIn:
    """Every page that somebody without a session may reach."""

    def __init__(self, accounts: Accounts, facts: SiteFacts) -> None:
        self._accounts = accounts
        self._facts = facts
        self._patience = Patience(time.monotonic)
        self._hashing = CapacityLimiter(HASHES_AT_ONCE)  # waits without a thread: all else needs them

    def routes(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/login", self.login_page, methods=["GET"])
        router.add_api_route("/login", self.login, methods=["POST"])
        router.add_api_route("/logout", self.logout, methods=["POST"])
        for path in ("/first/{token}", "/welcome/{token}"):
            router.add_api_route(path, self.link_page, methods=["GET"])
            router.add_api_route(path, self.use_link, methods=["POST"])
        return router

    def login_page(self) -> HTMLResponse:
        return HTMLResponse(login_form(self._facts))

    async def login(self, request: Request, name: str = Form(""), password: str = Form("")) -> Response:
        return await run_sync(self._login, request, name.strip(), password, limiter=self._hashing)

    def _login(self, request: Request, name: str, password: str) -> Response:
        # Behind a proxy that ends TLS everybody has its address; there the proxy counts by address.
        address = request.client.host if request.client and not self._facts.https else ""
        if wait := self._patience.wait(name, address):
            words = f"Too many tries. Wait {(wait + 59) // 60} minutes, then try again."
            return HTMLResponse(login_form(self._facts, words), status_code=429, headers={"retry-after": str(wait)})
        token = self._accounts.sign_in(name, password)
        if token is None:
            words = "That name and password do not fit together."
            return HTMLResponse(login_form(self._facts, words), status_code=401)
        self._patience.succeeded(name, address)
        return self._entered(request, token)

    def logout(self, request: Request) -> Response:
        name = self._end_session(request)
        answer = RedirectResponse("/login", status_code=303)
        answer.delete_cookie(name, path="/", secure=self._facts.https, httponly=True, samesite="lax")
        return answer

    def link_page(self, request: Request, token: str) -> HTMLResponse:
        link = self._accounts.link(token)
        if link is None:
            return _spent()
        return HTMLResponse(link_form(request.url.path, link.name))

    async def use_link(
        self, request: Request, token: str, name: str = Form(""), password: str = Form(""), again: str = Form("")
    ) -> Response:
        return await run_sync(self._use_link, request, token, name.strip(), password, again, limiter=self._hashing)

    def _use_link(self, request: Request, token: str, name: str, password: str, again: str) -> Response:
        link = self._accounts.link(token)
        if link is None:
            return _spent()
        if password != again:
            words = "The two passwords differ. Type the same one twice."
            return HTMLResponse(link_form(request.url.path, link.name, words), status_code=422)
        try:
            session = self._accounts.use_link(token, name, password)
        except UsageError as error:
            return HTMLResponse(link_form(request.url.path, link.name, str(error)), status_code=422)
        except RefusedError:
            return _spent()
        return self._entered(request, session)

    def _end_session(self, request: Request) -> str:
        """End the session that the cookie names, and say how the cookie is called."""
        name = cookie_name(self._facts.https)
        if token := read_cookie(request.headers.get("cookie", ""), name):
            self._accounts.sign_out(token)
        return name

    def _entered(self, request: Request, token: str) -> Response:
        """Into the site with a session of one's own; the one that this browser had ends."""
        self._end_session(request)
        person = self._accounts.session(token)
        answer = RedirectResponse(landing(person) if person else "/login", status_code=303)
        # No age: the cookie goes with the browser, and the session ends by itself.
        name = cookie_name(self._facts.https)
        answer.set_cookie(name, token, path="/", secure=self._facts.https, httponly=True, samesite="lax")
        return answer


def login_form(facts: SiteFacts, problem: str = "") -> str:
    site = f'<p class="soft">{html.escape(facts.name)}</p>' if facts.name else ""
    body = (
        f'<main class="card"><a class="brand">Ringfence</a>{site}<h1>Sign in</h1>{_problem(problem)}'
        '<form method="post" action="/login">'
        f"{_field('name', 'Name', 'text', 'username', focus=True)}"
        f"{_field('password', 'Password', 'password', 'current-password')}"
        '<button class="btn go">Sign in</button></form>'
        '<p class="soft">Questions, answers and what was shown are recorded, and the record can be checked.</p></main>'
    )
    return page("Sign in · Ringfence", body)


def link_form(action: str, name: str, problem: str = "") -> str:
    """For the first person, who also chooses a name; or for somebody whose account waits for a password."""
    first = not name
    title = "You are the first person here" if first else f"Welcome, {html.escape(name)}"
    words = (
        "Choose your name and a password. You will look after people, documents and models; "
        "you will not be able to read the record: that is somebody else's task."
        if first
        else "Choose a password. Then you can ask."
    )
    body = (
        f'<main class="card"><a class="brand">Ringfence</a><h1>{title}</h1><p>{words}</p>{_problem(problem)}'
        f'<form method="post" action="{html.escape(action)}">'
        + (_field("name", "Name", "text", "username", focus=True) if first else "")
        + _field("password", "Password, 10 characters or more", "password", "new-password", focus=not first)
        + _field("again", "The same password again", "password", "new-password")
        + '<button class="btn go">Go on</button></form></main>'
    )
    return page("Welcome · Ringfence", body)


def _field(name: str, label: str, kind: str, complete: str, *, focus: bool = False) -> str:
    return (
        f'<label>{label}<input name="{name}" type="{kind}" autocomplete="{complete}" required maxlength="200"'
        f"{' autofocus' if focus else ''}></label>"
    )


def _problem(words: str) -> str:
    return f'<p class="problem" role="alert">{html.escape(words)}</p>' if words else ""


def _spent() -> HTMLResponse:
    body = f'<main class="card"><a class="brand">Ringfence</a><h1>Too late</h1><p>{SPENT}</p></main>'
    return HTMLResponse(page("Link · Ringfence", body), status_code=410)
