"""The front desk over the real parts: who may see what, what is kept, and what each look leaves in the record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fakes import ListRecorder, ScriptedGenerator
from house import CELLAR, PASSWORD, House, changed_environment, house, own

from assistant import phrases
from assistant.accounts.people import People
from assistant.answers import Outcome, Sentence, Standing
from assistant.ask import collect
from assistant.desk.desk import Desk, open_desk
from assistant.desk.entrance import Entrance
from assistant.desk.keeping import decision_from_json, decision_to_json, sentence_from_json, sentence_to_json
from assistant.web.base import RecordFilter
from policies.decisions import AnswerLocally, Escalate, Outgoing, Reason, Refuse, ReleasedPrompt
from policies.errors import RecordError, RefusedError, UsageError
from policies.labels import PUBLIC, Label, Level
from policies.vocabulary import Kind, Question, Role

__all__ = ["house", "own"]
PER_DIEM = "What is the per diem in Berlin?"
ANSWER = "The per diem in Berlin is 28 euros for each full day."


def at(house: House) -> Desk:
    """The desk with a scripted model. One passage a question, so that the label is that of the document asked for."""
    if not (house.home / "ringfence.toml").exists():
        house.write("home/ringfence.toml", "[assistant]\npassages = 1\n")
    desk = open_desk(house.home)
    desk.parts.writer = ScriptedGenerator([f"{ANSWER} "])
    return desk


@pytest.fixture
def desk(own: House) -> Iterator[Desk]:
    with changed_environment({"RINGFENCE_KEYS": str(own.keys)}), at(own) as found:
        yield found


def wall(own: House, rule: str) -> None:
    """The packaged rules and one more, as the home's own."""
    own.rules(wall=rule)


def last(desk: Desk, back: int = 1) -> dict[str, Any]:
    size = desk.parts.ledger.head().size
    return json.loads(next(iter(desk.parts.ledger.bodies(size - back)))[1])


def record(desk: Desk) -> list[str]:
    return [json.loads(body)["kind"] for _, body in desk.parts.ledger.bodies()]


def document(desk: Desk, name: str) -> str:
    return next(one.document for one in desk.parts.ingest.catalogue.documents(None) if one.path.endswith(name))


# -- asking, and conversations -------------------------------------------------------------------------


def test_a_conversation_is_kept_and_opened_again_as_it_was_shown(own: House) -> None:
    """After a restart: the same sentences, citations, decision and label; opening it is recorded with what it shows."""
    with changed_environment({"RINGFENCE_KEYS": str(own.keys)}):
        with at(own) as desk:
            dana = desk.person("dana")
            first = collect(desk.ask(dana, PER_DIEM))
        with at(own) as desk:
            dana = desk.person("dana")
            (line,) = desk.asking.conversations(dana)
            reopened = desk.asking.reopen(dana, line.id)
            assert line.title == PER_DIEM
            assert str(line.label) == "internal"
            assert reopened is not None
            (exchange,) = reopened.exchanges
            assert exchange.question == PER_DIEM
            assert exchange.sentences == first.sentences
            assert exchange.decision == first.decision
            assert [passage.chunk.id for passage in exchange.passages] == [p.chunk.id for p in first.passages]
            assert (exchange.outcome, exchange.record) == ("answered", first.finished.record)
            assert (last(desk)["kind"], last(desk)["how"]) == ("TextShown", "conversation")
            assert len(last(desk)["shown"]) == len(first.passages)
    assert b"per diem" not in (own.home / "conversations" / "conversations.db").read_bytes()


def test_a_conversation_goes_on_with_its_own_history_label_and_kind(desk: Desk) -> None:
    """What the caller says of them does not count: the label never falls, the earlier turns are there."""
    dana = desk.person("dana")
    first = collect(desk.ask(dana, PER_DIEM))
    said = Question(
        text="When does the clinic open?", person=dana, kind=Kind.GENERAL, conversation=first.finished.conversation
    )
    second = collect(desk.asking.ask(said))
    assert second.finished.conversation == first.finished.conversation
    assert str(second.finished.label) == "internal"
    prompt = desk.parts.writer.prompts[-1]  # type: ignore[attr-defined]
    assert prompt.question.kind is Kind.DOCUMENTS
    assert [turn.role for turn in prompt.history] == ["user", "assistant"]
    assert prompt.history[0].text == PER_DIEM


