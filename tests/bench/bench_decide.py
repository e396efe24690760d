"""Deciding whether a request may leave, on the bytes that the door would send."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import Any

from invented import of_length, question
from yardstick import Numbers, Scale, percentile

PAYLOAD = 2_000
NEW = 300
PASSAGES = 6


def decide_ms(scale: Scale) -> Numbers:
    """`decide.route` from the serialised request to the signed release. Loading is no part of it.

    Remembered: six passages that were looked at before, and a new question. Cold: the whole payload is typed and new,
    which is more to look at than passages are. A passage of several lines is quoted line by line in the request.
    """
    count = scale.pick(quick=5, usual=60)
    dice = random.Random(5)
    route = _Route()
    for _ in range(3):
        route(_asked(dice, NEW), ())
    numbers: Numbers = {}
    for key, lines in (("decide_p95_ms", 1), ("decide_p95_ms_passages_of_three_lines", 3)):
        passages = tuple(_passage(dice, number, lines) for number in range(1, PASSAGES + 1))
        route(_asked(dice, NEW), passages)
        numbers[key] = percentile([route(_asked(dice, NEW), passages) for _ in range(count)], 0.95)
    cold = [route(_asked(dice, PAYLOAD), ()) for _ in range(count)]
    numbers["decide_cold_p95_ms"] = percentile(cold, 0.95)
    return {**numbers, "decide_released": route.released / route.asked}


class _NothingKept:
    """A house without documents that must stay."""

    def repeats(self, texts: Sequence[str], ceiling: Any) -> tuple[()]:
        return ()


class _Route:
    """Asks as a site does whose ladder stands at *public*, and counts what was released."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        from assistant.prompting import SYSTEM
        from ingest.index.embedder import Remembering, open_embedder
        from policies import detect, rulebook
        from policies.decide import Grounds
        from policies.decisions import Destination, Outside
        from policies.labels import PUBLIC

        self._destination = Destination(
            id="bench",
            host="bench.invalid",
            base_url="https://bench.invalid/v1",
            model="a-model",
            ceiling=PUBLIC,
        )
        self._key = Ed25519PrivateKey.generate().sign
        self._grounds = Grounds(
            rulebook=rulebook.load(),
            outside=Outside.PUBLIC,
            destination=self._destination,
            detectors=detect.load(Remembering(open_embedder())),
            copies=_NothingKept(),
            clock=lambda: time.time_ns() // 1000,
            label_versions="1",
            frames=frozenset(SYSTEM.values()),
        )
        self.asked = self.released = 0

    def __call__(self, text: str, passages: tuple[Any, ...]) -> float:
        """Milliseconds of one decision."""
        from assistant.egress.providers.openai_compatible import serialise
        from assistant.prompting import build_prompt
        from policies import decide
        from policies.decisions import Escalate
        from policies.vocabulary import Kind, Person, Question

        person = Person(id="p", name="A Person", groups=frozenset({"staff"}))
        question = Question(text=text, person=person, kind=Kind.GENERAL, allow_outside=True)
        prompt = build_prompt(question, passages, budget=100_000, count_tokens=len)
        outgoing = serialise(prompt, self._destination)
        start = time.perf_counter()
        decision = decide.route(prompt, outgoing, self._grounds, key=self._key)
        took = time.perf_counter() - start
        self.asked += 1
        self.released += isinstance(decision, Escalate)
        return 1000 * took


def _asked(dice: random.Random, characters: int) -> str:
    """Text that may go: what stays is known sooner."""
    return of_length(dice, characters, question)


def _passage(dice: random.Random, rank: int, lines: int) -> Any:
    from policies.labels import PUBLIC
    from policies.vocabulary import EVERYONE, Chunk, Document, Passage, SourceRef

    ref = SourceRef(source="bench", path=f"note {rank}.txt")
    each = (PAYLOAD - NEW) // PASSAGES // lines
    document = Document(
        id=ref.document,
        version="0" * 64,
        source=ref,
        title=f"Note {rank}",
        media_type="text/plain",
        label=PUBLIC,
        groups=frozenset({EVERYONE}),
    )
    chunk = Chunk(
        id=Chunk.make_id(ref.document, document.version, "bench", 0),
        document=ref.document,
        version=document.version,
        ordinal=0,
        text="\n".join(_asked(dice, each) for _ in range(lines)),
        page=1,
        heading=(),
        start=0,
        end=each,
        label=PUBLIC,
    )
    return Passage(chunk=chunk, document=document, rank=rank, score=1.0)
