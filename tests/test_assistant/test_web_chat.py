"""The chat's handlers and its threads: what the page shows step by step, and that stopping stops."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from types import SimpleNamespace
from typing import Any

import pytest
from web_house import FakeAsking, FakeReading, fake_house, people
from web_reading import request

from assistant import phrases
from assistant.answers import Phase, Sentence, Standing, Step
from assistant.web import thread
from assistant.web.base import House
from assistant.web.chat import STOPPED, Chat, Talk
from assistant.web.running import Runner
from assistant.web.shown import Shown
from policies.errors import RefusedError
from policies.labels import Label, Level

QUESTION = "How long do we keep client records?"


def asking(house: House) -> FakeAsking:
    assert isinstance(house.asking, FakeAsking)
    house.asking.pause = 0.0
    return house.asking


def told(
    house: House, text: str, name: str = "dana", kind: str = "documents", talk: Talk | None = None
) -> list[dict[str, Any]]:
    async def gather() -> list[dict[str, Any]]:
        chat = Chat(house, Shown(), Runner())
        return [step async for step in chat.ask(text, kind, False, False, talk or Talk(), request(name))]

    return asyncio.run(gather())


async def _all(steps: AsyncIterator[dict[str, Any]]) -> list[dict[str, Any]]:
    return [step async for step in steps]


def last(steps: list[dict[str, Any]], place: str) -> Any:
    return next(step[place] for step in reversed(steps) if place in step)


def test_passages_stand_in_the_panel_before_the_first_sentence() -> None:
    """The sources come first, then the answer beside them."""
    house = fake_house()
    asking(house)
    steps = told(house, QUESTION)
    first_sources = next(n for n, step in enumerate(steps) if "2 passages" in step.get("sources", ""))
    first_words = next(n for n, step in enumerate(steps) if "seven years" in step.get("thread", ""))
    assert first_sources < first_words
    assert any("Looking in 2 documents" in step.get("phase", "").replace("&#", "") for step in steps)


def test_the_thread_only_ever_grows() -> None:
    """Every step's thread begins with the one before, but for the closing of its last paragraph."""
    house = fake_house()
    asking(house)
    shown = [step["thread"] for step in told(house, QUESTION) if "thread" in step]
    for before, after in itertools.pairwise(shown):
        assert after.startswith(before.removesuffix("</div>").removesuffix("</p>"))


def test_a_finished_answer_says_how_it_came_about() -> None:
    """Where it was answered, its label, a reference, reasons in words before codes; once the machine's note."""
    house = fake_house()
    asking(house)
    steps = told(house, QUESTION)
    markup = last(steps, "thread")
    for words in (
        "Answered here",
        "confidential",
        "48,211",
        "Questions about documents are answered here",
        "because of source 2",
    ):
        assert words in markup
    assert markup.index("about documents are answered") < markup.index("<code>KIND&#95;DOCUMENTS")
    again = told(house, QUESTION, talk=last(steps, "talk"))
    assert last(again, "thread").count('class="machine"') == 1
    assert last(again, "running") is False


def test_nothing_found_says_so_and_whom_to_tell() -> None:
    """The same words whether nothing is there or nothing may be read."""
    house = fake_house()
    asking(house)
    markup = last(told(house, "And in the Lisbon branch?"), "thread")
    assert "I found nothing on this" in markup
    assert "Tell the library team" in markup
    assert "Answered here" not in markup.split("<details")[0]
    assert "Heron" not in markup
    assert "Heron" in last(told(house, "And in the Lisbon branch?", name="bo"), "sources")


def test_when_nothing_can_be_recorded_answers_are_paused() -> None:
    """The words say so, and the question is given back."""
    house = fake_house()
    asking(house)
    steps = told(house, "paused")
    assert "paused because they can&#39;t be recorded" in last(steps, "thread")
    assert steps[-1]["text"] == "paused"


def test_a_general_question_says_first_that_nobody_checked_it() -> None:
    """Above the first word of the answer, and no passage beside it."""
    house = fake_house()
    asking(house)
    steps = told(house, "What is operational risk?", kind="general")
    markup = last(steps, "thread")
    assert markup.index("not checked") < markup.index("Operational risk is")
    assert asking(house).asked[0].kind == "general"


