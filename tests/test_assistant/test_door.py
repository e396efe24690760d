"""The door: each step refuses on its own, and what leaves is what was judged and recorded, byte for byte."""

from __future__ import annotations

import json
import signal
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from urllib.parse import urlsplit

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from deciding import grounds
from fakes import (
    ListRecorder,
    Manner,
    RecordingServer,
    ShutDoor,
    completion,
    make_destination,
    make_passage,
    make_prompt,
    make_question,
)

from assistant.egress.connections import Host
from assistant.egress.door import Door, file_credential
from assistant.egress.providers.openai_compatible import HEADERS
from assistant.egress.providers.wire import Limits
from assistant.errors import ConnectionsError, DoorError, DoorShutError
from policies import decide
from policies.audit.events import Departed, Returned
from policies.decisions import Escalate, ReleasedPrompt
from policies.errors import DetectorError, RecordError, RefusedError, UnavailableError, UsageError
from policies.switch import OFF
from policies.vocabulary import Kind

NOW = 1_800_000_000_000_000
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
QUESTION = "What is the capital of France? Grüße, 東京"


def verify(message, signature):
    try:
        KEY.public_key().verify(signature, message)
    except InvalidSignature:
        return False
    return True


def release(outgoing, *, destination="outside-model", versions="v1", expires=NOW + 60_000_000, key=KEY.sign):
    return ReleasedPrompt.sign(
        outgoing, destination=destination, rulebook="r1", label_versions=versions, expires=expires, key=key
    )


def refuse(error):
    def decide(_released):
        raise error

    return decide


@pytest.fixture
def server():
    with RecordingServer() as running:
        yield running


def make_door(server, **given):
    fields = {
        "destination": make_destination(server.base_url),
        "recorder": ListRecorder(),
        "is_on": lambda: True,
        "verify": verify,
        "versions": lambda: "v1",
        "decide_again": lambda _released: None,
        "allowed": {server.host},
        "credential": lambda: "sk-secret",
        "count": lambda _released: None,
        "now": lambda: NOW,
        "limits": Limits(connect_s=1, total_s=1.5, answer_bytes=20_000),
    }
    return Door(**(fields | given))


def general_prompt():
    return make_prompt(make_question(QUESTION, kind=Kind.GENERAL))


def send(door, released=None):
    released = released or release(door.serialise(general_prompt()))
    return door.send(released, question=3, decision=4, actor="person-ada")


def test_a_label_that_changes_during_the_second_decision_ends_the_release(server):
    """Looked at once more before the departure is recorded."""
    held = ["v1"]
    door = make_door(server, versions=lambda: held[0], decide_again=lambda _released: held.__setitem__(0, "v2"))
    with pytest.raises(DoorShutError) as shut:
        send(door)
    assert (shut.value.step, server.received, door.recorder.events) == ("versions", [], [])


def test_an_allowed_question_goes_out_and_comes_back(server):
    """The bytes at the receiver are the bytes in the record, and the departure came first."""
    door = make_door(server)
    outgoing = door.serialise(general_prompt())
    assert send(door, release(outgoing)) == "Paris is the capital of France."
    (received,) = server.received
    departed, returned = door.recorder.events
    assert sha256(received.body).hexdigest() == departed.body_sha256
    assert (received.body, departed.outgoing) == (outgoing.body, outgoing.digest)
    assert (departed.question, departed.decision, departed.outgoing_size) == (3, 4, len(received.body))
    assert door.recorder.contents[0]["body"].text.encode() == received.body
    assert door.recorder.contents[0]["body"].owner == "person:person-ada"
    assert (returned.closes, returned.outcome, returned.status) == (0, "ok", 200)


def test_the_departure_is_recorded_before_a_byte_arrives(server):
    """While the receiver holds the answer back, the intent already stands in the record."""
    server.manner = Manner(delay=0.5)
    door = make_door(server)
    thread = threading.Thread(target=send, args=(door,))
    thread.start()
    while not server.received:
        time.sleep(0.005)
    assert [type(event) for event in door.recorder.events] == [Departed]
    thread.join()


