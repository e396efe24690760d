"""Ollama through its real client, against a stand-in that says in its docstring what it is."""

from __future__ import annotations

import socket
import time

import pytest
from fakes import make_passage, make_prompt, make_question
from ollama_stand_in import DIGEST, Manner, OllamaStandIn

from assistant.generation.base import GeneratorError
from assistant.generation.embedded import EmbeddedGenerator
from assistant.generation.ollama import OllamaGenerator, find_ollama
from assistant.models.register import Found, Held, UseEmbedded, UseOllama, choose, is_cloud_name
from policies.errors import UnavailableError
from policies.labels import PUBLIC
from policies.vocabulary import Turn

SECRET = "Xylophone-4711"
CONTEXT = 2048


@pytest.fixture(scope="module")
def model():
    packaged = EmbeddedGenerator(context=4096, threads=1)
    yield packaged
    packaged.close()


@pytest.fixture
def server(model):
    with OllamaStandIn(model) as running:
        yield running


def prompt(text=f"Why is {SECRET} blue?", repeated=2, **given):
    return make_prompt(make_question(text, **given), [make_passage("The per diem is 40 euro per day. " * repeated)])


def make(server, **given):
    return OllamaGenerator(**({"model": "smollm2:135m", "url": server.url, "context": CONTEXT, "patience": 20} | given))


def test_it_streams_with_the_context_and_the_keep_alive_named(server):
    """Every chat names num_ctx, and the digest is the server's."""
    generator = make(server, pinned=f"sha256:{DIGEST}")
    pieces = list(generator.generate(prompt()))
    assert len(pieces) > 3
    (chat,) = [body for path, body, _ in server.asked if path == "/api/chat"]
    assert chat["options"]["num_ctx"] == CONTEXT
    assert chat["keep_alive"] == "30m"
    assert generator.digest == DIGEST
    assert not generator.demonstration
    generator.close()


def keep(stream, pieces):
    """Like a face does: what came before the error stays."""
    for piece in stream:
        pieces.append(piece)


REFUSED_BEFORE = {
    "a model that runs in the cloud": (Manner(remote_host="https://ollama.com:443"), "somebody else's servers"),
    "a cloud model that only /api/show tells": (
        Manner(remote_host="https://ollama.com:443", remote_in_show_only=True), "somebody else's servers"),
    "another digest than the pinned one": (Manner(digest="cd" * 32), "not the approved one"),
    "a model too small for the context": (Manner(longest=1024), "holds fewer than"),
    "a model that is not there": (Manner(name="other:latest"), "does not hold"),
    "a redirect": (Manner(redirects_to="http://127.0.0.1:9"), "stopped or refused"),
}  # fmt: skip


@pytest.mark.parametrize("story", REFUSED_BEFORE)
def test_what_is_unsafe_is_refused_before_the_prompt_is_sent(model, story):
    """The server is asked before each answer; the prompt never reaches it."""
    manner, words = REFUSED_BEFORE[story]
    with OllamaStandIn(model, manner) as server, pytest.raises(GeneratorError, match=words):
        list(make(server, pinned=DIGEST).generate(prompt()))
    assert SECRET not in str(server.asked)


FAULTS = {
    "busy": (Manner(busy=True), "busy", 0),
    "dies in the middle": (Manner(dies_after=2), "stopped", 2),
    "an error in the middle": (Manner(errs_after=2), "stopped", 2),
    "ends without a last line": (Manner(ends_early=True), "stopped in the middle", None),
    "loads a smaller context, told at once": (Manner(loads_at_most=512), "smaller context", 0),
    "cuts the prompt without a word": (Manner(cuts_to=20), "it was cut", None),
    "an older server that does not count": (Manner(counts=False), "did not say", None),
}


@pytest.mark.parametrize("story", FAULTS)
def test_faults_are_errors_after_what_was_written(model, story):
    """What was yielded stays; then GeneratorError, whose words do not quote the prompt."""
    manner, words, written = FAULTS[story]
    pieces = []
    with OllamaStandIn(model, manner) as server, pytest.raises(GeneratorError, match=words) as failed:
        keep(make(server).generate(prompt(repeated=60 if manner.cuts_to < CONTEXT else 2)), pieces)
    assert written is None or len(pieces) == written
    assert SECRET not in str(failed.value)


def test_an_older_server_without_a_loaded_length_still_answers(model):
    """Then only the count of what was read is checked."""
    with OllamaStandIn(model, Manner(hides_loaded=True)) as server:
        assert list(make(server).generate(prompt()))


def test_dropped_history_is_noticed(model):
    """The server drops the oldest turns in silence: much less was read than was sent."""
    turns = tuple(Turn(role="user", text="The sky is grey today and it rains. " * 12, label=PUBLIC) for _ in range(6))
    cutting = OllamaStandIn(model, Manner(cuts_to=200, hides_loaded=True))
    with cutting as server, pytest.raises(GeneratorError, match="it was cut"):
        list(make(server).generate(prompt(history=turns)))


