"""`ringfence doctor`: what is here, what is missing, and every connection this installation can make. Only reads."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policies.errors import RingfenceError

if TYPE_CHECKING:
    from assistant.wiring import Parts

SHOWN = 10  # ids that are named
HARMLESS = b"Is anybody there?"
LEAST_FREE = 1 << 30  # bytes: below this a store may run full during one large ingestion


def examine(home: Path | None) -> dict[str, Any]:
    """One entry per thing looked at: {"what", "ok", "found", "cure"}. `ok` is whether nothing needed is missing."""
    from assistant.wiring import open_parts

    parts = open_parts(home)
    try:
        looked = [_look(what, look, parts) for what, look in LOOKS]
    finally:
        parts.close()
    return {"ok": all(one["ok"] for one in looked), "looked": looked, "connections": _connections(parts)}


def in_words(report: dict[str, Any]) -> str:
    """For a person: what is well, what is not and its cure, then the table of connections."""
    lines = []
    for one in report["looked"]:
        lines.append(f"{'ok ' if one['ok'] else 'NOT'}  {one['what']}: {one['found']}")
        if one["cure"]:
            lines.append(f"      {one['cure']}")
    lines.append("\nConnections this installation can make:")
    for row in report["connections"]:
        state = "on " if row["on"] else "off"
        lines.append(f"{state}  {row['from']} to {row['to']} ({row['protocol']}): {row['carries']}")
    return "\n".join(lines)


def _look(what: str, look: Callable[[Parts], str], parts: Parts) -> dict[str, Any]:
    try:
        return {"what": what, "ok": True, "found": look(parts), "cure": ""}
    except RingfenceError as error:
        return {"what": what, "ok": False, "found": error.message, "cure": error.cure}


def _home(parts: Parts) -> str:
    free = shutil.disk_usage(parts.home.path).free
    if free < LEAST_FREE:
        raise RingfenceError(f"only {free >> 20} MiB are free at {parts.home.path}.", cure="Free some space.")
    return f"{parts.home.path}, {free >> 30} GiB free"


def _keys(parts: Parts) -> str:
    public = parts.keys.public.hex()
    return f"in {parts.home.keys}, public key {public[:16]}…; keep a copy elsewhere"


def _record(parts: Parts) -> str:
    return f"{parts.ledger.head().size:,} records; `ringfence audit verify` checks them all"


def _backups(parts: Parts) -> str:
    from policies.audit.backups import backups
    from policies.audit.cli import when

    there = [one for one in backups(parts.home) if one.destroyed < 0]
    if not there:
        return "none is on the record; `ringfence backup FILE` makes one"
    said = f"{len(there):,} on the record and not destroyed, the newest of {when(there[-1].time)} (UTC)"
    if stale := [one for one in there if one.forgotten or one.erased]:
        said += (
            f"; {len(stale):,} of them were made before up to {stale[0].forgotten:,} documents were forgotten and what "
            f"{stale[0].erased:,} persons wrote was erased, and may hold it: destroy them "
            "when you may, and say so with `ringfence backup --destroyed`"
        )
    return said


def _catalogue(parts: Parts) -> str:
    counts = parts.ingest.catalogue.counts()
    said = f"{counts['documents']:,} documents, {counts['chunks']:,} passages, {counts['set_aside']:,} files set aside"
    if counts["other_language"]:
        said += f"; {counts['other_language']:,} not in English, which the packaged embedding model knows best"
    if waiting := sum(len(one.stated["documents"]) for one in parts.ingest.forgetting.pending()):
        said += f"; {waiting:,} forgotten documents are not out of every file yet, see `ringfence documents reconcile`"
    return said


def _malware(parts: Parts) -> str:
    from ingest.errors import FileProblem

    check, where = parts.ingest.malware_check, parts.ingest.settings.clamd
    if check is None:
        return "none: files are read without one, as [ingest] clamd is not set"
    try:
        check(HARMLESS)
    except FileProblem:
        raise RingfenceError(
            f"clamd at {where} gives no verdict, and no file is read without one.",
            cure="Start clamd, see that this account may use its socket, or correct [ingest] clamd; then ingest again.",
        ) from None
    waiting = sum(file.reason == "UNCHECKED" for file in parts.ingest.library.set_aside())
    said = f"clamd at {where} answers"
    if waiting:
        said += f"; {waiting:,} files wait for it. Ingest again; if they stay, raise the limits in clamd.conf"
    return said


def _recordings(parts: Parts) -> str:
    from ingest.sandbox.listening import CURE, takes_all, why_not

    folder = parts.ingest.settings.whisper_model
    if missing := why_not(folder):
        if folder:
            raise RingfenceError(f"{missing}: recordings are set aside.", cure=CURE)
        return f"set aside, as {missing}"
    kinds = "WAV, FLAC, Ogg and MP3" if takes_all() else "WAV alone (`pip install ringfence[whisper]` for the others)"
    return f"written down by the model in {folder}: {kinds}"


def _labels(parts: Parts) -> str:
    labels = parts.ingest.catalogue.labels
    unknown, known = labels.unknown(), len(labels.mapping())
    if not unknown:
        return f"{known:,} ids of sensitivity labels known, none unknown"
    from ingest.label_map import CURE

    named = ", ".join(list(unknown)[:SHOWN]) + (", …" if len(unknown) > SHOWN else "")
    return f"{known:,} ids known; {len(unknown):,} unknown, which count as restricted: {named}. {CURE}"


def _index(parts: Parts) -> str:
    held, wanted = parts.ingest.index.count(), parts.ingest.catalogue.counts()["chunks"]
    making = "; one is being made beside it" if parts.ingest.indexes.being_made() else ""
    return f"{held:,} of {wanted:,} passages searchable, model {parts.ingest.embedder.digest[:12]}{making}"


def _rules(parts: Parts) -> str:
    return f"{len(parts.rulebook.rules)} rules, rulebook {parts.rulebook.digest[:12]}"


def _detectors(parts: Parts) -> str:
    detectors = parts.detectors
    return f"{', '.join(detectors.names)}; screens {', '.join(sorted(detectors.languages))}"


def _outside(parts: Parts) -> str:
    there, stated = parts.destination, parts.settings.destination
    if there is None or stated is None:
        return f"closed: no destination is configured, nothing leaves{_stopped(parts)}"
    kept = "not stated" if stated.retention_days is None else f"{stated.retention_days} days"
    terms = (
        f"contract {stated.contract or 'not stated'}, region {stated.region or 'not stated'}, kept {kept}, "
        f"training {'excluded' if stated.no_training else 'not excluded'}, "
        f"invented names {'allowed' if stated.pseudonymised else 'not allowed'}"
    )
    way = f" by the gateway at {parts.settings.gateway_url}" if parts.settings.gateway_url else ""
    return f"{parts.outside}: {there.id} at {there.host}{way}, up to {there.ceiling}; {terms}{_stopped(parts)}"


def _stopped(parts: Parts) -> str:
    """How the switch stands, where it is off."""
    from policies.audit.cli import when
    from policies.switch import stopped

    state = stopped(parts.home)
    return f"; stopped since {when(state.since)} (UTC), the ladder is at {parts.settings.outside}" if state else ""


def _writer(parts: Parts) -> str:
    kind = ", a demonstration model: it quotes unless asked to write" if parts.writer.demonstration else ""
    return f"{parts.writer.name}, sha256 {parts.writer.digest[:12]}{kind}"


def _machine(_: Parts) -> str:
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}"


def _connections(parts: Parts) -> list[dict[str, Any]]:
    from assistant.egress.connections import load_connections

    used = {
        "assistant.ollama_url": parts.settings.model != "embedded",
        "ingest.qdrant_url": bool(parts.ingest_settings.qdrant_url),
        "ingest.clamd": bool(parts.ingest_settings.clamd),
    }
    gateway = bool(parts.settings.gateway_url)
    used |= {"assistant.destination": parts.destination is not None and not gateway, "assistant.gateway_url": gateway}
    return [
        {
            "id": row.id,
            "from": row.source,
            "to": row.target,
            "protocol": row.protocol,
            "carries": row.carries,
            "on": used.get(row.setting, row.on) if row.setting else row.on,
        }
        for row in load_connections()
    ]


LOOKS: tuple[tuple[str, Callable[[Parts], str]], ...] = (
    ("machine", _machine),
    ("home", _home),
    ("keys", _keys),
    ("record", _record),
    ("backups", _backups),
    ("documents", _catalogue),
    ("malware check", _malware),
    ("recordings", _recordings),
    ("labels", _labels),
    ("index", _index),
    ("rules", _rules),
    ("detectors", _detectors),
    ("outside", _outside),
    ("writing model", _writer),
)
