"""A folder gives every file that a person put there, each once, in a stable order, and nothing from elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ingest.errors import Failed
from ingest.sources.folder import FolderSource, is_passed_over
from policies.errors import UnavailableError, UsageError


def tree(root: Path) -> Path:
    for path in (
        "b.txt",
        "a/z.pdf",
        "a/deep/y.md",
        ".hidden",
        "~$b.docx",
        ".git/config",
        "a/.DS_Store",
        "Thumbs.db",
        "x.tmp",
    ):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)
    return root


def test_files_come_recursively_in_order_without_what_programs_leave(tmp_path: Path) -> None:
    found = list(FolderSource(tree(tmp_path)).scan())
    assert [file.ref.path for file in found] == ["a/deep/y.md", "a/z.pdf", "b.txt"]
    assert [file.open() for file in found] == [b"a/deep/y.md", b"a/z.pdf", b"b.txt"]
    assert {file.ref.source for file in found} == {str(tmp_path)}
    assert (found[0].size, found[0].mtime) == (11, (tmp_path / "a/deep/y.md").stat().st_mtime_ns // 1000)


def test_one_file_is_the_same_document_as_in_its_folder(tmp_path: Path) -> None:
    tree(tmp_path)
    (alone,) = FolderSource(tmp_path / "b.txt").scan()
    assert alone.ref in [file.ref for file in FolderSource(tmp_path).scan()]


def test_a_link_out_of_the_folder_is_not_followed_and_named(tmp_path: Path) -> None:
    """Nor one to a folder, nor a circle, nor a broken one; one to a file inside is."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("secret")
    root = tree(tmp_path / "root")
    (root / "out.txt").symlink_to(outside / "secret.txt")
    (root / "out").symlink_to(outside)
    (root / "circle").symlink_to(root)
    (root / "broken.txt").symlink_to(root / "nothing")
    (root / "inside.txt").symlink_to(root / "b.txt")
    found = {one.ref.path: getattr(one, "reason", "") for one in FolderSource(root).scan()}
    files = dict.fromkeys(["a/deep/y.md", "a/z.pdf", "b.txt", "inside.txt"], "")
    assert found == files | dict.fromkeys(["broken.txt", "circle", "out", "out.txt"], "LINK")


def test_a_pipe_or_device_is_not_a_document(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert [one.reason for one in FolderSource(tmp_path).scan()] == ["SPECIAL"]


def test_a_file_that_vanishes_before_it_is_read_is_our_failure(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    (found,) = FolderSource(tmp_path).scan()
    (tmp_path / "a.txt").unlink()
    with pytest.raises(Failed, match="VANISHED"):
        found.open()


def test_a_place_that_cannot_be_seen_is_not_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing at"):
        FolderSource(tmp_path / "nowhere")
    (tmp_path / "here").mkdir()
    source = FolderSource(tmp_path / "here")
    (tmp_path / "here").rmdir()
    with pytest.raises(UnavailableError, match="gone"):
        list(source.scan())


def test_a_folder_of_the_file_systems_own_keeps_nothing_back(tmp_path: Path) -> None:
    """Only the system may look into `lost+found`, which lies at the top of every ext4 volume."""
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "lost+found").mkdir(mode=0o000)
    assert [found.ref.path for found in FolderSource(tmp_path).scan()] == ["a.txt"]


@pytest.mark.parametrize(
    ("name", "passed"), [("~$a.docx", True), (".x", True), ("a.TMP", True), ("a~b.txt", False), ("tmp", False)]
)
def test_names_of_programs(name: str, passed: bool) -> None:
    assert is_passed_over(name) is passed
