"""A file that was taken in without a copy, read once more where it lies."""

from __future__ import annotations

from pathlib import PurePosixPath

from ingest.catalogue.originals import version_of
from ingest.errors import FileProblem, NoOriginal
from ingest.jobs.discover import LOCAL, place_of
from ingest.pipeline import Reads
from ingest.sources.folder import read_file
from policies.vocabulary import Document


def read_again(document: Document, read: Reads) -> bytes:
    """The very bytes that the document was made of; `read` opens what it lies in. Raises NoOriginal when they are not
    there, or no longer the same."""
    if document.source.source != LOCAL:
        raise _not_there(document, "its source does not give files twice")
    path, inner = place_of(document.source.path)
    try:
        data, name = read_file(path), path
        for member in inner:
            held = {one.name: one.data for one in read(data, PurePosixPath(name).name).members}
            data, name = held[member], member
    except FileProblem as problem:
        raise _not_there(document, problem.reason) from problem
    except KeyError as error:
        raise _not_there(document, "what it lay in no longer holds it") from error
    if version_of(data) != document.version:
        raise NoOriginal(
            f"{document.source.path} has changed since it was taken in, and no copy of it is kept.",
            cure="Sync its source: then the document is what the file is now.",
        )
    return data


def _not_there(document: Document, why: str) -> NoOriginal:
    return NoOriginal(
        f"{document.source.path} cannot be read where it lies ({why}), and no copy of it is kept.",
        cure="Put it back or mount its folder, and look again; or sync its source.",
    )
