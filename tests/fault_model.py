"""What the stores of a home may hold, and must: one model for every test that kills, fills a disk or breaks a schedule.

`Files` is a folder and what each of its files has been. `check_anytime` holds whatever has been killed; `check_settled`
holds after a run that came to its end: 0 lost, 0 twice, 0 stale, 0 undeleted, 0 gaps in the record, and
catalogue = index = marks = originals.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ingest.catalogue import marks
from ingest.catalogue.catalogue import Catalogue
from ingest.index.base import Hit, Point, Query, RightsFilter
from ingest.index.sparse import Bm25
from ingest.jobs.discover import LOCAL
from ingest.projector import project
from policies.audit.recovery import open_intents
from policies.audit.verify import verify
from policies.config import Home
from policies.keys import Keys
from policies.vocabulary import SourceRef

WORDS = ("ash birch cedar elm fir hazel larch maple oak pine rowan spruce willow yew").split()


class _Allowed(dict[str, "set[str | None]"]):
    def __missing__(self, name: str) -> set[str | None]:
        self[name] = {None}
        return self[name]


class Files:
    """`now`: each file's text. `allowed`: what the catalogue may hold of it meanwhile; None stands for nothing."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        self.path, self.chance = path, chance
        self.now: dict[str, str] = {}
        self.allowed = _Allowed()
        self._made = 0
        path.mkdir(parents=True, exist_ok=True)

    def write(self, name: str, text: str | None = None) -> None:
        if text is None:
            pages = range(1, self.chance.randint(2, 5))
            text = "\f".join(f"{name} page {n} says {self._says()}" for n in pages)
        self.now[name] = text
        self.allowed[name].add(text)
        waiting = self.path / f".{name}"
        waiting.write_text(text)
        waiting.replace(self.path / name)  # whole: a file caught half written is another test's matter

    def new(self) -> None:
        self._made += 1
        self.write(f"file-{self._made:04}.txt")

    def remove(self, name: str) -> None:
        del self.now[name]
        self.allowed[name].add(None)
        (self.path / name).unlink()

    def churn(self, times: int = 1) -> None:
        """Something is added, changed, removed, or comes back as it was."""
        for _ in range(times):
            names = sorted(self.now)
            match self.chance.randrange(5):
                case 0:
                    self.new()
                case 1 if len(names) > 3:
                    self.remove(self.chance.choice(names))
                case 2:
                    self._bring_back()
                case _ if names:
                    self.write(self.chance.choice(names))

    def settled(self) -> None:
        """A job over all of it has come to its end while nothing changed: from now on nothing less will do."""
        for name in list(self.allowed):
            self.allowed[name] = {self.now.get(name)}

    def name_of(self, document: str) -> str:
        return self._names()[document]

    def _bring_back(self) -> None:
        gone = sorted(name for name in self.allowed if name not in self.now and any(self.allowed[name]))
        if gone:
            name = self.chance.choice(gone)
            self.write(name, sorted(text for text in self.allowed[name] if text)[0])

    def _says(self) -> str:
        return " ".join([*self.chance.choices(WORDS, k=self.chance.randint(3, 30)), str(self.chance.random())])

    def _names(self) -> dict[str, str]:
        return {SourceRef(source=LOCAL, path=str(self.path / name)).document: name for name in self.allowed}

    # -- what the catalogue says ---------------------------------------------------------------------------

    def check_anytime(self, catalogue: Catalogue) -> None:
        """Each live document is whole, and a version that its file may be thought to have; none is lost."""
        names = self._names()
        live = {listed.document: listed for listed in catalogue.documents(None) if listed.status == "live"}
        assert not set(live) - set(names), "a document that never was"
        for document, name in names.items():
            text = self._text(catalogue, live[document]) if document in live else None
            allowed = {None if one is None else " ".join(one.split()) for one in self.allowed[name]}
            assert text in allowed, f"{name}: {'lost' if text is None else 'stale, or undeleted'}"
        held: set[str] = set()
        for change in catalogue.changes(0, 10**9):
            held -= set(change.deletes)
            held |= {row.id for row in change.upserts}
        assert held == catalogue.chunk_ids(), "the feed does not lead to the catalogue"

    @staticmethod
    def _text(catalogue: Catalogue, listed: Any) -> str:
        chunks = catalogue.chunks(listed.document, None)
        assert len(chunks) == listed.chunks > 0
        assert [chunk.ordinal for chunk, _ in chunks] == list(range(len(chunks)))
        assert {chunk.version for chunk, _ in chunks} == {listed.version}
        assert len(catalogue.vectors([chunk.id for chunk, _ in chunks])) == len(chunks)
        text = " ".join(" ".join(chunk.text for chunk, _ in chunks).split())
        kept = catalogue.originals.path(listed.version).read_text()
        assert " ".join(kept.split()) == text, "the original is not what was read"
        return text

    def check_settled(self, catalogue: Catalogue, *, groups: frozenset[str], levels: Iterable[int]) -> None:
        """The catalogue holds what the folder holds, with the rights last asked for; originals hold no more."""
        self.check_anytime(catalogue)
        live = catalogue.documents(None)
        assert {self.name_of(listed.document) for listed in live} == set(self.now)
        assert {listed.groups for listed in live} <= {groups}
        assert {int(listed.label.level) for listed in live} <= set(levels)
        assert set(catalogue.originals.versions()) == {listed.version for listed in live}
        waiting = sorted(path.name for path in (catalogue.originals.folder / "waiting").iterdir())
        assert waiting == [], "a copy that nobody needs"


