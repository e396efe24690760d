"""What was pulled apart, put together again: spread letters, digits with separators, signs as words."""

from __future__ import annotations

import re
from collections import Counter

from policies.views.base import Edit, View, beside, edits_of, excerpt
from policies.views.outline import Outline
from policies.views.words import is_known, parted

# Single letters or figures, each a few signs from the next: `J a n e`, one to a line, with emoji between.
_SINGLE = re.compile(
    r"(?<![^\W_])[^\W_@](?:[^\w@]{1,4}|_{1,3})(?:[^\W_](?:[^\w@]{1,4}|_{1,3})(?![^\W_]{2})){4,}[^\W_](?![^\W_])"
)
_ADDRESS = re.compile(r"(?<!\S)[\w@.+-](?: [\w@.+-]){9,}(?!\S)")
_COLUMN = re.compile(r"(?:(?<=\n)|(?<= )|^)[^\n]{1,4}(?:\n[^\n]{1,4}){5,}(?=\n|\Z)")  # a column of a few characters
_NARROW = re.compile(r"\n[^\n]{1,4}\n[^\n]{1,4}\n")
_PICTURES = re.compile(
    r"(?<=[^\W_])[\U0001F000-\U0001FAFF\u2190-\u21ff\u2600-\u27BF\u2B50\u2022\u00b7\u25a0-\u25ff]+(?=[^\W_])"
)
_DOUBLED = re.compile(r"(?<!\w)(?:([^\W\d_])\1){4,}(?!\w)")
_DOUBLED_ANY = re.compile(r"(?<!\w)(?:(\w)\1)+(?!\w)")


# What markup and source code put between the parts of a text: comments, an element for every letter, literals in a row.
_COMMENT = re.compile(r"<!--[^<>]{0,200}-->|<!\[CDATA\[|\]\]>")
_ELEMENTS = re.compile(r"(?:</?[A-Za-z][^<>\n]{0,60}>[^<>\n]{0,2}){12,}")
_TAG = re.compile(r"<[^<>]*>")
_LITERALS = re.compile(
    r"""(["'])(?:[^"'\n]{1,12}\1(?:\s{0,3}(?:[+&.~]|\|\||\.\.)\s{0,3}|[^\S\n]{1,3})\1){2,}[^"'\n]{1,12}\1"""
    r"""|(?<=[(\[])\s{0,3}(["'])(?:[^"'\n]{1,12}\2,\s{0,3}\2){2,}[^"'\n]{1,12}\2(?=\s{0,3},?\s{0,3}[\])])"""
)
_CHARS = re.compile(r"""(?:(["'])[^"'\n]\1\s?,\s?){5,}(["'])[^"'\n]\2""")
_CHAR = re.compile(r"""["'](.)["']""")
_BETWEEN_LITERALS = re.compile(r"""(["'])\s{0,3}(?:[+&.~,]|\|\||\.\.)?\s{0,3}\1""")
_JOINING = re.compile(r"(?i)\bjoin\b|concat|implode")


def _sewn(text: str) -> list[Edit]:
    """Such a text without what stands between its parts."""
    edits = edits_of(_COMMENT, text, lambda _: "") if "<!" in text else []
    if text.count("<") >= 12:
        edits = beside(edits, edits_of(_ELEMENTS, text, lambda match: _TAG.sub("", match.group())))
    if text.count('"') + text.count("'") >= 6:
        edits = beside(edits, edits_of(_CHARS, text, lambda match: "".join(_CHAR.findall(match.group()))))
        edits = beside(edits, edits_of(_LITERALS, text, lambda match: _literal(match, text)))
    return edits


def _literal(match: re.Match[str], text: str) -> str | None:
    """Literals that stand in a list are one text only where they are joined."""
    if match[2] and not _JOINING.search(text, max(0, match.start() - 40), match.end() + 40):
        return None
    return _BETWEEN_LITERALS.sub("", match.group())


def closed(view: View, seen: Outline) -> View | None:
    """Words that stand letter by letter, in a narrow column, with pictures or markup between, in pieces as source code
    has them, or with every letter twice."""
    text = view.text
    edits = _sewn(text)
    edits = beside(edits, _columns(text))
    edits = beside(edits, edits_of(_ADDRESS, text, _address))
    if not text.isascii():
        edits = beside(edits, edits_of(_PICTURES, text, lambda _: ""))
    edits = beside(edits, edits_of(_SINGLE, text, lambda match: _word(match.group())))
    if sum(bool(_DOUBLED.fullmatch(word)) for word in seen.unknown) >= 2:
        edits = beside(edits, edits_of(_DOUBLED_ANY, text, lambda match: match.group()[::2]))
    return excerpt(view, "closed", edits)


