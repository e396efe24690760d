"""A person with an account and a script of their own against the running site: none of it is a click in a browser."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient
from web_house import PASSWORD, SHELF, FakeAccounts, FakeReading, fake_house

from assistant.site import build_site
from assistant.web.base import House
from policies.errors import RecordError

ORIGIN = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}
PLANTED = "Plumbago-7741"


@pytest.fixture(scope="module")
def house() -> House:
    return fake_house()


@pytest.fixture(scope="module")
def running(house: House) -> Iterator[TestClient]:
    with TestClient(build_site(house), follow_redirects=False, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def client(running: TestClient) -> TestClient:
    running.cookies.clear()
    return running


def sign_in(client: TestClient, name: str, password: str = PASSWORD) -> Any:
    return client.post("/login", data={"name": name, "password": password}, headers=ORIGIN)


def event(client: TestClient, page: str, session: str, **body: object) -> list[dict[str, Any]]:
    """Send an event of a page and read what comes of it."""
    joined = client.post(
        f"/{page}/gradio_api/queue/join",
        content=json.dumps({"session_hash": session, "data": [], **body}),
        headers=ORIGIN | {"content-type": "application/json"},
    )
    assert joined.status_code == 200, joined.text
    said = client.get(f"/{page}/gradio_api/queue/data?session_hash={session}").text
    return [json.loads(line[5:]) for line in said.splitlines() if line.startswith("data:")]


# -- what is typed stays out of the log -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        [PLANTED],  # of a page that was open while the site was renewed: too few places
        ["question", PLANTED, False, False, None],  # a kind that the page does not offer
        [None, "documents", False, False, None],
    ],
)
def test_an_event_that_breaks_leaves_nothing_typed_in_the_log(
    client: TestClient, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, data: list[Any]
) -> None:
    """Gradio prints what it could not use; we say where it broke, and the person hears of it in our words."""
    sign_in(client, "dana")
    last = event(client, "chat", "breaks", fn_index=0, data=data)[-2]
    printed = capfd.readouterr()
    assert PLANTED not in printed.out + printed.err + caplog.text
    assert "Traceback" not in printed.err
    assert "an event broke" in caplog.text
    assert last["success"] is False
    assert "on our side" in last["output"]["error"]
    assert PLANTED not in json.dumps(last)


@pytest.mark.parametrize(
    "content",
    [
        '{"session_hash":"deep","data":' + "[" * 90_000 + "]" * 90_000 + "}",
        '{"session_hash":"f","fn_index":99,"data":[]}',
    ],
)
def test_a_request_that_breaks_is_refused_and_the_server_prints_none_of_it(
    client: TestClient, capfd: pytest.CaptureFixture[str], content: str
) -> None:
    """Neither the body that nobody can read nor the function that is not there ends in a server's traceback."""
    sign_in(client, "dana")
    answer = client.post(
        "/chat/gradio_api/queue/join", content=content, headers=ORIGIN | {"content-type": "application/json"}
    )
    assert answer.status_code in (403, 500)
    assert "content-security-policy" in answer.headers
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(
    "path", ["/me/", "/logout", "/chat/passage/x?page=99999999999999999999", "/chat/picture/x?page=-1"]
)
def test_no_address_breaks_the_site(client: TestClient, path: str) -> None:
    """What there is not is refused, not an error of ours."""
    sign_in(client, "dana")
    assert client.get(path).status_code in (404, 405, 422)


def test_half_a_character_is_asked_as_what_is_whole_of_it(house: House, client: TestClient) -> None:
    """A text cut in the middle of an emoji neither breaks the answer nor the stream that tells it."""
    sign_in(client, "dana")
    data = ["How long? \ud83d", "documents", False, False, None]
    assert event(client, "chat", "halves", fn_index=0, data=data)[-2]["success"] is True
    assert house.asking.asked[-1].text == "How long? ?"  # type: ignore[attr-defined]


