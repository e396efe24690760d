"""The tables `[ingest]` and `[network]` of `ringfence.toml`. The only place in this room that reads settings."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PositiveFloat, PositiveInt

from ingest.malware import address_of
from policies.config import Home, load_table
from policies.errors import UsageError

if TYPE_CHECKING:
    import ssl


class Precision(StrEnum):
    """How the embedding model's matrices are multiplied. Vectors of one are not compared with those of the other."""

    EXACT = "exact"
    """Vectors as the reference has them, to a cosine of .9999."""
    INT8 = "int8"
    """In whole numbers of eight bits: quicker, and a little off (a cosine of about .997)."""


def precision_named(name: str) -> Precision:
    """Raises UsageError that names those there are."""
    if name not in set(Precision):
        raise UsageError(f"There is no precision {name!r}.", cure=f"Choose one of {', '.join(Precision)}.")
    return Precision(name)


class IngestSettings(BaseModel):
    """How files are taken in. An unknown key is an error that names the nearest known one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    workers: PositiveInt = 2
    """How many files are read at the same time."""
    batch_chunks: PositiveInt = Field(default=64, le=4096)
    """How many chunks are embedded together, across documents, while others are read and stored. Bounds the memory of a
    job with `workers`."""
    threads: PositiveInt | None = None
    """Processor threads of the embedding model; all when not given."""
    embedding_model: Path | None = None
    """A folder with a sentence-transformers model; the packaged one when not given."""
    embedding_precision: Precision = Precision.EXACT
    """"int8" is quicker and a little off. `documents reembed` takes over what is there already."""
    qdrant_url: str = ""
    """A Qdrant server that keeps the index; the index lies in the home when empty."""
    qdrant_key_file: Path | None = None
    """Where its API key stands."""
    source_roots: tuple[Path, ...] = ()
    """Folders below which operators and owners may add sources on the Library page; none as installed."""
    scan_up_to: PositiveInt = 130_000
    """Passages up to which a question is compared with each; a larger index is made faster, by itself and aside."""
    clamd: str = ""
    """Where clamd listens on this machine: a Unix socket's path or "127.0.0.1:3310". Files are read unchecked when
    empty."""
    clamd_seconds: PositiveFloat = 60.0
    """Time that it may take over one file."""
    whisper_model: Path | None = None
    """A folder with a Whisper model, as transformers keeps it, that writes recordings down; they are set aside when not
    given."""
    max_file_mb: PositiveInt = 200
    max_seconds: PositiveFloat = 60.0
    """Time that reading one file may take."""
    max_memory_mb: PositiveInt = 1024
    """Memory that reading one file may take."""
    max_recognised_pages: PositiveInt = 50
    """Scanned pages of one file that are recognised; the rest stays without text."""


def _words(stated: object) -> object:
    """A list may be stated in the environment, where there are only words."""
    return stated.split() if isinstance(stated, str) else stated


def _trusted(ca_file: Path | None) -> Path | None:
    trust(ca_file)
    return ca_file


CaFile = Annotated[Path | None, AfterValidator(_trusted)]


class NetworkSettings(BaseModel):
    """How the organisation's own servers (Ollama, Qdrant, the gateway) are reached where they are other machines."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    internal_hosts: Annotated[tuple[str, ...], BeforeValidator(_words)] = ()
    """Names or addresses to which plain http will do: nobody else is on the network to them."""
    ca_file: CaFile = None
    """Certificates of the authorities that sign theirs, as PEM; the public ones when not given."""

    @property
    def verify(self) -> ssl.SSLContext | bool:
        return trust(self.ca_file)


def load_network(home: Home) -> NetworkSettings:
    return load_table(home, "network", NetworkSettings)


def trust(ca_file: Path | None) -> ssl.SSLContext | bool:
    """What a client takes as `verify`: the authorities in `ca_file` and no others, or the public ones. Raises
    UsageError for a file without any."""
    if ca_file is None:
        return True
    import ssl

    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ValueError):  # SSLError is an OSError
        raise UsageError(
            f"ca_file {ca_file} holds no certificate that can be read.", cure="Name a file of certificates in PEM form."
        ) from None


def load_settings(home: Home) -> IngestSettings:
    """Raises UsageError with the cure for an unknown key, for a clamd that is not on this machine, and for a root that
    is no whole path."""
    settings = load_table(home, "ingest", IngestSettings)
    if short := [root for root in settings.source_roots if not root.is_absolute()]:
        raise UsageError(f"[ingest] source_roots: {short[0]} is no whole path.", cure="Begin it with a slash.")
    if settings.clamd:
        address_of(settings.clamd)
    return settings
