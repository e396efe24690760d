"""What a text says to a reader: as it stands, and once its disguises are off."""

from __future__ import annotations


def readings(text: str) -> list[str]:
    """The text itself and every view of it that is prose, each once."""
    from policies.views import views_of

    return list(dict.fromkeys([text, *(view.text for view in views_of(text).prose)]))
