"""The kinds of files that are read, by media type."""

from __future__ import annotations

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLSB = "application/vnd.ms-excel.sheet.binary.macroenabled.12"
ODT = "application/vnd.oasis.opendocument.text"
ODP = "application/vnd.oasis.opendocument.presentation"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
DOC = "application/msword"
PPT = "application/vnd.ms-powerpoint"
XLS = "application/vnd.ms-excel"
MSG = "application/vnd.ms-outlook"
TNEF = "application/vnd.ms-tnef"
RTF = "application/rtf"
HTML = "text/html"
MARKDOWN = "text/markdown"
TEXT = "text/plain"
CSV = "text/csv"
JSON = "application/json"
XML = "application/xml"
SVG = "image/svg+xml"
CALENDAR = "text/calendar"
CARD = "text/vcard"
EML = "message/rfc822"
MBOX = "application/mbox"
ZIP = "application/zip"
TAR = "application/x-tar"
GZIP = "application/gzip"
BZIP2 = "application/x-bzip2"
XZ = "application/x-xz"
PNG = "image/png"
JPEG = "image/jpeg"
TIFF = "image/tiff"
GIF = "image/gif"
BMP = "image/bmp"
WEBP = "image/webp"

PICTURES = (PNG, JPEG, TIFF, GIF, BMP, WEBP)
COMPRESSED = (GZIP, BZIP2, XZ)
SHEETS = (XLSX, XLSB, XLS, ODS)
OPEN_DOCUMENTS = (ODT, ODP)
LEGACY = (DOC, PPT)
ARCHIVES = (ZIP, TAR, *COMPRESSED, MBOX)  # all that they say is in what they hold
