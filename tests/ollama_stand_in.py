"""A stand-in for an Ollama server: its protocol in front of the packaged model. It is not Ollama.

The real `ollama` client talks to it, and a real small model answers. Ollama itself is in none of the package
registries these tests may use, so it was not run here. What was taken from Ollama's documentation and public
issue threads, and could be wrong in detail:

- the routes and fields of /api/version, /api/tags, /api/show, /api/ps and /api/chat; NDJSON streaming whose last
  line has `done: true` and `prompt_eval_count`;
- `remote_host` and `remote_model` in /api/tags and /api/show for a model that runs in the cloud;
- without enough room, /api/chat drops the oldest messages except the system's and the last, and says nothing;
- status 503 when the queue is full, 404 for an unknown model, `{"error": …}` as a line in the middle of a stream;
- `context_length` in /api/ps is what was loaded.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from assistant.generation.embedded import EmbeddedGenerator

DIGEST = "ba" * 32


@dataclass(slots=True, kw_only=True)
class Manner:
    """How the stand-in behaves: one field per fault."""

    name: str = "smollm2:135m"
    digest: str = DIGEST
    remote_host: str = ""
    remote_in_show_only: bool = False
    longest: int = 8192  # the model's own context
    loads_at_most: int = 1 << 20  # a server that gives less than was asked for
    hides_loaded: bool = False  # an older server, whose /api/ps has no context_length
    cuts_to: int = 1 << 20  # tokens; a server that does not honour num_ctx
    counts: bool = True  # an older server leaves prompt_eval_count out
    busy: bool = False
    dies_after: int | None = None  # pieces; the connection is closed
    errs_after: int | None = None  # pieces; a line {"error": …}
    ends_early: bool = False  # no last line
    redirects_to: str = ""


class OllamaStandIn:
    """Serves on loopback while the `with` lasts. `asked` holds (path, body, headers) of every request."""

    def __init__(self, model: EmbeddedGenerator, manner: Manner | None = None) -> None:
        self.manner = manner or Manner()
        self.asked: list[tuple[str, dict[str, Any], dict[str, str]]] = []
        self.pieces = 0  # written in all answers
        self._model = model
        self._loaded: dict[str, int] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> OllamaStandIn:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._take({})

            def do_POST(self) -> None:
                self._take(json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}"))

            def _take(self, body: dict[str, Any]) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                stand_in.asked.append((self.path, body, headers))
                if stand_in.manner.redirects_to:
                    self.send_response(307)
                    self.send_header("Location", stand_in.manner.redirects_to + self.path)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                try:
                    stand_in._answer(self, body)
                except OSError:
                    return  # the caller hung up

            def log_message(self, format: str, *args: Any) -> None:
                return None

        return Handler

    def _answer(self, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        answers: dict[str, Callable[[], dict[str, Any]]] = {
            "/api/version": lambda: {"version": "0.30.1"},
            "/api/tags": self._tags,
            "/api/show": self._show,
            "/api/ps": self._ps,
        }
        if handler.path == "/api/chat":
            self._chat(handler, body)
        elif handler.path not in answers:
            _reply(handler, 404, {"error": "not found"})
        elif handler.path == "/api/show" and body.get("model") != self.manner.name:
            _reply(handler, 404, {"error": f"model '{body.get('model')}' not found"})
        else:
            _reply(handler, 200, answers[handler.path]())

    def _tags(self) -> dict[str, Any]:
        manner = self.manner
        model: dict[str, Any] = {
            "name": manner.name,
            "model": manner.name,
            "modified_at": "2026-01-01T00:00:00Z",
            "size": 91_000_000,
            "digest": manner.digest,
            "details": {"family": "llama", "format": "gguf"},
        }
        if manner.remote_host and not manner.remote_in_show_only:
            model |= {"remote_host": manner.remote_host, "remote_model": manner.name}
        return {"models": [model]}

    def _show(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "details": {"family": "llama"},
            "model_info": {"general.architecture": "llama", "llama.context_length": self.manner.longest},
            "capabilities": ["completion"],
        }
        return shown | ({"remote_host": self.manner.remote_host} if self.manner.remote_host else {})

    def _ps(self) -> dict[str, Any]:
        rows = [
            {"name": name, "model": name, "digest": self.manner.digest}
            | ({} if self.manner.hides_loaded else {"context_length": min(length, self.manner.loads_at_most)})
            for name, length in self._loaded.items()
        ]
        return {"models": rows}

    def _chat(self, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        manner = self.manner
        if manner.busy:
            _reply(handler, 503, {"error": "server busy, please try again. maximum pending requests exceeded"})
            return
        options = body.get("options") or {}
        asked = int(options.get("num_ctx") or 4096)
        self._loaded[body["model"]] = asked
        chat = self._cut(body["messages"], min(asked, manner.cuts_to, manner.loads_at_most))
        handler.send_response(200)
        handler.send_header("Content-Type", "application/x-ndjson")
        handler.end_headers()
        self._stream(handler, chat, options)

    def _cut(self, chat: list[dict[str, str]], room: int) -> list[dict[str, str]]:
        """The oldest go first; the system's message and the last one stay, and the last is cut in the end."""
        kept = list(chat)
        while len(kept) > 2 and self._count(kept) > room:
            del kept[1]
        while self._count(kept) > room and len(kept[-1]["content"]) > 1:
            kept[-1] = kept[-1] | {"content": kept[-1]["content"][len(kept[-1]["content"]) // 8 + 1 :]}
        return kept

    def _count(self, chat: list[dict[str, str]]) -> int:
        return sum(self._model.count_tokens(message["content"]) + 5 for message in chat)

    def _stream(self, handler: BaseHTTPRequestHandler, chat: list[dict[str, str]], options: dict[str, Any]) -> None:
        manner, sent, counted = self.manner, 0, 0

        def line(fields: dict[str, Any]) -> None:
            stamped = {"model": manner.name, "created_at": "2026-01-01T00:00:00Z"} | fields
            handler.wfile.write(json.dumps(stamped).encode() + b"\n")
            handler.wfile.flush()

        def take(raw: str) -> bool:
            nonlocal sent, counted
            event = json.loads(raw)
            counted = (event.get("usage") or {}).get("prompt_tokens", counted)
            for text in [choice["delta"].get("content") for choice in event.get("choices", [])]:
                if not text:
                    continue
                if sent in (manner.dies_after, manner.errs_after):
                    return True
                try:
                    line({"message": {"role": "assistant", "content": text}, "done": False})
                except OSError:
                    return True  # the caller hung up: the model stops
                sent += 1
                self.pieces += 1
            return False

        request = {
            "messages": chat,
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": options.get("temperature", 0.8),
            "max_tokens": min(options.get("num_predict", 16), 16),
        }
        self._model._load().server.handle_chat_completions(json.dumps(request), take)
        if sent == manner.errs_after:
            line({"error": "llama runner process has terminated: the prompt was …"})
        if sent in (manner.dies_after, manner.errs_after) or manner.ends_early:
            return
        last = {
            "message": {"role": "assistant", "content": ""},
            "done": True,
            "done_reason": "stop",
            "eval_count": sent,
        }
        line(last | ({"prompt_eval_count": counted} if manner.counts else {}))


def _reply(handler: BaseHTTPRequestHandler, status: int, answer: dict[str, Any]) -> None:
    body = json.dumps(answer).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
