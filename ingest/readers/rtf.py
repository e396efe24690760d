"""RTF: paragraphs, headings and tables; hidden text, pictures and embedded objects left out.

The format is a stream of words in groups. It is read once from left to right with a stack for the groups, so that it
may nest as deep as it likes.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace
from pathlib import PurePath

from ingest.errors import Quarantined
from ingest.readers.base import Block, BlockKind, Flag, RawText
from ingest.readers.bounds import check_pages
from ingest.readers.kinds import RTF
from ingest.readers.office import core_date
from ingest.readers.outline import Outline, comment, heading_block, one_line, table_block, text_blocks

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n]+|([^\\{}\r\n]+)|\\"
)
_SKIPPED = frozenset(
    "fonttbl colortbl stylesheet pict object themedata colorschememapping datastore latentstyles rsidtbl generator"
    " listtable listoverridetable fldinst xmlnstbl filetbl revtbl mmathPr objdata blipuid nonshppict shpinst"
    " shprslt bkmkstart bkmkend atnid nonesttables wgrffmtfilter pgdsctbl background passwordhash".split()
)
_MARGINS = frozenset("header footer headerl headerr headerf footerl footerr footerf".split())
_ASIDE = frozenset("footnote annotation atnauthor shptxt".split())  # stands in a paragraph and is read behind it
_INFO = {"title": "title", "author": "author", "company": "company", "subject": "subject", "keywords": "keywords"}
_INFO |= {"doccomm": "comments", "category": "category", "operator": "operator"}
_DATES = {"creatim": "created", "revtim": "modified"}
_LETTERS = {"emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“"}
_LETTERS |= {"rdblquote": "”", "tab": "\t", "line": "\n", "emspace": " ", "enspace": " ", "cell": "", "softline": "\n"}
_LETTERS |= {"nestcell": "; "}  # of a table in a cell
_SYMBOLS = {b"~": "\u00a0", b"_": "-", b"-": "", b"\\": "\\", b"{": "{", b"}": "}", b"\t": "\t"}
_CHARSETS = {0: 1252, 128: 932, 129: 949, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255, 178: 1256}
_CHARSETS |= {186: 1257, 204: 1251, 222: 874, 238: 1250, 77: 10000}
_HEADING_STYLE = re.compile(r"heading (\d)|(title)", re.I)
_MAX_DEPTH = 1_000_000


@dataclass(frozen=True, slots=True)
class _State:
    """What a group inherits from the one around it."""

    place: str = "body"
    hidden: bool = False
    deleted: bool = False  # by a tracked change
    codepage: int = 1252
    skip: int = 1  # letters that stand in for one that old programs do not know
    level: int = 0
    in_table: bool = False


class RtfReader:
    media_types = (RTF,)

    def read(self, data: bytes, name: str) -> RawText:
        found = _Rtf()
        found.walk(data)
        check_pages(found.page)
        first = next((block.text for block in found.blocks if block.kind is BlockKind.HEADING), "")
        return RawText(
            title=found.properties.get("title", "") or first or PurePath(name).stem,
            media_type=RTF,
            blocks=(*found.margins, *found.blocks),
            pages=found.page,
            dated=core_date(found.properties),
            properties=found.properties,
            flags=(Flag.HIDDEN_TEXT,) if found.hid else (),
        )


class _Rtf:
    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.margins: list[Block] = []
        self.properties: dict[str, str] = {}
        self.outline = Outline()
        self.page = 1
        self.hid = False
        self._state, self._stack = _State(), list[_State]()
        self._texts: dict[str, list[str]] = {}
        self._bytes = bytearray()
        self._skipping = 0
        self._fonts: dict[int, int] = {}
        self._styles: dict[int, int] = {}
        self._font = self._style = 0
        self._cells: list[str] = []
        self._rows: list[list[str]] = []
        self._starred = False
        self._date: dict[str, int] = {}
        self._aside: list[str] = []
        self._who = ""

    def walk(self, data: bytes) -> None:
        for match in _TOKEN.finditer(data):
            word, number, letter, symbol, brace, text = match.groups()
            if text is not None or letter is not None:
                self._letters(text if text is not None else bytes([int(letter, 16)]))
                continue
            if word == b"bin":
                raise Quarantined("UNSUPPORTED")  # raw bytes in the stream: no writer makes them in our time
            self._decode()
            if brace == b"{":
                self._open()
            elif brace == b"}":
                self._close()
            elif word is not None:
                self._word(word.decode("ascii"), int(number) if number else None)
            elif symbol == b"*":
                self._starred = True
            elif symbol is not None:
                self._put(_SYMBOLS.get(symbol, "\n" if symbol in b"\r\n" else ""))
        self._decode()
        self._paragraph()
        self._table()

    # -- groups --------------------------------------------------------------------------------------------

    def _open(self) -> None:
        if len(self._stack) >= _MAX_DEPTH:
            raise Quarantined("DAMAGED")
        self._stack.append(self._state)

    def _close(self) -> None:
        before = self._state
        self._state = self._stack.pop() if self._stack else _State()
        if before.place == self._state.place:
            return
        text = one_line("".join(self._texts.pop(before.place, [])))
        if before.place in _MARGINS and text:
            self.margins.append(Block(text=text, kind=BlockKind.MARGIN))
        elif before.place in _ASIDE:
            self._told(before.place, text)
        elif before.place in _INFO and text:
            self.properties[_INFO[before.place]] = text[:1000]
        elif before.place in _DATES and {"yr", "mo", "dy"} <= self._date.keys():
            stated = "{yr:04}-{mo:02}-{dy:02}".format(**self._date)
            self.properties[_DATES[before.place]] = stated
        elif before.place == "style" and (named := _HEADING_STYLE.search(text)):
            self._styles[self._style] = int(named[1]) if named[1] else 1

    def _told(self, place: str, text: str) -> None:
        if place == "atnauthor":
            self._who = text
        elif text:
            self._aside.append(comment(text, self._who) if place == "annotation" else text)

    def _enter(self, place: str) -> None:
        self._state = replace(self._state, place=place)

    # -- words ---------------------------------------------------------------------------------------------

    def _word(self, word: str, number: int | None) -> None:
        starred, self._starred = self._starred, False
        if word in _SKIPPED:
            self._enter({"fonttbl": "fonts", "stylesheet": "style"}.get(word, "nothing"))
        elif (
            word in _ASIDE
            or word in _MARGINS
            or (word in _INFO and self._state.place == "info")
            or word in _DATES
            or word == "info"
        ):
            self._date = {}
            self._enter(word)
        elif starred and word not in ("shppict", "cs"):
            self._enter("nothing")
        elif self._state.place in _DATES and number is not None:
            self._date[word] = number
        elif word == "u" and number is not None:
            self._put(chr(number % 65536))
            self._skipping = self._state.skip
        elif word in _LETTERS and word != "cell":
            self._put(_LETTERS[word])
        else:
            self._formatting(word, number)

    def _formatting(self, word: str, number: int | None) -> None:
        state = self._state
        if word == "v":
            self._state = replace(state, hidden=number != 0)
        elif word == "deleted":
            self._state = replace(state, deleted=number != 0)
        elif word == "plain":
            self._state = replace(state, hidden=False, deleted=False)
        elif word == "uc":
            self._state = replace(state, skip=max(0, min(number or 0, 16)))
        elif word in ("ansicpg", "fcharset", "f", "s"):
            self._numbered(word, number or 0)
        elif word == "outlinelevel":
            self._state = replace(state, level=(number or 0) + 1)
        else:
            self._structure(word)

    def _numbered(self, word: str, number: int) -> None:
        state = self._state
        if word == "ansicpg":
            self._state = replace(state, codepage=number)
            self._fonts[-1] = number
        elif word == "fcharset":
            self._fonts[self._font] = _CHARSETS.get(number, self._fonts.get(-1, 1252))
        elif word == "f":
            self._font = number
            if state.place != "fonts":
                self._state = replace(state, codepage=self._fonts.get(number, state.codepage))
        elif state.place == "style":
            self._style = number
        else:
            self._state = replace(state, level=self._styles.get(number, 0))

    def _structure(self, word: str) -> None:
        if self._state.place != "body":
            if word == "par" and self._state.place in _ASIDE:
                self._put("\n")
            return
        if word == "par" or word == "sect":
            self._paragraph()
        elif word == "pard":
            self._state = replace(self._state, level=0, in_table=False)
        elif word == "intbl":
            self._state = replace(self._state, in_table=True)
        elif word == "cell":
            self._cells.append("".join(self._texts.pop("body", [])))
        elif word == "row":
            self._rows.append(self._cells)
            self._cells = []
        elif word == "page":
            self._paragraph()
            self._table()
            self.page += 1

    # -- text ----------------------------------------------------------------------------------------------

    def _letters(self, found: bytes) -> None:
        self._bytes += found

    def _decode(self) -> None:
        """Letters wait until a word ends them: in some code pages two bytes are one letter."""
        if not self._bytes:
            return
        found, self._bytes = bytes(self._bytes), bytearray()
        if self._skipping:
            found, self._skipping = found[self._skipping :], max(0, self._skipping - len(found))
        try:
            text = found.decode(codecs.lookup(_codec(self._state.codepage)).name, "replace")
        except LookupError:
            text = found.decode("cp1252", "replace")
        self._put(text)

    def _put(self, text: str) -> None:
        place = self._state.place
        if place in ("nothing", "fonts") or self._state.deleted:
            return
        if self._state.hidden and place == "body":
            self.hid = self.hid or bool(text.strip())
            return
        self._texts.setdefault(place, []).append(text)

    def _paragraph(self) -> None:
        if self._state.in_table and (self._cells or self._rows):
            self._texts.setdefault("body", []).append("\n")
            return
        text = "".join(self._texts.pop("body", []))
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # a letter may come in two halves
        if not text.strip():
            return
        self._table(last=False)
        if self._state.level and len(one_line(text)) <= 200:
            self.blocks += heading_block(self.outline, self._state.level, text, self.page)
        else:
            self.blocks += text_blocks([text], self.page, self.outline.path)
        self._behind()

    def _table(self, *, last: bool = True) -> None:
        """The table ends; what stood aside in it follows, unless it may be of the paragraph that ends it."""
        if self._cells:
            self._rows.append(self._cells)
        self.blocks += table_block(self._rows, self.page, self.outline.path)
        self._rows, self._cells = [], []
        if last:
            self._behind()

    def _behind(self) -> None:
        self.blocks += text_blocks(self._aside, self.page, self.outline.path)
        self._aside = []


def _codec(page: int) -> str:
    return {65001: "utf-8", 10000: "mac-roman"}.get(page, f"cp{page}")


READER = RtfReader()
