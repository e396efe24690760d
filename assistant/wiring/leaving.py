"""What may leave by a home's own settings, rules and switch: the same for the process that asks and for the gateway."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from assistant.wiring.stores import Stores
from policies.decisions import Destination, Outside
from policies.labels import Label, parse_level
from policies.switch import stopped

if TYPE_CHECKING:
    from assistant.config import DestinationSettings
    from assistant.egress.door import Carry
    from policies.rulebook import Rulebook


class Leaving(Stores):
    """Rules, ladder and destination of one home."""

    @cached_property
    def rulebook(self) -> Rulebook:
        from policies.home_rules import load_home

        return load_home(self.home.path)

    @property
    def outside(self) -> Outside:
        """The ladder's step that counts now: closed as soon as the switch is off."""
        return Outside.CLOSED if stopped(self.home) else Outside(self.settings.outside)

    @cached_property
    def destination(self) -> Destination | None:
        stated = self.settings.destination
        if stated is None:
            return None
        from assistant.egress.connections import Host

        return Destination(
            id=stated.id,
            host=Host.of_url(stated.base_url).name,
            base_url=stated.base_url,
            model=stated.model,
            ceiling=Label(level=parse_level(stated.level)),
            pseudonymised=stated.pseudonymised,
        )


def straight(stated: DestinationSettings) -> Carry:
    """The way to the destination itself."""
    from functools import partial

    from assistant.egress.providers.openai_compatible import transmit
    from ingest.config import trust

    return partial(transmit, verify=trust(stated.ca_file))


class Public:
    """An Ed25519 public key as `decide` asks for it."""

    def __init__(self, public: bytes) -> None:
        self._public = public

    def verify(self, signature: bytes, data: bytes) -> None:
        from policies import keys

        if not keys.verify(self._public, data, signature):
            raise ValueError("signature")
