"""A small home for the operator's commands: taken in once, copied by whoever changes it. Needs no embedding model."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest
from calling import call
from house import _copy_sparsely as copy_sparsely
from ingest_parts import HashEmbedder

from policies.audit.ledger import Ledger
from policies.config import open_home
from policies.keys import Keys

STAFF = ("--group", "staff", "--level", "internal")
BLOCK = 1 << 16
ZEROS = bytes(BLOCK)


def holding(folder: Path, *wanted: bytes) -> list[str]:
    """The files below that hold one of these, freed pages and logs included."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:  # the index keeps files that are mostly holes
                data = b"".join(block for block in iter(lambda: file.read(BLOCK), b"") if not ZEROS.startswith(block))
            found += [f"{path.relative_to(folder)}" for one in wanted if one in data]
    return found


def without_model(patch: pytest.MonkeyPatch) -> None:
    """Vectors of four numbers, made of the text's hash."""
    patch.setattr("ingest.index.embedder.open_embedder", lambda *_, **__: HashEmbedder())


def taken_in(folder: Path, texts: Mapping[str, str]) -> Path:
    """`folder` with a home into which these files were taken in, for `copied`: name without ending, text."""
    docs = folder / "docs"
    docs.mkdir()
    for name, text in texts.items():
        (docs / f"{name}.txt").write_text(text)
        os.utime(docs / f"{name}.txt", (1_600_000_000, 1_600_000_000))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RINGFENCE_KEYS", str(folder / "keys"))
        without_model(patch)
        assert call(folder / "home", "ingest", docs, *STAFF).code == 0
    return folder


def copied(made: Path, folder: Path, patch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The home and keys of `made`, in `folder`."""
    shutil.copytree(made / "home", folder / "home", copy_function=copy_sparsely)
    shutil.copytree(made / "keys", folder / "keys")
    patch.setenv("RINGFENCE_KEYS", str(folder / "keys"))
    without_model(patch)
    return SimpleNamespace(home=folder / "home", docs=made / "docs", folder=folder)


def document(site: SimpleNamespace, name: str) -> str:
    listed = json.loads(call(site.home, "documents", "list", "--json").out)["documents"]
    return next(one["document"] for one in listed if one["source"].endswith(name))


def bodies(site: SimpleNamespace) -> list[str]:
    """The texts of the record."""
    with Ledger(home := open_home(site.home), Keys.load(home)) as ledger:
        return [body for _, body in ledger.bodies()]