def test_the_person_is_the_gates_and_nobody_elses() -> None:
    """Without a person from the gate nothing is asked."""
    house = fake_house()
    nobody = SimpleNamespace(session_hash="s", request=SimpleNamespace(scope={"state": {"now": lambda: None}}))

    async def ask() -> None:
        async for _ in Chat(house, Shown(), Runner()).ask(QUESTION, "documents", False, False, Talk(), nobody):  # type: ignore[arg-type]
            pass

    with pytest.raises(Exception, match="session has ended"):
        asyncio.run(ask())
    assert asking(house).asked == []


def test_a_question_that_waited_is_not_asked_for_who_was_signed_out_meanwhile() -> None:
    """Somebody's access ends with what they had sent before, too: a queue is no way to go on asking."""
    house = fake_house()
    asking(house)
    answers = [people()["dana"]]

    async def run() -> None:
        runner = Runner(1)
        chat = Chat(house, Shown(), runner)
        waits = request("dana")
        waits.request.scope["state"]["now"] = lambda: answers[-1]
        async with runner._place(asyncio.Event()):  # somebody else is being answered
            told = asyncio.create_task(_all(chat.ask(QUESTION, "documents", False, False, Talk(), waits)))
            await asyncio.sleep(0.05)
            answers.append(None)  # type: ignore[arg-type]
        with pytest.raises(RefusedError, match="session has ended"):
            await told

    asyncio.run(run())
    assert asking(house).asked == []


def test_an_answer_ends_with_the_session() -> None:
    """Signing out, or being switched off, closes the walk in the middle of an answer."""
    house = fake_house()
    asking(house).pause = 0.01
    here = request("dana")
    shown: list[str] = []

    async def run() -> None:
        chat = Chat(house, Shown(), Runner())
        async for step in chat.ask("slow please", "documents", False, False, Talk(), here):
            shown.append(step.get("thread", ""))
            if "Sentence 3" in shown[-1]:
                here.request.scope["state"]["now"] = lambda: None

    with pytest.raises(RefusedError, match="session has ended"):
        asyncio.run(run())
    assert "Sentence 39" not in "".join(shown)
    assert _soon(lambda: asking(house).closed == ["cancelled"])


def test_one_person_does_not_take_all_places() -> None:
    """Two questions at a time, from however many windows; another person's is answered."""
    house = fake_house()
    asking(house).pause = 0.01

    async def run() -> list[Any]:
        chat = Chat(house, Shown(), Runner())

        def ask(name: str, session: str) -> Any:
            return _all(chat.ask(QUESTION, "documents", False, False, Talk(), request(name, session)))

        return await asyncio.gather(*(ask("dana", f"d{n}") for n in range(8)), ask("bo", "b"))

    steps = asyncio.run(run())
    assert [question.person.name for question in asking(house).asked].count("dana") == 2
    assert sum(len(one) == 1 and "Two of your questions" in one[0]["phase"] for one in steps) == 6
    assert "text" not in steps[5][0], "what was typed stays in its box"
    assert last(steps[-1], "running") is False


def test_a_second_click_asks_nothing_a_second_time() -> None:
    """Also when it comes before the first has begun."""
    house = fake_house()
    asking(house)

    async def run() -> None:
        chat = Chat(house, Shown(), Runner())
        await asyncio.gather(
            *(_all(chat.ask(QUESTION, "documents", False, False, Talk(), request("dana"))) for _ in range(3))
        )

    asyncio.run(run())
    assert len(asking(house).asked) == 1


def test_stopping_closes_the_walk_and_keeps_what_was_said() -> None:
    """The button ends the stream at once; the walk's iterator is closed, so the model is cancelled."""
    house = fake_house()
    asking(house).pause = 0.02

    async def run() -> list[dict[str, Any]]:
        chat = Chat(house, Shown(), Runner())
        steps = []
        async for step in chat.ask("slow please", "documents", False, False, Talk(), request("dana")):
            steps.append(step)
            if "Sentence 3" in step.get("thread", ""):
                chat.stop(request("dana"))
        return steps

    steps = asyncio.run(run())
    assert thread.render.escape(STOPPED) in last(steps, "thread")
    assert "Sentence 3" in last(steps, "thread")
    assert "Sentence 39" not in last(steps, "thread")
    assert _soon(lambda: asking(house).closed == ["cancelled"])


