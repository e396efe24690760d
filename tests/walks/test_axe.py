"""Every page, looked at by axe (axe-core) in its usual states, light and dark, wide and 360 pixels narrow.

One visit goes through the states of a page and axe looks twice at each: what it finds of any weight fails. The
walks are those of the forms too: a source is added and removed, a label raised, and lowered by two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from browsing import PICTURES, Visit, address, browser, visit

pytestmark = pytest.mark.browser
__all__ = ["address", "browser", "visit"]
LOOKS = (("light", 1440), ("dark", 360))  # the scheme and the width
# Gradio takes to another scheme a moment after the window does.
TAKEN = """([scheme, width]) => innerWidth === width && (!document.querySelector("gradio-app") ||
    document.body.classList.contains("dark") === (scheme === "dark"))"""
STILL = "*, *::before, *::after { transition: none !important; animation: none !important; }"


@pytest.fixture(scope="module")
def axe() -> str:
    """axe-core's program, which a package of the development group carries; or a skip that says what is missing."""
    found = find_spec("axe_playwright_python")
    if found is None or not found.origin:
        pytest.skip("needs: axe-playwright-python, which carries axe-core: install the development group")
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def look(axe: str) -> Iterator[Callable[[Any, str], None]]:
    """Looks at a page as it stands; at the end everything that was found is told at once."""
    found: dict[str, list[str]] = {}

    def at(page: Any, state: str) -> None:
        if not page.evaluate("'axe' in window"):
            page.evaluate(axe)
            page.add_style_tag(content=STILL)
        for scheme, width in LOOKS:
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 740 if width < 500 else 860})
            page.wait_for_function(TAKEN, arg=[scheme, width])
            for rule in page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]:
                for node in rule["nodes"]:
                    line = f"{rule['impact']} {rule['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
                    found.setdefault(line, []).append(f"{state}, {scheme}, {width}")
            PICTURES.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=PICTURES / f"{state.replace(', ', '-').replace(' ', '-')}-{scheme}-{width}.png")
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{state} is too wide"
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1440, "height": 860})

    yield at
    assert found == {}


Look = Callable[[Any, str], None]


def test_what_is_faint_or_without_a_name_is_found(browser: Any, address: str, axe: str) -> None:
    """The look itself is looked at: on a page that is spoilt, axe says so."""
    page = browser.new_page()
    page.goto(f"{address}/login")
    page.evaluate(axe)
    page.evaluate("""() => {
      document.querySelector("h1").style.color = "#dddddd";
      const label = document.querySelector("label");
      label.replaceWith(label.querySelector("input"));
    }""")
    assert {"color-contrast", "label"} <= {one["id"] for one in page.evaluate("axe.run()")["violations"]}
    page.close()


def test_signing_in_and_what_is_recorded(visit: Callable[..., Visit], look: Look) -> None:
    """The plain pages, with what went wrong said; a page that is for others."""
    dana = visit("dana", page="/me")
    page = dana.page
    look(page, "what is recorded")
    page.goto(f"{dana.address}/audit/")
    look(page, "refused")
    page.goto(f"{dana.address}/login")
    look(page, "sign in")
    page.fill("input[name=name]", "nobody")
    page.fill("input[name=password]", "wrong")
    page.click("main button")
    page.locator("[role=alert]").wait_for()
    look(page, "sign in, wrong")


def test_chat(visit: Callable[..., Visit], look: Look) -> None:
    """Empty, answered, with a source open and how it was answered, nothing found, kept here."""
    dana = visit("dana")
    page = dana.page
    look(page, "chat, empty")
    dana.ask("How long do we keep client records?")
    look(page, "chat, answered")
    page.locator("#thread a.c").first.click()
    page.locator("#reading button", has_text="Page ›").wait_for()
    page.locator("summary", has_text="How was this answered?").click()
    look(page, "chat, a source open")
    page.locator("#new").click()
    page.get_by_text("What would you like to know?").wait_for()
    dana.ask("What about the Lisbon branch?")
    look(page, "chat, nothing found")
    page.locator("#new").click()
    page.get_by_text("What would you like to know?").wait_for()
    page.locator("#kind label", has_text="General question").click()
    page.locator("#outside input").check()
    dana.ask("What should my patient eat?")
    page.locator(".why summary").click()
    look(page, "chat, kept here")


