"""One Gradio page under each path, with everything switched off that a page of ours does not use."""

from __future__ import annotations

import gradio as gr
from fastapi import FastAPI

from assistant.web.audit import Audit
from assistant.web.audit_page import audit_blocks
from assistant.web.base import House
from assistant.web.chat import Chat
from assistant.web.chat_page import chat_blocks
from assistant.web.library import LibraryDesk
from assistant.web.library_page import library_blocks
from assistant.web.policy import PolicyDesk
from assistant.web.policy_page import policy_blocks
from assistant.web.running import Runner
from assistant.web.shown import Shown
from assistant.web.theme import paper

LARGEST_FILE = "1mb"  # no page takes files; Gradio wants a number


def mount_pages(app: FastAPI, house: House, shown: Shown) -> None:
    """Each page alone under its own path: a page's configuration is that page's only."""
    runner = Runner(house.facts.answers_at_once)
    pages = {
        "chat": chat_blocks(Chat(house, shown, runner), house.facts),
        "library": library_blocks(LibraryDesk(house)),
        "audit": audit_blocks(Audit(house)),
        "policy": policy_blocks(PolicyDesk(house)),
    }
    for path, blocks in pages.items():
        gr.mount_gradio_app(
            app,
            blocks,
            path=f"/{path}",
            footer_links=[],
            run_history=False,
            enable_monitoring=False,
            show_error=False,
            ssr_mode=False,
            mcp_server=False,
            pwa=False,
            max_file_size=LARGEST_FILE,
            allowed_paths=[],
            theme=paper(),
            app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
        )
