"""The writing model on an Ollama server that the organisation runs.

Promises: only this machine or a host in the table of connections is spoken to, directly: no proxy, no
redirect. A model whose weights are elsewhere is refused, and so is one whose digest is not the pinned one:
looked up before every answer. The context is always named, because Ollama otherwise picks one and silently
drops what does not fit; the server is asked what it really loaded, and how much of the prompt it read.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Collection, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from assistant.generation.base import GeneratorError
from assistant.models.register import Found, Held, full_name, is_cloud_name
from assistant.prompting import ANSWER_TOKENS, PER_MESSAGE, messages
from policies.vocabulary import Prompt

if TYPE_CHECKING:
    import ssl

    from ollama import Client

HERE = "http://127.0.0.1:11434"
KEEP_ALIVE = "30m"
MOST_BYTES = 12  # of written language in one token, seen over a whole prompt; usually three to eight
UPDATE = "Update Ollama and ask again."
_REPEATED = re.compile(r"(.)\1{2,}", re.DOTALL)
_PIECES = re.compile(r"[A-Za-z]+|\s?[0-9]|\s+|[!-~]|[^\x00-\x7f]+|.", re.DOTALL)


def find_ollama(
    url: str = HERE, *, timeout: float = 0.3, allowed: Collection[str] = (), verify: ssl.SSLContext | bool = True
) -> Found | None:
    """The server at `url`, or None when none answers in time. Costs next to nothing where nothing listens."""
    name, port = _checked(url, allowed)
    try:
        socket.create_connection((name, port), timeout=timeout).close()
        with closing(_connect(url, read=timeout, verify=verify)) as client:
            version = str(_ask(client, "GET", "/api/version")["version"])
            return Found(url=url, version=version, held=_held(client))
    except GeneratorError:
        raise
    except Exception:  # noqa: BLE001  a foreign server's border: whatever goes wrong, no Ollama was found there
        return None


class OllamaGenerator:
    """One model on one server. `context` is the same for every call: another one would reload the model."""

    demonstration = False

    def __init__(
        self,
        *,
        model: str,
        url: str = HERE,
        context: int = 8192,
        pinned: str = "",
        allowed: Collection[str] = (),
        patience: float = 300.0,
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        _checked(url, allowed)
        if is_cloud_name(model):
            raise GeneratorError(f"The model {model} runs on somebody else's servers.", cure="Choose a local model.")
        self.name = model
        self.context = context
        self._pinned = pinned.removeprefix("sha256:").lower()
        self._digest = ""
        self._client = _connect(url, read=patience, verify=verify)

    @property
    def digest(self) -> str:
        """The digest of the model's manifest, as the server states it."""
        self._digest = self._digest or self._look_up().digest
        return self._digest

    def count_tokens(self, text: str) -> int:
        """Ollama cannot be asked to count. This counts more than the tokenizers in use do, up to about three
        times: a token for every third letter of a word, each letter of a code, digit, sign and foreign byte."""
        return sum(_weight(piece) for piece in _PIECES.findall(text))

    def generate(self, prompt: Prompt) -> Iterator[str]:
        chat = messages(prompt)
        counted = sum(self.count_tokens(message["content"]) + PER_MESSAGE for message in chat)
        if counted > self.context:
            raise GeneratorError("The prompt does not fit the writing model.", cure="Ask a shorter question.")
        self._check_model()
        done = False
        try:
            with closing(self._chat(chat)) as parts:
                for n, part in enumerate(parts):
                    if n == 0:
                        self._check_loaded()
                    if part.message.content:
                        yield part.message.content
                    if part.done:
                        done = True
                        self._check_read(part.prompt_eval_count, chat)
        except GeneratorError:
            raise
        except Exception as error:  # the client's border: its errors are many, and all mean the same
            raise _translated(error) from error
        if not done:
            raise GeneratorError("The writing model stopped in the middle.", cure="Ask again.")

    def close(self) -> None:
        self._client.close()  # type: ignore[no-untyped-call]

    def _chat(self, chat: list[dict[str, str]]) -> Any:
        return self._client.chat(
            model=self.name,
            messages=chat,
            stream=True,
            keep_alive=KEEP_ALIVE,
            options={"num_ctx": self.context, "num_predict": ANSWER_TOKENS, "temperature": 0.0, "seed": 1},
        )

    def _look_up(self) -> Held:
        try:
            held = _held(self._client)
        except Exception as error:  # the client's border, as above
            raise _translated(error) from error
        for model in held:
            if full_name(model.name) == full_name(self.name):
                return model
        raise GeneratorError(f"Ollama does not hold the model {self.name}.", cure=f"Run `ollama pull {self.name}`.")

    def _check_model(self) -> None:
        """Local, approved, and large enough. The server is asked, not remembered."""
        model = self._look_up()
        try:
            shown = _ask(self._client, "POST", "/api/show", {"model": self.name})
        except Exception as error:  # the client's border, as above
            raise _translated(error) from error
        if not model.writes or shown.get("remote_host") or shown.get("remote_model"):
            raise GeneratorError(
                f"The model {self.name} runs on somebody else's servers, or does not write.",
                cure="Choose a local model, and start Ollama with OLLAMA_NO_CLOUD=1.",
            )
        if self._pinned and model.digest != self._pinned:
            raise GeneratorError(
                f"The model {self.name} is not the approved one: its digest differs.",
                cure="Fetch the approved model, or approve this one.",
            )
        lengths = [v for k, v in (shown.get("model_info") or {}).items() if k.endswith(".context_length")]
        if any(isinstance(length, int) and length < self.context for length in lengths):
            raise GeneratorError(
                f"The model {self.name} holds fewer than {self.context} tokens.", cure="Set a smaller `context`."
            )
        self._digest = model.digest

    def _check_loaded(self) -> None:
        """What the server loaded, by its own word. A smaller context means that the prompt was cut."""
        for model in self._client.ps().models:
            if full_name(model.model or "") == full_name(self.name) and model.context_length is not None:
                if model.context_length < self.context:
                    raise GeneratorError(
                        f"Ollama loaded {self.name} with a smaller context than was asked for.",
                        cure="Lower `context`, or give the server more memory.",
                    )
                return

    def _check_read(self, read: int | None, chat: list[dict[str, str]]) -> None:
        """How much of the prompt was read. Much less than was sent means that it was cut without a word."""
        if not read:
            raise GeneratorError("Ollama did not say how much of the prompt it read.", cure=UPDATE)
        if not sum(_least(message["content"]) for message in chat) <= read <= self.context:
            raise GeneratorError(
                "Ollama read less of the prompt than was sent: it was cut.", cure="Set a larger `context`."
            )


