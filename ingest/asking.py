"""What a person asks for in words, checked before anything is done: who reads, which label, which folder.

The command line and the pages ask here, so that both take the same and refuse it in the same words.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ingest.pipeline import Asked
from ingest.sources.manifest import has_manifest
from ingest.sources.saved import Keeping, Saved
from policies.errors import RefusedError, UsageError
from policies.labels import Category, Level

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def one_of(word: str, known: Iterable[str], what: str) -> str:
    """`word` as it is known. Raises UsageError that names the nearest one."""
    lowered, names = word.strip().lower(), [str(one) for one in known]
    if lowered in names:
        return lowered
    near = difflib.get_close_matches(lowered, names, n=1)
    raise UsageError(
        f"There is no {what} {word!r}.",
        cure=f"Did you mean {near[0]!r}?" if near else f"Known are: {', '.join(names)}.",
    )


def level_named(word: str) -> Level | None:
    """None for no word."""
    return Level[one_of(word, map(str, Level), "level").upper()] if word else None


def categories_named(words: Iterable[str]) -> frozenset[Category]:
    return frozenset(Category(one_of(word, Category, "category")) for word in words)


def asked(
    groups: Sequence[str], level: str, categories: Sequence[str], *, actor: str, elsewhere: bool = False
) -> Asked:
    """`elsewhere`: a manifest names groups, so that none need be named here."""
    names = {group.strip() for group in groups}
    if "" in names or not (names or elsewhere):
        raise UsageError(
            "Nobody could read these documents: no group was named.",
            cure="Add `--group everyone`, or the group that may read them, as in `--group staff`, "
            "or name groups in a manifest.csv.",
        )
    return Asked(
        groups=frozenset(names), level=level_named(level), categories=categories_named(categories), actor=actor
    )


def source(
    name: str,
    place: Path,
    *,
    owner: str,
    groups: Sequence[str],
    level: str,
    categories: Sequence[str],
    originals: str,
    actor: str,
    folders: Mapping[str, Level] | None = None,
) -> Saved:
    """A folder with its rules, to be saved. `place` is absolute, its links followed."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot be a name.", cure="Use small letters, digits, dots and dashes.")
    rules = asked(groups, level, categories, actor=actor, elsewhere=has_manifest(place))
    return Saved(
        name=name,
        path=str(place),
        owner=owner.strip(),
        groups=rules.groups,
        level=rules.level,
        categories=rules.categories,
        folders=folders or {},
        originals=Keeping(one_of(originals, Keeping, "way to keep originals")),
    )


def allowed_place(folder: str, roots: Sequence[Path], *, never: Sequence[Path]) -> Path:
    """The folder that somebody without a login on this machine may name: below one of `roots`, its links followed, and
    neither in nor around `never`. What is refused is refused in the same words whether it is there or not."""
    if not roots:
        raise RefusedError(
            "No folder of this server may be added from here.",
            cure='Who runs the server allows it in ringfence.toml: `[ingest] source_roots = ["/srv/documents"]`.',
        )
    try:
        place = Path(folder.strip()).resolve() if folder.strip().startswith("/") else None
    except (OSError, RuntimeError, ValueError):  # links in a circle, a name that no file can have
        place = None
    below = place is not None and any(place.is_relative_to(root.resolve()) for root in roots)
    if place is None or not below or any(_overlap(place, one.resolve()) for one in never):
        raise RefusedError(
            "This folder is not one that may be added from here.",
            cure=f"Name a whole path below {' or '.join(map(str, roots))}, or ask who runs the server.",
        )
    return place


def _overlap(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)
