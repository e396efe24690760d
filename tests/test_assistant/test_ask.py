"""The walk of one question: what is shown, in which order, on what ground, and what is on the record by then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import pytest
from deciding import grounds
from fakes import ListRecorder, ScriptedGenerator, ShutDoor, make_passage, make_person, make_question

from assistant import phrases
from assistant.answers import Decided, Event, Finished, Outcome, Passages, Phase, Sentence, Standing, Step
from assistant.ask import Means, answer_question, collect
from assistant.checking import Checker
from assistant.generation.base import Generator, GeneratorError
from assistant.generation.quoting import QuotingGenerator
from assistant.retrieval import Retrieved
from policies import decide, rulebook
from policies.audit.events import Abandoned, Answered, Failed, QuestionAsked
from policies.audit.events import Decided as DecidedEvent
from policies.decisions import Decision, Outgoing, Outside
from policies.errors import RecordError, UnavailableError, UsageError
from policies.labels import PUBLIC, Category, Label, Level
from policies.vocabulary import Kind, Passage, Prompt, Question

INTERNAL = Label(level=Level.INTERNAL)
TEXT = (
    "The per diem in Berlin is 28 euros for each full day. "
    "It is paid only if the journey lasts longer than eight hours. "
    "The travel desk in Hamburg books every hotel."
)
TRUE = "The per diem in Berlin is 28 euros for each full day."
FALSE = "The per diem in Berlin is 82 euros for each full day."
CONDITION = "It is paid only if the journey lasts longer than eight hours."
ASKED = "What is the per diem in Berlin?"
LONG = "Then a sentence begins that the model does not bring to its end, however long it goes on about it"


@cache
def rules() -> rulebook.Rulebook:
    return rulebook.load()


def missing() -> Generator:
    raise GeneratorError("The writing model is missing.")


@dataclass
class House:
    """The means of a walk: real grounding and real rules over given passages, a scripted model, a record in a list."""

    pieces: Sequence[str] = ()
    passages: Sequence[Passage] = (make_passage(TEXT, label=INTERNAL, page=3),)
    withheld: int = 0
    writer: ScriptedGenerator | None = None
    missing: bool = False
    recorder: ListRecorder = field(default_factory=ListRecorder)
    labels: dict[str, Label] = field(default_factory=dict)
    found: Label = PUBLIC  # what detectors would find in the bytes
    step: Outside = Outside.CLOSED  # of the ladder, when it is asked who may be a candidate; nothing is ever sent
    ceilings: list[Label] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.writer = self.writer or ScriptedGenerator(self.pieces)
        self.checker = Checker(embed=None)

    @property
    def means(self) -> Means:
        return Means(
            rulebook=rules(),
            retrieve=self.retrieve,
            writer=missing if self.missing else lambda: self.writer,
            quoter=QuotingGenerator(quotes=self.checker.quote_texts),
            checker=self.checker,
            judge=self.judge,
            outside=lambda: self.step,
            door=ShutDoor(),
            raise_label=self.raise_label,
            recorder=self.recorder,
            longest_question=16_000,
        )

    def retrieve(self, _question: Question, ceiling: Label) -> Retrieved:
        self.ceilings.append(ceiling)
        return Retrieved(passages=tuple(self.passages), withheld=self.withheld)

    def judge(self, prompt: Prompt, outgoing: Outgoing | None, _as_of: str) -> Decision:
        now = grounds(clock=lambda: 0, outside=Outside.CLOSED, destination=None, detectors=None, copies=None)
        decided = decide.route(prompt, outgoing, now, key=None)
        return replace(decided, label=decided.label.raised(self.found))

    def raise_label(self, conversation: str, label: Label) -> Label:
        self.labels[conversation] = self.labels.get(conversation, PUBLIC).raised(label)
        return self.labels[conversation]

    def walk(self, text: str = ASKED, **given: Any) -> Iterator[Event]:
        return answer_question(make_question(text, conversation="c1", **given), self.means)

    def ask(self, text: str = ASKED, **given: Any) -> list[Event]:
        return list(self.walk(text, **given))

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.recorder.events]

    def sealed(self, name: str) -> str:
        return next(contents[name].text for contents in reversed(self.recorder.contents) if name in contents)


def sentences(events: Sequence[Event], standing: Standing | None = None) -> list[Sentence]:
    found = [event for event in events if isinstance(event, Sentence)]
    return [one for one in found if standing is None or one.standing is standing]


def finished(events: Sequence[Event]) -> Finished:
    assert isinstance(events[-1], Finished)
    return events[-1]


# -- order ---------------------------------------------------------------------------------------------


def test_the_order_of_events_and_what_is_on_the_record_when_each_is_shown() -> None:
    """Passages before anything is generated; nothing is yielded before its record is durable."""
    house = House([f"{TRUE} "])
    on_record, asked_model = [], []
    events = []
    for event in house.walk():
        events.append(type(event).__name__)
        on_record.append(house.kinds())
        asked_model.append(len(house.writer.prompts))
    assert events == ["Phase", "Passages", "Decided", "Phase", "Sentence", "Finished"]
    assert on_record == [
        ["QuestionAsked"],
        ["QuestionAsked", "Decided"],
        ["QuestionAsked", "Decided"],
        ["QuestionAsked", "Decided"],
        ["QuestionAsked", "Decided"],
        ["QuestionAsked", "Decided", "Answered"],
    ]
    assert asked_model == [0, 0, 0, 0, 1, 1]


def test_the_record_holds_ids_and_the_sealed_texts_and_nothing_in_the_open() -> None:
    """Question and answer are sealed under the person's key; the events name passages by id, label and rank."""
    house = House([f"{TRUE} "])
    events = house.ask()
    asked, decided, answered = house.recorder.events
    assert isinstance(asked, QuestionAsked)
    assert isinstance(decided, DecidedEvent)
    assert isinstance(answered, Answered)
    passage = house.passages[0]
    assert decided.passages == [
        {
            "chunk": passage.chunk.id,
            "document": passage.document.id,
            "version": passage.document.version,
            "label": "internal",
            "rank": 1,
        }
    ]
    assert (decided.question, answered.closes, finished(events).record) == (0, 0, 0)
    assert answered.citations[0]["page"] == 3
    assert house.sealed("question") == ASKED
    assert house.sealed("answer") == f"{TRUE} [1] ({phrases.condition(CONDITION)})"
    assert "28 euros" not in repr(house.recorder.events)
    assert {content.owner for contents in house.recorder.contents for content in contents.values()} == {
        "person:person-ada"
    }


