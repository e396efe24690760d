"""The whole site over a house of the tests: signing in, the gate, our own routes, security headers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from web_house import PASSWORD, SHELF, FakeAccounts, FakeReading, FakeRecord, fake_house

from assistant.site import build_site
from assistant.web.base import House
from assistant.web.headers import CSP
from assistant.web.theme import COLOURS

ORIGIN = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}
PAGE = {"accept": "text/html"}
LOOK = Path(__file__).parents[2] / "assistant/web/look"


@pytest.fixture(scope="module")
def house() -> House:
    return fake_house()


@pytest.fixture(scope="module")
def running(house: House) -> Iterator[Any]:
    site = build_site(house)
    with TestClient(site):  # starts Gradio's pages once
        yield site


@pytest.fixture
def client(running: Any) -> TestClient:
    return TestClient(running, follow_redirects=False)


def signed_in(client: TestClient, name: str) -> TestClient:
    answer = client.post("/login", data={"name": name, "password": PASSWORD}, headers=ORIGIN)
    assert answer.status_code == 303, answer.text
    return client


def test_every_answer_carries_the_security_headers(client: TestClient) -> None:
    """Pages, refusals and files alike."""
    for path in ("/login", "/chat/", "/nowhere", "/look/pages.css", "/healthz"):
        headers = client.get(path).headers
        assert headers["content-security-policy"] == CSP
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert not [name for name in headers if name.startswith("access-control-")]


def test_signing_in_sets_a_cookie_that_scripts_cannot_read(client: TestClient) -> None:
    """HttpOnly and SameSite=Lax; over https it is bound to this host."""
    answer = client.post("/login", data={"name": "dana", "password": PASSWORD}, headers=ORIGIN)
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("ringfence=")
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert answer.headers["location"] == "/chat/"


def test_over_https_the_cookie_has_the_host_prefix() -> None:
    """`__Host-`, secure, path /, and no plain-http origin is accepted."""
    client = TestClient(build_site(fake_house(https=True)), follow_redirects=False)
    form = {"name": "dana", "password": PASSWORD}
    assert client.post("/login", data=form, headers=ORIGIN).status_code == 403
    answer = client.post("/login", data=form, headers=ORIGIN | {"origin": "https://testserver"})
    assert answer.headers["set-cookie"].startswith("__Host-ringfence=")
    assert "secure" in answer.headers["set-cookie"].lower()


def test_wrong_name_and_wrong_password_look_the_same(client: TestClient) -> None:
    """Nobody learns from the form who has an account; a name is slowed after some failures."""
    texts = set()
    for name in ("nobody-1", "ines"):
        answer = client.post("/login", data={"name": name, "password": "wrong"}, headers=ORIGIN)
        assert answer.status_code == 401
        texts.add(answer.text)
    assert len(texts) == 1
    for _ in range(6):
        answer = client.post("/login", data={"name": "nobody-2", "password": "wrong"}, headers=ORIGIN)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


def test_requests_made_elsewhere_change_nothing(client: TestClient) -> None:
    """A form on another site, a script without an origin, a foreign host name: refused before anything runs."""
    form = {"name": "dana", "password": PASSWORD}
    elsewhere = [
        {"origin": "https://attacker.example"},
        {"origin": "null"},
        {},
        ORIGIN | {"sec-fetch-site": "cross-site"},
        {"origin": "http://testserver:81"},
    ]
    for headers in elsewhere:
        assert client.post("/login", data=form, headers=headers).status_code == 403, headers
    assert client.get("/login", headers={"host": "attacker.example"}).status_code == 421
    assert client.get("/healthz", headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}).status_code == 403


def test_unknown_people_are_sent_to_sign_in(client: TestClient) -> None:
    """Pages redirect, everything else is 401."""
    answer = client.get("/chat/", headers=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert client.get("/chat/config").status_code == 401
    assert client.get("/", headers=PAGE).headers["location"] == "/login"


def test_staff_get_403_on_record_and_its_config(client: TestClient) -> None:
    """And the auditor gets them; nothing of Chat is the auditor's."""
    signed_in(client, "dana")
    for path in ("/audit/", "/audit/config", "/audit/gradio_api/info", "/audit/raw/3", "/audit/theme.css"):
        assert client.get(path).status_code == 403, path
    assert client.post("/audit/gradio_api/queue/join", json={"session_hash": "s"}, headers=ORIGIN).status_code == 403
    signed_in(client, "ines")
    assert client.get("/audit/config").status_code == 200
    assert client.get("/chat/config").status_code == 403


def test_no_pages_config_holds_anothers(client: TestClient) -> None:
    """Each page's configuration names its own components and nobody's data."""
    signed_in(client, "dana")
    text = client.get("/chat/config").text
    assert "Reveal" not in text
    assert "dana" not in text
    assert "Records retention" not in text


def test_the_shell_has_no_inline_script_and_no_other_origin(client: TestClient) -> None:
    """Scripts come as files from this site alone."""
    signed_in(client, "dana")
    text = client.get("/chat/").text
    scripts = text.split("<script")[1:]
    assert scripts
    assert all("src=" in script.split(">")[0] and script.split(">")[1].startswith("</script") for script in scripts)
    assert "http" not in text.replace("http-equiv", "")


