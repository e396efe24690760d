"""Deciding on the bytes: what stays, what goes, and that nothing loosens."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
import strategies as our
from deciding import ELSEWHERE, KEY, NothingKept, asked, detectors, grounds, route, rules, serialised
from fakes import make_passage, make_prompt, make_question
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.egress.providers import openai_compatible
from assistant.prompting import OURS
from policies import decide, trial
from policies.decide import admit, check_released, wording
from policies.decide.judging import judge
from policies.decide.parts import Part, read_parts
from policies.decide.wording import in_words
from policies.decisions import AnswerLocally, Ceiling, Escalate, Outgoing, Outside, Reason, Refuse
from policies.detect import Depth, Detectors
from policies.errors import RefusedError
from policies.labels import PUBLIC, TOP, Label, Level
from policies.stories import QuestionStory
from policies.vocabulary import Finding, Kind, Person, Question, Turn

SLOW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
HARMLESS = "Which countries use IBAN?"


CASES = sorted(path for path in trial.PACKAGED.glob("*/*.toml") if path.parent.name in trial.QUESTIONS)


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_reason_names_its_rule_and_holds_nobodys_text(path: Path):
    """Over every packaged story; whether each comes out as its folder says is tried in test_trial.py."""
    story = QuestionStory(**tomllib.loads(path.read_text()))
    decision = story.decided(rulebook=rules(), detectors=detectors())
    assert decision.reasons
    for reason in decision.reasons:
        assert reason.rule
        assert reason.detail.endswith(".")
        assert not any(word in reason.detail for word in story.question.split() if len(word) > 8)
    assert in_words(decision).endswith(".")


# -- nothing loosens ----------------------------------------------------------------------------------


@SLOW
@given(st.lists(our.parts, min_size=1, max_size=4), our.parts, our.labels)
def test_adding_a_part_never_loosens(parts, more, ceiling):
    before = judge(parts, ceiling=ceiling, base=PUBLIC, detectors=detectors(), copies=NothingKept())
    after = judge([*parts, more], ceiling=ceiling, base=PUBLIC, detectors=detectors(), copies=NothingKept())
    assert not (before.reasons and not after.reasons)


@SLOW
@given(st.lists(our.parts, min_size=1, max_size=4), our.labels, our.labels)
def test_a_higher_label_never_loosens(parts, more, ceiling):
    before = judge(parts, ceiling=ceiling, base=PUBLIC, detectors=detectors(), copies=NothingKept())
    raised = [replace(part, label=part.label.raised(more)) for part in parts]
    assert not (
        before.reasons
        and not judge(raised, ceiling=ceiling, base=PUBLIC, detectors=detectors(), copies=NothingKept()).reasons
    )


@SLOW
@given(st.lists(our.parts, min_size=1, max_size=4).flatmap(lambda ps: st.tuples(st.just(ps), st.permutations(ps))))
def test_order_and_repetition_do_not_matter(both):
    parts, shuffled = both
    one = judge(parts, ceiling=PUBLIC, base=PUBLIC, detectors=detectors(), copies=NothingKept())
    two = judge([*shuffled, *parts], ceiling=PUBLIC, base=PUBLIC, detectors=detectors(), copies=NothingKept())
    assert (set(one.reasons), one.label, one.doubts) == (set(two.reasons), two.label, two.doubts)


@SLOW
@given(our.general_questions)
def test_a_turn_never_loosens(question):
    clock = lambda: 1  # noqa: E731
    alone = asked(question.text, person=question.person)
    with_turns = asked(question.text, person=question.person, history=question.history)
    if isinstance(route(with_turns, clock=clock), Escalate):
        assert isinstance(route(alone, clock=clock), Escalate)


# -- the bytes decide ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "more",
    [
        {"user": "zuri.pendlebury@fastpost.co.uk"},
        {"metadata": {"trace": "card 4539 9892 3597 2870"}},
        {"tools": [{"function": {"description": "the admin password is P0suMi!13"}}]},
        {"stop": ["IBAN GB17 MERI 2014 6512 3456 78"]},
        {"seed": 4539989235972870},
        {"4539989235972870": ""},
    ],
)
def test_what_stands_elsewhere_in_the_request_counts(more, clock):
    prompt = asked(HARMLESS)
    assert isinstance(route(prompt, clock=clock), Escalate)
    assert isinstance(route(prompt, serialised(prompt, **more), clock=clock), AnswerLocally)


def test_a_name_that_is_said_twice_in_the_body_counts_both_times(clock):
    prompt = asked(HARMLESS)
    body = serialised(prompt).body[:-1] + b', "a": "card 4539 9892 3597 2870", "a": "x"}'
    assert isinstance(route(prompt, replace(serialised(prompt), body=body), clock=clock), AnswerLocally)


@pytest.mark.parametrize("header", [("x-user", "zuri.pendlebury@fastpost.co.uk"), ("x-card", "4539989235972870")])
def test_headers_count(header, clock):
    prompt = asked(HARMLESS)
    outgoing = replace(serialised(prompt), headers=(("content-type", "application/json"), header))
    assert isinstance(route(prompt, outgoing, clock=clock), AnswerLocally)


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"not json", b"[" * 100_000, b'{"a":'])
def test_a_body_that_cannot_be_read_stays(body, clock):
    prompt = asked(HARMLESS)
    decision = route(prompt, replace(serialised(prompt), body=body), clock=clock)
    assert isinstance(decision, AnswerLocally)
    assert decision.reasons[0].rule == "UNCERTAIN_ERROR"


@pytest.mark.parametrize(
    "url",
    [
        "https://lab.invalid.evil/v1",
        "http://lab.invalid/v1/chat",
        "https://lab.invalid/v2",
        "https://lab.invalid/v1/../x",
        "",
    ],
)
def test_another_address_stays(url, clock):
    prompt = asked(HARMLESS)
    assert isinstance(route(prompt, replace(serialised(prompt), url=url), clock=clock), AnswerLocally)


@pytest.mark.parametrize("missing", ["destination", "detectors", "key"])
def test_what_is_not_there_means_here(missing, clock):
    assert isinstance(route(asked(HARMLESS), clock=clock, **{missing: None}), AnswerLocally)


# -- doubt --------------------------------------------------------------------------------------------


class Broken:
    """A detector that fails as one whose process was killed."""

    name = "broken"
    version = "1"

    def find(self, text: str, language: str = "en") -> list[Finding]:
        raise RuntimeError(text)

    def canaries(self):
        return ()


def test_a_detector_that_breaks_means_here_and_its_message_is_not_told(clock):
    decision = route(asked(HARMLESS), clock=clock, detectors=Detectors([Broken()]))
    assert isinstance(decision, AnswerLocally)
    assert decision.reasons[0].rule == "UNCERTAIN_ERROR"
    assert HARMLESS not in str(decision)


def test_a_text_too_long_to_look_at_means_here(clock):
    decision = route(asked("what is a loan " * 8000), clock=clock)
    assert isinstance(decision, AnswerLocally)
    assert any(reason.rule.startswith("UNCERTAIN_") for reason in decision.reasons)


def test_time_that_ran_out_means_here(clock):
    class Late(Detectors):
        def scan(self, text, depth=None, *, deadline=None):
            return super().scan(text, deadline=0.0)

    decision = route(asked("Which currencies are pegged?"), clock=clock, detectors=Late(detectors()._fast))
    assert isinstance(decision, AnswerLocally)
    assert "UNCERTAIN_TIMEOUT" in {reason.rule for reason in decision.reasons}


# -- release ------------------------------------------------------------------------------------------


def check(released, clock, **more):
    check_released(released, grounds(clock=clock, **more), public=KEY.public_key())


def test_a_release_holds_for_its_bytes_for_a_minute(clock):
    decision = route(asked(HARMLESS), clock=clock)
    assert isinstance(decision, Escalate)
    check(decision.released, clock)
    clock.forward(seconds=-1)
    with pytest.raises(
        RefusedError, match="CLOCK"
    ):  # made by one that is ahead: how often it is used could not be told
        check(decision.released, clock)
    clock.forward(seconds=60)
    check(decision.released, clock)
    clock.forward(seconds=2)
    with pytest.raises(RefusedError, match="EXPIRED"):
        check(decision.released, clock)


def test_a_release_on_other_bytes_is_refused(clock):
    released = route(asked(HARMLESS), clock=clock).released
    for change in (
        {"body": released.outgoing.body + b" "}, {"url": released.outgoing.url + "?x"}, {"method": "PUT"},
        {"headers": ()},
    ):  # fmt: skip
        with pytest.raises(RefusedError, match="SIGNATURE"):
            check(replace(released, outgoing=replace(released.outgoing, **change)), clock)
    for change in (
        {"expires": released.expires + 1},
        {"destination": "other"},
        {"label_versions": "2"},
        {"signature": b""},
    ):
        with pytest.raises(RefusedError, match="SIGNATURE"):
            check(replace(released, **change), clock)


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("CLOSED", {"outside": Outside.CLOSED}),
        ("DESTINATION", {"destination": replace(ELSEWHERE, id="other")}),
        ("ADDRESS", {"destination": replace(ELSEWHERE, base_url="https://other.invalid")}),
        ("LABELS", {"label_versions": "2"}),
    ],
)
def test_a_release_does_not_outlive_what_it_was_made_for(code, more, clock):
    with pytest.raises(RefusedError, match=code):
        check(route(asked(HARMLESS), clock=clock).released, clock, **more)


def test_the_second_look_finds_what_the_first_was_not_shown(clock):
    """A release that a careless caller had signed is still stopped at the door."""
    from policies.decisions import ReleasedPrompt

    spread = tuple(Turn(role="user", text=text, label=PUBLIC) for text in ("It begins 5466 16", "and now 0073 1844"))
    for prompt, code in (
        (asked("the admin password is P0suMi!13"), "FOUND_CREDENTIALS"),
        (asked("at last 24", history=spread), "FOUND_PAYMENT"),
    ):
        outgoing = serialised(prompt)
        released = ReleasedPrompt.sign(
            outgoing, destination="lab", rulebook=rules().digest, label_versions="1", expires=clock() + 1, key=KEY.sign
        )
        with pytest.raises(RefusedError, match=code):
            check(released, clock)
    unreadable = ReleasedPrompt.sign(
        replace(outgoing, body=b"{"), destination="lab", rulebook=rules().digest, label_versions="1",
        expires=clock() + 1, key=KEY.sign,
    )  # fmt: skip
    with pytest.raises(RefusedError):
        check(unreadable, clock)


def test_only_decide_signs_a_release():
    rooms = Path(decide.__file__).parents[2]
    signing = [
        path.relative_to(rooms).as_posix()
        for room in ("policies", "ingest", "assistant")
        for path in (rooms / room).rglob("*.py")
        if "ReleasedPrompt.sign(" in path.read_text()
    ]
    assert signing == ["policies/decide/__init__.py"]


# -- the rest -----------------------------------------------------------------------------------------


def test_admitting_says_what_may_be_retrieved():
    def admitted(kind: Kind, outside: Outside, wanted: bool = True):
        person = Person(id="p", name="N")
        question = Question(text=HARMLESS, person=person, kind=kind, allow_outside=wanted)
        return admit(question, rulebook=rules(), outside=outside, destination=ELSEWHERE)

    general = admitted(Kind.GENERAL, Outside.PUBLIC)
    assert isinstance(general, Ceiling)
    assert (general.outside, general.label) == (True, PUBLIC)
    documents = admitted(Kind.DOCUMENTS, Outside.CONTRACTED)
    assert (documents.outside, documents.label) == (False, TOP)
    assert admitted(Kind.GENERAL, Outside.CLOSED).outside is False
    assert admitted(Kind.GENERAL, Outside.PUBLIC, wanted=False).outside is False


def test_no_step_of_the_ladder_lets_a_category_or_a_high_level_pass():
    generous = replace(ELSEWHERE, ceiling=TOP)
    assert decide.ceiling_of(Outside.CONTRACTED, generous) == Label(level=Level.INTERNAL)
    assert decide.ceiling_of(Outside.PUBLIC, generous) == PUBLIC
    assert decide.ceiling_of(Outside.GENERAL, generous) == PUBLIC


def test_labels_alone_decide_before_any_text_is_looked_at():
    judged = judge(
        [Part(source="passage 1", text="x", label=TOP)],
        ceiling=PUBLIC,
        base=PUBLIC,
        detectors=Detectors([Broken()]),
        copies=NothingKept(),
    )
    assert [reason.rule for reason in judged.reasons] == ["LABEL_ABOVE_CEILING"]


def test_the_words_for_the_person(clock):
    assert in_words(route(asked("Marieke Oosterhout asks why it bounced"), clock=clock)) == (
        "Answered here, not outside: your question seems to hold details of a person."
    )
    assert in_words(route(asked(HARMLESS, kind=Kind.DOCUMENTS), clock=clock)) == "Answered here."
    repeats = Reason(rule="REPEATS_A_DOCUMENT", source="question", detail="It stands in a document.")
    assert in_words(AnswerLocally(reasons=(repeats,), label=PUBLIC, rulebook="")).endswith(
        "it repeats something that may not leave the house."
    )
    refused = Refuse(reasons=wording.by_rules(["R-04"], "question"), label=PUBLIC, rulebook="")
    assert "rule R-04" in in_words(refused)
    assert json.dumps(in_words(refused))


TEXTS = ("Fees", "The clinic opens at 8:00.", "The clinic opens at 8:00. Parking is free.", "Fees\n\nAre > free.", "a")


PLAIN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<>[]|｜"))  # no signs of chat templates


@given(
    st.lists(st.tuples(st.sampled_from(TEXTS) | PLAIN, st.sampled_from(TEXTS)), max_size=5),
    st.sampled_from(["Are fees due?", "On which paper are tickets printed?", "Fees, page 1: are they due, a and b?"]),
)
def test_what_is_typed_beside_passages_is_read_as_typed_and_alone(stored, question):
    """Whatever the passages say and their documents are called: also where one is called by its own first words."""
    passages = [make_passage(text, title=title, rank=n) for n, (text, title) in enumerate(stored, 1)]
    prompt = make_prompt(make_question(question, kind=Kind.GENERAL), passages)
    parts = read_parts(openai_compatible.serialise(prompt, ELSEWHERE), prompt, frames=OURS)
    assert [part.text for part in parts if part.source == "question"] == [question]
    sources = {part.source for part in parts}
    assert sources == {"question", "request", *(f"passage {n}" for n in range(1, len(prompt.passages) + 1))}


TITLES = ("The clinic opens at 8:00.", "What the bank charges for", "The dismissal of Marieke, as it was")


@given(st.lists(st.tuples(st.sampled_from(TEXTS), st.sampled_from(TITLES)), max_size=4))
def test_the_next_look_reads_as_typed_what_the_first_did(stored):
    """What documents are called as well: the release says no more of it to be stored text than the decision took so."""
    passages = [make_passage(text, title=title, rank=n) for n, (text, title) in enumerate(stored, 1)]
    prompt = make_prompt(make_question("Are fees due?", kind=Kind.GENERAL, allow_outside=True), passages)
    outgoing = openai_compatible.serialise(prompt, ELSEWHERE)
    means = {"outside": Outside.PUBLIC, "detectors": Detectors([]), "frames": OURS}
    decision = route(prompt, outgoing, clock=lambda: 1, **means)
    assert isinstance(decision, Escalate), decision.reasons
    first = read_parts(outgoing, prompt, frames=OURS)
    again = read_parts(outgoing, passages=decision.released.passages, frames=OURS)
    typed = "\n".join(part.text for part in again if part.depth is Depth.TYPED)
    assert all(part.text in typed for part in first if part.depth is Depth.TYPED)


def test_a_typed_line_that_holds_a_passage_and_more_is_read_in_full():
    """What is public by itself is not taken out of somebody's sentence."""
    prompt = asked("Was Marieke dismissed?", passages=(make_passage("Marieke"),))
    assert "Was Marieke dismissed?" in [part.text for part in read_parts(serialised(prompt), prompt)]


