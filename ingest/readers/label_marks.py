"""Sensitivity labels that other systems leave in files: `MSIP_Label_ID_Enabled`, `…_Name`, as properties of the file.

What is promised: whatever the kind of file, a label that stands in it ends as properties `msip_label_ID_…` with the id
in lower case, or in a mail as the header itself; what was taken off again is said to be so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ingest.readers.outline import one_line

LABEL_INFO = "docMetadata/LabelInfo.xml"
MAIL_MARKS = ("sensitivity", "x-classification", "classification", "msip_labels", "x-msip-labels")
_MAIL_MARK = re.compile(r"^x-ms-.*sensitivity.*label", re.I)
_ID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_LABEL = rb"MSIP_Label_(" + _ID.encode() + rb")_(\w{1,40})"
_STANDS = re.compile(_LABEL)
_STATED = re.compile(  # in a PDF's own list of properties, as an element, as an attribute
    _LABEL + rb"\s*(?:\(((?:\\.|[^\\()]){0,500})\)|<([0-9A-Fa-f\s]{0,2000})>|>([^<]{0,500})<|=\s*[\"']([^\"']{0,500}))"
)
_MARK = b"MSIP_Label_"
_LONGEST = 4_000


def of_headers(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The headers of a mail that mark it. Of several with one name the first counts; of labels, all."""
    found: dict[str, str] = {}
    for name, value in headers:
        key, labels = name.strip().lower(), "msip_label_" in value.lower()
        if labels and key in found:
            value = f"{found[key]}; {value}"
        if labels or (key not in found and (key in MAIL_MARKS or _MAIL_MARK.match(key))):
            found[key] = one_line(value)[:_LONGEST]
    return {key: value for key, value in found.items() if value}


def of_label_info(root: Any) -> dict[str, str]:
    """The part of an office file that newer programs write instead of custom properties."""
    found: dict[str, str] = {}
    for node in root.iter("{*}label"):
        label = re.fullmatch(rf"\{{?({_ID})\}}?", node.get("id") or "")
        if label:
            taken_off = node.get("removed") in ("1", "true") or node.get("enabled") in ("0", "false")
            found[f"msip_label_{label[1].lower()}_enabled"] = "false" if taken_off else "true"
    return found


def of_pdf(texts: Iterable[bytes]) -> dict[str, str]:
    """From the list of properties and the metadata of a PDF, packed or not."""
    found: dict[str, str] = {}
    for text in texts:
        for match in _STATED.finditer(text) if _MARK in text else ():
            label, attribute, *values = match.groups()
            value = next((one for one in values if one is not None), b"")
            key = f"msip_label_{label.decode().lower()}_{attribute.decode('ascii', 'replace').lower()}"
            found.setdefault(key, one_line(_decoded(value, packed=values[1] is not None)))
        if found:
            break
    return found


def of_bytes(data: bytes) -> dict[str, str]:
    """Where a file has labels in a form whose values are not looked into: that they stand there."""
    return {f"msip_label_{match[1].decode().lower()}_stands": "true" for match in _STANDS.finditer(data)}


def _decoded(value: bytes, *, packed: bool) -> str:
    if packed:
        digits = b"".join(value.split())
        value = bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
    if value.startswith(b"\xfe\xff"):
        return value[2:].decode("utf-16-be", "replace")
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
