"""A second person's word over the real parts: asked, read, agreed to, asked again, then it leaves. And the switch."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from deciding import detectors
from fakes import Manner, RecordingServer, ScriptedGenerator
from house import SECOND_PERSON, House, changed_environment, house, own, sends_to, server

from assistant.answers import Answer
from assistant.ask import collect
from assistant.cli import main
from assistant.desk.desk import Desk, open_desk
from assistant.desk.switch import Resumed
from policies import switch
from policies.audit.events import Decided, QuestionAsked, SiteChanged
from policies.decisions import ReleasedPrompt
from policies.errors import RecordError, RefusedError, UsageError
from policies.labels import Level
from policies.vocabulary import Kind, Role

__all__ = ["house", "own", "server"]
TEXT = "Explain the difference between operational risk and credit risk."


@pytest.fixture(autouse=True)
def fresh(server: RecordingServer) -> None:
    server.received.clear()
    server.manner = Manner()


def at(own: House, server: RecordingServer, more: str = "", rule: str = SECOND_PERSON) -> Desk:
    """A home that lets general questions out, where staff needs a second person's word; two admins, an operator."""
    own.write("home/ringfence.toml", sends_to(server.base_url, more=more))
    if rule and not (own.home / "rules").exists():
        own.rules(second=rule)
    desk = open_desk(own.home)
    desk.parts.writer = ScriptedGenerator(["An answer that was made here. "], name="here")
    desk.parts.detectors = detectors()  # the real ones, loaded once
    for name, role in (("ada", Role.ADMIN), ("ben", Role.ADMIN), ("ole", Role.OPERATOR)):
        if desk.parts.people.account(name) is None:
            roles = [Role.STAFF, role]
            desk.add_person(name, groups=["staff"], clearance=Level.INTERNAL, roles=roles)
    return desk


@pytest.fixture
def desk(own: House, server: RecordingServer) -> Iterator[Desk]:
    with changed_environment({"RINGFENCE_KEYS": str(own.keys)}), at(own, server) as found:
        yield found


def ask(desk: Desk, text: str = TEXT, name: str = "dana", **more: Any) -> Answer:
    return collect(desk.ask(desk.person(name), text, kind=Kind.GENERAL, allow_outside=True, **more))


def bodies(desk: Desk, kind: str) -> list[dict[str, Any]]:
    return [body for _, text in desk.parts.ledger.bodies() if (body := json.loads(text))["kind"] == kind]


# -- agreeing ------------------------------------------------------------------------------------------


def test_asked_agreed_and_asked_again_in_a_new_conversation_it_leaves(desk: Desk, server: RecordingServer) -> None:
    """The second conversation makes the same bytes: what was shown and agreed to is what leaves."""
    first = ask(desk)
    assert first.decision is not None
    assert (first.decision.verdict, first.finished.route, server.received) == ("ask_human", "local", [])
    (waits,) = desk.agreeing.waiting(desk.login)
    ada = desk.person("ada")
    shown = desk.agreeing.read(ada, waits.question, "It is about no client.")
    assert json.loads(shown)["messages"][-1]["content"] == TEXT
    desk.agreeing.approve(ada, waits.record, actor=desk.login)
    assert desk.agreeing.waiting(desk.login) == []

    second = ask(desk)
    assert second.finished.conversation != first.finished.conversation
    assert second.finished.route == "escalated"
    (received,) = server.received
    assert received.body.decode() == shown
    *_, one, two = bodies(desk, "Decided")
    assert one["outgoing"] == two["outgoing"] == bodies(desk, "Approved")[-1]["outgoing"]
    assert (one["facts"]["approved"], two["facts"]["approved"]) == (0, 1)
    assert desk.parts.review.verify().intact
    # It is spent: asked once more it waits once more, and it never was anybody else's.
    assert ask(desk).decision.verdict == "ask_human"  # type: ignore[union-attr]
    assert [one.record for one in desk.agreeing.waiting(desk.login)] == [bodies(desk, "Decided")[-1]["seq"]]
    assert ask(desk, name="bo").decision.verdict == "ask_human"  # type: ignore[union-attr]


