"""Was this file met before, as it is now? First by size and time alone, then, where that cannot tell, by its bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ingest.catalogue.catalogue import Catalogue
from ingest.catalogue.rows import SetAside, Stat
from ingest.catalogue.worklog import Worklog
from policies.vocabulary import SourceRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """`live`: it is the current version of its document. `aside`: it is as broken as it was, and why."""

    how: Literal["live", "aside"]
    aside: SetAside | None


def met_before(ref: SourceRef, stat: Stat, *, catalogue: Catalogue, worklog: Worklog) -> Met | None:
    """None for a file that has to be read: new, changed, failed the last time, or read by another pipeline.

    Without a `stat.version` the answer rests on size and time; a file for which those cannot tell is not met.
    """
    aside = worklog.aside(ref.document)
    if aside and aside.outcome == "skipped" and _same_bytes(aside.stat, stat):
        return Met(how="aside", aside=aside)
    if aside and aside.outcome == "quarantined" and _same(aside.stat, stat):
        return Met(how="aside", aside=aside)
    live = catalogue.seen(ref.source, ref.path)
    if live and _same(live, stat) and (stat.version or not aside):
        return Met(how="live", aside=aside)
    return None


def _same_bytes(before: Stat, now: Stat) -> bool:
    if now.version and before.version:
        return before.version == now.version
    return before.same_file(now.size, now.mtime)


def _same(before: Stat, now: Stat) -> bool:
    if before.pipeline != now.pipeline:
        return False
    return before.version == now.version if now.version else before.same_file(now.size, now.mtime)