def _columns(text: str) -> list[Edit]:
    return edits_of(_COLUMN, text, lambda match: match.group().replace("\n", "")) if _NARROW.search(text) else []


def _address(match: re.Match[str]) -> str | None:
    run = match.group().replace(" ", "")
    return run if "@" in run or (run.count(".") and sum(map(str.isalpha, run)) > 8) else None


def _word(spread: str) -> str | None:
    """The letters of each word together; where the borders of words are lost, by what is known of them."""
    if sum(map(str.isalpha, spread)) < 5:
        return None  # figures are the business of `squeezed`
    between = re.findall(r"[\W_]+", spread)
    usual = Counter(between).most_common(1)[0][0]
    words = re.sub(r"[\W_]+", lambda match: "" if match.group() == usual else " ", spread).split()
    if len(words) * 2 > len(between) or any(len(word) > 20 for word in words):
        words = ["".join(words)]
    if len(words) == 1 and words[0].isalpha() and not is_known(words[0].lower()):
        words = [parted(words[0]) or words[0]]
    return " ".join(words)


_GLUED = re.compile(r"(?<![\w/.@-])[^\W\d_]{18,60}(?![\w/.@-])")


def glued(view: View, seen: Outline) -> View | None:
    """Words that were written without any border between them."""
    if not any(len(word) >= 18 for word in seen.unknown):
        return None
    return excerpt(view, "closed", edits_of(_GLUED, view.text, _part))


def _part(match: re.Match[str]) -> str | None:
    word = match.group()
    if is_known(word.lower()):
        return None
    words = parted(word)
    if words is None or words.count(" ") < 3:
        return None
    sure = sum(len(part) for part in words.split() if len(part) > 2 and is_known(part.lower()))
    return words if sure > 0.6 * len(word) else None


# -- figures -----------------------------------------------------------------------------------------------

_PIECE = r"(?:[^\W_]{0,6}\d[^\W_]{0,24}|(?:[^\W\d_]|[A-Z]{2})(?![^\W_]))"
_SPREAD_DIGITS = re.compile(rf"(?<![^\W_]){_PIECE}(?:(?:[\W_]{{1,4}}|[*_~ ]{{5,8}}|[^\S\n]*[\W_][^\S\n]*){_PIECE})+")
_SEPARATOR = re.compile(r"[\W_]+")
_FEW = 5


_FILLED = re.compile(r"(?<![^\W_])\d([A-Za-z])(?:[ -]?\1?\d\1|[ -]\1){6,}\d?(?![^\W_])")

_LISTED = re.compile(r"(?m)(?:^[ \t]*\d{1,2}[.)][ \t]+\d{2,6}[ \t]*(?:\n|\Z)){3,}")
_ENTRY = re.compile(r"(?m)(\d+)[ \t]*$")


def squeezed(view: View) -> View | None:
    """Numbers without what stands between their figures: signs, always the same letter, or a list's own numbers."""
    filled = edits_of(_FILLED, view.text, lambda match: match.group().replace(match[1], ""))
    listed = edits_of(_LISTED, view.text, lambda match: " ".join(_ENTRY.findall(match.group())))
    spread = edits_of(_SPREAD_DIGITS, view.text, lambda match: _joined(match.group()))
    return excerpt(view, "squeezed", beside(beside(filled, listed), spread))


_DAY = re.compile(r"\W*\d\d?([./-])\d\d?\1(?:18|19|20)\d\d\W*|\W*(?:18|19|20)\d\d([./-])\d\d?\2\d\d?\W*")


def _joined(run: str) -> str | None:
    """All of it together; without the letters at its ends; and each part between the wider separators. A day stays."""
    if _DAY.fullmatch(re.sub(r"[^\W\d_]", "", run)):
        return None
    pieces = [piece for piece in _SEPARATOR.split(run) if piece]
    if len(pieces) < 2 or sum(map(str.isdigit, run)) < _FEW:
        return None
    readings = ["".join(pieces)]
    figures = [n for n, piece in enumerate(pieces) if any(map(str.isdigit, piece))]
    readings.append("".join(pieces[figures[0] :]))
    readings.append("".join(pieces[: figures[-1] + 1]))
    readings.append("".join(pieces[figures[0] : figures[-1] + 1]))
    parts = [re.sub(r"[\W_]", "", part) for part in _WIDER.split(run)]
    readings += [part for part in parts if len(part) >= 8][:20]
    return " ; ".join(dict.fromkeys(readings))


