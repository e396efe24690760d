"""A request with a person's details exchanged for invented ones, and the way back.

What is promised: the same value has the same stand-in throughout a request, and another one in a conversation that
begins otherwise or is somebody else's. Who asks the same again makes the same request to the byte, so that a second
person can agree to it; of the exchange nothing is kept, since it can be made again with the house's own key. Besides,
a stand-in that somebody typed is never exchanged back; a finding that is in disguise, or that is no detail of a
person, stops it. `mask` only makes the request: it is then judged anew from the start, like any other, so an exchange
can open nothing that the detectors still see.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from policies.decide.parts import read_body, read_parts, strings
from policies.decisions import Destination, Outgoing, Outside, Reason
from policies.detect import Depth, Detectors
from policies.detect.base import INVENTED, INVENTED_ELSE
from policies.labels import Category, Label
from policies.vocabulary import Finding, Question

_OTHER = ("LABEL_ABOVE_CEILING", "FOUND_PERSONAL")
_WORD = re.compile(r"\w{3,}")
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_SPARED = re.compile(r"`[^`]*`|\bhttps?://\S+")  # nothing is put back inside code or an address
PROSE = "cases"  # the detector that tells what prose is about


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked:
    """The request that may be judged, the (invented, real) pairs, and the stored texts as they stand in it."""

    outgoing: Outgoing
    surrogates: tuple[tuple[str, str], ...]
    stored: tuple[str, ...] = ()


def may_help(
    reasons: Iterable[Reason], label: Label, ceiling: Label, destination: Destination, outside: Outside
) -> bool:
    """Whether personal details are all that stands in the way, at a destination whose contract covers invented ones."""
    allowed = outside is Outside.CONTRACTED and destination.pseudonymised
    return allowed and without_personal(label).flows_to(ceiling) and all(reason.rule in _OTHER for reason in reasons)


def without_personal(label: Label) -> Label:
    return replace(label, categories=label.categories - {Category.PERSONAL})


def key_of(secret: bytes, question: Question) -> bytes:
    """The key to the stand-ins of a request: who asks, and the words that it begins with."""
    typed = [turn.text for turn in question.history if turn.role == "user"]
    begun = f"{question.person.id}\0{(typed or [question.text])[0]}"
    return hmac.new(secret, begun.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()


def mask(
    outgoing: Outgoing, detectors: Detectors, *, key: bytes, stored: Sequence[str] = (), frames: Collection[str] = ()
) -> Masked | None:
    """The same request with invented details; None when it cannot be done without a trace of the real ones. `stored`
    and `frames` as for `read_parts`: what passages tell of is told by their labels; whom they name is looked for."""
    body = read_body(outgoing)
    texts = [text for _, text in strings(body)]
    values: dict[str, str] = {}
    for part in read_parts(outgoing, passages=stored, frames=frames):
        if part.depth is Depth.REQUEST:
            continue
        seen = detectors.scan(part.text, Depth.EVERY).findings
        found = _replaceable([one for one in seen if part.depth is Depth.TYPED or one.detector != PROSE], part.text)
        if found is None:
            return None
        values |= found
    if not values:
        return None
    everything = "\n".join(texts)
    surrogates = {value: _stand_in(value, kind, key) for value, kind in values.items()}
    if len(set(surrogates.values())) < len(surrogates) or any(name in everything for name in surrogates.values()):
        return None  # two values with one stand-in, or somebody typed one: neither could be put back
    longest_first = sorted(surrogates, key=len, reverse=True)
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(value)}(?!\w)" for value in longest_first), re.IGNORECASE)
    folded = {value.casefold(): name for value, name in surrogates.items()}

    def exchange(text: str) -> str:
        return pattern.sub(lambda match: folded[match.group().casefold()], text)

    exchanged = _rebuilt(body, exchange)
    raw = json.dumps(exchanged, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if _leaves_a_trace(raw, values):
        return None
    pairs = tuple((name, value) for value, name in surrogates.items())
    kept = tuple(map(exchange, stored))
    return Masked(outgoing=replace(outgoing, body=raw.encode()), surrogates=pairs, stored=kept)


def restore(text: str, surrogates: Sequence[tuple[str, str]]) -> str:
    """The answer with the real details back, where a stand-in stands exactly; never in code or in an address."""
    if not surrogates:
        return text
    real = dict(surrogates)
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in real))
    spared = [match.span() for match in _SPARED.finditer(text)]

    def back(match: re.Match[str]) -> str:
        inside = any(start <= match.start() < end for start, end in spared)
        return match.group() if inside else real[match.group()]

    return pattern.sub(back, text)


def _replaceable(findings: Iterable[Finding], text: str) -> dict[str, str] | None:
    """Value to kind, for findings that are a person's details with a known place; None when one is anything else."""
    values: dict[str, str] = {}
    end = 0
    for one in sorted(findings, key=lambda one: (one.start, -one.end)):
        if one.category is not Category.PERSONAL or one.view != "raw":
            return None
        if (one.start, one.end) == (0, len(text)):
            continue  # the whole reads like somebody's case: whether it still does is seen when it is judged anew
        if one.end > end:  # what lies within a longer one goes with it
            values[text[one.start : one.end].strip()] = one.kind
            end = one.end
    return values


def _stand_in(value: str, kind: str, key: bytes) -> str:
    """Such as `Person K412`: keyed, so that it tells nobody anything."""
    mark = hmac.new(key, value.casefold().encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
    word, letter = INVENTED.get(kind, INVENTED_ELSE), _LETTERS[mark[0] % len(_LETTERS)]
    return f"{word} {letter}{int.from_bytes(mark[1:3], 'big') % 900 + 100}"


def _rebuilt(value: Any, exchange: Any) -> Any:
    """The JSON value with every string exchanged; objects from their lists of pairs."""
    if isinstance(value, str):
        return exchange(value)
    if isinstance(value, list) and value and all(isinstance(pair, tuple) for pair in value):
        return {exchange(name): _rebuilt(item, exchange) for name, item in value}
    if isinstance(value, list):
        return [_rebuilt(item, exchange) for item in value]
    return value


def _leaves_a_trace(raw: str, values: Iterable[str]) -> bool:
    """Whether any word of a real value, of three letters or more, still stands anywhere in the bytes."""
    plain = raw.casefold()
    return any(word.casefold() in plain for value in values for word in _WORD.findall(value))
