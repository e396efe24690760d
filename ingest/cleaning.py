"""When the files of a large home are cleaned of what was forgotten: aside, by a process of its own (`cleaner`).

The index is made anew for it, which takes as long as the home is large, for one document as for a thousand. So nobody
waits for it.
"""

from __future__ import annotations

from ingest.index.graphing import start
from ingest.wiring import Ingest
from policies.config import Home

LARGE = 20_000  # passages; up to so many the clean-up takes some seconds, and who forgets waits for it
ASIDE = "the files of a large home are cleaned aside, for all that is forgotten meanwhile together."
GATHERED = 60.0  # seconds


def begin(home: Home) -> None:
    """Have it done aside, unless somebody is at it: whoever that is looks again before it ends. Does not wait."""
    home.store("index").mkdir(mode=0o700, exist_ok=True)
    with home.store("index", "cleaning.log").open("ab") as log:
        start("ingest.cleaner", str(home.path), str(GATHERED), errors=log)


def resume(room: Ingest) -> None:
    """Go on with what a kill left undone."""
    if room.forgetting.pending():
        begin(room.home)
