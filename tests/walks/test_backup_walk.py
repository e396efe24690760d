"""A home that was lost is put back, and people ask it as before."""

from __future__ import annotations

import shutil

import pytest
from house import House, house, own

__all__ = ["house", "own"]
pytestmark = pytest.mark.walk


def test_people_ask_a_home_that_was_put_back_as_they_asked_the_one_that_was_lost(own: House, tmp_path):
    """Answers, rights, passwords and earlier conversations are those of the backup; what was forgotten since is not."""
    question = ("ask", "What is the per diem in Berlin?", "--as", "dana", "--json")
    before = own.run(*question).json
    assert "28" in before["answer"]
    assert own.run("backup", tmp_path / "backup").code == 0
    hours = own.document("hours.txt")["document"]
    assert own.run("documents", "forget", hours, "--reason", "asked for").code == 0
    shutil.copy(own.home / "ledger" / "erasures.log", tmp_path)
    shutil.rmtree(own.home)
    assert own.run("restore", tmp_path / "backup", "--erasures", tmp_path / "erasures.log").code == 0
    after = own.run(*question, "--conversation", before["conversation"]).json
    assert (after["answer"], after["conversation"]) == (before["answer"], before["conversation"])
    assert "hours.txt" not in str(own.run("search", "opens at 8:00 on weekdays", "--as", "dana", "--json").json)
    assert "heron.md" not in str(own.run("search", "price of the Lisbon branch", "--as", "dana", "--json").json)
    assert own.run("audit", "verify").code == 0
