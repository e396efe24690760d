"""The words every room speaks. Frozen; built once, never changed.

Times are microseconds since 1970 in UTC. Pages count from 1. Offsets are in characters.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from policies.labels import PUBLIC, Category, Label, Level

EVERYONE = "everyone"
Embed = Callable[[Sequence[str]], Any]
"""Texts to vectors of the packaged model: a float array of shape (texts, 384), each row of length 1."""


class Meaning(Protocol):
    """The packaged embedding model."""

    def embed_documents(self, texts: Sequence[str]) -> Any:
        """See `Embed`."""
        ...

    def adapted(self, changes: Mapping[str, Any], layers: int) -> Meaning:
        """The lowest `layers` layers of the same model, with `changes` added to the weights of their names."""
        ...


NAMESPACE = uuid.UUID("6f2a5d0e-9f3c-5e38-8d5d-3b0b2f7c1a90")


class Role(StrEnum):
    """What a person may do besides reading and asking."""

    STAFF = "staff"
    OWNER = "owner"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who asks. `groups` is what the directory says; `everyone` is added when reading."""

    id: str
    name: str
    clearance: Level = Level.INTERNAL
    groups: frozenset[str] = frozenset()
    roles: frozenset[Role] = frozenset({Role.STAFF})

    @property
    def reads_as(self) -> frozenset[str]:
        """The groups whose documents this person may read."""
        return self.groups | {EVERYONE}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRef:
    """Where a document comes from: a named source and the path within it."""

    source: str
    path: str

    @property
    def document(self) -> str:
        """The document's id: UUIDv5 of (source, path)."""
        return str(uuid.uuid5(NAMESPACE, f"document\0{self.source}\0{self.path}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One version of one document. `version` is the SHA-256 of its bytes, in hex."""

    id: str
    version: str
    source: SourceRef
    title: str
    media_type: str
    label: Label
    groups: frozenset[str]
    language: str = "en"
    pages: int = 1
    dated: str = ""  # ISO date found in the document or its properties; empty when there is none
    modified: int = 0
    owner: str = ""  # who answers for it; nothing is decided by it
    valid_until: str = ""  # ISO date of the last day on which it is answered from; empty when there is no end
    originals: str = "keep"  # what is kept of its file: keep, reference or pages
    authors: tuple[str, ...] = ()  # these four are what the document says of itself: nobody has checked them
    company: str = ""
    period: str = ""
    kind: str = ""  # what it is: 10-K, invoice, minutes
    flags: tuple[str, ...] = ()  # what its file carries and nobody reads: macros, scripts, hidden text


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A piece of one document that never crosses a page or a heading. `rows`: the first and the last row of the one
    table in it, counted from 1 as whoever opens the file counts them; None where there is no table, or several."""

    id: str
    document: str
    version: str
    ordinal: int
    text: str
    page: int
    heading: tuple[str, ...]
    start: int
    end: int
    label: Label
    rows: tuple[int, int] | None = None

    @staticmethod
    def make_id(document: str, version: str, pipeline: str, ordinal: int) -> str:
        """UUIDv5 of (document, version, pipeline digest, ordinal): also the point's id in the index."""
        return str(uuid.uuid5(NAMESPACE, f"chunk\0{document}\0{version}\0{pipeline}\0{ordinal}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A chunk that a person was found to have the right to read, just now."""

    chunk: Chunk
    document: Document
    rank: int
    score: float
    similarity: float = 0.0  # cosine of question and chunk; 0 when it was not computed

    @property
    def place(self) -> str:
        """Title, headings and page, in one line: what stands above its text in a prompt."""
        where = " · ".join([self.document.title, *self.chunk.heading])
        return f"{' '.join(where.split())}, page {self.chunk.page}"


class Kind(StrEnum):
    """The kind of a conversation, chosen at its start."""

    DOCUMENTS = "documents"
    OWN_TEXT = "own"
    GENERAL = "general"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One earlier message of a conversation, with the label of everything that went into it."""

    role: str  # "user" or "assistant"
    text: str
    label: Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a person asks, with all that policy needs to know about the asking. `bare`: a general question with which no
    passage may go, whatever the site allows."""

    text: str
    person: Person
    kind: Kind = Kind.DOCUMENTS
    conversation: str = ""
    conversation_label: Label = PUBLIC
    history: tuple[Turn, ...] = ()
    allow_outside: bool = False
    write: bool = False
    bare: bool = False
    actor: str = ""  # who typed it, when that was somebody else than the person


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """Everything a model will see. `label` is the join of all its parts."""

    system: str
    question: Question
    history: tuple[Turn, ...]
    passages: tuple[Passage, ...]
    label: Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Where a sentence stands written. `condition` is what stands beside it and limits it. `spot`: the place in its
    document in a person's words, as `sheet Q1, rows 12–18`; empty in one that was kept before there were spots."""

    n: int
    chunk: str
    document: str
    version: str
    source: str
    title: str
    page: int
    heading: tuple[str, ...]
    quote: str
    condition: str
    label: Label
    rows: tuple[int, int] | None = None
    spot: str = ""

    @property
    def where(self) -> str:
        """Document and place, for a person."""
        return f"{self.title}, {self.spot or f'page {self.page}'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a detector saw: never the text itself, only where and what kind."""

    detector: str
    kind: str
    start: int
    end: int
    category: Category
    view: str = "raw"
    score: float = 1.0
