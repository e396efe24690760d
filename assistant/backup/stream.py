"""The file of a backup: a header that anybody can read, then sealed chunks.

    ringfence-backup 1 LF
    {"home": ID, "key": public key of the home, "salt": 32 random bytes} LF
    chunks of 1 MiB, each with its tag of 16 bytes; the last one may be shorter

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance, 2015), laid out as in the payload of age (c2sp.org/age): the nonce of a chunk is its number in 11
bytes and a byte that is 1 for the last. The cipher is AES-256-GCM; the key is HKDF-SHA256 of the house key for the
purpose `backup/SALT`, another for each file; the header is bound to every chunk. What is promised: chunks that were
changed, moved, added or left out, at the end too, are found, and nothing of a chunk is given out before it was checked.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import uuid
from dataclasses import dataclass
from typing import IO

from policies.errors import RefusedError, UnavailableError, UsageError
from policies.keys import Keys

MAGIC, FORMAT = b"ringfence-backup", 1
CHUNK = 1 << 20
TAG = 16
_LONGEST = 4096  # bytes of a line of the header


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Which home the backup is of, and what its key is made from. `raw` is what stands in the file."""

    home: str
    key: str
    salt: str
    raw: bytes


class Sealer:
    """Something to write to; what it is given is sealed into `out`. `close` makes it whole."""

    def __init__(self, out: IO[bytes], keys: Keys, home: str) -> None:
        stated = {"home": home, "key": keys.public.hex(), "salt": secrets.token_bytes(32).hex()}
        header = b"%s %d\n%s\n" % (MAGIC, FORMAT, json.dumps(stated).encode())
        self._out, self._chunks, self._waiting = out, _Chunks(keys, stated["salt"], header), bytearray()
        self._digest = hashlib.sha256()
        self.size = 0
        self._put(header)

    @property
    def sha256(self) -> str:
        """Of all that was written to `out`."""
        return self._digest.hexdigest()

    def write(self, data: bytes) -> int:
        self._waiting += data
        while len(self._waiting) > CHUNK:  # a full one may still be the last
            self._put(self._chunks.seal(bytes(self._waiting[:CHUNK]), last=False))
            del self._waiting[:CHUNK]
        return len(data)

    def close(self) -> None:
        self._put(self._chunks.seal(bytes(self._waiting), last=True))

    def _put(self, data: bytes) -> None:
        self._out.write(data)
        self._digest.update(data)
        self.size += len(data)


class Opener:
    """Something to read from: what was sealed into `file`, whose header was read. Raises RefusedError for a chunk that
    is not what was written there."""

    def __init__(self, file: IO[bytes], keys: Keys, header: Header) -> None:
        if header.key != keys.public.hex():
            raise UnavailableError(
                "This backup was made with other keys than those that are here.",
                cure="Set RINGFENCE_KEYS to the folder that holds the keys of its home. Nothing was changed.",
            )
        self._file, self._chunks = file, _Chunks(keys, header.salt, header.raw)
        self._digest = hashlib.sha256(header.raw)
        self._opened, self._ahead = b"", self._fetch()
        if not self._ahead:
            raise _spoiled()
        self.size = len(header.raw) + len(self._ahead)

    @property
    def sha256(self) -> str:
        """Of the whole file, once it was read to its end."""
        return self._digest.hexdigest()

    def read(self, size: int) -> bytes:
        while len(self._opened) < size and self._ahead:
            self._opened += self._next()
        data, self._opened = self._opened[:size], self._opened[size:]
        return data

    def finish(self) -> None:
        """Check what is left, to the end."""
        while self._ahead:
            self._next()

    def _next(self) -> bytes:
        sealed, self._ahead = self._ahead, self._fetch()
        self.size += len(self._ahead)
        return self._chunks.open(sealed, last=not self._ahead)

    def _fetch(self) -> bytes:
        data = self._file.read(CHUNK + TAG)
        self._digest.update(data)
        return data


class _Chunks:
    def __init__(self, keys: Keys, salt: str, header: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._aead, self._header, self._number = AESGCM(keys.derive(f"backup/{salt}")), header, 0

    def seal(self, data: bytes, *, last: bool) -> bytes:
        return self._aead.encrypt(self._nonce(last), data, self._header)

    def open(self, sealed: bytes, *, last: bool) -> bytes:
        from cryptography.exceptions import InvalidTag

        try:
            return self._aead.decrypt(self._nonce(last), sealed, self._header)
        except (InvalidTag, ValueError):
            raise _spoiled() from None

    def _nonce(self, last: bool) -> bytes:
        self._number += 1
        return (self._number - 1).to_bytes(11, "big") + bytes([last])


def read_header(file: IO[bytes]) -> Header:
    """Raises UsageError for a file that is no backup, UnavailableError for one that a newer version made."""
    first, second = file.readline(_LONGEST), file.readline(_LONGEST)
    magic, _, number = first.rstrip(b"\n").partition(b" ")
    if magic != MAGIC or not number.isdigit():
        raise UsageError("This file is no backup of a home.", cure="Name a file that `ringfence backup` made.")
    if int(number) > FORMAT:
        raise UnavailableError("This backup was made by a newer version.", cure="Install the newer version.")
    try:
        stated = json.loads(second)
        fields = {name: str(stated[name]) for name in ("home", "key", "salt")}
        uuid.UUID(fields["home"])  # it names the folder of the keys, and nothing else
    except (ValueError, KeyError, TypeError):
        raise _spoiled() from None
    return Header(**fields, raw=first + second)


def _spoiled() -> RefusedError:
    cure = "Use another copy of this backup, or an older one. Nothing was changed."
    return RefusedError("The backup was changed, or cut short.", cure=cure)