class MemoryIndex:
    """An index that is a dictionary. Obeys `ingest.index.base.Index`."""

    def __init__(self) -> None:
        self.points: dict[str, Point] = {}
        self._cursor = 0

    def apply(self, upserts: Sequence[Point], deletes: Sequence[str], cursor: int) -> None:
        for id in deletes:
            self.points.pop(id, None)
        self.points.update((point.id, point) for point in upserts)
        self._cursor = cursor

    def cursor(self) -> int:
        return self._cursor

    def query(self, query: Query) -> list[Hit]:
        assert isinstance(query.rights, RightsFilter)
        found = [
            Hit(id=point.id, score=sum(a * b for a, b in zip(point.dense, query.dense, strict=True)))
            for point in self.points.values()
            if point.groups & query.rights.groups
        ]
        return sorted(found, key=lambda hit: -hit.score)[: query.limit]

    def count(self) -> int:
        return len(self.points)

    def ids(self) -> frozenset[str]:
        return frozenset(self.points)

    def clear(self) -> None:
        self.points.clear()
        self._cursor = 0

    def due(self) -> bool:
        return False

    def optimise(self) -> None:
        pass

    def close(self) -> None:
        pass


def what_should_be(catalogue: Catalogue) -> dict[str, Point]:
    """What an empty index would hold, were it filled from the feed now."""
    index = MemoryIndex()
    project(catalogue, index, bm25=Bm25())
    return index.points


def check_index(catalogue: Catalogue, points: Mapping[str, Point]) -> None:
    """Ids, filter fields and both vectors are those of the catalogue."""
    wanted = what_should_be(catalogue)
    assert set(points) == set(wanted), "index and catalogue hold other chunks"
    for id, point in wanted.items():
        there = points[id]
        for field in ("document", "groups", "level", "categories"):
            assert getattr(there, field) == getattr(point, field), f"{field} in the index is stale"
        assert max(abs(a - b) for a, b in zip(there.dense, point.dense, strict=True)) < 1e-5
        assert dict(zip(there.sparse.indices, there.sparse.values, strict=True)).keys() == set(point.sparse.indices)


def check_marks(catalogue: Catalogue, copies: Any) -> None:
    """Each live document has the marks of its text, and nobody else has any."""
    live = {listed.document for listed in catalogue.documents(None)}
    with catalogue.database.reading() as db:
        there = {row["document"]: row["hasher"] for row in db.execute("SELECT document, hasher FROM marks")}
        assert set(there) == live
        for document, hasher in there.items():
            found = marks.spoken(db, document)
            assert found is not None
            wanted, kept = copies.mark(*found), marks.read(db, [document], hasher)[document]
            assert (kept.hasher, kept.marks.tolist(), kept.chunks.tolist()) == (
                wanted.hasher,
                wanted.marks.tolist(),
                wanted.chunks.tolist(),
            )


