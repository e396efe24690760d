"""The `[assistant]` table of `ringfence.toml`, and the environment that keeps libraries quiet.

The only place in this room that reads or writes the environment.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ingest.config import CaFile
from policies.config import Home, load_table
from policies.errors import UsageError


class DestinationSettings(BaseModel):
    """A closed API that this site may use. None as installed. The last five are what a contract with it says; more
    than public things go there only when all of them are stated."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    base_url: str
    model: str
    key_file: Path | None = None
    ca_file: CaFile = None  # who signs its certificate, as PEM; a public authority when not given
    level: Literal["public", "internal"] = "public"
    contract: str = ""  # which one: a number, a date, a file's name
    region: str = ""  # where it is processed
    retention_days: int | None = Field(default=None, ge=0)  # 0: nothing is kept
    no_training: bool = False  # nothing sent is learned from
    pseudonymised: bool = False  # a person's details may go as invented ones

    @property
    def unstated(self) -> list[str]:
        """What is missing for a destination under contract."""
        stated = {
            "contract": bool(self.contract.strip()),
            "region": bool(self.region.strip()),
            "retention_days": self.retention_days is not None,
            "no_training": self.no_training,
        }
        return [name for name, there in stated.items() if not there]


class AssistantSettings(BaseModel):
    """What a site may change about answering."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: Literal["lab", "production"] = "lab"
    organisation: str = ""
    host_names: tuple[str, ...] = ()  # what browsers call this site by, where it is not this machine's own name
    https: bool = False  # a proxy in front speaks TLS: cookies then travel by TLS only
    reading: Literal["source", "source+clearance"] = "source"
    outside: Literal["closed", "general", "public", "contracted"] = "closed"
    names: Literal["public", "none"] = "public"  # of what is typed: those that everybody knows may leave, or none
    destination: DestinationSettings | None = None
    gateway_url: str = ""  # what leaves goes by `ringfence egress-gateway` there, which then holds the key
    approval_hours: int = Field(default=24, ge=1, le=168)  # how long a second person's word holds

    model: Literal["auto", "embedded", "ollama"] = "auto"
    ollama_url: str = ""  # empty: one that answers on this machine is used, if it holds `ollama_model` or any model
    ollama_model: str = ""
    ollama_digest: str = ""  # pinned: another digest is refused
    context: int = Field(default=4096, ge=1024, le=262_144)

    passages: int = Field(default=8, ge=1, le=50)
    answers_at_once: int = Field(default=4, ge=1, le=256)
    longest_question: int = Field(default=16_000, ge=100, le=100_000)


class GatewaySettings(BaseModel):
    """What the gateway's own home says beside its destination and ladder."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    home_key: str = ""  # whose releases count: `public_key` of `ringfence audit checkpoint --json` there

    @property
    def public_key(self) -> bytes:
        """32 bytes. Raises UsageError for anything that is no key."""
        from policies.audit.checkpoint import read_verifier_key

        return read_verifier_key(self.home_key)


def load_gateway_settings(home: Home) -> GatewaySettings:
    return load_table(home, "gateway", GatewaySettings)


def load_settings(home: Home) -> AssistantSettings:
    """Raises UsageError that names the nearest known key for one that is unknown, or what a contract leaves out."""
    settings = load_table(home, "assistant", AssistantSettings)
    _check_contract(settings)
    return settings


def _check_contract(settings: AssistantSettings) -> None:
    there = settings.destination
    if settings.gateway_url and there is not None and there.key_file is not None:
        raise UsageError(
            "gateway_url and key_file are both stated: the gateway holds the destination's key.",
            cure="Take key_file out of [assistant.destination], and the key off this machine's secrets.",
        )
    if there is None or not (missing := there.unstated):
        return
    asks = {
        "level = 'internal'": there.level == "internal",
        "pseudonymised = true": there.pseudonymised,
        "outside = 'contracted'": settings.outside == "contracted",
    }
    if wanted := [name for name, asked in asks.items() if asked]:
        raise UsageError(
            f"{wanted[0]} needs a contract with the destination; not stated: {', '.join(missing)}.",
            cure="State them in [assistant.destination]; no_training must be true.",
        )


def quiet_environment() -> None:
    """Switch off every download, report and proxy of the libraries we use. Call before importing them."""
    os.environ.update(
        {
            "HF_HUB_OFFLINE": "1",
            "TRANSFORMERS_OFFLINE": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "DO_NOT_TRACK": "1",
            "TOKENIZERS_PARALLELISM": "false",
            "GRADIO_ANALYTICS_ENABLED": "False",
            "GRADIO_RUN_HISTORY": "False",
            "GRADIO_SHARE": "False",
            "GRADIO_MCP_SERVER": "False",
        }
    )
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        os.environ.pop(name, None)
        os.environ.pop(name.lower(), None)
    for name in ("GRADIO_ALLOWED_PATHS", "SSLKEYLOGFILE"):  # the second writes down the keys of every connection
        os.environ.pop(name, None)


def offline_environment(home: Home) -> None:
    """`quiet_environment`, and every library's scratch files inside the home."""
    quiet_environment()
    cache = home.path / "cache"
    cache.mkdir(mode=0o700, exist_ok=True)
    for name in ("HF_HOME", "GRADIO_TEMP_DIR", "LLAMA_INDEX_CACHE_DIR"):
        os.environ[name] = str(cache / name.lower())
