"""Forgetting documents, and the receipt.

    1 the intent is durable, with the reason; a hold, or a file that would keep the bytes, refuses before
    2 one transaction of the catalogue: from here on no answer shows them, and no job stores them again; then
      `erasures.log` says so, for backups that are older
    3 what takes no time goes: originals, sealed passages
    4 every file is cleaned, once for all that was forgotten by then: the index, the kept marks and the catalogue's file
      are made anew, without what deleted rows left behind. In a large home aside, see `cleaning`
    5 the receipt is recorded: what went from where, and what lies beyond this home

Killed between 2 and 5, whoever cleans next goes on there; until then the record shows an intent that has not ended.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ingest.catalogue.forgetting import Erasure, Forgetting
from ingest.errors import CatalogueError
from policies.audit.document_events import DocumentsForgotten, ForgetIntended
from policies.audit.events import Content, Recorder
from policies.errors import RefusedError, UsageError

NOT_REACHED = [
    "the files in their sources",
    "backups, and copies of this home that are kept elsewhere",
    "what people copied out",
]


def forget(
    ids: Sequence[str], *, why: str, actor: str, forgetting: Forgetting, recorder: Recorder, source: str = ""
) -> Erasure:
    """Steps 1 and 2. Raises RefusedError, UsageError, RecordError or CatalogueError, and then nothing was forgotten.
    `source`: see `Forgetting.erase`."""
    if not why.strip():
        raise UsageError("Forgetting needs a reason.", cure="Give one with --reason.")
    targets = forgetting.targets(ids)
    named = [{"document": one.document, "version": one.version} for one in targets]
    reason = {"why": Content(text=why, owner=f"person:{actor}")}
    request = recorder.append(ForgetIntended(actor=actor, documents=named), reason)
    return _erased(lambda: forgetting.erase(targets, request, source=source), request, actor, recorder)


def forget_again(
    listed: Mapping[str, str], *, actor: str, forgetting: Forgetting, recorder: Recorder
) -> Erasure | None:
    """Steps 1 and 2 for what was forgotten after the backup that this catalogue comes from. `listed` is what
    `Erasures.read` gave. None when nothing of it is back."""
    if not (targets := forgetting.returned(listed)):
        return None
    named = [{"document": one.document, "version": one.version} for one in targets]
    request = recorder.append(ForgetIntended(actor=actor, documents=named))
    return _erased(lambda: forgetting.erase(targets, request, listed), request, actor, recorder)


def _erased(erase: Callable[[], Erasure], request: int, actor: str, recorder: Recorder) -> Erasure:
    try:
        return erase()
    except RefusedError:
        recorder.append(DocumentsForgotten(actor=actor, closes=request, outcome="refused"))
        raise
    except CatalogueError:
        recorder.append(DocumentsForgotten(actor=actor, closes=request, outcome="lost"))
        raise


def clear(erasure: Erasure, *, forgetting: Forgetting, actor: str, destroy: Callable[[str], Sequence[str]]) -> Erasure:
    """Step 3: returns what is stated now. Done again it takes what came since. `actor` is who asked for it."""
    sealed = sum(len(destroy(f"document:{document}")) for document in _documents(erasure))
    forgetting.discard(_versions(erasure))
    return forgetting.cleared(erasure, sealed, actor)


def finish(
    cleared: Erasure,
    *,
    forgetting: Forgetting,
    recorder: Recorder,
    quoted_in: Callable[[Sequence[str]], list[int]],
    backups: Callable[[], list[dict[str, Any]]],
) -> int:
    """Step 5, after 4: returns the index of the receipt's record. Raises RingfenceError; to be called again."""
    stated = dict(cleared.stated)
    counted = stated["removed"]
    removed = counted | {
        "originals": forgetting.without_original(_versions(cleared)),
        "index": counted["passages"],
        "sealed": stated.pop("sealed"),
    }
    found = {"removed": removed, "quoted_in": quoted_in(_documents(cleared)), "backups": backups()}
    done = replace(cleared, stated=stated | found)
    forgetting.end(done)
    return recorder.append(receipt(done))


def _documents(erasure: Erasure) -> list[str]:
    return [one["document"] for one in erasure.stated["documents"]]


def _versions(erasure: Erasure) -> set[str]:
    return {one["version"] for one in erasure.stated["documents"] if one["version"]}


def receipt(erasure: Erasure) -> DocumentsForgotten:
    """The event that says what a finished erasure did."""
    stated = erasure.stated
    return DocumentsForgotten(
        actor=stated.get("actor", "system"),
        closes=erasure.request,
        outcome="forgotten",
        documents=stated["documents"],
        removed=stated["removed"],
        shared=stated["shared"],
        quoted_in=stated["quoted_in"],
        backups=stated.get("backups", []),  # an erasure of before has none
        not_reached=NOT_REACHED,
    )
