"""The gateway dies at every step of a sending: no record claims to know more than it does, and nothing goes twice."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from attacking import HARMLESS, ask, opened
from gateway_house import Running, started, two_houses
from house import House, house

from assistant.egress import handover
from policies.decisions import ReleasedPrompt

__all__ = ["house"]

# Killed by its own hand where no other hand could be as quick. Looking at text is not what is tried here, and is left
# out: the gateway of `test_gateway.py` looks.
QUICK = """
import os, signal, sys
from assistant.egress import door, gateway
from assistant.egress.providers import openai_compatible, wire
from ingest.index import embedder
from policies import detect
embedder.open_embedder = lambda: None
detect.load = lambda *_, **__: detect.Detectors(())

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def dies_after(work):
    return lambda *given: (work(*given), die())

def dies_at(event):
    see = wire._Watch.see
    wire._Watch.see = lambda self, seen, told: die() if seen == event else see(self, seen, told)

def full(body):
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    return "An answer."

DEATH
from assistant.cli import main
main(sys.argv[1:])
"""
DEATHS = {
    # how it dies, and how many requests the closed model may have seen
    "before the departure is recorded": ("door.Door._record_departure = die", 0),
    "when it is recorded": ("door.Door._record_departure = dies_after(door.Door._record_departure)", 0),
    "when the head of the request has left": ("dies_at('http11.send_request_headers.complete')", 1),
    "when all of it has left": ("dies_at('http11.send_request_body.complete')", 1),
    "while the answer comes": ("dies_at('http11.receive_response_headers.complete')", 1),
    "before the end is recorded": ("openai_compatible._text = die", 1),
    "before the answer is handed back": ("gateway._passed = dies_after(gateway._passed)", 1),
}


@pytest.fixture(scope="module")
def running(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with two_houses(house, tmp_path_factory.mktemp("killed")) as found:
        yield found


def test_a_gateway_that_is_killed_leaves_an_unknown_and_sends_nothing_twice(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each step: answered here; the home's record says unknown; the next gateway closes what was open as unknown,
    and takes none of the releases that were handed over before it started. The two records agree."""
    handed: list[bytes] = []
    write = handover.written

    def written(released: ReleasedPrompt) -> bytes:
        handed.append(write(released))
        return handed[-1]

    monkeypatch.setattr(handover, "written", written)
    server = running.server
    with opened(running.own) as desk:
        for death, (how, most) in DEATHS.items():
            server.received.clear()
            with started(running.theirs, running.port, QUICK.replace("DEATH", how)) as gateway:
                assert ask(desk, HARMLESS).finished.route == "local", death
            assert gateway.code == -signal.SIGKILL, death
            assert len(server.received) <= most, death
        server.received.clear()
        with started(running.theirs, running.port, QUICK.replace("DEATH", "")):
            assert [running.post(raw)[0] for raw in handed] == [403] * len(DEATHS)
            assert server.received == []
            assert ask(desk, HARMLESS).finished.route == "escalated"
    here, there = (
        [body["outcome"] for body in running.bodies(one, "Returned")] for one in (running.own, running.theirs)
    )
    assert here == ["unknown"] * len(DEATHS) + ["ok"]
    assert there == ["unknown"] * 5 + ["ok"] * 2
    file = running.own.folder / "gateway.jsonl"
    running.theirs.run("audit", "export", file)
    said = running.own.run("audit", "reconcile", "--json", file)
    assert (said.code, said.json["matched"], said.json["unreached"]) == (0, 7, 1)


def test_a_gateway_whose_disk_is_full_sends_nothing_and_what_had_left_is_unknown(running: Running) -> None:
    """Full when the answer comes: it left, and cannot be recorded as returned. Full before: not a byte leaves. From
    outside both look the same, so both are unknown, and no agreement opens again."""
    running.server.received.clear()
    with started(running.theirs, running.port, QUICK.replace("DEATH", "openai_compatible._text = full")):
        with opened(running.own) as desk:
            for _ in range(2):
                assert ask(desk, HARMLESS).finished.route == "local"
                assert len(running.server.received) == 1
        assert running.post(b"{}")[0] == 400, "it lives"
    ends = [(body["outcome"], body["status"]) for body in running.bodies(running.own, "Returned")]
    assert ends[-2:] == [("unknown", 503)] * 2