def test_a_page_session_of_somebody_else_is_refused(running: Any) -> None:
    """Its name is chosen in the browser: whoever learns it can neither listen, join nor stop."""
    dana = signed_in(TestClient(running, follow_redirects=False), "dana")
    bo = signed_in(TestClient(running, follow_redirects=False), "bo")
    body = {"session_hash": "danas", "fn_index": 0, "event_id": "x"}
    assert dana.post("/chat/gradio_api/cancel", json=body, headers=ORIGIN).status_code == 200
    assert bo.post("/chat/gradio_api/cancel", json=body, headers=ORIGIN).status_code == 403
    assert bo.get("/chat/gradio_api/queue/data?session_hash=danas").status_code == 403
    assert bo.post("/chat/gradio_api/queue/join", json={"data": []}, headers=ORIGIN).status_code == 403


def test_large_bodies_are_refused(client: TestClient) -> None:
    """Forms of 8 kB, events of 1 MB."""
    signed_in(client, "dana")
    assert client.post("/login", data={"name": "x" * 9_000}, headers=ORIGIN).status_code == 413
    large = json.dumps({"session_hash": "s", "data": ["x" * 1_000_001]})
    answer = client.post("/chat/gradio_api/queue/join", content=large, headers=ORIGIN)
    assert answer.status_code == 413


def test_the_first_link_makes_the_first_admin(house: House, client: TestClient) -> None:
    """Name and password twice; the link works once; a weak password leaves it good."""
    accounts = house.accounts
    assert isinstance(accounts, FakeAccounts)
    accounts.links["first-token-1234567890"] = ""
    path = "/first/first-token-1234567890"
    assert "first person" in client.get(path).text
    weak = {"name": "ada", "password": "short", "again": "short"}
    assert client.post(path, data=weak, headers=ORIGIN).status_code == 422
    differ = {"name": "ada", "password": PASSWORD, "again": "another password"}
    assert client.post(path, data=differ, headers=ORIGIN).status_code == 422
    good = {"name": "ada", "password": PASSWORD, "again": PASSWORD}
    assert client.post(path, data=good, headers=ORIGIN).status_code == 303
    assert client.get(path).status_code == 410
    assert client.get("/", headers=PAGE).headers["location"] == "/chat/"


def test_signing_out_ends_the_session(client: TestClient) -> None:
    """Also for a copy of the cookie."""
    signed_in(client, "dana")
    cookie = client.cookies["ringfence"]
    assert client.post("/logout", headers=ORIGIN).status_code == 303
    assert client.get("/chat/config", headers={"cookie": f"ringfence={cookie}"}).status_code == 401


def test_a_page_of_a_document_is_checked_live_and_recorded(house: House, client: TestClient) -> None:
    """What the house does not hand out does not exist; a right revoked meanwhile counts at the next opening."""
    reading = house.reading
    assert isinstance(reading, FakeReading)
    signed_in(client, "dana")
    mine, foreign = SHELF[0][0].id, SHELF[2][0].id
    before = len(reading.shown)
    assert "Client account records" in client.get(f"/library/page/{mine}/7").text
    assert reading.shown[before:] == [("id-dana", mine, 7)]
    about = client.get(f"/library/document/{mine}").text
    assert "2027&#45;12&#45;31" in about
    assert "Passage 3" in about
    assert client.get(f"/library/document/{foreign}").status_code == 404
    assert client.get(f"/library/page/{foreign}/1").status_code == 404
    assert client.get(f"/library/picture/{foreign}/1").status_code == 404
    assert client.get(f"/library/picture/{mine}/7").content.startswith(b"\x89PNG")
    reading.revoked.add(mine)
    assert client.get(f"/library/page/{mine}/7").status_code == 404
    reading.revoked.clear()


def test_proofs_and_raw_records_are_downloads_for_auditors(house: House, client: TestClient) -> None:
    """Handed out as files, never shown in place."""
    assert isinstance(house.record, FakeRecord)
    signed_in(client, "ines")
    for path in ("/audit/proof/12", "/audit/raw/12"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-disposition"].startswith("attachment")
    assert client.get("/audit/raw/99999999").status_code == 404


def test_everybody_sees_what_is_recorded_and_who_opened_it(client: TestClient) -> None:
    """The reasons auditors gave are shown as text."""
    signed_in(client, "dana")
    text = client.get("/me").text
    assert "What is recorded?" in text
    assert "complaint 7 &lt;b&gt;" in text


def test_theme_and_style_sheet_hold_the_same_colours() -> None:
    """One palette, written in two places because Gradio wants its own."""
    css = (LOOK / "pages.css").read_text()
    light, dark = css.split("@media (prefers-color-scheme: dark)")[:2]
    for name, (in_light, in_dark) in COLOURS.items():
        assert f"--{name}: {in_light};" in light
        assert f"--{name}: {in_dark};" in dark
