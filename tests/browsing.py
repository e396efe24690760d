"""A real Chromium for the walks, and people who visit the site with it.

Every visit ends with the same checks: no request left for another origin, nothing ran against the content security
policy, no script broke.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "build" / "screenshots"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
PASSWORD = "correct horse battery"
OURS = r"^(?:{}/|data:|blob:|about:blank)"
SWITCHES = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",  # there is none, and drawing as if there were costs more
    # The first two are the address bar's pop-ups: a page of their own in every window, dearer than the page under test.
    # Of two such lists Chromium takes the last, so this one says again which of Playwright's keep it quiet and at home.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,"
    "MediaRouter,NetworkTimeServiceQuerying,OptimizationHints,PaintHolding,PreconnectToSearch",
)
WATCH = """document.addEventListener("securitypolicyviolation",
    (event) => console.error("CSP " + event.violatedDirective + " " + event.blockedURI))"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, or a skip that says what is missing."""
    if not Path(CHROMIUM).exists():
        pytest.skip("needs: Chromium, which is not installed: apt-get install chromium, or set CHROMIUM to its path")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
        yield found
        found.close()


@contextlib.contextmanager
def serving(command: Sequence[str], **environment: str) -> Iterator[str]:
    """Start a server whose first line ends with its port, wait until it answers, and stop it at the end."""
    python = [sys.executable, *command]
    with subprocess.Popen(
        python,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | environment | {"PYTHONPATH": f"{ROOT}:tests"},
    ) as server:
        try:
            assert server.stdout is not None
            found = re.search(r"(\d+)\D*$", server.stdout.readline())
            assert found, "the server did not say where it is"
            address = f"http://127.0.0.1:{found[1]}"
            _wait_for(address)
            yield address
        finally:
            server.terminate()
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                server.kill()


def _wait_for(address: str) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/healthz", timeout=5):
            return
        time.sleep(0.2)
    raise AssertionError("the server did not answer")


@dataclass
class Visit:
    """One person with a window of their own."""

    page: Any
    address: str
    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def sign_in(self, name: str) -> None:
        self.page.goto(f"{self.address}/login")
        self.page.fill("input[name=name]", name)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("main button")

    def type(self, question: str) -> None:
        self.page.locator("#question textarea").fill(question)
        self.page.locator("#go").click()

    def ask(self, question: str) -> None:
        """Ask, and wait until the answer is finished."""
        before = self.page.locator("#thread .route").count()
        self.type(question)
        self.page.locator("#thread .route").nth(before).wait_for(timeout=60_000)
        self.page.locator("#stop").wait_for(state="hidden")

    def picture(self, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.wait_for_timeout(250)  # colours fade for a moment
        self.page.screenshot(path=PICTURES / f"{name}.png")

    def check(self) -> None:
        elsewhere = [
            one for one in self.requests if not one.startswith((f"{self.address}/", "data:", "blob:", "about:"))
        ]
        assert elsewhere == [], "a request left for another origin"
        assert self.problems == []


@contextlib.contextmanager
def visiting(browser: Any, address: str) -> Iterator[Callable[..., Visit]]:
    """Makes visits; checks each of them at the end."""
    visits: list[Visit] = []

    def visit(name: str, *, scheme: str = "light", width: int = 1440, script: bool = True, page: str = "") -> Visit:
        height = 860 if width > 500 else 740
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, java_script_enabled=script
        )
        context.set_default_timeout(20_000)
        if script:
            context.add_init_script(WATCH)
        made = Visit(page=context.new_page(), address=address)
        visits.append(made)
        context.on("request", lambda request: made.requests.append(request.url))
        made.page.on("console", lambda message: made.problems.append(message.text) if _bad(message) else None)
        made.page.on("pageerror", lambda error: made.problems.append(str(error)))
        made.sign_in(name)
        if page:
            made.page.goto(address + page)
        elif script:
            made.page.locator("#thread .first, #table table").first.wait_for()
        return made

    try:
        yield visit
        for one in visits:
            one.check()
    finally:
        for one in visits:
            one.page.context.close()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The pages over an invented house, each module's own."""
    with serving(["tests/web_house.py"]) as found:
        yield found


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Callable[..., Visit]]:
    with visiting(browser, address) as make:
        yield make


def _bad(message: Any) -> bool:
    # A refusal that a test provokes is a line in the console too; everything else there is a defect.
    return message.type == "error" and "status of 4" not in message.text
