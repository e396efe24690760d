"""The exact text of a record: canonical JSON.

Only strings, integers, lists and mappings with ASCII keys are let in. For these, sorted `json.dumps` without
spaces *is* RFC 8785, so anybody's canonicaliser gives the same bytes. A float or a null is refused: two
programs may write them differently, and a hash must not depend on which.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from policies.errors import RecordError

LARGEST = 2**53 - 1  # RFC 8785 counts in IEEE doubles
_ENCODE = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def canonical(value: Mapping[str, Any]) -> str:
    """The canonical text of `value`. Raises RecordError, naming the field, for anything that has none."""
    return written(plain(value, ""))


def written(value: Mapping[str, Any]) -> str:
    """The canonical text of a value that `plain` has made."""
    return _ENCODE(value)


def plain(value: Any, where: str) -> Any:
    """A copy of `value` made of str, int, list and dict alone."""
    match value:  # the most frequent first: this is half the time of making a record
        case str():
            if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
                raise _refused(where, "half a character")
            return str(value)
        case bool() | None | float():
            raise _refused(where, f"a {type(value).__name__}")
        case int():
            if not -LARGEST <= value <= LARGEST:
                raise _refused(where, "a number beyond 2**53")
            return int(value)
        case list() | tuple():
            return [plain(part, f"{where}[{place}]") for place, part in enumerate(value)]
        case dict() | Mapping():
            for key in value:
                if not isinstance(key, str) or not key.isascii():
                    raise _refused(where, "a key that is not ASCII")
            return {str(key): plain(part, f"{where}.{key}") for key, part in value.items()}
        case _:
            raise _refused(where, f"a {type(value).__name__}")


def _refused(where: str, what: str) -> RecordError:
    return RecordError(
        f"A record cannot hold {what} (at {where.lstrip('.') or 'the top'}).",
        cure="Use integers, strings, lists and mappings of them.",
    )