def test_what_two_processes_send_at_the_same_moment_leaves_once(
    own: House, desk: Desk, server: RecordingServer
) -> None:
    """Both have decided to send what was agreed to; the one that comes second to the record answers here."""
    ask(desk)
    desk.agreeing.approve(desk.person("ada"), desk.agreeing.waiting("os:x")[0].record)
    with at(own, server) as other:
        door, answers = desk.parts.door, []
        assert door is not None
        agrees = door.decide_again

        def meanwhile(released: ReleasedPrompt) -> None:
            agrees(released)
            answers.append(ask(other))

        door.decide_again = meanwhile
        answers.append(ask(desk))
    assert [answer.decision.verdict for answer in answers] == ["send", "send"]  # type: ignore[union-attr]
    assert [answer.finished.route for answer in answers] == ["escalated", "local"]
    assert len(server.received) == len(bodies(desk, "Departed")) == 1
    assert desk.parts.review.verify().intact


def test_another_text_is_another_request(desk: Desk, server: RecordingServer) -> None:
    """One letter more, or a conversation that has gone on, and it waits anew."""
    first = ask(desk)
    desk.agreeing.approve(desk.person("ada"), desk.agreeing.waiting("os:x")[0].record)
    assert ask(desk, TEXT + " ").decision.verdict == "ask_human"  # type: ignore[union-attr]
    going_on = ask(desk, conversation=first.finished.conversation)
    assert going_on.finished.route == "local"
    assert server.received == []


def test_reading_it_is_recorded_and_shown_to_who_asked(desk: Desk) -> None:
    """Before a letter of it is returned, with the reason sealed."""
    ask(desk)
    (waits,) = desk.agreeing.waiting(desk.login)
    desk.agreeing.read(desk.person("ada"), waits.record)
    assert [body["record"] for body in bodies(desk, "Revealed")] == [waits.record]
    ((_, record, why),) = desk.parts.review.openings(desk.person("dana").id)
    assert (record, why) == (waits.record, "To decide whether it may leave.")
    assert bodies(desk, "RecordRead")[-1]["how"] == "waiting"
    assert TEXT not in str(list(desk.parts.ledger.bodies()))


def test_nobody_agrees_to_a_request_of_their_own(desk: Desk, server: RecordingServer) -> None:
    """Not even an admin, and not by reading it; another admin can."""
    ask(desk, name="ada")
    (waits,) = desk.agreeing.waiting(desk.login)
    for step in (desk.agreeing.read, desk.agreeing.approve):
        with pytest.raises(RefusedError, match="nobody-approves-oneself"):
            step(desk.person("ada"), waits.record)
    assert bodies(desk, "Revealed") == bodies(desk, "Approved") == []
    desk.agreeing.approve(desk.person("ben"), waits.record)
    assert ask(desk, name="ada").finished.route == "escalated"


@pytest.mark.parametrize("name", ["bo", "ole", "ines"])
def test_who_may_not_approve_may_not_read_either(desk: Desk, name: str) -> None:
    """Staff, an operator, an auditor: the rules decide."""
    ask(desk)
    (waits,) = desk.agreeing.waiting(desk.login)
    for step in (desk.agreeing.read, desk.agreeing.approve):
        with pytest.raises(RefusedError):
            step(desk.person(name), waits.record)
    assert bodies(desk, "Revealed") == bodies(desk, "Approved") == []


