"""The Library page's components, and which handler each event goes to."""

from __future__ import annotations

from typing import Any

import gradio as gr

from assistant.web.adding import EMPTY
from assistant.web.blocks import Page
from assistant.web.chat_page import markdown
from assistant.web.labels_text import FIND
from assistant.web.library import LATER, Browsing, LibraryDesk
from assistant.web.library_forms import label_form, source_form
from assistant.web.relabelling import ANSWER, CHANGE, Labelling


def library_blocks(desk: LibraryDesk) -> gr.Blocks:
    """Build the page. No document's name is in it: names come with the first event, through the gate."""
    with Page("Library") as blocks:
        browsing = gr.State(Browsing())
        labelling = gr.State(Labelling())
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
                waiting = markdown("", "waiting")
                sources = markdown("", "saved")
                new, save, leave = source_form()
                aside = markdown("", "aside")
                jobs = markdown("", "jobs")
            with gr.Column(elem_id="sources"):
                label = label_form()
                markdown(
                    '<div id="reading"><p class="soft">Open a document to read it here.</p></div>', "reading-place"
                )
        wanted = gr.Textbox(elem_id="wanted", visible="hidden")
        every = gr.Timer(LATER, active=False)

        places = {
            "summary": summary,
            "said": said,
            "running": running,
            "table": table,
            "more": more,
            "waiting": waiting,
            "sources": sources,
            "aside": aside,
            "jobs": jobs,
            "every": every,
            "browsing": browsing,
            "labelling": labelling,
            **new,
            **label,
        }
        on = _Wiring(desk, places)
        outputs = list(places.values())
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        gr.on([text.submit, text.input], on.look, [text, browsing], outputs, **quiet, trigger_mode="always_last")
        more.click(on.following, [browsing], outputs, **quiet)
        wanted.submit(on.act, [wanted, browsing], outputs, **quiet, trigger_mode="always_last")
        every.tick(on.tick, [browsing], outputs, **quiet)
        new["add"].click(on.begin_adding, None, outputs, **quiet)
        save.click(on.save, [browsing, *(new[name] for name in EMPTY)], outputs, **quiet)
        leave.click(on.leave_adding, None, outputs, **quiet)
        answer = [label["why"], labelling, browsing]
        label["change"].click(on.change, [label["level"], label["categories"], *answer], outputs, **quiet)
        label["agree"].click(on.agree, answer, outputs, **quiet)
        label["decline"].click(on.decline, answer, outputs, **quiet)
        found = [label["who"], labelling]
        gr.on([label["explain"].click, label["who"].submit], on.explain, found, outputs, **quiet)
        label["leave"].click(on.leave_label, None, outputs, **quiet)
        blocks.load(on.load, [text, browsing], outputs, **quiet)
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

    def load(self, text: str, browsing: Browsing, request: gr.Request) -> dict[Any, Any]:
        return self._on_page(self._desk.load(text, browsing, request))

    def begin_adding(self, request: gr.Request) -> dict[Any, Any]:
        return self._on_page(self._desk.adding.begin(request))

    def save(self, browsing: Browsing, request: gr.Request, *asked: Any) -> dict[Any, Any]:
        return self._on_page(self._desk.save(browsing, request, *asked))

    def leave_adding(self) -> dict[Any, Any]:
        return self._on_page(self._desk.adding.leave())

    def change(
        self, level: str, categories: list[str], why: str, labelling: Labelling, browsing: Browsing, request: gr.Request
    ) -> dict[Any, Any]:
        return self._relabelled(self._desk.labels.change(level, categories, why, labelling, request), browsing, request)

    def agree(self, why: str, labelling: Labelling, browsing: Browsing, request: gr.Request) -> dict[Any, Any]:
        return self._relabelled(self._desk.labels.agree(why, labelling, request), browsing, request)

    def decline(self, why: str, labelling: Labelling, browsing: Browsing, request: gr.Request) -> dict[Any, Any]:
        return self._relabelled(self._desk.labels.decline(why, labelling, request), browsing, request)

    def explain(self, who: str, labelling: Labelling, request: gr.Request) -> dict[Any, Any]:
        return self._on_page(self._desk.finding.explain(who, labelling, request))

    def leave_label(self) -> dict[Any, Any]:
        return self._on_page(self._desk.labels.leave())

    def _relabelled(self, done: dict[str, Any], browsing: Browsing, request: gr.Request) -> dict[Any, Any]:
        return self._on_page(self._desk.relabelled(done, browsing, request))

    def _on_page(self, said: dict[str, Any]) -> dict[Any, Any]:
        updates = {self._places[name]: _update(name, value) for name, value in said.items()}
        if "fields" in said:
            updates[self._places["save"]] = gr.update(visible=said["fields"])
        if "form" in said:
            for name, wanted in BY_FORM.items():
                updates[self._places[name]] = _seen(said["form"] in wanted, said, name)
        return updates


# Which of the form's places stand there when a label is changed, when a request is answered, when it is not found.
BY_FORM = {
    "level": (CHANGE,),
    "categories": (CHANGE,),
    "why": (CHANGE, ANSWER),
    "who": (FIND,),
    "explain": (FIND,),
    "change": (CHANGE,),
    "agree": (ANSWER,),
    "decline": (ANSWER,),
}


def _seen(visible: bool, said: dict[str, Any], name: str) -> Any:
    return gr.update(visible=visible, value=said[name]) if name in said else gr.update(visible=visible)


def _update(name: str, value: Any) -> Any:
    match name:
        case "more" | "add" | "adding" | "fields":
            return gr.update(visible=value)
        case "form":
            return gr.update(visible=bool(value))
        case "every":
            return gr.update(value=value or LATER, active=bool(value))
        case _:
            return value
