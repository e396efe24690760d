"""Who may reach what, decided before anything is reached."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.web.gate import PageSessions, host_name, judge, landing, may_open, read_cookie
from assistant.web.headers import PAGES
from assistant.web.patience import FAILURES, WINDOW, Patience
from assistant.web.shown import Place, Shown
from policies.vocabulary import Person, Role

GRADIO = (
    "config",
    "gradio_api/info",
    "gradio_api/queue/data",
    "theme.css",
    "assets/index-abc.js",
    "gradio_api/startup-events",
)
POSTED = ("gradio_api/queue/join", "gradio_api/cancel", "gradio_api/reset")
SHUT = (
    "gradio_api/file=https://attacker.example/?d=1",
    "gradio_api/file=/etc/passwd",
    "file=x",
    "gradio_api/file/x",
    "proxy=https://attacker.example",
    "gradio_api/proxy=https://attacker.example",
    "gradio_api/deep_link",
    "gradio_api/run-history/records",
    "gradio_api/runs",
    "monitoring",
    "monitoring/summary",
    "gradio_api/mcp/sse",
    "gradio_api/call/ask",
    "gradio_api/call/v2/ask",
    "gradio_api/api/ask",
    "gradio_api/run/ask",
    "gradio_api/upload",
    "gradio_api/upload_progress",
    "gradio_api/stream/abc",
    "gradio_api/vibe-code",
    "gradio_api/component_server",
    "gradio_api/custom_component/a/b/c/d",
    "gradio_api/openapi.json",
    "gradio_api/dev/reload",
    "gradio_api/process_recording",
    "gradio_api/profiling/traces",
    "openapi.json",
    "docs",
    "login",
    "logout",
    "svelte/x.js",
    "pwa_icon",
    "../audit/config",
    "%2e%2e/audit/config",
    "/audit/config",
)


def person(*roles: Role) -> Person:
    return Person(id="p", name="p", roles=frozenset(roles))


STAFF, AUDITOR, OPERATOR = person(Role.STAFF), person(Role.AUDITOR), person(Role.OPERATOR)


@pytest.mark.parametrize("rest", ["", *GRADIO])
def test_staff_reach_no_part_of_the_record_page(rest: str) -> None:
    """403 on Record, and on its configuration, its queue and its files."""
    refusal = judge("GET", f"/audit/{rest}", STAFF, wants_page=True)
    assert refusal is not None
    assert refusal.status == 403
    assert judge("GET", f"/audit/{rest}", AUDITOR, wants_page=True) is None


@pytest.mark.parametrize("rest", POSTED)
def test_staff_cannot_post_to_the_record_page(rest: str) -> None:
    """Neither by joining its queue nor by stopping somebody's check."""
    refusal = judge("POST", f"/audit/{rest}", STAFF, wants_page=False)
    assert refusal is not None
    assert refusal.status == 403
    assert judge("POST", f"/audit/{rest}", AUDITOR, wants_page=False) is None


@given(st.sets(st.sampled_from(list(Role))))
def test_everybody_signed_in_sees_what_may_leave(roles: set[Role]) -> None:
    """And nobody else."""
    for path, method in (("/policy/", "GET"), ("/policy/config", "GET"), ("/policy/gradio_api/queue/join", "POST")):
        assert judge(method, path, person(*roles), wants_page=True) is None
        assert judge(method, path, None, wants_page=False) is not None


@pytest.mark.parametrize(("rest", "method", "page"), list(itertools.product(SHUT, ("GET", "POST"), PAGES)))
def test_gradios_other_routes_are_shut_for_everybody(rest: str, method: str, page: str) -> None:
    """Fetching addresses, proxies, uploads, shared links, run history, direct calls: nobody, whatever the role."""
    everybody = person(Role.STAFF) if page != "audit" else AUDITOR
    refusal = judge(method, f"/{page}/{rest}", everybody, wants_page=False)
    assert refusal is not None
    assert refusal.status == 404


def test_nobody_in_particular_is_asked_to_sign_in() -> None:
    """A page redirects to the sign-in form; anything else says 401."""
    refusal = judge("GET", "/chat/", None, wants_page=True)
    assert refusal is not None
    assert (refusal.status, refusal.location) == (303, "/login")
    for method, path in (("GET", "/chat/config"), ("POST", "/chat/gradio_api/queue/join"), ("GET", "/audit/raw/1")):
        unknown = judge(method, path, None, wants_page=False)
        assert unknown is not None
        assert unknown.status == 401


@given(st.sets(st.sampled_from(list(Role))))
def test_an_auditor_is_nobodys_admin_or_operator(roles: set[Role]) -> None:
    """Whoever holds both roles by some mistake opens the record with neither."""
    both = Role.AUDITOR in roles and roles & {Role.ADMIN, Role.OPERATOR}
    assert may_open(person(*roles), "audit") == (Role.AUDITOR in roles and not both)


