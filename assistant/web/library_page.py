"""The Library page's components, and which handler each event goes to."""

from __future__ import annotations

from typing import Any

import gradio as gr

from assistant.web.chat_page import markdown
from assistant.web.library import Browsing, LibraryDesk


def library_blocks(desk: LibraryDesk) -> gr.Blocks:
    """Build the page. No document's name is in it: names come with the first event, through the gate."""
    with gr.Blocks(title="Library · Ringfence", analytics_enabled=False, fill_height=True) as blocks:
        browsing = gr.State(Browsing())
        with gr.Row(elem_id="columns", elem_classes="library"):
            with gr.Column(elem_id="said"):
                with gr.Row(elem_id="facts"):
                    summary = markdown("", "summary")
                    text = gr.Textbox(
                        placeholder="A name, company, kind or period",
                        label="Find a document",
                        show_label=False,
                        container=False,
                        elem_id="find",
                    )
                table = markdown("", "table")
                more = gr.Button("More", elem_id="more", size="sm", visible=False)
                aside = markdown("", "aside")
                jobs = markdown("", "jobs")
            with gr.Column(elem_id="sources"):
                markdown(
                    '<div id="reading"><p class="soft">Open a document to read it here.</p></div>', "reading-place"
                )
        places = {"summary": summary, "table": table, "more": more, "aside": aside, "jobs": jobs, "browsing": browsing}
        outputs = list(places.values())

        def look(text: str, browsing: Browsing, request: gr.Request) -> dict[Any, Any]:
            return _on_page(places, desk.look(text, browsing, request))

        def following(browsing: Browsing, request: gr.Request) -> dict[Any, Any]:
            return _on_page(places, desk.following(browsing, request))

        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        gr.on([text.submit, text.input], look, [text, browsing], outputs, **quiet, trigger_mode="always_last")
        more.click(following, [browsing], outputs, **quiet)
        blocks.load(look, [text, browsing], outputs, **quiet)
    blocks.queue(default_concurrency_limit=8, max_size=64, api_open=False)
    return blocks


def _on_page(places: dict[str, Any], said: dict[str, Any]) -> dict[Any, Any]:
    return {
        places[name]: gr.update(visible=value) if name == "more" else value
        for name, value in said.items()
        if name in places
    }
