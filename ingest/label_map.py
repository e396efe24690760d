"""The map of sensitivity labels: which id of another system means which of our levels and categories.

What is promised: a file is taken whole or not at all, and every line that is amiss is named. What an id means from now
on counts at once for the documents that carry it, upwards alone: that an id has become known, or means less than
before, lowers nothing that was taken in already.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from ingest.catalogue.catalogue import Catalogue
from ingest.catalogue.labels import Mapped
from ingest.changing import change
from ingest.sources.manifest import SEPARATORS, without_empty_ends
from policies.audit.events import LabelIdsMapped, Recorder, RightsChanged
from policies.errors import RefusedError, UsageError
from policies.labels import PUBLIC, Category, Label, Level

COLUMNS = ("id", "name", "level", "categories")
CURE = "`ringfence labels import FILE.csv` says what they mean; columns: id, name, level, categories."
MAX_BYTES = 4 * 1024 * 1024
_NAMED = 20  # faults that are named in one message
_LONGEST_NAME = 200
_ID = re.compile(r"\{?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import came to. `carriers`: documents in which any of its ids stands; `raised`: of those, how many it
    raised."""

    ids: int
    new: int
    changed: int
    carriers: int
    raised: int


class LabelMap:
    """The map of one home."""

    def __init__(self, catalogue: Catalogue, recorder: Recorder) -> None:
        self._catalogue = catalogue
        self._labels = catalogue.labels
        self._recorder = recorder

    def take(self, mapped: Sequence[Mapped], *, actor: str) -> Imported:
        """Add these ids, or give them another meaning. On record first."""
        before = self._labels.mapping()
        news = [one for one in mapped if before.get(one.id) != one.label]
        if news:
            stated = [{"id": one.id, "label": str(one.label)} for one in news]
            self._recorder.append(LabelIdsMapped(actor=actor, labels=stated))
        self._labels.put(mapped)  # names may be others, though nothing else is
        carriers = self._labels.carriers(one.id for one in mapped)
        return Imported(
            ids=len(mapped),
            new=sum(one.id not in before for one in news),
            changed=sum(one.id in before for one in news),
            carriers=len(carriers),
            raised=sum(self._raise(document, actor) for document in carriers),
        )

    def remove(self, id: str, *, actor: str) -> None:
        """Forget what an id means. Raises UsageError for one that is not known, RefusedError for one that documents
        carry: unknown again, it would make them restricted."""
        wanted = _plain(id)
        if wanted not in self._labels.mapping():
            raise UsageError(f"There is no label {id!r}.", cure="`ringfence labels list` shows those there are.")
        self._refuse_carried(wanted)
        self._recorder.append(LabelIdsMapped(actor=actor, labels=[{"id": wanted, "label": ""}]))
        if not self._labels.remove(wanted):
            self._refuse_carried(wanted)  # a document with it came in meanwhile

    def _refuse_carried(self, id: str) -> None:
        if count := self._labels.carried().get(id, 0):
            raise RefusedError(
                f"{count} documents carry this label.", cure="Import it with another level; it cannot be unknown again."
            )

    def _raise(self, id: str, actor: str) -> bool:
        document = self._catalogue.document(id, None)
        if document is None:
            return False
        label = self._labels.raised(document, PUBLIC)
        if label == document.label:
            return False
        groups = sorted(document.groups)
        event = RightsChanged(actor=actor, document=id, groups=groups, label=str(label))
        make = partial(self._catalogue.set_rights, id, level=label.level, categories=label.categories)
        return change(event, make, catalogue=self._catalogue, recorder=self._recorder)


def read_map(data: bytes) -> list[Mapped]:
    """The rows of a CSV file with a head line. Raises UsageError that names each line that is amiss."""
    try:
        text = data.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text), delimiter=_delimiter(text), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"This is no CSV file in UTF-8 ({error}).", cure="Save it as CSV in UTF-8.") from None
    head = [name.strip().lower() for name in without_empty_ends(rows[0])] if rows else []
    if unknown := sorted(set(head) - set(COLUMNS)) or sorted({"id", "level"} - set(head)):
        raise UsageError(
            f"Line 1 does not name the columns as expected ({', '.join(unknown) or 'empty'}).",
            cure=f"Columns are {', '.join(COLUMNS)}; id and level must be there.",
        )
    found: dict[str, Mapped] = {}
    faults: list[str] = []
    for line, cells in enumerate(rows[1:], start=2):
        row = [*cells[: len(head)], *without_empty_ends(cells[len(head) :])]
        if any(cell.strip() for cell in row):
            faults += [f"line {line}: {fault}" for fault in _take(dict(zip(head, row, strict=False)), row, head, found)]
    if faults or not found:
        named = "; ".join(faults[:_NAMED]) or "it holds no label"
        more = f"; and {len(faults) - _NAMED} more" if len(faults) > _NAMED else ""
        raise UsageError(f"Nothing was imported: {named}{more}.", cure="Correct the file and import it again.")
    return list(found.values())


def _take(cells: dict[str, str], row: Sequence[str], head: Sequence[str], found: dict[str, Mapped]) -> Iterable[str]:
    """Put one row into `found`; what is amiss with it is yielded."""
    id, level = _plain(cells.get("id", "")), cells.get("level", "").strip()
    names = [name for name in SEPARATORS.split(cells.get("categories", "").strip().lower()) if name]
    unknown = [name for name in names if name not in set(Category)]
    faults = [
        *([f"{len(row)} cells under {len(head)} columns"] if len(row) != len(head) else []),
        *(["the id is no GUID"] if not id else []),
        *(["the id stands there twice"] if id in found else []),
        *([f"there is no level {level!r}"] if level.upper() not in Level.__members__ else []),
        *(f"there is no category {name!r}" for name in unknown),
    ]
    if not faults:
        label = Label(level=Level[level.upper()], categories=frozenset(map(Category, names)))
        found[id] = Mapped(id=id, name=" ".join(cells.get("name", "").split())[:_LONGEST_NAME], label=label)
    return faults


def _plain(id: str) -> str:
    """The id without braces, in lower case; nothing for what is no GUID."""
    match = _ID.fullmatch(id.strip())
    return match[1].lower() if match else ""


def _delimiter(text: str) -> str:
    """What parts the cells of the head line: office programs of many countries write semicolons."""
    head = text.partition("\n")[0]
    return max((",", ";", "\t"), key=head.count)
