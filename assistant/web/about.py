"""What is known of one document beside its text: for whoever may read it, and for those who look after the library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from assistant.web import render
from policies.labels import Label

VERSION = 12  # characters of a version that tell it from another to the eye


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """`groups`: who may read it. `version`: SHA-256 of the file's bytes. `why`: why it, or its newer version, was set
    aside. `labels`: how many passages have which label, for who looks after the library. `flags`: what its file
    carries, as macros. Dates as YYYY-MM-DD, empty where there is none."""

    name: str
    place: str
    label: Label | None
    groups: tuple[str, ...]
    owner: str
    dated: str
    valid_until: str
    version: str
    pages: int
    passages: int
    why: str = ""
    labels: Mapping[Label, int] = field(default_factory=dict)
    flags: tuple[str, ...] = ()


def fragment(about: About) -> str:
    """Markup for the top of the reading column."""
    facts = (
        ("Label", render.tag(about.label)),
        ("Who reads", render.escape(", ".join(about.groups) or "nobody")),
        ("Owner", render.escape(about.owner)),
        ("Dated", render.escape(about.dated)),
        ("Valid until", render.escape(about.valid_until)),
        ("Version", f"<code>{render.escape(about.version[:VERSION])}</code>" if about.version else ""),
        ("Length", render.escape(_length(about))),
        ("Passages", "<br>".join(f"{count:,} {render.tag(label)}" for label, count in about.labels.items())),
        ("Carries", render.escape(_carried(about))),
        ("Set aside", render.escape(about.why)),
    )
    rows = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in facts if value)
    head = f"<h2>{render.escape(about.name)}</h2><small>{render.escape(about.place)}</small>"
    return f'<div class="about">{head}<table class="facts">{rows}</table></div>'


def _carried(about: About) -> str:
    return f"{', '.join(about.flags)}: not run, not followed, not taken in" if about.flags else ""


def _length(about: About) -> str:
    if not about.passages:
        return ""
    pages = f"{about.pages:,} page{'' if about.pages == 1 else 's'}"
    return f"{pages}, {about.passages:,} passage{'' if about.passages == 1 else 's'}"