def test_nobody_goes_on_with_or_opens_somebody_elses_conversation(desk: Desk) -> None:
    """Refused, and the same for one that does not exist."""
    theirs = collect(desk.ask(desk.person("dana"), PER_DIEM)).finished.conversation
    bo = desk.person("bo")
    for conversation in (theirs, "no-such-conversation"):
        with pytest.raises(RefusedError):
            collect(desk.ask(bo, PER_DIEM, conversation=conversation))
        assert desk.asking.reopen(bo, conversation) is None
    assert desk.asking.conversations(bo) == []


def test_a_right_that_was_revoked_hides_what_an_old_answer_quoted(desk: Desk) -> None:
    """At the next look: the quote is gone, its passages are gone, and the record counts what was withheld."""
    dana = desk.person("dana")
    conversation = collect(desk.ask(dana, PER_DIEM)).finished.conversation
    desk.parts.ingest.catalogue.set_rights(document(desk, "travel.md"), groups={"board"})
    (exchange,) = desk.asking.reopen(dana, conversation).exchanges  # type: ignore[union-attr]
    assert [one.text for one in exchange.sentences] == [phrases.GONE]
    assert all(not passage.document.source.path.endswith("travel.md") for passage in exchange.passages)
    assert last(desk)["withheld"] == 1
    answer = collect(desk.ask(dana, PER_DIEM, conversation=conversation))
    assert "28 euros" not in answer.text


def test_a_rule_that_forbids_reading_hides_it_on_every_page(own: House) -> None:
    """An ethical wall counts for old answers, page texts and pictures, not only for searching."""
    with changed_environment({"RINGFENCE_KEYS": str(own.keys)}):
        with at(own) as desk:
            dana = desk.person("dana")
            conversation = collect(desk.ask(dana, PER_DIEM)).finished.conversation
            travel = document(desk, "travel.md")
            assert desk.house(hosts=frozenset()).reading.page(dana, travel, 1) is not None
        wall(own, '@id("wall") forbid (principal, action == Action::"read", resource) when { resource.level == 1 };')
        with at(own) as desk:
            (exchange,) = desk.asking.reopen(dana, conversation).exchanges  # type: ignore[union-attr]
            assert [one.text for one in exchange.sentences] == [phrases.GONE]
            reading = desk.house(hosts=frozenset()).reading
            assert reading.page(dana, travel, 1) is None
            assert reading.page_picture(dana, travel, 1) is None


@pytest.mark.parametrize("text", ["", "   ", "a" * 100_000])
def test_what_cannot_be_asked_leaves_no_conversation_and_no_record(desk: Desk, text: str) -> None:
    """Bad input costs nothing and leaves nothing."""
    dana, before = desk.person("dana"), record(desk)
    with pytest.raises(UsageError):
        collect(desk.ask(dana, text))
    with pytest.raises(UsageError):
        desk.search(dana, text, k=3, mode="hybrid")  # type: ignore[arg-type]
    assert desk.asking.conversations(dana) == []
    assert record(desk) == before


def test_an_answer_that_was_stopped_is_kept_as_far_as_it_was_shown(desk: Desk) -> None:
    """Stopping keeps what the person has seen, with the label it has."""
    dana = desk.person("dana")
    stream = desk.ask(dana, PER_DIEM)
    for event in stream:
        if isinstance(event, Sentence):
            break
    stream.close()  # type: ignore[attr-defined]
    (line,) = desk.asking.conversations(dana)
    (exchange,) = desk.asking.reopen(dana, line.id).exchanges  # type: ignore[union-attr]
    assert (exchange.outcome, exchange.sentences[0].text) == ("stopped", ANSWER)
    assert str(line.label) == "internal"
    assert "Abandoned" in record(desk)


def test_in_production_nobody_acts_for_somebody_else(own: House) -> None:
    """`--as` works for oneself only; in the lab for everybody."""
    own.write("home/ringfence.toml", '[assistant]\nmode = "production"\n')
    with changed_environment({"RINGFENCE_KEYS": str(own.keys)}), at(own) as desk:
        desk.add_person("root", groups=["staff"], clearance=Level.INTERNAL, roles=[Role.STAFF])
        desk.login = "os:root"
        assert desk.person("root").name == "root"
        with pytest.raises(RefusedError):
            desk.person("dana")
        with pytest.raises(UsageError):
            desk.person("nobody")


# -- coming in -----------------------------------------------------------------------------------------


