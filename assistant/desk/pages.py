"""The house as the pages know it: one desk for each protocol of `assistant.web.base`, over the same real parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.desk.explaining import Explaining
from assistant.desk.labels import LabelsDesk
from assistant.desk.library import Shelves
from assistant.desk.reading import Reading
from assistant.desk.record import RecordDesk
from assistant.desk.tending import TendingDesk
from assistant.web.base import House, SiteFacts

if TYPE_CHECKING:
    from assistant.desk.desk import Desk


def build_house(desk: Desk, *, hosts: frozenset[str]) -> House:
    """`hosts`: the names that a browser may call this site by, besides those in the settings."""
    parts = desk.parts
    return House(
        facts=SiteFacts(
            name=parts.settings.organisation,
            hosts=hosts | frozenset(parts.settings.host_names),
            https=parts.settings.https,
            answers_at_once=parts.settings.answers_at_once,
            outside=desk.leaving.set_open,
            demonstration=parts.writer.demonstration,
        ),
        accounts=desk.entrance,
        asking=desk.asking,
        reading=Reading(parts.ingest.library, parts.ledger, parts.may_read, parts.nameable),
        library=Shelves(parts.ingest.library, parts.may_name),
        tending=TendingDesk(parts.ingest, parts.ledger, desk.background),
        finding=Explaining(parts),
        labels=LabelsDesk(lambda: desk.relabel, library=parts.ingest.library, keys=parts.keys, itself=desk.itself),
        record=RecordDesk(parts.review, parts.ledger, prove=parts.prove),
        leaving=desk.leaving,
    )
