"""One person raises a label; it takes two to lower one, and what they agreed holds for that version alone."""

from __future__ import annotations

import contextlib
import json

import pytest
from ingest_parts import ListRecorder
from labelling_house import ADA, BEN, CEM, OLE, SECRET, LabellingHouse, said

from ingest.relabel import Raised, Waits
from ingest.wiring import open_ingest
from policies.audit.events import LoweringAgreed
from policies.errors import RecordError, RefusedError, UsageError
from policies.labels import Category, Label, Level
from policies.rulebook import load
from policies.vocabulary import Person, Role

DAY = 24 * 3600.0
MARKED = "Confidential\nThe late fee is five euro."


@pytest.fixture(scope="module")
def rulebook():
    return load()


@pytest.fixture
def house(home, rulebook, clock):
    opened = LabellingHouse(home, rulebook, clock)
    yield opened
    opened.close()


@pytest.fixture
def fees(house):
    """A document that its marking makes confidential."""
    one = house.write("fees.txt", MARKED)
    house.ingest()
    assert house.label(one).level is Level.CONFIDENTIAL
    return one


def bodies(house, *kinds):
    return [body for _, text in house.ledger.bodies() if (body := json.loads(text))["kind"] in kinds]


def ask(house, one, level=Level.INTERNAL, who=ADA, **more):
    found = house.relabel.change(one, who, level=level, reason="It was published.", **more)
    assert isinstance(found, Waits)
    return found.request


# -- upwards -------------------------------------------------------------------------------------------


def test_one_person_raises_at_once_and_for_a_reason_on_record(house, fees):
    done = house.relabel.change(fees, ADA, level=Level.RESTRICTED, reason="It names clients.", actor="os:x")
    assert done == Raised(label=Label(level=Level.RESTRICTED), changed=True)
    assert house.label(fees).level is Level.RESTRICTED
    assert {chunk.label.level for chunk, _ in house.room.catalogue.chunks(fees, None)} == {Level.RESTRICTED}
    (stated,) = bodies(house, "RightsChanged")
    assert stated["label"] == "restricted"
    assert "why" in stated["commitments"]
    assert "clients" not in json.dumps(stated)


def test_categories_that_are_not_named_stay(house, fees):
    house.relabel.change(fees, OLE, categories=frozenset({Category.PAYMENT}), reason="x")
    house.relabel.change(fees, OLE, level=Level.RESTRICTED, reason="x")
    assert house.label(fees) == Label(level=Level.RESTRICTED, categories=frozenset({Category.PAYMENT}))
    again = house.relabel.change(fees, OLE, level=Level.RESTRICTED, reason="x")
    assert again == Raised(label=house.label(fees), changed=False)


@pytest.mark.parametrize("who", [CEM, Person(id="x", name="x", roles=frozenset({Role.OWNER, Role.AUDITOR}))])
def test_who_may_not_label_changes_nothing(house, fees, who):
    for level in (Level.RESTRICTED, Level.PUBLIC):
        with pytest.raises(RefusedError, match="rule"):
            house.relabel.change(fees, who, level=level, reason="x")
    assert house.label(fees).level is Level.CONFIDENTIAL
    assert bodies(house, "RightsChanged", "LoweringAsked") == []


def test_a_reason_must_be_given_and_a_document_must_be_there(house, fees):
    with pytest.raises(UsageError, match="why"):
        house.relabel.change(fees, ADA, level=Level.RESTRICTED, reason="  ")
    with pytest.raises(UsageError, match="no document"):
        house.relabel.change("nobody", ADA, level=Level.RESTRICTED, reason="x")


# -- downwards -----------------------------------------------------------------------------------------


