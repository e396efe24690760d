"""A small real home for the walks: documents of every level taken in by the real pipeline, and people who may ask.

It is made once a session, through the commands, in this process. Who changes it takes a copy.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fakes import RecordingServer

from assistant.cli import main
from policies.home_rules import adopt
from policies.rulebook import PACKAGED, load

PASSWORD = "correct horse battery"
TRAVEL = """# Travel policy

## Per diem

The per diem in Berlin is 28 euros for each full day. It is paid only if the journey lasts longer than eight hours.

## Hotels

A hotel in Berlin may cost at most 140 euros a night. The travel desk books every hotel.
"""
HOURS = "The clinic opens at 8:00 on weekdays. The clinic is closed on Sundays. Parking is free for visitors."
LEAVE = """# Parental leave

Parental leave lasts at most 14 months for each child. The request is made in writing seven weeks before it begins.
"""
HERON = """# Project Heron

The sale of the Lisbon branch is planned for the second quarter of next year. The price is 41 million euros.
"""
CELLAR = """# Cellar plan

The backup generator stands in the north cellar. Its fuel lasts 36 hours. The key hangs behind the boiler.
"""
# folder, file, text, options of `ringfence ingest`. The cellar plan has no level: nobody named one.
DOCUMENTS = (
    ("handbook", "travel.md", TRAVEL, ("--group", "staff", "--level", "internal")),
    ("leaflets", "hours.txt", HOURS, ("--group", "everyone", "--level", "public")),
    ("people", "leave.md", LEAVE, ("--group", "hr", "--level", "confidential")),
    ("board", "heron.md", HERON, ("--group", "board", "--level", "restricted")),
    ("plans", "cellar.md", CELLAR, ("--group", "staff")),
)
PEOPLE = (
    ("dana", "--group", "staff"),
    ("bo", "--group", "staff", "--group", "board", "--clearance", "restricted"),
    ("hana", "--group", "hr", "--clearance", "confidential"),
    ("ines", "--role", "auditor"),
)
SECOND_PERSON = (
    '@id("second-person-for-staff") forbid (principal in Group::"staff", action == Action::"escalate", resource)\n'
    "when { !context.approved };\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class House:
    """A folder with a home, its keys beside it, and the files that were taken in."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def environment(self) -> dict[str, str]:
        """For a process of its own."""
        return os.environ | {"RINGFENCE_KEYS": str(self.keys), "OMP_NUM_THREADS": "1"}

    def run(self, *words: object, typed: str = "") -> Said:
        """One command of the product in this process."""
        return run("--home", self.home, *words, typed=typed, RINGFENCE_KEYS=str(self.keys))

    def write(self, name: str, text: str) -> Path:
        """A file in the home or beside it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def rules(self, **more: str) -> None:
        """The packaged rules and `more` files of them, as the home's own, in force."""
        own = self.home / "rules"
        shutil.copytree(PACKAGED, own, dirs_exist_ok=True)
        for name, text in more.items():
            (own / f"{name}.cedar").write_text(text)
        adopt(own, load(own))

    def document(self, name: str) -> dict[str, Any]:
        """The line of `documents list` for the file of that name."""
        listed = self.run("documents", "list", "--json").json["documents"]
        return next(one for one in listed if one["source"].endswith(f"/{name}"))

    def copy(self, folder: Path) -> House:
        shutil.copytree(self.folder, folder, dirs_exist_ok=True, copy_function=_copy_sparsely)
        return House(folder)


def sends_to(url: str, *, outside: str = "general", more: str = "", **stated: object) -> str:
    """The `ringfence.toml` of a house with a closed model there, of which more may be `stated`; `more`: lines about
    the house itself."""
    destination = {"id": "closed-model", "base_url": url, "model": "big-model"} | stated
    lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in destination.items())
    return f'[assistant]\noutside = "{outside}"\nmodel = "embedded"\n{more}\n[assistant.destination]\n{lines}\n'


def _copy_sparsely(source: str, target: str) -> None:
    """The index keeps files that are mostly holes, 100 MB a home: they stay holes, and are not even read."""
    with open(source, "rb", buffering=0) as read, open(target, "wb") as write:
        size = os.fstat(read.fileno()).st_size
        end = 0
        with contextlib.suppress(OSError):  # nothing but a hole is left
            while end < size:
                start = os.lseek(read.fileno(), end, os.SEEK_DATA)
                end = os.lseek(read.fileno(), start, os.SEEK_HOLE)
                write.seek(start)
                write.write(os.pread(read.fileno(), end - start, start))
        write.truncate(size)
    shutil.copystat(source, target)


def run(*words: object, typed: str = "", **environment: str) -> Said:
    """`ringfence` in this process: its own streams, and the environment put back afterwards."""
    out, err = io.StringIO(), io.StringIO()
    # Without a home of its own a command must not find whatever home lies where the tests are started.
    elsewhere = {"RINGFENCE_HOME": "/nonexistent/ringfence"}
    with changed_environment(elsewhere | environment), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        before, sys.stdin = sys.stdin, io.StringIO(typed)
        try:
            main([str(word) for word in words])
        except SystemExit as left:
            code = left.code
        finally:
            sys.stdin = before
    assert isinstance(code, int)
    return Said(code=code, out=out.getvalue(), err=err.getvalue())


@contextlib.contextmanager
def changed_environment(changes: Mapping[str, str]) -> Iterator[None]:
    """The environment with `changes`, and exactly as it was afterwards."""
    before = dict(os.environ)
    os.environ.update(changes)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def build(folder: Path) -> House:
    """Make the home, take the documents in, add the people."""
    made = House(folder)
    assert made.run("init").code == 0
    for name, *options in PEOPLE:
        assert made.run("users", "add", name, *options, "--password-stdin", typed=f"{PASSWORD}\n").code == 0
    for place, name, text, options in DOCUMENTS:
        made.write(f"docs/{place}/{name}", text)
        said = made.run("ingest", folder / "docs" / place, *options, "--json")
        assert said.code == 0, said.err
    return made


@pytest.fixture(scope="module")
def server() -> Iterator[RecordingServer]:
    """The closed model: on loopback, and it keeps the exact bytes that it was sent."""
    with RecordingServer() as found:
        yield found


_built: list[House] = []


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """The home of the session. Ask it; do not change it."""
    if not _built:
        _built.append(build(tmp_path_factory.mktemp("house")))
    return _built[0]


@pytest.fixture
def own(house: House, tmp_path: Path) -> House:
    """A copy to change and to break, without the conversations that other tests have had in the shared home."""
    copied = house.copy(tmp_path / "own")
    shutil.rmtree(copied.home / "conversations", ignore_errors=True)
    return copied
