"""RFC 6962 hashing, held against published vectors and a second implementation written from the definition."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.audit.tree import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)

# The reference vectors of Certificate Transparency (github.com/google/certificate-transparency, merkletree tests).
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
LEAVES = [leaf_hash(bytes.fromhex(text)) for text in INPUTS]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
A, B = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", ROOTS[1]
C = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
D = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
E = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
F = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
G = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"

sizes = st.integers(1, 70)


def leaves_of(size: int) -> list[bytes]:
    return [leaf_hash(bytes([number % 256])) for number in range(size)]


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962, 2.1.1, word for word."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_proof(m: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """RFC 6962, 2.1.2, word for word."""
    if m == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*naive_proof(m, leaves[:k], whole), naive_root(leaves[k:])]
    return [*naive_proof(m - k, leaves[k:], False), naive_root(leaves[:k])]


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots_come_out(size: int) -> None:
    assert tree_root(LEAVES[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize(
    ("index", "size", "path"),
    [(0, 1, []), (0, 8, [A, C, D]), (5, 8, [E, F, ROOTS[4]]), (2, 3, [ROOTS[2]]), (1, 5, [B, C, E])],
)
def test_the_published_inclusion_paths_come_out_and_verify(index: int, size: int, path: list[str]) -> None:
    assert [node.hex() for node in inclusion_proof(LEAVES[:size], index)] == path
    nodes = [bytes.fromhex(node) for node in path]
    assert verify_inclusion(LEAVES[index], index, size, nodes, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(
    ("first", "second", "path"), [(1, 1, []), (1, 8, [A, C, D]), (6, 8, [G, F, ROOTS[4]]), (2, 5, [C, E])]
)
def test_the_published_consistency_proofs_come_out_and_verify(first: int, second: int, path: list[str]) -> None:
    assert [node.hex() for node in consistency_proof(LEAVES[:second], first)] == path
    nodes = [bytes.fromhex(node) for node in path]
    assert verify_consistency(first, second, bytes.fromhex(ROOTS[first]), bytes.fromhex(ROOTS[second]), nodes)


@given(st.integers(0, 300), st.integers(0, 300))
def test_appending_one_by_one_or_in_batches_gives_the_defined_root(size: int, cut: int) -> None:
    leaves = leaves_of(size)
    one_by_one, batched = Frontier(), Frontier()
    for leaf in leaves:
        one_by_one.append(leaf)
    batched.extend(leaves[:cut])
    batched.extend(leaves[cut:])
    assert one_by_one.root() == batched.root() == naive_root(leaves)
    assert one_by_one.nodes == batched.nodes
    assert Frontier(batched.size, batched.nodes).root() == batched.root()


@pytest.mark.parametrize("size", [1023, 1024, 1025, 3000])
def test_whole_blocks_are_reduced_to_the_same_root(size: int) -> None:
    leaves = leaves_of(size)
    assert tree_root(leaves) == naive_root(leaves)


@given(sizes, st.data())
def test_inclusion_proofs_are_those_of_the_definition(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaves = leaves_of(size)
    path = inclusion_proof(leaves, index)
    assert path == naive_path(index, leaves)
    assert verify_inclusion(leaves[index], index, size, path, naive_root(leaves))


@given(sizes, st.data())
def test_consistency_proofs_are_those_of_the_definition(size: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, size))
    leaves = leaves_of(size)
    path = consistency_proof(leaves, first)
    assert path == naive_proof(first, leaves)
    assert verify_consistency(first, size, naive_root(leaves[:first]), naive_root(leaves), path)


@given(st.integers(2, 70), st.data())
def test_a_changed_inclusion_proof_does_not_verify(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaves = leaves_of(size)
    path, root = inclusion_proof(leaves, index), naive_root(leaves)
    place = data.draw(st.integers(0, len(path) - 1))
    assert not verify_inclusion(leaves[index], index, size, [*path[:place], bytes(32), *path[place + 1 :]], root)
    assert not verify_inclusion(leaves[index], index, size, path[:-1], root)
    assert not verify_inclusion(leaves[index], index, size, [*path, bytes(32)], root)
    assert not verify_inclusion(bytes(32), index, size, path, root)
    assert not verify_inclusion(leaves[index], size, size, path, root)


@given(st.integers(3, 70), st.data())
def test_a_changed_consistency_proof_does_not_verify(size: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, size - 1))
    leaves = leaves_of(size)
    path, old, new = consistency_proof(leaves, first), naive_root(leaves[:first]), naive_root(leaves)
    place = data.draw(st.integers(0, len(path) - 1))
    assert not verify_consistency(first, size, old, new, [*path[:place], bytes(32), *path[place + 1 :]])
    assert not verify_consistency(first, size, old, new, [*path, bytes(32)])
    assert not verify_consistency(first, size, bytes(32), new, path)
    assert not verify_consistency(first, size, old, bytes(32), path)
    assert not verify_consistency(first, size, old, new, [])
    assert not verify_consistency(0, size, old, new, path)
    assert not verify_consistency(size, size, old, new, path)


def test_what_is_not_in_a_tree_has_no_proof() -> None:
    with pytest.raises(ValueError, match="not in this tree"):
        inclusion_proof(LEAVES, 8)
    with pytest.raises(ValueError, match="empty or larger"):
        consistency_proof(LEAVES, 0)
    with pytest.raises(ValueError, match="one node"):
        Frontier(3, [bytes(32)])
