"""A house that sends by a gateway: the real command in a process of its own, and the closed model behind it."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from attacking import HARMLESS
from deciding import asked
from fakes import RecordingServer
from house import House, changed_environment, sends_to

from assistant.egress import handover
from assistant.egress.providers import openai_compatible
from assistant.wiring.stores import now
from policies.audit.checkpoint import origin_of, verifier_key
from policies.config import open_home
from policies.decide import RELEASE_LASTS
from policies.decisions import Destination, ReleasedPrompt
from policies.keys import Keys
from policies.labels import PUBLIC
from policies.rulebook import load

KEY = "sk-the-gateways-own"
# Machines are busy while tests run, and what is not looked at in time is refused: this gateway takes its time.
PATIENT = (
    "import sys; from policies.decide import judging; judging.CUT_OFF = 60.0; "
    "from assistant.cli import main; main(sys.argv[1:])"
)


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A house that sends by a gateway, the gateway, and the closed model behind it."""

    own: House
    theirs: House
    port: int
    server: RecordingServer
    keys: Keys

    @property
    def destination(self) -> Destination:
        url = self.server.base_url
        return Destination(id="closed-model", host="127.0.0.1", base_url=url, model="big-model", ceiling=PUBLIC)

    def release(self, text: str = HARMLESS, **other: Any) -> ReleasedPrompt:
        """As the home makes one."""
        given: dict[str, Any] = {
            "outgoing": openai_compatible.serialise(asked(text), self.destination),
            "destination": "closed-model",
            "rulebook": load().digest,
            "label_versions": "v1",
            "expires": now() + RELEASE_LASTS - 1_000_000,
            "key": self.keys.sign,
        }
        given |= other
        return ReleasedPrompt.sign(given.pop("outgoing"), **given)

    def post(self, raw: bytes) -> tuple[int, str]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=90)) as connection:
            connection.request("POST", handover.SEND, raw)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def bodies(self, whose: House, kind: str) -> list[dict[str, Any]]:
        said = whose.run("audit", "export").out
        found = [json.loads(json.loads(line)["body"]) for line in said.splitlines()[1:]]
        return [body for body in found if body["kind"] == kind]


class started:
    """`ringfence egress-gateway` in a process of its own, until the block ends."""

    def __init__(self, theirs: House, port: int, program: str = PATIENT) -> None:
        self._log = (theirs.folder / "gateway.log").open("ab")
        words = [sys.executable, "-c", program, "--home", str(theirs.home), "egress-gateway", "--port", str(port)]
        self._process = subprocess.Popen(words, env=theirs.environment, stdout=self._log, stderr=subprocess.STDOUT)
        self._port = port

    def __enter__(self) -> Self:
        for _ in range(1200):
            assert self._process.poll() is None, Path(self._log.name).read_text()
            try:
                with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)) as connection:
                    connection.request("GET", handover.READY)
                    assert connection.getresponse().read() == b"ready"
                    return self
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the gateway did not start")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self.code = self._process.wait(20)
        self._log.close()


@contextmanager
def two_houses(house: House, folder: Path) -> Iterator[Running]:
    """Both set up and neither running."""
    own, theirs, port = house.copy(folder / "own"), House(folder / "theirs"), free_port()
    with changed_environment({"RINGFENCE_KEYS": str(own.keys)}):
        home = open_home(own.home)
        keys = Keys.load(home)
    with RecordingServer() as server:
        gateway = f'gateway_url = "http://127.0.0.1:{port}"'
        own.write("home/ringfence.toml", sends_to(server.base_url, more=gateway))
        key_file = theirs.write("provider_key", KEY)
        toml = sends_to(server.base_url, key_file=str(key_file))
        stated = f'{toml}\n[gateway]\nhome_key = "{verifier_key(origin_of(home.id), keys.public)}"\n'
        theirs.write("home/ringfence.toml", stated)
        yield Running(own=own, theirs=theirs, port=port, server=server, keys=keys)
