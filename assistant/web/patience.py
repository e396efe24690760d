"""How often somebody may try a password: a few failures per name and per address, then a pause."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable

FAILURES = 5
ADDRESS_FAILURES = 30
WINDOW = 300.0
KEYS = 10_000


class Patience:
    """Counts failures in a sliding window. `clock` gives seconds. Safe in any thread."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failed: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, name: str, address: str) -> int:
        """Seconds until this name may be tried from this address. 0: now, and this try counts as a failure until it
        has succeeded; so many at once are no more than one after the other. An address of "" is nobody's own."""
        keys = _keys(name, address)
        with self._lock:
            if left := max(self._left(key, most) for key, most in keys):
                return left
            for key, _ in keys:
                self._failed.setdefault(key, deque(maxlen=ADDRESS_FAILURES)).append(self._clock())
                self._failed.move_to_end(key)
            while len(self._failed) > KEYS:
                self._failed.popitem(last=False)
            return 0

    def succeeded(self, name: str, address: str) -> None:
        with self._lock:
            self._failed.pop(("name", name.casefold()), None)
            if times := self._failed.get(("address", address)):
                times.pop()

    def _left(self, key: tuple[str, str], most: int) -> int:
        times = self._failed.get(key)
        if not times:
            return 0
        now = self._clock()
        while times and times[0] <= now - WINDOW:
            times.popleft()
        return int(times[-most] + WINDOW - now) + 1 if len(times) >= most else 0


def _keys(name: str, address: str) -> list[tuple[tuple[str, str], int]]:
    """What counts this try, and how many failures each allows."""
    keys = [(("name", name.casefold()), FAILURES)]
    return [*keys, (("address", address), ADDRESS_FAILURES)] if address else keys
