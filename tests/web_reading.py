"""What goes into a page's handler and what a person reads of what comes out: a request as the gate passes it on, and
markup without its marks.
"""

from __future__ import annotations

import html
import re
from types import SimpleNamespace
from typing import Any

from web_house import people


def request(name: str, session: str = "s1") -> Any:
    person = people()[name]
    return SimpleNamespace(session_hash=session, request=SimpleNamespace(scope={"state": {"now": lambda: person}}))


def text_of(markup: str) -> str:
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", markup)).split())
