"""A second person's word: what waits for it, its exact text, and saying yes. Nobody agrees to their own request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from policies.approvals import Approvals, Waiting
from policies.audit.events import Recorder, RecordRead
from policies.audit.review import Review
from policies.errors import RefusedError, UsageError
from policies.keys import Keys, pseudonym
from policies.rulebook import HOUSE, Action, Rulebook, reference_to
from policies.vocabulary import Person

TO_DECIDE = "To decide whether it may leave."


class Agreeing:
    """The requests of one home that wait. `destination`: the one that is configured now; `hours`: how long a yes
    holds."""

    def __init__(
        self,
        *,
        approvals: Approvals,
        review: Review,
        recorder: Recorder,
        keys: Keys,
        rulebook: Callable[[], Rulebook],
        people: Callable[[], Iterable[Person]],
        destination: str,
        hours: int,
    ) -> None:
        self._approvals = approvals
        self._review = review
        self._recorder = recorder
        self._keys = keys
        self._rulebook = rulebook
        self._people = people
        self._destination = destination
        self._hours = hours

    def waiting(self, actor: str) -> Sequence[Waiting]:
        """What waits, without any text. Looking is recorded."""
        found = self._approvals.waiting()
        self._recorder.append(RecordRead(actor=actor, how="waiting", records=len(found)))
        return found

    def read(self, person: Person, record: int, reason: str = "") -> str:
        """The exact request, for somebody who may agree to it. Recorded before it is returned, and the person who asked
        sees that it was opened."""
        record = self._allowed(person, record).record
        sealed = [item for item in self._review.detail(record).sealed if (item.record, item.name) == (record, "body")]
        if not sealed:
            raise UsageError(f"The request of record {record} was not kept.", cure="Let the person ask again.")
        return self._review.reveal(sealed[0], why=reason.strip() or TO_DECIDE, actor=person.id)

    def approve(self, person: Person, record: int, *, actor: str = "") -> int:
        """Agree to it; returns until when (microseconds). It leaves when the person asks the same again."""
        waits = self._allowed(person, record)
        who = {"actor": actor, "on_behalf_of": person.id} if actor else {"actor": person.id}
        agreed = self._approvals.agreement(waits, hours=self._hours, **who)
        self._recorder.append(agreed)
        return agreed.expires

    def _allowed(self, person: Person, record: int) -> Waiting:
        """The request, when the rules let `person` agree to it."""
        waits = self._approvals.request(record)
        if waits.destination != self._destination:
            raise RefusedError("This request was for another destination.", cure="Let the person ask again.")
        asker = next((one for one in self._people() if pseudonym(self._keys, one.id) == waits.asker), None)
        if asker is None:
            raise RefusedError("Who asked for this has no account any more.", cure="It cannot be sent.")
        verdict = self._rulebook().ask(person, Action.APPROVE, HOUSE, {"requested_by": reference_to(asker)})
        if not verdict.allowed:
            raise RefusedError(
                f"This person may not agree to it (rule {verdict.reasons[0]}).", cure="Ask another admin."
            )
        return waits