def test_closing_the_iterator_stops_the_server(server):
    """The connection is closed, and the model behind it stops writing."""
    stream = make(server).generate(prompt("Tell a very long story about a bank."))
    next(stream)
    stream.close()
    time.sleep(0.5)
    written = server.pieces
    time.sleep(0.3)
    assert server.pieces == written < 16


def test_neither_proxies_nor_an_api_key_of_the_environment_are_used(server, monkeypatch):
    """The client would send $OLLAMA_API_KEY, which is meant for its cloud."""
    monkeypatch.setenv("OLLAMA_API_KEY", "sk-cloud")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert list(make(server).generate(prompt()))
    assert not [headers for _, _, headers in server.asked if "authorization" in headers]


@pytest.mark.parametrize(
    "url",
    ["http://ollama.example.com:11434", "http://10.0.0.5:11434", "file:///x", "http://u:p@127.0.0.1", "http://a:b"],
)
def test_only_this_machine_and_hosts_of_the_table_are_spoken_to(url):
    """Refused when it is made, before a connection."""
    with pytest.raises(GeneratorError):
        OllamaGenerator(model="m", url=url)
    assert OllamaGenerator(model="m", url="http://ollama:11434", allowed={"ollama"})


def test_finding_says_what_is_held_and_costs_little_where_nothing_listens(server):
    """Within 300 ms, without an error."""
    assert find_ollama(server.url) == Found(
        url=server.url,
        version="0.30.1",
        held=(Held(name="smollm2:135m", digest=DIGEST, size=91_000_000, family="llama"),),
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert find_ollama(f"http://127.0.0.1:{free.getsockname()[1]}") is None


def test_something_else_on_the_port_is_not_an_ollama():
    """A server that accepts and says nothing is given up after the time."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        assert find_ollama(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.1) is None


TEXTS = [
    "The borrower repays within 30 days unless § 4 applies.",
    "IBAN DE89 3704 0044 0532 0130 00",
    "def f(x):\n\treturn x",
    "La période d'essai est de trois mois.",
    "本契約は東京都で締結された。",
    "Договор вступает в силу",
    "AKIA7Q2ZP9XKw8Lm0s==",
    "INTERNATIONAL MONETARY FUND",
    "https://intranet.example/a/b?c=1&d=%20",
]


@pytest.mark.parametrize("text", TEXTS)
def test_the_count_is_never_too_few_and_at_most_about_three_times(model, text):
    """Against a real tokenizer, over many kinds of text."""
    counted, real = OllamaGenerator(model="m").count_tokens(text), model.count_tokens(text)
    assert real <= counted <= 3 * real + 2


def test_a_prompt_beyond_the_context_is_refused_before_it_is_sent(server):
    """Instead of being cut by the server."""
    with pytest.raises(GeneratorError, match="does not fit"):
        list(make(server, context=1024).generate(prompt("word " * 3000)))
    assert not server.asked


def found(*names, **given):
    return Found(url="http://127.0.0.1:11434", version="1", held=tuple(Held(name=n, digest="", **given) for n in names))


def pick(engine="auto", url="", model="", seen=None):
    return choose(engine=engine, url=url, model=model, digest="", found=seen)


def test_configured_before_found_before_packaged():
    """And what runs elsewhere, or only embeds, is never chosen."""
    assert pick() == UseEmbedded()
    assert pick(engine="embedded", seen=found("llama3.2:3b")) == UseEmbedded()
    assert pick(seen=found("gpt-oss:120b-cloud", "llama3.2:3b")).model == "llama3.2:3b"
    assert pick(seen=found("big:cloud")) == UseEmbedded()
    assert pick(seen=found("m", remote="https://ollama.com")) == UseEmbedded()
    assert pick(seen=found("nomic-embed", family="nomic-bert")) == UseEmbedded()
    assert pick(model="llama3.2", seen=found("llama3.2:latest")).model == "llama3.2"
    assert pick(model="llama3.2", seen=found("other:1b")) == UseEmbedded()
    assert pick(url="http://ollama:11434", model="m", seen=None) == UseOllama(
        url="http://ollama:11434", model="m", digest=""
    )
    with pytest.raises(UnavailableError, match="ollama_model"):
        pick(engine="ollama")


@pytest.mark.parametrize(
    ("name", "cloud"), [("a:cloud", True), ("x/y:120b-cloud", True), ("cloud:7b", False), ("a", False)]
)
def test_a_cloud_model_is_known_by_its_tag(name, cloud):
    """Also refused by name alone."""
    assert is_cloud_name(name) is cloud
    if cloud:
        with pytest.raises(GeneratorError, match="local model"):
            OllamaGenerator(model=name)
