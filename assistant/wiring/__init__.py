"""The only constructor of this room. Nothing heavy is opened before somebody needs it."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.wiring.deciding import Deciding
from assistant.wiring.stores import now
from policies.config import Home, create_home, home_path, open_home
from policies.labels import TOP, Label

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.ask import Means
    from assistant.checking import Checker
    from assistant.generation.base import Generator
    from assistant.models.register import Found
    from assistant.retrieval import Encoder, Retrieved
    from ingest.about import Sought
    from ingest.catalogue.rows import Listed
    from ingest.index.base import Mode, SparseVector
    from ingest.wiring import Ingest
    from policies.audit.review import Review
    from policies.rulebook import Verdict
    from policies.vocabulary import Chunk, Document, Person, Question

__all__ = ["Parts", "create_parts", "guard_ingestion", "now", "open_parts"]


class Parts(Deciding):
    """Every part of one home, each made when it is first used."""

    @cached_property
    def review(self) -> Review:
        from policies.audit.review import Review

        return Review(self.ledger, self.ledger.sealed, self.keys)

    def prove(self, index: int) -> tuple[str, str]:
        from policies.audit.proving import prove

        return prove(self.home, self.keys, index)

    def retrieve(
        self,
        question: Question,
        ceiling: Label = TOP,
        *,
        mode: Mode | None = None,
        k: int = 0,
        sought: Sought | None = None,
    ) -> Retrieved:
        from assistant.retrieval import retrieve
        from ingest.about import ANYTHING
        from ingest.index.base import Mode as Modes

        clearance_counts = self.settings.reading == "source+clearance"
        as_of = self.label_versions()  # before anything is looked for: what changes from here on ends a release
        found = retrieve(
            question.text,
            question.person,
            k=k or self.settings.passages,
            index=self.ingest.follow().index,
            catalogue=self.ingest.catalogue,
            encoder=self.encoder,
            may_read=self.may_read,
            level=question.person.clearance if clearance_counts else None,
            ceiling=ceiling,
            mode=mode or Modes.HYBRID,
            sought=sought or ANYTHING,
        )
        return replace(found, as_of=as_of)

    @cached_property
    def encoder(self) -> Encoder:
        return _Encoder(self.ingest)

    def may_read(self, person: Person, document: Document, chunk: Chunk) -> bool:
        """The rules' word on a candidate that the rights let through."""
        return self.reading_verdict(person, document, chunk).allowed

    def reading_verdict(self, person: Person, document: Document, chunk: Chunk) -> Verdict:
        """The same with the names of the rules that decided it."""
        from policies.vocabulary import Passage

        passage = Passage(chunk=chunk, document=document, rank=1, score=0.0)
        counts = self.settings.reading == "source+clearance"
        return self.rulebook.may_read(person, passage, now(), clearance_counts=counts)

    def may_name(self, person: Person) -> Callable[[Listed], bool]:
        """Whether the rules let this person read a document as it is labelled: of any other not even its name is shown,
        which was taken from its text. For one list: what was decided is remembered for documents that are alike."""
        from policies.rulebook import Action, as_resource

        rulebook, when, counts = self.rulebook, now(), self.settings.reading == "source+clearance"
        known: dict[object, bool] = {}
        apart = rulebook.tells_apart

        def allowed(one: Listed) -> bool:
            alike = (one.source, one.groups, one.label, one.document if apart else "")
            if alike not in known:
                resource = as_resource(one.document, source=one.source, groups=one.groups, label=one.label)
                context = {"now": when, "clearance_counts": counts}
                known[alike] = rulebook.ask(person, Action.READ, resource, context).allowed
            return known[alike]

        return allowed

    def nameable(self, person: Person) -> int:
        """How many documents this person may be told of."""
        named, library = self.may_name(person), self.ingest.library
        if self.rulebook.tells_apart:
            return sum(one.status == "live" and named(one) for one in library.documents(person))
        return sum(many for one, many in library.alike(person) if named(one))

    # -- answering -------------------------------------------------------------------------------------

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
                model=choice.model,
                url=choice.url,
                context=settings.context,
                pinned=choice.digest,
                allowed=names,
                verify=self.network.verify,
            )
        from assistant.generation.embedded import EmbeddedGenerator

        return EmbeddedGenerator(name=choice.model.name, context=choice.model.context, pinned=choice.model.digest)

    def _found_ollama(self) -> Found | None:
        from assistant.generation.ollama import HERE, find_ollama

        if self.settings.model == "embedded":
            return None
        names = [host.name for host in self.configured_hosts()]
        return find_ollama(self.settings.ollama_url or HERE, allowed=names, verify=self.network.verify)

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


def guard_ingestion(home: Path | None) -> None:
    """The socket guard for a process that only takes documents in: this machine, and Qdrant where one is configured."""
    from assistant.egress.connections import load_connections, switched_on
    from assistant.egress.guard import install_guard
    from ingest.config import load_network
    from ingest.config import load_settings as ingest_settings

    # The home may not be there yet; its settings file then is not either, but the environment may name a server.
    there = Home(path=home_path(home), id="", keys=Path())
    url, internal = ingest_settings(there).qdrant_url, load_network(there).internal_hosts
    install_guard(switched_on(load_connections(), {"worker-qdrant": url} if url else {}, internal=internal))


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
