"""What tests of deciding share: one loaded set of detectors, a key, a request as the door would make it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assistant.prompting import SYSTEM as OURS
from policies import decide, detect, rulebook
from policies.copies.base import Repeat
from policies.decide import Grounds
from policies.decisions import Decision, Destination, Outgoing, Outside
from policies.labels import PUBLIC, Label, join
from policies.vocabulary import Kind, Meaning, Passage, Person, Prompt, Question, Turn

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
ELSEWHERE = Destination(id="lab", host="lab.invalid", base_url="https://lab.invalid/v1", model="gpt-x", ceiling=PUBLIC)
SYSTEM = "Answer briefly. You are a helpful assistant."


@cache
def meaning() -> Meaning:
    """The packaged embedding model."""
    from ingest.index.embedder import open_embedder

    return open_embedder()


def embed(texts: Sequence[str]) -> Any:
    """Its vectors."""
    return meaning().embed_documents(texts)


@cache
def detectors(*, every_name: bool = False) -> detect.Detectors:
    return detect.load(meaning(), every_name=every_name)


@cache
def rules() -> rulebook.Rulebook:
    return rulebook.load()


def asked(text: str, *, passages: tuple[Passage, ...] = (), history: tuple[Turn, ...] = (), **more: Any) -> Prompt:
    """A prompt for a general question that somebody allowed to go outside."""
    person = more.pop("person", Person(id="p1", name="N", groups=frozenset({"staff"})))
    question = Question(
        text=text, person=person, kind=more.pop("kind", Kind.GENERAL), history=history,
        allow_outside=more.pop("allow_outside", True), conversation_label=more.pop("conversation_label", PUBLIC),
    )  # fmt: skip
    label = join([question.conversation_label, *(p.chunk.label for p in passages), *(t.label for t in history)])
    return Prompt(system=SYSTEM, question=question, history=history, passages=passages, label=label)


def serialised(prompt: Prompt, **more: Any) -> Outgoing:
    """The request as an OpenAI-compatible destination takes it."""
    messages = [{"role": "system", "content": prompt.system}]
    messages += [{"role": turn.role, "content": turn.text} for turn in prompt.history]
    quoted = "".join(f"Passage {n}:\n> {passage.chunk.text}\n" for n, passage in enumerate(prompt.passages, 1))
    messages.append({"role": "user", "content": quoted + prompt.question.text})
    body = {"model": "gpt-x", "messages": messages, "temperature": 0, **more}
    return Outgoing(
        method="POST", url="https://lab.invalid/v1/chat/completions",
        headers=(("content-type", "application/json"),), body=json.dumps(body).encode(),
    )  # fmt: skip


class NothingKept:
    """A house without documents that must stay: nothing can be repeated."""

    def repeats(self, texts: Sequence[str], ceiling: Label) -> Sequence[Repeat]:
        return ()


def grounds(*, clock: Callable[[], int], **more: Any) -> Grounds:
    """A site whose ladder stands at *general* unless told otherwise."""
    stated: dict[str, Any] = {
        "rulebook": rules(), "outside": Outside.GENERAL, "destination": ELSEWHERE, "detectors": detectors(),
        "copies": NothingKept(), "clock": clock, "label_versions": "1",
        "frames": frozenset({SYSTEM, *OURS.values()}), **more,
    }  # fmt: skip
    return Grounds(**stated)


def route(prompt: Prompt, outgoing: Outgoing | None = None, *, clock: Callable[[], int], **more: Any) -> Decision:
    """`decide.route` on `grounds`."""
    key = more.pop("key", KEY.sign)
    return decide.route(prompt, outgoing or serialised(prompt), grounds(clock=clock, **more), key=key)


def labelled(level: str) -> Label:
    from policies.labels import parse_level

    return Label(level=parse_level(level))
