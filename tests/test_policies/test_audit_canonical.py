"""A record's text is canonical JSON: for the values that are let in, sorted `json.dumps` is RFC 8785."""

from __future__ import annotations

import json
from enum import IntEnum, StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.audit.canonical import LARGEST, canonical
from policies.errors import RecordError

keys = st.text(st.characters(max_codepoint=127), max_size=8)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    texts | st.integers(-LARGEST, LARGEST),
    lambda part: st.lists(part, max_size=4) | st.dictionaries(keys, part, max_size=4),
    max_leaves=20,
)
SHORT = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}


def rfc8785(value: Any) -> str:
    """The scheme as RFC 8785 states it, sections 3.2.2 and 3.2.3, for strings, integers and containers."""
    if isinstance(value, str):
        out = "".join(
            SHORT.get(ord(letter)) or (f"\\u{ord(letter):04x}" if ord(letter) < 0x20 else letter) for letter in value
        )
        return f'"{out}"'
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "[" + ",".join(map(rfc8785, value)) + "]"
    ordered = sorted(value, key=lambda key: key.encode("utf-16-be"))
    return "{" + ",".join(f"{rfc8785(key)}:{rfc8785(value[key])}" for key in ordered) + "}"


@given(st.dictionaries(keys, values, max_size=5))
def test_the_text_is_that_of_rfc_8785(value: dict[str, Any]) -> None:
    assert canonical(value) == rfc8785(value)
    assert json.loads(canonical(value)) == value


def test_the_rfcs_own_string_comes_out() -> None:
    stated = {"string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/"}
    assert canonical(stated) == '{"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'


def test_enumerations_and_tuples_are_written_as_what_they_are() -> None:
    number = IntEnum("number", {"TWO": 2})
    word = StrEnum("word", {"A": "a"})
    assert canonical({"n": number.TWO, "w": word.A, "t": (1, "x")}) == '{"n":2,"t":[1,"x"],"w":"a"}'


@pytest.mark.parametrize(
    "value", [1.5, None, True, 2**53, -(2**53), "\ud800", {"ü": 1}, {1: 1}, object(), b"x", {"deep": [1, None]}, {1, 2}]
)
def test_what_two_programs_could_write_differently_is_refused_by_its_place(value: Any) -> None:
    with pytest.raises(RecordError, match="at field"):
        canonical({"field": value})