def test_a_typed_line_that_looks_like_our_own_is_read_in_full():
    """Numbers of passages that are not there, or stand there already, are somebody's numbers."""
    question = "When does it open?\nPassage 54:\nPassage 1:\nQuestion: 66"
    prompt = make_prompt(make_question(question, kind=Kind.GENERAL), [make_passage("It opens at eight.")])
    parts = read_parts(openai_compatible.serialise(prompt, ELSEWHERE), prompt, frames=OURS)
    assert [part.text for part in parts if part.depth is Depth.TYPED][-1] == question.replace("Question: ", "")


def test_a_passage_quoted_line_by_line_is_looked_at_as_a_passage_and_an_altered_line_as_typed():
    """Prompts put a mark before every line of a passage."""
    passage = make_passage("First line about fees.\nSecond line about cards.")
    prompt = asked("What is a fee?", passages=(passage,))
    body = "Passage 1:\n> First line about fees.\n> Second line about cards, altered.\n\nWhat is a fee?"
    request = Outgoing(
        method="POST", url="https://lab.invalid/v1", headers=(), body=json.dumps({"content": body}).encode()
    )
    typed = "\n".join(part.text for part in read_parts(request, prompt) if part.depth is Depth.TYPED)
    assert "First line" not in typed
    assert "altered" in typed
    assert "What is a fee?" in typed
