"""Where readers run: every file in a throw-away process that can reach nothing and is gone afterwards.

A `Sandbox` starts one small fresh interpreter that loads the readers before any thread, model or socket exists,
and asks it to fork a child for each file. The child has limits on memory, time, file size and open files, a
scratch folder of its own, no network and no view of the disk beyond Python's libraries (see `confine`). What comes
back is JSON that is checked field by field: the child has handled hostile bytes and is not trusted.

Scanned pages are recognised by a second such interpreter, started when the first one is met: it holds the models.
Recordings are listened to by a third, where a model is named; it lives as long as one recording takes.
Each worker keeps a Sandbox of its own; one may be shared by threads, who then wait for each other.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

from ingest.errors import Failed, Quarantined
from ingest.readers.base import SCANNED, RawText
from ingest.sandbox import wire
from ingest.sandbox.convert import TARGETS, find_converter
from ingest.sandbox.listening import why_not
from ingest.sandbox.parent import Parent
from ingest.sandbox.verbs import LISTENER
from policies.errors import UnavailableError

MEGABYTE = 1024 * 1024
_LISTENER_STARTS = 600.0  # seconds: a large model on a slow disk


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one file may cost. Memory is counted on top of what the loaded readers hold."""

    bytes: int = 200 * MEGABYTE
    seconds: float = 60.0
    memory: int = 1024 * MEGABYTE
    result: int = 256 * MEGABYTE
    scratch: int = 64 * MEGABYTE
    files: int = 64
    recognised_pages: int = 50
    seconds_per_recognised_page: float = 30.0
    converter_memory: int = 4096 * MEGABYTE
    converter_files: int = 512
    listening_seconds: float = 4 * 3600.0
    listening_memory: int = 4096 * MEGABYTE


DEFAULT_LIMITS = Limits()


class Sandbox:
    """Reads files out of reach. Use as a context manager; `read` starts it when it is not running."""

    def __init__(self, *, converter: str | None = None, whisper: Path | None = None) -> None:
        """`converter`: the program for files from before 2007; looked for on the path when not given, none when
        empty. `whisper`: the folder of the model that listens to recordings; without one they are set aside."""
        self._converter = find_converter() if converter is None else converter
        self._lock = threading.Lock()
        self._readers = Parent("readers")
        self._recogniser = Parent("recogniser")
        self._whisper = "" if why_not(whisper) else str(whisper)
        self._listener = Parent(f"{LISTENER}{self._whisper}", start_seconds=_LISTENER_STARTS)
        self._listening = threading.Lock()

    def __enter__(self) -> Sandbox:
        self._readers.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End all interpreters. A child that is still reading dies with them."""
        with self._lock:
            self._readers.stop()
            self._recogniser.stop()
            self._listener.stop()

    def read(self, data: bytes, name: str, *, limits: Limits = DEFAULT_LIMITS) -> RawText:
        """The text of a file, scanned pages included.

        Raises Quarantined with a reason code when the file breaks its reader or a limit, and
        Failed("INTERRUPTED") when the process was ended from outside: that was no attempt.
        """
        try:
            answer = self._run(self._readers, "read", data, {"name": name}, limits)
        except Quarantined as problem:
            if problem.reason == "RECORDING" and self._whisper:
                return self._hear(data, name, limits)
            if problem.reason not in TARGETS:
                raise
            data = self._convert(data, TARGETS[problem.reason], limits)
            answer = self._run(self._readers, "read", data, {"name": name}, limits)
        raw = wire.decode_raw(answer)
        if not raw.unread_pages or not limits.recognised_pages:
            return raw
        return self._recognise(raw, data, limits)

    def page_image(
        self,
        data: bytes,
        page: int,
        scale: float = 1.5,
        *,
        quotes: Sequence[str] = (),
        limits: Limits = DEFAULT_LIMITS,
    ) -> bytes:
        """One page of a PDF or a picture, counted from 1, as a PNG, with `quotes` marked where they stand on it. Raises
        Quarantined like `read`; NO_PAGE when there is none."""
        asked: dict[str, object] = {"page": page, "scale": scale, "quotes": list(quotes)}
        image = self._look("page_image", data, asked, limits)
        if not image.startswith(b"\x89PNG\r\n\x1a\n"):
            raise Quarantined("DAMAGED")
        return image

    def _look(self, verb: str, data: bytes, asked: dict[str, object], limits: Limits) -> bytes:
        """A page that is a picture is recognised again, to see where its words stand. Whatever becomes of that, the
        page itself is shown."""
        try:
            return self._run(self._readers, verb, data, asked, limits)
        except Quarantined as problem:
            if problem.reason != SCANNED:
                raise
        longer = replace(limits, seconds=limits.seconds + limits.seconds_per_recognised_page)
        try:
            return self._run(self._recogniser, verb, data, asked | {"scanned": True}, longer)
        except Quarantined:
            if verb != "page_image":
                raise
            return self._run(self._readers, verb, data, asked | {"quotes": []}, limits)

    def _convert(self, data: bytes, target: str, limits: Limits) -> bytes:
        """The file as one of today's kind. Raises Quarantined: UNSUPPORTED where no converter is installed."""
        if not self._converter:
            raise Quarantined("UNSUPPORTED")
        more = replace(limits, memory=limits.converter_memory, files=limits.converter_files, scratch=limits.result)
        found = self._run(self._readers, "convert", data, {"program": self._converter, "target": target}, more)
        if not found.startswith(b"PK"):
            raise Quarantined("DAMAGED")  # also: never the same kind again
        return found

    def _hear(self, data: bytes, name: str, limits: Limits) -> RawText:
        """What is said in a recording. The model is loaded for it and let go after it: it may fill the memory. Raises
        Failed("INTERNAL") when it cannot be loaded."""
        longer = replace(limits, seconds=limits.listening_seconds, memory=limits.listening_memory)
        with self._listening:
            try:
                return wire.decode_raw(
                    self._run(self._listener, "hear", data, {"name": name, "model": self._whisper}, longer)
                )
            except UnavailableError as error:
                raise Failed("INTERNAL") from error
            finally:
                self._listener.stop()

    def _recognise(self, raw: RawText, data: bytes, limits: Limits) -> RawText:
        """Fill in the pages that are pictures. Text that was already read is kept whatever happens here."""
        pages = raw.unread_pages[: limits.recognised_pages]
        longer = replace(limits, seconds=limits.seconds + limits.seconds_per_recognised_page * len(pages))
        try:
            answer = self._run(self._recogniser, "recognise", data, {"pages": list(pages)}, longer)
            return wire.with_recognised(raw, answer)
        except Quarantined:
            if any(block.text for block in raw.blocks):
                return raw
            raise

    def _run(self, parent: Parent, verb: str, data: bytes, arguments: dict[str, object], limits: Limits) -> bytes:
        """Run one verb in a child of `parent`; the bytes it gave back."""
        if len(data) > limits.bytes:
            raise Quarantined("TOO_LARGE")
        bounds = wire.Bounds(
            seconds=limits.seconds,
            memory=limits.memory,
            result=limits.result,
            scratch=limits.scratch,
            files=limits.files,
        )
        with self._lock:
            outcome, reason, payload = parent.ask(wire.Request(verb=verb, arguments=arguments, bounds=bounds), data)
        if outcome == "ok":
            return payload
        raise (Quarantined if outcome == "quarantined" else Failed)(reason)
