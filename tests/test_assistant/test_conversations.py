"""Conversations: sealed text, own conversations only, and a label that never falls."""

import hashlib
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.conversations import Conversations, Message
from policies.errors import RefusedError, UnavailableError
from policies.labels import ALL_CATEGORIES, PUBLIC, TOP, Label, Level, join
from policies.vocabulary import Kind

labels = st.builds(
    lambda level, categories: Label(level=level, categories=frozenset(categories)),
    st.sampled_from(Level),
    st.sets(st.sampled_from(sorted(ALL_CATEGORIES))),
)


def derive(purpose: str) -> bytes:
    return hashlib.sha256(purpose.encode()).digest()


@pytest.fixture
def conversations(tmp_path, clock):
    return Conversations(tmp_path / "conversations.db", derive=derive, clock=clock)


def test_messages_come_back_in_order_with_their_extras(conversations):
    conversation = conversations.start("dana", Kind.DOCUMENTS, "Account closure")
    conversations.add(
        "dana",
        conversation.id,
        Message(role="user", text="How long?", label=PUBLIC),
        Message(role="assistant", text="Seven years.", label=PUBLIC, extra={"record": 4}),
    )
    found = conversations.messages("dana", conversation.id)
    assert [(m.role, m.text, m.extra) for m in found] == [
        ("user", "How long?", {}),
        ("assistant", "Seven years.", {"record": 4}),
    ]
    assert [turn.text for turn in conversations.history("dana", conversation.id, turns=1)] == ["Seven years."]


def test_another_persons_conversation_and_none_at_all_are_the_same_answer(conversations):
    conversation = conversations.start("dana", Kind.DOCUMENTS, "Mine")
    with pytest.raises(RefusedError) as theirs:
        conversations.messages("eli", conversation.id)
    with pytest.raises(RefusedError) as nobodys:
        conversations.get("eli", str(uuid.uuid4()))
    assert str(theirs.value) == str(nobodys.value)
    assert conversations.of("eli") == []


@settings(max_examples=25, deadline=None)
@given(raised=st.lists(labels, max_size=6))
def test_a_label_only_rises_and_survives_a_restart(raised, tmp_path_factory):
    path = tmp_path_factory.mktemp("conversations") / "c.db"
    store = Conversations(path, derive=derive, clock=lambda: 1)
    conversation = store.start("dana", Kind.DOCUMENTS, "x")
    seen = PUBLIC
    for label in raised:
        result = store.raise_label(conversation.id, label)
        assert seen.flows_to(result)
        seen = result
    again = Conversations(path, derive=derive, clock=lambda: 2)
    assert again.get("dana", conversation.id).label == join(raised)


def test_a_conversation_that_is_not_there_counts_as_the_top(conversations):
    assert conversations.raise_label("unknown", PUBLIC) == TOP


def test_no_text_stands_in_the_file_and_another_key_opens_nothing(conversations, tmp_path, clock):
    conversation = conversations.start("dana", Kind.DOCUMENTS, "PLANTED-TITLE")
    conversations.add("dana", conversation.id, Message(role="user", text="PLANTED-TEXT", label=PUBLIC))
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"PLANTED" not in stored
    other = Conversations(
        tmp_path / "conversations.db", derive=lambda purpose: hashlib.sha256(b"other").digest(), clock=clock
    )
    with pytest.raises(UnavailableError, match="RINGFENCE_KEYS"):
        other.messages("dana", conversation.id)
