"""The home's record and the gateway's, side by side: each way in which they can differ is found and named."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from audit_home import asked

from policies.audit.events import Departed, Returned, SiteChanged
from policies.audit.export import export_jsonl
from policies.audit.ledger import Ledger
from policies.audit.reconcile import in_words, reconcile
from policies.config import create_home
from policies.errors import UsageError
from policies.keys import Keys


@pytest.fixture
def ours(home, clock):
    with Ledger(home, Keys.create(home), clock=clock) as found:
        yield found


@pytest.fixture
def theirs(home, clock, tmp_path, monkeypatch):
    """A gateway's own record, which began before anything was sent."""
    monkeypatch.setenv("RINGFENCE_KEYS", str(tmp_path / "gateway-keys"))
    made = create_home(tmp_path / "gateway")
    with Ledger(made, Keys.create(made), clock=clock) as found:
        found.append(SiteChanged(what="gateway made"))
        yield found


def departure(number: int, **more) -> Departed:
    said = Departed(
        question=-1, decision=-1, destination="closed-model", outgoing=f"{number:064}", outgoing_size=900,
        body_sha256=f"{number + 1:064}", release=f"{number + 2:064}",
    )  # fmt: skip
    return replace(said, **more)


def left(ledger: Ledger, event: Departed, outcome: str = "ok") -> int:
    seq = ledger.append(event)
    ledger.append(Returned(closes=seq, outcome=outcome))
    return seq


def exported(ledger: Ledger, folder: Path) -> Path:
    with (folder / "gateway.jsonl").open("w") as file:
        export_jsonl(ledger.home, ledger.keys, file.write)
    return folder / "gateway.jsonl"


def test_two_records_of_the_same_departures_agree(ours, theirs, tmp_path, clock):
    """Each stands in both; one that failed before it arrived is counted, and so is what the export cannot know."""
    ours.append(asked())
    for number in range(3):
        clock.forward(seconds=1)
        left(ours, departure(number, question=0, decision=0))
        left(theirs, departure(number))
    left(ours, departure(7), "error")  # the gateway was down, or said no
    left(ours, departure(8), "unknown")
    file = exported(theirs, tmp_path)
    clock.forward(seconds=60)
    left(ours, departure(9))
    found = reconcile(ours, file)
    assert (found.matched, found.unreached, found.older, found.newer, found.differences) == (3, 2, 0, 1, ())
    assert "agree: 3 departures in both, 2 that never reached" in in_words(found)
    assert "1 after its export" in in_words(found)


def test_what_left_before_there_was_a_gateway_is_not_compared(ours, tmp_path, clock, request):
    """It went the way that was open then."""
    left(ours, departure(1))
    left(ours, departure(2, release=""))  # as an earlier version recorded it
    clock.forward(seconds=1)
    theirs = request.getfixturevalue("theirs")
    found = reconcile(ours, exported(theirs, tmp_path))
    assert (found.older, found.matched, found.differences) == (2, 0, ())


@pytest.mark.parametrize(
    ("here", "there", "code"),
    [
        ([], [departure(1)], "UNRECORDED"),
        ([departure(1)], [], "NOT_AT_GATEWAY"),
        ([departure(1, release="")], [departure(1)], "NOT_AT_GATEWAY"),
        ([departure(1)], [departure(1, outgoing="ff" * 32)], "DIFFERENT"),
        ([departure(1)], [departure(1, body_sha256="ff" * 32)], "DIFFERENT"),
        ([departure(1)], [departure(1, outgoing_size=901)], "DIFFERENT"),
        ([departure(1)], [departure(1, destination="elsewhere")], "DIFFERENT"),
        ([departure(1)], [departure(1), departure(1, release="ee" * 32)], "UNRECORDED"),  # the same bytes twice
    ],
)
def test_each_difference_is_found_and_named(ours, theirs, tmp_path, here, there, code):
    """With the numbers of the records, so that somebody can look."""
    for event in here:
        left(ours, event)
    for event in there:
        left(theirs, event)
    found = reconcile(ours, exported(theirs, tmp_path))
    assert code in {one.code for one in found.differences}
    assert "differ" in in_words(found)
    one = next(one for one in found.differences if one.code == code)
    assert (one.ours >= 0, one.theirs >= 0) == (code != "UNRECORDED", code != "NOT_AT_GATEWAY")


@pytest.mark.parametrize("spoil", ["cut", "empty", "no header", "another file", "a record less", "not there"])
def test_what_is_no_whole_export_is_said_to_be_none(ours, theirs, tmp_path, spoil):
    """Nothing is concluded from half of it."""
    for number in range(3):
        left(theirs, departure(number))
    file = exported(theirs, tmp_path)
    lines = file.read_text().splitlines(keepends=True)
    texts = {
        "cut": "".join(lines)[:-40],
        "empty": "",
        "no header": "".join(lines[1:]),
        "another file": json.dumps({"format": "something", "size": 0}),
        "a record less": "".join(lines[:2] + lines[3:]),
    }
    file.unlink() if spoil == "not there" else file.write_text(texts[spoil])
    with pytest.raises(UsageError, match="not a whole export"):
        reconcile(ours, file)