def test_a_request_for_another_destination_or_of_nobody_is_not_agreed_to(desk: Desk) -> None:
    """What was asked for is what would leave; who has no account any more sends nothing."""
    ask(desk)
    (waits,) = desk.agreeing.waiting(desk.login)
    desk.agreeing._destination = "another"
    with pytest.raises(RefusedError, match="another destination"):
        desk.agreeing.approve(desk.person("ada"), waits.record)
    desk.agreeing._destination = waits.destination
    desk.disable_person("dana")
    with pytest.raises(RefusedError, match="no account"):
        desk.agreeing.approve(desk.person("ada"), waits.record)
    with pytest.raises(UsageError, match="no request that waits"):
        desk.agreeing.approve(desk.person("ada"), 0)


def test_a_request_whose_text_was_not_kept_is_not_agreed_to_unseen(desk: Desk) -> None:
    """What cannot be shown cannot be read; nothing is revealed."""
    asker, facts = desk.person("dana").id, {"pseudonymised": 0}
    question = desk.parts.ledger.append(
        QuestionAsked(actor=asker, conversation="c", question_kind="general", label="public")
    )
    decided = Decided(
        actor=asker, question=question, verdict="ask_human", reasons=[], label="internal", rulebook="r",
        destination="closed-model", outgoing="ab" * 32, facts=facts,
    )  # fmt: skip
    record = desk.parts.ledger.append(decided)
    with pytest.raises(UsageError, match="was not kept"):
        desk.agreeing.read(desk.person("ada"), record)
    assert bodies(desk, "Revealed") == []


def test_an_agreement_is_no_override(desk: Desk, server: RecordingServer) -> None:
    """The rules are asked again each time: someone who has joined a group that sends nothing stays here."""
    ask(desk)
    desk.agreeing.approve(desk.person("ada"), desk.agreeing.waiting("os:x")[0].record)
    with desk.parts.people._database.write() as connection:
        connection.execute("UPDATE people SET groups = ? WHERE name = 'dana'", ('["staff", "no-external-ai"]',))
    assert ask(desk).finished.route == "local"
    assert server.received == []


def test_a_test_person_answers_for_nothing_in_production(own: House, server: RecordingServer) -> None:
    """Anybody may act for one there: that would be one person twice."""
    with changed_environment({"RINGFENCE_KEYS": str(own.keys)}), at(own, server, 'mode = "production"') as desk:
        desk.entrance.add("trial", actor="os:x", groups=[], clearance=Level.INTERNAL, roles=[Role.ADMIN], test=True)
        assert desk.person("trial")
        with pytest.raises(RefusedError, match="test person"):
            desk.responsible("trial")
        with pytest.raises(RefusedError):
            desk.responsible("ada")
        desk.login = "os:ada"
        assert desk.responsible("ada").name == "ada"


# -- the switch ----------------------------------------------------------------------------------------


@pytest.fixture
def open_house(own: House, server: RecordingServer) -> Iterator[Desk]:
    """The same without the rule: a general question leaves at once."""
    with changed_environment({"RINGFENCE_KEYS": str(own.keys)}), at(own, server, rule="") as found:
        yield found


def test_one_person_stops_it_and_two_start_it_again(open_house: Desk, server: RecordingServer) -> None:
    """All three steps are on record; in lab mode too it takes two."""
    desk = open_house
    assert ask(desk).finished.route == "escalated"
    stopped = desk.switch.stop(desk.person("ole"), "Something odd.")
    assert (stopped.quiet, stopped.recorded) == (True, True)
    assert ask(desk).finished.route == "local"
    assert desk.switch.resume(desk.person("ole")) is Resumed.ASKED
    assert desk.switch.resume(desk.person("ole")) is Resumed.ASKED  # the same person again is still one
    assert ask(desk).finished.route == "local"
    assert desk.switch.resume(desk.person("ada")) is Resumed.OPEN
    assert ask(desk).finished.route == "escalated"
    assert len(server.received) == 2
    changes = [body["what"] for body in bodies(desk, "SiteChanged") if body["what"].startswith("outside")]
    assert changes == [switch.STOPPED, switch.ASKED, switch.ASKED, switch.RESUMED]
    with pytest.raises(UsageError, match="not stopped"):
        desk.switch.resume(desk.person("ada"))


