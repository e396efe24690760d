"""Forgetting documents, and the receipt.

    1 the intent is durable, with the reason; a hold, or a file that would keep the bytes, refuses before
    2 one transaction of the catalogue: from here on no answer shows them, and no job stores them again; then
      `erasures.log` says so, for backups that are older
    3 every other store is cleaned: index, originals, sealed passages, what deleted rows left behind
    4 the receipt is recorded: what went from where, and what lies beyond this home

Killed between 2 and 4, the reconciler goes on there; until then the record shows an intent that has not ended.
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


def finish(
    erasure: Erasure,
    *,
    forgetting: Forgetting,
    recorder: Recorder,
    actor: str,
    destroy: Callable[[str], Sequence[str]],
    quoted_in: Callable[[Sequence[str]], list[int]],
    backups: Callable[[int], list[dict[str, Any]]],
) -> int:
    """Steps 3, but for the index, and 4: returns the index of the receipt's record. The index has been made anew
    before. Raises RingfenceError where a store cannot be cleaned; to be called again."""
    documents = [one["document"] for one in erasure.stated["documents"]]
    versions = {one["version"] for one in erasure.stated["documents"] if one["version"]}
    sealed = sum(len(destroy(f"document:{document}")) for document in documents)
    counted = erasure.stated["removed"]
    removed = counted | {
        "originals": forgetting.clean(versions),
        "index": counted["passages"],
        "sealed": sealed,
    }
    found = {"quoted_in": quoted_in(documents), "backups": backups(erasure.request), "actor": actor}
    done = replace(erasure, stated=erasure.stated | {"removed": removed} | found)
    forgetting.end(done)
    return recorder.append(receipt(done))


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
