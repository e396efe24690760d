"""What stands in a text that must not leave. `DETECTORS` is all there is; nothing is discovered or configured.

Two speeds. `label_fast` is for ingestion: markings, secrets and structured identifiers on the text as it
stands, at most a millisecond a passage. `Detectors.scan` is for what would be sent: every detector, on every
view of the text. Both say when they could not look at everything; what was not looked at counts as a doubt.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING

from policies.detect.base import Detector
from policies.errors import DetectorError
from policies.labels import PUBLIC, Category, Label, Level, join
from policies.vocabulary import Finding

if TYPE_CHECKING:
    from policies import views

__all__ = ["DETECTORS", "LANGUAGES", "Depth", "Detectors", "Scan", "label_fast", "load"]

# Cheap and decisive first. The first three are the fast ones, and look at every view of a text;
# the other two read prose, and look at the views that are prose. Named, not imported: showing the list is quick.
DETECTORS = (
    "policies.detect.markings.MarkingDetector",
    "policies.detect.secrets.SecretDetector",
    "policies.detect.identifiers.IdentifierDetector",
    "policies.detect.cases.CaseDetector",
    "policies.detect.people.PeopleDetector",
)
LANGUAGES = ("en",)  # those with a detector set: a question in another is answered here only
FAST = 3
LIMIT = 50_000  # characters of one text; a longer one is not looked at, and that is a doubt
REMEMBERED = 4096


class Depth(Enum):
    """How far to look."""

    TYPED = "typed"  # everything, and in a language we know
    STORED = "stored"  # a labelled passage: its label says what its prose is; markings, secrets and identifiers
    REQUEST = "request"  # parameters, headers, metadata: no prose, so no language


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What was seen. `doubts` are codes: why this cannot be relied on as complete."""

    findings: tuple[Finding, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def label(self) -> Label:
        """What the findings make of the text: credentials raise the level, the others set categories."""
        return label_of(self.findings)


class Detectors:
    """A loaded set. Remembers findings by content hash, so an earlier turn costs nothing the next time."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self._fast, self._prose = tuple(detectors[:FAST]), tuple(detectors[FAST:])
        stated = "|".join(f"{detector.name}={detector.version}" for detector in detectors)
        self.version = hashlib.sha256(stated.encode()).hexdigest()[:16]
        self.names = tuple(detector.name for detector in detectors)
        self.languages = LANGUAGES
        self._remembered: OrderedDict[tuple[str, Depth], Scan] = OrderedDict()
        self._lock = Lock()

    def scan(self, text: str, depth: Depth = Depth.TYPED, *, deadline: float | None = None) -> Scan:
        """Look at all of `text`, or say why not. `deadline` is a `time.monotonic()`; past it, no more is looked at."""
        key = (hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), depth)
        with self._lock:
            known = self._remembered.get(key)
            if known is not None:
                self._remembered.move_to_end(key)
                return known
        scan = self._scan(text, depth, deadline)
        if "UNCERTAIN_TIMEOUT" not in scan.doubts:
            with self._lock:
                self._remembered[key] = scan
                if len(self._remembered) > REMEMBERED:
                    self._remembered.popitem(last=False)
        return scan

    def _scan(self, text: str, depth: Depth, deadline: float | None) -> Scan:
        from policies import views
        from policies.detect.language import language_of

        if len(text) > LIMIT:
            return Scan(doubts=("UNCERTAIN_TRUNCATED",))
        doubts: set[str] = set()
        seen = views.views_of(text)
        if not seen.complete:
            doubts.add("UNCERTAIN_TRUNCATED")
        if seen.opaque and depth is not Depth.REQUEST:
            doubts.add("UNCERTAIN_OPAQUE")
        language = language_of(seen.clean) if depth is Depth.TYPED else "en"
        if language not in LANGUAGES:
            doubts.add("UNCERTAIN_LANGUAGE")
        findings: list[Finding] = []
        for view, detector in self._looks(seen, depth):
            if deadline is not None and time.monotonic() > deadline:
                doubts.add("UNCERTAIN_TIMEOUT")
                break
            found = detector.find(view.text, language)
            findings += found if view.name == "raw" else [_in_view(one, view.name, len(text)) for one in found]
        return Scan(findings=tuple(_once(findings)), doubts=tuple(sorted(doubts)))

    def _looks(self, seen: views.Views, depth: Depth) -> list[tuple[views.View, Detector]]:
        looks = [(view, detector) for view in seen.views for detector in self._fast]
        if depth is Depth.TYPED:
            looks += [(view, detector) for view in seen.prose for detector in self._prose]
        return looks


def label_of(findings: Sequence[Finding]) -> Label:
    """Credentials make a text restricted; every other finding sets its category and leaves the level."""
    return join(
        Label(
            level=Level.RESTRICTED if finding.category is Category.CREDENTIALS else Level.PUBLIC,
            categories=frozenset({finding.category}),
        )
        for finding in findings
    )


def make(path: str) -> Detector:
    """The detector that is named by `path`."""
    module, _, name = path.rpartition(".")
    detector: Detector = getattr(import_module(module), name)()
    return detector


@cache
def _fast_detectors() -> tuple[Detector, ...]:
    return tuple(make(path) for path in DETECTORS[1:FAST])


def label_fast(text: str) -> tuple[Label, list[Finding]]:
    """The label that secrets and structured identifiers give a stored passage, and what was found.

    Markings are looked for by position, with `markings.find_marking`: whoever ingests knows the position.
    """
    if len(text) > LIMIT:
        return Label(level=Level.RESTRICTED, categories=frozenset({Category.CREDENTIALS})), []
    findings = [finding for detector in _fast_detectors() for finding in detector.find(text)]
    return (label_of(findings) if findings else PUBLIC), findings


def load() -> Detectors:
    """Construct every detector and try each on its canaries. Raises DetectorError unless all is as it should be."""
    detectors = [make(path) for path in DETECTORS]
    for detector in detectors:
        for kind, text in detector.canaries():
            if kind not in {finding.kind for finding in detector.find(text)}:
                raise DetectorError(
                    f"The detector {detector.name} does not find {kind}.",
                    cure="Install the product again; until then nothing is sent outside.",
                )
    return Detectors(detectors)


def _in_view(finding: Finding, view: str, length: int) -> Finding:
    """A finding in a view has no place of its own in the text: it counts for all of it."""
    return replace(finding, view=view, start=0, end=length)


def _once(findings: list[Finding]) -> list[Finding]:
    return list(dict.fromkeys(findings))
