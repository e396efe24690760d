"""Our own routes behind the gate: the documents the pages run in, passages, pictures, proofs, what is recorded.

Every byte of a document or of the record goes through here, so through the house's live check, and never through
Gradio's files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Annotated

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from assistant.web import about, labels_text, reading
from assistant.web.base import House, PageText
from assistant.web.gate import landing
from assistant.web.recorded import recorded_page
from assistant.web.shell import gradio_page, refusal_page
from assistant.web.shown import Place, Shown
from ingest.errors import NoOriginal
from policies.vocabulary import Person

DRAWN_AT_ONCE, DRAWN_EACH = 2, 4
PageNumber = Annotated[int, Query(ge=0, le=999_999)]
ATTACHMENT = 'attachment; filename="{}"'


def _person(request: Request) -> Person:
    person = request.scope["state"]["person"]
    assert isinstance(person, Person)
    return person


def page_routes(house: House) -> APIRouter:
    """The documents of the pages, and the small ones around them."""
    router = APIRouter()

    @router.get("/healthz")
    async def healthy() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/favicon.ico")
    def icon() -> RedirectResponse:
        return RedirectResponse("/look/mark.svg", status_code=308)

    @router.get("/")
    def first(request: Request) -> RedirectResponse:
        return RedirectResponse(landing(_person(request)), status_code=303)

    @router.get("/me")
    def recorded(request: Request) -> HTMLResponse:
        person = _person(request)
        return HTMLResponse(recorded_page(house.facts, person, house.asking.openings(person)))

    @router.get("/{page}/")
    @router.get("/{page}")
    def page(request: Request, page: str) -> HTMLResponse:
        # Only names the gate knows come this far.
        return HTMLResponse(gradio_page(house.facts, _person(request), page))

    return router


def document_routes(house: House, shown: Shown) -> APIRouter:
    """Pages of documents, as text and as pictures."""
    router = APIRouter()
    drawing = Drawing()

    @router.get("/chat/passage/{ticket}")
    def passage(request: Request, ticket: str, page: PageNumber = 0) -> HTMLResponse:
        person = _person(request)
        place = shown.place(person.id, ticket)
        found = house.reading.page(person, place.document, page or place.page) if place else None
        if place is None or found is None:
            return HTMLResponse(reading.gone(), status_code=404)
        return _fragment(found, place, f"/chat/passage/{ticket}?page={{}}", f"/chat/picture/{ticket}?page={found.page}")

    @router.get("/chat/picture/{ticket}")
    async def picture(request: Request, ticket: str, page: PageNumber = 0) -> Response:
        person = _person(request)
        place = shown.place(person.id, ticket)
        if place is None:
            return _nothing()
        cited = page in (0, place.page)
        quotes = place.quotes if cited else ()
        return await drawing.drawn(
            person.id, partial(_picture, house, person, place.document, page or place.page, quotes)
        )

    @router.get("/library/document/{document}")
    def document_about(request: Request, document: str) -> HTMLResponse:
        return _document_about(house, _person(request), document)

    @router.get("/library/page/{document}/{page}")
    def document_page(request: Request, document: str, page: int) -> HTMLResponse:
        return _document_page(house, _person(request), document, page)

    @router.get("/library/picture/{document}/{page}")
    async def document_picture(request: Request, document: str, page: int) -> Response:
        person = _person(request)
        return await drawing.drawn(person.id, partial(_picture, house, person, document, page))

    return router


def record_routes(house: House) -> APIRouter:
    """Files about records."""
    router = APIRouter()

    @router.get("/audit/proof/{index}")
    def proof(request: Request, index: int) -> Response:
        return _file(house.record.proof(_person(request), index), f"record-{index}.tlog-proof", "text/plain")

    @router.get("/audit/raw/{index}")
    def raw(request: Request, index: int) -> Response:
        return _file(house.record.raw(_person(request), index), f"record-{index}.json", "application/json")

    return router


def _document_about(house: House, person: Person, document: str) -> HTMLResponse:
    """What is known of it, and its first page; of the page no text for who may see the name alone."""
    found = house.library.document(person, document)
    if found is None:
        return HTMLResponse(reading.gone(), status_code=404)
    first = bytes(_document_page(house, person, document, 1).body).decode()
    acts = labels_text.acts(house.labels.stands(person, document))
    return HTMLResponse(f'{about.fragment(found)}{acts}<div id="reading-page">{first}</div>')


def _document_page(house: House, person: Person, document: str, page: int) -> HTMLResponse:
    found = house.reading.page(person, document, page)
    if found is None:
        return HTMLResponse(reading.gone(), status_code=404)
    place, picture = Place(document=document, page=page), f"/library/picture/{document}/{page}"
    return _fragment(found, place, f"/library/page/{document}/{{}}", picture, numbered=True)


def _fragment(found: PageText, place: Place, address: str, picture: str, *, numbered: bool = False) -> HTMLResponse:
    markup = reading.fragment(found, place, address=address.format, picture=picture, numbered=numbered)
    return HTMLResponse(markup)


def _picture(house: House, person: Person, document: str, page: int, quotes: tuple[str, ...] = ()) -> Response:
    try:
        found = house.reading.page_picture(person, document, page, quotes)
    except NoOriginal as error:  # the page's text is shown all the same
        return PlainTextResponse(str(error), status_code=404)
    return Response(found, media_type="image/png") if found else _nothing()


def _file(content: bytes | None, name: str, media_type: str) -> Response:
    if content is None:
        return _nothing()
    return Response(content, media_type=media_type, headers={"content-disposition": ATTACHMENT.format(name)})


class Drawing:
    """Draws a few pictures at once, and few for one person. Drawing takes seconds: it must hold up neither the threads
    that all else runs in, nor another person's."""

    def __init__(self) -> None:
        self._places = CapacityLimiter(DRAWN_AT_ONCE)
        self._wanted: Counter[str] = Counter()

    async def drawn(self, person: str, draw: Callable[[], Response]) -> Response:
        """What `draw` returns; 429 for a person who has asked for as many as one may."""
        if self._wanted[person] >= DRAWN_EACH:
            return HTMLResponse(refusal_page(429), status_code=429)
        self._wanted[person] += 1
        try:
            return await run_sync(draw, limiter=self._places)
        finally:
            self._wanted[person] -= 1


def _nothing() -> Response:
    return HTMLResponse(refusal_page(404), status_code=404)
