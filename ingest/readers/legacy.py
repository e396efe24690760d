"""Word and PowerPoint files from before 2007. Nobody here reads them: another program turns them into today's kind.

The sandbox runs that program where it is installed (see `ingest.sandbox.convert`); where it is not, they are set aside.
"""

from __future__ import annotations

from ingest.errors import Quarantined
from ingest.readers import compound
from ingest.readers.base import RawText
from ingest.readers.kinds import DOC, LEGACY

CONVERT = {DOC: "CONVERT_DOCX"}


class LegacyReader:
    media_types = LEGACY

    def read(self, data: bytes, name: str) -> RawText:  # noqa: ARG002 - the contract of all readers
        """Raises Quarantined: CONVERT_DOCX or CONVERT_PPTX, which the sandbox understands and never passes on."""
        raise Quarantined(CONVERT.get(compound.identify_compound(data), "CONVERT_PPTX"))


READER = LegacyReader()
