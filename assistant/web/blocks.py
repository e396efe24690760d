"""A page of ours over Gradio's: what breaks in an event is said in our words, and logged as a place in the code.

Gradio prints the exception, and with it what was typed.
"""

from __future__ import annotations

import html
import logging
from typing import Any

import gradio as gr

from assistant.errors import where
from policies.errors import RingfenceError

log = logging.getLogger(__name__)
BROKEN = "Something went wrong on our side. Load the page again."


class Page(gr.Blocks):  # type: ignore[misc]  # Gradio says nothing of its types
    def __init__(self, title: str) -> None:
        super().__init__(title=f"{title} · Ringfence", analytics_enabled=False, fill_height=True)

    async def process_api(self, block_fn: Any, inputs: list[Any], *given: Any, **named: Any) -> Any:
        # A browser may send half a character (a text cut in the middle of an emoji): nothing could keep or show it.
        whole = [one.encode(errors="replace").decode() if isinstance(one, str) else one for one in inputs]
        try:
            return await super().process_api(block_fn, whole, *given, **named)
        except RingfenceError as error:
            raise gr.Error(html.escape(str(error)), print_exception=False) from None
        except Exception as error:  # noqa: BLE001  the page's border
            log.error("an event broke: %s at %s", type(error).__name__, where(error))
            raise gr.Error(BROKEN, print_exception=False) from None
