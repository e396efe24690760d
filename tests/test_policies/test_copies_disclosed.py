"""Bit by bit: what left before counts, for each document and destination, and a person's near misses for each day."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import pytest

from policies.copies.base import How, Repeat, Seen, Touched
from policies.copies.disclosed import NEAR_A_DAY, PASSAGE, Disclosed, Metered
from policies.errors import RefusedError, UnavailableError
from policies.labels import PUBLIC, Label

DAY = 86_400_000_000


def touched(*marks: int, of: int = 1_000, above: bool = True, document: str = "d") -> Touched:
    return Touched(text=0, document=document, marks=frozenset(marks), of=of, above=above)


class Looking:
    """Sees what it is told to see."""

    def __init__(self, seen: Seen) -> None:
        self.seen = seen

    def look(self, texts: Sequence[str], ceiling: Label) -> Seen:
        return self.seen

    def repeats(self, texts: Sequence[str], ceiling: Label) -> Sequence[Repeat]:
        return self.look(texts, ceiling).repeats


@pytest.fixture
def disclosed(tmp_path):
    return Disclosed(tmp_path / "disclosed.db")


def metered(disclosed, seen: Seen, person: str = "P-1", now: int = 0, destination: str = "lab") -> Metered:
    return Metered(Looking(seen), disclosed, destination=destination, person=person, clock=lambda: now)


def test_one_sentence_a_day_ends_at_two_percent(disclosed):
    """Attack 60: marks that are too few to be a quotation add up, whoever sends them and whenever."""
    sent = 0
    for day in range(10):
        one = touched(*range(day * 6, day * 6 + 6))
        asking = metered(disclosed, Seen(touched=(one,)), person=f"P-{day}", now=day * DAY)
        found = asking.repeats(["x"], PUBLIC)
        if found:
            assert {repeat.how for repeat in found} == {How.CUMULATIVE}
            break
        asking.note(["x"], PUBLIC)
        sent += 6
    assert sent == 18  # 2 % of 1,000 marks are 20


def test_what_has_left_may_leave_again_and_elsewhere_is_counted_apart(disclosed):
    twenty = touched(*range(20))
    metered(disclosed, Seen(touched=(twenty,))).note(["x"], PUBLIC)
    assert not metered(disclosed, Seen(touched=(twenty,))).repeats(["x"], PUBLIC)
    assert metered(disclosed, Seen(touched=(touched(99),))).repeats(["x"], PUBLIC)
    assert not metered(disclosed, Seen(touched=(touched(99),)), destination="other").repeats(["x"], PUBLIC)
    assert not metered(disclosed, Seen(touched=(touched(99, document="e"),))).repeats(["x"], PUBLIC)


def test_of_several_that_were_decided_at_the_same_time_only_as_much_leaves_as_may(disclosed):
    """Each alone would have been within the measure: what is too much together is refused where it is counted."""
    several = [metered(disclosed, Seen(touched=(touched(*range(n * 15, n * 15 + 15)),))) for n in range(3)]
    assert not [repeat for asking in several for repeat in asking.repeats(["x"], PUBLIC)]
    several[0].note(["x"], PUBLIC)
    for late in several[1:]:
        with pytest.raises(RefusedError):
            late.note(["x"], PUBLIC)
    several[0].note(["x"], PUBLIC)  # what has left may leave again
    assert not disclosed.passed("lab", [touched(*range(15), 99)])


def test_of_a_document_that_may_go_one_passage_may(disclosed):
    """Attack 52 under a contract: a short document's passage is more than two percent of it, and may go; a second one
    may not."""
    first, second = touched(*range(PASSAGE), above=False), touched(*range(500, 500 + PASSAGE), above=False)
    assert not metered(disclosed, Seen(touched=(first,))).repeats(["x"], PUBLIC)
    metered(disclosed, Seen(touched=(first,))).note(["x"], PUBLIC)
    assert metered(disclosed, Seen(touched=(second,))).repeats(["x"], PUBLIC)


def test_marks_of_any_size_are_kept(disclosed):
    most = (1 << 64) - 1
    disclosed.note("lab", [touched(most, 0, 1 << 63)])
    assert disclosed.passed("lab", [touched(most, of=50)]) == []
    assert disclosed.passed("lab", [touched(7, of=50)])


def test_near_misses_are_few_a_day_and_the_same_request_counts_once(disclosed):
    near = Seen(near=(Repeat(text=0, how=How.PARAPHRASE, document="d", score=-0.7),))
    for n in range(NEAR_A_DAY):
        for _ in range(2):  # the door looks a second time
            assert not metered(disclosed, near).repeats([f"question {n}"], PUBLIC)
    held = metered(disclosed, near).repeats(["one more"], PUBLIC)
    assert [repeat.how for repeat in held] == [How.CUMULATIVE]
    assert not metered(disclosed, near, person="P-2").repeats(["one more"], PUBLIC)
    assert not metered(disclosed, near, now=DAY).repeats(["one more"], PUBLIC)
    assert not metered(disclosed, Seen()).repeats(["far from everything"], PUBLIC)


def test_a_repeat_is_a_repeat_without_any_count(disclosed):
    repeat = Repeat(text=0, how=How.QUOTATION, document="d")
    assert metered(disclosed, Seen(repeats=(repeat,))).repeats(["x"], PUBLIC) == (repeat,)


def test_an_erased_document_leaves_no_trace(disclosed):
    disclosed.note("lab", [touched(1, 2, 3)])
    disclosed.forget("d")
    assert disclosed.passed("lab", [touched(*range(20))]) == []


def test_a_store_that_cannot_be_read_is_a_no(tmp_path, disclosed):
    asking = metered(disclosed, Seen(touched=(touched(1),)))
    (tmp_path / "disclosed.db").write_bytes(b"not a database at all, but long enough to be looked at" * 50)
    with pytest.raises(UnavailableError, match="cannot be looked up"):
        asking.repeats(["x"], PUBLIC)


def test_a_store_of_a_newer_version_is_refused_and_kept(tmp_path):
    with sqlite3.connect(tmp_path / "d.db") as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(UnavailableError, match="newer version"):
        Disclosed(tmp_path / "d.db")


def test_it_is_there_after_a_restart(tmp_path):
    Disclosed(tmp_path / "d.db").note("lab", [touched(*range(20))])
    assert Disclosed(tmp_path / "d.db").passed("lab", [touched(50)])
