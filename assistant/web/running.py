"""A synchronous walk in one thread of its own, for a page that is asynchronous.

The number of threads is bounded: who comes later waits, and nobody holds all places. However a page stops (the button,
a closed tab, an error), the walk's iterator is closed in its own thread, at its next event; closing it cancels down to
the model.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from typing import TypeVar, cast

Item = TypeVar("Item")
EACH = 2  # questions of one person that are answered or wait
_END = object()


class Runner:
    """Runs at most `most` walks at once. One per page, made before the event loop runs."""

    def __init__(self, most: int = 4) -> None:
        self._free = asyncio.Semaphore(most)
        self._stops: dict[str, Callable[[], None]] = {}
        self._owners: dict[str, str] = {}

    @property
    def full(self) -> bool:
        return self._free.locked()

    def running(self, name: str) -> bool:
        return name in self._owners

    def crowded(self, owner: str) -> bool:
        """Whether `owner` has as many walks as one person may."""
        return list(self._owners.values()).count(owner) >= EACH

    @contextlib.contextmanager
    def entered(self, name: str, owner: str) -> Iterator[None]:
        """From here on `name` is running: a second click comes before the walk has begun."""
        self._owners[name] = owner
        try:
            yield
        finally:
            del self._owners[name]

    def stop(self, name: str) -> bool:
        """Ask the walk called `name` to stop, waiting or running; whether there was one. From any thread."""
        stop = self._stops.get(name)
        if stop is not None:
            stop()
        return stop is not None

    async def run(self, name: str, walk: Callable[[], Iterator[Item]]) -> AsyncGenerator[Item, None]:
        """The walk's items as they come. Raises what the walk raises. Ends early when it was asked to stop."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[object] = asyncio.Queue()
        stop, stopped = threading.Event(), asyncio.Event()

        def put(item: object) -> None:
            # The loop may be gone when a server stops in the middle: then nobody waits for the item.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(queue.put_nowait, item)

        def please() -> None:
            stop.set()
            put(_END)
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(stopped.set)

        self._stops[name] = please
        try:
            async with self._place(stopped) as free:
                if free:
                    threading.Thread(target=_walk, args=(walk, put, stop), name="answer", daemon=True).start()
                    while (item := await queue.get()) is not _END:
                        if isinstance(item, BaseException):
                            raise item
                        yield cast(Item, item)
        finally:
            stop.set()
            if self._stops.get(name) is please:
                del self._stops[name]

    @contextlib.asynccontextmanager
    async def _place(self, stopped: asyncio.Event) -> AsyncIterator[bool]:
        """Wait for a place, first come first served; False when the person stopped waiting."""
        place = asyncio.ensure_future(self._free.acquire())
        leave = asyncio.ensure_future(stopped.wait())
        try:
            await asyncio.wait({place, leave}, return_when=asyncio.FIRST_COMPLETED)
            yield not leave.done()
        finally:
            leave.cancel()
            if place.done() and not place.cancelled():
                self._free.release()
            place.cancel()


def _walk(walk: Callable[[], Iterator[Item]], put: Callable[[object], None], stop: threading.Event) -> None:
    try:
        items = walk()
        try:
            for item in items:
                if stop.is_set():
                    break
                put(item)
        finally:
            if (close := getattr(items, "close", None)) is not None:
                close()
    except BaseException as error:  # noqa: BLE001  the thread's border: whatever it was, the page must hear of it
        put(error)
    finally:
        put(_END)
