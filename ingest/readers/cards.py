"""Calendars and cards of people: who, when and where in words. Each entry stands under what it is called."""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from ingest.readers.base import Block, BlockKind, RawText
from ingest.readers.kinds import CALENDAR, CARD
from ingest.readers.outline import clean, one_line, title_from
from ingest.readers.txt import decode

_FOLD = re.compile(r"\r?\n[ \t]")
_SOFT_END = re.compile(r"=\r?\n")
_LINE = re.compile(
    r'(?:[\w-]+\.)?([\w-]+)((?:;[\w-]+(?:=(?:"[^"\n]*"|[^";:,\n]*)(?:,(?:"[^"\n]*"|[^";:,\n]*))*)?)*):(.*)'
)
_OPTION = re.compile(r';([\w-]+)(?:=("[^"\n]*"|[^";:\n]*))?')
_ESCAPED = re.compile(r"\\([\\;,nN:])")
_STAMP = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d)(?::?\d\d)?(Z?))?$")
_ENTRIES = ("vevent", "vtodo", "vjournal", "vfreebusy", "vcard")
_CALLED = ("summary", "fn", "n")
_LABELS = {
    "dtstart": "Begins",
    "dtend": "Ends",
    "due": "Due",
    "completed": "Completed",
    "duration": "Lasts",
    "rrule": "Repeats",
    "rdate": "Also",
    "exdate": "Not",
    "recurrence-id": "Instead of",
    "location": "Where",
    "organizer": "Organiser",
    "attendee": "Invited",
    "contact": "Contact",
    "status": "Status",
    "categories": "Categories",
    "description": "Description",
    "comment": "Comment",
    "nickname": "Nickname",
    "org": "Organisation",
    "title": "Position",
    "role": "Role",
    "tel": "Telephone",
    "email": "E-mail",
    "adr": "Address",
    "bday": "Born",
    "anniversary": "Anniversary",
    "note": "Note",
    "url": "Address on the web",
}
_PEOPLE = ("organizer", "attendee")
_PARTED = ("adr", "org", "n")  # whose parts a semicolon parts
_UNTOLD = ("NEEDS-ACTION", "")
_CLOSED = ("PRIVATE", "CONFIDENTIAL")


@dataclass(slots=True)
class _Entry:
    called: str = ""
    lines: list[str] = field(default_factory=list)
    begins: str = ""


class CardReader:
    media_types = (CALENDAR, CARD)

    def read(self, data: bytes, name: str) -> RawText:
        return read_cards(decode(data), name)


def read_cards(text: str, name: str) -> RawText:
    """Also for an invitation in a letter."""
    blocks: list[Block] = []
    properties: dict[str, str] = {}
    inside: list[str] = []
    entry, cancelled = _Entry(), False
    for key, options, value in _stated(text):
        if key == "begin":
            inside.append(value.lower())
            entry = _Entry() if value.lower() in _ENTRIES else entry
        elif key == "end":
            if inside and inside.pop() in _ENTRIES:
                blocks += _blocks(entry, cancelled)
        elif key == "method":
            cancelled = value.upper() == "CANCEL"
        elif inside and inside[-1] in _ENTRIES:
            _take(entry, key, options, value)
            if key == "class" and value.upper() in _CLOSED:
                properties["classification"] = one_line(value)
    first = next((block.text for block in blocks if block.kind is BlockKind.HEADING), "")
    kind = CARD if text[:400].lstrip("\ufeff \r\n").upper().startswith("BEGIN:VCARD") else CALENDAR
    return RawText(title=first or title_from(name), media_type=kind, blocks=tuple(blocks), properties=properties)


def _stated(text: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """The key of each line, its options, and its value."""
    for line in _FOLD.sub("", _SOFT_END.sub("", text) if "QUOTED-PRINTABLE" in text.upper() else text).splitlines():
        if found := _LINE.match(line.strip()):
            stated = {one[1].lower(): (one[2] or "").strip('"') for one in _OPTION.finditer(found[2])}
            value = found[3]
            if "quoted-printable" in (stated.get("encoding", "").lower(), *stated):
                value = decode(quopri.decodestring(value.encode("utf-8", "replace")), stated.get("charset", ""))
            yield found[1].lower(), stated, value


def _take(entry: _Entry, key: str, options: dict[str, str], value: str) -> None:
    if key in _CALLED:
        entry.called = entry.called or _plain(key, value)
    elif key in _LABELS and (said := _said(entry, key, options, value)):
        entry.lines.append(f"{_LABELS[key]}: {said}")
    entry.begins = value if key == "dtstart" else entry.begins


def _said(entry: _Entry, key: str, options: dict[str, str], value: str) -> str:
    if key == "rrule":
        return ", ".join(part.removeprefix("FREQ=").lower().replace("=", " ") for part in value.split(";"))
    if key in _PEOPLE:
        address = re.sub(r"^mailto:", "", value, flags=re.I)
        answer = options.get("partstat", "").upper()
        named = f"{options['cn']} <{address}>" if options.get("cn") else address
        return one_line(named if answer in _UNTOLD else f"{named} ({answer.lower()})")
    if stamps := [found for one in value.split(",") if (found := _STAMP.match(one.strip()))]:
        said = [_when(found, options.get("tzid", "")) for found in stamps]
        whole_days = key == "dtend" and not stamps[0][4]
        return _last_day(stamps[0], entry.begins) if whole_days else ", ".join(said)
    kinds = options.get("type", "").lower()
    return _plain(key, value) + (f" ({kinds})" if kinds else "")


def _when(found: re.Match[str], zone: str) -> str:
    year, month, day, hour, minute, utc = found.groups()
    at = f" {hour}:{minute}" if hour else ""
    where = " UTC" if utc else f" ({zone})" if zone and at else ""
    return f"{year}-{month}-{day}{at}{where}"


def _last_day(found: re.Match[str], begins: str) -> str:
    """A whole day's end is stated as the day after it; nothing when it ends on the day on which it begins."""
    try:
        last = (date(int(found[1]), int(found[2]), int(found[3])) - timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return found[0]
    return "" if last.replace("-", "") == begins.replace("-", "") else last


def _plain(key: str, value: str) -> str:
    parts = re.split(r"(?<!\\);", value) if key in _PARTED else [value]
    said = [_ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], part) for part in parts]
    return clean(", ".join(part for part in said if part.strip()))


def _blocks(entry: _Entry, cancelled: bool) -> list[Block]:
    called = one_line(entry.called)
    heading = (called,) if called else ()
    lines = [*(["Cancelled"] if cancelled else []), *entry.lines]
    head = [Block(text=called, heading=heading, kind=BlockKind.HEADING)] if called else []
    return head + ([Block(text="\n".join(lines), heading=heading)] if lines else [])


READER = CardReader()
