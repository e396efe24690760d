"""The Record page's components, and which handler each event goes to."""

from __future__ import annotations

from typing import Any

import gradio as gr

from assistant.web.audit import ANY_LEVEL, EVERYTHING, LEVELS, WHEN, Audit, Looking
from assistant.web.blocks import Page
from assistant.web.chat_page import markdown


def audit_blocks(audit: Audit) -> gr.Blocks:
    """Build the page. Nothing of the record is in it: it comes with the first event, through the gate."""
    with Page("Record") as blocks:
        looking = gr.State(Looking())
        with gr.Row(elem_id="columns", elem_classes="audit"):
            with gr.Column(elem_id="where"):
                when = _choice("When", list(WHEN), "Last 30 days", "when")
                what = _choice("What happened", [("Everything", EVERYTHING)], EVERYTHING, "what")
                level = _choice("Highest label", list(LEVELS), ANY_LEVEL, "level")
            with gr.Column(elem_id="said"):
                with gr.Row(elem_id="facts"):
                    strip = markdown("", "strip")
                    check = gr.Button("Verify now", elem_id="verify", size="sm")
                table = markdown("", "table")
                more = gr.Button("Older", elem_id="more", size="sm", visible=False)
            with gr.Column(elem_id="sources"):
                detail = markdown('<p class="soft">Choose a record on the left.</p>', "detail")
                with gr.Column(visible=False, elem_id="sealed") as sealed:
                    why = gr.Textbox(
                        label="Why do you need to read it?", lines=2, max_lines=4, elem_id="why", container=True
                    )
                    reveal = gr.Button("Reveal, with a reason", elem_id="reveal", size="sm")
                revealed = markdown("", "revealed")
        wanted = gr.Textbox(elem_id="wanted", visible="hidden")

        places = {
            "strip": strip,
            "choices": what,
            "table": table,
            "more": more,
            "detail": detail,
            "sealed": sealed,
            "why": why,
            "revealed": revealed,
            "looking": looking,
        }
        on = _Wiring(audit, places)
        outputs = list(places.values())
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        chosen = [when, what, level, looking]
        gr.on([when.change, what.input, level.change], on.look, chosen, outputs, **quiet)
        more.click(on.older, [looking], outputs, **quiet)
        wanted.submit(on.choose, [wanted, looking], outputs, **quiet, trigger_mode="always_last")
        check.click(on.verify, None, outputs, **quiet, concurrency_limit=1)  # it reads the whole record
        reveal.click(on.reveal, [why, looking], outputs, **quiet)
        blocks.load(on.look, chosen, outputs, **quiet)
    blocks.queue(default_concurrency_limit=8, max_size=64, api_open=False)
    return blocks


def _choice(label: str, choices: list[Any], value: str, name: str) -> gr.Radio:
    return gr.Radio(choices=choices, value=value, label=label, elem_id=name, elem_classes="choice", container=True)


class _Wiring:
    """Puts what a handler says onto the components it names."""

    def __init__(self, audit: Audit, places: dict[str, Any]) -> None:
        self._audit = audit
        self._places = places

    def look(self, when: str, what: str, level: str, looking: Looking, request: gr.Request) -> dict[Any, Any]:
        return self._on_page(self._audit.look(when, what, level, looking, request))

    def older(self, looking: Looking, request: gr.Request) -> dict[Any, Any]:
        return self._on_page(self._audit.older(looking, request))

    def choose(self, wanted: str, looking: Looking, request: gr.Request) -> dict[Any, Any]:
        return self._on_page(self._audit.choose(wanted, looking, request))

    def verify(self, request: gr.Request) -> dict[Any, Any]:
        return self._on_page(self._audit.verify(request))

    def reveal(self, why: str, looking: Looking, request: gr.Request) -> dict[Any, Any]:
        return self._on_page(self._audit.reveal(why, looking, request))

    def _on_page(self, said: dict[str, Any]) -> dict[Any, Any]:
        return {self._places[name]: _update(name, value) for name, value in said.items()}


def _update(name: str, value: Any) -> Any:
    match name:
        case "choices":
            return gr.update(choices=value)
        case "more" | "sealed":
            return gr.update(visible=value)
        case _:
            return value
