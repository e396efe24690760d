"""A record in the formats that other systems read: OCSF 1.8, CEF and CSV.

Each line says what one record says, in ids, labels, decisions and pseudonyms, with the SHA-256 of the record's exact
text, by which it is found in the export that can be proven. No text of anybody is in a record, so none is here. A line
depends on its record alone. A spoiled record has a line without fields: `Damaged`.
"""

from __future__ import annotations

import csv
import functools
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from importlib import metadata
from typing import Any

from policies.audit.forms import fields_of

DAMAGED = "Damaged"
OCSF_VERSION = "1.8.0"
_VENDOR = _PRODUCT = "Ringfence"

# What a record is about, in the order in which it is looked for, and how it ended or what was done.
_OBJECTS = ("document", "documents", "source", "destination", "conversation", "record", "what", "backup")
_ENDS = ("outcome", "verdict", "change", "ruling", "how", "what", "reason")
_RELATED = ("closes", "question", "decision", "request", "record", "backup")
_FAILED = frozenset(
    {"refused", "refuse", "error", "timeout", "unknown", "lost", "failed", "quarantined", "withheld", "unseen"}
)


class Severity(IntEnum):
    """By OCSF's numbers."""

    INFORMATIONAL = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4


_CEF_SEVERITY = {Severity.INFORMATIONAL: 1, Severity.LOW: 3, Severity.MEDIUM: 5, Severity.HIGH: 8}
_SEVERITIES = {
    **dict.fromkeys(("Departed", "Approved", "RecordRead", "LoweringAsked", "HoldChanged"), Severity.LOW),
    **dict.fromkeys(("DoorShut", "Failed", "LabelLowered", "BackupDestroyed", "ErasureAsked"), Severity.MEDIUM),
    **dict.fromkeys(("Revealed", "DocumentsForgotten", "PersonErased", "BackupRestored", DAMAGED), Severity.HIGH),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What the formats say of one record. `time` in µs; `related`: the record that it goes on from, -1 for none."""

    seq: int
    time: int
    kind: str
    actor: str
    on_behalf_of: str
    subject: str
    ended: str
    severity: Severity
    failed: bool
    label: str
    about: str
    related: int
    rules: str
    sha256: str
    fields: Mapping[str, Any]


def outline(seq: int, text: str) -> Outline:
    """What record `seq`, of this exact text, says."""
    body = fields_of(text)
    kind = str(body.get("kind") or DAMAGED)
    ended = next((body[name] for name in _ENDS if isinstance(body.get(name), str) and body[name]), "")
    failed = ended in _FAILED or kind in ("Failed", "DoorShut", DAMAGED)
    usual = _SEVERITIES.get(kind, Severity.INFORMATIONAL)
    return Outline(
        seq=seq,
        time=body.get("time", 0),
        kind=kind,
        actor=body.get("actor", ""),
        on_behalf_of=body.get("on_behalf_of", ""),
        subject=body.get("subject", ""),
        ended=ended,
        severity=max(usual, Severity.MEDIUM) if failed else usual,
        failed=failed,
        label=_plainly(body.get("label", "")),
        about=next((_plainly(body[name]) for name in _OBJECTS if body.get(name)), ""),
        related=next((body[name] for name in _RELATED if isinstance(body.get(name), int)), -1),
        rules=" ".join(str(one.get("rule", "")) for one in body.get("reasons", ()) if isinstance(one, dict)),
        sha256=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        fields=body,
    )


def _plainly(value: object) -> str:
    """A name as it is; of several documents their ids."""
    if isinstance(value, list):
        return " ".join(str(one.get("document", "")) if isinstance(one, dict) else str(one) for one in value)
    return str(value)


# -- OCSF (https://schema.ocsf.io/1.8.0) ---------------------------------------------------------------

_AUTHENTICATION, _ACCOUNT_CHANGE, _API, _DATASTORE = 3002, 3001, 6003, 6005
_OTHER = 99
_ACCOUNT = {"added": 1, "password-set": 3, "disabled": 5}
_DATASTORE_ACTIVITIES = {
    **dict.fromkeys(("IngestIntended", "DocumentIngested"), 5),  # write
    **dict.fromkeys(("DocumentDeleted", "ForgetIntended", "DocumentsForgotten"), 7),
    **dict.fromkeys(("EraseIntended", "PersonErased"), 7),
    "RightsChanged": 2,
    "TextShown": 1,
    "Revealed": 10,  # decrypt
}
_API_ACTIVITIES = {
    **dict.fromkeys(("QuestionAsked", "Departed", "BackupIntended", "BackupMade", "LoweringAsked", "ErasureAsked"), 1),
    **dict.fromkeys(("RecordRead", "AccessExplained"), 2),
    **dict.fromkeys(("SourceChanged", "LabelIdsMapped", "LabelLowered", "HoldChanged", "FileRuled", "SiteChanged"), 3),
    **dict.fromkeys(("EmbeddingChanged", "BackupRestored", "Reconciled", "SourceSynced"), 3),
    "BackupDestroyed": 4,
}


def ocsf(one: Outline, home: str) -> str:
    """One event as a line of JSON."""
    class_uid, activity = _activity(one)
    event = {
        "activity_id": activity,
        "activity_name": one.kind,
        "category_uid": class_uid // 1000,
        "class_uid": class_uid,
        "type_uid": class_uid * 100 + activity,
        "time": one.time // 1000,
        "severity_id": int(one.severity),
        "status_id": 2 if one.failed else 0 if "writer" in one.fields else 1,  # an intent has not ended yet
        "status_detail": one.ended,
        "message": one.kind,
        "metadata": {
            "version": OCSF_VERSION,
            "product": {"name": _PRODUCT, "vendor_name": _VENDOR, "version": _version()},
            "uid": f"{home}/{one.seq}",
            "sequence": one.seq,
            "event_code": one.kind,
            "log_name": "ledger",
            **({"correlation_uid": f"{home}/{one.related}"} if one.related >= 0 else {}),
        },
        "actor": {"user": _user(one.actor)},
        "raw_data_hash": {"algorithm_id": 3, "algorithm": "SHA-256", "value": one.sha256},
        "unmapped": one.fields,
        **_of_class(one, class_uid, home),
    }
    return json.dumps(event, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"


def _activity(one: Outline) -> tuple[int, int]:
    match one.kind:
        case "SignedIn":
            return _AUTHENTICATION, 2 if one.ended == "out" else 1
        case "PersonChanged":
            return _ACCOUNT_CHANGE, _ACCOUNT.get(one.ended, _OTHER)
        case kind if kind in _DATASTORE_ACTIVITIES:
            return _DATASTORE, _DATASTORE_ACTIVITIES[kind]
        case kind:
            return _API, _API_ACTIVITIES.get(kind, _OTHER)


def _of_class(one: Outline, class_uid: int, home: str) -> dict[str, Any]:
    """What this class asks for beside the rest."""
    here = {"uid": home, "name": _PRODUCT}
    match class_uid:
        case 3002:
            return {"user": _user(one.actor), "service": here}
        case 3001:
            return {"user": _user(one.subject)}
        case 6005:
            return {"src_endpoint": here, "database": here | {"type_id": _OTHER, "type": "Documents and record"}}
        case _:
            about = {"resources": [{"uid": one.about}]} if one.about else {}
            return {"src_endpoint": here, "api": {"operation": one.kind}} | about


def _user(who: str) -> dict[str, Any]:
    return {"uid": who or "unknown", "type_id": 3 if who == "system" else 0 if who in ("", "unknown") else 1}


# -- CEF (ArcSight Common Event Format, version 0) -------------------------------------------------------


def cef(one: Outline, home: str) -> str:
    """One event as a line. Within a header field `|` and `\\` are escaped, within a value `=`, `\\` and line ends."""
    header = (_VENDOR, _PRODUCT, _version(), one.kind, one.kind, str(_CEF_SEVERITY[one.severity]))
    values = {
        "rt": str(one.time // 1000),
        "externalId": str(one.seq),
        "deviceExternalId": home,
        "suid": one.actor,
        "duid": one.subject or one.on_behalf_of,
        "outcome": one.ended,
        "cs1": one.label,
        "cs2": one.rules,
        "cs3": one.about,
        "cs4": one.sha256,
        "cn1": str(one.related) if one.related >= 0 else "",
    }
    named = {"cs1": "label", "cs2": "rules", "cs3": "object", "cs4": "sha256", "cn1": "relatedRecord"}
    extension = [
        part
        for name, value in values.items()
        if value
        for part in ([f"{name}Label={named[name]}"] if name in named else []) + [f"{name}={_cef_value(value)}"]
    ]
    return f"CEF:0|{'|'.join(map(_cef_header, header))}|{' '.join(extension)}\n"


def _cef_header(text: str) -> str:
    return " ".join(text.splitlines()).replace("\\", "\\\\").replace("|", "\\|")


def _cef_value(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("=", "\\=")
    return escaped.replace("\r", "\\r").replace("\n", "\\n")


# -- CSV (RFC 4180) --------------------------------------------------------------------------------------

_COLUMNS = (
    *("record", "time", "kind", "actor", "on_behalf_of", "subject", "outcome", "severity", "label", "object"),
    *("related_record", "rules", "sha256"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # wide ones begin one as well


def csv_head() -> str:
    return _row(_COLUMNS)


def csv_line(one: Outline, _home: str) -> str:
    """One row. A cell that a spreadsheet would take for a formula begins with an apostrophe."""
    when = datetime.fromtimestamp(one.time / 1e6, UTC).isoformat(timespec="microseconds")
    related = str(one.related) if one.related >= 0 else ""
    return _row(
        (
            *(str(one.seq), when, one.kind, one.actor, one.on_behalf_of, one.subject, one.ended),
            *(one.severity.name.lower(), one.label, one.about, related, one.rules, one.sha256),
        )
    )


def _row(cells: tuple[str, ...]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells)
    return out.getvalue()


@functools.cache
def _version() -> str:
    return metadata.version("ringfence")