def test_every_attempt_to_sign_in_is_recorded(desk: Desk) -> None:
    """Right, wrong and unknown: three records, and only the first gives a session."""
    door = desk.entrance
    token = door.sign_in("dana", PASSWORD)
    assert token is not None
    assert door.session(token) == desk.person("dana")
    assert last(desk)["outcome"] == "ok"
    assert door.sign_in("dana", "wrong horse battery") is None
    assert (last(desk)["outcome"], last(desk)["actor"][:2]) == ("refused", "P-")
    assert door.sign_in("nobody", PASSWORD) is None
    assert last(desk)["actor"] == "unknown"
    door.sign_out(token)
    assert door.session(token) is None
    assert last(desk)["outcome"] == "out"


def test_links_work_once(desk: Desk) -> None:
    """A welcome link sets a password; the first link makes the first admin; then neither works again."""
    door = desk.entrance
    welcome = desk.welcome_link(desk.person("bo")).rsplit("/", 1)[1]
    assert door.link(welcome).name == "bo"  # type: ignore[union-attr]
    assert door.session(door.use_link(welcome, "", "another long password")).name == "bo"  # type: ignore[union-attr]
    with pytest.raises(UsageError):
        door.use_link(welcome, "", "another long password")
    first = str(desk.first_link()).rsplit("/", 1)[1]
    assert door.link(first).name == ""  # type: ignore[union-attr]
    admin = door.session(door.use_link(first, "ada", "another long password"))
    assert Role.ADMIN in admin.roles  # type: ignore[union-attr]
    assert door.link(first) is None
    assert desk.first_link() is None


def test_a_disabled_person_is_out_at_once(desk: Desk) -> None:
    """The session ends with the account, and the record says who did it."""
    token = desk.entrance.sign_in("dana", PASSWORD)
    desk.disable_person("dana")
    assert desk.entrance.session(str(token)) is None
    assert (last(desk)["change"], last(desk)["actor"]) == ("disabled", desk.login)


# -- library, pages, record ----------------------------------------------------------------------------


def test_the_library_shows_staff_what_they_may_read_and_operators_names_only(desk: Desk) -> None:
    """An operator sees every name and label, and no more text than before."""
    everything = {"text": "", "status": "", "start": 0, "limit": 50}
    house = desk.house(hosts=frozenset())
    dana = desk.person("dana")
    assert {row.source.rsplit("/", 1)[1] for row in house.library.documents(dana, **everything)} == {
        "travel.md",
        "hours.txt",
        "cellar.md",
    }
    assert house.library.jobs(dana) == []
    assert house.library.set_aside(dana) == []
    opa = desk.add_person("opa", groups=[], clearance=Level.INTERNAL, roles=[Role.OPERATOR])
    assert len(house.library.documents(opa, **everything)) == 5
    assert [row.name for row in house.library.documents(opa, **everything | {"text": "HERON"})] == ["Project Heron"]
    assert house.library.jobs(opa)[0].state == "done"
    assert house.reading.page(opa, document(desk, "heron.md"), 1) is None
    assert house.library.document(dana, document(desk, "heron.md")) is None
    about = house.library.document(opa, document(desk, "heron.md"))
    assert about is not None
    assert (about.name, about.groups, str(about.label), about.pages) == ("Project Heron", ("board",), "restricted", 1)
    assert about.passages == sum(about.labels.values()) > 0
    assert house.reading.count(dana) == 3


@pytest.mark.parametrize(
    "rule",
    [
        '@id("wall") forbid (principal, action == Action::"read", resource) when { resource.level == 3 };',
        '@id("wall") forbid (principal, action == Action::"read", resource == Document::"CELLAR");',
    ],
)
def test_what_a_rule_keeps_from_a_person_is_not_named_to_them_either(own: House, rule: str) -> None:
    """Its title was taken from its text: it is in no list, in no count, and nothing is known of it."""
    with changed_environment({"RINGFENCE_KEYS": str(own.keys)}):
        with at(own) as desk:
            cellar, travel = document(desk, "cellar.md"), document(desk, "travel.md")
            opa = desk.add_person("opa", groups=[], clearance=Level.INTERNAL, roles=[Role.OPERATOR])
        wall(own, rule.replace("CELLAR", cellar))
        with at(own) as desk:
            house, dana = desk.house(hosts=frozenset()), desk.person("dana")
            everything: dict[str, Any] = {"text": "", "status": "", "start": 0, "limit": 100}
            assert cellar not in {row.document for row in house.library.documents(dana, **everything)}
            assert house.library.documents(dana, **everything | {"text": "cellar"}) == []
            assert house.reading.count(dana) == 2
            assert house.library.document(dana, cellar) is None
            assert house.library.document(dana, travel) is not None
            assert house.library.document(opa, cellar) is not None, "who looks after the library sees every name"


