"""What the home's record and the gateway's say of the same departures, side by side.

What is promised: every departure that one of them holds and the other does not, or holds with other bytes, is found,
from the gateway's first record to the end of its export. They are matched by the release, which each names by a
hash. That the two are whole is for `audit verify` and, for the export, `deploy/verifier`; what is missing
at the end of an export shows here as departures newer than it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from policies.audit.export import FORMAT
from policies.audit.forms import fields_of
from policies.audit.since import Records, read
from policies.errors import UsageError

_SAME = ("destination", "outgoing", "outgoing_size", "body_sha256")
_CURE = "Make it with `ringfence --home GATEWAY audit export FILE`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`ours` and `theirs` are records of the home and of the gateway, -1 where there is none."""

    code: str
    ours: int
    theirs: int
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """`matched`: left by both records, with the same bytes. `unreached`: recorded here as not answered, and never seen
    by the gateway. `older`, `newer`: here, before the gateway's first record or after its export."""

    matched: int = 0
    unreached: int = 0
    older: int = 0
    newer: int = 0
    differences: tuple[Difference, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def reconcile(records: Records, export: Path) -> Reconciled:
    """Compare the home's record with the gateway's export. Raises UsageError for a file that is not a whole export."""
    theirs = list(_exported(export))
    if not theirs:
        raise UsageError(f"{export} holds no record.", cure=_CURE)
    first, last = int(theirs[0][1].get("time", 0)), int(theirs[-1][1].get("time", 0))
    left = {str(body.get("release")): (seq, body) for seq, body in theirs if body.get("kind") == "Departed"}
    ours, outcomes = _ours(records)
    found: list[Difference] = []
    counts = dict.fromkeys(("matched", "unreached", "older", "newer"), 0)
    for release, (seq, body) in ours.items():
        if release in left:
            there, said = left.pop(release)
            if same := [name for name in _SAME if body.get(name) != said.get(name)]:
                detail = f"The two differ in {', '.join(same)}."
                found.append(Difference(code="DIFFERENT", ours=seq, theirs=there, detail=detail))
            else:
                counts["matched"] += 1
        elif (when := int(body.get("time", 0))) < first:
            counts["older"] += 1
        elif when > last:
            counts["newer"] += 1
        elif outcomes.get(seq) == "ok":
            detail = "It was answered, and the gateway knows nothing of it: it left another way."
            found.append(Difference(code="NOT_AT_GATEWAY", ours=seq, theirs=-1, detail=detail))
        else:
            counts["unreached"] += 1
    found += [
        Difference(code="UNRECORDED", ours=-1, theirs=seq, detail="It left, and this record knows nothing of it.")
        for seq, _ in left.values()
    ]
    return Reconciled(differences=tuple(found), **counts)


def in_words(found: Reconciled) -> str:
    lines = [
        f"{one.code:<15} here {_number(one.ours):>8}  gateway {_number(one.theirs):>8}  {one.detail}"
        for one in found.differences
    ]
    state = "The two records differ" if found.differences else "The two records agree"
    lines.append(f"{state}: {found.matched} departures in both, {found.unreached} that never reached the gateway.")
    if found.older or found.newer:
        lines.append(f"Not compared: {found.older} before the gateway's first record, {found.newer} after its export.")
    return "\n".join(lines)


def _number(record: int) -> str:
    return str(record) if record >= 0 else "-"


def _ours(records: Records) -> tuple[dict[str, tuple[int, Mapping[str, Any]]], dict[int, str]]:
    """The departures of the home by their release, and how each ended."""
    departed: dict[str, tuple[int, Mapping[str, Any]]] = {}
    outcomes: dict[int, str] = {}
    for seq, body in read(records, 0, "Departed", "Returned"):
        if body["kind"] == "Departed":
            departed[str(body.get("release") or f"record {seq}")] = seq, body
        else:
            outcomes[int(body.get("closes", -1))] = str(body.get("outcome"))
    return departed, outcomes


def _exported(file: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The records of an export, in order. Raises UsageError when it is not one, or not whole."""
    try:
        lines = file.read_text(encoding="utf-8").rstrip("\n").split("\n")  # other ends of lines may stand in a text
        header, *rows = (json.loads(line) for line in lines)
        if header["format"] != FORMAT or [row["seq"] for row in rows] != list(range(header["size"])):
            raise ValueError
        yield from ((row["seq"], fields_of(row["body"])) for row in rows)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise UsageError(f"{file} is not a whole export of a record.", cure=_CURE) from None
