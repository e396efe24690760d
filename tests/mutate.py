"""Thousands of broken files for each family of parsers, read in the real sandbox: always an outcome, and the worker
lives on.

`make mutate`, or `python tests/mutate.py [--count 10000] [--seed 1] [--family pdf] [--minutes 120]`. The same seed
breaks the same files the same way.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from seed_files import families

from ingest.errors import FileProblem, Quarantined
from ingest.sandbox import DEFAULT_LIMITS, MEGABYTE, Sandbox

LIMITS = replace(DEFAULT_LIMITS, seconds=5.0, memory=512 * MEGABYTE)
ALLOWED_SECONDS = LIMITS.seconds + 10.0
_ODD = (b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\xff\xff\xff\x7f", b"99999999999", b"-1", b"%s%n")
_TAG = re.compile(rb"<[^<>]{1,200}>")
_WORD = re.compile(rb'"[^"<>]{0,60}"|\b\d+\b')
_VALUES = (b'""', b'"-1"', b'"99999999999"', b'"&#x10ffff;"', b"1e999", b'"' + b"A" * 3000 + b'"', b'"\xff\xfe"')
_DOCTYPE = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/hostname">]>'
Mutation = Callable[[bytes, random.Random], bytes]


def flip(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 16)):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(1, max(2, len(data)))]


def splice(data: bytes, chance: random.Random) -> bytes:
    """A piece of the file once more, somewhere else, in place of what stood there or before it."""
    size = chance.randint(1, max(1, min(4096, len(data) // 2)))
    start, place = chance.randrange(len(data)), chance.randrange(len(data))
    return data[:place] + data[start : start + size] + data[place + chance.choice((0, size)) :]


def put_odd(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        place, odd = chance.randrange(len(changed)), chance.choice(_ODD)
        changed[place : place + len(odd)] = odd
    return bytes(changed)


def blank(data: bytes, chance: random.Random) -> bytes:
    place, size = chance.randrange(len(data)), chance.randint(1, 512)
    return data[:place] + bytes(size) + data[place + size :]


def change_markup(data: bytes, chance: random.Random) -> bytes:
    """On the level of XML: elements doubled, dropped, nested in themselves; values changed; entities declared."""
    tags = list(_TAG.finditer(data))
    words = list(_WORD.finditer(data))
    kind = chance.randrange(5)
    if kind == 0 and words:
        found = chance.choice(words)
        return data[: found.start()] + chance.choice(_VALUES) + data[found.end() :]
    if kind == 1 and data.startswith(b"<"):
        head, mark, rest = data.partition(b"?>")
        whole = head + mark + _DOCTYPE + rest if mark else _DOCTYPE + data
        return whole.replace(b"></", b">&b;&f;</", 3)
    if not tags:
        return flip(data, chance)
    found, other = chance.choice(tags), chance.choice(tags)
    if kind == 2:
        return data[: found.start()] + data[found.end() :]
    if kind == 3:
        return data[: found.start()] + found[0] * chance.choice((2, 50, 3000)) + data[found.end() :]
    return data[: found.start()] + other[0] + data[found.end() :]


def change_part(data: bytes, chance: random.Random) -> bytes:
    """A part of a package changed and packed again, so that the change gets past the packing."""
    try:
        return _with_a_part_changed(data, chance)
    except Exception:  # noqa: BLE001 - broken before, so that its parts cannot be had
        return flip(data, chance)


def _with_a_part_changed(data: bytes, chance: random.Random) -> bytes:
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        chosen = chance.choice(old.namelist())
        for name in old.namelist():
            part = old.read(name)
            if name == chosen and part:
                part = chance.choice((change_markup, change_markup, flip, cut, splice))(part, chance)
            new.writestr(name, part)
    return result.getvalue()


PLAIN: tuple[Mutation, ...] = (flip, flip, cut, splice, put_odd, blank)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """One way in which the file could have been broken."""
    if data.startswith(b"PK"):
        return chance.choice((*PLAIN, *[change_part] * 6))(data, chance)
    if data.lstrip().startswith((b"<", b"{\\", b"{", b"From")):
        return chance.choice((*PLAIN, *[change_markup] * 4))(data, chance)
    return chance.choice(PLAIN)(data, chance)


def broken(family: str, count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """`count` broken files; some are broken twice."""
    chance = random.Random(f"{family} {seed}")
    seeds = families()[family]
    for number in range(count):
        name, data = seeds[number % len(seeds)]
        for _ in range(chance.choice((1, 1, 2))):
            data = mutated(data, chance) or b"x"
        yield name, data


def outcome(sandbox: Sandbox, family: str, name: str, data: bytes) -> str:
    """What became of the file. Anything but a FileProblem is a fault of ours and passes through."""
    try:
        if family == "picture":
            sandbox.page_image(data, 1, limits=LIMITS)
        else:
            sandbox.read(data, name, limits=replace(LIMITS, recognised_pages=0))
    except Quarantined as problem:
        return problem.reason
    except FileProblem as problem:
        raise AssertionError(f"our side failed: {problem.reason}") from problem
    return "read"


def run(sandbox: Sandbox, family: str, count: int, seed: int, until: float) -> Counter[str]:
    """Read them; raises AssertionError when one took longer than it may, or our side failed."""
    counted: Counter[str] = Counter()
    for name, data in broken(family, count, seed):
        if time.monotonic() > until:
            counted["(not tried: out of time)"] = count - counted.total()
            break
        began = time.monotonic()
        counted[outcome(sandbox, family, name, data)] += 1
        assert time.monotonic() - began < ALLOWED_SECONDS, f"{family}: a file took too long"
    assert sandbox.read(b"still here", "x.txt").blocks
    return counted


def _run_apart(family: str, count: int, seed: int, until: float) -> Counter[str]:
    with Sandbox(converter="") as sandbox:
        return run(sandbox, family, count, seed, until)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=120.0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--family", action="append", choices=sorted(families()))
    asked = parser.parse_args()
    until = time.monotonic() + 60 * asked.minutes
    with ThreadPoolExecutor(asked.jobs) as pool:
        chosen = asked.family or list(families())
        running = {family: pool.submit(_run_apart, family, asked.count, asked.seed, until) for family in chosen}
        for family, ended in running.items():
            counts = ended.result()
            print(
                f"{family:8} {counts.total():6}  " + "  ".join(f"{key} {n}" for key, n in counts.most_common()),
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
