"""The main job in a real Chromium over the real parts: `ringfence serve` on a home made by the other commands.

A document for staff and one for the board are taken in; two people ask, an auditor reviews and verifies.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browsing import PASSWORD, ROOT, Visit, browser, serving, visiting
from house import run

pytestmark = [pytest.mark.browser, pytest.mark.walk]
__all__ = ["browser"]
RETENTION = """# Records retention schedule

## 4.2 Client account records

Client account records shall be kept for seven years after closure of the account. The period starts on the last day
of the calendar year in which the account is closed.

Destruction requires the written approval of the Records Officer.
"""
HERON = "# Project Heron\n\nThe sale of the Lisbon branch is planned for the second quarter of next year.\n"
PEOPLE = (
    ("dana", "--group", "staff"),
    ("bo", "--group", "staff", "--group", "board", "--clearance", "restricted"),
    ("ines", "--role", "auditor"),
)


def ringfence(home: Path, *words: str, typed: str = "") -> str:
    """A command beside the server, in this process: how it runs in one of its own stands in test_commands.py."""
    said = run("--home", home, *words, typed=typed, RINGFENCE_KEYS=str(home.parent / "keys"))
    assert said.code == 0, said.err[-2000:]
    return said.out


def _environment(home: Path) -> dict[str, str]:
    return os.environ | {"RINGFENCE_KEYS": str(home.parent / "keys")}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("real")
    made = folder / "home"
    (folder / "retention.md").write_text(RETENTION)
    (folder / "heron.md").write_text(HERON)
    ringfence(made, "init")
    for name, *options in PEOPLE:
        ringfence(made, "users", "add", name, *options, "--password-stdin", typed=f"{PASSWORD}\n")
    ringfence(made, "ingest", str(folder / "retention.md"), "--group", "staff", "--level", "internal")
    ringfence(made, "ingest", str(folder / "heron.md"), "--group", "board", "--level", "restricted")
    return made


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["-m", "assistant.cli", "--home", str(home), "serve", "--port", str(port)]
    with serving(command, RINGFENCE_KEYS=str(home.parent / "keys")) as found:
        yield found


@pytest.fixture
def visit(browser: object, address: str) -> Iterator[Callable[..., Visit]]:
    with visiting(browser, address) as make:
        yield make


def test_a_question_its_citation_and_its_page(visit: Callable[..., Visit], home: Path) -> None:
    """The answer cites the page, the page opens with the quote marked, and each is one record."""
    dana = visit("dana")
    dana.ask("How long are client account records kept after closure?")
    page = dana.page
    assert "seven years" in page.locator("#thread .a").inner_text()
    assert "the last day" in page.locator("#thread .a").inner_text(), "the condition stands beside it"
    page.locator("#thread a.c").first.click()
    page.locator("#reading mark").first.wait_for()
    page.locator("#reading button", has_text="Page ›").wait_for()
    assert "seven years" in page.locator("#reading mark").first.inner_text()
    assert "Answered here" in page.locator("#thread .route").inner_text()
    dana.picture("real-chat")
    rows = json.loads(ringfence(home, "audit", "list", "--json"))
    assert rows


def test_the_restricted_document_is_found_by_the_board_alone(visit: Callable[..., Visit]) -> None:
    """The same question, two people."""
    bo = visit("bo")
    bo.ask("When is the sale of the Lisbon branch planned?")
    assert "second quarter" in bo.page.locator("#thread .a").inner_text()
    dana = visit("dana")
    dana.ask("When is the sale of the Lisbon branch planned?")
    assert "second quarter" not in dana.page.content()
    assert "Heron" not in dana.page.content()
    dana.page.goto(f"{dana.address}/library/")
    dana.page.locator("#table a", has_text="retention").or_(
        dana.page.locator("#table a", has_text="Records")
    ).first.wait_for()
    assert "Heron" not in dana.page.content()


def test_an_auditor_reviews_and_verifies(visit: Callable[..., Visit]) -> None:
    """The record is whole, its rows are there, a reason opens what was asked and the person sees that."""
    dana = visit("dana")
    dana.ask("Who approves the destruction of client account records?")
    ines = visit("ines")
    page = ines.page
    page.locator("#verify").click()
    page.get_by_text("Intact", exact=True).wait_for()
    page.locator("#what label", has_text="Answered here").click()
    page.locator("#table tbody tr", has_not_text="nswered here").first.wait_for(state="detached")
    page.locator("#table tbody tr", has_text="ask").first.locator("a").click()
    page.locator("#detail h2").wait_for()
    assert "destruction" not in page.content()
    page.locator("#why textarea").fill("a complaint of today")
    page.locator("#reveal").click()
    page.locator("#revealed", has_text="destruction").wait_for()
    ines.picture("real-record")
    dana.page.goto(f"{dana.address}/me")
    assert "a complaint of today" in dana.page.locator("main").inner_text()


def test_staff_get_403_on_record(visit: Callable[..., Visit]) -> None:
    """And on what stands behind it."""
    dana = visit("dana")
    for path in ("/audit/", "/audit/config", "/audit/raw/0", "/audit/proof/0"):
        assert dana.page.request.get(dana.address + path).status == 403


def test_as_installed_the_page_says_that_nothing_can_leave(visit: Callable[..., Visit]) -> None:
    """For staff and for the auditor, with the rules in force and nothing to press; chat offers nothing."""
    for name in ("dana", "ines"):
        person = visit(name, page="/policy/")
        page = person.page
        page.locator("h1", has_text="Nothing can leave.").wait_for()
        assert page.locator("#stop-sending").is_hidden()
        assert "Nowhere: no destination is set up" in page.locator("#leaving-facts").inner_text()
        assert page.locator("#leaving-facts td", has_text="English").count() == 1
        page.locator(".rules summary").click()
        assert "never-when-closed" in page.locator(".rules").inner_text()
    person.picture("real-leaving")


def test_the_first_persons_link_makes_an_admin_who_cannot_open_the_record(home: Path, browser: object) -> None:
    """The link that `serve` prints, in a browser with nothing else."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    fresh = home.parent / "fresh"
    server = subprocess.Popen(
        [sys.executable, "-m", "assistant.cli", "--home", str(fresh), "serve", "--port", str(port)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=_environment(home) | {"RINGFENCE_KEYS": str(home.parent / "fresh-keys")},
    )
    try:
        assert server.stdout is not None
        lines = [server.stdout.readline() for _ in range(3)]
        link = next(line.strip() for line in lines if "/first/" in line)
        page = browser.new_page()  # type: ignore[attr-defined]
        page.goto(link)
        page.fill("input[name=name]", "ada")
        page.fill("input[name=password]", PASSWORD)
        page.fill("input[name=again]", PASSWORD)
        page.click("main button")
        page.get_by_text("Nothing to ask about yet").wait_for()
        assert page.request.get(f"http://127.0.0.1:{port}/audit/").status == 403
        assert page.request.get(link).status == 410
        page.close()
    finally:
        server.terminate()
        server.wait(timeout=30)
