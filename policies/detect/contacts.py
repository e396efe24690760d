"""Telephone numbers and addresses of mail that lead to one person. Part of the identifier detector."""

from __future__ import annotations

import re

_EMAIL = re.compile(
    r"(?<![\w.+-])([\w+-][\w.+-]{0,62}) ?(?:@|\(at\)|\[at\]) ?((?:[\w-]{1,40}\.){1,4}[a-zA-Z]{2,12})(?![\w])"
)
_SAMPLE_HOST = re.compile(
    r"(?:.*\.)?(?:example\.(?:com|org|net|edu)|company\.com|domain\.(?:com|tld)|yourdomain\.\w+|acme\.com|test\.com|foo\.\w+|localhost\.\w+)$",
    re.IGNORECASE,
)
_ROLES = frozenset(
    """info support contact hello noreply no-reply donotreply admin webmaster postmaster sales help helpdesk office
    service jobs careers hr press media privacy dpo security abuse billing user username name your.name yourname me you
    test foo bar someone john.doe jane.doe max.mustermann firstname.lastname first.last vorname.nachname recipient
    sender email mail abc xyz git feedback newsletter complaints enquiries customerservice data-protection""".split()
)
_PHONE = re.compile(r"(?<![\w.+/-])(?:\+|00)?\(?\d{1,4}\)?(?:[ .\-/()]{0,2}\d{1,5}){2,7}(?![\w-])")
_PHONE_WORD = re.compile(
    r"(?:phone|mobile|cell|tel\b|tel[.:]|call|ring|fax|whats ?app|sms|handy|mobil|telefon|téléphone|teléfono|celular|numer|number is)",
    re.IGNORECASE,
)
_NOT_PHONE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d+\.\d+\.\d+\.\d+|\d{1,3}(?:[.,]\d{3})+")
_NORTH_AMERICA = re.compile(r"(?:\+?1[ .-]?)?(?:\(\d{3}\) ?|\d{3}[.-])\d{3}[ .-]\d{4}")
_SERVICES = re.compile(
    r"(?:\+?1[ .-]?)?\(?(?:800|888|877|866|855|844|833)\)?[ .-]|0800|0808|116 ?\d{3}|0900|0300|\+?800"
)


def find(text: str) -> list[tuple[str, tuple[int, int]]]:
    """(kind, place) of each."""
    found: list[tuple[str, tuple[int, int]]] = []
    if "@" in text or "at)" in text or "at]" in text:
        found += [("EMAIL", match.span()) for match in _EMAIL.finditer(text) if _of_somebody(match)]
    found += [("PHONE", match.span()) for match in _PHONE.finditer(text) if _is_phone(match, text)]
    return found


def _of_somebody(match: re.Match[str]) -> bool:
    local, host = match.groups()
    return local.lower() not in _ROLES and not _SAMPLE_HOST.match(host)


def _is_phone(match: re.Match[str], text: str) -> bool:
    """An international number, a North American one, or a plain one with a word that says so beside it."""
    raw = match.group()
    digits = re.sub(r"\D", "", raw)
    if re.fullmatch(r"\d{3}-\d{2}-\d{4}", raw):
        return False  # the form of a social security number, which has a check of its own
    if not 7 <= len(digits) <= 15 or len(set(digits)) < 3 or _NOT_PHONE.fullmatch(raw) or _SERVICES.match(raw):
        return False
    if raw.startswith(("+", "00")) and len(digits) >= 9:
        return _possible(raw)
    if _NORTH_AMERICA.fullmatch(raw):
        return True
    near = text[max(0, match.start() - 40) : match.start()] + " " + text[match.end() : match.end() + 12]
    grouped = raw.startswith(("0", "(0")) and re.search(r"\d[ \-/]\d", raw) and 9 <= len(digits) <= 12
    header = text[: text.find("\n")][:300] if "\n" in text[: match.start()] else ""
    return bool(grouped or _PHONE_WORD.search(near) or (_PHONE_WORD.search(header) and len(digits) >= 9))


def _possible(raw: str) -> bool:
    import phonenumbers

    try:
        number = phonenumbers.parse("+" + raw[2:] if raw.startswith("00") else raw, None)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.is_possible_number(number))
