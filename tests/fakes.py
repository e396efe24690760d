"""Fakes that obey the real base classes and speak real protocols. For closed providers and for faults, nothing else."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from assistant.egress.connections import Host
from assistant.egress.door import Door
from assistant.generation.base import Generator, GeneratorError
from policies.audit.events import Content, Event, Recorder
from policies.decisions import Destination, ReleasedPrompt
from policies.errors import RecordError
from policies.labels import PUBLIC, Label
from policies.vocabulary import Chunk, Document, Kind, Passage, Person, Prompt, Question, SourceRef


class ScriptedGenerator(Generator):
    """Yields what it was given. `dies_after` pieces it raises, as a model that dies does; `delay` seconds lie between
    two pieces. `prompts` holds what it was asked, `closed_early` counts answers that were given up."""

    digest = "5c" * 32

    def __init__(
        self,
        pieces: Sequence[str],
        *,
        name: str = "scripted",
        dies_after: int | None = None,
        delay: float = 0.0,
        demonstration: bool = False,
        context: int = 8192,
    ) -> None:
        self.name = name
        self.demonstration = demonstration
        self.context = context
        self.prompts: list[Prompt] = []
        self.closed_early = 0
        self.closed = False
        self._pieces = tuple(pieces)
        self._dies_after = dies_after
        self._delay = delay

    def count_tokens(self, text: str) -> int:
        return len(text.encode())

    def generate(self, prompt: Prompt) -> Iterator[str]:
        self.prompts.append(prompt)
        finished = False
        try:
            for n, piece in enumerate(self._pieces):
                if n == self._dies_after:
                    finished = True
                    raise GeneratorError("The writing model stopped in the middle.", cure="Ask again.")
                time.sleep(self._delay)
                yield piece
            finished = True
        finally:
            self.closed_early += not finished

    def close(self) -> None:
        self.closed = True


class ListRecorder(Recorder):
    """Keeps events in a list. With `fails_at`, the append of that index (from 0) cannot be made durable."""

    def __init__(self, *, fails_at: int | None = None) -> None:
        self.events: list[Event] = []
        self.contents: list[dict[str, Content]] = []
        self._fails_at = fails_at
        self._lock = threading.Lock()

    def append(self, event: Event, contents: Mapping[str, Content] | None = None) -> int:
        with self._lock:
            if len(self.events) == self._fails_at:
                raise RecordError("The record cannot be written.", cure="Free some space.")
            self.events.append(event)
            self.contents.append(dict(contents or {}))
            return len(self.events) - 1


class ShutDoor(Door):
    """A door that must stay shut: the default in tests. Sending through it fails the test."""

    def __init__(self, destination: Destination | None = None) -> None:
        target = destination or make_destination("http://127.0.0.1:9/v1")
        super().__init__(
            destination=target,
            recorder=ListRecorder(),
            is_on=lambda: False,
            verify=lambda _message, _signature: False,
            versions=lambda: "",
            decide_again=lambda _released: None,
            count=lambda _released: None,
            allowed=(),
            credential=lambda: "",
        )

    def send(
        self, released: ReleasedPrompt, *, question: int, decision: int, actor: str = "system",
        holds: Callable[[], bool] = lambda: True,
    ) -> str:  # fmt: skip
        raise AssertionError("something tried to leave through a door that must stay shut")


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request, as its bytes came in."""

    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes


@dataclass(slots=True, kw_only=True)
class Manner:
    """How the recording server behaves: one field per fault."""

    text: str = "Paris is the capital of France."
    status: int = 200
    raw: bytes | None = None  # instead of a well-formed answer
    location: str = ""  # a redirect
    delay: float = 0.0
    drip: float = 0.0  # seconds between single bytes
    stall: float = 0.0  # seconds between headers that never end
    hang_up: bool = False  # in the middle of the answer
    headers: dict[str, str] = field(default_factory=dict)


class RecordingServer:
    """An OpenAI-compatible server on loopback that keeps the exact bytes of every request."""

    def __init__(self, manner: Manner | None = None) -> None:
        self.manner = manner or Manner()
        self.received: list[Received] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def host(self) -> Host:
        return Host("127.0.0.1", self.port)

    def __enter__(self) -> RecordingServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                server.received.append(Received(method="POST", path=self.path, headers=headers, body=body))
                server._answer(self)

            def do_GET(self) -> None:
                server.received.append(Received(method="GET", path=self.path, headers={}, body=b""))
                server._answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                return None

        return Handler

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        manner = self.manner
        time.sleep(manner.delay)
        body = manner.raw if manner.raw is not None else completion(manner.text)
        try:
            handler.send_response(manner.status)
            for name, value in ({"Content-Type": "application/json"} | manner.headers).items():
                handler.send_header(name, value)
            if manner.location:
                handler.send_header("Location", manner.location)
            while manner.stall:
                handler.send_header("X-More", "x")
                handler.flush_headers()
                time.sleep(manner.stall)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            if manner.hang_up:
                handler.wfile.write(body[: len(body) // 2])
                return
            for start in range(0, len(body), 1 if manner.drip else len(body)):
                handler.wfile.write(body[start : start + (1 if manner.drip else len(body))])
                handler.wfile.flush()
                time.sleep(manner.drip)
        except OSError:
            return  # the caller hung up, as it may


def completion(text: str) -> bytes:
    """A chat completion as providers answer it."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return json.dumps({"id": "c-1", "object": "chat.completion", "choices": [choice]}).encode()


# -- words, made short ---------------------------------------------------------------------------------


def make_destination(base_url: str, *, ceiling: Label = PUBLIC, host: str = "127.0.0.1") -> Destination:
    return Destination(id="outside-model", host=host, base_url=base_url, model="big-model", ceiling=ceiling)


def make_person(name: str = "Ada", **given: Any) -> Person:
    return Person(id=f"person-{name.lower()}", name=name, **given)


def make_passage(
    text: str, *, rank: int = 1, title: str = "Travel policy", label: Label = PUBLIC, **given: Any
) -> Passage:
    """A passage of a document of its own, with ids that follow from its text and title."""
    ref = SourceRef(source="files", path=f"{title}.md")
    heading = tuple(given.pop("heading", ("Per diem",)))
    page = given.pop("page", 1)
    document = Document(
        id=ref.document,
        version="ab" * 32,
        source=ref,
        title=title,
        media_type="text/markdown",
        label=label,
        groups=frozenset({"everyone"}),
        **given,
    )
    chunk = Chunk(
        id=Chunk.make_id(document.id, document.version, "test", rank),
        document=document.id,
        version=document.version,
        ordinal=rank,
        text=text,
        page=page,
        heading=heading,
        start=0,
        end=len(text),
        label=label,
    )
    return Passage(chunk=chunk, document=document, rank=rank, score=1.0 / rank)


def make_question(text: str = "What is the per diem?", **given: Any) -> Question:
    return Question(text=text, person=given.pop("person", make_person()), **given)


def make_prompt(question: Question | None = None, passages: Sequence[Passage] = ()) -> Prompt:
    from assistant.prompting import build_prompt

    asked = question or make_question("What is the capital of France?", kind=Kind.GENERAL)
    return build_prompt(asked, passages, budget=1 << 20, count_tokens=len)
