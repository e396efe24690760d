"""The gateway's parts: a small home of its own, another home's public key, and a door."""

from __future__ import annotations

import fcntl
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.config import load_gateway_settings
from assistant.wiring.leaving import Leaving, Public, straight
from assistant.wiring.stores import now
from policies.config import Home, create_home
from policies.decisions import ReleasedPrompt
from policies.errors import RefusedError, UnavailableError, UsageError
from policies.switch import passing

if TYPE_CHECKING:
    from assistant.egress.door import Door
    from policies.detect import Detectors

ROW = "gateway-outside"
SLOWEST = 100.0  # seconds for one sending: whoever handed it over waits a little longer


class Gateway(Leaving):
    """One per home: it holds a lock for its life. Raises UsageError when the settings do not say all it needs."""

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self._homes_key = load_gateway_settings(home).public_key
        self._started = now()
        if self.destination is None:
            raise UsageError("The gateway has no destination.", cure="State [assistant.destination] in its settings.")
        self._lock = _only_one(home)

    def close(self) -> None:
        super().close()
        os.close(self._lock)

    def guard(self) -> None:
        """From here on this process connects to this machine and to the destination, and nowhere else."""
        from assistant.egress.connections import load_connections, switched_on
        from assistant.egress.guard import install_guard

        assert self.destination is not None
        install_guard(switched_on(load_connections(), {ROW: self.destination.base_url}))

    @cached_property
    def detectors(self) -> Detectors:
        """With the gateway's own register of people and numbers, where one was imported into its home."""
        from ingest.index.embedder import Remembering, open_embedder
        from policies.detect import load
        from policies.detect.register.store import Register

        own = Register.of(self.home, self.keys)
        return load(Remembering(open_embedder()), register=own, every_name=self.settings.names == "none")

    @cached_property
    def door(self) -> Door:
        from assistant.egress.connections import load_connections, switched_on
        from assistant.egress.door import Door, file_credential
        from assistant.egress.providers.wire import Limits
        from policies import keys
        from policies.audit.since import time_of
        from policies.decisions import Outside

        there, stated = self.destination, self.settings.destination
        assert there is not None, "looked at when it was made"
        assert stated is not None
        # What left before this process began is on record, also where the clock has been set back since.
        self._started = max(self._started, time_of(self.ledger, self.ledger.head().size - 1))
        self.ledger.recover(lambda _: None)
        return Door(
            destination=there,
            recorder=self.ledger,
            is_on=lambda: self.outside is not Outside.CLOSED,
            verify=lambda message, signature: keys.verify(self._homes_key, message, signature),
            versions=None,
            decide_again=self.decide_again,
            count=lambda _: None,
            depart=lambda event, _: self.ledger.append(event),  # no text: the home's record holds it, sealed
            allowed=switched_on(load_connections(), {ROW: there.base_url}),
            carry=straight(stated),
            credential=file_credential(stated.key_file),
            limits=Limits(total_s=SLOWEST),
            now=now,
            passing=lambda: passing(self.home),
        )

    def decide_again(self, released: ReleasedPrompt) -> None:
        """The second decision, on the exact bytes. Raises RefusedError."""
        from assistant.prompting import OURS
        from policies import decide
        from policies.copies.held import Held

        if released.expires - decide.RELEASE_LASTS <= self._started:
            # Whether it was used before this process began is not known here.
            raise RefusedError("The release was made before the gateway started (REPLAY).", cure="Ask again.")
        grounds = decide.Grounds(
            rulebook=self.rulebook,
            outside=self.outside,
            destination=self.destination,
            detectors=self.detectors,
            copies=Held(()),  # no documents are here that could be repeated
            label_versions=released.label_versions,
            clock=now,
            frames=OURS,
        )
        decide.check_released(released, grounds, public=Public(self._homes_key))


def create_gateway(home: Path | None) -> Gateway:
    """The gateway of a home, made when there is none: folder, keys, and the first record."""
    from policies.audit.events import SiteChanged
    from policies.keys import Keys

    made = create_home(home)
    fresh = not (made.path / "ledger").exists()
    Keys.create(made)
    gateway = Gateway(made)
    if fresh:
        gateway.ledger.append(SiteChanged(what="gateway made", values={"home": made.id}))
    return gateway


def _only_one(home: Home) -> int:
    """What was used is remembered by one process: a second one would let it pass again."""
    lock = os.open(home.store("run", "gateway.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise UnavailableError(f"A gateway runs on {home.path} already.", cure="Stop it first.") from None
    return lock
