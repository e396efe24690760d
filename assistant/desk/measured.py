"""The screen's measured figures, from the one file that holds them. What does not add up counts as not measured."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assistant.web.leaving import Measured, Screen
from policies import detect

FILE = Path(detect.__file__).parent / "measured.toml"


def screen(path: Path = FILE, *, every_name: bool = False) -> Screen:
    """What looks at a question before it leaves, with the figures of `path` where there are any."""
    stated = _read(path)
    date = str(stated.get("measured") or "")
    tables = stated.get("languages") if date else {}
    tables = tables if isinstance(tables, Mapping) else {}
    found = {code: _figures(tables.get(code)) for code in detect.LANGUAGES}
    return Screen(
        languages=detect.LANGUAGES,
        detectors=tuple(name.split(".")[2] for name in detect.chosen(every_name=every_name)),
        date=date,
        on=str(stated.get("on") or ""),
        overall=_figures(stated.get("overall")) if date else None,
        measured={code: one for code, one in found.items() if one is not None},
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def _figures(stated: object) -> Measured | None:
    """None unless every figure is there and none contradicts another."""
    if not isinstance(stated, Mapping):
        return None
    counts = [stated.get(name) for name in ("n", "missed", "harmless", "held_back")]
    if not all(type(one) is int and one >= 0 for one in counts):
        return None
    n, missed, harmless, held_back = (int(one or 0) for one in counts)
    low, high = _bounds(stated.get("interval"))
    if not n or missed > n or held_back > harmless or not 0 <= low <= missed / n <= high <= 1:
        return None
    return Measured(n=n, missed=missed, low=low, high=high, harmless=harmless, held_back=held_back)


def _bounds(stated: object) -> tuple[float, float]:
    """An interval that is none holds nothing."""
    if isinstance(stated, list) and len(stated) == 2 and all(type(one) in (int, float) for one in stated):
        return float(stated[0]), float(stated[1])
    return 1.0, 0.0
