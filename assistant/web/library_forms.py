"""The forms of the Library page: a new source, a document's label, why somebody does not find it. They hold no data."""

from __future__ import annotations

from typing import Any

import gradio as gr

from assistant.web.adding import EMPTY, NONE
from assistant.web.chat_page import markdown
from policies.labels import Category, Level

LEVELS = [(str(level).capitalize(), str(level)) for level in Level]
CATEGORIES = [(str(category).capitalize(), str(category)) for category in Category]
ORIGINALS = [
    ("Keep a copy of each file", "keep"),
    ("Keep none, read the file again where it lies", "reference"),
    ("Keep pictures of its pages only", "pages"),
]


def source_form() -> tuple[dict[str, Any], gr.Button, gr.Button]:
    """The places of the form by name, the button that saves and the one that puts the form away."""
    places: dict[str, Any] = {"add": gr.Button("Add a source", elem_id="add", size="sm", visible=False)}
    with gr.Column(visible=False, elem_id="adding", elem_classes="asked") as places["adding"]:
        places["adding_text"] = markdown("", "adding-text")
        with gr.Column(elem_classes="fields") as places["fields"]:
            places["new_name"] = gr.Textbox(
                label="Name", info="Small letters, digits, dots and dashes.", max_length=64, elem_id="new-name"
            )
            places["new_folder"] = gr.Textbox(
                label="Folder on the server", info="The whole path, from the slash on.", elem_id="new-folder"
            )
            places["new_groups"] = gr.Textbox(
                label="Who reads",
                info="Groups with commas between. Leave it empty where a manifest names them.",
                elem_id="new-groups",
            )
            places["new_owner"] = gr.Textbox(label="Who answers for it", info="Whom to ask. Nothing is decided by it.")
            levels = [("None named", NONE), *LEVELS]
            places["new_level"] = gr.Radio(levels, value=NONE, label="The least that its files are")
            places["new_categories"] = gr.CheckboxGroup(CATEGORIES, label="And they hold")
            places["new_originals"] = gr.Radio(ORIGINALS, value=EMPTY["new_originals"], label="What is kept of a file")
        places["adding_said"] = markdown("", "adding-said")
        with gr.Row(elem_classes="buttons"):
            places["save"] = gr.Button("Save the source", elem_id="save-source", variant="primary", size="sm")
            leave = gr.Button("Close", elem_id="leave-source", size="sm")
    return places, places["save"], leave


def label_form() -> dict[str, Any]:
    """The places of the form by name, its buttons among them."""
    places: dict[str, Any] = {"label_said": markdown("", "label-said")}
    with gr.Column(visible=False, elem_id="labelling", elem_classes="asked") as places["form"]:
        places["form_text"] = markdown("", "labelling-text")
        places["level"] = gr.Radio(LEVELS, label="Level")
        places["categories"] = gr.CheckboxGroup(CATEGORIES, label="It holds")
        places["why"] = gr.Textbox(label="Why, for the record", lines=2, max_lines=4, elem_id="why")
        places["who"] = gr.Textbox(label="Who does not find it?", info="The name they sign in by.", elem_id="who")
        with gr.Row(elem_classes="buttons"):
            places["explain"] = gr.Button("Say why", elem_id="explain", variant="primary", size="sm")
            places["change"] = gr.Button("Change the label", elem_id="change-label", variant="primary", size="sm")
            places["agree"] = gr.Button("Agree", elem_id="agree-label", variant="primary", size="sm")
            places["decline"] = gr.Button("Decline", elem_id="decline-label", size="sm")
            places["leave"] = gr.Button("Close", elem_id="leave-label", size="sm")
    return places
