"""The door in a process of its own: the real command on loopback, with a home, keys and a record of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from attacking import HARMLESS, ask, opened
from deciding import asked, detectors
from fakes import Manner, RecordingServer
from gateway_house import KEY, Running, free_port, started, two_houses
from house import House, changed_environment, house, sends_to
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.config import load_settings
from assistant.desk.desk import Desk
from assistant.egress import handover
from assistant.egress.providers import openai_compatible
from assistant.egress.providers.wire import Limits, SendingError
from assistant.errors import ConnectionsError, DoorShutError
from assistant.wiring.gateway import Gateway, create_gateway
from assistant.wiring.stores import now
from policies import switch
from policies.audit.checkpoint import origin_of, verifier_key
from policies.audit.events import SiteChanged
from policies.audit.ledger import Ledger
from policies.config import Home, create_home
from policies.decide import RELEASE_LASTS
from policies.decisions import Outgoing, ReleasedPrompt
from policies.errors import RefusedError, UnavailableError, UsageError
from policies.keys import Keys

__all__ = ["house"]


@pytest.fixture(scope="module")
def running(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with two_houses(house, tmp_path_factory.mktemp("gateway")) as found, started(found.theirs, found.port):
        yield found


@pytest.fixture(scope="module")
def open_desk(running: Running) -> Iterator[Desk]:
    with opened(running.own) as found:
        yield found


@pytest.fixture
def desk(open_desk: Desk, running: Running) -> Desk:
    running.server.received.clear()
    running.server.manner = Manner()
    return open_desk


# -- two processes ---------------------------------------------------------------------------------------


def test_a_question_goes_by_the_gateway_and_both_records_say_the_same(desk: Desk, running: Running) -> None:
    """The gateway's key is on the request, the process that asked never had one; the gateway keeps no text."""
    answer = ask(desk, HARMLESS)
    assert answer.finished.route == "escalated"
    assert "Paris" in answer.text
    (received,) = running.server.received
    assert received.headers["authorization"] == f"Bearer {KEY}"
    (here,), (there,) = (running.bodies(one, "Departed") for one in (running.own, running.theirs))
    assert [here[name] for name in ("release", "outgoing", "body_sha256")] == [
        there[name] for name in ("release", "outgoing", "body_sha256")
    ]
    assert [body["outcome"] for body in running.bodies(running.theirs, "Returned")] == ["ok"]
    assert "commitments" in here
    assert "commitments" not in there
    assert desk.parts.settings.destination is not None
    assert desk.parts.settings.destination.key_file is None
    kept = b"".join(path.read_bytes() for path in running.theirs.folder.rglob("*") if path.is_file())
    assert b"operational risk" not in kept
    file = running.own.folder / "gateway.jsonl"
    running.theirs.run("audit", "export", file)
    said = running.own.run("audit", "reconcile", file)
    assert (said.code, "agree: 1 departures in both" in said.out) == (0, True)
    assert running.theirs.run("audit", "verify").code == 0


REFUSED: dict[str, Any] = {
    "signed by somebody else": lambda running: running.release(key=Keys(signing=b"x" * 32, house=b"y" * 32).sign),
    "not signed": lambda running: replace(running.release(), signature=b""),
    "with other bytes": lambda running: replace(
        running.release(),
        outgoing=openai_compatible.serialise(asked("Which countries use IBAN?"), running.destination),
    ),
    "with passages that were not in it": lambda running: replace(running.release(), passages=("The per diem.",)),
    "expired": lambda running: running.release(expires=now() - 1),
    "good for longer than a release is": lambda running: running.release(expires=now() + 2 * RELEASE_LASTS),
    "for another destination": lambda running: running.release(destination="another"),
    "by other rules": lambda running: running.release(rulebook="0" * 64),
    "to another address": lambda running: running.release(
        outgoing=replace(
            openai_compatible.serialise(asked(HARMLESS), running.destination),
            url="http://127.0.0.1:9/v1/chat/completions",
        )
    ),
    "with a header more": lambda running: running.release(
        outgoing=replace(
            openai_compatible.serialise(asked(HARMLESS), running.destination),
            headers=(*openai_compatible.HEADERS, ("x-user", "Ada")),
        )
    ),
    "of what the home should not have let go": lambda running: running.release("the admin password is P0suMi!13"),
}


@pytest.mark.parametrize("story", REFUSED)
def test_the_gateway_refuses_a_release(desk: Desk, running: Running, story: str) -> None:
    """Not a byte leaves and nothing is recorded; why stands in its log alone."""
    before = len(running.bodies(running.theirs, "Departed"))
    assert running.post(handover.written(REFUSED[story](running))) == (403, "")
    assert running.server.received == []
    assert len(running.bodies(running.theirs, "Departed")) == before