def test_asked_by_one_and_agreed_to_by_another_it_falls_for_document_and_passages(house, fees):
    request = ask(house, fees)
    assert house.label(fees).level is Level.CONFIDENTIAL
    assert [one.record for one in house.relabel.waiting("os:x")] == [request.record]
    assert house.relabel.reason(request.record, BEN) == f"{request.record} opened for ben"
    assert house.relabel.agree(request.record, BEN, reason="Seen.") == Label(level=Level.INTERNAL)
    assert house.label(fees).level is Level.INTERNAL
    assert {chunk.label.level for chunk, _ in house.room.catalogue.chunks(fees, None)} == {Level.INTERNAL}
    assert house.relabel.waiting("os:x") == []
    kinds = [body["kind"] for body in bodies(house, "LoweringAsked", "LoweringAgreed", "LabelLowered")]
    assert kinds == ["LoweringAsked", "LoweringAgreed", "LabelLowered"]
    assert bodies(house, "LabelLowered")[0]["outcome"] == "done"
    assert "published" not in "".join(text for _, text in house.ledger.bodies())


def test_fewer_categories_are_a_lowering_too_and_so_is_a_higher_level_with_fewer(house, fees):
    house.relabel.change(fees, ADA, categories=frozenset({Category.HEALTH, Category.PAYMENT}), reason="x")
    ask(house, fees, level=Level.RESTRICTED, categories=frozenset({Category.HEALTH}))
    house.relabel.agree(house.relabel.request_for(fees).record, OLE)
    assert house.label(fees) == Label(level=Level.RESTRICTED, categories=frozenset({Category.HEALTH}))


def test_nobody_answers_their_own_request_and_only_who_may(house, fees):
    request = ask(house, fees)
    for who in (ADA, CEM):
        for answer in (house.relabel.agree, house.relabel.decline, house.relabel.reason):
            with pytest.raises(RefusedError, match="rule"):
                answer(request.record, who)
    assert house.label(fees).level is Level.CONFIDENTIAL


def test_who_has_no_account_cannot_ask(house, fees):
    machine = Person(id="os:root", name="", roles=frozenset({Role.OPERATOR}))
    with pytest.raises(UsageError, match="two persons"):
        ask(house, fees, who=machine)


def test_declined_is_over_and_it_may_be_asked_again(house, fees):
    request = ask(house, fees)
    house.relabel.decline(request.record, BEN, reason="It names clients.")
    with pytest.raises(UsageError, match="No such request"):
        house.relabel.agree(request.record, BEN)
    assert ask(house, fees).record > request.record


def test_one_request_waits_for_a_document_at_a_time(house, fees):
    ask(house, fees)
    with pytest.raises(RefusedError, match="waits already"):
        ask(house, fees, level=Level.PUBLIC, who=OLE)


def test_of_several_documents_all_are_changed_or_none(house, fees):
    """Each by itself: what is lower waits, what is higher counts at once; asked for again, it does the rest."""
    plain = house.write("plain.txt", "The desk opens at nine.")
    house.ingest()
    before = (house.label(fees), house.label(plain))
    for documents, who, words in (
        ([plain, "nobody"], ADA, "no document"),
        ([plain, fees], CEM, "rule"),
        ([plain, fees], Person(id="os:root", name="", roles=frozenset({Role.OPERATOR})), "two persons"),
    ):
        with pytest.raises((RefusedError, UsageError), match=words):
            house.relabel.change_all(
                documents, who, level=Level.INTERNAL, categories=frozenset({Category.HEALTH}), reason="x"
            )
    assert (house.label(fees), house.label(plain)) == before
    assert bodies(house, "RightsChanged", "LoweringAsked") == []

    wish = {"level": Level.INTERNAL, "categories": frozenset({Category.HEALTH}), "reason": "x"}
    done = house.relabel.change_all([plain, fees, plain], ADA, **wish)
    raised = Label(level=Level.INTERNAL, categories=frozenset({Category.HEALTH}))
    assert done[plain] == Raised(label=raised, changed=True)
    assert isinstance(done[fees], Waits)
    again = house.relabel.change_all([plain, fees], ADA, **wish)
    assert again == {plain: Raised(label=raised, changed=False), fees: done[fees]}
    assert len(bodies(house, "LoweringAsked")) == len(bodies(house, "RightsChanged")) == 1
    with pytest.raises(RefusedError, match="waits already"):
        house.relabel.change_all([fees], OLE, **wish)


