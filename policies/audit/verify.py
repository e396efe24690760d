"""Checking the whole record. Only reads, also from a folder that cannot be written.

What is checked. Every record is hashed again and the roots are compared with the signed heads: each size in a
record of up to 2,000, beyond that every 1,024th and the last; where a root differs, all heads from the last
proven size on are used to find the exact place. Signatures: each head in a record of up to 2,000, beyond that
2,000 of them, evenly spread, and the last; since the last signed root covers every record, a head in between
whose signature alone was spoiled may go unnoticed in a large record, a changed record never does. The first
bad signature is then looked for among all.

With a checkpoint that was kept outside: a shorter record is a ROLLBACK, one with another past a FORK. The root that
is held against it is hashed from the records: a head may have been left as it was when they were rewritten.

What cannot be detected. Without an outside checkpoint: an older state of the whole home put back; the tail
cut off together with its heads; a past rewritten by whoever holds the signing key. With one: the same for what
came after it. And never: a program that was changed so that it does not record at all.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field

from policies.audit.checkpoint import Checkpoint, note_text, origin_of
from policies.audit.findings import Code, Finding
from policies.audit.forms import fields_of
from policies.audit.ledger import SCHEMA
from policies.audit.locate import locate
from policies.audit.store import reading, refuse_newer
from policies.audit.tree import EMPTY, Frontier, leaf_hashes
from policies.audit.writers import is_alive
from policies.config import Home
from policies.errors import UnavailableError
from policies.keys import verify as signed

EVERY = 2000  # up to this size every head is looked at
BLOCK = 1024
_ROWS = "SELECT seq, CAST(coalesce(body, '') AS BLOB) FROM records"  # the bytes of whatever somebody put there
_RESTORED = "The home was put back from a backup here: what it did since that was made is not in this record."
_TIME = re.compile(rb'"time":(\d{1,16})')
_RARE = re.compile(rb'"clo(?:ses|ck)":')
_CLOSES = re.compile(rb'"closes":(\d{1,16}),')


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a check came to. `size` and `root` are those of the newest head that is signed."""

    size: int
    root: str
    records: int
    signatures: int
    findings: tuple[Finding, ...]
    checkpoint: int = -1  # the size of the outside checkpoint that was compared, -1 without one

    @property
    def intact(self) -> bool:
        """Whether nothing was found but notices."""
        return all(finding.notice for finding in self.findings)


