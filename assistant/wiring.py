"""The only constructor of this room. Nothing heavy is opened before somebody needs it."""

from __future__ import annotations

import hashlib
import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.config import AssistantSettings, load_settings, offline_environment
from policies.config import Home, create_home, home_path, open_home
from policies.decisions import Decision, Destination, Outgoing, Outside, ReleasedPrompt
from policies.labels import Label, parse_level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.accounts.people import People
    from assistant.ask import Means
    from assistant.checking import Checker
    from assistant.conversations import Conversations
    from assistant.egress.connections import Host
    from assistant.egress.door import Door
    from assistant.generation.base import Generator
    from assistant.models.register import Found
    from assistant.retrieval import Retrieved
    from ingest.config import IngestSettings
    from ingest.index.base import Mode, SparseVector
    from ingest.wiring import Ingest
    from policies.audit.ledger import Ledger
    from policies.audit.review import Review
    from policies.copies.base import Copies, Repeat
    from policies.decide import Grounds
    from policies.detect import Detectors
    from policies.keys import Keys
    from policies.rulebook import Rulebook
    from policies.vocabulary import Chunk, Document, Person, Prompt, Question


def now() -> int:
    """UTC in microseconds."""
    return time.time_ns() // 1000


class Parts:
    """Every part of one home, each made when it is first used. `serving`: this process keeps the index."""

    def __init__(self, home: Home, *, serving: bool = False) -> None:
        self.home = home
        self.settings: AssistantSettings = load_settings(home)
        self._serving = serving
        offline_environment(home)

    def close(self) -> None:
        """Let go of what was opened, the record last: closing may still have something to say."""
        for name in ("writer", "ingest", "ledger"):
            if name in self.__dict__:
                self.__dict__[name].close()

    # -- the record, people, conversations -------------------------------------------------------------

    @cached_property
    def keys(self) -> Keys:
        from policies.keys import Keys

        return Keys.load(self.home)

    @cached_property
    def ledger(self) -> Ledger:
        from policies.audit.ledger import Ledger

        return Ledger(self.home, self.keys)

    def recover(self) -> None:
        """Close the intents of dead writers: questions as abandoned, sendings as unknown, documents as they are."""
        self.ledger.recover(self.ingest.resolve)

    @cached_property
    def review(self) -> Review:
        from policies.audit.review import Review

        return Review(self.ledger, self.ledger.sealed, self.keys)

    def prove(self, index: int) -> tuple[str, str]:
        from policies.audit.proving import prove

        return prove(self.home, self.keys, index)

    @cached_property
    def people(self) -> People:
        from assistant.accounts.people import People

        return People(self.home.store("people", "people.db"), clock=now)

    @cached_property
    def conversations(self) -> Conversations:
        from assistant.conversations import Conversations

        path = self.home.store("conversations", "conversations.db")
        return Conversations(path, derive=self.keys.derive, clock=now)

    # -- documents --------------------------------------------------------------------------------------

    @cached_property
    def ingest(self) -> Ingest:
        from ingest.wiring import open_ingest

        return open_ingest(self.home, self.ledger, self.ingest_settings, server=self._serving)

    def retrieve(self, question: Question, *, mode: Mode | None = None, k: int = 0) -> Retrieved:
        from assistant.retrieval import retrieve
        from ingest.index.base import Mode as Modes

        clearance_counts = self.settings.reading == "source+clearance"
        return retrieve(
            question.text,
            question.person,
            k=k or self.settings.passages,
            index=self.ingest.index,
            catalogue=self.ingest.catalogue,
            encoder=_Encoder(self.ingest),
            may_read=self.may_read,
            level=question.person.clearance if clearance_counts else None,
            mode=mode or Modes.HYBRID,
        )

    def may_read(self, person: Person, document: Document, chunk: Chunk) -> bool:
        """The rules' word on a candidate that the rights let through."""
        from policies.vocabulary import Passage

        passage = Passage(chunk=chunk, document=document, rank=1, score=0.0)
        counts = self.settings.reading == "source+clearance"
        return self.rulebook.may_read(person, passage, now(), clearance_counts=counts).allowed

    # -- deciding ----------------------------------------------------------------------------------------

    @cached_property
    def rulebook(self) -> Rulebook:
        from policies.rulebook import load

        own = self.home.path / "rules"
        return load(own if own.is_dir() else None)

    @cached_property
    def detectors(self) -> Detectors:
        from policies.detect import load

        return load()

    @property
    def outside(self) -> Outside:
        """The ladder's step that counts now: closed as soon as the switch is off."""
        from assistant.egress.door import OFF

        return Outside.CLOSED if (self.home.path / OFF).exists() else Outside(self.settings.outside)

    @cached_property
    def destination(self) -> Destination | None:
        stated = self.settings.destination
        if stated is None:
            return None
        from assistant.egress.connections import Host

        return Destination(
            id=stated.id,
            host=Host.of_url(stated.base_url).name,
            base_url=stated.base_url,
            model=stated.model,
            ceiling=Label(level=parse_level(stated.level)),
        )

    @cached_property
    def ingest_settings(self) -> IngestSettings:
        """Read without the catalogue: people, the record and `doctor` must work where it is damaged."""
        from ingest.config import load_settings as load_ingest_settings

        return load_ingest_settings(self.home)

    def configured_hosts(self) -> frozenset[Host]:
        """The hosts that this site's settings switch on, each by its row of the table of connections."""
        from assistant.egress.connections import load_connections, switched_on

        addresses = {"app-ollama": self.settings.ollama_url, "app-qdrant": self.ingest_settings.qdrant_url}
        if self.settings.destination is not None:
            addresses["app-outside"] = self.settings.destination.base_url
        return switched_on(load_connections(), {row: url for row, url in addresses.items() if url})

    def guard(self) -> None:
        """From here on this process connects to this machine and to the configured hosts, and nowhere else."""
        from assistant.egress.guard import install_guard

        install_guard(self.configured_hosts())

    @cached_property
    def door(self) -> Door | None:
        """None while no destination is configured."""
        if self.destination is None:
            return None
        from assistant.egress.connections import load_connections, switched_on
        from assistant.egress.door import Door, file_credential
        from policies import keys

        base_url = self.destination.base_url
        key_file = self.settings.destination.key_file if self.settings.destination else None
        return Door(
            destination=self.destination,
            recorder=self.ledger,
            is_on=lambda: self.outside is not Outside.CLOSED,
            verify=lambda message, signature: keys.verify(self.keys.public, message, signature),
            versions=self.label_versions,
            decide_again=self.decide_again,
            allowed=switched_on(load_connections(), {"app-outside": base_url}),
            credential=file_credential(key_file),
            now=now,
        )

    def decide_again(self, released: ReleasedPrompt) -> None:
        """The second decision, on the exact bytes. Raises RefusedError."""
        from policies import decide

        decide.check_released(released, self.grounds(), public=_Public(self.keys.public))

    @cached_property
    def copies(self) -> Copies:
        """What the documents above the ceiling say."""
        return _NothingKept()

    def grounds(self, *, looking: bool = True) -> Grounds:
        """What a decision rests on now. `looking` loads what looks at text: only when bytes might leave."""
        from policies.decide import Grounds

        return Grounds(
            rulebook=self.rulebook,
            outside=self.outside,
            destination=self.destination,
            detectors=self.detectors if looking else None,
            copies=self.copies if looking else None,
            label_versions=self.label_versions(),
            clock=now,
        )

    def label_versions(self) -> str:
        """Changes with every change of a label or a right, so that a release made before it does not hold."""
        latest = self.ingest.catalogue.latest()
        return hashlib.sha256(f"{self.rulebook.digest} {latest}".encode()).hexdigest()

    # -- answering ---------------------------------------------------------------------------------------

    @cached_property
    def writer(self) -> Generator:
        """The model that writes: a configured Ollama, else one found on this machine, else the packaged model."""
        from assistant.models.register import UseOllama, choose

        settings = self.settings
        choice = choose(
            engine=settings.model,
            url=settings.ollama_url,
            model=settings.ollama_model,
            digest=settings.ollama_digest,
            found=self._found_ollama(),
        )
        if isinstance(choice, UseOllama):
            from assistant.generation.ollama import OllamaGenerator

            names = [host.name for host in self.configured_hosts()]
            return OllamaGenerator(
                model=choice.model, url=choice.url, context=settings.context, pinned=choice.digest, allowed=names
            )
        from assistant.generation.embedded import EmbeddedGenerator

        return EmbeddedGenerator(name=choice.model.name, context=choice.model.context, pinned=choice.model.digest)

    def _found_ollama(self) -> Found | None:
        from assistant.generation.ollama import HERE, find_ollama

        if self.settings.model == "embedded":
            return None
        names = [host.name for host in self.configured_hosts()]
        return find_ollama(self.settings.ollama_url or HERE, allowed=names)

    @cached_property
    def quoter(self) -> Generator:
        from assistant.generation.quoting import QuotingGenerator

        return QuotingGenerator(quotes=self.checker.quote_texts)

    @cached_property
    def checker(self) -> Checker:
        from assistant.checking import Checker

        return Checker(embed=lambda texts: self.ingest.embedder.embed_documents(texts))

    @cached_property
    def means(self) -> Means:
        from assistant.ask import Means

        self.recover()
        return Means(
            rulebook=self.rulebook,
            retrieve=self.retrieve,
            writer=lambda: self.writer,
            quoter=self.quoter,
            checker=self.checker,
            judge=self.judge,
            outside=lambda: self.outside,
            door=self.door,
            raise_label=self.conversations.raise_label,
            recorder=self.ledger,
            longest_question=self.settings.longest_question,
        )

    def judge(self, prompt: Prompt, outgoing: Outgoing | None) -> Decision:
        """`decide.route` with this house's rules, keys and detectors; those are loaded only when bytes might leave."""
        from policies import decide

        return decide.route(prompt, outgoing, self.grounds(looking=outgoing is not None), key=self.keys.sign)


