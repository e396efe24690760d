"""The Library page's handlers for labels: change one, and be the second person. The house decides and records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from assistant.web import labels_text, tending_text
from assistant.web.acting import person_of
from assistant.web.base import House
from assistant.web.labels import Labels
from policies.errors import RingfenceError
from policies.vocabulary import Person

CHANGE, ANSWER, NOTHING = "change", "answer", ""
GONE = "This document is not here any more."


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelling:
    """Which document's label one page session has in hand."""

    document: str = ""


class LabelForm:
    """What stands in the form is a wish; nothing is done before its button is pressed."""

    def __init__(self, house: House) -> None:
        self._labels: Labels = house.labels

    def waiting(self, person: Person) -> dict[str, Any]:
        """What waits for a second person; looking is recorded."""
        try:
            return {"waiting": labels_text.waiting(self._labels.waiting(person))}
        except RingfenceError as error:
            return {"waiting": tending_text.problem(str(error))}

    def begin_change(self, person: Person, document: str) -> dict[str, Any]:
        found = self._labels.stands(person, document)
        if found is None or found.waits:
            return _said(tending_text.problem(GONE if found is None else "A request waits for it already."))
        return {
            "form": CHANGE,
            "form_text": labels_text.changing(found),
            "level": str(found.label.level),
            "categories": sorted(found.label.categories),
            "why": "",
            "label_said": "",
            "labelling": Labelling(document=document),
        }

    def begin_answer(self, person: Person, document: str) -> dict[str, Any]:
        """Open the reason, which is recorded, and show it with what was asked for."""
        try:
            found = self._labels.stands(person, document)
            if found is None or found.waits is None:
                return _said(tending_text.problem("Nothing waits for this document."))
            text = labels_text.answering(found.waits, self._labels.reason(person, document))
        except RingfenceError as error:
            return _said(tending_text.problem(str(error)))
        wish = Labelling(document=document)
        return {"form": ANSWER, "form_text": text, "why": "", "label_said": "", "labelling": wish}

    def change(
        self, level: str, categories: list[str], why: str, labelling: Labelling, request: gr.Request
    ) -> dict[str, Any]:
        person = person_of(request)
        if not why.strip():
            return {"label_said": tending_text.problem("Say in a few words why.")}
        try:
            done = self._labels.change(
                person, labelling.document, level=level, categories=categories, reason=why.strip()
            )
        except RingfenceError as error:
            return {"label_said": tending_text.problem(str(error))}
        return _said(labels_text.changed(done)) | self.waiting(person)

    def agree(self, why: str, labelling: Labelling, request: gr.Request) -> dict[str, Any]:
        person = person_of(request)
        try:
            label = self._labels.agree(person, labelling.document, reason=why.strip())
        except RingfenceError as error:
            return {"label_said": tending_text.problem(str(error))}
        return _said(labels_text.lowered(labelling.document, label)) | self.waiting(person)

    def decline(self, why: str, labelling: Labelling, request: gr.Request) -> dict[str, Any]:
        person = person_of(request)
        try:
            self._labels.decline(person, labelling.document, reason=why.strip())
        except RingfenceError as error:
            return {"label_said": tending_text.problem(str(error))}
        return _said(labels_text.done(labelling.document, labels_text.DECLINED)) | self.waiting(person)

    def leave(self) -> dict[str, Any]:
        """Put the form away."""
        return _said("")


def _said(markup: str) -> dict[str, Any]:
    return {"form": NOTHING, "label_said": markup, "labelling": Labelling()}
