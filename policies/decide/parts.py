"""What stands in a request: every text of it, with the place it stands in and how far to look into it.

What is promised: no string of the body, no header and no address is left out, whatever it is called. A passage is
looked at as stored text under its own label; what stands around it, as typed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from policies.decisions import Outgoing
from policies.detect import Depth
from policies.labels import PUBLIC, Label
from policies.vocabulary import Passage, Prompt

TURNS_TOGETHER = 6  # an identifier may be spread over this many turns
_PIECES = re.compile(r"(?<![^\W_])[A-Z]{0,4}-?\d[\dA-Z \-./]*(?<=[\dA-Z])(?![^\W_])")
# Of a number that was taken apart by words: where each piece stands, and how many of them may make one.
_PIECE = re.compile(r"(?<![\w.,])[A-Z]{0,4}\d{2,}[A-Z]{0,4}\d*(?![\w%]|[.,:]\d)")
_APART, _MOST_PIECES, _LENGTHS = 40, 8, range(11, 35)
_FEW = 8  # numbers near each other, of which any may be a piece
_STAND_IN = re.compile(r"\b(?:Person|Mailbox|Place|Day|Number) [A-Z]\d{3}\b")  # what `pseudonyms` writes
_ASKED = "Question: "  # what a prompt puts before the question, where passages stand above it
_TOKEN = re.compile(r"[!-~]{1,60}")
_NAME = "the name of a parameter"
# What the door itself writes beside the texts. Everything under any other name is looked at as if it had been typed.
_PARAMETERS = frozenset({"model", "role", "max_tokens", "stream", "temperature", _NAME})
_NAMES = _PARAMETERS | {"messages", "content"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One text of what would be sent: where it stands, its label, and how far to look into it."""

    source: str
    text: str
    label: Label = PUBLIC
    depth: Depth = Depth.TYPED


def read_parts(
    outgoing: Outgoing,
    prompt: Prompt | None = None,
    *,
    passages: Sequence[str] = (),
    frames: Collection[str] = (),
    before: Sequence[str] = (),
) -> list[Part]:
    """Every text in the request. `passages` are the stored texts in it, where there is no prompt to tell; `frames` are
    the product's own instructions to a model, word for word: one that was changed is looked at as typed; `before`: what
    was typed in turns that are no longer sent.

    Raises ValueError for a body that is not JSON.
    """
    stored = [passage.chunk.text for passage in prompt.passages] if prompt else list(passages)
    places = [passage.place for passage in prompt.passages] if prompt else []  # what documents are called, in full
    known = [*stored, *places]
    parts = [Part(source=f"passage {n}", text=text, depth=Depth.STORED) for n, text in enumerate(stored, 1)]
    if prompt:
        parts += [_called(passage, f"passage {n}") for n, passage in enumerate(prompt.passages, 1)]
    rest = [f"{outgoing.method} {outgoing.url}", *(f"{name}: {value}" for name, value in outgoing.headers)]
    body = read_body(outgoing)
    for name, text in strings(body):
        if text not in frames:
            text = _without(text, known, frames)
        if text in frames or (name in _PARAMETERS and _TOKEN.fullmatch(text)):
            rest.append(text)
        elif text:
            parts.append(Part(source=_place(text, prompt), text=text))
    parts.append(Part(source="request", text="\n".join(rest), depth=Depth.REQUEST))
    typed = [_without(text, known, frames) for text in _typed(body)]
    return parts + _apart(typed) + _together(before, typed)


def unsent(prompt: Prompt) -> list[str]:
    """What was typed in earlier turns that this prompt does not hold any more: the receiver may have had it before."""
    history = prompt.question.history
    return [turn.text for turn in history[: len(history) - len(prompt.history)] if turn.role == "user"]


def request_of(messages: Iterable[tuple[str, str]], *, url: str) -> Outgoing:
    """A request such as a provider takes, of (role, text) and little else: for cases that no door serialises."""
    stated = [{"role": role, "content": text} for role, text in messages]
    return Outgoing(
        method="POST",
        url=url,
        headers=(("content-type", "application/json"),),
        body=json.dumps({"model": "a-model", "messages": stated}).encode(),
    )


def _typed(body: Any) -> Iterable[str]:
    """What the request says somebody typed, turn by turn: whoever decides on the bytes alone reads it as well."""
    waiting = [body]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list) and ("role", "user") in item:
            yield from (text for name, said in item if name == "content" for _, text in strings(said))
        elif isinstance(item, list):
            waiting += [one[1] if isinstance(one, tuple) else one for one in reversed(item)]