class _Encoder:
    """A question as the index's two vectors."""

    def __init__(self, ingest: Ingest) -> None:
        self._ingest = ingest

    def dense(self, text: str) -> tuple[float, ...]:
        return tuple(float(x) for x in self._ingest.embedder.embed_query(text))

    def sparse(self, text: str) -> SparseVector:
        from ingest.index.sparse import Bm25

        return Bm25().query(text, self._language(text))

    def _language(self, text: str) -> str:
        """English, unless there are other documents: telling a language costs two seconds the first time."""
        if not self._ingest.catalogue.counts()["other_language"]:
            return "en"
        import py3langid

        return str(py3langid.classify(text)[0])


class _NothingKept:
    """Quotations of documents are not looked for yet: what is typed is judged by the detectors alone."""

    def repeats(self, texts: Sequence[str], ceiling: Label) -> Sequence[Repeat]:  # noqa: ARG002
        return ()


class _Public:
    """An Ed25519 public key as `decide` asks for it."""

    def __init__(self, public: bytes) -> None:
        self._public = public

    def verify(self, signature: bytes, data: bytes) -> None:
        from policies import keys

        if not keys.verify(self._public, data, signature):
            raise ValueError("signature")


def guard_ingestion(home: Path | None) -> None:
    """The socket guard for a process that only takes documents in: this machine, and Qdrant where one is configured."""
    from assistant.egress.connections import load_connections, switched_on
    from assistant.egress.guard import install_guard
    from ingest.config import load_settings as ingest_settings

    # The home may not be there yet; its settings file then is not either, but the environment may name a server.
    url = ingest_settings(Home(path=home_path(home), id="", keys=Path())).qdrant_url
    install_guard(switched_on(load_connections(), {"worker-qdrant": url} if url else {}))


def open_parts(home: Path | None, *, serving: bool = False) -> Parts:
    """The parts of a home that is there."""
    return Parts(open_home(home), serving=serving)


def create_parts(home: Path | None, *, serving: bool = False) -> Parts:
    """The parts of a home, made when there is none: folder, keys, and the first record."""
    from policies.audit.events import SiteChanged
    from policies.keys import Keys

    made = create_home(home)
    fresh = not (made.path / "ledger").exists()
    Keys.create(made)
    parts = Parts(made, serving=serving)
    if fresh:
        parts.ledger.append(SiteChanged(what="home made", values={"home": made.id}))
    return parts