def test_the_gateway_takes_a_release_once(desk: Desk, running: Running) -> None:
    """What was used is used, however often it is handed over; what is no release is none."""
    raw = handover.written(running.release())
    status, text = running.post(raw)
    assert (status, json.loads(text)) == (200, {"text": "Paris is the capital of France."})
    assert running.post(raw)[0] == 403
    for wrong in (b"", b"{}", b"[" * 10_000, raw[:-1], raw.replace(b'"expires": ', b'"expires": 1.')):
        assert running.post(wrong) == (400, "")
    assert running.post(b" " * (5 << 20)) == (413, "")
    assert len(running.server.received) == 1


@pytest.mark.parametrize(("whose", "departed"), [("own", 0), ("theirs", 1)])
def test_the_switch_of_either_side_stops_it(desk: Desk, running: Running, whose: str, departed: int) -> None:
    """One of them is enough; the question is answered here. A gateway that says no leaves an error in the record."""
    before = len(running.bodies(running.own, "Departed"))
    side: House = getattr(running, whose)
    assert side.run("policy", "stop").code == 0
    try:
        answer = ask(desk, "Explain the difference between a bond and a share.")
        assert (answer.finished.route, running.server.received) == ("local", [])
    finally:
        (side.home / switch.OFF).unlink()
    assert len(running.bodies(running.own, "Departed")) == before + departed
    if departed:
        returned = running.bodies(running.own, "Returned")[-1]
        assert (returned["outcome"], returned["status"]) == ("error", 403)
    assert ask(desk, "Explain the difference between a bond and a share.").finished.route == "escalated"


@pytest.mark.parametrize("manner", [Manner(status=500), Manner(raw=b"<html>")])
def test_a_fault_of_the_closed_model_is_answered_here(desk: Desk, running: Running, manner: Manner) -> None:
    """Both records say error; nothing is tried twice."""
    running.server.manner = manner
    assert ask(desk, "Explain what a central bank does.").finished.route == "local"
    assert len(running.server.received) == 1
    for whose in (running.own, running.theirs):
        assert running.bodies(whose, "Returned")[-1]["outcome"] == "error"


def test_a_second_gateway_on_the_same_home_is_refused(running: Running) -> None:
    """It would not know what the first one let pass."""
    with (
        changed_environment({"RINGFENCE_KEYS": str(running.theirs.keys)}),
        pytest.raises(UnavailableError, match="runs on"),
    ):
        create_gateway(running.theirs.home)


def test_a_gateway_that_is_down_is_answered_here(house: House, tmp_path: Path) -> None:
    """The departure is recorded, and so is that nobody was there; never another way out."""
    own = house.copy(tmp_path)
    with RecordingServer() as server:
        gateway = f'gateway_url = "http://127.0.0.1:{free_port()}"'
        own.write("home/ringfence.toml", sends_to(server.base_url, more=gateway))
        with opened(own) as desk:
            assert ask(desk, HARMLESS).finished.route == "local"
            last = [json.loads(text) for _, text in desk.parts.ledger.bodies()]
        assert [body["outcome"] for body in last if body["kind"] == "Returned"] == ["error"]
        assert server.received == []
    hosts = {host.port for host in desk.parts.configured_hosts()}
    assert server.port not in hosts, "the process that asks has no way to the destination itself"


# -- one process -----------------------------------------------------------------------------------------


@pytest.fixture
def gateway(running: Running, tmp_path: Path) -> Iterator[Gateway]:
    """Another one, in this process."""
    theirs = House(tmp_path)
    theirs.write("home/ringfence.toml", (running.theirs.home / "ringfence.toml").read_text())
    with changed_environment({"RINGFENCE_KEYS": str(theirs.keys)}), closing(create_gateway(theirs.home)) as found:
        found.__dict__["detectors"] = detectors()
        yield found


def test_what_was_released_before_the_gateway_started_does_not_pass(running: Running, gateway: Gateway) -> None:
    """Whether it was used already is not known any more: a restart must not open it once more."""
    running.server.received.clear()
    old = running.release(expires=gateway._started + RELEASE_LASTS)
    with pytest.raises(DoorShutError, match="before the gateway started"):
        gateway.door.send(old, question=-1, decision=-1)
    assert running.server.received == []


