"""A page of a document, as text or as a picture, for somebody who may read it now. Recorded before it is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assistant.web.base import PageText
from ingest.library import Library, is_drawn
from ingest.library import PageText as Page
from ingest.spot import in_words
from policies.audit.events import Recorder, TextShown
from policies.vocabulary import Chunk, Document, Person


class Reading:
    """Keeps `web.base.Reading`."""

    def __init__(
        self,
        library: Library,
        recorder: Recorder,
        may_read: Callable[[Person, Document, Chunk], bool],
        nameable: Callable[[Person], int],
    ) -> None:
        self._library = library
        self._nameable = nameable
        self._recorder = recorder
        self._may_read = may_read

    def count(self, person: Person) -> int:
        return self._nameable(person)

    def page(self, person: Person, document: str, page: int) -> PageText | None:
        found = self._page(person, document, page)
        if found is None:
            return None
        self._record(person, "preview", found.document, page)
        return PageText(
            document=document,
            title=found.document.title,
            dated=found.document.dated,
            label=found.document.label,
            page=page,
            pages=found.document.pages,
            blocks=tuple((" › ".join(chunk.heading), chunk.text) for chunk in found.chunks),
            picture=is_drawn(found.document),
            passages=tuple((chunk.ordinal + 1, chunk.label) for chunk in found.chunks),
            rows=tuple(in_words(chunk.rows) for chunk in found.chunks),
        )

    def page_picture(self, person: Person, document: str, page: int, quotes: Sequence[str] = ()) -> bytes | None:
        found = self._page(person, document, page)
        picture = self._library.page_image(document, page, person, quotes) if found else None
        if found is None or picture is None:
            return None
        self._record(person, "page picture", found.document, page)
        return picture

    def _page(self, person: Person, document: str, page: int) -> Page | None:
        """A page that rights and rules let this person see, all of it: a rule against a part of it hides the page."""
        found = self._library.page_text(document, page, person)
        if found is None or not all(self._may_read(person, found.document, chunk) for chunk in found.chunks):
            return None
        return found

    def _record(self, person: Person, how: str, document: Document, page: int) -> None:
        shown = [{"document": document.id, "version": document.version, "page": page}]
        self._recorder.append(TextShown(actor=person.id, how=how, shown=shown))
