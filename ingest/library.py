"""What pages and operators may do with documents: list, show, read a page, see a page, look at files set aside, jobs.

Names, labels and outcomes are for operators; text is for whoever may read the document, asked at every call. Whoever
shows text records it (TextShown) before it is shown: the functions here only fetch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from ingest.catalogue.catalogue import Catalogue
from ingest.catalogue.originals import version_of
from ingest.catalogue.pages import kept_page
from ingest.catalogue.rows import Listed, SetAside
from ingest.catalogue.worklog import JobRow, Worklog
from ingest.errors import CatalogueError, NoOriginal
from ingest.readers.kinds import PDF, PICTURES
from ingest.sources.saved import Keeping
from policies.labels import Label
from policies.vocabulary import Chunk, Document, Person

if TYPE_CHECKING:
    from ingest.readers.base import RawText

REASONS = {
    "BAD_NAME": "The file's name is not valid text, so it could not be cited. Rename it.",
    "CHANGING": "The file was being written while it was read. It is tried again the next time.",
    "CRASHED": "The file broke the program that reads it. Save it anew from the program that made it, or as a PDF.",
    "DAMAGED": "The file is damaged, or is not what its name says. Open it where it was made and save it again.",
    "EMPTY": "The file is empty. Put the right one in its place, or remove it.",
    "ENCRYPTED": "The file is protected by a password. Save it without one, or hand in a copy that opens by itself.",
    "EXPANDS": "The file unpacks to far more than its own size. Unpack it into the folder.",
    "FORGOTTEN": "The file was forgotten on purpose. `ringfence documents forget --undo` lets it in again.",
    "GONE": "The file was gone when it was to be read. Put it back, or let the next run take note.",
    "HIDDEN": "Hidden and temporary files are not taken in.",
    "INTERNAL": "Something went wrong on our side. It is tried again the next time.",
    "INTERRUPTED": "Reading was interrupted from outside. It is tried again the next time.",
    "LINK": "The entry is a link that is not followed. Put what it leads to in its place.",
    "MALWARE": "The malware check found something in the file, so it was not opened. The log of clamd says what.",
    "MEMORY": "Reading the file took more memory than one file may. Split it, or raise `max_memory_mb`.",
    "MISSING": "The manifest names this file, and it is not there. Correct the manifest, or put the file back.",
    "NOT_CONFINED": (
        "The protection for reading files could not be put on, so the file was not opened. `ringfence doctor` says why."
    ),
    "NO_PAGE": "The file has no such page.",
    "NO_TEXT": (
        "No text was found in the file. If it is a scan, scan it again more clearly, or hand in a copy with text."
    ),
    "PROTECTED": (
        "The file's reading is bound to rights that this machine has not. Ask its owner for a copy "
        "without that protection."
    ),
    "RECORDING": (
        "Recordings are read where `pip install ringfence[whisper]` was run and `[ingest] whisper_model` names a "
        "model's folder; `ringfence doctor` says what is missing. M4A is never read: save it as FLAC or WAV. Or hand "
        "in a transcript."
    ),
    "RELEASED": (
        "An operator said never to mind this file. It is looked at again when it changes, or with "
        "`ringfence documents quarantine retry ID`."
    ),
    "SPECIAL": "The entry is no ordinary file. Put a file there.",
    "TIMEOUT": "Reading the file took longer than one file may. Split it, or raise `max_seconds`.",
    "TOO_DEEP": "The file lies in more than three files one inside the other. Unpack it into the folder.",
    "TOO_LARGE": "The file is larger than is allowed. Split it, or raise `max_file_mb`.",
    "TOO_MANY_MEMBERS": "The file holds more than 1,000 files. Unpack it into the folder, or split it.",
    "TOO_MANY_PAGES": "The file has more pages than is allowed. Split it.",
    "UNCHECKED": (
        "The malware check gave no verdict, so the file was not opened. It is tried again the next time; "
        "see `ringfence doctor`."
    ),
    "UNREADABLE": "The file could not be opened. Check who may read it; it is tried again the next time.",
    "UNSUPPORTED": (
        "Files of this kind are not read. For .doc and .ppt install LibreOffice, or save the file as .docx or .pptx."
    ),
    "VANISHED": "The file is no longer where it was.",
    "WITHHELD": "The file is no longer where it was, and so are most others: none of their documents was deleted.",
}


def reason_in_words(code: str) -> str:
    """A sentence for a person. An unknown code is shown as it is."""
    return REASONS.get(code, f"Set aside ({code})." if code else "")


def is_drawn(document: Document) -> bool:
    """Whether its pages can be looked at: those of a PDF, and a picture of which a copy is kept or can be found."""
    return document.media_type == PDF or (document.media_type in PICTURES and document.originals != Keeping.PAGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One document, as its operator sees it: no text. `labels`: how many passages have which label."""

    document: Listed
    media_type: str
    why: str
    labels: Mapping[Label, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """The text of one page, in reading order, for one person, now."""

    document: Document
    page: int
    chunks: tuple[Chunk, ...]

    @property
    def text(self) -> str:
        return "\n\n".join(chunk.text for chunk in self.chunks)


class Images(Protocol):
    """What draws a page, and opens a file that holds others: a sandbox."""

    def page_image(self, data: bytes, page: int, quotes: Sequence[str] = ()) -> bytes: ...

    def read(self, data: bytes, name: str) -> RawText: ...


class Library:
    """`is_running` tells whether the process of a job still lives; `images` is asked for only when a page is drawn."""

    def __init__(
        self,
        catalogue: Catalogue,
        worklog: Worklog,
        *,
        images: Callable[[], Images],
        is_running: Callable[[str], bool],
    ) -> None:
        self._catalogue = catalogue
        self._worklog = worklog
        self._images = images
        self._is_running = is_running

    # -- names, labels, outcomes ---------------------------------------------------------------------------

    def documents(self, person: Person | None = None) -> list[Listed]:
        """Every document with the files set aside, for an operator; or those that `person` may read."""
        return self._catalogue.documents(person)

    def page(
        self, person: Person | None, text: str, wanted: Callable[[Listed], bool], start: int, limit: int
    ) -> list[Listed]:
        """A part of `documents`: those that hold `text` in a name, a path or what they say of themselves, and that are
        `wanted`."""
        return self._catalogue.page(person, text, wanted, start, limit)

    def waiting(self) -> list[Listed]:
        """The part of `documents` that waits for a person to look, older versions that are kept included."""
        return self._catalogue.waiting()

    def alike(self, person: Person) -> list[tuple[Listed, int]]:
        """Live documents that `person` may read, those of one source, groups and label together: one, and how many."""
        return self._catalogue.alike(person)

    def show(self, document: str, person: Person | None = None) -> Shown | None:
        """None for an unknown document and for one that `person` may not read."""
        found = self._catalogue.listed(document, person)
        if found is None:
            return None
        live = self._catalogue.document(document, person)
        labels = self._catalogue.labels.of_passages(document) if person is None else {}  # a reader may see but some
        return Shown(
            document=found, media_type=live.media_type if live else "", why=reason_in_words(found.reason), labels=labels
        )

    def set_aside(self) -> list[SetAside]:
        """The files that wait for a person to look. `reason_in_words(file.reason)` says why."""
        return self._worklog.set_aside()

    def jobs(self, limit: int = 50) -> list[JobRow]:
        """The newest first. One whose process died is `interrupted`."""
        rows: Sequence[JobRow] = self._worklog.jobs(limit)
        return [
            replace(row, state="interrupted") if row.state == "running" and not self._is_running(row.id) else row
            for row in rows
        ]

    def counts(self) -> dict[str, int]:
        """See `Catalogue.counts`."""
        return self._catalogue.counts()

    # -- text: rights are asked at every call, and the caller records what is shown -------------------------

    def page_text(self, document: str, page: int, person: Person) -> PageText | None:
        """None when `person` may not read the document, when there is none, and when it has no such page."""
        found = self._catalogue.page_chunks(document, page, person)
        if not found:
            return None
        return PageText(document=found[0][1], page=page, chunks=tuple(chunk for chunk, _ in found))

    def page_image(self, document: str, page: int, person: Person, quotes: Sequence[str] = ()) -> bytes | None:
        """A page as a PNG, drawn in the sandbox with `quotes` marked where they stand on it, or as it was
        kept. None as in `page_text`, and for other kinds of file. Raises NoOriginal as `original` does."""
        found = self._catalogue.document(document, person)
        if found is None or not is_drawn(found) or not 1 <= page <= found.pages:
            return None
        if found.originals == Keeping.PAGES:
            return kept_page(self._catalogue.pages.path(found.version), page)
        return self._images().page_image(self._bytes(found), page, quotes)

    def original(self, document: str, person: Person) -> tuple[Document, bytes] | None:
        """The file as it came, for a person who may read it. Raises NoOriginal when no copy is kept, and the file does
        not lie unchanged where it was."""
        found = self._catalogue.document(document, person)
        return None if found is None else (found, self._bytes(found))

    def _bytes(self, found: Document) -> bytes:
        if found.originals == Keeping.REFERENCE:
            from ingest.jobs.again import read_again

            return read_again(found, self._images().read)
        if found.originals == Keeping.PAGES:
            raise NoOriginal(
                f"Of {found.source.path} only pictures of its pages are kept.", cure="Open it where it lies."
            )
        try:
            data = self._catalogue.originals.path(found.version).read_bytes()
        except OSError as error:
            raise CatalogueError(
                f"The original of document {found.id} is not there ({error.strerror}).",
                cure="Run `ringfence documents reconcile`, or put back a copy of the home.",
            ) from error
        if version_of(data) != found.version:
            raise CatalogueError(
                f"The original of document {found.id} is damaged.",
                cure="Run `ringfence documents reconcile`, or put back a copy of the home.",
            )
        return data
