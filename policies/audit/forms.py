"""Reading a record's text. Somebody may have spoiled it: what does not have the form of a record has no fields, and is
for `verify` to find and for whoever lists records to show as damaged."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from policies.audit import backup_events, document_events, person_events  # noqa: F401  their fields are known here too
from policies.audit.canonical import LARGEST, written
from policies.audit.events import Event

_TYPES = {"str": str, "int": int, "list": list, "dict": dict}


def fields_of(text: str) -> dict[str, Any]:
    """The fields of a record; none for a text that is not one."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(body, dict) or not all(_fits(name, value) for name, value in body.items()):
        return {}
    half_letters = "\\ud" in text and written(body) != text  # a true record has letters, and no codes for their halves
    return {} if half_letters else body


def _fits(name: str, value: object) -> bool:
    """Whether a field of this name may hold this; any may that is not known here, since a later version has others."""
    forms = _forms().get(name)
    return forms is None or any(_has_form(value, form) for form in forms)


def _has_form(value: object, form: str) -> bool:
    outer, _, inner = form.partition("[")
    match value:
        case bool():
            return False
        case int():
            return outer == "int" and -LARGEST <= value <= LARGEST
        case list():
            kind = _TYPES.get(inner.partition("[")[0].rstrip("]"), object)
            return outer == "list" and all(isinstance(one, kind) for one in value)
        case _:
            return isinstance(value, _TYPES.get(outer, object))


@functools.cache
def _forms() -> dict[str, set[str]]:
    """By name, what the events that are known here hold in such a field, as they declare it."""
    forms: dict[str, set[str]] = {name: {"int"} for name in ("seq", "time", "clock")}
    forms |= {name: {"str"} for name in ("kind", "writer")} | {"commitments": {"dict"}}
    for event in _kinds(Event):
        for field in fields(event):
            forms.setdefault(field.name, set()).add(str(field.type))
    return forms


def _kinds(event: type[Event]) -> Iterator[type[Event]]:
    yield event
    for kind in event.__subclasses__():
        yield from _kinds(kind)
