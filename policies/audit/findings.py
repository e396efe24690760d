"""What a check of the record can find."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """One word for each way in which a record can be wrong."""

    MODIFIED = "MODIFIED"
    MISSING = "MISSING"
    EXTRA = "EXTRA"
    REORDERED = "REORDERED"
    TRUNCATED = "TRUNCATED"
    ROLLBACK = "ROLLBACK"
    FORK = "FORK"
    SIGNATURE = "SIGNATURE"
    DAMAGED = "DAMAGED"
    CLOCK = "CLOCK"
    OPEN_INTENT = "OPEN_INTENT"
    RESTORED = "RESTORED"


# Worth knowing, and no sign that anybody touched the record: a clock that was set back cannot be unrecorded.
NOTICES = frozenset({Code.CLOCK, Code.OPEN_INTENT, Code.RESTORED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`seq` is the record it is about, or -1 when it is about none in particular."""

    code: Code
    seq: int
    detail: str

    @property
    def notice(self) -> bool:
        return self.code in NOTICES
