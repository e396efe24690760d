"""A receipt: one record with its proof, which anybody can check, and which cannot be changed."""

from __future__ import annotations

import json

import pytest

from policies.audit.document_events import DocumentsForgotten, ForgetIntended
from policies.audit.events import Answered, Content, QuestionAsked
from policies.audit.ledger import Ledger
from policies.audit.proving import check_receipt, receipt
from policies.audit.quoting import sealed_about
from policies.audit.review import Filters, Review
from policies.errors import RecordError, RefusedError, UsageError
from policies.keys import Keys

NAMED = [{"document": "d-1", "version": "0" * 64}]


@pytest.fixture
def ledger(home):
    with Ledger(home, Keys.create(home)) as opened:
        yield opened


def forgotten(ledger, outcome="forgotten"):
    why = {"why": Content(text="a request", owner="person:os:anna")}
    intent = ledger.append(ForgetIntended(actor="os:anna", documents=NAMED), why)
    return intent, ledger.append(DocumentsForgotten(actor="os:anna", closes=intent, outcome=outcome))


def test_a_receipt_proves_its_record(home, ledger):
    _, record = forgotten(ledger)
    text = json.dumps(receipt(home, ledger.keys, record))
    assert check_receipt(text, home.id, ledger.keys.public)["outcome"] == "forgotten"


def test_a_changed_receipt_or_another_home_is_refused(home, ledger):
    _, record = forgotten(ledger)
    made = receipt(home, ledger.keys, record)
    changed = json.dumps(made | {"body": made["body"].replace("forgotten", "refused")})
    with pytest.raises(RefusedError, match="changed"):
        check_receipt(changed, home.id, ledger.keys.public)
    for id, key in (("another", ledger.keys.public), (home.id, bytes(32))):
        with pytest.raises(RefusedError, match="this home's key"):
            check_receipt(json.dumps(made), id, key)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"body": "{}", "proof": "nothing"}', '{"body": "x", "proof": ""}'])
def test_what_is_no_receipt_is_said_to_be_none(home, ledger, text):
    with pytest.raises(UsageError):
        check_receipt(text, home.id, ledger.keys.public)


def test_the_records_whose_sealed_texts_name_a_document_are_found(home, ledger):
    question = QuestionAsked(conversation="c", question_kind="documents", label="internal")
    asked = ledger.append(question, {"question": Content(text="q", owner="person:p")})
    cited = [{"n": 1, "chunk": "c", "document": "d-1", "version": "v", "page": 1}]
    answer = Answered(
        closes=asked,
        outcome="answered",
        route="local",
        label="internal",
        model="m",
        model_digest="",
        shown=1,
        removed=0,
        citations=cited,
    )
    answered = ledger.append(answer, {"answer": Content(text="a", owner="person:p")})
    ledger.append(answer)  # nothing sealed
    assert sealed_about(home, ["d-1", "d-2"]) == [answered]
    assert sealed_about(home, ["d-2"]) == []


def test_a_record_that_is_none_is_not_searched(home):
    home.store("ledger", "ledger.db").write_bytes(b"no database" * 1000)
    with pytest.raises(RecordError):
        sealed_about(home, ["d-1"])


def test_a_request_and_its_end_are_one_row(home, ledger):
    forgotten(ledger)
    forgotten(ledger, "refused")
    rows = Review(ledger, ledger.sealed, ledger.keys).rows(Filters(action="forget"), limit=10)
    assert [row.outcome for row in rows] == ["refused", "forgotten"]
