"""The components of the page "What may leave", and which handler each event goes to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from assistant.web.blocks import Page
from assistant.web.chat_page import markdown
from assistant.web.policy import Choosing, PolicyDesk


def policy_blocks(desk: PolicyDesk) -> gr.Blocks:
    """Build the page. Nothing in it says how it stands: that comes with the first event, through the gate."""
    with Page("What may leave") as blocks:
        choosing = gr.State(Choosing())
        with gr.Row(elem_id="columns", elem_classes="policy"), gr.Column(elem_id="leaving"):
            with gr.Row(elem_id="switch"):
                standing = markdown("", "standing")
                stop = gr.Button("Stop sending", elem_id="stop-sending", visible=False, size="sm")
                start = gr.Button("Start again", elem_id="start-sending", visible=False, size="sm")
            said = markdown("", "switch-said")
            waiting = markdown("", "waiting")
            detail = markdown("", "waiting-detail")
            with gr.Column(visible=False, elem_id="reading-it") as asking:
                why = gr.Textbox(
                    label="Why do you need to read it?", lines=2, max_lines=4, elem_id="why", container=True
                )
                read = gr.Button("Show the exact text", elem_id="read-it", size="sm")
            agree = gr.Button(
                "Agree that exactly this may leave", elem_id="agree", visible=False, variant="primary", size="sm"
            )
            facts = markdown("", "leaving-facts")
        wanted = gr.Textbox(elem_id="wanted", visible="hidden")

        places = {
            "standing": standing,
            "stop": stop,
            "start": start,
            "said": said,
            "waiting": waiting,
            "detail": detail,
            "asking": asking,
            "why": why,
            "agreeing": agree,
            "facts": facts,
            "choosing": choosing,
        }
        on = _Wiring(desk, places)
        outputs = list(places.values())
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        # Never behind anybody else's event: stopping has no limit of its own.
        stop.click(on.stop, None, outputs, **quiet, concurrency_limit=None)
        start.click(on.start, None, outputs, **quiet)
        wanted.submit(on.choose, [wanted, choosing], outputs, **quiet, trigger_mode="always_last")
        read.click(on.read, [why, choosing], outputs, **quiet)
        agree.click(on.agree, [choosing], outputs, **quiet)
        blocks.load(on.look, None, outputs, **quiet)
    blocks.queue(default_concurrency_limit=8, max_size=256, api_open=False)
    return blocks


class _Wiring:
    """Puts what a handler says onto the components it names."""

    def __init__(self, desk: PolicyDesk, places: dict[str, Any]) -> None:
        self._desk = desk
        self._places = places

    def look(self, request: gr.Request) -> dict[Any, Any]:
        return self._on_page(self._desk.look(request))

    def stop(self, request: gr.Request) -> Iterator[dict[Any, Any]]:
        for said in self._desk.stop(request):
            yield self._on_page(said)

    def start(self, request: gr.Request) -> dict[Any, Any]:
        return self._on_page(self._desk.start(request))

    def choose(self, wanted: str, choosing: Choosing) -> dict[Any, Any]:
        return self._on_page(self._desk.choose(wanted, choosing))

    def read(self, why: str, choosing: Choosing, request: gr.Request) -> dict[Any, Any]:
        return self._on_page(self._desk.read(why, choosing, request))

    def agree(self, choosing: Choosing, request: gr.Request) -> dict[Any, Any]:
        return self._on_page(self._desk.agree(choosing, request))

    def _on_page(self, said: dict[str, Any]) -> dict[Any, Any]:
        return {self._places[name]: _update(name, value) for name, value in said.items()}


def _update(name: str, value: Any) -> Any:
    match name:
        case "stop" | "asking" | "agreeing":
            return gr.update(visible=value)
        case "start":
            return gr.update(visible=bool(value), value=value or "Start again")
        case _:
            return value
