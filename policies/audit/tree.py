"""The Merkle tree of RFC 6962 (and RFC 9162): hashing, roots, proofs and their verification.

A leaf is SHA-256(0x00 ‖ record), a node SHA-256(0x01 ‖ left ‖ right); the tree over n leaves splits at the
largest power of two below n. `Frontier` holds only the roots of the complete subtrees, so appending and
asking for the root take O(log n), and its state can be derived from the records at any time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

EMPTY = hashlib.sha256(b"").digest()
_BLOCK = 10  # batches of 2**10 leaves are reduced level by level


def leaf_hash(record: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + record).digest()


def leaf_hashes(records: Iterable[bytes]) -> list[bytes]:
    sha256 = hashlib.sha256
    return [sha256(b"\x00" + record).digest() for record in records]


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The roots of the complete subtrees, largest first: one for each bit of `size` that is set."""

    __slots__ = ("nodes", "size")

    def __init__(self, size: int = 0, nodes: Iterable[bytes] = ()) -> None:
        self.size = size
        self.nodes = list(nodes)
        if size < 0 or len(self.nodes) != size.bit_count():
            raise ValueError("a frontier has one node for each bit of its size")

    def copy(self) -> Frontier:
        return Frontier(self.size, self.nodes)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        self._push(leaf, 0)

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add many leaf hashes: the same as appending each, and faster."""
        start, block = 0, 1 << _BLOCK
        while start < len(leaves):
            if self.size % block == 0 and len(leaves) - start >= block:
                self._push(_complete(leaves[start : start + block]), _BLOCK)
                start += block
            else:
                self._push(leaves[start], 0)
                start += 1

    def root(self) -> bytes:
        """The root of the tree over everything appended so far."""
        if not self.nodes:
            return EMPTY
        root = self.nodes[-1]
        for left in reversed(self.nodes[:-1]):
            root = node_hash(left, root)
        return root

    def _push(self, node: bytes, level: int) -> None:
        """Add the root of a complete subtree of 2**level leaves; `size` must be a multiple of that."""
        position = self.size >> level
        while position & 1:
            node = node_hash(self.nodes.pop(), node)
            position >>= 1
        self.nodes.append(node)
        self.size += 1 << level


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """The root over these leaf hashes."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes that lead from leaf `index` to the root over `leaves`, nearest first."""
    if not 0 <= index < len(leaves):
        raise ValueError("the leaf is not in this tree")
    path: list[bytes] = []
    while len(leaves) > 1:
        split = _split(len(leaves))
        if index < split:
            path.append(tree_root(leaves[split:]))
            leaves = leaves[:split]
        else:
            path.append(tree_root(leaves[:split]))
            leaves, index = leaves[split:], index - split
    return path[::-1]


def consistency_proof(leaves: Sequence[bytes], first: int) -> list[bytes]:
    """The hashes that show the tree over `leaves[:first]` to be the beginning of the tree over `leaves`."""
    if not 0 < first <= len(leaves):
        raise ValueError("the older tree is empty or larger than the newer one")
    path: list[bytes] = []
    whole = True  # whether the older tree is exactly the subtree we stand in: its root is known then
    while first != len(leaves):
        split = _split(len(leaves))
        if first <= split:
            path.append(tree_root(leaves[split:]))
            leaves = leaves[:split]
        else:
            path.append(tree_root(leaves[:split]))
            leaves, first, whole = leaves[split:], first - split, False
    if not whole:
        path.append(tree_root(leaves))
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162, 2.1.3.2: whether `leaf` is number `index` of the tree with `size` leaves and this root."""
    if not 0 <= index < size:
        return False
    position, last, result = index, size - 1, leaf
    for node in path:
        if last == 0:
            return False
        if position & 1 or position == last:
            result = node_hash(node, result)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            result = node_hash(result, node)
        position >>= 1
        last >>= 1
    return last == 0 and result == root


def verify_consistency(first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes]) -> bool:
    """RFC 9162, 2.1.4.2: whether the tree with `second` leaves begins with the tree with `first` leaves."""
    if first == second:
        return not path and first_root == second_root
    if not 0 < first < second or not path:
        return False
    nodes = [first_root, *path] if first & (first - 1) == 0 else list(path)
    position, last = first - 1, second - 1
    while position & 1:
        position >>= 1
        last >>= 1
    old = new = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            new = node_hash(new, node)
        position >>= 1
        last >>= 1
    return last == 0 and old == first_root and new == second_root


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def _complete(level: Sequence[bytes]) -> bytes:
    """The root over a power of two of leaf hashes."""
    sha256 = hashlib.sha256
    while len(level) > 1:
        pairs = iter(level)
        level = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
    return level[0]
