"""An index whose maker died before it was finished is made again, and not taken for a whole one."""

from __future__ import annotations

import json

import pytest
from ingest_parts import HashEmbedder

from ingest.errors import IndexUnavailable
from ingest.index.base import Point, SparseVector
from ingest.index.edge import EdgeIndex
from policies.labels import Level


def opened(path, digest="one"):
    return EdgeIndex(path, embedding_digest=digest, dimension=4)


def point(id):
    return Point(
        id=id,
        document="00000000-0000-0000-0000-00000000000d",
        dense=tuple(HashEmbedder.vector(id)),
        sparse=SparseVector(indices=(1,), values=(1.0,)),
        groups=frozenset({"staff"}),
        level=Level.INTERNAL,
        categories=frozenset(),
    )


def test_a_shard_whose_maker_died_before_its_manifest_is_made_again(tmp_path):
    """Its fields may have no index yet, and nothing says which model filled it."""
    index = opened(tmp_path)
    index.apply([point("00000000-0000-0000-0000-000000000001")], [], 1)
    index.close()
    (tmp_path / "manifest.json").unlink()
    again = opened(tmp_path, digest="another")
    assert (again.count(), again.cursor()) == (0, 0)
    again.close()
    assert json.loads((tmp_path / "manifest.json").read_text())["embedding"] == "another"
    with pytest.raises(IndexUnavailable, match="another embedding model"):
        opened(tmp_path)


def test_a_cursor_half_written_is_written_over(tmp_path):
    index = opened(tmp_path)
    (tmp_path / "cursor.new").write_text("99999 and then it was kil")
    index.apply([], [], 7)
    index.close()
    assert (tmp_path / "cursor").read_text() == "7 0"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cursor", "manifest.json", "shard"]
