"""What a detector is: a name, a version, and one verb.

A detector never raises for what stands in a text, never holds text longer than the call, and takes time
that grows linearly with the text's length.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from policies.vocabulary import Finding

Late = Callable[[], bool]
"""Whether the time for looking is over; once it is, it stays so."""

SUPPORTED = ("en", "de", "fr", "es", "it", "nl", "pt", "sv", "pl", "tr", "ja")  # languages with a detector set


# What an invented name begins with (`decide.pseudonyms`), by the kind of what it stands for; a detector of every name lets
# such a one pass.
INVENTED = {"PERSON": "Person", "EMAIL": "Mailbox", "ADDRESS": "Place", "DATE_OF_BIRTH": "Day", "NAME": "Name"}
INVENTED_ELSE = "Number"
STAND_IN = re.compile(rf"\b(?:{'|'.join((*INVENTED.values(), INVENTED_ELSE))}) [A-HJ-NP-Z]\d{{3}}\b")


class Detector(Protocol):
    """`version` changes whenever the same text could give other findings."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def find(self, text: str, language: str = "en") -> list[Finding]:
        """Everything that was seen in `text`, in any order. `language`: two letters, as `language_of` says."""
        ...

    def canaries(self) -> tuple[tuple[str, str], ...]:
        """(kind, text) that must be found at start-up, or the product does not start."""
        ...


@runtime_checkable
class Patient(Protocol):
    """A detector whose look may take long: it asks in between whether it is late."""

    def find_until(self, text: str, language: str, late: Late, *, every: bool = False) -> list[Finding]:
        """As `Detector.find`; `every`: all there is, not only enough to hold the text back. Once it is late, what was
        found so far: whoever called asks too, and counts it as a doubt."""
        ...
