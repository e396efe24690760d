"""What stands in a text that must not leave. `DETECTORS` is all there is, and the site's own register beside them.

Two speeds. `label_fast` is for ingestion: secrets and structured identifiers on the text as it stands, about half a
millisecond a passage. `Detectors.scan` is for what would be sent: every detector, on every view of the text. Both
say when they could not look at everything; what was not looked at counts as a doubt.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Any

from policies.detect.base import SUPPORTED, Detector, Late, Patient
from policies.errors import DetectorError
from policies.labels import PUBLIC, Category, Label, Level, join
from policies.vocabulary import Finding, Meaning

if TYPE_CHECKING:
    from policies import views
    from policies.detect.register.store import Register

__all__ = ["DETECTORS", "LANGUAGES", "Depth", "Detectors", "Scan", "chosen", "label_fast", "load", "try_canaries"]

# Cheap and decisive first. The first three are the fast ones, and look at every view of a text;
# the others read prose, and look at the views that are prose. Named, not imported: showing the list is quick.
DETECTORS = (
    "policies.detect.markings.MarkingDetector",
    "policies.detect.secrets.SecretDetector",
    "policies.detect.identifiers.IdentifierDetector",
    "policies.detect.own.OwnTextDetector",
    "policies.detect.cases.CaseDetector",
    "policies.detect.people.PeopleDetector",
)
EVERY_NAME = "policies.detect.names.NameDetector"  # besides, where a site lets no name out at all
LANGUAGES = SUPPORTED  # those with a detector set: a question in another is answered here only
FAST = 3
LIMIT = 50_000  # characters of one text; a longer one is not looked at, and that is a doubt
REMEMBERED = 4096
_HALF = re.compile("[\ud800-\udfff]")  # half a character: no text, and nobody knows what the other half is
UNREAD = "more text than can be read"  # what a detector finds when it had to stop before the end


class Depth(Enum):
    """How far to look."""

    TYPED = "typed"  # everything, and in a language we know
    EVERY = "every"  # the same, and every kind of case, where one would be enough to hold the text back
    STORED = "stored"  # a labelled passage: its label says what its prose is; markings, secrets and identifiers
    REQUEST = "request"  # parameters, headers, metadata: no prose, so no language


_PROSE = (Depth.TYPED, Depth.EVERY)


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
    """A loaded set. Remembers findings by content hash, so an earlier turn costs nothing the next time.

    `register` knows the organisation's own people, numbers and code names. `clock`: seconds, what deadlines count in.
    """

    def __init__(
        self,
        detectors: Sequence[Detector],
        register: Detector | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clock = clock
        self._fast, self._prose = tuple(detectors[:FAST]), tuple(detectors[FAST:])
        self._own = () if register is None else (register,)
        self.languages = LANGUAGES
        self._remembered: OrderedDict[tuple[str, Depth, str], Scan] = OrderedDict()
        self._lock = Lock()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(detector.name for detector in self._all)

    @property
    def version(self) -> str:
        """Changes with every detector, and with every import into the register."""
        stated = "|".join(f"{detector.name}={detector.version}" for detector in self._all)
        return hashlib.sha256(stated.encode()).hexdigest()[:16]

    @property
    def _all(self) -> tuple[Detector, ...]:
        return (*self._fast, *self._prose, *self._own)

    def scan(self, text: str, depth: Depth = Depth.TYPED, *, deadline: float | None = None) -> Scan:
        """Look at all of `text`, or say why not. `deadline` is a time of `clock`; past it, no more is looked at."""
        key = (hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), depth, self.version)
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
        seen = views.views_of(text)
        language = language_of(seen.clean) if depth in _PROSE else "en"
        doubts = {
            "UNCERTAIN_TRUNCATED": not seen.complete,
            "UNCERTAIN_OPAQUE": (seen.opaque and depth is not Depth.REQUEST) or _HALF.search(text) is not None,
            "UNCERTAIN_LANGUAGE": language not in LANGUAGES,
        }
        findings: dict[Finding, None] = {}

        def late() -> bool:
            return deadline is not None and self.clock() > deadline

        for view, detector in self._looks(seen, depth):
            for found in _look(detector, view.text, language, late, every=depth is Depth.EVERY):
                findings[_placed(found, view, len(text))] = None
            if late():  # also after the last look: it may have been late
                doubts["UNCERTAIN_TIMEOUT"] = True
                break
        doubts["UNCERTAIN_TRUNCATED"] |= any(found.kind == UNREAD for found in findings)
        return Scan(findings=tuple(findings), doubts=tuple(sorted(code for code, stands in doubts.items() if stands)))

    def _looks(self, seen: views.Views, depth: Depth) -> Iterator[tuple[views.View, Detector]]:
        own = () if depth is Depth.STORED else self._own
        for detector in (*self._fast, *own):
            yield from ((view, detector) for view in seen.views)
        if depth in _PROSE:
            for detector in self._prose:
                yield from ((view, detector) for view in seen.prose)


def _look(detector: Detector, text: str, language: str, late: Late, *, every: bool) -> list[Finding]:
    if isinstance(detector, Patient):
        return detector.find_until(text, language, late, every=every)
    return detector.find(text, language)


def label_of(findings: Sequence[Finding]) -> Label:
    """Credentials make a text restricted; every other finding sets its category and leaves the level."""
    return join(
        Label(
            level=Level.RESTRICTED if finding.category is Category.CREDENTIALS else Level.PUBLIC,
            categories=frozenset({finding.category}),
        )
        for finding in findings
    )


def make(path: str, *given: Any) -> Detector:
    """The detector that is named by `path`."""
    module, _, name = path.rpartition(".")
    detector: Detector = getattr(import_module(module), name)(*given)
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


def chosen(*, every_name: bool) -> tuple[str, ...]:
    """The detectors of a site: all, and where it lets no name out, known to all or not, the one of names."""
    return (*DETECTORS, EVERY_NAME) if every_name else DETECTORS


def load(meaning: Meaning, *, register: Register | None = None, every_name: bool = False) -> Detectors:
    """Construct every detector and try each on its canaries. Raises DetectorError unless all is as it should be.

    `meaning` is the packaged embedding model; `every_name` as for `chosen`.
    """
    from policies.detect import words
    from policies.views.words import lines_of

    paths = chosen(every_name=every_name)
    detectors = [make(path, *([meaning] if path in _READ_MEANING else [])) for path in paths]
    own: Detector | None = None
    if register is not None:
        from policies.detect.register.detector import RegisterDetector

        own = RegisterDetector(register)
    try_canaries([*detectors, *([own] if own else [])])
    for path in words.FILES.glob("*.txt"):
        lines_of(path)  # also those that no canary needs
    made = Detectors(detectors, own)
    for text in _FIRST:
        made.scan(text)  # what is loaded at the first use is no time of whoever asks first
    return made


def try_canaries(detectors: Iterable[Detector]) -> None:
    """Raise DetectorError unless each finds all of its own canaries."""
    for detector in detectors:
        for kind, text in detector.canaries():
            if kind not in {finding.kind for finding in detector.find(text)}:
                raise DetectorError(
                    f"The detector {detector.name} does not find {kind}.",
                    cure="Install the product again; until then nothing is sent outside.",
                )


_FIRST = ("Which countries use it?", "Wie lange gilt das?", "これは何ですか。", "\u0440aypal, NDk5Mg==, one two")
_READ_MEANING = frozenset({"policies.detect.cases.CaseDetector"})


def _placed(finding: Finding, view: views.View, length: int) -> Finding:
    """A finding at its place in the text itself; where that cannot be told, it counts for all of it."""
    if view.name == "raw":
        return finding
    start, end = view.origin(finding.start, finding.end) or (0, length)
    return replace(finding, view=view.name, start=start, end=end)
