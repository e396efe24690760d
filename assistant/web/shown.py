"""What a page has shown to whom, so that a click names it by a ticket and carries no id and no text.

A ticket works for the person it was made for, in this process, for a while. It opens nothing by itself: the house
checks the person's rights again at every opening.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass

MOST = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A page of a document, and what to mark on it."""

    document: str
    page: int
    quotes: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()


class Shown:
    """Tickets by person. The same place has the same ticket, so that markup made twice is the same."""

    def __init__(self, most: int = MOST) -> None:
        self._secret = secrets.token_bytes(32)
        self._places: OrderedDict[str, tuple[str, Place]] = OrderedDict()
        self._most = most
        self._lock = threading.Lock()

    def ticket(self, person: str, place: Place) -> str:
        ticket = hashlib.blake2s(repr((person, place)).encode(), key=self._secret, digest_size=12).hexdigest()
        with self._lock:
            self._places[ticket] = (person, place)
            self._places.move_to_end(ticket)
            while len(self._places) > self._most:
                self._places.popitem(last=False)
        return ticket

    def place(self, person: str, ticket: str) -> Place | None:
        """None for a ticket that is unknown, too old or somebody else's."""
        with self._lock:
            owner, place = self._places.get(ticket, ("", None))
        return place if owner == person else None