def test_what_cannot_be_recorded_is_not_shown_and_says_so(house: House, client: TestClient) -> None:
    """In our words, where the page would stand; not as an error of a server."""
    reading = house.reading
    assert isinstance(reading, FakeReading)
    sign_in(client, "dana")

    def full() -> None:
        raise RecordError("The record cannot be written.", cure="Free some space.")

    reading.drawing = full
    try:
        answer = client.get(f"/library/picture/{SHELF[0][0].id}/7")
    finally:
        reading.drawing = None
    assert answer.status_code == 503
    assert "The record cannot be written&#46;" in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_a_refusal_is_never_kept_by_a_browser(client: TestClient) -> None:
    """Only a file that was handed out may be: else whoever signs in later is shown the sign-in form in its place."""
    path = "/chat/theme.css"
    asset = "/chat/static/img/logo.svg"
    for address, headers in ((asset, {}), (asset, {"accept": "text/html"}), (path, {})):
        refused = client.get(address, headers=headers)
        assert refused.status_code in (303, 401)
        assert refused.headers["cache-control"] == "no-store"
    sign_in(client, "dana")
    assert client.get("/chat/static/nothing.svg").headers["cache-control"] == "no-store"
    assert "immutable" in client.get(asset).headers["cache-control"]


def test_a_page_that_is_still_open_is_told_that_its_session_has_ended(client: TestClient) -> None:
    """Its program shows the person what stands in `detail`; of a whole page it makes an error of its own."""
    body = {"session_hash": "ended", "fn_index": 0, "data": []}
    answer = client.post("/chat/gradio_api/queue/join", json=body, headers=ORIGIN | {"accept": "*/*"})
    assert (answer.status_code, answer.json()) == (401, {"detail": "Your session has ended. Please sign in."})


def test_a_page_session_has_a_short_name(client: TestClient) -> None:
    """Whose it is, is remembered: megabytes of names must not be."""
    sign_in(client, "dana")
    body = {"session_hash": "s" * 65, "fn_index": 5, "data": [None]}
    assert client.post("/chat/gradio_api/queue/join", json=body, headers=ORIGIN).status_code == 403


# -- signing in -------------------------------------------------------------------------------------------------


def test_white_space_around_a_name_is_no_new_name(client: TestClient) -> None:
    """The pause after failures holds however the name is written."""
    codes = [sign_in(client, f"{' ' * n}otto{chr(0xA0) * n}", "wrong").status_code for n in range(8)]
    assert codes == [401] * 5 + [429] * 3


def test_fifty_passwords_at_once_are_five(client: TestClient) -> None:
    """A try counts before it is known to fail."""
    with ThreadPoolExecutor(50) as several:
        codes = list(several.map(lambda n: sign_in(client, "erna", f"wrong {n}").status_code, range(20)))
    assert codes.count(401) == 5


def test_behind_a_proxy_one_persons_failures_keep_nobody_else_out() -> None:
    """Everybody has the proxy's address there."""
    client = TestClient(build_site(fake_house(https=True)), base_url="https://testserver", follow_redirects=False)
    headers = {"origin": "https://testserver", "sec-fetch-site": "same-origin"}
    for n in range(35):
        form = {"name": f"nobody-{n}", "password": "wrong"}
        assert client.post("/login", data=form, headers=headers).status_code == 401
    good = {"name": "dana", "password": PASSWORD}
    assert client.post("/login", data=good, headers=headers).status_code == 303


def test_signing_in_as_another_ends_the_session_before(house: House, client: TestClient) -> None:
    """Of two people at one machine the first is signed out, also for a copy of the cookie."""
    assert isinstance(house.accounts, FakeAccounts)
    sign_in(client, "dana")
    before = client.cookies["ringfence"]
    sign_in(client, "ines")
    assert client.get("/me").status_code == 200
    client.cookies.clear()
    assert client.get("/me", headers={"cookie": f"ringfence={before}"}).status_code == 401


# -- one person must not stand in everybody's way -------------------------------------------------------------------


def test_pictures_that_take_long_hold_up_nothing_else(house: House, client: TestClient) -> None:
    """Sixty are asked for at once: the site answers meanwhile, and most are told to come back."""
    reading = house.reading
    assert isinstance(reading, FakeReading)
    sign_in(client, "dana")
    address = f"/library/picture/{SHELF[0][0].id}/7"
    free = threading.Event()
    reading.drawing = free.wait
    try:
        with ThreadPoolExecutor(60) as several:
            asked = [several.submit(client.get, address) for _ in range(60)]
            deadline = time.monotonic() + 20
            while sum(one.done() for one in asked) < 56 and time.monotonic() < deadline:
                time.sleep(0.01)
            assert [one.result().status_code for one in asked if one.done()] == [429] * 56
            assert client.get("/me").status_code == 200  # while four are still being drawn
            free.set()
            assert sorted(one.result().status_code for one in asked)[:4] == [200] * 4
    finally:
        free.set()
        reading.drawing = None
    assert client.get(address).status_code == 200