def test_a_page_that_goes_away_closes_the_walk() -> None:
    """A closed tab is a stop."""
    house = fake_house()
    asking(house).pause = 0.02

    async def run() -> None:
        chat = Chat(house, Shown(), Runner())
        async with aclosing(chat.ask("slow please", "documents", False, False, Talk(), request("dana"))) as steps:
            async for step in steps:
                if "Sentence 1" in step.get("thread", ""):
                    break

    asyncio.run(run())
    assert _soon(lambda: asking(house).closed == ["cancelled"])


def test_stop_does_not_reach_somebody_elses_answer() -> None:
    """It stops the answer of its own page session."""
    runner = Runner()
    assert runner.stop("another") is False


def test_no_more_walks_run_than_there_is_room_for() -> None:
    """Who comes later waits for a free place."""
    running: list[int] = []
    most: list[int] = []

    def walk() -> Iterator[int]:
        running.append(1)
        most.append(len(running))
        time.sleep(0.02)
        yield 1
        running.pop()

    async def run() -> None:
        runner = Runner(2)

        async def one(name: str) -> None:
            async for _ in runner.run(name, walk):
                pass

        await asyncio.gather(*(one(str(n)) for n in range(6)))

    asyncio.run(run())
    assert max(most) <= 2


def test_who_waits_for_a_place_can_stop_waiting() -> None:
    """Nothing of theirs ever runs, and the place stays free for the next."""
    started: list[str] = []

    async def run() -> None:
        runner = Runner(1)

        async def one(name: str) -> list[int]:
            def walk() -> Iterator[int]:
                started.append(name)
                time.sleep(0.05)
                yield 1

            return [item async for item in runner.run(name, walk)]

        first, second = asyncio.create_task(one("first")), asyncio.create_task(one("second"))
        await asyncio.sleep(0.01)
        assert runner.full
        assert runner.stop("second")
        assert await second == []
        assert await first == [1]
        assert await one("third") == [1]
        assert not runner.stop("second")

    asyncio.run(run())
    assert started == ["first", "third"]


def test_a_conversation_is_opened_again_by_its_owner_alone() -> None:
    """Rereading goes through the house, which records it; for others there is no such conversation."""
    house = fake_house()
    asking(house)
    talk: Talk = last(told(house, QUESTION), "talk")
    chat = Chat(house, Shown(), Runner())
    again = chat.open(talk.conversation, Talk(), request("dana", "s2"))
    assert "seven years" in again["thread"]
    assert "2 passages" in again["sources"]
    assert asking(house).reread == [talk.conversation]
    foreign = chat.open(talk.conversation, Talk(), request("bo", "s3"))
    assert "seven years" not in foreign["thread"]
    assert talk.conversation not in foreign["list"]


def test_the_first_visit_counts_what_this_person_may_read() -> None:
    """And says what to do when there is nothing."""
    house = fake_house()
    chat = Chat(house, Shown(), Runner())
    assert "2 documents" in chat.open("", Talk(), request("dana"))["thread"]
    assert "Tell the library team" in chat.open("", Talk(), request("ines"))["thread"]
    assert isinstance(house.reading, FakeReading)


def test_the_label_note_names_what_raised_it() -> None:
    """Only when it rises."""
    exchange = thread.Exchange(
        question="q",
        sentences=(Sentence(text="a", standing=Standing.UNCHECKED),),
        outcome="answered",
        label=Label(level=Level.CONFIDENTIAL),
    )
    assert "because of what was typed" in thread.exchange(exchange, lambda _: "t")
    same = thread.exchange(exchange, lambda _: "t", before=Label(level=Level.RESTRICTED))
    assert "This conversation is now" not in same


def test_words_of_the_house_are_used_as_they_stand() -> None:
    """The waiting line and the machine's note."""
    telling = thread.Telling(question="q", documents=8412, ticket=lambda _: "t")
    telling.take(Phase(step=Step.SEARCHING))
    assert "8,412 documents" in telling.phase()
    assert thread.render.escape(phrases.BY_A_MACHINE) in thread.by_a_machine()


def _soon(true: Any) -> bool:
    for _ in range(100):
        if true():
            return True
        time.sleep(0.02)
    return False