def test_a_request_ends_after_a_week(house, fees, clock):
    request = ask(house, fees)
    clock.forward(seconds=7 * DAY - 60)
    assert len(house.relabel.waiting("os:x")) == 1
    clock.forward(seconds=120)
    with pytest.raises(UsageError, match="older than a week"):
        house.relabel.agree(request.record, BEN)


@pytest.mark.parametrize("change", ["label", "version", "groups", "deleted", "back again"])
def test_a_request_ends_when_the_document_changes(house, fees, change):
    request = ask(house, fees)
    match change:
        case "label":
            house.relabel.change(fees, BEN, level=Level.RESTRICTED, reason="x")
        case "version":
            house.write("fees.txt", MARKED + " From March on.")
            house.ingest()
        case "groups":
            house.ingest(said(Level.INTERNAL, groups=frozenset({"staff", "board"})))
        case "deleted":
            (house.docs / "fees.txt").unlink()
            house.ingest()
        case _:  # raised, lowered, and now it looks as it did when it was asked
            house.relabel.change(fees, BEN, level=Level.RESTRICTED, reason="x")
            house.lower(fees, Level.CONFIDENTIAL)
    with pytest.raises(UsageError, match="has changed since"):
        house.relabel.agree(request.record, BEN)
    assert house.relabel.waiting("os:x") == []


def test_without_a_record_nothing_falls_and_nothing_rises(house, fees):
    request = ask(house, fees)
    relabel = house.relabelling(ListRecorder(full_at=0))
    for act in (
        lambda: relabel.agree(request.record, BEN),
        lambda: relabel.change(fees, ADA, level=Level.RESTRICTED, reason="x"),
    ):
        with pytest.raises(RecordError):
            act()
    assert house.label(fees).level is Level.CONFIDENTIAL


def test_a_passage_keeps_what_is_found_in_it(house):
    one = house.write("keys.txt", f"Confidential\nHow to begin.\n\n{SECRET}\n\nCharge the card 5500 0055 5555 5559.")
    house.ingest()
    house.lower(one, Level.PUBLIC)
    first, secret, card = (chunk.label for chunk, _ in house.room.catalogue.chunks(one, None))
    assert first == Label(level=Level.PUBLIC)
    assert (secret.level, Category.CREDENTIALS in secret.categories) == (Level.RESTRICTED, True)
    assert card == Label(level=Level.PUBLIC, categories=frozenset({Category.PAYMENT}))
    (listed,) = house.room.catalogue.documents()
    assert listed.label == Label(level=Level.PUBLIC)
    assert listed.highest == secret.raised(card)


# -- what was agreed, and files read again -----------------------------------------------------------------


def test_what_was_agreed_away_does_not_come_back_with_the_same_version(house, fees):
    house.lower(fees, Level.PUBLIC)
    for asked in (said(Level.PUBLIC), said(Level.CONFIDENTIAL), said(None)):
        house.room.pipeline += "+"
        for _ in range(2):
            house.ingest(asked)
            assert house.label(fees).level is Level.PUBLIC
    assert {chunk.label.level for chunk, _ in house.room.catalogue.chunks(fees, None)} == {Level.PUBLIC}


def test_more_than_was_agreed_away_raises_again(house, fees):
    house.lower(fees, Level.PUBLIC)
    house.ingest(said(Level.PUBLIC, Category.HEALTH))
    assert house.label(fees) == Label(level=Level.PUBLIC, categories=frozenset({Category.HEALTH}))
    house.ingest(said(Level.RESTRICTED))
    assert house.label(fees).level is Level.RESTRICTED


def test_a_new_version_is_labelled_afresh_and_an_old_one_too(house, fees):
    house.lower(fees, Level.PUBLIC)
    house.write("fees.txt", "The late fee is six euro.")
    house.ingest(said(Level.PUBLIC))
    assert house.label(fees).level is Level.PUBLIC
    house.write("fees.txt", MARKED)
    house.ingest(said(Level.PUBLIC))
    assert house.label(fees).level is Level.CONFIDENTIAL


