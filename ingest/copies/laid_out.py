"""A document as one stream of letters, and which of its chunks each place of the stream lies in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from policies.copies.fingerprints import Stream, stream
from policies.vocabulary import Chunk, Document

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def laid_out(document: Document, chunks: Sequence[Chunk]) -> tuple[Stream, NDArray[np.uint32]]:
    """The document as one stream, and the number of each chunk in it."""
    import numpy as np

    whole = stream(list(_spoken([(chunk.heading, chunk.text) for chunk in chunks], document.title)))
    return whole, np.array([chunk.ordinal for chunk in chunks] or [0], np.uint32)


def standing_in(whole: Stream, ordinals: NDArray[np.uint32], places: NDArray[np.int64]) -> NDArray[np.uint32]:
    """The number of the chunk that each place of the stream lies in."""
    import numpy as np

    found: NDArray[np.uint32] = ordinals[np.searchsorted(np.array(whole.starts or (0,)), places, "right") - 1]
    return found


def _spoken(parts: Iterable[tuple[tuple[str, ...], str]], title: str) -> Iterable[str]:
    """What stands in each chunk: its headings go in front of the first chunk below them, as on the page."""
    before: tuple[str, ...] = (title,)
    for heading, text in parts:
        new = [part for part in heading if part not in before]
        yield "\n".join([*([title] if before == (title,) else []), *new, text])
        before = heading or before[:0]
