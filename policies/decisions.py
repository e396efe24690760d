"""What deciding returns: a closed union, each case with its reasons.

`ReleasedPrompt` is the only thing the door takes. It names the exact request by its SHA-256, and is
signed with the home's Ed25519 key: whoever holds the public key can check one, nobody else can make
one. Only `policies.decide` calls `ReleasedPrompt.sign`; a test holds it to that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Literal

from policies.labels import Label


class Outside(StrEnum):
    """The ladder: what a site lets out at all. As installed closed."""

    CLOSED = "closed"  # nothing
    GENERAL = "general"  # typed general questions
    PUBLIC = "public"  # also passages of level public
    CONTRACTED = "contracted"  # a destination under contract may receive up to internal


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why. `rule` is a rule's id or a code such as UNCERTAIN_DETECTOR; `source` says where it was seen
    (question, turn 2, passage 1, request, destination); `detail` is a sentence without anybody's text."""

    rule: str
    source: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A closed API that the site has configured. `ceiling` is the most it may receive; `pseudonymised`: a person's
    details may go to it as invented ones."""

    id: str
    host: str
    base_url: str
    model: str
    ceiling: Label
    protocol: str = "openai-compatible"
    pseudonymised: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One request, exactly as it would leave, but for the credential that the door adds last."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def digest(self) -> str:
        """SHA-256 over method, address, headers and body, each with its length in front; hex."""
        parts = [self.method.encode(), self.url.encode(), json.dumps(self.headers).encode(), self.body]
        framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        return hashlib.sha256(framed).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedPrompt:
    """A signed permission to send one `Outgoing` to one destination, once, soon. `passages` are the stored texts
    within it, which were judged by their labels."""

    outgoing: Outgoing
    destination: str
    rulebook: str
    label_versions: str
    expires: int  # microseconds
    passages: tuple[str, ...] = ()
    signature: bytes = b""

    @property
    def signed(self) -> bytes:
        """The bytes that the signature is over."""
        stored = hashlib.sha256(json.dumps(self.passages).encode()).hexdigest()
        lines = [self.outgoing.digest, self.destination, self.rulebook, self.label_versions, str(self.expires), stored]
        return "\n".join(["ringfence-release-2", *lines]).encode()

    @classmethod
    def sign(
        cls,
        outgoing: Outgoing,
        *,
        destination: str,
        rulebook: str,
        label_versions: str,
        expires: int,
        passages: tuple[str, ...] = (),
        key: Callable[[bytes], bytes],
    ) -> ReleasedPrompt:
        """Make one. For `policies.decide` alone."""
        made = cls(
            outgoing=outgoing,
            destination=destination,
            rulebook=rulebook,
            label_versions=label_versions,
            expires=expires,
            passages=passages,
        )
        return replace(made, signature=key(made.signed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """`admit` said yes: this person may ask. `outside` tells whether sending is possible at all, `passages` whether any
    are looked for: none above `label`."""

    label: Label
    outside: bool
    passages: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLocally:
    """`facts` is what the rules about sending were told: empty when they were not asked."""

    reasons: tuple[Reason, ...]
    label: Label
    rulebook: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    verdict: Literal["local"] = "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHuman:
    """Answered here; may be sent when a second person agrees to exactly this request, `outgoing`."""

    reasons: tuple[Reason, ...]
    label: Label
    rulebook: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    outgoing: Outgoing | None = None  # None where an earlier decision is only shown again
    verdict: Literal["ask_human"] = "ask_human"


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate:
    """`surrogates`: (invented, real) pairs that were exchanged, to be put back in the answer; never recorded."""

    released: ReleasedPrompt
    reasons: tuple[Reason, ...]
    label: Label
    rulebook: str
    surrogates: tuple[tuple[str, str], ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    verdict: Literal["send", "pseudonymise"] = "send"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    reasons: tuple[Reason, ...]
    label: Label
    rulebook: str
    verdict: Literal["refuse"] = "refuse"


Decision = AnswerLocally | AskHuman | Escalate | Refuse
