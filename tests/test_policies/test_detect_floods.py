"""Whatever is typed in whatever quantity, no detector takes more time than the length of it asks for."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from functools import cache

import pytest
from deciding import meaning

from policies.detect import DETECTORS, make
from policies.detect.base import Detector

PIECES = [
    "1 ",
    "11 11 ",
    "4539 9892 3597 2870 ",
    "AB12 ",
    "a1b",
    "1.2.3-",
    "name,bsn\n138140376,",
    "@a.b",
    "07700 900",
    "12.",
    "0x1f",
    "née le 1",
    "lives at 1 A ",
    "password ",
    "password: ",
    "a://b:",
    "key=",
    "secret is ",
    "-p x ",
    "eyJ",
    "code 1 ",
    "abc ",
    "door code ",
    "cookie: a=",
    "A" * 30 + " ",
    "1f3a9-",
    "login x / ",
    "x!1xxxxx as my password ",
    "log in as x with x!1xxxxx ",
    "openssl -k ",
    "crater lemon ",
    "Dear A, ",
    "Dear Mrs ",
    "Hi Bob Cob Dob ",
    "regards ",
    "regards\n\n",
    "I am a b from the ",
    "this is a the of department ",
    "a-b.",
    "_a.corp.",
    "/home/",
    "C:\\Users\\",
    "write an email ",
    "\nemail from the head of x",
    "contract between a and ",
    "<PERSON",
    "my name is <PERSON> ",
    "cv i got ",
    "<c>",
    '"a" + ',
    "'1','",
    "1) 22\n",
    "I V ",
    "\\4e ",
    "IBAN1",
    "<!-- x -->",
]
READS_MEANING = "policies.detect.cases.CaseDetector"


@cache
def detector(path: str) -> Detector:
    return make(path, *([meaning()] if path == READS_MEANING else []))


@pytest.mark.parametrize("path", DETECTORS)
@pytest.mark.parametrize("piece", PIECES)
def test_a_flood_takes_time_that_grows_with_its_length_alone(piece: str, path: str):
    short, long = (piece * (size // len(piece)) for size in (5_000, 25_000))
    find = detector(path).find
    find(short)
    bound = max(0.5, 12 * seconds(find, short))
    assert any(seconds(find, long) < bound for _ in range(3))


def seconds(find: Callable[..., object], text: str) -> float:
    """Of this thread's processor time: not what others do, nor sweeping up what all tests left."""
    gc.disable()
    try:
        start = time.thread_time()
        find(text)
        return time.thread_time() - start
    finally:
        gc.enable()
