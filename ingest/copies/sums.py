"""Checksums of a file that is mapped and not read as a whole: a block is held against its own when it is first read.

What is promised: no byte of a block that was damaged on its way to the disk and back counts. A CRC finds any byte that
changed by itself; it is not there for somebody who changes it on purpose, and could as well change the catalogue.
"""

from __future__ import annotations

import zlib
from mmap import mmap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK = 12  # bits: of 4,096 bytes, as the system reads them


class Torn(Exception):
    """A file is not what was written."""


def length(bytes: int) -> int:
    """How long the checksums of so many bytes are."""
    return 4 * -(-bytes >> BLOCK)


def summed(mapped: mmap, bytes: int) -> NDArray[np.uint32]:
    """The checksums of the first so many bytes."""
    import numpy as np

    view, size = memoryview(mapped)[:bytes], 1 << BLOCK
    with view:
        return np.array([zlib.crc32(view[at : at + size]) for at in range(0, bytes, size)], np.uint32)


class Sums:
    """`sums`: those of the first `bytes` of `mapped`. Not safe for several threads: its keeper locks."""

    def __init__(self, mapped: mmap, bytes: int, sums: NDArray[np.uint32]) -> None:
        import numpy as np

        self._view, self._sums = memoryview(mapped)[:bytes], sums
        self._right = np.zeros(len(sums), bool)

    def look(self, places: NDArray[np.int64]) -> None:
        """Raises Torn unless the blocks in which these bytes lie are what was written."""
        self._look(places >> BLOCK)

    def look_through(self, start: int, stop: int) -> None:
        """The same for all of them from `start` to `stop`."""
        import numpy as np

        self._look(np.arange(start >> BLOCK, (stop - 1 >> BLOCK) + 1))

    def _look(self, blocks: NDArray[np.int64]) -> None:
        for block in sorted(set(blocks[~self._right[blocks]].tolist())):
            if zlib.crc32(self._view[block << BLOCK : block + 1 << BLOCK]) != self._sums[block]:
                raise Torn
            self._right[block] = True
