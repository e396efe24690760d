"""A few broken files of every family end with an outcome, in the real sandbox; `make mutate` tries thousands."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from mutate import broken, run
from seed_files import families

from ingest.errors import FileProblem
from ingest.readers import read
from ingest.sandbox import Sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(converter="") as running:
        yield running


@pytest.mark.parametrize("family", sorted(families()))
def test_every_seed_is_read_whole(family: str) -> None:
    """Else the mutations would only try the ways in which it is broken already."""
    for name, data in families()[family]:
        if name in ("a.doc", "a.odp", "a.csv"):
            continue
        raw = read(data, name)
        assert raw.unread_pages or "fee" in str(raw).lower(), name


@pytest.mark.parametrize("family", sorted(families()))
def test_broken_files_have_an_outcome(family: str, sandbox: Sandbox) -> None:
    counted = run(sandbox, family, 20, seed=7, until=time.monotonic() + 60)
    assert counted.total() == 20
    assert "(not tried: out of time)" not in counted


def test_the_same_seed_breaks_the_same_files() -> None:
    assert list(broken("rtf", 20, 3)) == list(broken("rtf", 20, 3))
    assert list(broken("rtf", 20, 3)) != list(broken("rtf", 20, 4))


def test_many_broken_files_raise_nothing_but_file_problems() -> None:
    """In this very process, where nothing stands between a reader's mistake and the test."""
    for family in ("rtf", "mail", "web", "plain", "outlook"):
        for name, data in broken(family, 100, 11):
            try:
                read(data, name)
            except FileProblem:
                continue