def test_a_person_may_raise_what_was_lowered(house, fees):
    house.lower(fees, Level.PUBLIC)
    house.relabel.change(fees, ADA, level=Level.CONFIDENTIAL, reason="A mistake.")
    house.room.pipeline = "p2"
    house.ingest(said(Level.PUBLIC))
    assert house.label(fees).level is Level.CONFIDENTIAL


def test_a_file_that_was_renamed_or_came_back_keeps_its_label(house):
    one = house.write("a.txt", "The late fee.")
    house.ingest(said(Level.PUBLIC))
    house.relabel.change(one, ADA, level=Level.CONFIDENTIAL, categories=frozenset({Category.HEALTH}), reason="x")
    label = house.label(one)
    (house.docs / "a.txt").rename(house.docs / "b.txt")
    house.ingest(said(Level.PUBLIC))
    two = house.write("b.txt", "The late fee.")
    assert house.label(two) == label
    assert house.room.catalogue.document(one, None) is None
    (house.docs / "b.txt").unlink()
    house.ingest(said(Level.PUBLIC))
    house.write("b.txt", "Another text.")
    house.write("c.txt", "The late fee.")
    house.ingest(said(Level.PUBLIC))
    assert {found.label for found in house.room.catalogue.documents()} == {label}


def test_a_second_file_with_the_same_bytes_is_labelled_for_itself(house):
    one = house.write("a.txt", "The late fee.")
    house.ingest(said(Level.PUBLIC))
    house.relabel.change(one, ADA, level=Level.CONFIDENTIAL, reason="x")
    two = house.write("b.txt", "The late fee.")
    house.ingest(said(Level.PUBLIC))
    assert (house.label(one).level, house.label(two).level) == (Level.CONFIDENTIAL, Level.PUBLIC)


def test_what_is_forgotten_leaves_no_label_behind(house, fees):
    house.lower(fees, Level.PUBLIC)
    house.room.catalogue.delete(fees)
    with house.room.catalogue.database.reading() as db:
        for table in ("once", "lowered", "passage_labels", "label_ids"):
            assert db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0


# -- a process that dies between the agreement and the fall -------------------------------------------------


@pytest.mark.parametrize("fell", [True, False])
def test_how_a_lowering_ended_is_found_out_when_its_writer_died(house, home, fees, fell):
    request = ask(house, fees)
    found = house.document(fees)
    event = LoweringAgreed(
        actor="ben", request=request.record, document=fees, version=found.version, label=str(request.wanted)
    )
    intent = house.ledger.append(event)
    if fell:
        chunks = house.relabel._lowered(found, request.wanted)
        assert house.room.catalogue.labels.lower(
            fees, request.wanted, chunks, request=request.record, change=request.change
        )
    with contextlib.closing(open_ingest(home)) as room:
        ended = room.resolve({"seq": intent, "kind": "LoweringAgreed", "document": fees, "request": request.record})
    assert (ended.closes, ended.outcome) == (intent, "done" if fell else "lost")
    assert house.relabel.waiting("os:x") == []  # somebody is at it
    house.ledger.append(ended)
    assert [one.record for one in house.relabel.waiting("os:x")] == ([] if fell else [request.record])


def test_what_was_agreed_holds_against_the_name_that_the_file_had_before(house):
    house.write("a.txt", MARKED)
    house.ingest(said(Level.PUBLIC))
    (house.docs / "a.txt").rename(house.docs / "b.txt")
    house.ingest(said(Level.PUBLIC))
    two = house.write("b.txt", MARKED)
    house.lower(two, Level.PUBLIC)
    (house.docs / "b.txt").unlink()
    house.ingest(said(Level.PUBLIC))
    house.write("b.txt", MARKED)
    house.ingest(said(Level.PUBLIC))
    assert house.label(two).level is Level.PUBLIC
    house.write("a.txt", MARKED)
    house.ingest(said(Level.PUBLIC))
    assert {found.label.level for found in house.room.catalogue.documents()} == {Level.PUBLIC, Level.CONFIDENTIAL}
