"""What may leave, over the real parts: how it stands for whom, one stop, two to open, a second person's word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from deciding import detectors
from fakes import RecordingServer, ScriptedGenerator
from house import SECOND_PERSON, House, changed_environment, house, own, sends_to, server
from hypothesis import given
from hypothesis import strategies as st

from assistant.ask import collect
from assistant.desk import measured
from assistant.desk.desk import Desk, open_desk
from policies import switch
from policies.decisions import Outside
from policies.errors import RecordError, RefusedError
from policies.labels import Level
from policies.vocabulary import Kind, Role

__all__ = ["house", "own", "server"]


@pytest.fixture
def desk(own: House, server: RecordingServer) -> Iterator[Desk]:
    """A home that lets general questions out, where staff needs a second person; two admins and an operator."""
    own.write("home/ringfence.toml", sends_to(server.base_url, region="EU", retention_days=30))
    own.rules(second=SECOND_PERSON)
    with changed_environment({"RINGFENCE_KEYS": str(own.keys)}), open_desk(own.home) as made:
        made.parts.writer = ScriptedGenerator(["An answer that was made here. "], name="here")
        for name, role in (("ada", Role.ADMIN), ("ben", Role.ADMIN), ("ole", Role.OPERATOR)):
            made.add_person(name, groups=["staff"], clearance=Level.INTERNAL, roles=[Role.STAFF, role])
        yield made


def test_as_installed_nothing_can_leave_and_nothing_waits(own: House) -> None:
    """No destination, the ladder closed; the page says so and has nothing to stop."""
    with changed_environment({"RINGFENCE_KEYS": str(own.keys)}), open_desk(own.home) as found:
        stands = found.leaving.stands(found.person("dana"))
        assert (stands.open, stands.set_open, stands.stopped, stands.step) == (False, False, False, Outside.CLOSED)
        assert (found.leaving.open(), stands.recipient) == (False, None)
        before = found.parts.ledger.head().size
        assert found.leaving.waiting(found.person("ines")) == []
        assert found.parts.ledger.head().size == before


def test_how_it_stands_for_each_role(desk: Desk) -> None:
    """Everybody sees the same; who may stop differs; what the contract does not say is not made up."""
    found = {name: desk.leaving.stands(desk.person(name)) for name in ("dana", "ole", "ada", "ines")}
    assert {name: one.may_stop for name, one in found.items()} == {
        "dana": False,
        "ole": True,
        "ada": True,
        "ines": False,
    }
    assert all(one.open and one.at_least and one.digest == desk.parts.rulebook.digest for one in found.values())
    there = found["dana"].recipient
    assert there is not None
    assert (there.name, there.region, there.retention_days, there.contract) == ("closed-model", "EU", 30, "")
    assert (there.no_training, there.level) == (False, "public")


def test_one_stops_it_and_two_open_it(desk: Desk) -> None:
    """The page shows that one asked and who may agree; afterwards since when it is open."""
    ole, ada, ben = (desk.person(name) for name in ("ole", "ada", "ben"))
    leaving = desk.leaving
    done = leaving.stop(ole)
    assert (done.quiet, done.recorded, leaving.open()) == (True, True, False)
    stopped = leaving.stands(ole)
    assert (stopped.stopped, stopped.open, stopped.set_open, stopped.asked) == (True, False, True, 0)
    assert stopped.since == (desk.switch.state() or pytest.fail("not stopped")).since
    assert leaving.start_again(ole) is False
    mine, others = leaving.stands(ole), leaving.stands(ada)
    assert mine.asked_by_me
    assert not mine.may_start
    assert (others.asked, others.asked_by_me, others.may_start) == (mine.asked, False, True)
    assert not leaving.stands(desk.person("dana")).may_start
    assert leaving.start_again(ada) is True
    opened = leaving.stands(ben)
    assert (opened.open, opened.at_least, opened.asked) == (True, False, 0)
    assert opened.since >= stopped.since


def test_who_asked_is_forgotten_after_another_stop_and_after_a_day(desk: Desk) -> None:
    """And an operator does not see a button that the rules would refuse."""
    ada, ole = desk.person("ada"), desk.person("ole")
    desk.leaving.stop(ole)
    desk.leaving.start_again(ada)
    assert (desk.leaving.stands(ole).asked > 0, desk.leaving.stands(ole).may_start) == (True, False)
    clock = desk.switch._clock
    desk.switch._clock = lambda: clock() + 25 * 3_600_000_000
    assert (desk.leaving.stands(ole).asked, desk.leaving.stands(ole).may_start) == (0, True)
    desk.switch._clock = clock
    desk.leaving.stop(ole)
    assert desk.leaving.stands(ada).asked == 0


@pytest.mark.parametrize("name", ["dana", "ines"])
def test_staff_and_auditors_turn_nothing(desk: Desk, name: str) -> None:
    """The second lock: whatever a page would show."""
    person = desk.person(name)
    with pytest.raises(RefusedError):
        desk.leaving.stop(person)
    desk.leaving.stop(desk.person("ada"))
    with pytest.raises(RefusedError):
        desk.leaving.start_again(person)


def test_a_record_that_cannot_be_read_hides_no_switch(desk: Desk) -> None:
    """Stopping must not wait for anything."""

    class Gone:
        def head(self) -> object:
            raise RecordError("The record cannot be read.")

    leaving = desk.leaving
    desk.switch._turns._records = Gone()  # type: ignore[assignment]
    assert leaving.stands(desk.person("ada")).may_stop
    leaving.stop(desk.person("ada"))
    assert switch.stopped(desk.home)


def test_a_request_waits_for_another_admin_and_is_read_with_a_reason(desk: Desk) -> None:
    """Its own person sees that it waits, an auditor too; only who may agree reads it, and the person sees why."""
    desk.parts.detectors = detectors()
    dana, ada, ines, bo = (desk.person(name) for name in ("dana", "ada", "ines", "bo"))
    text = "Explain the difference between operational risk and credit risk."
    asked = collect(desk.ask(dana, text, kind=Kind.GENERAL, allow_outside=True))
    (mine,), (theirs,), (seen,) = (desk.leaving.waiting(one) for one in (dana, ada, ines))
    assert (mine.mine, mine.may_agree, theirs.mine, theirs.may_agree, seen.may_agree) == (
        True,
        False,
        False,
        True,
        False,
    )
    assert mine.reference == asked.finished.record
    assert desk.leaving.waiting(bo) == []
    for person in (dana, ines):
        with pytest.raises(RefusedError):
            desk.leaving.read(person, mine.record, "I would like to know.")
    assert text in desk.leaving.read(ada, mine.record, "A look for the contract.")
    assert [why for _, _, why in desk.asking.openings(dana)] == ["A look for the contract."]
    assert desk.leaving.agree(ada, mine.record) > asked.finished.record
    assert desk.leaving.waiting(ada) == []
    again = collect(desk.ask(dana, text, kind=Kind.GENERAL, allow_outside=True))
    assert again.finished.route == "escalated"


# -- the figures --------------------------------------------------------------------------------------------

GOOD = "n = 200\nmissed = 2\ninterval = [0.001, 0.036]\nharmless = 100\nheld_back = 7\n"


def test_the_file_that_ships_can_be_read() -> None:
    """With figures or without, every language of the screen stands there, and no other."""
    found = measured.screen()
    assert set(found.measured) <= set(found.languages)
    assert found.detectors


def test_figures_are_read_per_language_and_together(tmp_path: Path) -> None:
    """A language without a table is not measured."""
    text = f'measured = "2026-11-20"\non = "kept apart"\n[overall]\n{GOOD}[languages.en]\n{GOOD}[languages.xx]\n{GOOD}'
    found = measured.screen(_written(tmp_path, text))
    assert (found.date, found.on, set(found.measured)) == ("2026-11-20", "kept apart", {"en"})
    assert found.overall == found.measured["en"]
    assert (found.measured["en"].missed, found.measured["en"].high) == (2, 0.036)


@pytest.mark.parametrize(
    "bad",
    [
        GOOD.replace("missed = 2", "missed = 201"),
        GOOD.replace("missed = 2", "missed = 20"),  # outside its own interval
        GOOD.replace("missed = 2", 'missed = "2"'),
        GOOD.replace("missed = 2", "missed = true"),
        GOOD.replace("n = 200\n", ""),
        GOOD.replace("[0.001, 0.036]", "[0.001]"),
        GOOD.replace("held_back = 7", "held_back = 101"),
        GOOD.replace("n = 200", "n = 0"),
    ],
)
def test_figures_that_do_not_add_up_are_not_shown(tmp_path: Path, bad: str) -> None:
    """Better none than a wrong one."""
    found = measured.screen(_written(tmp_path, f'measured = "2026-11-20"\n[languages.en]\n{bad}'))
    assert found.measured == {}


@given(st.text(max_size=60))
def test_a_file_that_is_anything_else_measures_nothing(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Missing, malformed, undated: not measured, and nothing breaks."""
    folder = tmp_path_factory.mktemp("figures")
    assert measured.screen(_written(folder, text)).measured == {}
    assert measured.screen(folder / "none.toml").overall is None
    assert measured.screen(_written(folder, f"[languages.en]\n{GOOD}")).measured == {}


def _written(folder: Path, text: str) -> Path:
    file = folder / "measured.toml"
    file.write_text(text, encoding="utf-8")
    return file
