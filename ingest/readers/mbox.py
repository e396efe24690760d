"""A mailbox: many letters in one file, each a document of its own, numbered so that a new one changes none before."""

from __future__ import annotations

import re
from pathlib import PurePath

from ingest.readers.base import RawText
from ingest.readers.kinds import MBOX
from ingest.readers.members import Members, listing
from ingest.readers.outline import title_from

# A day and a time stand in the line, or a header that letters have follows: people write "From now on" too.
_BORDER = re.compile(
    rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From "
    rb"(?:\S+ +(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b[^\r\n]*\d\d:\d\d[^\r\n]*\d{4}[^\r\n]*\r?\n"
    rb"|[^\r\n]*\r?\n(?=(?i:from|to|cc|subject|date|sender|received|reply-to|return-path|message-id|mime-version|status"
    rb"|content-type|delivered-to|dkim-signature|authentication-results|(?:x|arc|list)-[\w-]+)\s*:))"
)
_QUOTED = re.compile(rb"^>(>*From )", re.M)


class MboxReader:
    media_types = (MBOX,)

    def read(self, data: bytes, name: str) -> RawText:
        """The text of its own is the list of letters."""
        members = Members(len(data))
        borders = [*_BORDER.finditer(data)]
        ends = [match.start() for match in borders[1:]] + [len(data)]
        for number, (border, end) in enumerate(zip(borders, ends, strict=True), start=1):
            members.add(f"{number:04}.eml", _QUOTED.sub(rb"\1", data[border.end() : end]))
        found = members.all()
        blocks = listing(PurePath(name).name, found)
        return RawText(title=title_from(name), media_type=MBOX, blocks=blocks, members=found)


READER = MboxReader()