def test_only_the_allowed_fields_and_headers_leave(server):
    """No user, no metadata, no name of a program; the credential is added last and stands in no record."""
    door = make_door(server)
    send(door)
    (received,) = server.received
    assert sorted(json.loads(received.body)) == ["max_tokens", "messages", "model", "stream"]
    added = {"host", "content-length", "authorization", "connection"}
    assert set(received.headers) <= {name for name, _ in HEADERS} | added
    assert received.headers["authorization"] == "Bearer sk-secret"
    assert "sk-secret" not in repr(door.recorder.events) + repr(door.recorder.contents)
    assert "person" not in received.body.decode()


def test_the_same_prompt_makes_the_same_bytes(server):
    """So that a decision on the bytes holds."""
    door = make_door(server)
    one = door.serialise(make_prompt(make_question(), [make_passage("A."), make_passage("B.", rank=2)]))
    two = door.serialise(make_prompt(make_question(), [make_passage("B.", rank=2), make_passage("A.")]))
    assert one == two
    assert "A." in one.body.decode()


REFUSALS = {
    "the switch is off": ({"is_on": lambda: False}, {}, "switch"),
    "nobody can watch the switch": ({"passing": lambda: refuse(UnavailableError("Full."))(None)}, {}, "switch"),
    "the signature is somebody else's": ({}, {"key": Ed25519PrivateKey.generate().sign}, "release"),
    "the release is for another destination": ({}, {"destination": "another"}, "release"),
    "the release has expired": ({"now": lambda: NOW + 60_000_000}, {}, "release"),
    "the host is not in the table": ({"allowed": ()}, {}, "address"),
    "only another port is in the table": ({"allowed": {Host("127.0.0.1", 1)}}, {}, "address"),
    "labels have changed since": ({"versions": lambda: "v2"}, {}, "versions"),
    "the second decision says no": ({"decide_again": refuse(RefusedError("No."))}, {}, "decision"),
    "a detector is missing at the second decision": (
        {"decide_again": refuse(DetectorError("Missing."))}, {}, "decision"),
    "the key cannot be read": ({"credential": lambda: refuse(UsageError("No key."))(None)}, {}, "credential"),
    "the request is larger than the limit": ({"limits": Limits(request_bytes=10)}, {}, "address"),
}  # fmt: skip


@pytest.mark.parametrize("story", REFUSALS)
def test_each_step_refuses_and_nothing_leaves(server, story):
    """Not a byte, and not even an intent."""
    door_fields, release_fields, step = REFUSALS[story]
    door = make_door(server, **door_fields)
    outgoing = door.serialise(general_prompt())
    with pytest.raises(DoorShutError) as refused:
        send(door, release(outgoing, **release_fields))
    assert refused.value.step == step
    assert not server.received
    assert not door.recorder.events


CHANGES = {
    "another body": {"body": b'{"messages":[]}'},
    "another address": {"url": "http://127.0.0.1:9/v1/chat/completions"},
    "another method": {"method": "PUT"},
    "another header": {"headers": (*HEADERS, ("x-user", "Ada"))},
}


@pytest.mark.parametrize(
    ("change", "signed_anew"), [*((c, False) for c in CHANGES), *((c, True) for c in CHANGES if c != "another body")]
)
def test_a_request_changed_after_the_decision_does_not_leave(server, change, signed_anew):
    """The release binds every byte; even a release for something else is refused where the form is wrong."""
    door = make_door(server)
    outgoing = door.serialise(general_prompt())
    changed = replace(outgoing, **CHANGES[change])
    released = release(changed) if signed_anew else replace(release(outgoing), outgoing=changed)
    with pytest.raises(DoorShutError):
        send(door, released)
    assert not server.received


