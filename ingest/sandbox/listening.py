"""Whether recordings can be listened to here: what is missing, without loading anything of it."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

CURE = (
    "Install `ringfence[whisper]`, put a Whisper model's folder on this machine, and name it: "
    '[ingest] whisper_model = "/path"'
)


def why_not(folder: Path | None) -> str:
    """What is missing, in words; empty when nothing is."""
    if folder is None:
        return "[ingest] whisper_model is not set"
    try:
        kind = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type")
    except (OSError, ValueError, AttributeError):
        return f"no model lies in {folder}"
    if kind != "whisper":
        return f"the model in {folder} is no Whisper model"
    if not list(folder.glob("*.safetensors")):
        return f"{folder} holds no weights as .safetensors"
    return ""


def takes_all() -> bool:
    """Whether FLAC, Ogg and MP3 can be taken apart too; else WAV alone."""
    return find_spec("soundfile") is not None