def test_who_typed_and_for_whom_stand_on_every_record() -> None:
    """A question asked on the command line names the login and the person."""
    house = House([f"{TRUE} "])
    house.ask(actor="os:ops")
    assert {(event.actor, event.on_behalf_of) for event in house.recorder.events} == {("os:ops", "person-ada")}


# -- grounding -----------------------------------------------------------------------------------------


def test_a_supported_sentence_is_shown_with_a_citation_that_resolves() -> None:
    """Document, page, exact quote and the condition that stands beside it."""
    house = House([f"{TRUE} "])
    answer = collect(house.walk())
    (sentence,) = answer.sentences
    (citation,) = answer.citations
    assert (sentence.text, sentence.standing) == (TRUE, Standing.SUPPORTED)
    assert answer.finished.outcome is Outcome.ANSWERED
    assert answer.finished.route == "local"
    passage = house.passages[0]
    assert (citation.n, citation.chunk, citation.document) == (1, passage.chunk.id, passage.document.id)
    assert (citation.page, citation.label, citation.source) == (3, INTERNAL, passage.document.source.path)
    assert citation.quote in passage.chunk.text
    assert citation.quote == TRUE
    assert citation.condition == CONDITION
    assert f"({phrases.condition(CONDITION)})" in answer.text


def test_a_number_that_stands_nowhere_is_dropped_and_the_answer_is_partly() -> None:
    """The sentence that stands is shown, the other one is not, and it is counted."""
    house = House([f"{TRUE} ", f"{FALSE} "])
    events = house.ask()
    assert [one.text for one in sentences(events)] == [TRUE]
    assert finished(events).outcome is Outcome.PARTLY
    assert house.recorder.events[-1].removed == 1


