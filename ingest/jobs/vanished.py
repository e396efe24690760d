"""Files that are no more.

What is promised: a document goes only when the file system says that its file is not there. A folder that cannot be
read, and a share that is not mounted, take nothing with them, wherever in a folder it was mounted. Where most of what
was there is gone at once, none of it is deleted unless somebody said how many may be. The label of what has gone is
remembered.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from typing import Protocol

from ingest.catalogue.catalogue import Catalogue
from ingest.catalogue.filesystem import mount_points
from ingest.catalogue.worklog import Worklog
from ingest.changing import change
from ingest.errors import Unseen
from ingest.jobs.discover import LOCAL, MARK
from ingest.jobs.report import DELETED, SKIPPED, WITHHELD, FileResult
from ingest.pipeline import Asked
from policies.audit.events import DocumentDeleted, Recorder
from policies.vocabulary import SourceRef

FEW = 20  # documents that may go at once, whatever share of all they are


class Runs(Protocol):
    """A job, as far as this needs one. `deleting`: see `_too_many`."""

    @property
    def asked(self) -> Asked: ...
    @property
    def catalogue(self) -> Catalogue: ...
    @property
    def worklog(self) -> Worklog: ...
    @property
    def recorder(self) -> Recorder: ...
    @property
    def dry_run(self) -> bool: ...
    @property
    def deleting(self) -> int: ...


def vanished(
    job: Runs,
    found: Mapping[str, bool],
    roots: Sequence[str],
    opened: AbstractSet[str] = frozenset(),
    coming: AbstractSet[str] = frozenset(),
) -> Iterator[FileResult]:
    """Delete what was once found under `roots`, is not among the documents `found`, and is gone. `found`: whether each
    is new. `opened`: paths of the containers that were looked through, so that what is not found in them is no longer
    there. `coming`: the versions that a dry run would have stored."""
    for root in roots:
        known = [*job.worklog.known_under(LOCAL, root), *job.worklog.known_under(LOCAL, root + MARK[0])]
        missing = [ref for ref in known if ref.document not in found and is_gone(ref.path, opened)]
        devices = job.worklog.devices(root)
        if missing:
            _refuse_unmounted(devices, {ref.path for ref in known}, {ref.path for ref in missing})
        take = _withheld if missing and _too_many(job, missing, known, found, coming) else _delete
        for ref in missing:
            if result := take(job, ref):
                yield result
        if not job.dry_run:
            _remember(job.worklog, devices, file_systems(root, (ref.path for ref in known)))


def _too_many(
    job: Runs,
    missing: Sequence[SourceRef],
    known: Sequence[SourceRef],
    found: Mapping[str, bool],
    coming: AbstractSet[str],
) -> bool:
    """Whether more than half of the documents that were there before are gone at once, which may be a mistake: an
    export that wrote next to nothing. One whose bytes lie elsewhere by now was moved. More than `job.deleting` are too
    many for somebody who looked and said so, too: they did not mean these."""
    before = job.catalogue.live(ref.document for ref in known if not found.get(ref.document))
    gone = before & {ref.document for ref in missing}
    lost = len(gone) - job.catalogue.moved(gone, coming)
    return lost > max(FEW, job.deleting) and 2 * lost > len(before)


def _withheld(job: Runs, ref: SourceRef) -> FileResult | None:
    document = job.catalogue.document(ref.document, None)
    if document is None:
        return None
    return FileResult(
        path=ref.path, outcome=SKIPPED, document=ref.document, reason=WITHHELD, label=document.label, fresh=True
    )


def _delete(job: Runs, ref: SourceRef) -> FileResult | None:
    document = job.catalogue.document(ref.document, None)
    if not job.dry_run:
        if document is not None:
            version = document.version
            event = DocumentDeleted(actor=job.asked.actor, document=ref.document, version=version, reason="VANISHED")
            make = partial(job.catalogue.delete, ref.document, version=version, remember=True)
            if not change(event, make, catalogue=job.catalogue, recorder=job.recorder):
                return None  # another job has found the file, and stored it anew
        job.worklog.take_back(ref.document)
    if document is None:  # it was set aside, so there is nothing to delete
        return None
    return FileResult(path=ref.path, outcome=DELETED, document=ref.document, reason="VANISHED", label=document.label)


def _refuse_unmounted(devices: Mapping[str, int], known: AbstractSet[str], missing: AbstractSet[str]) -> None:
    """Everything of a folder is gone at once, and it lies on another file system than it did: nobody emptied it."""
    mounted = mount_points()
    for folder, before in devices.items():
        was = {path for path in known if path == folder or path.startswith((f"{folder.rstrip('/')}/", folder + MARK))}
        if was and was <= missing and _device(folder, mounted) != before:
            raise Unseen(
                f"{folder} is empty and lies on another file system than before; {len(was)} documents came from it. "
                "Nothing was deleted.",
                cure="Mount it and run again. If it is meant to be empty, put one file into it and run again.",
            )


def _device(folder: str, mounted: AbstractSet[str]) -> int:
    """The file system that the folder lies on, or would; below zero where it is mounted there, which may be a folder of
    the same one (`mount --bind`)."""
    while not os.path.exists(folder):
        folder = os.path.dirname(folder)
    device = os.stat(folder).st_dev
    return -device if os.path.realpath(folder) in mounted else device


def file_systems(root: str, paths: Iterable[str]) -> set[str]:
    """The folders, `root` and those on the way to `paths`, at which something is mounted."""
    mounted = mount_points()
    folders = {root}
    for path in paths:
        folder = os.path.dirname(path)
        while folder not in folders and len(folder) > len(root):
            folders.add(folder)
            folder = os.path.dirname(folder)
    return {one for one in folders if one == root or os.path.ismount(one) or os.path.realpath(one) in mounted}


def remember(worklog: Worklog, roots: Sequence[str]) -> None:
    """Where each folder lies that was never looked through to its end, before a file of it is taken in: a run may be
    cut off."""
    for root in roots:
        if root not in worklog.devices(root):
            _remember(worklog, {}, {root})


def _remember(worklog: Worklog, devices: Mapping[str, int], folders: AbstractSet[str]) -> None:
    mounted = mount_points()
    for folder in filter(os.path.isdir, devices.keys() | folders):
        if (device := _device(folder, mounted)) != devices.get(folder):
            worklog.remember_root(folder, device)


def is_gone(path: str, opened: AbstractSet[str] = frozenset()) -> bool:
    """Whether the system says that there is no such file. A member of a container is gone when its container was
    looked through without finding it, or is gone itself; one that could not be opened takes nothing with it."""
    try:
        os.lstat(path)
        return False
    except (FileNotFoundError, NotADirectoryError):
        container, mark, _ = path.rpartition(MARK)
        return not mark or container in opened or is_gone(container, opened)
    except OSError:  # not to be told: a folder that may not be searched, a share that does not answer
        return False
