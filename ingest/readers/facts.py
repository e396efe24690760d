"""What a document says of itself, for finding it: author, company, period, kind, language. Simple rules, no guessing:
its properties, and the first page where filings and reports say what they are."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ingest.readers.base import BlockKind, Metadata, RawText

_SAMPLE = 6_000  # characters of the first pages
_FIRST_PAGES = 2
_LONGEST = 200
_AUTHORS = ("author", "creator", "dc.creator", "dcterms.creator", "from")
_COMPANIES = ("company", "publisher", "dc.publisher", "organization", "og:site_name")
_LANGUAGES = ("language", "dc.language", "lang", "content-language")
_KINDS = ("document type", "type", "dc.type", "documenttype")
_PERIODS = ("period", "reporting period", "fiscal year")
_NOBODY = re.compile(
    r"^(?:unknown|anonymous|\(anonymous\)|user|admin(?:istrator)?|owner|author|un-?named|microsoft.*|-+|python-docx"
    r"|openpyxl|python-pptx|steve canny)$",
    re.I,
)
_LANGUAGE = re.compile(r"^([A-Za-z]{2})(?:[-_][A-Za-z0-9]{2,8})*$")
_MONTH = r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_FORM = re.compile(  # in capitals, or at the start of a line: running text speaks of other filings
    r"(?:\bFORM|^\W{0,20}(?i:form))\s+(10-?[KQ](?:/A)?|8-?K(?:/A)?|20-?F|40-?F|6-?K|S-1|DEF\s?14A)(?![\w-])", re.M
)
_REGISTRANT = re.compile(r"([^\n]{2,120})\n+[ \t]*\(\s*exact name of (?:the )?registrant", re.I)
_REGISTRANT_INLINE = re.compile(
    r"\bcommission file (?:number|no\.?)[:\s]*[\d-]+\s+([^\n(]{2,120}?)\s*\(exact name", re.I
)
_REPORTS = re.compile(  # the headline of a release
    r"^[ \t]*((?:[A-Z][\w.&'’-]*|of|and|the|&)(?:[ ,]+(?:[A-Z][\w.&'’-]*|of|and|the|&)){0,6}?),?[ \t]+"
    r"(?:[Rr]eports|REPORTS|[Aa]nnounces|ANNOUNCES)\b[^\n]{0,80}\b(?i:results|quarter|year|earnings)\b",
    re.M,
)
_ENDED = re.compile(
    rf"\b(?P<what>(?:fiscal )?year|quarter(?:ly period)?|six months|nine months|three months)\s+ended:?\s+"
    rf"(?P<month>{_MONTH})\s+\d{{1,2}},?\s+(?P<year>(?:19|20)\d\d)",
    re.I,
)
_QUARTER = re.compile(
    r"\b(?:(first|second|third|fourth)\s+quarter|q([1-4]))(?:\s+(?:of\s+)?(?:fiscal\s+)?|\s*[/-]\s*)"
    r"((?:19|20)\d\d)\b",
    re.I,
)
_FISCAL = re.compile(r"\b(?:fiscal(?:\s+year)?|fy|full[- ]year|annual report)\s*((?:19|20)\d\d)\b", re.I)
_ANNUAL = re.compile(r"\b((?:19|20)\d\d)\s+annual report\b", re.I)
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_TITLED = (
    ("annual report", r"annual report"),
    ("quarterly report", r"quarterly report"),
    ("earnings release", r"earnings release|(?:quarter|year)[^\n]{0,40} results"),
    ("invoice", r"invoice"),
    ("minutes", r"minutes"),
    ("policy", r"policy"),
    ("procedure", r"procedure|manual"),
    ("agreement", r"agreement|contract"),
    ("memorandum", r"memo(?:randum)?"),
    ("notice", r"notice"),
    ("agenda", r"agenda"),
    ("report", r"report"),
)
_TITLE_KINDS = tuple((kind, re.compile(rf"\b(?:{words})\b", re.I)) for kind, words in _TITLED)


def facts(raw: RawText) -> Metadata:
    """What can be told; an empty text where it cannot."""
    text = _first_pages(raw)
    return Metadata(
        author=_stated(raw.properties, _AUTHORS),
        company=_registrant(text) or _stated(raw.properties, _COMPANIES),
        period=_stated(raw.properties, _PERIODS) or _period(text) or _period(raw.title),
        kind=_form(text) or _stated(raw.properties, _KINDS) or _by_title(raw),
        language=_language(raw.properties),
    )


def _first_pages(raw: RawText) -> str:
    parts, size = [], 0
    for block in raw.blocks:
        if block.page > _FIRST_PAGES or size > _SAMPLE:
            break
        if block.kind is not BlockKind.MARGIN:
            parts.append(f"{block.header}\n{block.text}" if block.header else block.text)
            size += len(parts[-1])
    return "\n".join(parts)[:_SAMPLE]


def _stated(properties: Mapping[str, str], keys: tuple[str, ...]) -> str:
    for key in keys:
        value = properties.get(key, "").strip()
        if value and not _NOBODY.match(value):
            return value[:_LONGEST]
    return ""


def _language(properties: Mapping[str, str]) -> str:
    match = _LANGUAGE.match(_stated(properties, _LANGUAGES))
    return match[1].lower() if match else ""


def _form(text: str) -> str:
    """The form of a filing, as its authority writes it: 10-K, 8-K."""
    match = _FORM.search(text)
    return re.sub(r"^(\d+)-?([A-Z])", r"\1-\2", match[1].upper()) if match else ""


def _registrant(text: str) -> str:
    match = None
    if "exact name" in text.lower():  # else looking for it costs more than all that is read of a short file
        match = _REGISTRANT.search(text) or _REGISTRANT_INLINE.search(text)
    match = match or _REPORTS.search(text)
    return match[1].strip(" ,|_-\t")[:_LONGEST] if match else ""


def _period(text: str) -> str:
    """FY2019 or Q1 2023. A quarter is named by the month that its filing names; years need not end in December."""
    if match := _ENDED.search(text):
        if "year" in match["what"].lower():
            return f"FY{match['year']}"
        what = match["what"].lower().replace("quarterly period", "quarter")
        return f"{what} to {match['month'].title()} {match['year']}"
    if match := _QUARTER.search(text):
        return f"Q{match[2] or _ORDINALS[match[1].lower()]} {match[3]}"
    match = _FISCAL.search(text) or _ANNUAL.search(text)
    return f"FY{match[1]}" if match else ""


def _by_title(raw: RawText) -> str:
    heading = next((block.text for block in raw.blocks if block.kind is BlockKind.HEADING and block.page == 1), "")
    for said in (raw.title, heading):
        for kind, pattern in _TITLE_KINDS:
            if pattern.search(said[:_LONGEST]):
                return kind
    return ""
