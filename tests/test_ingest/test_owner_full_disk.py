"""A disk without space under the lock and the socket of the index: a message with a cure, and nobody is locked out."""

from __future__ import annotations

import os

import pytest

from ingest.errors import IndexUnavailable
from ingest.index.channel import Listener, OwnerLock


def full(*_):
    raise OSError(28, "No space left on device")


def test_a_lock_whose_number_cannot_be_written_is_held_all_the_same(tmp_path, monkeypatch):
    """Before, its file stayed locked by a handle that nobody knew of, until the process ended."""
    lock = OwnerLock(tmp_path / "owner.lock")
    with monkeypatch.context() as patched:
        patched.setattr(os, "ftruncate", full)
        assert lock.acquire()
    assert lock.held
    lock.release()
    assert OwnerLock(tmp_path / "owner.lock").acquire()


def test_no_space_for_the_lock_or_the_socket_is_said_with_its_cure(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "open", full)
    with pytest.raises(IndexUnavailable, match="Free some space"):
        OwnerLock(tmp_path / "owner.lock").acquire()
    monkeypatch.undo()
    (tmp_path / "run").write_text("a file where the folder should be")
    with pytest.raises(IndexUnavailable, match="Free some space"):
        Listener(tmp_path / "run", "index.sock", lambda message: message)
