"""The sealed file: whatever is cut, changed, moved or added is found, and nothing that was not checked is given out."""

from __future__ import annotations

import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant.backup.stream import CHUNK, TAG, Opener, Sealer, read_header
from policies.errors import RefusedError, RingfenceError, UnavailableError, UsageError
from policies.keys import Keys

KEYS = Keys(signing=b"s" * 32, house=b"h" * 32)
OTHERS = Keys(signing=b"t" * 32, house=b"i" * 32)
SIZES = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 9)


def sealed(size: int) -> bytes:
    out = io.BytesIO()
    sealer = Sealer(out, KEYS, "5e1c0b0a-9d6f-4b57-8d0e-3f7a1c2b4d5e")
    for at in range(0, size, 700_001):
        sealer.write(b"x" * min(700_001, size - at))
    sealer.close()
    assert sealer.size == len(out.getvalue())
    return out.getvalue()


def opened(data: bytes, keys: Keys = KEYS) -> bytes:
    file = io.BytesIO(data)
    opener = Opener(file, keys, read_header(file))
    found = b"".join(iter(lambda: opener.read(300_007), b""))
    opener.finish()
    assert opener.size == len(data)
    return found


WHOLE = sealed(2 * CHUNK + 9)
START = WHOLE.index(b"}\n") + 2
BORDERS = (0, 5, 18, START - 1, START, START + TAG, START + CHUNK, START + CHUNK + TAG, START + 2 * (CHUNK + TAG))
NEAR = sorted(
    {border + by for border in BORDERS for by in (-1, 0, 1) if 0 <= border + by < len(WHOLE)} | {len(WHOLE) - 1}
)


@pytest.mark.parametrize("size", SIZES)
def test_what_is_sealed_comes_back(size):
    assert opened(sealed(size)) == b"x" * size


@pytest.mark.parametrize("length", NEAR)
def test_a_file_that_is_cut_anywhere_is_refused(length):
    with pytest.raises(RingfenceError):
        opened(WHOLE[:length])


@given(place=st.integers(min_value=0, max_value=len(WHOLE) - 1), flip=st.integers(min_value=1, max_value=255))
@example(place=START, flip=1)
@example(place=len(WHOLE) - 1, flip=128)
def test_a_changed_byte_is_refused(place, flip):
    spoiled = bytearray(WHOLE)
    spoiled[place] ^= flip
    with pytest.raises(RingfenceError):
        opened(bytes(spoiled))


def test_chunks_that_were_moved_left_out_or_added_are_refused():
    """Whole chunks, each as it was sealed."""
    header, step = WHOLE[:START], CHUNK + TAG
    one, two, last = WHOLE[START : START + step], WHOLE[START + step : START + 2 * step], WHOLE[START + 2 * step :]
    for chunks in ([two, one, last], [one, last], [two, last], [one, two], [one, two, last, last], [last], []):
        with pytest.raises(RefusedError):
            opened(header + b"".join(chunks))


def test_other_keys_no_backup_and_a_newer_version_are_told_apart():
    with pytest.raises(UnavailableError, match="other keys"):
        opened(WHOLE, OTHERS)
    with pytest.raises(UsageError, match="no backup"):
        opened(b"PK\x03\x04 something else")
    with pytest.raises(UnavailableError, match="newer version"):
        opened(WHOLE.replace(b"ringfence-backup 1", b"ringfence-backup 2", 1))


def test_two_files_of_the_same_home_share_no_key():
    assert sealed(10)[START:] != sealed(10)[START:]
