"""What the three office formats share: core and custom properties, classification ids among them."""

from __future__ import annotations

import re
import zipfile

from lxml import etree

from ingest.readers.outline import one_line

_PARTS = ("docProps/core.xml", "docProps/custom.xml")
_CUSTOM = "{http://schemas.openxmlformats.org/officeDocument/2006/custom-properties}property"
_MAX_PART = 2 * 1024 * 1024
_DATES = ("effective date", "effective", "modified", "created")


def office_properties(package: zipfile.ZipFile) -> dict[str, str]:
    """Names in lower case. Entities are not resolved; a broken part gives nothing."""
    found: dict[str, str] = {}
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    for part in _PARTS:
        try:
            if package.getinfo(part).file_size > _MAX_PART:
                continue
            root = etree.fromstring(package.read(part), parser)
        except (KeyError, etree.XMLSyntaxError, zipfile.BadZipFile):
            continue
        for node in root:
            if not isinstance(node.tag, str):
                continue
            key = node.get("name") if node.tag == _CUSTOM else etree.QName(node).localname
            value = one_line("".join(str(text) for text in node.itertext()))
            if key and value:
                found[key.lower()] = value[:1000]
    return found


def core_date(properties: dict[str, str]) -> str:
    """The date its author gave it, else when it was last written; empty when neither is a date."""
    for key in _DATES:
        if re.match(r"\d{4}-\d\d-\d\d", properties.get(key, "")):
            return properties[key][:10]
    return ""
