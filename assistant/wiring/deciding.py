"""Everything that a decision rests on, and the door it opens or does not. Loaded only when bytes might leave."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from assistant.wiring.leaving import Leaving, Public, straight
from assistant.wiring.stores import now
from policies.decisions import Decision, Outgoing, Outside, ReleasedPrompt
from policies.errors import UnavailableError
from policies.switch import passing

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.egress.connections import Host
    from assistant.egress.door import Door
    from ingest.index.embedder import Remembering
    from policies.approvals import Approvals
    from policies.copies.base import Copies
    from policies.copies.disclosed import Disclosed, Metered
    from policies.decide import Grounds
    from policies.detect import Detectors
    from policies.vocabulary import Prompt

T = TypeVar("T")


class Deciding(Leaving):
    """What decides, what it knows of this house, and the one way out."""

    # -- what looks at text ----------------------------------------------------------------------------

    @cached_property
    def detectors(self) -> Detectors:
        from policies.detect import load
        from policies.detect.register.store import Register

        own = Register.of(self.home, self.keys)
        return load(self._packaged, register=own, every_name=self.settings.names == "none")

    @cached_property
    def _packaged(self) -> Remembering:
        """The packaged model, whichever the index uses: the classifier of cases was trained on it."""
        from ingest.index.embedder import Remembering, open_embedder

        return self.ingest.meaning if self.ingest.is_packaged else Remembering(open_embedder())

    @cached_property
    def disclosed(self) -> Disclosed:
        from policies.copies.disclosed import Disclosed

        return Disclosed(self.home.store("disclosed", "disclosed.db"))

    def copies(self, asker: str) -> Copies:
        """What the documents above the ceiling say; for a person, counted together with what left before."""
        return self._metered(asker) if asker and self.destination else self.ingest.copies

    def _metered(self, asker: str) -> Metered:
        from policies.copies.disclosed import Metered
        from policies.keys import pseudonym

        destination = self.destination.id if self.destination else ""
        person = pseudonym(self.keys, asker)
        return Metered(self.ingest.copies, self.disclosed, destination=destination, person=person, clock=now)

    @cached_property
    def approvals(self) -> Approvals:
        from policies.approvals import Approvals

        return Approvals(self.ledger, self.keys, clock=now)

    # -- the way out -----------------------------------------------------------------------------------

    def configured_hosts(self) -> frozenset[Host]:
        """The hosts that this site's settings switch on, each by its row of the table of connections. Raises UsageError
        for one to which text would go in clear."""
        from assistant.egress.connections import load_connections, switched_on

        addresses = {"app-ollama": self.settings.ollama_url, "app-qdrant": self.ingest_settings.qdrant_url}
        if self.settings.gateway_url:
            addresses["app-gateway"] = self.settings.gateway_url  # and nothing to the destination itself
        elif self.settings.destination is not None:
            addresses["app-outside"] = self.settings.destination.base_url
        configured = {row: url for row, url in addresses.items() if url}
        return switched_on(load_connections(), configured, internal=self.network.internal_hosts)

    def guard(self) -> None:
        """From here on this process connects to this machine and to the configured hosts, and nowhere else."""
        from assistant.egress.guard import install_guard

        install_guard(self.configured_hosts())

    @cached_property
    def door(self) -> Door | None:
        """None while no destination is configured."""
        if self.destination is None:
            return None
        from assistant.egress.connections import load_connections, switched_on
        from assistant.egress.door import Door, file_credential
        from assistant.egress.handover import through
        from policies import keys

        self.configured_hosts()  # nothing goes in clear on any of our ways, whoever guards this process
        stated, gateway = self.settings.destination, self.settings.gateway_url
        assert stated is not None, "where a destination comes from"
        row = "gateway-outside" if gateway else "app-outside"
        return Door(
            destination=self.destination,
            recorder=self.ledger,
            is_on=lambda: self.outside is not Outside.CLOSED,
            verify=lambda message, signature: keys.verify(self.keys.public, message, signature),
            versions=self.label_versions,
            decide_again=self.decide_again,
            count=self.count_released,
            allowed=switched_on(load_connections(), {row: stated.base_url}),
            carry=through(gateway, verify=self.network.verify) if gateway else straight(stated),
            credential=file_credential(stated.key_file),
            now=now,
            passing=lambda: passing(self.home),
            depart=self.approvals.depart,
        )

    # -- deciding --------------------------------------------------------------------------------------

    def judge(self, prompt: Prompt, outgoing: Outgoing | None, as_of: str = "") -> Decision:
        """`decide.route` with this house's rules, keys and detectors; those are loaded only when bytes might leave.
        `as_of`: the labels and rights by which the prompt's passages were found, where there are any."""
        from policies import decide

        now = self.grounds(looking=outgoing is not None, asker=prompt.question.person.id)
        grounds = replace(now, label_versions=as_of or now.label_versions)
        return decide.route(prompt, outgoing, grounds, key=self.keys.sign)

    def decide_again(self, released: ReleasedPrompt) -> None:
        """The second decision, on the exact bytes. Raises RefusedError."""
        from policies import decide

        decide.check_released(released, self.grounds(), public=Public(self.keys.public))

    def count_released(self, released: ReleasedPrompt) -> None:
        """What is about to leave counts from now on."""
        from assistant.prompting import OURS
        from policies.decide import ceiling_of
        from policies.decide.judging import looked_at
        from policies.decide.parts import read_parts

        assert self.destination is not None, "a door has a destination"
        parts = read_parts(released.outgoing, passages=released.passages, frames=OURS)
        texts = [part.text for part in looked_at(parts)]
        self._metered("").note(texts, ceiling_of(self.outside, self.destination))

    def grounds(self, *, looking: bool = True, asker: str = "") -> Grounds:
        """What a decision rests on now. `looking` loads what looks at text: only when bytes might leave. `asker` is
        whose requests a second person may have agreed to."""
        from assistant.prompting import OURS
        from policies.decide import Grounds

        return Grounds(
            rulebook=self.rulebook,
            outside=self.outside,
            destination=self.destination,
            detectors=_unless_missing(lambda: self.detectors) if looking else None,
            copies=_unless_missing(lambda: self.copies(asker)) if looking else None,
            label_versions=self.label_versions(),
            clock=now,
            approved=self.approvals.held_by(asker, self.destination.id if self.destination else ""),
            frames=OURS,
            secret=self.keys.derive("invented names"),
        )

    def label_versions(self) -> str:
        """Changes with every change of a label or a right, so that a release made before it does not hold."""
        latest = self.ingest.catalogue.latest()
        return hashlib.sha256(f"{self.rulebook.digest} {latest}".encode()).hexdigest()


def _unless_missing(load: Callable[[], T]) -> T | None:
    """What cannot be loaded is not there: nothing is decided without it, so the question is answered here."""
    try:
        return load()
    except (UnavailableError, ImportError, OSError):
        return None