def check_record(catalogue: Catalogue, bodies: Sequence[dict[str, Any]], *, running: bool = False) -> None:
    """Every intent is closed once, by what really happened; every change in the catalogue was recorded before."""
    intents = {body["seq"]: body for body in bodies if body["kind"] == "IngestIntended"}
    endings = [body for body in bodies if body["kind"] == "DocumentIngested"]
    closings = Counter(body["closes"] for body in endings)
    assert set(closings) <= set(intents)
    assert running or set(closings) == set(intents), "an intent is open"
    assert set(closings.values()) <= {1}, "an intent is closed twice"
    assert all(intents[body["closes"]]["version"] == body["version"] for body in endings)
    recorded = Counter(
        (intents[body["closes"]]["job"], body["document"], body["version"], body["outcome"])
        for body in endings
        if body["outcome"] in ("added", "updated")
    )
    with catalogue.database.reading() as db:
        feed = [tuple(row) for row in db.execute("SELECT job, document, version, kind FROM feed")]
    done = Counter(entry for entry in feed if entry[3] in ("added", "updated"))
    assert set(done.values()) <= {1}, "done twice"
    assert recorded <= done, "recorded and not done"
    assert running or recorded == done, "done and not recorded"
    check_changes(feed, bodies, running=running)


def check_changes(feed: Sequence[tuple[str, ...]], bodies: Sequence[dict[str, Any]], *, running: bool) -> None:
    """Each deletion and each change of rights is closed once, by what really happened, and none was made without."""
    kinds = {"DocumentDeleted": "deleted", "RightsChanged": "rights"}
    announced = {
        (f"record {body['seq']}", body["document"], kinds[body["kind"]]) for body in bodies if body["kind"] in kinds
    }
    made = Counter((job, document, kind) for job, document, _, kind in feed if kind in kinds.values())
    assert set(made.values()) <= {1}
    assert set(made) <= announced, "changed and not recorded"
    ends = {f"record {body['closes']}": body["outcome"] for body in bodies if body["kind"] == "ChangeEnded"}
    assert len(ends) == sum(body["kind"] == "ChangeEnded" for body in bodies), "a change is closed twice"
    assert set(ends) <= {record for record, *_ in announced}
    assert running or len(ends) == len(announced), "a change is open"
    for one in announced:
        assert one[0] not in ends or (ends[one[0]] == "done") == (one in made), "recorded and not done, or the opposite"


def check_ledger(home: Home, catalogue: Catalogue, bodies: Sequence[tuple[int, str]]) -> None:
    """The record as it lies on disk: whole, signed, nothing open, and every change of the catalogue in it."""
    found = verify(home, Keys.load(home).public)
    assert not found.findings, found.findings
    assert [seq for seq, _ in bodies] == list(range(len(bodies)))
    assert not open_intents(bodies)
    check_record(catalogue, [json.loads(body) for _, body in bodies])


def leftovers(home: Home) -> list[str]:
    """What lies in the home and belongs to nobody, when no process runs."""
    known = {
        "home.json", "ledger", "sealed", "run", "catalogue", "index",
        "ledger/ledger.db", "ledger/ledger.db-wal", "ledger/ledger.db-shm", "ledger/resume.json",
        "sealed/sealed.db", "sealed/sealed.db-wal", "sealed/sealed.db-shm", "run/opening.lock",
        "catalogue/catalogue.db", "catalogue/catalogue.db-wal", "catalogue/catalogue.db-shm", "catalogue/originals",
        "catalogue/originals/waiting", "catalogue/pages", "catalogue/pages/waiting",
        "index/owner.lock", "index/edge", "index/edge/shard",
        "index/edge/manifest.json", "index/edge/cursor",
        "index/edge/manifest.json.new", "index/edge/cursor.new", "ledger/resume.json.new",
    }  # fmt: skip
    inside = ("index/edge/shard/", "catalogue/originals/")
    found = (path.relative_to(home.path).as_posix() for path in home.path.rglob("*"))
    # An empty `.waiting` is a writer that was killed before it had its name: nobody may know that it is dead.
    return sorted(n for n in found if n not in known and not n.startswith(inside) and not n.endswith(".waiting"))
