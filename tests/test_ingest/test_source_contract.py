"""What every source promises, asked of each kind there is. A new kind is one more entry in `KINDS`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ingest.errors import Unseen
from ingest.sources.base import Found, Missing, Source
from ingest.sources.folder import FolderSource
from ingest.sources.manifest import ManifestSource
from ingest.sources.saved import RuledSource, Saved
from policies.labels import Level

FILES = {"a/deep/y.md": b"deep", "a/z.txt": b"last", "b.txt": b"first"}


def folder(root: Path) -> Source:
    return FolderSource(root)


def manifest(root: Path) -> Source:
    (root / "manifest.csv").write_text("path,groups\nb.txt,board\n")
    return ManifestSource(FolderSource(root))


def ruled(root: Path) -> Source:
    return RuledSource(manifest(root), Saved(name="x", path=str(root), folders={"a": Level.RESTRICTED}))


KINDS = [folder, manifest, ruled]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def source(request, tmp_path):
    root = tmp_path / "root"
    for path, data in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    made = request.param(root)
    made.root = root
    return made


def found(source: Source) -> list[Found]:
    return [one for one in source.scan() if isinstance(one, Found)]


def test_every_file_comes_once_in_a_stable_order_under_the_sources_name(source):
    files = found(source)
    assert [one.ref.path for one in files] == sorted(FILES)
    assert [one.ref for one in found(source)] == [one.ref for one in files]
    assert {one.ref.source for one in files} == {source.name}


def test_size_time_and_bytes_are_those_of_the_file_when_it_is_opened(source):
    files = {one.ref.path: one for one in found(source)}
    for path, data in FILES.items():
        assert files[path].size == len(data)
        assert files[path].mtime == (source.root / path).stat().st_mtime_ns // 1000
        assert files[path].open() == data
    (source.root / "b.txt").write_bytes(b"later")
    assert files["b.txt"].open() == b"later"


def test_what_is_said_of_a_file_is_said_in_the_words_of_the_house(source):
    for one in source.scan():
        if isinstance(one, Missing):
            assert one.reason.isupper()
            continue
        assert one.groups is None or isinstance(one.groups, frozenset)
        assert one.level is None or isinstance(one.level, Level)


def test_nothing_comes_from_outside_the_place(source, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    (source.root / "out.txt").symlink_to(tmp_path / "secret.txt")
    (source.root / "up").symlink_to(tmp_path)
    assert [one.ref.path for one in found(source)] == sorted(FILES)


def test_a_file_that_goes_while_others_are_listed_is_left_out(source):
    seen = []
    for one in source.scan():
        seen.append(one.ref.path)
        (source.root / "b.txt").unlink(missing_ok=True)
    assert "a/z.txt" in seen


def test_a_place_that_cannot_be_seen_is_an_error_and_not_an_empty_place(source):
    moved = source.root.rename(source.root.with_name("elsewhere"))
    with pytest.raises(Unseen):
        list(source.scan())
    moved.rename(source.root)
    assert len(found(source)) == len(FILES)


def test_a_folder_within_that_cannot_be_read_is_an_error(source):
    if os.geteuid() == 0:
        pytest.skip("the superuser reads everything")
    (source.root / "a").chmod(0)
    try:
        with pytest.raises(Unseen):
            list(source.scan())
    finally:
        (source.root / "a").chmod(0o700)
