"""Checkpoints and proofs in the formats of C2SP: signed-note, tlog-checkpoint, tlog-proof.

Every head in the ledger is signed as the text of its checkpoint, so any head can be printed as one later and
no second signature for the same size ever exists. A checkpoint that was kept outside the house shows a
rollback or a rewrite that nothing inside can show.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from policies.errors import UsageError
from policies.keys import Keys, verify

PROOF = "c2sp.org/tlog-proof@v1"
_ED25519 = b"\x01"
_CURE = "Give the file as `ringfence audit checkpoint` printed it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a log said of itself once: its size and the root over everything it held then."""

    origin: str
    size: int
    root: bytes
    signatures: tuple[tuple[str, bytes], ...]  # (name, key hash and signature)

    def signed_by(self, public: bytes) -> bool:
        """Whether one of the signatures is the log's own, made with this key."""
        text = note_text(self.origin, self.size, self.root)
        expected = key_hash(self.origin, public)
        return any(
            name == self.origin and blob[:4] == expected and verify(public, text, blob[4:])
            for name, blob in self.signatures
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """That a record stands at `index` of the tree a checkpoint describes."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: Checkpoint


def origin_of(home_id: str) -> str:
    return f"ringfence/{home_id}"


def note_text(origin: str, size: int, root: bytes) -> bytes:
    """The bytes that are signed."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n".encode()


def key_hash(name: str, public: bytes) -> bytes:
    """The four bytes by which a signed note says which key signed it."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def verifier_key(name: str, public: bytes) -> str:
    """The public key in the form that signed-note tools take."""
    return f"{name}+{key_hash(name, public).hex()}+{base64.b64encode(_ED25519 + public).decode()}"


def read_verifier_key(text: str) -> bytes:
    """The 32 bytes of the public key that `verifier_key` wrote. Raises UsageError for a text that is none."""
    name, _, rest = text.strip().partition("+")
    stated, _, key = rest.partition("+")
    blob = _decode(key) if key else b""
    public = blob.removeprefix(_ED25519)
    if not name or len(blob) != 33 or len(public) != 32 or key_hash(name, public).hex() != stated:
        raise UsageError("This is not a home's public key.", cure="`ringfence audit checkpoint --json` prints it.")
    return public


def sign_head(keys: Keys, home_id: str, size: int, root: bytes) -> bytes:
    return keys.sign(note_text(origin_of(home_id), size, root))


def render(home_id: str, size: int, root: bytes, signature: bytes, public: bytes) -> str:
    """The signed note of one head."""
    origin = origin_of(home_id)
    blob = base64.b64encode(key_hash(origin, public) + signature).decode()
    return f"{note_text(origin, size, root).decode()}\n— {origin} {blob}\n"


def parse(text: str) -> Checkpoint:
    """Read a signed note. Raises UsageError for a text that is none; says nothing about who signed it."""
    body, blank, tail = text.replace("\r\n", "\n").partition("\n\n")
    lines = body.split("\n")
    if not blank or len(lines) < 3 or not all(lines):
        raise UsageError("This is not a checkpoint.", cure=_CURE)
    if len(lines) > 3:
        raise UsageError("This checkpoint has lines that Ringfence does not write.", cure=_CURE)
    signatures = []
    for line in filter(None, tail.split("\n")):
        dash, _, rest = line.partition(" ")
        name, _, blob = rest.rpartition(" ")
        if dash != "—" or not name:
            raise UsageError("This checkpoint has a line that is no signature.", cure=_CURE)
        signatures.append((name, _decode(blob)))
    if not signatures:
        raise UsageError("This checkpoint is not signed.", cure=_CURE)
    root = _decode(lines[2])
    if len(root) != 32:
        raise UsageError("This checkpoint's root is not a SHA-256 hash.", cure=_CURE)
    return Checkpoint(origin=lines[0], size=_count(lines[1]), root=root, signatures=tuple(signatures))


def render_proof(index: int, path: Sequence[bytes], note: str) -> str:
    """One text file that proves one record offline."""
    lines = [PROOF, f"index {index}", *(base64.b64encode(node).decode() for node in path)]
    return "\n".join(lines) + "\n\n" + note


def parse_proof(text: str) -> Proof:
    """Read a proof file. Raises UsageError for a text that is none."""
    head, _, note = text.replace("\r\n", "\n").partition("\n\n")
    lines = head.split("\n")
    first = lines.pop(0)
    if lines and lines[0].startswith("extra "):
        lines.pop(0)  # not authenticated by anything: never looked at
    if first != PROOF or not lines or not lines[0].startswith("index "):
        raise UsageError("This is not a proof.", cure="Give the file as `ringfence audit prove` printed it.")
    path = tuple(_decode(line) for line in lines[1:])
    return Proof(index=_count(lines[0].removeprefix("index ")), path=path, checkpoint=parse(note))


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or str(int(text)) != text:
        raise UsageError("This checkpoint's size is not a number.", cure=_CURE)
    return int(text)


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise UsageError("This checkpoint is not whole: a line is not base64.", cure=_CURE) from None
