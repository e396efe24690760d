"""Write the sample corpus: an invented bank and an invented clinic, in the nine formats that are read.

    python deploy/demo/make_corpus.py [FOLDER]

Texts lie in `source/<house>/<folder>/<name>.<format>.md`: a few `key: value` lines, then plain Markdown with
`<<page>>` where a page ends. The written files are kept in `corpus/`, so that nothing here is needed to run the
demonstration; the same texts always give the same bytes. Needs the development dependencies.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

HERE = Path(__file__).parent
SEED = 20250630
PAGE = "<<page>>"
FOOTER = "Invented sample document"


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One heading, paragraph, list, table or page break."""

    kind: str  # heading, text, list, table, page
    text: str = ""
    level: int = 0
    items: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Text:
    """One source file, parsed."""

    name: str
    fields: dict[str, str]
    pieces: tuple[Piece, ...]
    properties: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return self.fields["title"]

    @property
    def dated(self) -> date:
        return date.fromisoformat(self.fields["dated"])


def parse(path: Path) -> Text:
    """A source file. A field called `property` or `header-field` may stand more than once."""
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    fields: dict[str, str] = {}
    properties: dict[str, str] = {}
    for line in head.splitlines():
        key, _, value = line.partition(": ")
        if key == "property":
            name, _, content = value.partition("=")
            properties[name] = content
        else:
            fields[key] = value
    body = re.sub(r"<<rows (\w+) (\d+)>>", lambda found: ROWS[found[1]](int(found[2])), body)
    parts = [part.strip("\n") for part in re.split(r"\n\s*\n", body) if part.strip()]
    name = path.name.removesuffix(".md")
    return Text(name=name, fields=fields, properties=properties, pieces=tuple(_piece(part) for part in parts))


def _piece(part: str) -> Piece:
    if part == PAGE:
        return Piece(kind="page")
    if heading := re.match(r"(#+) (.+)$", part):
        return Piece(kind="heading", level=len(heading[1]), text=heading[2])
    lines = part.splitlines()
    if lines[0].startswith("|"):
        cells = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
        return Piece(kind="table", rows=(cells[0], *cells[2:]))
    marks = [re.match(r"(?:-|\d+\.) ", line) for line in lines]
    if any(marks) and all(marks[1:]):
        begin = 0 if marks[0] else 1
        return Piece(kind="list", text=lines[0] if begin else "", items=tuple(lines[begin:]))
    return Piece(kind="text", text=part)


def _activity(count: int) -> str:
    """Rows of a log in which every person and amount is made up."""
    chance = random.Random(SEED)
    names = ("Garnet Oakley", "Mirel Sandoval", "Petra Vantongeren", "Osric Blyth", "Calla Reuter", "Ivo Marchbank")
    signs = {"S1": "cash just below 10,000", "S2": "in and out on one day", "S3": "third party paid the loan"}
    signs |= {"S4": "avoids contact", "S5": "altered document"}
    lines = [
        "| Case | Date | Customer | Branch | Sign | Amount | Decision | Handled by |",
        "|---|---|---|---|---|---|---|---|",
    ]
    day = date(2025, 1, 8)
    for number in range(1, count + 1):
        day += timedelta(days=chance.randint(1, 5))
        sign = chance.choice(sorted(signs))
        cells = (
            f"FC-25-{number:03d}",
            day.isoformat(),
            chance.choice(names),
            chance.choice(("Tarn Street", "Kelmoor", "Ashby Row", "Fennel Bridge")),
            f"{sign} {signs[sign]}",
            f"{chance.randint(900, 9950)}.00",
            chance.choice(("reported", "not reported", "more documents asked for", "relationship ended")),
            chance.choice(("L. Varga", "P. Holloway")),
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _invoices(count: int) -> str:
    """Rows of open invoices of patients who do not exist."""
    chance = random.Random(SEED + 1)
    names = ("Wenzel Abernathy", "Oriel Kestrel", "Janus Whitlock", "Tamsin Ferro", "Bram Ellery", "Noor Castaway")
    lines = ["| Invoice | Date | Patient | Item | Amount | Reminders | Status |", "|---|---|---|---|---|---|---|"]
    for number in range(1, count + 1):
        issued = date(2025, 1, 2) + timedelta(days=chance.randint(0, 150))
        cells = (
            f"LC-2025-{number:04d}",
            issued.isoformat(),
            chance.choice(names),
            chance.choice(("K10 consultation", "T20 general ward", "Z05 single room", "V01 missed appointment")),
            f"{chance.randint(30, 2900)}.{chance.choice(('00', '50'))}",
            str(chance.randint(0, 2)),
            chance.choice(("open", "instalments agreed", "hardship panel", "disputed")),
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


ROWS: dict[str, Callable[[int], str]] = {"activity": _activity, "invoices": _invoices}


def make(target: Path) -> list[Path]:
    """Write every file below `target`; the paths that were written, in order."""
    from corpus_writers import WRITERS

    written = []
    for source in sorted((HERE / "source").rglob("*.md")):
        text = parse(source)
        path = target / source.relative_to(HERE / "source").parent / text.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(WRITERS[path.suffix](text))
        written.append(path)
    return written


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "corpus"
    files = make(folder)
    print(f"{len(files)} files, {sum(path.stat().st_size for path in files) / 1e6:.2f} MB, in {folder}")
