"""What the product adds before the model can begin, beside the model's own time to its first token."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from invented import write_documents
from yardstick import LeftOut, Numbers, Scale, temporary_home

QUESTIONS = (
    "Who approves the agreed budget?",
    "When does the desk return a copy of the form?",
    "What does the auditor check during the annual review?",
    "How long does the records unit keep the training record?",
    "What happens to the order for new chairs?",
)


def overhead(scale: Scale) -> Numbers:
    """Recording, admitting, retrieving, building the prompt and deciding, for questions after the first one.

    The number to reach is for a model of 7 to 8 billion parameters on this machine's Ollama. Where there is none, the
    packaged one is timed, under another name: it is fifty times smaller, so its first token comes too soon.
    """
    from policies.errors import UnavailableError

    questions = QUESTIONS[: scale.pick(quick=1, usual=3, full=len(QUESTIONS))]
    try:
        with temporary_home() as home:
            before, waited, demonstration = _measure(home, questions)
    except UnavailableError as error:
        raise LeftOut(f"no writing model here ({type(error).__name__})") from error
    share = statistics.median(one / other for one, other in zip(before, waited, strict=True))
    numbers = {"overhead_ms": 1000 * statistics.median(before), "first_token_ms": 1000 * statistics.median(waited)}
    if demonstration:
        reason = "no model of 7 to 8 billion parameters is here; against the packaged one see below"
        raise LeftOut(reason, {**numbers, "overhead_vs_first_token_of_packaged_model": share})
    return {"overhead_vs_first_token": share, **numbers}


def _measure(home: Any, questions: tuple[str, ...]) -> tuple[list[float], list[float], bool]:
    from assistant.wiring import create_parts
    from ingest.pipeline import Asked
    from policies.labels import Level
    from policies.vocabulary import Kind, Person

    parts = create_parts(home.path)
    try:
        folder = write_documents(home.path.parent / "corpus", 20)[0].parent
        parts.ingest.run_job([folder], Asked(groups=frozenset({"staff"}), level=Level.INTERNAL))
        parts.ingest.index.settle(seconds=600)
        person = Person(id="p", name="A Person", groups=frozenset({"staff"}))
        timed = _Timed(parts.writer)
        means = replace(parts.means, writer=lambda: timed)
        for text in ("What is kept for seven years?", *questions):
            conversation = parts.conversations.start(person.id, Kind.DOCUMENTS, "bench").id
            timed.ask(text, person, conversation, means)
        return timed.before[1:], timed.waited[1:], bool(timed.demonstration)
    finally:
        parts.close()


class _Timed:
    """The model, with a clock at its door; it is stopped after its first piece."""

    def __init__(self, writer: Any) -> None:
        self._writer = writer
        self.name, self.digest, self.context = writer.name, writer.digest, writer.context
        self.demonstration = writer.demonstration
        self.count_tokens, self.close = writer.count_tokens, writer.close
        self.before: list[float] = []
        self.waited: list[float] = []

    def ask(self, text: str, person: Any, conversation: str, means: Any) -> None:
        from assistant.ask import answer_question, collect
        from policies.vocabulary import Question

        asked = len(self.before)
        self._begun = time.perf_counter()
        collect(answer_question(Question(text=text, person=person, conversation=conversation, write=True), means))
        if not asked < len(self.before) == len(self.waited):
            raise RuntimeError("a question of the bench did not reach the model")

    def generate(self, prompt: Any) -> Iterator[str]:
        begun = time.perf_counter()
        self.before.append(begun - self._begun)
        pieces = self._writer.generate(prompt)
        try:
            first = next(pieces)
            self.waited.append(time.perf_counter() - begun)
            yield first
        finally:
            pieces.close()
