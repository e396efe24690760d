"""Classification markings: a line or a position that says how sensitive a text is.

Used by ingestion, which knows the position, and on what would be sent. The word in running text is not a
marking: "is this confidential?" marks nothing; a line of its own, a header, a footer, a document property or
a classification id does.
"""

from __future__ import annotations

import re

from policies.labels import Category, Level
from policies.vocabulary import Finding

_LEVELS: tuple[tuple[Level, str], ...] = (
    (
        Level.RESTRICTED,
        r"(?:strictly|highly|most|streng|très|estrictamente|strettamente)[ -](?:confidential|vertraulich|confidentiel|confidencial|riservato)|"
        r"top[ -]secret|secret|geheim|restricted|eyes only|board only|need[ -]to[ -]know|embargo(?:ed)?|tlp[: ]?(?:red|amber\+strict)|"
        r"attorney[- ]client privileged?|legally privileged|privileged (?:and|&) confidential|price[ -]sensitive|inside information|"
        r"managers only|diffusion restreinte|secret professionnel",
    ),
    (
        Level.CONFIDENTIAL,
        r"(?:company |commercial(?:ly)? |private (?:and|&) |in[- ])?confiden(?:tial|ce)|(?:streng )?vertraulich|confidentiel|confidencial|riservato|"
        r"vertrouwelijk|poufne|konfidentiell|gizli|official[- ]sensitive|commercial in confidence|protected|tlp[: ]?amber|not (?:yet )?published|"
        r"draft[ -]+not for (?:circulation|distribution|publication)|not for (?:circulation|distribution|publication|disclosure)|社外秘|机密|秘密",
    ),
    (
        Level.INTERNAL,
        r"(?:for )?internal(?: use)?(?: only)?|internal|staff only|nur (?:für den )?intern(?:en gebrauch)?|intern|interne|interno|uso interno|"
        r"usage interne|intern gebruik|company use only|tlp[: ]?green|not public|official",
    ),
    (Level.PUBLIC, r"public|unclassified|öffentlich|publi(?:c|que)|público|pubblico|openbaar|tlp[: ]?(?:clear|white)"),
)
_PREFIX = r"(?:(?:classification|sensitivity|security|protective marking|marking|label|status|klassifizierung|einstufung|vertraulichkeit|clasificación|confidentiality)\s*(?:level)?\s*[:=\-–]\s*)"
_DECOR = r"[\s*_#=\-–—|·•\[\](){}<>/\"'!.]*"
_ALONE = tuple(
    (level, re.compile(rf"{_DECOR}{_PREFIX}?(?:{words}){_DECOR}", re.IGNORECASE)) for level, words in _LEVELS
)
_LED = tuple((level, re.compile(rf"{_DECOR}{_PREFIX}(?:{words})\b", re.IGNORECASE)) for level, words in _LEVELS)
_PARTS = re.compile(r"\s*[|·•/–—]\s*|\s{3,}| - ")
_PAGE = re.compile(
    r"(?i)\b(?:page|seite|p\.)\s*\d+(?:\s*(?:of|/|von)\s*\d+)?\b|©.*|v(?:ersion)?\s*\d[\d.]*|\b\d{1,2}[./ ]\w+[./ ]\d{2,4}\b"
)
LONGEST = 90  # a marking is short


def find_marking(text: str, position: str = "line") -> Level | None:
    """The level that a text at this position marks, or None.

    `position`: `property` or `header` or `footer` (any part of it may be a marking), `line` (a line of its own;
    every line of `text` is looked at). The highest of several wins. A marking says public only as a property.
    """
    found = [_of_line(line, position) for line in text.splitlines() if line.strip() and len(line) <= LONGEST]
    levels = [level for level in found if level is not None]
    highest = max(levels) if levels else None
    return None if highest is Level.PUBLIC and position != "property" else highest


def _of_line(line: str, position: str) -> Level | None:
    pieces = [line]
    if position != "line":
        pieces += [piece for piece in _PARTS.split(_PAGE.sub(" ", line)) if piece.strip()]
    levels = [level for piece in pieces for level, pattern in _ALONE if pattern.fullmatch(piece)]
    levels += [level for level, pattern in _LED if pattern.match(line)]
    return max(levels) if levels else None


# In what somebody types, a leading marking counts too: "Confidential: …", "(not out yet)", "under NDA".
_TYPED = re.compile(
    r"(?im)^\W{0,4}(?:strictly |highly )?(?:confidential|restricted|internal|secret|embargo(?:ed)?|privileged|vertraulich|streng geheim|intern|confidentiel|usage interne|confidencial|uso interno|riservato|uso interno|vertrouwelijk|intern gebruik|konfidentiellt|sekretess|poufne|do użytku wewnętrznego|gizli|hizmete özel|社外秘|機密|部外秘|official[- ]sensitive)\s*(?:[:：–—]|\s-\s)|"
    r"\b(?:not (?:yet )?(?:out|public|published|announced|communicated|disclosed)(?: yet)?|under (?:nda|embargo)|embargo(?:ed)? (?:until|till|to|thu|mon|tue|wed|fri|\d)|"
    r"strictly confidential|internal use only|do not (?:circulate|forward|disclose)|not for (?:circulation|distribution|disclosure|publication))\b|"
    r"(?<![\w-])TLP:(?:RED|AMBER)|社外秘|部外秘|\b(?:streng vertraulich|nicht zur weitergabe|noch nicht (?:öffentlich|bekannt)|nur für den dienstgebrauch|coperto da segreto|non divulgare|couvert par le secret|ne pas diffuser|diffusion restreinte|no difundir|"
    r"estrictamente confidencial|strikt vertrouwelijk|niet verspreiden|não divulgar|strängt konfidentiell|får ej spridas|ściśle (?:poufne|tajne)|nie rozpowszechniać|çok gizli|dağıtmayınız)\b"
)


class MarkingDetector:
    """Markings in what would be sent."""

    name = "markings"
    version = "2"

    def find(self, text: str, language: str = "en") -> list[Finding]:
        found = [match.span() for match in _TYPED.finditer(text)]
        level = find_marking(text)
        if level is not None and level > Level.PUBLIC and not found and "\n" in text:
            found.append((0, len(text)))
        return [
            Finding(detector=self.name, kind="MARKING", start=start, end=end, category=Category.MARKET_SENSITIVE)
            for start, end in found
        ]

    def canaries(self) -> tuple[tuple[str, str], ...]:
        return (("MARKING", "Strictly confidential: the board met."),)
