"""What hangs on a PDF besides its pages: what was typed into its forms, embedded files, which become documents of their
own, and scripts, which never run."""

from __future__ import annotations

import re
from typing import Any

import pypdfium2
import pypdfium2.raw as raw

from ingest.readers.base import Member
from ingest.readers.bounds import MAX_PARTS
from ingest.readers.members import Members

_MAX_FIELDS = 2_000
_FIELDS = (raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_FREETEXT)
_SCRIPT = re.compile(rb"/(?:JavaScript|JS)\b")


def attached(document: Any, packed: int) -> tuple[Member, ...]:
    """The embedded files. Raises Quarantined: EXPANDS, TOO_MANY_MEMBERS."""
    count = document.count_attachments()
    members = Members(packed)
    for number in range(min(max(count, 0), MAX_PARTS + 1)):
        try:
            found = document.get_attachment(number)
            name, data = found.get_name(), bytes(found.get_data())
        except (pypdfium2.PdfiumError, UnicodeDecodeError):
            members.add(f"attached {number + 1}", problem="DAMAGED")
            continue
        members.add(name, data)
    return members.all()


def has_scripts(document: Any, data: bytes) -> bool:
    """Whether a program lies in it: one that the document names, or one in sight that hangs on a page or field."""
    return raw.FPDFDoc_GetJavaScriptActionCount(document) > 0 or _SCRIPT.search(data) is not None


def with_fields(document: Any, index: int) -> Any:
    """The page; what stands in its form fields and text boxes has become part of it, as when it is printed."""
    page = document[index]
    count = raw.FPDFPage_GetAnnotCount(page)
    if not any(_is_field(page, place) for place in range(min(count, _MAX_FIELDS))):
        return page
    raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
    page.close()
    return document[index]


def _is_field(page: Any, place: int) -> bool:
    found = raw.FPDFPage_GetAnnot(page, place)
    if not found:
        return False
    kind = raw.FPDFAnnot_GetSubtype(found)
    raw.FPDFPage_CloseAnnot(found)
    return kind in _FIELDS