_WIDER = re.compile(r"[,;|\n]+\s*|\s{2,}|\s[^\w\s]\s")

_BACKWARDS = re.compile(
    r"(?i)\b(?:backwards?|back to front|revers\w+|r[iü]ckwärts|umgekehrt|à l['’]envers|al rev[eé]s|inverti\w+|"
    r"al contrario|ao contrário|de trás|achterste\w*|omgekeerd|baklänges|omvänd\w*|od tyłu|wspak|odwr[oó]\w+|"
    r"tersten|tersine|from the end|right to left)\b|逆|後ろから"
)
_NUMBER = re.compile(r"(?<!\w)[A-Za-z]{0,4}\d\w{0,40}(?:[ .\-/][A-Za-z]{0,4}\d\w{0,40}){0,12}(?!\w)")

_ACCOUNT = re.compile(r"(?<!\w)\d(?:[ -]?[A-Z0-9]){10,30}[ -]?\d\d[A-Z]{2}(?!\w)")


def backwards(view: View) -> View | None:
    """Numbers read from their end: where the text says so, and accounts, which end as others begin."""
    numbers = _NUMBER if _BACKWARDS.search(view.text) else _ACCOUNT
    edits = edits_of(numbers, view.text, lambda match: _from_end(match.group()))
    return excerpt(view, "reversed", edits, scattered=True)


def _from_end(number: str) -> str | None:
    return number[::-1] if sum(map(str.isdigit, number)) > _FEW else None


# -- signs that are said ------------------------------------------------------------------------------------

_AT = r"at|arobase|arobas|arroba|chiocciola|apenstaartje|małpa|klammeraffe|snabel-?a|et|アット(?:マーク)?"
_DOT = r"dot|point|punkt|punto|ponto|punt|kropka|nokta|d0t|ドット"
_BRACKETED = re.compile(rf"(?i)\s*[\[({{<]\s*(?:(?P<at>{_AT}|@|ät)|(?P<dot>{_DOT}|\.))\s*[\])}}>]\s*")
_SAID = re.compile(
    rf"(?i)(?<![^\W_])[\w+.-]+(?: (?:{_DOT}|dash|hyphen|minus|bindestrich|tiret|underscore|unterstrich) [\w+-]+){{0,4}}"
    rf"(?: (?:{_AT}) | ?@ ?)[\w-]+(?: (?:dash|hyphen|minus|bindestrich|tiret) [\w-]+){{0,3}}"
    rf"(?: ?(?:{_DOT}) ?| \. ?|\. )[\w-]+(?: (?:{_DOT}) [\w-]+){{0,3}}(?![^\W_])"
)
_LOOSE = re.compile(r"[\w.+-]+ ?@ [\w-]+ ?\. ?[\w-]+|[\w.+-]+ @[\w-]+ \. ?[\w-]+")
_SPOKEN_AT = re.compile(rf"(?i) (?:{_AT}) ")
_SPOKEN_DASH = re.compile(r"(?i) (?:dash|hyphen|minus|bindestrich|tiret) ")
_SPOKEN_UNDER = re.compile(r"(?i) (?:underscore|unterstrich) ")
_ANY_SIGN = re.compile(rf"(?i)[\s\[({{<](?:{_DOT})[\s\])}}>]|[\[({{<]\s*(?:{_AT}|@)|\s@|@\s")


def signs(view: View) -> View | None:
    """An address with its signs as words: `jane dot doe at example dot org`, `jane [at] example [dot] org`."""
    text = view.text
    if not _ANY_SIGN.search(text):
        return None
    edits = edits_of(_BRACKETED, text, lambda match: "@" if match.group("at") else ".")
    edits = beside(edits, edits_of(_SAID, text, _unsaid))
    edits = beside(edits, edits_of(_LOOSE, text, lambda match: match.group().replace(" ", "")))
    return excerpt(view, "signs", edits)


def _unsaid(match: re.Match[str]) -> str:
    said = _SPOKEN_UNDER.sub("_", _SPOKEN_DASH.sub("-", _SPOKEN_AT.sub("@", match.group())))
    said = re.sub(rf"(?i)(?: |(?<=\w))(?:{_DOT}) | (?:{_DOT})(?= )", ".", said)
    return said.replace(" ", "")
