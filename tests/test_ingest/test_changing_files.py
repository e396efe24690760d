"""A file that somebody writes while it is read, and jobs that look at it at different moments: never a mix of two
versions, never a newer one lost for an older look."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from ingest_parts import outcomes

from ingest.catalogue.originals import version_of
from ingest.catalogue.rows import Stat
from ingest.errors import Failed
from ingest.sources.folder import FolderSource, read_file

SIZE = 4 << 20


class Restless:
    """Writes a file over in place, again and again: each version is one letter, so a mix is seen at once."""

    def __init__(self, path: Path) -> None:
        self._path, self._stop = path, threading.Event()
        path.write_bytes(b"A" * SIZE)
        self._thread = threading.Thread(target=self._write)

    def _write(self) -> None:
        letters = [bytes([65 + n]) * SIZE for n in range(8)]
        with self._path.open("r+b", buffering=0) as file:
            while not self._stop.is_set():
                for letter in letters:
                    file.seek(0)
                    file.write(letter)
                self._stop.wait(0.05)

    def __enter__(self) -> Restless:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def test_what_is_read_is_one_version_or_the_file_is_said_to_be_changing(tmp_path):
    path = tmp_path / "busy.txt"
    with Restless(path):
        for _ in range(6):
            assert _seen(path) in {"one version", "CHANGING"}
    assert len(set(read_file(str(path)))) == 1


def _seen(path: Path) -> str:
    try:
        return "one version" if len(set(read_file(str(path)))) == 1 else "a mix"
    except Failed as failed:
        return failed.reason


def test_a_file_that_never_rests_is_tried_again_the_next_time(room, tmp_path, monkeypatch):
    """The outcome is definite, what is stored is what was read, and the next run takes what is there then."""
    path = tmp_path / "docs" / "a.txt"
    path.parent.mkdir()
    path.write_text("the first version")
    room.run(path.parent)
    path.write_text("the second version")
    real = os.fstat

    def written_meanwhile(handle):
        with path.open("a") as file:
            file.write(" and more")
        return real(handle)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fstat", written_meanwhile)
        report = room.run(path.parent)
    assert [(file.outcome, file.reason) for file in report.files] == [("failed", "CHANGING")]
    assert [chunk.text for chunk, _ in room.catalogue.chunks(report.files[0].document, None)] == ["the first version"]
    assert outcomes(room.run(path.parent)) == {"a.txt": "updated"}
    live = room.catalogue.documents(None)[0]
    assert live.version == version_of(path.read_bytes())
    assert room.catalogue.originals.path(live.version).read_bytes() == path.read_bytes()


def test_a_look_at_one_version_is_not_remembered_for_another(room, tmp_path):
    """One job hashed the file as it is; before it says so, a slower one stores an older version. Were the look
    remembered for that, the older version would count as the file's for good."""
    path = tmp_path / "docs" / "a.txt"
    path.parent.mkdir()
    path.write_text("older")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    room.run(path.parent)
    document = room.catalogue.documents(None)[0].document
    path.write_text("newer")
    os.utime(path, (1_000_000_010, 1_000_000_010))
    look = Stat(
        size=5, mtime=1_000_000_010_000_000, checked=2_000_000_000_000_000, version=version_of(b"newer"), pipeline="p1"
    )
    room.catalogue.touch(document, look)
    assert outcomes(room.run(path.parent)) == {"a.txt": "updated"}


def test_a_version_that_came_after_the_look_is_not_deleted_with_the_older_one(room, tmp_path):
    path = tmp_path / "docs" / "a.txt"
    path.parent.mkdir()
    path.write_text("what was seen to be gone")
    room.run(path.parent)
    seen = room.catalogue.documents(None)[0]
    path.write_text("what another job stored meanwhile")
    room.run(path.parent)
    assert room.catalogue.delete(seen.document, version=seen.version) is None
    assert room.catalogue.delete(seen.document, version=version_of(path.read_bytes())) is not None


@pytest.mark.parametrize("swapped", ["sub/a.txt", "sub"])
def test_what_becomes_a_link_after_it_was_found_leads_nowhere(tmp_path, swapped):
    """Who may write into the folder could have anything read that this account can, with rights of his own."""
    root, outside = tmp_path / "shared", tmp_path / "others" / "sub"
    for folder in (root / "sub", outside):
        folder.mkdir(parents=True)
    (root / "sub" / "a.txt").write_text("mine")
    (outside / "a.txt").write_text("theirs")
    (root / "b.txt").symlink_to("sub/a.txt")
    files = {one.ref.path: one for one in FolderSource(root).scan()}
    assert {path: file.open() for path, file in files.items()} == {"b.txt": b"mine", "sub/a.txt": b"mine"}
    (root / swapped).rename(tmp_path / "away")
    (root / swapped).symlink_to(tmp_path / "others" / swapped)
    for file in files.values():
        with pytest.raises(Failed, match=r"^CHANGING$"):
            file.open()
