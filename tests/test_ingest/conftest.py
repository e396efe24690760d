"""Shared by the tests of taking in: a catalogue, an index and a record of their own, with stand-ins for the models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ingest_parts import Room


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    opened = Room(tmp_path / "catalogue")
    yield opened
    opened.close()