def _together(before: Sequence[str], typed: Iterable[str]) -> list[Part]:
    """What somebody typed over the last turns, read as one: an identifier may be spread over them. Of the turns
    `before` only the pieces count that one is made of: they may be long."""
    last = [text for text in typed if text.strip()][-TURNS_TOGETHER:]
    turns = [*before, *last][-TURNS_TOGETHER:]
    if len(turns) < 2:
        return []
    pieces = "".join(piece for text in turns for piece in _PIECES.findall(_STAND_IN.sub(" ", text)))
    read = ["".join(last), " ".join(last), f"{' '.join(last)}\n{pieces}"]
    return [Part(source="turns together", text=text, depth=Depth.REQUEST) for text in read]


def _apart(typed: Iterable[str]) -> list[Part]:
    """Each number that neighbouring pieces within one turn may make, words left out. Only such as carry a check digit
    are found here: no word stands beside them that could name another."""
    made = dict.fromkeys(number for text in typed for row in _rows(text) for number in _made_of(text, row))
    return [Part(source="numbers together", text="\n".join(made), depth=Depth.REQUEST)] if made else []


def _rows(text: str) -> Iterable[list[re.Match[str]]]:
    """The pieces of numbers in `text`, those together that stand near each other."""
    row: list[re.Match[str]] = []
    for piece in _PIECE.finditer(text):
        if row and piece.start() - row[-1].end() > _APART:
            yield row
            row = []
        row.append(piece)
    yield row


def _made_of(text: str, row: list[re.Match[str]]) -> Iterable[str]:
    for first in range(len(row)):
        joined, words = row[first].group(), False
        for last in range(first + 1, min(first + _MOST_PIECES, len(row))):
            words = words or any(map(str.isalpha, text[row[last - 1].end() : row[last].start()]))
            joined += row[last].group()
            if len(joined) >= _LENGTHS.stop:
                break
            if words and len(joined) in _LENGTHS and (len(row) <= _FEW or _stands_out(row, first, last)):
                yield joined


def _stands_out(row: list[re.Match[str]], first: int, last: int) -> bool:
    """Among many numbers some make a right one by chance. There only pieces of one length count (the last one of an
    account may be shorter), and not where as many figures go on at both sides, as in a table."""
    sizes = [len(piece.group()) for piece in row]
    even = len(set(sizes[first:last])) == 1 and sizes[last] <= sizes[first]
    lettered = any(map(str.isalpha, "".join(piece.group() for piece in row[first : last + 1])))
    goes_on = first > 0 and last + 1 < len(row) and sizes[first - 1] == sizes[first] == sizes[last + 1]
    return even and (lettered or sizes[last] == sizes[first]) and not goes_on


def read_body(outgoing: Outgoing) -> Any:
    """The JSON of the body, objects as lists of pairs, so that a name given twice is seen twice."""
    return json.loads(outgoing.body.decode("utf-8"), object_pairs_hook=list)


def strings(value: Any) -> Iterable[tuple[str, str]]:
    """Every string and every number in a JSON value whose objects were read as lists of pairs, each after the name it
    stands under; the names too."""
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        name, item = waiting.pop()
        if isinstance(item, str):
            yield name, item
        elif isinstance(item, tuple):
            waiting += [(str(item[0]), item[1]), (_NAME if item[0] in _NAMES else "", item[0])]
        elif isinstance(item, list):
            waiting += [(name, one) for one in reversed(item)]
        elif isinstance(item, int | float) and not isinstance(item, bool):
            yield name, str(item)


def _without(text: str, passages: Sequence[str], frames: Collection[str]) -> str:
    """`text` without our own words and the whole lines of passages, which a prompt quotes with `>`: those are looked at
    as passages. A line that was altered on the way, or that holds more, stays and is looked at as if it had been typed:
    so what somebody typed is read as typed, whatever stands beside it."""
    for frame in frames:
        text = text.replace(frame, "\n")
    if not passages:
        return text
    lines = {line.strip() for passage in passages for line in passage.splitlines()}
    lines.add("")  # of a passage's own lines nothing may be left but the sign before it
    numbers = {f"Passage {n}:" for n in range(1, len(passages) + 1)}
    kept = []
    for line in text.splitlines():
        if line in numbers:
            numbers.remove(line)  # each stands above its passage, once
        elif line.removeprefix(">").strip() not in lines:
            kept.append(line.removeprefix(_ASKED))
    return "\n".join(kept)


def _called(passage: Passage, source: str) -> Part:
    """What a passage's document is called was chosen by somebody, as typed text is; where there was no title it is how
    the text begins, which the passage's label speaks of."""
    begins = _plain(passage.chunk.text).startswith(_plain(passage.document.title).rstrip("….") or "\n")
    return Part(source=source, text=passage.place, depth=Depth.STORED if begins else Depth.TYPED)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _place(text: str, prompt: Prompt | None) -> str:
    if prompt is None:
        return "request"
    for n, turn in enumerate(prompt.history, 1):
        if text.strip() == turn.text.strip():
            return f"turn {n}"
    return "question" if prompt.question.text.strip() in text else "request"
