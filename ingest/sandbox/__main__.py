"""The fork server's own program: `python -m ingest.sandbox FD PRELOAD`. Started by `parent`, never by hand."""

from __future__ import annotations

import os
import sys

from ingest.sandbox.server import main

if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
    os._exit(0)  # at once: somebody waits for it
