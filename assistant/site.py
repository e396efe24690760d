"""The ASGI application: the gate in front, our own routes, and one Gradio page under each path.

Whatever is reached here was let through by `web.gate`; each page lives under its own path, so that who may not open
a page cannot reach its configuration, its queue or its data either.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assistant.config import quiet_environment
from assistant.web.base import House
from assistant.web.gate import App, Gate
from policies.errors import RingfenceError

if TYPE_CHECKING:
    from fastapi import FastAPI, Request, Response


def build_site(house: House) -> App:
    """The whole site over one house. Reads no configuration and opens nothing."""
    quiet_environment()  # before Gradio is imported: it looks at the environment while it is
    from fastapi import FastAPI

    from assistant.web.mounting import mount_pages
    from assistant.web.routes import document_routes, page_routes, record_routes
    from assistant.web.shown import Shown
    from assistant.web.signin import SignIn

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    shown = Shown()
    app.add_exception_handler(RingfenceError, _said)
    app.include_router(SignIn(house.accounts, house.facts).routes())
    app.include_router(page_routes(house))
    app.include_router(document_routes(house, shown))
    app.include_router(record_routes(house))
    _look(app)
    mount_pages(app, house, shown)
    return Gate(app, accounts=house.accounts, facts=house.facts)


async def _said(_: Request, error: Exception) -> Response:
    """What a part of ours could not do, in its own words: they hold no text of anybody."""
    from fastapi.responses import HTMLResponse

    from assistant.web.render import escape

    return HTMLResponse(f'<p class="notice">{escape(str(error))}</p>', status_code=503)


def _look(app: FastAPI) -> None:
    from starlette.staticfiles import StaticFiles

    app.mount("/look", StaticFiles(directory=Path(__file__).parent / "web" / "look"))
