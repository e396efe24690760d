"""A change of a document that is there: its rights, its label, its end.

What is promised: it is on the record before it is made, and how it ended stands there too. A process that dies in
between leaves the record open; the next start closes it by what the catalogue says: the change names its record.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ingest.catalogue.catalogue import Catalogue
from policies.audit.events import ChangeEnded, Content, DocumentDeleted, Recorder, RightsChanged


class Makes(Protocol):
    """The change itself, in the catalogue, which keeps the number of the record that announced it."""

    def __call__(self, *, record: int) -> object: ...


def change(
    event: RightsChanged | DocumentDeleted,
    make: Makes,
    *,
    catalogue: Catalogue,
    recorder: Recorder,
    contents: Mapping[str, Content] | None = None,
) -> bool:
    """Record `event`, `make` the change, and record how it ended. False when it did not come about: another one was
    first. Raises RecordError, and then nothing was changed; or CatalogueError, and then the next start looks whether
    it was."""
    record = recorder.append(event, contents)
    make(record=record)
    end = ended(record, event.document, catalogue, actor=event.actor, on_behalf_of=event.on_behalf_of)
    recorder.append(end)
    return end.outcome == "done"


def ended(
    record: int, document: str, catalogue: Catalogue, *, actor: str = "system", on_behalf_of: str = ""
) -> ChangeEnded:
    """How the change that `record` announced has ended."""
    outcome = "done" if catalogue.made_by(record, document) else "lost"
    return ChangeEnded(closes=record, document=document, outcome=outcome, actor=actor, on_behalf_of=on_behalf_of)