def test_when_nothing_stands_the_passages_own_words_are_shown() -> None:
    """A model that makes things up is replaced by exact quotes, marked as quoted."""
    house = House([f"{FALSE} "])
    events = house.ask()
    quoted = sentences(events, Standing.QUOTED)
    assert quoted
    assert quoted == sentences(events)
    assert all(one.text in TEXT and one.citations for one in quoted)
    assert quoted[0].text == TRUE
    assert finished(events).outcome is Outcome.PARTLY


def test_a_model_that_writes_nothing_is_replaced_by_quotes_too() -> None:
    """Silence is no answer."""
    events = House([]).ask()
    assert sentences(events, Standing.QUOTED)


def test_the_same_sentence_is_shown_once_and_the_same_quote_keeps_its_number() -> None:
    """A small model repeats itself; the page does not."""
    events = House([f"{TRUE} ", f"{TRUE} ", f"{TRUE} "]).ask()
    assert [one.text for one in sentences(events)] == [TRUE]
    assert finished(events).outcome is Outcome.ANSWERED


def test_a_heading_of_the_models_own_is_not_shown_and_one_of_ours_is() -> None:
    """A heading is not checked like a sentence, so it may only name the document and its own heading."""
    events = House(["## Everybody gets 500 euros\n", f"{TRUE}\n"]).ask()
    assert [one.text for one in sentences(events)] == [TRUE]
    events = House(["## Travel policy · Per diem\n", f"{TRUE}\n"]).ask()
    assert [(one.text, one.heading) for one in sentences(events)] == [
        ("Travel policy · Per diem", True),
        (TRUE, False),
    ]


def test_a_sentence_split_over_pieces_is_checked_whole() -> None:
    """Raw tokens never reach a face: sentences come only when their border is certain."""
    house = House([TRUE[n : n + 3] for n in range(0, len(TRUE), 3)])
    assert [one.text for one in sentences(house.ask())] == [TRUE]


def test_a_demonstration_model_quotes_until_somebody_asks_it_to_write() -> None:
    """By default the passages' own words; with `write` the model is asked."""
    writer = ScriptedGenerator([f"{TRUE} "], demonstration=True)
    quoting = House(writer=writer)
    events = quoting.ask()
    assert writer.prompts == []
    assert finished(events).demonstration
    assert finished(events).model == "quotes (no model writes)"
    assert any(one.text == TRUE and one.citations for one in sentences(events))
    finish = finished(House(writer=writer).ask(write=True))
    assert len(writer.prompts) == 1
    assert (finish.model, finish.demonstration) == ("scripted", True)


# -- nothing found, withheld, refused ------------------------------------------------------------------


@pytest.mark.parametrize("passages", [(), (make_passage("The cafeteria serves soup on Mondays."),)])
def test_nothing_relevant_is_said_and_no_model_is_asked(passages: tuple[Passage, ...]) -> None:
    """Without a passage that speaks of the question: abstained, in our own words, with whom to ask."""
    house = House([f"{TRUE} "], passages=passages)
    events = house.ask("Who won the world chess championship?")
    assert [one.text for one in sentences(events)] == [phrases.NOTHING_FOUND, phrases.TELL_LIBRARY]
    assert (finished(events).outcome, finished(events).route) == (Outcome.ABSTAINED, "none")
    assert house.writer.prompts == []
    assert next(event for event in events if isinstance(event, Passages)).passages == ()


def test_what_a_rule_withheld_is_counted_and_does_not_raise_the_label() -> None:
    """The count stands in the record; a withheld passage is no part of the prompt."""
    house = House([], passages=(), withheld=2)
    events = house.ask()
    assert next(event for event in events if isinstance(event, Passages)).withheld == 2
    assert house.recorder.events[1].withheld == 2
    assert finished(events).label == PUBLIC