@pytest.mark.parametrize("name", ["ines", "bo"])
def test_an_auditor_and_staff_turn_nothing_here(open_house: Desk, name: str) -> None:
    """The auditor changes nothing; anybody at the machine has the command."""
    with pytest.raises(RefusedError):
        open_house.switch.stop(open_house.person(name))
    assert not open_house.switch.state()
    open_house.switch.stop(open_house.person("ada"))
    with pytest.raises(RefusedError):
        open_house.switch.resume(open_house.person(name))


def test_who_may_not_agree_does_not_open_it_and_the_request_stands(open_house: Desk) -> None:
    """An operator asks after an admin: nothing opens; another admin does."""
    desk = open_house
    desk.switch.stop(desk.person("ada"))
    desk.switch.resume(desk.person("ada"))
    desk.parts.ledger.append(SiteChanged(what="server started"))  # something else happens meanwhile
    with pytest.raises(RefusedError, match="no-rule-permits"):
        desk.switch.resume(desk.person("ole"))
    assert desk.switch.state()
    assert desk.switch.resume(desk.person("ben")) is Resumed.OPEN


def test_a_stop_ends_a_request_to_start_again(open_house: Desk) -> None:
    """Also one whose record was lost: the file's own time counts."""
    desk = open_house
    desk.switch.stop(desk.person("ole"))
    desk.switch.resume(desk.person("ole"))
    desk.switch.stop(desk.person("ole"))
    assert desk.switch.resume(desk.person("ada")) is Resumed.ASKED
    desk.switch._recorder = _Full()  # type: ignore[assignment]
    assert desk.switch.stop(desk.person("ole")).recorded is False
    desk.switch._recorder = desk.parts.ledger
    assert desk.switch.resume(desk.person("ben")) is Resumed.ASKED
    assert desk.switch.state()


def test_a_request_is_good_for_a_day_and_for_who_still_has_an_account(open_house: Desk) -> None:
    """Later, or when the first person is gone, the second one is the first."""
    desk = open_house
    desk.switch.stop(desk.person("ole"))
    desk.switch.resume(desk.person("ole"))
    clock = desk.switch._clock
    desk.switch._clock = lambda: clock() + 25 * 3_600_000_000
    assert desk.switch.resume(desk.person("ada")) is Resumed.ASKED
    desk.switch._clock = clock
    desk.disable_person("ada")
    assert desk.switch.resume(desk.person("ben")) is Resumed.ASKED
    assert desk.switch.state()


def test_a_clock_that_is_set_back_makes_no_old_request_good(open_house: Desk) -> None:
    """The record knows a later time: the second person is then the first."""
    desk, ledger = open_house, open_house.parts.ledger
    desk.switch.stop(desk.person("ole"))
    desk.switch.resume(desk.person("ole"))
    clock = ledger._clock
    ledger._clock = lambda: clock() + 25 * 3_600_000_000
    ledger.append(SiteChanged(what="server started"))
    ledger._clock = clock
    assert desk.switch.resume(desk.person("ada")) is Resumed.ASKED
    assert desk.switch.state()


def test_what_cannot_be_recorded_does_not_start_again(open_house: Desk) -> None:
    """Record before act; only stopping is the other way round."""
    desk = open_house
    desk.switch.stop(desk.person("ole"))
    desk.switch.resume(desk.person("ole"))
    desk.switch._recorder = _Full()  # type: ignore[assignment]
    with pytest.raises(RecordError):
        desk.switch.resume(desk.person("ada"))
    assert desk.switch.state()


class _Full:
    def append(self, event: object, contents: object = None) -> int:
        raise RecordError("There is no space left.")