@dataclass(slots=True)
class _Heads:
    """The heads of a ledger, asked for one by one; each signature is checked at most once."""

    db: sqlite3.Connection
    origin: str
    public: bytes
    known: dict[int, bool] = field(default_factory=dict)
    hashed: dict[int, bytes] = field(default_factory=dict)  # roots that the records give where a checkpoint was taken

    def root(self, size: int) -> bytes | None:
        row = self.db.execute("SELECT root FROM heads WHERE size = ?", (size,)).fetchone()
        return _bytes(row[0]) if row else None

    def trusted(self, size: int) -> bool:
        if size not in self.known:
            row = self.db.execute("SELECT root, signature FROM heads WHERE size = ?", (size,)).fetchone()
            text = note_text(self.origin, size, _bytes(row[0])) if row else b""
            self.known[size] = bool(row) and signed(self.public, text, _bytes(row[1]))
        return self.known[size]

    def sizes(self) -> list[int]:
        """The sizes to look at: all, or an even sample with the last."""
        first, last, count = self.db.execute("SELECT min(size), max(size), count(*) FROM heads").fetchone()
        if not count:
            return []
        if count <= EVERY or last - first + 1 != count:
            return [row[0] for row in self.db.execute("SELECT size FROM heads ORDER BY size")]
        return [*range(first, last, -(-count // EVERY)), last]


@dataclass(slots=True)
class _Seen:
    """What the records themselves say, collected while they pass by."""

    records: int = 0
    time: int = 0
    open: dict[int, bytes] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    older: list[int] = field(default_factory=list)  # records with an earlier time than the one before

    def look(self, seqs: Sequence[int], bodies: Sequence[bytes]) -> None:
        """A million times: keys that most records lack are looked for, and nothing is parsed that has none."""
        self.records += len(seqs)
        for seq, body in zip(seqs, bodies, strict=True):
            at = body.rfind(b'"time":')  # near the end, as keys are sorted; `writer` stands behind it
            stated = _TIME.match(body, max(at, 0))
            time = int(stated[1]) if stated else self.time
            if time < self.time:
                self.older.append(seq)
            self.time = time
            if body.find(b'"writer":"', max(at, 0)) >= 0:
                self.open[seq] = body
            if _RARE.search(body):
                self._close_or_clock(seq, body)
            if b"Restored" in body and b'"kind":"BackupRestored"' in body:
                self.findings.append(Finding(code=Code.RESTORED, seq=seq, detail=_RESTORED))

    def _close_or_clock(self, seq: int, body: bytes) -> None:
        if match := _CLOSES.search(body):
            self.open.pop(int(match[1]), None)
        if b'"clock":' in body and (behind := _behind(body)):
            detail = f"The clock stood {behind / 1e6:.0f} s before the previous record."
            self.findings.append(Finding(code=Code.CLOCK, seq=seq, detail=detail))


def verify(home: Home, public: bytes, *, checkpoint: Checkpoint | None = None) -> Report:
    """Check the record of a home against its public key, and against a checkpoint kept outside.

    Raises UnavailableError when there is no record, or a newer version wrote it; everything else is a finding.
    """
    path = home.path / "ledger" / "ledger.db"
    if not path.exists():
        raise UnavailableError(f"There is no record at {path}.", cure="Name the right home with --home.")
    seen = _Seen()
    try:
        with reading(path) as db:
            refuse_newer(db, path.name, SCHEMA)
            db.text_factory = bytes  # a spoiled text is found, not stumbled over
            db.execute("BEGIN")
            return _check(db, home, public, seen, checkpoint)
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        detail = f"The file cannot be read from here on ({name}). Restore it from a backup."
        found = (*seen.findings, Finding(code=Code.DAMAGED, seq=seen.records, detail=detail))
        return Report(size=0, root="", records=seen.records, signatures=0, findings=found)


def _check(db: sqlite3.Connection, home: Home, public: bytes, seen: _Seen, checkpoint: Checkpoint | None) -> Report:
    heads = _Heads(db, origin_of(home.id), public)
    sizes = heads.sizes()
    findings = _signatures(heads, sizes)
    end = next((size for size in reversed(sizes) if heads.trusted(size)), 0)
    if sizes and end != sizes[-1] and len(sizes) > 1:  # a sample: the last good one may lie higher
        above = next(size for size in sizes if size > end)
        end = next((size for size in range(above - 1, end, -1) if heads.trusted(size)), end)
    if end or not sizes:
        findings += _records(db, heads, end, seen, checkpoint.size if checkpoint else 0)
    root = heads.root(end) or EMPTY
    if checkpoint is not None:
        findings += _compare(heads, checkpoint, end)
    if all(finding.notice for finding in findings):  # rows in the wrong order prove nothing about a clock
        findings += [
            Finding(code=Code.CLOCK, seq=at, detail="It is older than the record before.") for at in seen.older
        ]
    findings += seen.findings
    findings += [
        Finding(code=Code.OPEN_INTENT, seq=seq, detail="Its process ended before it was closed. It may have happened.")
        for seq in _left_open(db, home, seen)
    ]
    return Report(
        size=end,
        root=root.hex(),
        records=seen.records,
        signatures=len(heads.known),
        findings=tuple(findings),
        checkpoint=checkpoint.size if checkpoint else -1,
    )


def _left_open(db: sqlite3.Connection, home: Home, seen: _Seen) -> list[int]:
    """The intents of dead writers, but those that were closed while the record was being checked."""
    dead = [seq for seq, body in seen.open.items() if not is_alive(home, _writer(body))]
    if dead:
        db.execute("COMMIT")  # what was appended since is seen from here on
        for _, body in db.execute(_ROWS + " WHERE seq >= ?", (seen.records,)):
            if match := _CLOSES.search(body):
                seen.open.pop(int(match[1]), None)
    return [seq for seq in dead if seq in seen.open]


def _signatures(heads: _Heads, sizes: list[int]) -> list[Finding]:
    """One finding for each run of heads whose signature is not ours, at the first record it concerns."""
    findings: list[Finding] = []
    good = True
    before = 0
    for size in sizes:
        ours = heads.trusted(size)
        if good and not ours:
            first = next(at for at in range(before + 1, size + 1) if heads.root(at) and not heads.trusted(at))
            detail = f"The head of size {first} is not signed with this home's key."
            findings.append(Finding(code=Code.SIGNATURE, seq=first - 1, detail=detail))
        good, before = ours, size
    return findings


def _records(db: sqlite3.Connection, heads: _Heads, end: int, seen: _Seen, outside: int) -> list[Finding]:
    """Hash every record, compare with the heads, and find the place where they part."""
    frontier, proven, whole = Frontier(), Frontier(), True
    step = 1 if end <= EVERY else BLOCK
    rows = db.execute(_ROWS + " ORDER BY seq")
    while block := rows.fetchmany(_until_next(frontier.size, step, outside)):
        seqs, bodies = zip(*block, strict=True)
        seen.look(seqs, bodies)
        whole = whole and seqs == tuple(range(frontier.size, min(frontier.size + len(seqs), end)))
        if not whole:
            continue
        frontier.extend(leaf_hashes(bodies))
        if frontier.size == outside:
            heads.hashed[outside] = frontier.root()
        root = heads.root(frontier.size)
        if frontier.root() == root:
            proven = frontier.copy()
        elif frontier.size == end or (frontier.size % step == 0 and root is not None and heads.trusted(frontier.size)):
            whole = False
    lost = _lost_heads(db, end)
    if whole and proven.size == end:
        return lost  # not before: a record that is gone with its head is one finding
    rows = db.execute(_ROWS + " WHERE seq >= ? OR seq < 0 ORDER BY seq", (proven.size,))
    roots = db.execute("SELECT size, root FROM heads WHERE size > ?", (proven.size,))
    found = locate(
        proven,
        list(rows),
        {size: _bytes(root) for size, root in roots},
        heads.trusted,
        end,
    )
    return found or lost


def _until_next(size: int, step: int, outside: int) -> int:
    """How many records to the next multiple of `step`, or to the size of the checkpoint where that comes first."""
    full = step - size % step
    return min(full, outside - size) if size < outside else full


def _lost_heads(db: sqlite3.Connection, end: int) -> list[Finding]:
    """A head that is gone, although later ones are there."""
    if db.execute("SELECT count(*) FROM heads WHERE size BETWEEN 1 AND ?", (end,)).fetchone()[0] == end:
        return []
    row = db.execute(
        "SELECT min(size) FROM (SELECT 0 AS size UNION ALL SELECT size FROM heads) AS here"
        " WHERE size < ? AND NOT EXISTS (SELECT 1 FROM heads WHERE heads.size = here.size + 1)",
        (end,),
    ).fetchone()
    detail = f"The head of size {row[0] + 1} is missing."
    return [Finding(code=Code.SIGNATURE, seq=row[0], detail=detail)]


def _compare(heads: _Heads, checkpoint: Checkpoint, end: int) -> list[Finding]:
    """Hold the record against what it said of itself before, outside."""
    if checkpoint.origin != heads.origin or not checkpoint.signed_by(heads.public):
        detail = "The checkpoint is not signed with this home's key: it belongs to another record or key."
        return [Finding(code=Code.SIGNATURE, seq=-1, detail=detail)]
    if checkpoint.size > end:
        detail = f"The checkpoint saw {checkpoint.size} records, {end} are proven here: an older state was put back."
        return [Finding(code=Code.ROLLBACK, seq=end, detail=detail)]
    here = heads.hashed.get(checkpoint.size) or heads.root(checkpoint.size) if checkpoint.size else EMPTY
    if here != checkpoint.root:
        detail = f"The first {checkpoint.size} records are not those of the checkpoint: the past was rewritten."
        return [Finding(code=Code.FORK, seq=checkpoint.size - 1, detail=detail)]
    return []


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _behind(body: bytes) -> int:
    """How far the clock stood behind, in µs; 0 when the word was only in a text."""
    return int(fields_of(body.decode(errors="replace")).get("clock", 0))


def _writer(body: bytes) -> str:
    return str(fields_of(body.decode(errors="replace")).get("writer", ""))
