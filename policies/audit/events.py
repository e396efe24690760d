"""What can be recorded, and the one way to record it.

An event holds ids, labels, versions, decisions and counts: integers, strings, lists and mappings of
them, never text that somebody wrote. Text goes beside it as `Content`, is sealed under its owner's key,
and leaves only a keyed commitment in the record. Fields named in `PEOPLE` hold a person's id and become
keyed pseudonyms when written.

An *intent* is durable before its effect; the event that ends it names it in `closes`. A starting process
closes the intents of dead writers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

PEOPLE = ("actor", "on_behalf_of", "subject")


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A text to seal. `owner` is `person:ID` or `document:ID`: destroying that key makes it unreadable."""

    text: str
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base. `actor` is a person's id, or `os:LOGIN` on the command line, or `system`."""

    intent: ClassVar[bool] = False
    actor: str = "system"
    on_behalf_of: str = ""


# -- questions ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAsked(Event):
    """Contents: `question`."""

    intent: ClassVar[bool] = True
    conversation: str
    question_kind: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided(Event):
    """`passages`: [{chunk, document, version, label, rank}] that went into the prompt; `withheld`: hits that a
    rule, a right or a label kept back; `outgoing`: SHA-256 of the request that was judged, empty when none was made;
    `facts`: what the rules about sending were told; `configured`: {id, host} of the destination that the site has set
    up, as rules see it. Contents, when a second person is asked: `body`, the request itself."""

    question: int
    verdict: str
    reasons: list[dict[str, str]]
    label: str
    rulebook: str
    destination: str = ""
    outgoing: str = ""
    outgoing_size: int = 0
    passages: list[dict[str, Any]] = field(default_factory=list)
    withheld: int = 0
    facts: dict[str, Any] = field(default_factory=dict)
    configured: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved(Event):
    """A second person agreed that the request of record `decision` may leave, until `expires` (microseconds).
    `outgoing` and `destination` are those of that record, `asker` the pseudonym of who asked; `signature` is the
    home's over all of them."""

    decision: int
    outgoing: str
    destination: str
    asker: str
    expires: int
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Departed(Event):
    """Durable before the first byte leaves. `outgoing` is the SHA-256 of exactly what is sent,
    `body_sha256` that of its body alone, as the receiver can compute it; `release` that of the release's signature, by
    which a gateway's record is compared with this one. Contents: `body`."""

    intent: ClassVar[bool] = True
    question: int
    decision: int
    destination: str
    outgoing: str
    outgoing_size: int
    body_sha256: str = ""
    release: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorShut(Event):
    """What was decided to be sent was not: a step of the door said no, and not a byte left. `reasons`: [{rule, source,
    detail}], the step."""

    question: int
    decision: int
    reasons: list[dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned(Event):
    """`outcome`: ok, error, timeout or unknown (a process died, here or there: it may have left)."""

    closes: int
    outcome: str
    status: int = 0
    answer_size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Event):
    """Contents: `answer`. `citations`: [{n, chunk, document, version, page}]."""

    closes: int
    outcome: str
    route: str
    label: str
    model: str
    model_digest: str
    shown: int
    removed: int
    citations: list[dict[str, Any]] = field(default_factory=list)
    timing_ms: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(Event):
    closes: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandoned(Event):
    """Stopped by the person, or its process died. Contents, when something was shown: `answer`."""

    closes: int
    reason: str
    shown: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TextShown(Event):
    """Search, preview, download and rereading a conversation. `shown`: [{chunk | document, version, page}]."""

    how: str
    shown: list[dict[str, Any]]
    withheld: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessExplained(Event):
    """Somebody asked why `on_behalf_of` does not find a document. `outcome`: what keeps it away, or found; `asked`: 1
    when it was for a question. No text was shown."""

    document: str
    outcome: str
    asked: int = 0


# -- documents ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestIntended(Event):
    intent: ClassVar[bool] = True
    job: str
    document: str
    version: str
    label: str
    groups: list[str]
    chunks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentIngested(Event):
    """`outcome`: added or updated; unchanged, when another job stored the same bytes first; lost, when the
    transaction of a dead writer never came about."""

    closes: int
    document: str
    version: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSetAside(Event):
    """`outcome`: quarantined, failed or skipped, with its reason code."""

    job: str
    document: str
    version: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentDeleted(Event):
    """Durable before the document goes; `ChangeEnded` says whether it did."""

    intent: ClassVar[bool] = True
    document: str
    version: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsChanged(Event):
    """The groups and the label as they are from now on; `valid_until`: the last day on which it is answered from, where
    it has one. Durable before it is so; `ChangeEnded` says whether it came about. Contents, when a person raised the
    label: `why`."""

    intent: ClassVar[bool] = True
    document: str
    groups: list[str]
    label: str
    valid_until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeEnded(Event):
    """How a DocumentDeleted or a RightsChanged ended. `outcome`: done; or lost, when the document stayed as it was: its
    process had died, or another one was first."""

    closes: int
    document: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceChanged(Event):
    """`change`: added, removed, or removed with its documents. `source` is its id, `subject` its owner. Contents:
    `source`, its name and its place."""

    source: str
    change: str
    subject: str = ""
    groups: list[str] = field(default_factory=list)
    label: str = ""
    originals: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSynced(Event):
    """`outcome`: done, withheld (most of it has vanished, and nothing was deleted; all else was done), stopped
    (cancelled, or an error ended it), unseen or refused (its manifest is wrong); `counts`:
    files by what became of them; `manifest`: the SHA-256 of the manifest that named rights, where there was one."""

    source: str
    outcome: str
    job: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    manifest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelIdsMapped(Event):
    """What ids of sensitivity labels mean from now on: [{id, label}]; an empty label: the id is known no more."""

    labels: list[dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoweringAsked(Event):
    """Somebody asks that `label`, the present one, be lowered to `wanted`; another person must agree. Contents:
    `why`. `change`: the number of the document's last change; with another one the request is void."""

    document: str
    version: str
    label: str
    wanted: str
    change: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoweringAgreed(Event):
    """A second person agreed to what record `request` asks. Durable before the label falls. Contents, where a reason
    was given: `why`."""

    intent: ClassVar[bool] = True
    request: int
    document: str
    version: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelLowered(Event):
    """`outcome`: done; or lost, when it did not come about, and then the request waits again."""

    closes: int
    request: int
    document: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoweringDeclined(Event):
    """A second person said no to what record `request` asks. Contents, where a reason was given: `why`."""

    request: int
    document: str


# -- people, the record itself, the site -------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChanged(Event):
    """`change`: added, disabled, password-set."""

    subject: str
    change: str
    roles: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    clearance: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn(Event):
    """`outcome`: ok, refused or out. `actor` is the account that was tried, or `unknown`."""

    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRead(Event):
    """Somebody looked at the record. `how`: list, show, prove, export, checkpoint, verify, waiting, explain,
    simulate, reconcile."""

    how: str
    records: int
    first: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Revealed(Event):
    """Somebody opened sealed contents. Contents: `why`, the reason given."""

    record: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteChanged(Event):
    """The home was made, a server started or stopped, a switch was turned. Values hold no secrets. Contents, where
    somebody gave a reason: `why`."""

    what: str
    values: dict[str, str] = field(default_factory=dict)


class Recorder(Protocol):
    """The one way to record."""

    def append(self, event: Event, contents: Mapping[str, Content] | None = None) -> int:
        """Make `event` durable and return its index in the record, counted from 0.

        Raises RecordError when it could not be made durable; then the effect must not happen.
        """
        ...
