"""The Library page's components, and which handler each event goes to."""

from __future__ import annotations

from typing import Any

import gradio as gr

from assistant.web.chat_page import markdown
from assistant.web.library import LATER, Browsing, LibraryDesk


def library_blocks(desk: LibraryDesk) -> gr.Blocks:
    """Build the page. No document's name is in it: names come with the first event, through the gate."""
    with gr.Blocks(title="Library · Ringfence", analytics_enabled=False, fill_height=True) as blocks:
        browsing = gr.State(Browsing())
        with gr.Row(elem_id="columns", elem_classes="library"):
            with gr.Column(elem_id="said"):
                with gr.Row(elem_id="facts"):
                    summary = markdown("", "summary")
                    text = gr.Textbox(
                        placeholder="Name, company or kind",
                        label="Find a document",
                        show_label=False,
                        container=False,
                        elem_id="find",
                    )
                said = markdown("", "library-said")
                running = markdown("", "running")
                table = markdown("", "table")
                more = gr.Button("More", elem_id="more", size="sm", visible=False)
                sources = markdown("", "saved")
                aside = markdown("", "aside")
                jobs = markdown("", "jobs")
            with gr.Column(elem_id="sources"):
                markdown(
                    '<div id="reading"><p class="soft">Open a document to read it here.</p></div>', "reading-place"
                )
        wanted = gr.Textbox(elem_id="wanted", visible="hidden")
        opened = gr.Button("Open", elem_id="opened", visible="hidden")
        every = gr.Timer(LATER, active=False)

        places = {
            "summary": summary,
            "said": said,
            "running": running,
            "table": table,
            "more": more,
            "sources": sources,
            "aside": aside,
            "jobs": jobs,
            "every": every,
            "browsing": browsing,
        }
        on = _Wiring(desk, places)
        outputs = list(places.values())
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        gr.on([text.submit, text.input], on.look, [text, browsing], outputs, **quiet, trigger_mode="always_last")
        more.click(on.following, [browsing], outputs, **quiet)
        opened.click(on.act, [wanted, browsing], outputs, **quiet)
        every.tick(on.tick, [browsing], outputs, **quiet)
        blocks.load(on.look, [text, browsing], outputs, **quiet)
    blocks.queue(default_concurrency_limit=8, max_size=64, api_open=False)
    return blocks


class _Wiring:
    """Puts what a handler says onto the components it names."""

    def __init__(self, desk: LibraryDesk, places: dict[str, Any]) -> None:
        self._desk = desk
        self._places = places

    def look(self, text: str, browsing: Browsing, request: gr.Request) -> dict[Any, Any]:
        return self._on_page(self._desk.look(text, browsing, request))

    def following(self, browsing: Browsing, request: gr.Request) -> dict[Any, Any]:
        return self._on_page(self._desk.following(browsing, request))

    def act(self, wanted: str, browsing: Browsing, request: gr.Request) -> dict[Any, Any]:
        return self._on_page(self._desk.act(wanted, browsing, request))

    def tick(self, browsing: Browsing, request: gr.Request) -> dict[Any, Any]:
        return self._on_page(self._desk.tick(browsing, request))

    def _on_page(self, said: dict[str, Any]) -> dict[Any, Any]:
        return {self._places[name]: _update(name, value) for name, value in said.items()}


def _update(name: str, value: Any) -> Any:
    match name:
        case "more":
            return gr.update(visible=value)
        case "every":
            return gr.update(value=value or LATER, active=bool(value))
        case _:
            return value