def test_a_clock_that_was_set_back_before_the_gateway_started_opens_no_release_once_more(
    running: Running, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its record knows a later time than the clock at its start, and what was released before that may have left."""
    used = running.release(expires=now() + 30_000_000 + RELEASE_LASTS)  # by a clock that was ahead
    gateway.ledger.close()
    with Ledger(gateway.home, gateway.keys, clock=lambda: now() + 31_000_000) as ahead:
        ahead.append(SiteChanged(what="something later"))
    gateway.ledger.reopen()
    assert gateway.door
    monkeypatch.setattr("assistant.wiring.gateway.now", lambda: now() + 30_500_000)  # that time has come again
    with pytest.raises(RefusedError, match="before the gateway started"):
        gateway.decide_again(used)
    monkeypatch.setattr("assistant.wiring.gateway.now", lambda: now() + 90_000_000)
    gateway.decide_again(running.release(expires=now() + 80_000_000 + RELEASE_LASTS))


def test_a_departure_that_a_dead_gateway_left_open_is_closed_as_unknown(running: Running, gateway: Gateway) -> None:
    """As in the home's own record: it may have left."""
    from policies.audit.events import Departed

    left = gateway.ledger.append(
        Departed(question=-1, decision=-1, destination="d", outgoing="0", outgoing_size=1, release="r")
    )
    gateway.ledger.close()
    gateway.ledger.reopen()
    assert gateway.door
    *_, last = (json.loads(text) for _, text in gateway.ledger.bodies())
    assert (last["kind"], last["closes"], last["outcome"]) == ("Returned", left, "unknown")


HOME_KEYS = ["", "x", "ringfence/a+00000000+AQ==", "ringfence/a+00000000+" + "A" * 44, "a+b", "+++"]


@pytest.mark.parametrize("home_key", HOME_KEYS)
def test_a_gateway_without_a_home_to_answer_to_does_not_start(home: Home, home_key: str) -> None:
    """What is no key is said to be none, and where to find it; no destination is said as well."""
    (home.path / "ringfence.toml").write_text(f'[gateway]\nhome_key = "{home_key}"\n')
    with pytest.raises(UsageError, match=r"not a home's public key|not whole"):
        Gateway(home)
    keys = Keys.create(home)
    (home.path / "ringfence.toml").write_text(
        f'[gateway]\nhome_key = "{verifier_key(origin_of(home.id), keys.public)}"\n'
    )
    with pytest.raises(UsageError, match="no destination"):
        Gateway(home)


def test_where_the_gateway_holds_the_key_nobody_else_does(tmp_path: Path) -> None:
    """Both stated is an error that says which to take out."""
    made = create_home(tmp_path / "home")
    text = sends_to("https://lab.invalid/v1", more='gateway_url = "http://g:7861"', key_file="/k")
    (made.path / "ringfence.toml").write_text(text)
    with pytest.raises(UsageError, match="gateway_url and key_file"):
        load_settings(made)


# -- what goes over the wire -----------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(
    st.builds(
        ReleasedPrompt,
        outgoing=st.builds(
            Outgoing,
            method=st.text(),
            url=st.text(),
            headers=st.lists(st.tuples(st.text(), st.text())).map(tuple),
            body=st.binary(),
        ),
        destination=st.text(),
        rulebook=st.text(),
        label_versions=st.text(),
        expires=st.integers(),
        passages=st.lists(st.text()).map(tuple),
        signature=st.binary(),
    )
)
def test_what_is_handed_over_reads_back_to_the_same(released: ReleasedPrompt) -> None:
    """Every field, to the byte: the signature is over them."""
    assert handover.read(handover.written(released)) == released


@settings(max_examples=25, deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda more: st.lists(more)))
def test_a_field_of_another_kind_is_no_release(value: Any) -> None:
    """Nothing is looked at that is not of the stated form."""
    whole = json.loads(
        handover.written(
            ReleasedPrompt(
                outgoing=Outgoing(method="POST", url="u", headers=(), body=b""), destination="d", rulebook="r",
                label_versions="v", expires=1,
            )
        )
    )  # fmt: skip
    for name, stated in whole.items():
        if type(value) is not type(stated) and not (isinstance(stated, list) and isinstance(value, str)):
            with pytest.raises(ConnectionsError):
                handover.read(json.dumps(whole | {name: value}).encode())


@pytest.mark.parametrize("raw", [b"<html>", b"{}", b'{"text": 1}', b"[" * 10_000])
def test_an_answer_of_another_form_is_none(running: Running, raw: bytes) -> None:
    """Whoever stands in the gateway's place gives none that is shown; that it has left is not ruled out."""
    with RecordingServer(Manner(raw=raw)) as stranger, pytest.raises(SendingError, match="cannot be read") as failed:
        handover.through(stranger.base_url)(running.release(), "", Limits())
    assert failed.value.outcome == "unknown"


CAME_OF = {400: "error", 403: "error", 413: "error", 502: "error", 504: "timeout", 500: "unknown", 503: "unknown"}


@pytest.mark.parametrize("status", CAME_OF)
def test_only_a_status_that_says_that_nothing_left_or_failed_there_is_an_error(running: Running, status: int) -> None:
    """Whatever else it answers, the request may have left: what a second person agreed to stays spent."""
    with RecordingServer(Manner(status=status)) as stranger, pytest.raises(SendingError) as failed:
        handover.through(stranger.base_url)(running.release(), "", Limits())
    assert (failed.value.outcome, failed.value.status) == (CAME_OF[status], status)
