"""What the tests of the numbered attacks share: deciding on a typed text, and a house that would send.

Everybody's names, numbers and facts are invented; check digits are right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest
from deciding import asked, detectors, embed, route
from fakes import Manner, RecordingServer, ScriptedGenerator
from house import House, changed_environment, sends_to
from house import house as house  # pytest finds the fixtures that ours asks for in the module that imports both

from assistant.answers import Answer
from assistant.ask import collect
from assistant.desk.desk import Desk, open_desk
from policies.copies.held import Held, Known
from policies.decisions import Escalate, Outside
from policies.labels import PUBLIC, TOP, Label
from policies.vocabulary import Kind, Turn

HARMLESS = "Explain the difference between operational risk and credit risk."
NOW = 1_700_000_000_000_000


def decided(text: str, *earlier: str, known: str = "", label: Label = TOP, **more: object):
    """The decision on a typed question after `earlier` turns, in a house that keeps a document saying `known`."""
    history = tuple(Turn(role=("user", "assistant")[n % 2], text=said, label=PUBLIC) for n, said in enumerate(earlier))
    if known:
        more["copies"] = keeping(known, label)
    more.setdefault("outside", Outside.GENERAL)
    return route(asked(text, history=history), clock=lambda: NOW, **more)  # type: ignore[arg-type]


@cache
def keeping(text: str, label: Label) -> Held:
    """A house with one document."""
    return Held([Known(document="d", text=text, label=label)], embed)


def stays(text: str, *earlier: str, **more: object) -> bool:
    return not isinstance(decided(text, *earlier, **more), Escalate)


def why(text: str, *earlier: str, **more: object) -> set[str]:
    """The codes of the reasons."""
    return {reason.rule for reason in decided(text, *earlier, **more).reasons}


# -- a house that would send ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sending:
    """A real home whose ladder lets general questions out, and the closed model that it sends them to."""

    house: House
    desk: Desk
    server: RecordingServer

    def ask(self, text: str, name: str = "dana", *, kind: Kind = Kind.GENERAL, **more: object) -> Answer:
        return ask(self.desk, text, name, kind=kind, **more)

    def reopened(self) -> Desk:
        """The same home once more, as another tab, another process or a restart sees it."""
        return opened(self.house)


def ask(desk: Desk, text: str, name: str = "dana", *, kind: Kind = Kind.GENERAL, **more: object) -> Answer:
    more.setdefault("allow_outside", True)
    return collect(desk.ask(desk.person(name), text, kind=kind, **more))  # type: ignore[arg-type]


def opened(own: House) -> Desk:
    """A desk with a local model that says one sentence, and the detectors that are loaded already."""
    with changed_environment({"RINGFENCE_KEYS": str(own.keys)}):
        desk = open_desk(own.home)
    desk.parts.writer = ScriptedGenerator(["An answer that was made here. "], name="here")
    desk.parts.__dict__["detectors"] = detectors()  # the house's register is empty
    return desk


_made: list[Sending] = []


@pytest.fixture(scope="session")
def lent(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sending]:
    """One for all files of attacks."""
    if _made:
        yield _made[0]
        return
    own = house.copy(tmp_path_factory.mktemp("attacked"))
    with RecordingServer() as server:
        own.write("home/ringfence.toml", sends_to(server.base_url, outside="public"))
        with opened(own) as desk:
            _made.append(Sending(own, desk, server))
            yield _made[0]
            _made.clear()


@pytest.fixture
def sending(lent: Sending) -> Sending:
    """With nothing received yet and a closed model that answers."""
    lent.server.received.clear()
    lent.server.manner = Manner()
    return lent