def test_nothing_departs_after_a_stop_has_returned(open_house: Desk, server: RecordingServer) -> None:
    """Several people send without a pause; once the stop is back, not a byte arrives and no departure is recorded."""
    desk = open_house
    ask(desk)  # everything is loaded
    people = [desk.person(name) for name in ("dana", "bo", "ada")]
    server.manner = Manner(delay=0.02)
    done = threading.Event()

    def sending(number: int) -> None:
        turn = 0
        while not done.is_set():
            turn += 1
            text = f"Which {number + 2} countries use IBAN, and since {1990 + turn % 30}?"
            collect(desk.ask(people[number], text, kind=Kind.GENERAL, allow_outside=True))

    threads = [threading.Thread(target=sending, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    while len(server.received) < 6:
        done.wait(0.01)
    assert desk.switch.stop(desk.person("ole")).quiet
    received, departed = len(server.received), len(bodies(desk, "Departed"))
    done.wait(0.5)
    done.set()
    for thread in threads:
        thread.join(20)
    assert (len(server.received), len(bodies(desk, "Departed"))) == (received, departed)
    assert received == departed
    kinds = [
        (body["kind"], body.get("what")) for body in map(json.loads, (text for _, text in desk.parts.ledger.bodies()))
    ]
    assert ("Departed", None) not in kinds[kinds.index(("SiteChanged", switch.STOPPED)) :]


# -- the commands --------------------------------------------------------------------------------------


def test_the_commands_from_end_to_end(own: House, server: RecordingServer) -> None:
    """waiting, approve, stop, resume: in words, as JSON, with their exit codes."""
    with changed_environment({"RINGFENCE_KEYS": str(own.keys)}), at(own, server) as desk:
        ask(desk)
    (waits,) = own.run("policy", "waiting", "--json").json["waiting"]
    assert waits["rules"] == ["second-person-for-staff"]
    assert "1 waiting." in own.run("policy", "waiting").out
    refused = own.run("policy", "approve", waits["record"], "--as", "dana")
    assert (refused.code, TEXT in refused.out) == (1, False)
    agreed = own.run("policy", "approve", waits["record"], "--as", "ada", "--reason", "Fine.")
    assert agreed.code == 0, agreed.err
    assert TEXT in agreed.out
    assert "it may leave until" in agreed.out
    assert own.run("policy", "waiting").out == "0 waiting.\n"
    explained = own.run("policy", "explain", waits["record"], "--json").json
    assert explained["would_change"][0] == "It would be sent if a second person agreed to exactly this request."
    assert own.run("policy", "stop").code == 0
    assert "stopped since" in next(line for line in own.run("doctor").out.splitlines() if "outside:" in line)
    assert "Another person" in own.run("policy", "resume", "--as", "ole").out
    assert own.run("policy", "resume", "--as", "ines").code == 1
    assert "possible again" in own.run("policy", "resume", "--as", "ada").out
    assert own.run("policy", "resume", "--as", "ada").code == 2
    assert own.run("audit", "verify").code == 0


class Terminal(io.StringIO):
    """Somebody sits there and types."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("typed", "code", "agreed"), [("n\n", 1, 0), ("\n", 1, 0), ("y\n", 0, 1)])
def test_at_a_terminal_it_is_shown_before_somebody_says_yes(
    own: House, server: RecordingServer, monkeypatch: pytest.MonkeyPatch, typed: str, code: int, agreed: int
) -> None:
    """The exact text first, then the question; anything but yes is no."""
    with changed_environment({"RINGFENCE_KEYS": str(own.keys)}), at(own, server) as desk:
        ask(desk)
        (waits,) = desk.agreeing.waiting(desk.login)
        monkeypatch.setattr("sys.stdin", Terminal(typed))
        with pytest.raises(SystemExit) as left:
            main(["--home", str(own.home), "policy", "approve", str(waits.record), "--as", "ada"])
        assert left.value.code == code
        assert len(bodies(desk, "Approved")) == agreed
        assert len(bodies(desk, "Revealed")) == 1
