"""The door: one question to one closed API, or nothing.

It takes only a `ReleasedPrompt`, which only `policies.decide` can make, and does not believe that alone:
every step below is checked again at the moment of sending. A step that says no raises DoorShutError, and not
a byte has left. After `Departed` is durable the bytes that were judged are sent, once, to one place; nothing
is tried a second time or elsewhere. Whatever comes of it, `Returned` closes the record.

The same door stands in a process of its own where a site wants that: see `gateway.py`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from assistant.egress.connections import Host, is_loopback
from assistant.egress.providers import openai_compatible
from assistant.egress.providers.wire import Limits, Reply, SendingError
from assistant.errors import DoorShutError
from policies.audit.events import Content, Departed, Recorder, Returned
from policies.decisions import Destination, Outgoing, ReleasedPrompt
from policies.errors import RecordError, RefusedError, RingfenceError
from policies.vocabulary import Prompt

REMEMBERED = 100_000  # releases that were used
Carry = Callable[[ReleasedPrompt, str, Limits], Reply]


@dataclass(slots=True, kw_only=True)
class Door:
    """Everything a sending needs, given by the wiring.

    `is_on` asks the switch; `verify(message, signature)` knows the home's public key; `versions()` says which
    labels and rights hold now, None where no documents are; `decide_again` judges the exact bytes a second time
    and raises when they may not leave; `now` is the wall clock in microseconds; `allowed` are the hosts that the
    table of connections has switched on; `count` notes what is about to leave against the documents it comes from,
    and raises when it cannot; `passing` is held from the last look at the switch to the end, so that whoever turns
    it can wait; `depart` makes the departure durable, and raises RefusedError when what a second person agreed to
    was spent meanwhile; `carry` is the way that the bytes take: straight to the destination, or to the gateway.
    """

    destination: Destination
    recorder: Recorder
    is_on: Callable[[], bool]
    verify: Callable[[bytes, bytes], bool]
    versions: Callable[[], str] | None
    decide_again: Callable[[ReleasedPrompt], None]
    allowed: Collection[Host]
    credential: Callable[[], str]
    count: Callable[[ReleasedPrompt], None]
    depart: Callable[[Departed, Mapping[str, Content]], int] | None = None  # else the recorder alone
    carry: Carry = openai_compatible.transmit
    now: Callable[[], int] = lambda: time.time_ns() // 1000
    limits: Limits = field(default_factory=Limits)
    passing: Callable[[], AbstractContextManager[None]] = nullcontext
    _spent: dict[bytes, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def serialise(self, prompt: Prompt) -> Outgoing:
        """The whole request as it would leave, but for the credential. The same prompt gives the same bytes."""
        return openai_compatible.serialise(prompt, self.destination)

    def send(
        self, released: ReleasedPrompt, *, question: int, decision: int, actor: str = "system",
        holds: Callable[[], bool] = lambda: True,
    ) -> str:  # fmt: skip
        """The answer's text. `question` and `decision` are their indexes in the record, `actor` the person's id;
        `holds` says whether the conversation's label is still the one that was decided under.

        Raises DoorShutError when a step refuses, DoorError when nothing usable came back, RecordError when the
        departure cannot be recorded.
        """
        outgoing = released.outgoing
        # 1 the switch, and a release that is ours, for this place, unexpired and unused
        self._check_switch()
        self._check_release(released)
        # 2 the host is in the table; encrypted unless it is this machine; exactly the destination's address
        self._check_address(outgoing)
        # 3 labels and rights are what they were when it was released
        self._check_versions(released, holds)
        # 4 the second decision, on exactly the bytes that would leave
        self._decide_again(released)
        credential = self._read_credential()
        with ExitStack() as held:
            self._pass(held)
            # 5 switch, labels and rights once more, then the intent, durable before the first byte
            self._check_switch()
            self._check_versions(released, holds)
            self._spend(released)
            self._count(released)
            departed = self._record_departure(released, question, decision, actor)
            # 6 send, bounded, and 7 close the record
            return self._transmit(released, credential, departed, actor)

    # -- the steps -------------------------------------------------------------------------------------

    def _check_switch(self) -> None:
        if not self.is_on():
            raise DoorShutError("Sending outside is switched off.", step="switch")

    def _pass(self, held: ExitStack) -> None:
        try:
            held.enter_context(self.passing())
        except RingfenceError as error:
            raise DoorShutError(error.message, step="switch", cure=error.cure) from error

    def _check_release(self, released: ReleasedPrompt) -> None:
        if not self.verify(released.signed, released.signature):
            raise DoorShutError("The release was not signed by this home for these bytes.", step="release")
        if released.destination != self.destination.id:
            raise DoorShutError("The release is for another destination.", step="release")
        if not self.now() < released.expires:
            raise DoorShutError("The release has expired.", step="release")

    def _check_versions(self, released: ReleasedPrompt, holds: Callable[[], bool]) -> None:
        changed = self.versions is not None and self.versions() != released.label_versions
        if changed or not holds():
            raise DoorShutError("Labels or rights have changed since the decision.", step="versions")

    def _check_address(self, outgoing: Outgoing) -> None:
        host = Host.of_url(outgoing.url)
        expected = openai_compatible.address(self.destination)
        if outgoing.method != "POST" or outgoing.url != expected or host.name != self.destination.host:
            raise DoorShutError("The request is not addressed to the destination.", step="address")
        if host not in self.allowed:
            raise DoorShutError(f"{host} is not in the table of connections, or is off.", step="address")
        if urlsplit(outgoing.url).scheme != "https" and not is_loopback(host.name):
            raise DoorShutError("The destination is not encrypted (https).", step="address")
        fits = len(outgoing.body) <= self.limits.request_bytes
        if (
            outgoing.headers != openai_compatible.HEADERS
            or not fits
            or not openai_compatible.is_ours(outgoing.body, self.destination)
        ):
            raise DoorShutError("The request is not of the form that the door sends.", step="address")

    def _decide_again(self, released: ReleasedPrompt) -> None:
        try:
            self.decide_again(released)
        except RecordError:
            raise
        except RingfenceError as error:
            # Refused, or it could not be decided: a missing detector is a no as well.
            raise DoorShutError(f"The second decision did not agree. {error.message}", step="decision") from error

    def _read_credential(self) -> str:
        try:
            return self.credential()
        except DoorShutError:
            raise
        except RingfenceError as error:
            raise DoorShutError(error.message, step="credential", cure=error.cure) from error

    def _spend(self, released: ReleasedPrompt) -> None:
        """A release is good once. What has expired is remembered as well, since a clock can be set back, and forgotten
        only where there is too much of it."""
        with self._lock:
            if released.signature in self._spent:
                raise DoorShutError("The release was used before.", step="release")
            if len(self._spent) >= REMEMBERED:
                now = self.now()
                self._spent = {signature: expires for signature, expires in self._spent.items() if expires > now}
            self._spent[released.signature] = released.expires

    def _count(self, released: ReleasedPrompt) -> None:
        """What leaves counts against its documents before the first byte does: what cannot be counted stays."""
        try:
            self.count(released)
        except RecordError:
            raise
        except RingfenceError as error:
            raise DoorShutError(error.message, step="count", cure=error.cure) from error

    def _record_departure(self, released: ReleasedPrompt, question: int, decision: int, actor: str) -> int:
        outgoing = released.outgoing
        leaving = Departed(
            actor=actor,
            question=question,
            decision=decision,
            destination=self.destination.id,
            outgoing=outgoing.digest,
            outgoing_size=len(outgoing.body),
            body_sha256=sha256(outgoing.body).hexdigest(),
            release=sha256(released.signature).hexdigest(),
        )
        try:
            return (self.depart or self.recorder.append)(
                leaving, {"body": Content(text=outgoing.body.decode(), owner=f"person:{actor}")}
            )
        except RefusedError as error:
            raise DoorShutError(error.message, step="agreement", cure=error.cure) from error

    def _transmit(self, released: ReleasedPrompt, credential: str, departed: int, actor: str) -> str:
        try:
            reply = self.carry(released, credential, self.limits)
        except SendingError as error:
            self.recorder.append(Returned(actor=actor, closes=departed, outcome=error.outcome, status=error.status))
            raise
        except BaseException:
            # Stopped from outside (a signal, a shutdown): whether it arrived is not known.
            self.recorder.append(Returned(actor=actor, closes=departed, outcome="unknown"))
            raise
        self.recorder.append(
            Returned(actor=actor, closes=departed, outcome="ok", status=reply.status, answer_size=reply.size)
        )
        return reply.text.encode(errors="replace").decode()  # JSON can hold half a character, and nothing else can


def file_credential(path: Path | None) -> Callable[[], str]:
    """Reads a provider's key from its file at each sending, so that a key can be changed without a restart."""

    def read() -> str:
        if path is None:
            return ""
        try:
            key = path.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise DoorShutError(
                "The destination's key file cannot be read.", step="credential", cure="Check `key_file` and its mode."
            ) from error
        if not key or not key.isascii() or any(ord(c) < 33 for c in key):
            raise DoorShutError("The destination's key file holds no key.", step="credential")
        return key

    return read