def test_a_person_whom_no_rule_allows_to_ask_is_refused_with_a_reference() -> None:
    """Refused before anything is searched: the rule and the record's number, and nothing else."""
    house = House([f"{TRUE} "])
    searched: list[Question] = []
    means = house.means
    means = replace(means, retrieve=lambda question, _ceiling: searched.append(question) or Retrieved(passages=()))
    nobody = make_person("Nemo", roles=frozenset())
    events = list(answer_question(make_question(ASKED, person=nobody, conversation="c1"), means))
    assert [type(event).__name__ for event in events] == ["Decided", "Sentence", "Finished"]
    refusal = events[0].decision
    assert sentences(events)[0].text == phrases.refused(refusal.reasons[0].rule, 0)
    assert "reference 0" in sentences(events)[0].text
    assert (finished(events).outcome, finished(events).route) == (Outcome.REFUSED, "none")
    assert searched == []
    assert house.writer.prompts == []
    assert house.kinds() == ["QuestionAsked", "Decided", "Answered"]


# -- the model -----------------------------------------------------------------------------------------


def test_a_model_that_dies_in_the_middle_leaves_what_was_shown_a_notice_and_quotes() -> None:
    """Nothing is escalated, nothing is taken back, nothing is said twice; the outcome is partly."""
    house = House(writer=ScriptedGenerator([f"{TRUE} {LONG}", "more"], dies_after=1))
    events = house.ask()
    texts = [one.text for one in sentences(events)]
    assert texts[:2] == [TRUE, phrases.MODEL_DOWN]
    assert len(texts) == len(set(texts))
    assert all(one.standing is Standing.QUOTED for one in sentences(events)[2:])
    assert (finished(events).outcome, finished(events).route) == (Outcome.PARTLY, "none")
    assert house.kinds() == ["QuestionAsked", "Decided", "Answered"]


def test_a_model_that_dies_at_once_leaves_passages_only() -> None:
    """The notice and the passages' own words, exit as passages_only."""
    events = House(writer=ScriptedGenerator(["x"], dies_after=0)).ask()
    assert [one.standing for one in sentences(events)][:2] == [Standing.NOTICE, Standing.QUOTED]
    assert finished(events).outcome is Outcome.PASSAGES_ONLY


def test_a_missing_model_gives_passages_only() -> None:
    """No model: the passages with a notice, and the record says that none answered."""
    house = House(missing=True)
    events = house.ask()
    assert sentences(events)[0].text == phrases.MODEL_DOWN
    assert sentences(events, Standing.QUOTED)
    assert (finished(events).outcome, finished(events).model) == (Outcome.PASSAGES_ONLY, "")
    assert house.recorder.events[-1].outcome == "passages_only"


def test_closing_the_answer_stops_the_model_and_is_recorded_with_what_was_shown() -> None:
    """Abandoned holds how much was shown and its sealed text; the model's stream is closed."""
    house = House([f"{TRUE} ", "The travel desk in Hamburg books every hotel. ", "More. "])
    stream = house.walk()
    for event in stream:
        if isinstance(event, Sentence):
            break
    stream.close()
    last = house.recorder.events[-1]
    assert isinstance(last, Abandoned)
    assert (last.closes, last.reason, last.shown) == (0, "stopped", 1)
    assert TRUE in house.sealed("answer")
    assert house.writer.closed_early == 1
    assert house.kinds() == ["QuestionAsked", "Decided", "Abandoned"]


def test_closing_before_anything_was_shown_is_recorded_without_a_text() -> None:
    """A question that was opened is closed, whoever closes it and when."""
    house = House([f"{TRUE} "])
    stream = house.walk()
    next(stream)
    stream.close()
    assert house.kinds() == ["QuestionAsked", "Abandoned"]
    assert house.recorder.contents[-1] == {}


def test_an_error_of_ours_closes_the_question_as_failed() -> None:
    """What a step raises ends the walk and the record names its kind."""

    def broken(_question: Question, _ceiling: Label) -> Retrieved:
        raise UnavailableError("The index is not there.")

    house = House([])
    with pytest.raises(UnavailableError):
        list(answer_question(make_question(ASKED), replace(house.means, retrieve=broken)))
    assert isinstance(house.recorder.events[-1], Failed)
    assert house.recorder.events[-1].reason == "UnavailableError"


