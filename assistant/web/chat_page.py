"""The Chat page's components, and which handler each event goes to."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import gradio as gr

from assistant.web.base import SiteFacts
from assistant.web.blocks import Page
from assistant.web.chat import BRINGS_BACK, PLACEHOLDERS, Chat, Talk
from assistant.web.earlier import KINDS


def chat_blocks(chat: Chat, facts: SiteFacts) -> gr.Blocks:
    """Build the page. Nothing in it is anybody's: what a person sees comes with the first event."""
    with Page("Chat") as blocks:
        talk = gr.State(Talk())
        with gr.Row(elem_id="columns", elem_classes="chat"):
            with gr.Column(elem_id="where"):
                new = gr.Button("New conversation", elem_id="new", variant="primary", size="sm")
                listed = markdown("", "list")
            with gr.Column(elem_id="said"):
                told = markdown("", "thread")
                with gr.Row(elem_id="doing"):
                    phase = markdown("", "phase")
                    stop = gr.Button("Stop", elem_id="stop", visible=False, size="sm")
                with gr.Column(elem_id="ask"):
                    kind = gr.Radio(
                        choices=[(KINDS[one], one.value) for one in facts.kinds],
                        value=facts.kinds[0].value,
                        show_label=False,
                        container=False,
                        elem_id="kind",
                    )
                    text = gr.Textbox(
                        placeholder=PLACEHOLDERS[facts.kinds[0]],
                        label="Your question",
                        show_label=False,
                        container=False,
                        lines=1,
                        max_lines=8,
                        elem_id="question",
                    )
                    with gr.Row(elem_id="below"):
                        write = _switch("Write prose (demonstration model)", "write", facts.demonstration)
                        outside = _switch("May go outside", "outside", False)
                        go = gr.Button("Ask", elem_id="go", variant="primary", size="sm")
                    languages = markdown(chat.goes(), "languages", False)
            with gr.Column(elem_id="sources"):
                markdown("<h2>Sources</h2>", "sources-title")
                reading = markdown("", "reading-place")
                sources = markdown("", "sources-list")
        wanted = gr.Textbox(elem_id="wanted", visible="hidden")

        places = {
            "thread": told,
            "phase": phase,
            "text": text,
            "reading": reading,
            "sources": sources,
            "list": listed,
            "talk": talk,
            "kind": kind,
            "stop": stop,
            "go": go,
            "outside": outside,
            "languages": languages,
        }
        on = _Wiring(chat, places)
        asked = {"inputs": [text, kind, write, outside, talk], "outputs": list(places.values())}
        quiet = {"show_progress": "hidden", "api_visibility": "private"}
        gr.on([go.click, text.submit], on.ask, **asked, **quiet, concurrency_limit=64)
        stop.click(chat.stop, None, None, **quiet, queue=True, concurrency_limit=64)
        again = {"inputs": [wanted, talk], "outputs": list(places.values())}
        wanted.submit(on.open, **again, **quiet, concurrency_limit=16, trigger_mode="always_last")
        kind.input(on.choose, [kind], list(places.values()), **quiet, concurrency_limit=16)
        new.click(on.new, [talk], list(places.values()), **quiet, concurrency_limit=16)
        blocks.load(on.load, [talk], list(places.values()), **quiet, concurrency_limit=16)
    blocks.queue(default_concurrency_limit=16, max_size=256, api_open=False)
    return blocks


def markdown(value: str, name: str, visible: bool = True) -> gr.Markdown:
    # No formula delimiters: text between dollar signs is text.
    return gr.Markdown(value, elem_id=name, latex_delimiters=[], sanitize_html=True, container=False, visible=visible)


def _switch(label: str, name: str, visible: bool) -> gr.Checkbox:
    return gr.Checkbox(value=False, label=label, container=False, visible=visible, elem_id=name)


class _Wiring:
    """Puts what a handler says onto the components it names."""

    def __init__(self, chat: Chat, places: dict[str, Any]) -> None:
        self._chat = chat
        self._places = places

    async def ask(
        self, text: str, kind: str, write: bool, outside: bool, talk: Talk, request: gr.Request
    ) -> AsyncGenerator[dict[Any, Any], None]:
        # Closed here at once when the page goes away, not when somebody collects it.
        async with aclosing(self._chat.ask(text, kind, write, outside, talk, request)) as steps:
            async for step in steps:
                yield self._on_page(step)

    def open(self, wanted: str, talk: Talk, request: gr.Request) -> dict[Any, Any]:
        act = self._chat.bring_back if BRINGS_BACK.fullmatch(wanted) else self._chat.open
        return self._on_page(act(wanted, talk, request))

    def choose(self, kind: str) -> dict[Any, Any]:
        return self._on_page(self._chat.choose(kind))

    def new(self, talk: Talk, request: gr.Request) -> dict[Any, Any]:
        return self._on_page(self._chat.open("", talk, request))

    def load(self, talk: Talk, request: gr.Request) -> dict[Any, Any]:
        return self._on_page(self._chat.open("", talk, request))

    def _on_page(self, said: dict[str, Any]) -> dict[Any, Any]:
        updates = {self._places[name]: value for name, value in said.items() if name in self._places}
        if "running" in said:
            updates[self._places["stop"]] = gr.update(visible=said["running"])
            updates[self._places["go"]] = gr.update(interactive=not said["running"])
        if "placeholder" in said:
            typed = {"value": said["text"]} if "text" in said else {}
            updates[self._places["text"]] = gr.update(placeholder=said["placeholder"], **typed)
        if "choice" in said:
            ticked = {"value": said["outside"]} if "outside" in said else {}
            updates[self._places["outside"]] = gr.update(visible=said["choice"], **ticked)
            updates[self._places["languages"]] = gr.update(visible=said["choice"], value=said["goes"])
        if "started" in said:
            updates[self._places["kind"]] = gr.update(interactive=not said["started"], **_value(said))
        return updates or {self._places["phase"]: gr.skip()}


def _value(said: dict[str, Any]) -> dict[str, Any]:
    return {"value": said["kind"].value} if "kind" in said else {}
