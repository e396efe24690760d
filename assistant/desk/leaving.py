"""What may leave: how it stands for one person, stopping, starting again, and a second person's word."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from assistant.config import DestinationSettings
from assistant.desk.agreeing import Agreeing
from assistant.desk.switch import Resumed, Switch, Turned, may_turn
from assistant.web.leaving import Recipient, Screen, Stands, Stop, Waits
from policies.approvals import Waiting
from policies.decisions import Destination, Outside
from policies.errors import RecordError
from policies.keys import Keys, pseudonym
from policies.rulebook import HOUSE, Action, Rulebook, reference_to
from policies.vocabulary import Person, Role


class LeavingDesk:
    """Keeps `web.leaving.Leaving`. `step` and `recipient` are what the site is set to; `people` count now."""

    def __init__(
        self,
        *,
        turning: Switch,
        agreeing: Agreeing,
        keys: Keys,
        rulebook: Callable[[], Rulebook],
        people: Callable[[], Iterable[Person]],
        step: Outside,
        recipient: Recipient | None,
        screen: Screen,
        clock: Callable[[], int],
    ) -> None:
        self._switch = turning
        self._agreeing = agreeing
        self._keys = keys
        self._rulebook = rulebook
        self._people = people
        self._step = step
        self._recipient = recipient
        self._screen = screen
        self._started = clock()

    @property
    def set_open(self) -> bool:
        """Whether the site is set to let anything out, the switch aside."""
        return self._step is not Outside.CLOSED and self._recipient is not None

    def open(self) -> bool:
        return self.set_open and self._switch.state() is None

    def languages(self) -> Sequence[str]:
        return self._screen.languages

    def passages(self) -> str:
        most = {Outside.PUBLIC: "public", Outside.CONTRACTED: self._recipient.level if self._recipient else ""}
        return most.get(self._step, "") if self.set_open else ""

    def stands(self, person: Person) -> Stands:
        state = self._switch.state()
        turned = self._turned()
        turns = may_turn(person)
        rulebook = self._rulebook()
        return Stands(
            step=self._step,
            stopped=state is not None,
            since=state.since if state else max(turned.resumed, self._started),
            at_least=state is None and turned.resumed <= self._started,
            asked=turned.asked,
            asked_by_me=turned.by is not None and turned.by.id == person.id,
            may_stop=turns,
            may_start=turns and (turned.by is None or self._may_agree(person, turned.by)),
            recipient=self._recipient,
            screen=self._screen,
            rules=rulebook.rules,
            digest=rulebook.digest,
        )

    def stop(self, person: Person) -> Stop:
        done = self._switch.stop(person)
        return Stop(quiet=done.quiet, recorded=done.recorded)

    def start_again(self, person: Person) -> bool:
        return self._switch.resume(person) is Resumed.OPEN

    # -- a second person's word ----------------------------------------------------------------------------

    def waiting(self, person: Person) -> Sequence[Waits]:
        if self._recipient is None:
            return []  # nothing can have been held for it
        askers = {pseudonym(self._keys, one.id): one for one in self._people()}
        rows = [self._row(person, one, askers.get(one.asker)) for one in self._agreeing.waiting(person.id)]
        sees_all = Role.AUDITOR in person.roles
        return [row for row in rows if sees_all or row.mine or row.may_agree]

    def read(self, person: Person, record: int, why: str) -> str:
        return self._agreeing.read(person, record, why)

    def agree(self, person: Person, record: int) -> int:
        return self._agreeing.approve(person, record)

    def _row(self, person: Person, waits: Waiting, asker: Person | None) -> Waits:
        here = self._recipient is not None and waits.destination == self._recipient.name
        return Waits(
            record=waits.record,
            reference=waits.question,
            since=waits.since,
            label=waits.label,
            went_to=waits.destination,
            rules=waits.rules,
            mine=asker is not None and asker.id == person.id,
            may_agree=here and asker is not None and self._may_agree(person, asker),
        )

    def _may_agree(self, person: Person, asker: Person) -> bool:
        context = {"requested_by": reference_to(asker)}
        return self._rulebook().ask(person, Action.APPROVE, HOUSE, context).allowed

    def _turned(self) -> Turned:
        """A record that cannot be read must not stand between a person and the switch."""
        try:
            return self._switch.asked()
        except RecordError:
            return Turned()


def recipient(destination: Destination | None, contract: DestinationSettings | None) -> Recipient | None:
    """The destination as the page shows it; None when none is configured."""
    if destination is None or contract is None:
        return None
    return Recipient(
        name=destination.id,
        host=destination.host,
        model=destination.model,
        level=str(destination.ceiling.level),
        contract=contract.contract.strip(),
        region=contract.region.strip(),
        retention_days=contract.retention_days,
        no_training=contract.no_training,
        pseudonymised=contract.pseudonymised,
    )
