"""Checkpoints and proofs: the formats of C2SP, read strictly, believed only when signed."""

from __future__ import annotations

import base64

import pytest
from audit_home import filled

from policies.audit.checkpoint import (
    key_hash,
    note_text,
    origin_of,
    parse,
    parse_proof,
    render,
    render_proof,
    sign_head,
    verifier_key,
)
from policies.audit.ledger import Ledger
from policies.audit.proving import newest_checkpoint, prove
from policies.audit.tree import leaf_hash, verify_inclusion
from policies.config import Home
from policies.errors import RecordError, UnavailableError, UsageError
from policies.keys import Keys

ROOT = bytes(range(32))


def test_a_published_verifier_key_has_the_key_hash_that_is_computed() -> None:
    # The example key of golang.org/x/mod/sumdb/note, which signed-note grew from.
    name, stated, blob = ["PeterNeumann", "c74f20a3", "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"]
    public = base64.b64decode(blob)[1:]
    assert key_hash(name, public).hex() == stated
    assert verifier_key(name, public) == f"{name}+{stated}+{blob}"


def test_a_checkpoint_reads_back_and_is_signed_by_its_key_alone(home: Home) -> None:
    keys = Keys.create(home)
    note = render(home.id, 7, ROOT, sign_head(keys, home.id, 7, ROOT), keys.public)
    stated = parse(note)
    assert (stated.origin, stated.size, stated.root) == (f"ringfence/{home.id}", 7, ROOT)
    assert stated.signed_by(keys.public)
    assert not stated.signed_by(bytes(32))
    assert not parse(note.replace("\n7\n", "\n8\n")).signed_by(keys.public)
    assert parse(note.replace("\n", "\r\n")).signed_by(keys.public)


def test_signatures_of_others_beside_ours_do_no_harm(home: Home) -> None:
    keys = Keys.create(home)
    note = render(home.id, 7, ROOT, sign_head(keys, home.id, 7, ROOT), keys.public)
    witnessed = note + "— witness.example " + base64.b64encode(bytes(76)).decode() + "\n"
    assert parse(witnessed).signed_by(keys.public)


def _note(origin: str = "o", size: str = "1", root: str = "", tail: str = "— o AAAA\n", gap: str = "\n\n") -> str:
    return f"{origin}\n{size}\n{root or base64.b64encode(ROOT).decode()}{gap}{tail}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        _note(size="x"),
        _note(size="01"),
        _note(size="-1"),
        _note(size="²"),
        _note(root="AAAA"),
        _note(root="!!!!"),
        _note(root="é"),
        _note(tail=""),
        _note(tail="x o AAAA\n"),
        _note(tail="— AAAA\n"),
        _note(tail="— o !!!\n"),
        _note(gap="\n"),
        _note(gap="\nextension\n\n"),
        "\n1\nAAAA\n\n— o AAAA\n",
    ],
)
def test_a_text_that_is_no_checkpoint_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        parse(text)


@pytest.mark.parametrize(
    "text", ["", "x\n\n", "c2sp.org/tlog-proof@v1\n\n" + _note(), "c2sp.org/tlog-proof@v1\nindex x\n\n" + _note()]
)
def test_a_text_that_is_no_proof_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        parse_proof(text)


@pytest.mark.parametrize("seq", [0, 6, 12])
def test_the_proof_of_a_record_leads_to_the_signed_root(home: Home, seq: int) -> None:
    keys = filled(home, 13)
    body, text = prove(home, keys, seq)
    proof = parse_proof(text.replace("\nindex", "\nextra eA==\nindex"))
    assert proof.index == seq
    assert proof.checkpoint.signed_by(keys.public)
    assert verify_inclusion(leaf_hash(body.encode()), seq, proof.checkpoint.size, proof.path, proof.checkpoint.root)
    assert render_proof(seq, proof.path, newest_checkpoint(home, keys)) == text


def test_there_is_no_proof_of_a_record_that_is_not_there(home: Home) -> None:
    keys = filled(home, 3)
    for seq in (-1, 3):
        with pytest.raises(UsageError, match="newest is 2"):
            prove(home, keys, seq)


def test_an_empty_record_has_a_checkpoint_too(home: Home) -> None:
    keys = filled(home, 0)
    stated = parse(newest_checkpoint(home, keys))
    assert stated.size == 0
    assert stated.signed_by(keys.public)
    with Ledger(home, keys) as ledger:
        assert parse(ledger.checkpoint()) == stated


def test_without_a_record_there_is_no_checkpoint(home: Home) -> None:
    with pytest.raises(UnavailableError, match="no record"):
        newest_checkpoint(home, Keys.create(home))


def test_the_signed_text_is_the_note_itself(home: Home) -> None:
    keys = Keys.create(home)
    note = render(home.id, 7, ROOT, sign_head(keys, home.id, 7, ROOT), keys.public)
    assert note.startswith(note_text(origin_of(home.id), 7, ROOT).decode() + "\n— ")


def test_a_head_signed_by_another_key_is_not_handed_out(home: Home, tmp_path: object) -> None:
    filled(home, 2)
    other = Keys(signing=bytes(32), house=bytes(32))
    with pytest.raises(RecordError, match="not signed"):
        newest_checkpoint(home, other)
