"""Which kind of zip is this: an office document of either family, or an archive of files?"""

from __future__ import annotations

import zipfile

from ingest.errors import Quarantined
from ingest.readers import kinds
from ingest.readers.bounds import open_package

_OFFICE = (
    (b"wordprocessingml.document.main+xml", kinds.DOCX),
    (b"wordprocessingml.template.main+xml", kinds.DOCX),
    (b"ms-word.document.macroenabled.main+xml", kinds.DOCX),
    (b"ms-word.template.macroenabledtemplate.main+xml", kinds.DOCX),
    (b"presentationml.presentation.main+xml", kinds.PPTX),
    (b"presentationml.slideshow.main+xml", kinds.PPTX),
    (b"presentationml.template.main+xml", kinds.PPTX),
    (b"ms-powerpoint.presentation.macroenabled.main+xml", kinds.PPTX),
    (b"ms-powerpoint.slideshow.macroenabled.main+xml", kinds.PPTX),
    (b"spreadsheetml.sheet.main+xml", kinds.XLSX),
    (b"spreadsheetml.template.main+xml", kinds.XLSX),
    (b"ms-excel.sheet.macroenabled.main+xml", kinds.XLSX),
    (b"ms-excel.template.macroenabled.main+xml", kinds.XLSX),
    (b"ms-excel.sheet.binary.macroenabled.main", kinds.XLSB),
)
_OPEN = {
    "text": kinds.ODT,
    "text-template": kinds.ODT,
    "text-master": kinds.ODT,
    "presentation": kinds.ODP,
    "presentation-template": kinds.ODP,
    "spreadsheet": kinds.ODS,
    "spreadsheet-template": kinds.ODS,
}
_OPEN_PREFIX = "application/vnd.oasis.opendocument."
_MAX_LIST = 8 * 1024 * 1024


def identify_package(data: bytes) -> str:
    """The kind of a zip. Raises Quarantined: ENCRYPTED, PROTECTED, DAMAGED, EXPANDS, UNSUPPORTED."""
    package = open_package(data)
    names = set(package.namelist())
    if "[Content_Types].xml" in names:
        return _identify_office(package)
    stated = _part(package, "mimetype")[:200].decode("ascii", "replace").strip() if "mimetype" in names else ""
    if stated.startswith(_OPEN_PREFIX):
        return _identify_open(package, stated.removeprefix(_OPEN_PREFIX), names)
    if not names:
        raise Quarantined("EMPTY")
    return kinds.ZIP


def _identify_office(package: zipfile.ZipFile) -> str:
    types = _part(package, "[Content_Types].xml").lower()
    for mark, kind in _OFFICE:
        if mark in types:
            if any(member.flag_bits & 0x1 for member in package.infolist()):
                raise Quarantined("ENCRYPTED")
            return kind
    raise Quarantined("UNSUPPORTED")  # another kind of package: drawings, printed pages


def _identify_open(package: zipfile.ZipFile, kind: str, names: set[str]) -> str:
    """A locked OpenDocument file says so in its manifest, and all its parts but that are scrambled."""
    if "META-INF/manifest.xml" in names and b"encryption-data" in _part(package, "META-INF/manifest.xml"):
        raise Quarantined("ENCRYPTED")
    if "encrypted-package" in names:
        raise Quarantined("ENCRYPTED")
    if kind not in _OPEN:
        raise Quarantined("UNSUPPORTED")  # drawings, formulas, databases
    return _OPEN[kind]


def _part(package: zipfile.ZipFile, name: str) -> bytes:
    if package.getinfo(name).file_size > _MAX_LIST:
        raise Quarantined("EXPANDS")
    try:
        return package.read(name)
    except RuntimeError as error:  # what zipfile says when a password is needed
        raise Quarantined("ENCRYPTED") from error
