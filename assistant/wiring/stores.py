"""The stores of one home and its settings, each opened when it is first used."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING, Any

from assistant.config import AssistantSettings, load_settings, offline_environment
from policies.config import Home
from policies.errors import UnavailableError

if TYPE_CHECKING:
    from assistant.accounts.people import People
    from assistant.conversations import Conversations
    from ingest.config import IngestSettings, NetworkSettings
    from ingest.wiring import Ingest
    from policies.audit.erasing import Erasing
    from policies.audit.events import Event
    from policies.audit.ledger import Ledger
    from policies.keys import Keys


def now() -> int:
    """UTC in microseconds."""
    return time.time_ns() // 1000


class Stores:
    """`serving`: this process keeps the index."""

    def __init__(self, home: Home, *, serving: bool = False) -> None:
        self.home = home
        self.settings: AssistantSettings = load_settings(home)
        self._serving = serving
        offline_environment(home)

    def close(self) -> None:
        """Let go of what was opened, the record last: closing may still have something to say."""
        for name in ("writer", "ingest", "ledger"):
            if name in self.__dict__:
                self.__dict__[name].close()

    @cached_property
    def keys(self) -> Keys:
        from policies.keys import Keys

        return Keys.load(self.home)

    @cached_property
    def ledger(self) -> Ledger:
        from policies.audit.ledger import Ledger

        return Ledger(self.home, self.keys)

    def recover(self) -> None:
        """Close the intents of dead writers: questions as abandoned, sendings as unknown, documents as they are; what
        was to be erased is erased."""
        self.ledger.recover(self._resolve)

    def _resolve(self, intent: dict[str, Any]) -> Event | None:
        if intent["kind"] != "EraseIntended":
            return self.ingest.resolve(intent)
        try:
            return self.erasing.resolve(intent)
        except UnavailableError:  # a store is in use or full: the next one who recovers tries again
            return None

    @cached_property
    def erasing(self) -> Erasing:
        """What erases all that a person wrote."""
        from policies.audit.erasing import Erasing

        return Erasing(
            self.ledger,
            conversations=self.conversations.erase,
            note=lambda subject, intended: self.ingest.erasures.note_person(subject, intended),
            known=lambda: self.conversations.people() | {one.person.id for one in self.people.everyone()},
        )

    @cached_property
    def people(self) -> People:
        from assistant.accounts.people import People

        return People(self.home.store("people", "people.db"), clock=now)

    @cached_property
    def conversations(self) -> Conversations:
        from assistant.conversations import Conversations

        path = self.home.store("conversations", "conversations.db")
        return Conversations(path, derive=self.keys.derive, clock=now)

    @cached_property
    def ingest_settings(self) -> IngestSettings:
        """Read without the catalogue: people, the record and `doctor` must work where it is damaged."""
        from ingest.config import load_settings as load_ingest_settings

        return load_ingest_settings(self.home)

    @cached_property
    def network(self) -> NetworkSettings:
        from ingest.config import load_network

        return load_network(self.home)

    @cached_property
    def ingest(self) -> Ingest:
        from ingest.wiring import open_ingest

        return open_ingest(self.home, self.ledger, self.ingest_settings, server=self._serving)
