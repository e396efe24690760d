"""Text that is plainly somebody's own: a letter with named parties, a self-description, a machine of the house.

The classifier weighs what a text tells; this tells by its form that it was written for use, whatever it is about.
"""

from __future__ import annotations

from policies.detect.own import asked, greetings, machines
from policies.labels import Category
from policies.vocabulary import Finding

__all__ = ["OwnTextDetector"]


class OwnTextDetector:
    """Names of parties where they stand; a letter that is asked for and a self-description as a whole."""

    name = "own"
    version = "1"

    def find(self, text: str, language: str = "en") -> list[Finding]:
        low = text.replace("İ", "i").lower()  # the only letter whose small form is longer
        found = [_finding("PERSON", place) for place in greetings.names(text, low, language)]
        found += [_finding("HOME_FOLDER", place) for place in machines.homes(text)]
        found += [_finding("HOST", place, Category.CREDENTIALS) for place in machines.hosts(text, low)]
        if asked.names_parties(text, low, language):
            found.append(_finding("NAMED_PARTIES", (0, len(text))))
        if asked.is_self_description(text):
            found.append(_finding("SELF_DESCRIPTION", (0, len(text))))
        return found

    def canaries(self) -> tuple[tuple[str, str], ...]:
        return (
            ("PERSON", "Dear Hope, the pump arrived on Tuesday."),
            ("HOME_FOLDER", "cannot open /home/k7ferro/www/index.php"),
            ("HOST", "no answer from db3.billing.corp"),
            ("NAMED_PARTIES", "write an email from the manager of tolvex"),
            ("SELF_DESCRIPTION", "expand my performance review: I led the move to the new store, two people less"),
        )


def _finding(kind: str, place: tuple[int, int], category: Category = Category.PERSONAL) -> Finding:
    return Finding(detector=OwnTextDetector.name, kind=kind, start=place[0], end=place[1], category=category)