def _held(client: Client) -> tuple[Held, ...]:
    rows = _ask(client, "GET", "/api/tags")["models"]
    return tuple(
        Held(
            name=str(row.get("model") or row["name"]),
            digest=str(row.get("digest", "")).removeprefix("sha256:"),
            size=int(row.get("size") or 0),
            family=str((row.get("details") or {}).get("family") or ""),
            remote=str(row.get("remote_host") or row.get("remote_model") or ""),
        )
        for row in rows
    )


def _ask(client: Client, method: str, path: str, body: dict[str, str] | None = None) -> Any:
    """Asked in the raw: the client's typed answers drop `remote_host`."""
    return client._request_raw(method, path, json=body).json()  # type: ignore[no-untyped-call]


def _connect(url: str, *, read: float, verify: ssl.SSLContext | bool) -> Client:
    from ollama import Client

    patience = (min(read, 3.0), read, read, read)  # to connect, read, write, and wait for a free connection
    client = Client(host=url, trust_env=False, follow_redirects=False, timeout=patience, verify=verify)
    client._client.headers.pop("authorization", None)  # the client adds $OLLAMA_API_KEY, meant for its cloud
    return client


def _checked(url: str, allowed: Collection[str]) -> tuple[str, int]:
    """The host and port of `url`. Raises GeneratorError unless it is this machine or one of `allowed`, by name."""
    try:
        parts = urlsplit(url)
        name, port = parts.hostname or "", parts.port or 11434
    except ValueError:
        name, port, parts = "", 0, urlsplit("")
    if parts.scheme not in ("http", "https") or not name or parts.username is not None:
        raise GeneratorError("The address of Ollama is malformed.", cure=f"Write it like {HERE}.")
    if not _is_here(name) and name not in allowed:
        raise GeneratorError(
            f"Ollama at {name}:{port} is not on this machine and not in the table of connections.",
            cure="Name the host in `ollama_url`; the table's row `ollama` switches it on.",
        )
    return name, port


def _is_here(name: str) -> bool:
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _least(text: str) -> int:
    """Fewer tokens than any tokenizer in use makes of `text`."""
    return len(_REPEATED.sub(r"\1\1", text).encode()) // MOST_BYTES


def _weight(piece: str) -> int:
    if not piece.isascii():
        return len(piece.encode())
    if piece == " ":
        return 0  # belongs to the word behind it
    if piece[-1].isdigit():
        return len(piece)
    if piece.isspace():
        return -(-len(piece) // 2)
    if piece[1:].islower():
        return -(-len(piece) // 3)
    return (
        -(-len(piece) // 2) if piece.isupper() and len(piece) > 4 else len(piece)
    )  # codes and keys fall into short tokens


def _translated(error: Exception) -> GeneratorError:
    """By its kind alone: a server's message may quote the prompt."""
    if getattr(error, "status_code", 0) == 503:
        return GeneratorError("The writing model is busy.", cure="Ask again in a moment.")
    if getattr(error, "status_code", 0) == 404:
        return GeneratorError("Ollama does not hold the model.", cure="Run `ollama pull` with its name.")
    if isinstance(error, ConnectionError) or "Connect" in type(error).__name__:
        return GeneratorError("Ollama does not answer.", cure="Start it, or correct `ollama_url`.")
    return GeneratorError("The writing model stopped or refused.", cure="Ask again; see Ollama's own log.")
