"""The keys of a home: one signs the record, one (the house key) protects what is sealed.

Promises: keys never lie inside the home; they are made once, whole or not at all, whoever else tries at the
same moment; they are never made anew for a home that already has a record, since that record would then
belong to nobody. The folder is 0700, the file 0600. Nothing here prints or logs a key.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
from pathlib import Path
from typing import Any

from policies.config import Home
from policies.errors import UnavailableError

FILE = "home.key"
VERSION = 1
CURE = "Restore it from your backup of the keys, or set RINGFENCE_KEYS to the folder that holds it."


class Keys:
    """What a process can do with the keys of one home. Make one with `create` or `load`."""

    __slots__ = ("_derived", "_house", "_signing", "public")

    def __init__(self, *, signing: bytes, house: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self._signing = Ed25519PrivateKey.from_private_bytes(signing)
        self._house = house
        self._derived: dict[str, bytes] = {}
        self.public: bytes = self._signing.public_key().public_bytes_raw()

    def __repr__(self) -> str:
        return f"Keys(public={self.public.hex()})"

    @classmethod
    def create(cls, home: Home) -> Keys:
        """Make the keys of a home, or load those that are there. Several processes may try at once."""
        path = _outside(home) / FILE
        if path.exists():
            return cls.load(home)
        if (home.path / "ledger" / "ledger.db").exists():
            raise UnavailableError(f"This home has a record, but its key file {path} is missing.", cure=CURE)
        try:
            home.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
            home.keys.chmod(0o700)
            _place(path, secrets.token_bytes(32), secrets.token_bytes(32))
        except OSError as error:
            raise UnavailableError(
                f"The keys cannot be written to {home.keys} ({error.strerror}).",
                cure="Make the folder writable for this user, or set RINGFENCE_KEYS to another one.",
            ) from error
        return cls.load(home)

    @classmethod
    def load(cls, home: Home) -> Keys:
        """Load the keys of a home. Raises UnavailableError when they are missing, damaged or open to others."""
        path = _outside(home) / FILE
        try:
            stated: Any = json.loads(path.read_text())
            version, signing, house = (
                int(stated["version"]),
                bytes.fromhex(stated["signing"]),
                bytes.fromhex(stated["house"]),
            )
            open_to_others = path.stat().st_mode & 0o077
        except FileNotFoundError:
            raise UnavailableError(f"The key file {path} is missing.", cure=CURE) from None
        except PermissionError:
            raise UnavailableError(
                f"The key file {path} cannot be read by this user.", cure="Run as the user who owns the home."
            ) from None
        except (OSError, ValueError, KeyError, TypeError):
            # `from None`: the original error may quote what the file holds.
            raise UnavailableError(f"The key file {path} is damaged.", cure=CURE) from None
        if version > VERSION:
            raise UnavailableError(
                f"The key file {path} was written by a newer version.", cure="Install the newer version."
            )
        if len(signing) != 32 or len(house) != 32:
            raise UnavailableError(f"The key file {path} is damaged.", cure=CURE)
        if open_to_others:
            raise UnavailableError(
                f"The key file {path} can be read by other users.", cure=f"Run `chmod 600 {path}`, then try again."
            )
        return cls(signing=signing, house=house)

    def sign(self, data: bytes) -> bytes:
        """An Ed25519 signature over `data`."""
        return self._signing.sign(data)

    def derive(self, purpose: str) -> bytes:
        """32 bytes that belong to `purpose` alone: HKDF-SHA256 of the house key."""
        if purpose not in self._derived:
            from cryptography.hazmat.primitives.hashes import SHA256
            from cryptography.hazmat.primitives.kdf.hkdf import HKDF

            info = b"ringfence-1/" + purpose.encode()
            self._derived[purpose] = HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(self._house)
        return self._derived[purpose]

    def mac(self, purpose: str, data: bytes) -> bytes:
        """HMAC-SHA256 of `data` under a key of that purpose."""
        return hmac.new(self.derive(f"mac/{purpose}"), data, hashlib.sha256).digest()


def verify(public: bytes, data: bytes, signature: bytes) -> bool:
    """Whether `signature` over `data` was made with the key whose public half is `public` (32 raw bytes)."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def pseudonym(keys: Keys, person: str) -> str:
    """How the record names a person: stable in this home, and nobody's name without its keys."""
    return "P-" + keys.mac("person", person.encode()).hex()[:16]


def _outside(home: Home) -> Path:
    """The keys folder, refused when it lies inside the home: a copied home would carry its own keys along."""
    if home.keys.resolve().is_relative_to(home.path.resolve()):
        raise UnavailableError(
            f"The keys folder {home.keys} lies inside the home.",
            cure="Set RINGFENCE_KEYS to a folder outside the home.",
        )
    return home.keys


def _place(path: Path, signing: bytes, house: bytes) -> None:
    """Write the whole file beside its place, then link it in: one of several processes wins, none sees half."""
    waiting = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    text = json.dumps({"version": VERSION, "signing": signing.hex(), "house": house.hex()}) + "\n"
    try:
        with os.fdopen(os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(waiting, path)
    finally:
        waiting.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
