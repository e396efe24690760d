"""The Library page's form that says why a person does not find a document: names and rights, never a text.

The house checks who asks, and records it before it answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from assistant.web import labels_text, render, tending_text
from assistant.web.acting import person_of
from assistant.web.base import House
from assistant.web.finding import Step
from assistant.web.relabelling import GONE, Labelling
from policies.errors import RingfenceError
from policies.vocabulary import Person


class FindingForm:
    def __init__(self, house: House) -> None:
        self._finding, self._labels = house.finding, house.labels

    def begin(self, person: Person, document: str) -> dict[str, Any]:
        found = self._labels.stands(person, document)
        if found is None:
            return {"label_said": tending_text.problem(GONE)}
        head = f'<h2>Why is it not found?</h2><p class="soft">{render.escape(found.name)}</p>'
        chosen = Labelling(document=document)
        return {"form": labels_text.FIND, "form_text": head, "who": "", "label_said": "", "labelling": chosen}

    def explain(self, who: str, labelling: Labelling, request: gr.Request) -> dict[str, Any]:
        """Say it, and leave the form open for the next name."""
        name = who.strip()
        if not name:
            return {"label_said": tending_text.problem("Say who does not find it.")}
        try:
            steps = self._finding.why_not(person_of(request), labelling.document, name)
        except RingfenceError as error:
            return {"label_said": tending_text.problem(str(error))}
        return {"label_said": explained(name, steps)}


def explained(name: str, steps: Sequence[Step]) -> str:
    """What came of it first, then each step."""
    found = all(step.holds or step.hint for step in steps)
    words = f"{name} can find it." if found else f"{name} does not find it."
    lines = "".join(f"<li>{_mark(step)} {render.escape(step.said)}</li>" for step in steps)
    return f'<p class="done">{render.escape(words)}</p><ul class="plain">{lines}</ul>'


def _mark(step: Step) -> str:
    return "<b>Yes&#46;</b>" if step.holds else "<b>Note&#46;</b>" if step.hint else "<b>No&#46;</b>"