BODIES = {
    "a tool": lambda body: {**body, "tools": [{"type": "function", "function": {"name": "x"}}]},
    "a name": lambda body: {**body, "user": "Ada"},
    "keeping it": lambda body: {**body, "store": True},
    "a hundred answers": lambda body: {**body, "n": 100},
    "another model": lambda body: {**body, "model": "other-model"},
    "streaming": lambda body: {**body, "stream": True},
    "a longer answer": lambda body: {**body, "max_tokens": 10**6},
    "another role": lambda body: {**body, "messages": [{"role": "tool", "content": "x"}]},
    "a picture": lambda body: {**body, "messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
    "a name of a message": lambda body: {**body, "messages": [{"role": "user", "content": "x", "name": "Ada"}]},
    "no messages": lambda body: {},
    "a list": lambda body: [body],
}
WRITTEN = {
    "a field twice": lambda raw: raw[:-1] + b',"model":"other-model"}',
    "blanks, which could mean something": lambda raw: raw.replace(b":", b": ", 1),
    "letters written otherwise": lambda raw: raw.replace("ü".encode(), b"\\u00fc"),
    "something behind it": lambda raw: raw + b"\n",
    "half a character": lambda raw: raw.replace("ü".encode(), b"\\ud800"),
    "no JSON": lambda raw: b"x",
    "too deep": lambda raw: b'{"messages":' + b"[" * 100_000,
}


@pytest.mark.parametrize("more", [*BODIES, *WRITTEN])
def test_a_release_for_more_than_a_question_is_refused_whoever_signed_it(server, more):
    """The door sends what it makes itself: four fields, as they are set, and texts. So does the gateway, which a home
    that was broken into could hand over anything that it signs."""
    door = make_door(server)
    outgoing = door.serialise(general_prompt())
    plain = json.dumps(json.loads(outgoing.body), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert plain == outgoing.body
    if more in WRITTEN:
        body = WRITTEN[more](outgoing.body)
    else:
        made = BODIES[more](json.loads(outgoing.body))
        body = json.dumps(made, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert body != outgoing.body
    with pytest.raises(DoorShutError) as shut:
        send(door, release(replace(outgoing, body=body)))
    assert (shut.value.step, server.received, door.recorder.events) == ("address", [], [])


def test_what_leaves_is_counted_before_it_does_and_what_cannot_be_counted_stays(server):
    """The count comes before the record of the departure; a count that fails shuts the door."""
    counted = []
    door = make_door(server, count=lambda released: counted.append((released, len(server.received))))
    send(door)
    assert [before for _, before in counted] == [0]
    assert len(server.received) == 1

    def broken(_released):
        raise UsageError("The count cannot be read.")

    door = make_door(server, count=broken)
    with pytest.raises(DoorShutError) as refused:
        send(door)
    assert refused.value.step == "count"
    assert len(server.received) == 1
    assert not [event for event in door.recorder.events if isinstance(event, Departed)]


def test_what_was_agreed_to_and_has_left_meanwhile_does_not_leave_again(server):
    """The departure is refused inside its own transaction; a record that fails there stops the walk."""

    def spent(_event, _contents):
        raise RefusedError("It has left already.")

    door = make_door(server, depart=spent)
    with pytest.raises(DoorShutError, match="left already") as shut:
        send(door)
    assert (shut.value.step, server.received, door.recorder.events) == ("agreement", [], [])


def test_a_release_is_good_once(server):
    """Replaying it is refused, also by two threads at once."""
    door = make_door(server)
    released = release(door.serialise(general_prompt()))
    outcomes = []

    def attempt():
        try:
            outcomes.append(send(door, released))
        except DoorShutError as error:
            outcomes.append(error.step)

    threads = [threading.Thread(target=attempt) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes)[1:] == ["release"] * 3
    assert len(server.received) == 1


def test_a_clock_that_is_set_back_makes_no_used_release_good(server):
    """Though it had expired in between, and another one had been sent."""
    clock = [NOW]
    door = make_door(server, now=lambda: clock[0])
    used = release(door.serialise(general_prompt()))
    send(door, used)
    clock[0] = used.expires + 1
    send(door, release(door.serialise(general_prompt()), expires=clock[0] + 1))
    clock[0] = NOW
    with pytest.raises(DoorShutError, match="used before"):
        send(door, used)
    assert len(server.received) == 2


def test_what_cannot_be_recorded_does_not_leave(server):
    """RecordError goes up; the receiver saw nothing."""
    door = make_door(server, recorder=ListRecorder(fails_at=0))
    with pytest.raises(RecordError):
        send(door)
    assert not server.received


FAULTS = {
    "a server error": (Manner(status=500), "error", 500),
    "a redirect": (Manner(status=307, location="http://127.0.0.1:9/elsewhere"), "error", 307),
    "not JSON": (Manner(raw=b"<html>busy</html>"), "error", 200),
    "JSON of another form": (Manner(raw=b'{"choices": []}'), "error", 200),
    "an empty answer": (Manner(text="  "), "error", 200),
    "deep nesting": (Manner(raw=b"[" * 15_000), "error", 200),
    "an endless answer": (Manner(text="x" * 30_000), "error", 200),
    "a hang-up in the middle": (Manner(hang_up=True), "unknown", 200),
    "silence": (Manner(delay=3.0), "timeout", 0),
    "one byte now and then": (Manner(drip=0.1), "timeout", 200),
    "a header now and then": (Manner(stall=0.1), "timeout", 0),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_outside_is_closed_in_the_record_and_tried_once(server, fault):
    """DoorError for the caller to answer here; never a second try, here or elsewhere."""
    server.manner, outcome, status = FAULTS[fault]
    door = make_door(server)
    with pytest.raises(DoorError) as failed:
        send(door)
    assert not isinstance(failed.value, DoorShutError)
    assert len(server.received) == 1
    _, returned = door.recorder.events
    assert (returned.closes, returned.outcome, returned.status) == (0, outcome, status)
    assert "France" not in str(failed.value)


def test_the_second_decision_sees_the_exact_release(server):
    """The very bytes that will leave, and it is asked once."""
    seen = []
    door = make_door(server, decide_again=seen.append)
    released = release(door.serialise(general_prompt()))
    send(door, released)
    assert seen == [released]


def test_a_host_that_is_down_is_an_error_after_a_recorded_departure():
    """Nothing listens: the intent is closed as an error."""
    with RecordingServer() as gone:
        pass
    door = make_door(gone)
    with pytest.raises(DoorError):
        send(door)
    assert [type(event) for event in door.recorder.events] == [Departed, Returned]


def test_proxy_variables_are_not_followed(server, monkeypatch):
    """The environment cannot turn the request elsewhere."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert send(make_door(server))


def test_outside_this_machine_only_https(server):
    """Plain http to another host is refused even when the table allows it."""
    door = make_door(
        server,
        destination=make_destination("http://api.example.com/v1", host="api.example.com"),
        allowed={Host("api.example.com", 80)},
    )
    with pytest.raises(DoorShutError, match="https"):
        send(door)


def test_hosts_are_compared_without_case_and_trailing_dot():
    """And a malformed port is an error of ours."""
    assert Host.of_url("https://API.example.com./v1") == Host("api.example.com", 443)
    for url in ("https://a:99999/", "gopher://a/", "https://u:p@a/", "https://", "https://a/v1?b", "https://a/v1#b",
                "https://a\n.b/", "https://a\t.b/", "https://a /", "https://a\\b/"):  # fmt: skip
        with pytest.raises(ConnectionsError):
            Host.of_url(url)


def test_the_file_outside_off_shuts_the_door_at_once(server, tmp_path):
    """Whoever can write into the home can stop sending; a second try after it is refused."""
    door = make_door(server, is_on=lambda: not (tmp_path / OFF).exists())
    assert send(door)
    (tmp_path / OFF).touch()
    with pytest.raises(DoorShutError, match="switched off"):
        send(door)


def test_the_pass_is_held_from_the_last_look_at_the_switch_to_the_end(server):
    """So that whoever stops it can wait until nothing is under way; a refusal gives it back as well."""
    seen = []

    @contextmanager
    def passing():
        seen.append("in")
        yield
        seen.append(f"out, {len(server.received)} received")

    door = make_door(server, is_on=lambda: seen.append("look") or True, passing=passing)
    send(door)
    assert seen == ["look", "in", "look", "out, 1 received"]
    seen.clear()
    with pytest.raises(DoorShutError):
        send(door, release(door.serialise(general_prompt()), expires=NOW))
    assert seen == ["look"]


def test_the_key_comes_from_its_file_at_each_sending(server, tmp_path):
    """It can be changed without a restart; a missing or empty one shuts the door before anything is recorded."""
    file = tmp_path / "key"
    door = make_door(server, credential=file_credential(file))
    for key in ("sk-one", "sk-two"):
        file.write_text(f"{key}\n")
        send(door, release(door.serialise(make_prompt(make_question(key, kind=Kind.GENERAL)))))
        assert server.received[-1].headers["authorization"] == f"Bearer {key}"
    for broken in (lambda: file.write_text("  \n"), lambda: file.write_text("a\nb"), file.unlink):
        broken()
        with pytest.raises(DoorShutError) as refused:
            send(door, release(door.serialise(make_prompt(make_question("third", kind=Kind.GENERAL)))))
        assert refused.value.step == "credential"
    assert file_credential(None)() == ""
    assert len(server.received) == 2


def test_a_record_that_cannot_be_read_at_the_second_decision_stops_the_walk(server):
    """It does not count as a no that is answered here: cannot record, cannot answer."""
    with pytest.raises(RecordError):
        send(make_door(server, decide_again=refuse(RecordError("Damaged."))))
    assert not server.received


def test_a_process_that_is_stopped_leaves_an_unknown_in_the_record(server):
    """Interrupted while it waits: nobody knows whether it arrived."""

    def interrupted():
        raise KeyboardInterrupt

    server.manner = Manner(delay=5)
    door = make_door(server, limits=Limits(total_s=10))
    timer = threading.Timer(0.4, lambda: signal.raise_signal(signal.SIGINT))
    before = signal.signal(signal.SIGINT, lambda *_: interrupted())
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            send(door)
    finally:
        signal.signal(signal.SIGINT, before)
    assert [event.outcome for event in door.recorder.events if isinstance(event, Returned)] == ["unknown"]


def test_a_key_is_not_added_where_there_is_none(server):
    """A server of one's own may need none."""
    send(make_door(server, credential=lambda: ""))
    assert "authorization" not in server.received[0].headers


def test_a_shut_door_fails_the_test_that_sends(server):
    """The default in tests."""
    door = ShutDoor()
    assert urlsplit(door.serialise(general_prompt()).url).port == 9
    with pytest.raises(AssertionError):
        door.send(release(door.serialise(general_prompt())), question=0, decision=0)


def test_the_answer_may_hold_anything_and_comes_back_as_text(server):
    """Markup and odd characters are the renderer's business; the door only bounds the size."""
    text = "![x](http://evil.example/?q=1) <script>\u202e"
    server.manner = Manner(raw=completion(text))
    assert send(make_door(server)) == text


class HomesKey:
    """The home's public key, as the second decision asks for it."""

    def verify(self, signature, data):
        KEY.public_key().verify(signature, data)


QUESTIONS = {
    "What is the capital of France?": True,
    "My patient Erika Mustermann has HIV, what now?": False,
    "The password of our server is Tr0ub4dor&3xQ9, is it strong?": False,
}


@pytest.mark.parametrize("text", QUESTIONS)
def test_with_the_real_rules_only_the_harmless_question_leaves(server, text):
    """Decided twice by the real rules and detectors, on the bytes that the server then receives."""
    door = make_door(server)
    now = grounds(clock=lambda: NOW, destination=door.destination, label_versions="v1")
    door.decide_again = lambda released: decide.check_released(released, now, public=HomesKey())
    prompt = make_prompt(make_question(text, kind=Kind.GENERAL, allow_outside=True))
    decision = decide.route(prompt, door.serialise(prompt), now, key=KEY.sign)
    assert isinstance(decision, Escalate) is QUESTIONS[text]
    if isinstance(decision, Escalate):
        assert send(door, decision.released) == "Paris is the capital of France."
    assert len(server.received) == QUESTIONS[text]
