"""Who acts on a page: the person whom the gate put into the request."""

from __future__ import annotations

import gradio as gr

from policies.errors import RefusedError
from policies.vocabulary import Person


def person_of(request: gr.Request) -> Person:
    """Who asks, as the gate finds it out, now: an event may have waited, and the session have ended meanwhile. Nothing
    that the browser says counts. Raises RefusedError when it is nobody any more."""
    person: Person | None = request.request.scope["state"]["now"]()
    if person is None:
        raise RefusedError("Your session has ended.", cure="Sign in again.")
    return person
