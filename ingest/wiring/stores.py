"""What a home holds of this room, each part opened when first needed. Constructed by `ingest.wiring` alone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ingest.catalogue.catalogue import Catalogue
from ingest.catalogue.worklog import Worklog
from ingest.library import Library
from policies.audit.writers import is_alive

if TYPE_CHECKING:
    from ingest.catalogue.erasures import Erasures
    from ingest.catalogue.forgetting import Forgetting
    from ingest.catalogue.serving import Serving
    from ingest.catalogue.sources import SavedSources
    from ingest.config import IngestSettings, Precision
    from ingest.copies.shelf import Shelf
    from ingest.engines.local import Sandboxes
    from ingest.index.embedder import Embedder, Remembering
    from ingest.index.owner import SharedIndex
    from ingest.label_map import LabelMap
    from ingest.renewal import Indexes
    from policies.audit.events import Recorder
    from policies.config import Home

REBUILDING = 300.0  # seconds without a step forward after which filling the whole index is given up


class Stores:
    """Everything of this room for one home. `server`: this process keeps the index and asks others to yield it."""

    def __init__(
        self, home: Home, recorder: Recorder | None, settings: IngestSettings | None, *, server: bool = False
    ) -> None:
        self.home = home
        self.recorder = recorder
        self._settings = settings
        self._server = server
        self._changing = threading.RLock()
        self.catalogue = Catalogue(home.path / "catalogue")
        self.worklog = Worklog(self.catalogue.database)
        self.library = Library(
            self.catalogue,
            self.worklog,
            images=lambda: self.sandboxes,
            is_running=lambda job: is_alive(home, job),
        )

    @cached_property
    def settings(self) -> IngestSettings:
        from ingest.config import load_settings

        return self._settings or load_settings(self.home)

    # -- what answers searches: one embedding model and one index, of the same moment ----------------------

    @cached_property
    def serving(self) -> Serving:
        """Which pair this process uses."""
        return self.catalogue.serving()

    def follow(self) -> Self:
        """Go over to another embedding model or index, once the catalogue says that it answers now."""
        with self._changing:
            if "serving" in self.__dict__ and not self._is_current():
                for name in ("pipeline", "meaning", "embedder", "serving"):
                    self.__dict__.pop(name, None)
                if index := self.__dict__.pop("index", None):
                    index.close()
        return self

    def _is_current(self) -> bool:
        now, ours = self.catalogue.serving(), self.serving
        return (now.made_by, now.index) == (ours.made_by, ours.index)

    @cached_property
    def embedder(self) -> Embedder:
        from ingest.index.embedder import open_embedder

        with self._changing:
            return open_embedder(self.model, threads=self.settings.threads, precision=self.precision)

    @property
    def model(self) -> Path | None:
        """The folder of the embedding model; None for the packaged one."""
        return Path(self.serving.model) if self.serving.model else self.settings.embedding_model

    @property
    def precision(self) -> Precision:
        """How it is computed."""
        from ingest.config import Precision

        return Precision(self.serving.precision or self.settings.embedding_precision)

    @property
    def is_packaged(self) -> bool:
        """Whether the embedding model is the packaged one, as it is."""
        from ingest.config import Precision

        room = self.follow()
        return room.model is None and room.precision is Precision.EXACT

    @cached_property
    def meaning(self) -> Remembering:
        """The embedder for texts that are looked at several times over."""
        from ingest.index.embedder import Remembering

        with self._changing:
            return Remembering(self.embedder)

    @cached_property
    def indexes(self) -> Indexes:
        """Where the index lies, and where another can be made beside it."""
        from ingest.renewal import Indexes

        return Indexes(
            self.home.path / "index",
            self._qdrant if self.settings.qdrant_url else None,
            scan_up_to=self.settings.scan_up_to,
        )

    @cached_property
    def index(self) -> SharedIndex:
        """The index, whichever process keeps it."""
        from ingest.index.sparse import Bm25
        from ingest.projector import share

        with self._changing:
            embedder, name = self.embedder, self.serving.index
            ours = (self.serving.made_by, name)

            def superseded() -> bool:
                now = self.catalogue.serving()
                return (now.made_by, now.index) != ours

            def successor() -> SharedIndex | None:
                index = self.follow().index
                return index if self.serving.made_by == ours[0] else None

            return share(
                self.home.path,
                self.catalogue,
                lambda: self.indexes.open(name, embedder.digest, embedder.dimension),
                bm25=Bm25(),
                discard=None if self.settings.qdrant_url else lambda: self.indexes.discard(name),
                prefer_owner=self._server,
                embedding=lambda: embedder.digest,
                superseded=superseded,
                successor=successor,
                grown=self.grown,
            )

    @cached_property
    def grown(self) -> Callable[[], object]:
        """What the owner of an index does when a faster one is due: has it made aside."""
        from ingest.index.graphing import Apart

        return Apart("ingest.growing", str(self.home.path), log=self.indexes.folder / "growing.log")

    @cached_property
    def copies(self) -> Shelf:
        """What tells whether a text repeats a document of this home."""
        from ingest.copies.shelf import Shelf
        from policies.keys import Keys

        key = Keys.load(self.home).derive("copies")
        return Shelf(
            self.catalogue,
            key,
            index=lambda: self.follow().index,
            embedder=lambda: self.follow().meaning,
            folder=self.home.path / "index" / "marks",
        )

    @cached_property
    def forgetting(self) -> Forgetting:
        """What was forgotten here, and what a hold keeps."""
        from ingest.catalogue.forgetting import Forgetting
        from policies.keys import Keys

        return Forgetting(self.catalogue, Keys.load(self.home).derive("forgotten"))

    @cached_property
    def erasures(self) -> Erasures:
        """The file that says what was forgotten, for backups that are older."""
        from ingest.catalogue.erasures import Erasures
        from policies.keys import Keys

        return Erasures(self.home.store("ledger", "erasures.log"), partial(Keys.load(self.home).mac, "erasures"))

    @cached_property
    def label_map(self) -> LabelMap:
        from ingest.label_map import LabelMap

        assert self.recorder is not None, "a map needs a record"
        return LabelMap(self.catalogue, self.recorder)

    def rebuild_index(self) -> int:
        """Fill the index anew from the catalogue; nothing is read or embedded again. Returns how many passages it
        holds. Raises CatalogueError when another embedding model made the vectors."""
        self.catalogue.claim_embedding(self.embedder.digest)
        self.index.rebuild()
        self.index.settle(seconds=REBUILDING)
        return self.index.count()

    def renew_index(self) -> None:
        """Make the index anew beside the present one, which answers until the new one holds everything. A large one
        is made fast on the way."""
        from ingest.renewal import renew

        self.follow()
        renew(self.catalogue, self.indexes, digest=self.embedder.digest, dimension=self.embedder.dimension)
        self.tidy_indexes()

    def tidy_indexes(self) -> None:
        """Remove indexes that nobody asks any more, once the one that answers now does."""
        from ingest.renewal import tidy

        tidy(self.catalogue, self.indexes, lambda: self.follow().index.settle(seconds=REBUILDING))

    def start_afresh(self) -> None:
        """For a catalogue that was put back from a backup: its index is another one, empty yet, since a server may hold
        newer points under the old name; and originals go that came along and that nothing here needs."""
        from ingest.catalogue.serving import state
        from ingest.renewal import new_name

        with self.catalogue.database.writing() as db:
            state(db, "index", new_name())
        self.catalogue.sweep(everything=True)

    @cached_property
    def sandboxes(self) -> Sandboxes:
        from ingest.engines.local import Sandboxes
        from ingest.sandbox import MEGABYTE, Limits

        limits = Limits(
            bytes=self.settings.max_file_mb * MEGABYTE,
            seconds=self.settings.max_seconds,
            memory=self.settings.max_memory_mb * MEGABYTE,
            recognised_pages=self.settings.max_recognised_pages,
        )
        return Sandboxes(self.settings.workers, limits, self.malware_check, whisper=self.settings.whisper_model)

    @property
    def malware_check(self) -> Callable[[bytes], None] | None:
        """What every file's bytes pass before they are read; None when no clamd is set. See `Clamd.check`."""
        if not self.settings.clamd:
            return None
        from ingest.malware import Clamd

        return Clamd(self.settings.clamd, seconds=self.settings.clamd_seconds).check

    @cached_property
    def sources(self) -> SavedSources:
        from ingest.catalogue.sources import SavedSources

        return SavedSources(
            self.catalogue.database, is_running=lambda saved: is_alive(self.home, f"source-{saved.id}.lock")
        )

    def close(self) -> None:
        """Let go of the index and the sandboxes, where they were opened, and of the catalogue."""
        for opened in ("index", "sandboxes"):
            if opened in self.__dict__:
                self.__dict__[opened].close()
        self.catalogue.close()

    def _qdrant(self) -> Any:
        from ingest.config import load_network
        from ingest.index.server import connect

        key_file = self.settings.qdrant_key_file
        key = key_file.read_text().strip() if key_file else ""
        return connect(self.settings.qdrant_url, key, load_network(self.home).verify)
