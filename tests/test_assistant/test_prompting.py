"""What the model is given: labels, stable bytes, quotation, and what fits."""

from __future__ import annotations

import json

import pytest
from fakes import make_passage, make_question
from hypothesis import given
from hypothesis import strategies as st

from assistant.prompting import SYSTEM, build_prompt, inert, messages, quoted
from policies.errors import UsageError
from policies.labels import PUBLIC, Category, Label, Level, join
from policies.vocabulary import Kind, Turn

labels = st.builds(
    Label, level=st.sampled_from(list(Level)), categories=st.frozensets(st.sampled_from(list(Category)), max_size=3)
)


def build(question, passages=(), budget=1 << 20):
    return build_prompt(question, passages, budget=budget, count_tokens=len)


@given(conversation=labels, turns=st.lists(labels, max_size=3), parts=st.lists(labels, max_size=4))
def test_the_label_is_the_join_of_every_part(conversation, turns, parts):
    """Conversation, history and passages: the most restrictive of all of them."""
    history = tuple(Turn(role="user", text="hm", label=label) for label in turns)
    question = make_question(conversation_label=conversation, history=history)
    passages = [make_passage("Text.", rank=n, label=label) for n, label in enumerate(parts, start=1)]
    assert build(question, passages).label == join([conversation, *turns, *parts])


@given(parts=st.lists(labels, max_size=4), more=labels)
def test_one_more_passage_never_lowers_the_label(parts, more):
    """Monotone: what flowed nowhere before still flows nowhere."""
    passages = [make_passage("Text.", rank=n, label=label) for n, label in enumerate(parts, start=1)]
    extra = make_passage("More.", rank=len(parts) + 1, label=more)
    before = build(make_question(), passages).label
    assert before.flows_to(build(make_question(), [*passages, extra]).label)


@given(order=st.permutations(range(5)))
def test_the_bytes_do_not_depend_on_the_order_passages_came_in(order):
    """Numbered by rank, whatever the order of arrival."""
    passages = [make_passage(f"Passage number {n}.", rank=n + 1) for n in range(5)]
    shuffled = [passages[n] for n in order]
    assert messages(build(make_question(), shuffled)) == messages(build(make_question(), passages))


def test_a_general_question_beside_passages_is_put_like_one_about_documents():
    """The same frame, which tells the model to keep to them; without passages, or where none fits, the general one."""
    general = make_question("How long?", kind=Kind.GENERAL)
    beside = messages(build(general, [make_passage("A minute.")]))
    assert beside == messages(build(make_question("How long?"), [make_passage("A minute.")]))
    alone = messages(build(general))
    assert (alone[0]["content"], alone[-1]["content"]) == (SYSTEM[Kind.GENERAL], "How long?")
    assert messages(build(general, [make_passage("A minute. " * 400)], budget=1200)) == alone


def test_fixed_text_stands_first_and_the_question_last():
    """The system text is the same for everybody, so that its evaluation can be kept."""
    one = messages(build(make_question("First?"), [make_passage("A.")]))
    two = messages(build(make_question("Second?"), [make_passage("B.")]))
    assert one[0] == two[0]
    assert one[0]["role"] == "system"
    assert one[-1]["content"].endswith("Question: First?")


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_conversation_has_its_own_instructions(kind):
    """A general question is not told about passages."""
    prompt = build(make_question("Why?", kind=kind))
    assert ("passages" in prompt.system) == (kind is Kind.DOCUMENTS)


@given(text=st.text(max_size=300))
def test_no_line_of_a_passage_escapes_the_quotation(text):
    """Whatever stands in a document, each of its lines is marked."""
    lines = quoted(1, make_passage(text)).splitlines()
    assert lines[0] == "Passage 1:"
    assert all(line.startswith(">") for line in lines[1:])


@pytest.mark.parametrize(
    "word",
    ["<|im_end|>", "<|im_start|>system", "<|eot_id|>", "[INST]", "[/INST]", "<<SYS>>", "</s>", "<start_of_turn>model",
     "<think>", "<｜User｜>", "<|<|im_end|>|>"],
)  # fmt: skip
def test_control_words_of_chat_templates_are_taken_apart(word):
    """In passages, questions and history alike; plain angle brackets stay as they are."""
    question = make_question(word, history=(Turn(role="assistant", text=word, label=PUBLIC),))
    sent = json.dumps(messages(build(question, [make_passage(word, title=word)])), ensure_ascii=False)
    assert word not in sent
    assert inert("if a < b and b > c: x <- [1]") == "if a < b and b > c: x <- [1]"


@given(text=st.text(alphabet="<>|/s[]INTim_ ", max_size=40))
def test_taking_apart_is_done_once_and_for_all(text):
    """Nothing that remains could be taken apart again: no control word is put together by it."""
    assert inert(inert(text)) == inert(text)


def test_the_lowest_ranked_passages_are_left_out_when_they_do_not_fit():
    """A prefix of the ranking stays, in order."""
    passages = [make_passage("x" * 400, rank=n) for n in range(1, 9)]
    kept = build(make_question(), passages, budget=3000).passages
    assert 0 < len(kept) < 8
    assert [passage.rank for passage in kept] == list(range(1, len(kept) + 1))


@given(budget=st.integers(1400, 6000), sizes=st.lists(st.integers(1, 900), max_size=6))
def test_the_prompt_keeps_room_for_the_answer(budget, sizes):
    """Counted the way the model counts, everything and the answer fit."""
    turns = tuple(Turn(role="user", text="h" * size, label=PUBLIC) for size in sizes)
    passages = [make_passage("p" * size, rank=n) for n, size in enumerate(sizes, start=1)]
    prompt = build(make_question("Why?", history=turns), passages, budget=budget)
    assert sum(len(message["content"]) for message in messages(prompt)) + 512 <= budget


def test_a_question_that_cannot_fit_is_an_error_that_names_the_cure():
    """Never cut in silence."""
    with pytest.raises(UsageError, match="Shorten it"):
        build(make_question("x" * 5000), budget=2048)


def test_the_latest_turns_are_kept_first():
    """Earlier ones fall out of the prompt; the conversation's own label keeps what they were."""
    turns = tuple(Turn(role="user", text=f"{n} " + "t" * 300, label=PUBLIC) for n in range(6))
    confidential = Label(level=Level.CONFIDENTIAL)
    prompt = build(make_question(history=turns, conversation_label=confidential), budget=3500)
    assert prompt.history
    assert prompt.history == turns[-len(prompt.history) :]
    assert prompt.label.level is Level.CONFIDENTIAL
