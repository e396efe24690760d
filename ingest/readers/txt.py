"""Plain text in any encoding: form feeds part pages, empty lines part paragraphs."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress

from charset_normalizer import from_bytes

from ingest.readers.base import Block, RawText
from ingest.readers.bounds import check_pages
from ingest.readers.identify import byte_order_mark
from ingest.readers.kinds import TEXT
from ingest.readers.outline import Outline, heading_block, looks_like_heading, one_line, paragraphs, title_from

_SAMPLE = 200_000
_OTHERS = re.compile("[^\x00-\x7f\ufffd]")
_RULE = re.compile(r"^(.{2,90})\n[=\-~]{3,}(?:\n|$)")


# What a name of an encoding stands for: browsers and mail programs read these ones as their larger kin.
_LARGER = {"iso8859-1": "cp1252", "iso8859-9": "cp1254", "tis-620": "cp874", "iso8859-11": "cp874"}
_LARGER |= {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "shift_jis": "cp932", "euc_kr": "cp949"}
_NO_CHARSETS = ("unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined")


def decode(data: bytes, stated: str = "") -> str:
    """Text from bytes: by its mark, as `stated`, as UTF-8, else by the encoding its letters speak for; never fails."""
    encoding = byte_order_mark(data)
    if encoding:
        return data.decode(encoding, "replace")
    named = _named(stated)
    for name in ("utf-8", named or "utf-8") if named in ("", "cp1252") else (named,):
        with suppress(UnicodeDecodeError):
            return data.decode(name)
    text = data.decode("utf-8", "replace")
    if text.count("\ufffd") < len(_OTHERS.findall(text)):
        return text  # some bytes are broken; in any other encoding nearly all would be
    best = from_bytes(data[:_SAMPLE]).best()
    return data.decode(best.encoding if best else "cp1252", "replace")


def _named(stated: str) -> str:
    """The encoding of that name; nothing when there is none."""
    try:
        name = codecs.lookup(stated).name
        "".encode(name)
    except (LookupError, ValueError):
        return ""
    return "" if name.replace("-", "_") in _NO_CHARSETS else _LARGER.get(name, name)


class TxtReader:
    media_types = (TEXT,)

    def read(self, data: bytes, name: str) -> RawText:
        """Headings are lines that stand alone and look like one, or are underlined."""
        outline, blocks = Outline(), []
        pages = decode(data).rstrip("\x0c").split("\x0c")
        check_pages(len(pages))
        for number, page in enumerate(pages, start=1):
            for part in paragraphs(page):
                blocks += _part(part, number, outline)
        return RawText(title=_title(blocks, name), media_type=TEXT, blocks=tuple(blocks), pages=len(pages))


def _part(part: str, page: int, outline: Outline) -> list[Block]:
    if match := _RULE.match(part):
        found = heading_block(outline, 1 if "=" in part.split("\n")[1] else 2, match.group(1), page)
        rest = part[match.end() :].strip()
        return found + ([Block(text=rest, page=page, heading=outline.path)] if rest else [])
    if looks_like_heading(part):
        return heading_block(outline, 2, part, page)
    return [Block(text=part, page=page, heading=outline.path)]


def _title(blocks: list[Block], name: str) -> str:
    first = one_line(blocks[0].text.split("\n")[0]) if blocks else ""
    return first if 0 < len(first) <= 120 else title_from(name)


READER = TxtReader()