def test_a_fault_that_nobody_foresaw_closes_the_question_too() -> None:
    """No question stands open in the record because of a bug, and the bug is not hidden."""

    def broken(_question: Question, _ceiling: Label) -> Retrieved:
        raise ZeroDivisionError

    house = House([])
    with pytest.raises(ZeroDivisionError):
        list(answer_question(make_question(ASKED), replace(house.means, retrieve=broken)))
    assert house.recorder.events[-1] == Failed(actor="person-ada", closes=0, reason="unexpected")


# -- passages beside a general question ----------------------------------------------------------------

LEAFLET = make_passage(TEXT, page=3)  # public


def general(house: House, text: str = ASKED, **given: Any) -> list[Event]:
    return house.ask(text, kind=Kind.GENERAL, allow_outside=True, **given)


def test_a_general_question_with_passages_is_answered_like_one_about_documents() -> None:
    """Shown first, asked for up to the ceiling, and every sentence held to them; no word of general knowledge."""
    house = House([f"{TRUE} ", f"{FALSE} "], passages=(LEAFLET,), step=Outside.PUBLIC)
    events = general(house)
    assert [type(event).__name__ for event in events] == [
        "Phase", "Passages", "Decided", "Phase", "Sentence", "Finished",
    ]  # fmt: skip
    assert house.ceilings == [PUBLIC]
    assert [(one.text, one.standing) for one in sentences(events)] == [(TRUE, Standing.SUPPORTED)]
    assert finished(events).outcome is Outcome.PARTLY
    assert house.writer.prompts[0].passages == (LEAFLET,)


def test_passages_that_do_not_help_are_not_used() -> None:
    """Looked for and found wanting: the general answer, which says so above its first word; none is in the prompt."""
    house = House(["Paris. "], passages=(LEAFLET,), step=Outside.PUBLIC)
    events = general(house, "Who painted the ceiling of the chapel?")
    assert [event.passages for event in events if isinstance(event, Passages)] == [()]
    assert [one.text for one in sentences(events)] == [phrases.GENERAL_KNOWLEDGE, "Paris."]
    assert house.writer.prompts[0].passages == ()
    assert house.recorder.events[1].passages == []


@pytest.mark.parametrize("step", [Outside.CLOSED, Outside.GENERAL])
def test_below_the_step_public_nothing_is_looked_for(step: Outside) -> None:
    """The general answer as ever."""
    house = House(["Paris. "], passages=(LEAFLET,), step=step)
    events = general(house)
    assert house.ceilings == []
    assert not any(isinstance(event, Passages) for event in events)
    assert sentences(events)[0].text == phrases.GENERAL_KNOWLEDGE


def test_without_a_writing_model_the_passages_speak_for_themselves() -> None:
    """A demonstration quotes them; with none at all they are quoted under a notice."""
    quoted = House(passages=(LEAFLET,), step=Outside.PUBLIC, writer=ScriptedGenerator(["x"], demonstration=True))
    assert sentences(general(quoted), Standing.SUPPORTED)
    assert quoted.writer.prompts == []
    down = House(passages=(LEAFLET,), step=Outside.PUBLIC, missing=True)
    events = general(down)
    assert sentences(events)[0].text == phrases.MODEL_DOWN
    assert sentences(events, Standing.QUOTED)


# -- the record fails ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("fails_at", "shown"), [(0, []), (1, ["Phase"])])
def test_when_the_record_fails_before_the_decision_nothing_is_shown_and_no_model_is_called(
    fails_at: int, shown: list[str]
) -> None:
    """Cannot record: cannot ask, cannot search, cannot answer."""
    house = House([f"{TRUE} "], recorder=ListRecorder(fails_at=fails_at))
    events: list[str] = []
    with pytest.raises(RecordError):
        events.extend(type(event).__name__ for event in _into(events, house.walk()))
    assert events == shown
    assert house.writer.prompts == []


def _into(events: list[str], stream: Iterator[Event]) -> Iterator[Event]:
    for event in stream:
        events.append(type(event).__name__)
    return iter(())


