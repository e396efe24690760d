"""The Library page's handlers for adding a source. The house checks what is asked for and records it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gradio as gr

from assistant.web import tending_text
from assistant.web.acting import person_of
from assistant.web.base import House
from assistant.web.tending import NewSource
from policies.errors import RingfenceError

NONE = "none"  # no level is named
EMPTY: dict[str, Any] = {
    "new_name": "",
    "new_folder": "",
    "new_groups": "",
    "new_owner": "",
    "new_level": NONE,
    "new_categories": [],
    "new_originals": "keep",
}


class AddingDesk:
    def __init__(self, house: House) -> None:
        self._tending = house.tending

    def begin(self, request: gr.Request) -> dict[str, Any]:
        """The form, or how adding is allowed where it is not."""
        try:
            roots = self._tending.roots(person_of(request))
        except RingfenceError as error:
            return {"said": tending_text.problem(str(error))}
        return EMPTY | {"adding": True, "adding_text": tending_text.where_to_add(roots), "fields": bool(roots)}

    def save(self, asked: Mapping[str, Any], request: gr.Request) -> dict[str, Any]:
        """Save what was `asked` for by the names of `EMPTY`, or say what is wrong and leave it all as it was typed."""
        level = str(asked["new_level"])
        new = NewSource(
            name=asked["new_name"],
            folder=asked["new_folder"],
            owner=asked["new_owner"],
            groups=tuple(group.strip() for group in asked["new_groups"].split(",") if group.strip()),
            level="" if level == NONE else level,
            categories=tuple(asked["new_categories"]),
            originals=asked["new_originals"],
        )
        try:
            self._tending.add_source(person_of(request), new)
        except RingfenceError as error:
            return {"adding_said": tending_text.problem(str(error))}
        return self.leave() | {
            "said": tending_text.told(f"The source {new.name.strip()} is saved. Its first sync takes it in.")
        }

    def leave(self) -> dict[str, Any]:
        """Put the form away."""
        return EMPTY | {"adding": False, "adding_said": ""}