@given(st.sets(st.sampled_from(list(Role))), st.text(max_size=30), st.sampled_from(["GET", "POST"]))
def test_more_path_never_opens_a_page_that_is_shut(roles: set[Role], rest: str, method: str) -> None:
    """What stands behind a page's prefix is reached only by who may open the page."""
    somebody = person(*roles)
    for page in PAGES:
        if not may_open(somebody, page):
            assert judge(method, f"/{page}/{rest}", somebody, wants_page=False) is not None


@given(st.text(max_size=40))
def test_no_unknown_path_is_open(path: str) -> None:
    """Without a session only the named open paths answer."""
    if judge("GET", f"/{path}", None, wants_page=False) is None:
        assert path in ("login", "healthz", "favicon.ico") or path.split("/")[0] in ("first", "welcome", "look")


def test_everybody_lands_on_a_page_they_may_open() -> None:
    """Staff ask, operators look after the library, auditors review, admins see what may leave."""
    assert [landing(p) for p in (STAFF, OPERATOR, AUDITOR, person(Role.ADMIN))] == [
        "/chat/",
        "/library/",
        "/audit/",
        "/policy/",
    ]


def test_a_page_session_belongs_to_who_used_it_first() -> None:
    """Somebody who learns its name cannot listen to it."""
    sessions = PageSessions(each=2)
    assert sessions.claim("s", "dana")
    assert not sessions.claim("s", "bo")
    assert sessions.claim("s", "dana")
    assert sessions.claim("t", "bo")


def test_nobody_makes_the_site_forget_whose_a_page_session_is() -> None:
    """What stands on somebody's page would be the next one's; who uses many loses their own."""
    sessions = PageSessions(each=2)
    assert sessions.claim("danas", "dana")
    assert all(sessions.claim(f"bos-{n}", "bo") for n in range(50))
    assert not sessions.claim("danas", "bo")
    assert sessions.claim("danas", "dana")
    assert len(sessions._owners) == 3


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("127.0.0.1:7860", "127.0.0.1"),
        ("Localhost", "localhost"),
        ("[::1]:7860", "::1"),  # how a browser names a site that listens there
        ("[::1]", "::1"),
        ("127.0.0.1:7860@attacker.example", ""),
        ("127.0.0.1:7860/x", ""),
        ("127.0.0.1:", ""),
        ("", ""),
    ],
)
def test_a_host_is_a_name_and_a_port_and_nothing_else(host: str, name: str) -> None:
    """Addresses are built from it: what only begins with our name is not ours."""
    assert host_name(host) == name


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("a=1; ringfence=x", "x"),
        ("ringfence=x; ringfence=y", ""),
        ("", ""),
        ("xringfence=x", ""),
        ("ringfence=a=b", "a=b"),
    ],
)
def test_a_cookie_that_is_there_twice_counts_as_none(header: str, found: str) -> None:
    """One of the two was planted, and nobody knows which."""
    assert read_cookie(header, "ringfence") == found


def test_failed_sign_ins_are_slowed_per_name_and_forgotten_later() -> None:
    """After a few failures the name waits, whoever asks; another name does not; the window passes."""
    now = [0.0]
    patience = Patience(lambda: now[0])
    for _ in range(FAILURES):
        assert patience.wait("Dana", "a") == 0
    assert patience.wait("dana", "elsewhere") > 0
    assert patience.wait("bo", "a") == 0
    now[0] += WINDOW + 1
    assert patience.wait("dana", "a") == 0


def test_one_address_cannot_try_many_names() -> None:
    """A list of names from one address runs into a wall as well."""
    patience = Patience(lambda: 0.0)
    for n in range(40):
        patience.wait(f"name{n}", "a")
    assert patience.wait("fresh", "a") > 0
    assert patience.wait("fresh", "b") == 0


def test_tries_at_the_same_time_count_before_they_are_known_to_fail() -> None:
    """Sending fifty passwords at once is no way past the pause; a success takes its own try back."""
    patience = Patience(lambda: 0.0)
    assert sum(patience.wait("dana", "a") == 0 for _ in range(50)) == FAILURES
    for n in range(100):
        assert patience.wait(f"honest{n}", "b") == 0
        patience.succeeded(f"honest{n}", "b")


def test_behind_a_proxy_no_address_stands_for_everybody() -> None:
    """Without an address of their own people are told apart by name alone."""
    patience = Patience(lambda: 0.0)
    for n in range(100):
        patience.wait(f"name{n}", "")
    assert patience.wait("fresh", "") == 0
    assert patience.wait("name1", "") == 0


def test_a_ticket_works_for_its_person_alone() -> None:
    """Tickets carry no id, repeat for the same place, and old ones are forgotten."""
    shown = Shown(most=2)
    place = Place(document="d-1", page=7)
    ticket = shown.ticket("dana", place)
    assert shown.ticket("dana", place) == ticket
    assert "d-1" not in ticket
    assert shown.place("dana", ticket) == place
    assert shown.place("bo", ticket) is None
    for page in (1, 2):
        shown.ticket("dana", Place(document="d-2", page=page))
    assert shown.place("dana", ticket) is None