def test_when_the_answer_cannot_be_recorded_it_does_not_finish() -> None:
    """The last step fails: no Finished, and no second attempt to write."""
    house = House([f"{TRUE} "], recorder=ListRecorder(fails_at=2))
    events: list[str] = []
    with pytest.raises(RecordError):
        _into(events, house.walk())
    assert events[-1] == "Sentence"
    assert house.kinds() == ["QuestionAsked", "Decided"]


# -- labels and kinds ----------------------------------------------------------------------------------


def test_the_conversations_label_rises_with_the_prompt_and_stays() -> None:
    """An internal passage makes the conversation internal; a later public one does not lower it."""
    house = House([f"{TRUE} "])
    assert finished(house.ask()).label == INTERNAL
    assert house.labels["c1"] == INTERNAL
    house.passages = (make_passage(TEXT),)
    assert finished(house.ask(conversation_label=PUBLIC)).label == INTERNAL
    assert house.recorder.events[-1].label == "internal"


def test_what_was_found_in_the_question_raises_the_conversation() -> None:
    """A finding stays with the conversation: its answer, too, was made from it."""
    health = Label(level=Level.PUBLIC, categories=frozenset({Category.HEALTH}))
    house = House(["Rest helps. "], found=health)
    events = house.ask("What helps against migraine?", kind=Kind.GENERAL)
    assert finished(events).label == health
    assert house.labels["c1"] == health


def test_a_general_answer_says_above_its_first_word_that_it_is_unchecked() -> None:
    """No passages, no citations; the notice stands first and each sentence is marked."""
    house = House(["Paris is the capital of France. ", "It lies on the Seine."])
    events = house.ask("What is the capital of France?", kind=Kind.GENERAL)
    assert sentences(events)[0].text == phrases.GENERAL_KNOWLEDGE
    assert [one.text for one in sentences(events, Standing.UNCHECKED)] == [
        "Paris is the capital of France.",
        "It lies on the Seine.",
    ]
    assert not any(one.citations for one in sentences(events))
    assert not any(isinstance(event, Passages) for event in events)
    assert [event.step for event in events if isinstance(event, Phase)] == [Step.WRITING]
    assert finished(events).outcome is Outcome.ANSWERED


def test_a_general_answer_that_breaks_off_is_partly_and_speaks_of_no_passages() -> None:
    """The notice of a general question does not promise passages that are not there."""
    house = House(writer=ScriptedGenerator([f"Paris is the capital of France. {LONG}", "x"], dies_after=1))
    events = house.ask("What is the capital of France?", kind=Kind.GENERAL)
    assert sentences(events)[-1].text == phrases.MODEL_GONE
    assert finished(events).outcome is Outcome.PARTLY
    gone = House(missing=True).ask("What is the capital of France?", kind=Kind.GENERAL)
    assert [one.text for one in sentences(gone)] == [phrases.MODEL_GONE]
    assert finished(gone).outcome is Outcome.PASSAGES_ONLY


# -- what cannot be asked ------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "  \n", "a" * 16_001, "half \ud83d"])
def test_an_empty_far_too_long_or_broken_question_is_a_usage_error_and_not_recorded(text: str) -> None:
    """Nothing happened, so nothing is on the record."""
    house = House([])
    with pytest.raises(UsageError) as refused:
        house.ask(text)
    assert refused.value.cure
    assert house.recorder.events == []


def test_an_answer_that_did_not_end_is_not_an_answer() -> None:
    """`collect` refuses a stream without its last event."""
    with pytest.raises(UnavailableError):
        collect(iter([Phase(step=Step.WRITING)]))


def test_the_decision_is_shown_with_its_place_in_the_record() -> None:
    """Decided carries the verdict, the reasons in words, and the number of its record."""
    house = House([f"{TRUE} "])
    decided = next(event for event in house.ask() if isinstance(event, Decided))
    assert decided.record == 1
    assert decided.decision.verdict == "local"
    assert decided.decision.reasons[0].rule == "KIND_DOCUMENTS"
