"""The register of writing models, and the choice of the one that answers.

`choose` is a function of its arguments: what the settings name, what was found on this machine. It looks
nothing up. A model whose weights are elsewhere (a cloud model behind the local port) is never chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policies.errors import UnavailableError


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What is known of a model. `digest` is what its weights' file, or its manifest, must hash to."""

    name: str
    digest: str
    licence: str
    context: int
    demonstration: bool


SMOLLM2 = Model(
    name="smollm2-135m-instruct",
    digest="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    licence="Apache-2.0",
    context=2048,
    demonstration=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A model that an Ollama server holds. `remote` is the host that really runs it, empty when the server does."""

    name: str
    digest: str
    size: int = 0
    family: str = ""
    remote: str = ""

    @property
    def writes(self) -> bool:
        """Whether it runs on that server and is not an embedding model."""
        return not self.remote and not is_cloud_name(self.name) and "bert" not in self.family.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An Ollama server that answered. `held` is in its own order: the last one fetched comes first."""

    url: str
    version: str
    held: tuple[Held, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UseOllama:
    url: str
    model: str
    digest: str  # pinned; empty when the settings pin none


@dataclass(frozen=True, slots=True, kw_only=True)
class UseEmbedded:
    model: Model = SMOLLM2


Choice = UseOllama | UseEmbedded


def choose(*, engine: str, url: str, model: str, digest: str, found: Found | None) -> Choice:
    """The model that answers: a configured Ollama, else one found on this machine, else the packaged model.

    `engine` is auto, embedded or ollama. What was configured is used or is an error; another is never put in
    its place: then UnavailableError says what is missing.
    """
    if engine == "embedded":
        return UseEmbedded()
    if url or engine == "ollama":
        held = found.held if found else ()
        name = model or first_writing(held)
        if not name:
            raise UnavailableError(
                "Ollama is configured, but no server answered or it holds no model that runs there.",
                cure="Start Ollama and fetch a model, or name one as `ollama_model`.",
            )
        return UseOllama(url=url or (found.url if found else "http://127.0.0.1:11434"), model=name, digest=digest)
    if found is None:
        return UseEmbedded()
    if model:
        held_names = {full_name(each.name) for each in found.held if each.writes}
        return UseOllama(url=found.url, model=model, digest=digest) if full_name(model) in held_names else UseEmbedded()
    name = first_writing(found.held)
    return UseOllama(url=found.url, model=name, digest=digest) if name else UseEmbedded()


def first_writing(held: Sequence[Held]) -> str:
    """The first model that runs on its server and writes; empty when there is none."""
    return next((model.name for model in held if model.writes), "")


def full_name(name: str) -> str:
    """`llama3.2` means `llama3.2:latest`."""
    return name if ":" in name.rsplit("/", 1)[-1] else f"{name}:latest"


def is_cloud_name(name: str) -> bool:
    """Whether a model's tag says that it runs elsewhere: `:cloud`, `-cloud`."""
    tag = full_name(name).rsplit(":", 1)[1].lower()
    return tag == "cloud" or tag.endswith("-cloud")