def test_library_its_sources_and_what_was_set_aside(visit: Callable[..., Visit], look: Look) -> None:
    """As staff see it; for an operator sources and runs, a source added, asked about and removed, one at work."""
    dana = visit("dana", page="/library/")
    dana.page.locator("#table a").first.wait_for()
    look(dana.page, "library, staff")
    omar = visit("omar", page="/library/")
    page = omar.page
    page.locator("#aside table").wait_for()
    page.locator("#add").click()
    page.locator("#new-folder textarea").fill("/srv/drafts")
    page.locator("#new-name textarea").fill("drafts")
    page.locator("#save-source").click()
    page.locator("#adding-said", has_text="no group was named").wait_for()
    look(page, "library, a source that cannot be saved")
    page.locator("#new-groups textarea").fill("staff, board")
    page.locator("#save-source").click()
    page.locator("#library-said", has_text="The source drafts is saved.").wait_for()
    page.locator("#adding").wait_for(state="detached")
    page.locator("#saved tr", has_text="drafts").locator("a", has_text="Remove").click()
    page.wait_for_function("() => document.activeElement?.matches('.asks a')")
    look(page, "library, a source about to be removed")
    page.locator(".asks a", has_text="Remove it").click()
    page.locator("#saved tr", has_text="drafts").wait_for(state="detached")
    page.locator("#saved a", has_text="Sync now").first.click()
    page.locator("#running progress").first.wait_for()
    look(page, "library, running")


def test_library_a_document_and_its_label(visit: Callable[..., Visit], look: Look) -> None:
    """Raised by one person; what is lower waits until another has read why."""
    omar = visit("omar", page="/library/")
    page = omar.page
    page.locator("#table a", has_text="Voice recording standard").click()
    page.get_by_text("page 1 of 9").wait_for()
    page.locator("#reading .acts a", has_text="Change its label").click()
    page.locator("#labelling label", has_text="Restricted").click()
    page.locator("#why textarea").fill("It names clients.")
    look(page, "library, a label about to be changed")
    page.locator("#reading .acts a", has_text="Why does").click()
    page.locator("#who textarea, #who input").fill("dana")
    page.locator("#explain").click()
    page.get_by_text("dana does not find it").wait_for()
    look(page, "library, why it is not found")
    page.locator("#reading .acts a", has_text="Change its label").click()
    page.locator("#labelling label", has_text="Restricted").click()
    page.locator("#why textarea").fill("It names patients.")
    page.locator("#change-label").click()
    page.locator("#reading .about .tag.restricted").wait_for()
    page.locator("#reading .acts a", has_text="Change its label").click()
    page.locator("#labelling label", has_text="Confidential").click()
    page.locator("#why textarea").fill("It does not.")
    page.locator("#change-label").click()
    page.locator("#reading .acts", has_text="You have asked").wait_for()
    assert page.locator("#labelling").count() == 0
    mara = visit("mara", page="/library/")
    page = mara.page
    page.locator("#waiting a", has_text="Voice recording standard").click()
    look(page, "library, a label that waits")
    page.locator("#reading .acts a", has_text="Read why").click()
    page.locator("#labelling", has_text="It does not.").wait_for()
    look(page, "library, a label to be agreed to")
    page.locator("#agree-label").click()
    page.locator("#reading .about .tag.confidential").wait_for()
    page.locator("#waiting a").wait_for(state="detached")


def test_record_and_what_may_leave(visit: Callable[..., Visit], look: Look) -> None:
    """The record with one open and its reason asked for; the switch, a request that waits, its exact text."""
    ines = visit("ines")
    page = ines.page
    page.locator("#table a").nth(1).click()
    page.locator("#reveal").wait_for()
    look(page, "record")
    ada = visit("ada", page="/policy/")
    page = ada.page
    page.locator("#waiting a").click()
    page.locator("#why textarea").fill("A second look for the lawyers")
    look(page, "what may leave")
    page.locator("#read-it").click()
    page.locator(".exact").wait_for()
    look(page, "what may leave, the exact text")
