"""What can go wrong in deciding and recording, drawn as one tree.

    RingfenceError                  every error of ours; carries an exit code and, where there is one, a cure
    ├── UsageError            2     the caller asked for something that cannot be asked for
    ├── RefusedError          1     a rule, or a check, says no
    └── UnavailableError      3     something that is needed is not there
        ├── RulebookError           rules missing, malformed or not valid against the schema
        ├── DetectorError           a detector did not load or failed its self-test
        └── RecordError             the record cannot be written, or is damaged

Messages never hold document text, question text or names of people: they end up in logs.
"""

from __future__ import annotations


class RingfenceError(Exception):
    """Base of every error that this product raises on purpose."""

    exit_code = 3

    def __init__(self, message: str, *, cure: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.message} {self.cure}".strip()


class UsageError(RingfenceError):
    """The request itself is wrong: unknown person, empty question, unknown setting."""

    exit_code = 2


class RefusedError(RingfenceError):
    """A rule or a check refused."""

    exit_code = 1


class UnavailableError(RingfenceError):
    """A model, a store, a disk or an optional part is missing, full or damaged."""

    exit_code = 3


class RulebookError(UnavailableError):
    """The rules cannot be trusted, so nothing may be decided by them."""


class DetectorError(UnavailableError):
    """A detector is not what it should be, so nothing may be sent."""


class RecordError(UnavailableError):
    """The record cannot be written or read: no answer may be given."""
