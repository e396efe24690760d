"""What a text says once its disguises are off.

`views_of` returns the text as it stands and every reading of it that differs: characters made plain, letters and
figures put together again, number words, what encodings and ciphers hold, nested to depth 3. Any hit in any view
counts. Each step takes time linear in the text, and the views together stay within a budget; what does not fit makes
the result incomplete, which is a doubt. What does not look like language and could not be read makes it opaque,
which is another.

A view's name says how it was come by: `base64/reversed+squeezed` is what base64 held, read backwards, without the
separators in its numbers. `families` takes such a name apart; `NAMES` are all the families there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from policies.views import bases, characters, ciphers, digits, encodings, misread, opacity, spread
from policies.views.base import View, excerpt, rewrite
from policies.views.outline import Outline, Span, outline

__all__ = ["BUDGET", "DEPTH", "NAMES", "View", "Views", "families", "views_of"]

DEPTH = 3
WIDTH = 12  # readings of one depth that are read further
_BLOB = re.compile(r"[A-Za-z0-9+/_-]{16}")
LONG = 2_000  # a plain reading of fewer characters is shown whole
BUDGET = 6  # all views together may be this many times as long as the text, and 20,000 characters more

ENCODINGS = tuple(name for name, _, _ in encodings.DECODERS)
READINGS = ("closed", "rotated", "reversed", "rot47", "leet", "morse", "letters", "braille", "turned", "strings")
NUMBERS = ("digits", "squeezed", "alike", "signs")
NAMES = ("raw", "clean", "hidden", *ENCODINGS, *READINGS, *NUMBERS)


@dataclass(frozen=True, slots=True)
class Views:
    """`views` for detectors of patterns; `prose` for those that read sentences; `clean` is the plain reading.

    Where little of a long text changed, `views` hold the lines about the changes and `prose` holds the whole.
    """

    views: tuple[View, ...]
    prose: tuple[View, ...]
    clean: str
    complete: bool
    opaque: bool  # something stands there that looks encoded and could not be read


def families(name: str) -> tuple[str, ...]:
    """`base64/hex+squeezed` is base64, hex and squeezed."""
    return tuple(name.replace("+", "/").split("/"))


def views_of(text: str) -> Views:
    """All readings of `text`, each once, the text itself first."""
    raw = View("raw", text)
    plain = characters.clean(raw)
    first = [plain, *(_cleaned(view) for view in characters.hidden(raw))]
    decoded, complete, opaque = _decoded(first, raw)
    readable = [*first, *decoded]
    found = [raw, *readable]
    said = [view for one in readable for view in _numbers(one)]
    views, fits = _within_budget([*found, *said], BUDGET * len(text) + 20_000)
    prose = [view for view in views if view in readable or (view is raw and plain is raw)]
    prose += [view for view in views if view in said and families(view.name)[-1] == "digits" and _spells(view)]
    shown = tuple(_changed_lines(view, text) if view is plain and plain is not raw else view for view in views)
    return Views(shown, tuple(prose), plain.text, complete and fits, opaque)


def _within_budget(views: list[View], budget: int) -> tuple[list[View], bool]:
    """Each text once, as long as they fit; and whether all did."""
    first: dict[str, View] = {}
    for view in views:
        first.setdefault(view.text, view)
    within: list[View] = []
    for view in first.values():
        budget -= len(view.text)
        if budget >= 0:
            within.append(view)
    return within, len(within) == len(first)


def _changed_lines(view: View, text: str) -> View:
    """A long plain reading without the lines that stand in the text just so, between the same two lines."""
    if len(text) < LONG:
        return view
    before, lines = ["", *text.split("\n"), ""], ["", *view.text.split("\n"), ""]
    same = set(zip(before, before[1:], before[2:], strict=False))
    edits = []
    place = 0
    for near in zip(lines, lines[1:], lines[2:], strict=False):
        if near[1] and near in same:
            edits.append((place, place + len(near[1]), ""))
        place += len(near[1]) + 1
    return rewrite(view, view.name, edits) or view


def _spells(view: View) -> bool:
    """A name was spelled, so that it is prose."""
    return any(new.replace(" ", "").isalpha() and len(new) > 3 for _, _, new in view.edits)


# -- layers -------------------------------------------------------------------------------------------------


def _decoded(first: list[View], raw: View) -> tuple[list[View], bool, bool]:
    """Every decoded reading, nested to DEPTH; whether all were followed; and whether something was left unread."""
    found: list[View] = []
    seen = {view.text for view in first}
    layer = first
    complete, opaque = True, opacity.unread_characters(raw.text)
    for _ in range(DEPTH):
        deeper: list[View] = []
        for view in layer:
            seen_here = outline(view.text)
            children = [child for child in _children(view, seen_here) if len(child.text) <= 2 * len(view.text) + 64]
            if _is_structural(view):
                opaque = opaque or opacity.unread(view.text, seen_here, *_taken(children))
            for child in [*children, *(one for parent in children for one in _hidden(parent))]:
                if child.text not in seen:
                    seen.add(child.text)
                    deeper.append(_cleaned(child))
        found += deeper
        complete = complete and len(deeper) <= WIDTH
        layer = deeper[:WIDTH]
    return found, complete, opaque or any(_still_encoded(view) for view in layer)


def _taken(children: Iterable[View]) -> tuple[list[Span], list[Span]]:
    """What encodings, and what readings of letters took off: not the stretches that an excerpt leaves out."""
    decoded: list[Span] = []
    reread: list[Span] = []
    for child in children:
        spans = decoded if families(child.name)[-1] in ENCODINGS else reread
        spans += [(start, end) for start, end, new in child.edits if new.strip()]
    return decoded, reread


def _still_encoded(view: View) -> bool:
    if not _is_structural(view):
        return False
    more = encodings.taken_off(view.text, outline(view.text).odd)
    return any(len(new.strip()) >= 8 for _, edits in more for _, _, new in edits)


def _is_structural(view: View) -> bool:
    """Nothing but encodings was taken off: what comes out is what was put in."""
    return all(name in ENCODINGS or name in ("raw", "clean", "hidden", "closed") for name in families(view.name))


def _cleaned(view: View) -> View:
    plain = characters.clean(view)
    return view if plain is view else replace(plain, name=view.name)


def _hidden(view: View) -> list[View]:
    return [replace(one, name=f"{view.name}/hidden") for one in characters.hidden(view)]


def _children(view: View, seen: Outline) -> list[View]:
    """The view with one more thing taken off. A reading of letters is made once on the way to a view."""
    done = families(view.name)
    out: list[View | None] = []
    out += [excerpt(view, name, edits) for name, edits in encodings.taken_off(view.text, seen.odd)]
    out.append(excerpt(view, "strings", bases.strings(view.text)) if _BLOB.search(seen.odd) else None)
    out += [spread.closed(view, seen), spread.glued(view, seen), characters.turned(view)]
    out += [ciphers.leet(view, seen), ciphers.rot47(view, seen)]
    out += [*ciphers.signalled(view, seen), *ciphers.substituted(view, seen), ciphers.reversed_(view, seen)]
    base = "" if view.name in ("raw", "clean") else f"{view.name}/"
    return [
        replace(child, name=base + child.name)
        for child in out
        if child is not None and (child.name in ENCODINGS or child.name not in done)
    ]


def _numbers(view: View) -> list[View]:
    """Numbers and addresses: said, spread, and with letters for figures."""
    spoken, alike, signs = digits.spoken(view), misread.alike(view), spread.signs(view)
    out = [spoken, spread.squeezed(view), alike, signs]
    if spoken is not None:
        out += [_named(spread.squeezed(spoken), "digits+squeezed"), _named(misread.alike(spoken), "digits+alike")]
        out.append(_named(spread.backwards(spoken), "digits+reversed"))
    if (turned := spread.backwards(view)) is not None:
        out += [turned, _named(spread.squeezed(turned), "reversed+squeezed")]
    if alike is not None:
        out.append(_named(spread.squeezed(alike), "alike+squeezed"))
    return [replace(child, name=f"{view.name}+{child.name}") for child in out if child is not None]


def _named(view: View | None, name: str) -> View | None:
    return None if view is None else replace(view, name=name)
