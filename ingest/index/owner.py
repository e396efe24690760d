"""The index, for every process of one home: whoever holds the lock keeps it, the others ask the holder.

What is promised: at any time at most one process has the index open; a query is answered by whoever that is; when the
owner dies, the next who needs the index takes it over and first brings it up to the catalogue. A process made with
`prefer_owner` (a server) asks the holder to yield, which it does at its next batch border. Every wait has an end and a
message.

`fill` brings an index up to the catalogue and `latest` says how far that is: this file knows no catalogue.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ingest.errors import IndexUnavailable
from ingest.index.base import Hit, Index, Point, Query
from ingest.index.channel import Listener, Message, NoOwner, OwnerLock, ask
from ingest.index.wire import VERBS, Verb, pack_query, pointed, queried, unpack_hits, unpack_points, unpack_query
from policies.errors import RingfenceError

_log = logging.getLogger(__name__)

Stop = Callable[[], bool]
Fill = Callable[[Index, Stop], int]

SOCKET = "index.sock"
TICK = 0.05
"""How often the owner looks at the feed when nobody pokes it."""
REST = 0.5
"""How long it leaves the feed after it has written, unless it is poked: each writing to the disk holds up every thread
of the process, and one of many chunks takes hardly longer than one of few."""
PATIENCE = 30.0
"""How long a query waits for an index that is being filled, or for an owner that is going."""
ANSWER = 10.0
GRACE = 2.0
"""After yielding: how long the lock is left to the one who asked for it."""


class _Yielding(Exception):
    """The index is on its way to another process."""


class SharedIndex:
    """Ask it like an index. Owns the index when it must, asks the owner when it can."""

    def __init__(
        self,
        home: Path,
        *,
        open_index: Callable[[], Index],
        fill: Fill,
        latest: Callable[[], int],
        discard: Callable[[], None] | None = None,
        prefer_owner: bool = False,
        patience: float = PATIENCE,
        embedding: Callable[[], str] = str,
        superseded: Callable[[], bool] = lambda: False,
        successor: Callable[[], SharedIndex | None] = lambda: None,
        grown: Callable[[], object] = lambda: None,
    ) -> None:
        """`embedding`: digest of the model that makes the queries' vectors; an owner whose vectors are of another
        refuses them. `superseded`: whether another index answers now; then this one lets go, and its `successor` is
        asked, or none where the vectors are of another model: that is refused.
        `grown` is called, again and again, while a faster index is due: it does not wait for one."""
        self._embedding, self._superseded, self._successor = embedding, superseded, successor
        self._open_index, self._fill, self._latest = open_index, fill, latest
        self._prefer_owner, self._patience = prefer_owner, patience
        self._discard, self._grown = discard, grown
        self._run = home / "run"
        self._lock = OwnerLock(home / "index" / "owner.lock")
        self._state = threading.Condition()
        self._index: Index | None = None
        self._using = 0
        self._yielded_at = float("-inf")
        self._listener: Listener | None = None
        self._projector: threading.Thread | None = None
        self._wake, self._stop = threading.Event(), threading.Event()
        self._ready, self._renew = threading.Event(), threading.Event()
        self._failure: RingfenceError | None = None
        self._closed = False
        self._looks = 0  # whether to stop, one before each part that is written: while it grows, the index does

    # What callers do.

    def query(self, query: Query) -> list[Hit]:
        """Best first. What was committed before the index was taken over is in it; what is committed later is within
        two seconds."""
        message = {"do": "query", "embedding": self._embedding(), **pack_query(query)}
        return unpack_hits(self._somewhere(message, queried(query)))

    def count(self) -> int:
        return int(self._somewhere({"do": "count"}, VERBS["count"])["value"])

    def cursor(self) -> int:
        return int(self._somewhere({"do": "cursor"}, VERBS["cursor"])["value"])

    def ids(self) -> frozenset[str]:
        return frozenset(self._somewhere({"do": "ids"}, VERBS["ids"])["value"])

    def points(self, after: str = "", limit: int = 1000) -> tuple[list[Point], str]:
        """See `Index.points`."""
        message = {"do": "points", "after": after, "limit": limit}
        return unpack_points(self._somewhere(message, pointed(after, limit)))

    def poke(self) -> None:
        """Something was committed: see to it that somebody looks. Does not wait until it is searchable."""
        if self._index is not None:
            self._wake.set()
            return
        try:
            ask(self._run, SOCKET, {"do": "poke"}, seconds=1.0)
        except NoOwner:
            if time.monotonic() - self._yielded_at > GRACE:
                self._take_over()
        except IndexUnavailable:  # busy: it looks at the feed by itself
            _log.warning("the owner of the index did not answer a poke")

    def settle(self, *, seconds: float = PATIENCE) -> None:
        """Wait until all that is committed now is in the index, however long that takes, as long as it comes nearer:
        gives up when nothing was written for `seconds`."""
        target, before, end = self._latest(), None, time.monotonic() + seconds
        while True:
            reached = self._somewhere({"do": "poke"}, None)
            if reached["upto"] >= target:
                return
            if reached != before:
                before, end = reached, time.monotonic() + seconds
            elif time.monotonic() > end:
                raise self._failure or self._behind()
            time.sleep(0.01)

    def rebuild(self) -> None:
        """Have the index emptied and filled again from the catalogue, by whoever owns it. `settle` waits for it."""
        try:
            self._take_over()
        except IndexUnavailable:
            if self._discard is None or not self._lock.acquire():
                raise
            self._discard()
            self._take_over()
            return
        self._somewhere({"do": "rebuild"}, None)

    def own(self) -> bool:
        """Become the owner now, if it can be had. A server calls this when it starts."""
        if self._take_over() or not self._prefer_owner:
            return self._lock.held
        with suppress(NoOwner):
            ask(self._run, SOCKET, {"do": "yield"}, seconds=ANSWER)
        end = time.monotonic() + 5
        while not self._take_over() and time.monotonic() < end:
            time.sleep(0.01)
        return self._lock.held

    @property
    def owner(self) -> bool:
        return self._index is not None

    def close(self) -> None:
        """Let go of the index. Another process may take it at once."""
        self._closed = True
        self._let_go()

    # Here or there.

    def _somewhere(self, message: Message, here: Verb | None) -> Message:
        end = time.monotonic() + self._patience
        while True:
            if self._superseded():
                return self._elsewhere(message, here)
            with self._borrowed() as index, suppress(_Yielding):
                if index is not None:
                    self._await_ready(end, wanted=here is not None)
                    return self._answer_here(index, message, here)
            try:
                answer = ask(self._run, SOCKET, message, seconds=self._patience + ANSWER)
                if "error" in answer:
                    raise IndexUnavailable(str(answer["error"]))
                if "gone" not in answer:
                    return answer
            except NoOwner:
                if time.monotonic() - self._yielded_at > GRACE and self._take_over():
                    continue
            if time.monotonic() > end:
                raise IndexUnavailable(
                    f"The process that owns the index (number {self._lock.holder()}) does not answer.",
                    cure="End it and try again.",
                )
            time.sleep(0.01)

    def _elsewhere(self, message: Message, here: Verb | None) -> Message:
        """Another index answers now: let go of this one, and ask that one."""
        self._let_go()
        successor = self._successor()
        if successor is None:
            raise IndexUnavailable("Another index has taken the place of this one.", cure="Ask again.")
        return successor._somewhere(message, here)

    def _answer_here(self, index: Index, message: Message, here: Verb | None) -> Message:
        if here is not None:
            return here(index)
        if message["do"] == "rebuild":
            with self._state:
                self._renew.set()
                self._ready.clear()
        elif self._failure is not None and not self._ready.is_set():
            raise self._failure
        self._wake.set()
        return {"upto": index.cursor() if self._ready.is_set() else -1, "looks": self._looks}

    def _await_ready(self, end: float, *, wanted: bool, elsewhere: bool = False) -> None:
        while wanted and not self._ready.wait(timeout=TICK):
            if self._failure is not None:
                raise self._failure
            if self._stop.is_set() and (elsewhere or not self._closed):  # whoever has the index next answers
                raise _Yielding
            if self._stop.is_set() or time.monotonic() > end:
                raise self._behind()

    def _behind(self) -> IndexUnavailable:
        index = self._index
        done = index.cursor() if index is not None else 0
        return IndexUnavailable(
            f"The index is being filled from the catalogue: {done} of {self._latest()} changes are in it.",
            cure="Try again in a moment.",
        )

    # Owning.

    def _take_over(self) -> bool:
        with self._state:
            if self._index is not None:
                return True
            if self._closed or self._superseded() or not self._lock.acquire():
                return False
            try:
                self._start()
            except BaseException:
                self._lock.release()
                raise
            return True

    def _start(self) -> None:
        for event in (self._wake, self._stop, self._ready):
            event.clear()
        self._failure = None
        index = self._open_index()
        try:
            self._listener = Listener(self._run, SOCKET, self._answer)
        except BaseException:
            index.close()
            raise
        self._index = index
        self._projector = threading.Thread(target=self._project, args=(index,), name="index-projector", daemon=True)
        self._projector.start()

    def _project(self, index: Index) -> None:
        pause = TICK
        while not self._stop.is_set():
            try:
                if self._superseded():
                    threading.Thread(target=self._let_go, name="index-superseded", daemon=True).start()
                    return
                if self._renew.is_set():
                    index.clear()
                    self._renew.clear()
                if new := index.cursor() != self._latest():
                    self._fill(index, self._is_stopping)
                with self._state:
                    if index.cursor() >= self._latest() and not (self._stop.is_set() or self._renew.is_set()):
                        self._ready.set()
                if index.due():
                    self._grown()
                self._failure, pause = None, REST if new else TICK
            except RingfenceError as error:  # a full disk, a catalogue being restored: say so, try again
                _log.warning("the index could not be brought up to date: %s", type(error).__name__)
                self._failure, pause = error, 1.0
            self._wake.wait(timeout=pause)
            self._wake.clear()

    def _is_stopping(self) -> bool:
        self._looks += 1
        return self._stop.is_set()

    def _let_go(self) -> None:
        """Stop at the next batch border, wait for running queries, close, unlock: in this order."""
        self._stop.set()
        self._wake.set()
        with self._state:
            index, listener, projector = self._index, self._listener, self._projector
            self._index = self._listener = self._projector = None
            if index is None:
                return
            self._state.wait_for(lambda: self._using == 0, timeout=5)
        if projector is not None and projector is not threading.current_thread():
            projector.join(timeout=30)
        if listener is not None:
            listener.close()
        index.close()
        self._lock.release()

    @contextmanager
    def _borrowed(self) -> Iterator[Index | None]:
        """The index, kept open meanwhile; None when another process has it."""
        with self._state:
            index = self._index
            if index is not None:
                self._using += 1
        try:
            yield index
        finally:
            if index is not None:
                with self._state:
                    self._using -= 1
                    self._state.notify_all()

    def _answer(self, message: Message) -> Message:
        """What the owner says to a process that asks."""
        try:
            if self._superseded():
                return {"gone": True}
            if message["do"] == "query" and message.get("embedding", "") != self._embedding():
                return {"error": "The question was embedded with another model than the documents. Ask again."}
            match message["do"]:
                case "yield":
                    return self._asked_to_yield()
                case "poke" | "rebuild":
                    return self._for_other(message, None)
                case "query":
                    return self._for_other(message, queried(unpack_query(message)))
                case "points":
                    return self._for_other(message, pointed(str(message["after"]), int(message["limit"])))
                case verb if verb in VERBS:
                    return self._for_other(message, VERBS[verb])
                case _:
                    return {"error": "The owner of the index is another version and does not know this request."}
        except RingfenceError as error:
            return {"error": str(error)}

    def _for_other(self, message: Message, here: Verb | None) -> Message:
        with self._borrowed() as index:
            if index is None:
                return {"gone": True}
            try:
                self._await_ready(time.monotonic() + self._patience, wanted=here is not None, elsewhere=True)
            except _Yielding:
                return {"gone": True}
            return self._answer_here(index, message, here)

    def _asked_to_yield(self) -> Message:
        if self._prefer_owner:
            return {"yielded": False}
        self._yielded_at = time.monotonic()
        threading.Thread(target=self._let_go, name="index-yield", daemon=True).start()
        return {"yielded": True}