def test_a_page_is_recorded_before_it_is_shown_and_nobody_else_sees_it(desk: Desk) -> None:
    """Preview is text too."""
    reading = desk.house(hosts=frozenset()).reading
    cellar = document(desk, "cellar.md")
    page = reading.page(desk.person("dana"), cellar, 1)
    assert page is not None
    assert page.blocks[0][1] in CELLAR
    assert page.passages[0] == (1, page.label)
    assert page.label.level is Level.RESTRICTED
    assert (last(desk)["how"], last(desk)["shown"][0]["document"]) == ("preview", cellar)
    before = record(desk)
    assert reading.page(desk.person("hana"), cellar, 1) is None
    assert reading.page(desk.person("dana"), cellar, 2) is None
    assert reading.page_picture(desk.person("dana"), cellar, 1) is None  # no PDF, no picture
    assert record(desk) == before


def test_the_record_is_for_auditors_and_looking_leaves_a_record(desk: Desk) -> None:
    """List, detail, reveal with a reason, verify and proof; everybody else is refused."""
    dana, ines = desk.person("dana"), desk.person("ines")
    asked = collect(desk.ask(dana, PER_DIEM)).finished.record
    record_page = desk.house(hosts=frozenset()).record
    for look in (record_page.facts, record_page.verify):
        with pytest.raises(RefusedError):
            look(dana)
    with pytest.raises(RefusedError):
        record_page.reveal(dana, asked, "curious")
    rows = record_page.rows(ines, RecordFilter())
    assert rows[0].index == asked
    detail = record_page.detail(ines, asked)
    assert detail is not None
    assert set(detail.contents) == {"question", "answer"}
    with pytest.raises(UsageError):
        record_page.reveal(ines, asked, " ")
    assert record_page.reveal(ines, asked, "complaint 12")["question"] == PER_DIEM
    assert {(opened, why) for _, opened, why in desk.asking.openings(dana)} == {
        (asked, "complaint 12"),
        (asked + 2, "complaint 12"),
    }
    assert record_page.verify(ines).intact
    assert record_page.proof(ines, asked)
    assert record_page.detail(ines, 10_000) is None
    assert {"RecordRead", "Revealed"} <= set(record(desk))


# -- as JSON and back ----------------------------------------------------------------------------------


def test_a_decision_that_sent_comes_back_as_one_to_look_at() -> None:
    """A stored decision never lets anything leave again."""
    reasons = (Reason(rule="R", source="question", detail="Because."),)
    outgoing = Outgoing(method="POST", url="https://x.invalid", headers=(), body=b"{}")
    released = ReleasedPrompt.sign(
        outgoing, destination="x", rulebook="r", label_versions="1", expires=1, key=lambda message: message
    )
    label = Label(level=Level.INTERNAL)
    sent = Escalate(released=released, reasons=reasons, label=label, rulebook="r")
    kept = json.loads(json.dumps(decision_to_json(sent)))
    assert kept["verdict"] == "send"
    assert decision_from_json(kept) == AnswerLocally(reasons=reasons, label=label, rulebook="r")
    refusal = Refuse(reasons=reasons, label=PUBLIC, rulebook="r")
    assert decision_from_json(decision_to_json(refusal)) == refusal
    assert decision_from_json(decision_to_json(None)) is None


def test_a_sentence_comes_back_as_it_was() -> None:
    """Through JSON and back, without citations too."""
    sentence = Sentence(text="Grüße", standing=Standing.NOTICE, paragraph=True)
    assert sentence_from_json(json.loads(json.dumps(sentence_to_json(sentence)))) == sentence
    assert Outcome("answered") is Outcome.ANSWERED


def test_an_account_that_cannot_be_recorded_never_comes_to_be(tmp_path, clock):
    """Record before act: the name stays free for another try."""
    people = People(tmp_path / "people.db", clock=clock)
    entrance = Entrance(people, ListRecorder(fails_at=0))
    with pytest.raises(RecordError):
        entrance.add("dana", actor="os:root", groups=[], clearance=Level.INTERNAL, roles=[Role.STAFF])
    assert people.account("dana") is None
