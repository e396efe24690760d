"""Who is greeted, who signs, and who says their own name: a letter that names somebody is somebody's letter.

What is a word or a thing elsewhere (`Hope`, `Mark`) is a name after a salutation. A template greets nobody: `[Name]`,
a kind of people, an office. `<PERSON>` and its like stand where a name was taken out, so the text is a real one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from policies.detect import cues
from policies.detect.contacts import each
from policies.detect.tokens import Token, tokens_of
from policies.detect.words import listed

Place = tuple[int, int]

REMOVED = r"<[A-Z_]{0,30}PERSON[A-Z_\d]{0,12}>"
_WORD = r"[^\W\d_][\w'’-]{0,24}\.?"
_NAME = rf"(?P<who>{REMOVED}|{_WORD}(?: {_WORD}){{0,4}})"
_LETTERS = re.compile(r"[^\W\d_]+")


def _phrases(text: str) -> dict[str, tuple[str, ...]]:
    """Phrases by their first word in small letters; `_` stands for a space."""
    phrases = [word.replace("_", " ") for word in text.split()]
    firsts = [_LETTERS.findall(phrase.lower())[0] for phrase in phrases]
    return {first: tuple(one for one, own in zip(phrases, firsts, strict=True) if own == first) for first in firsts}


_GREETINGS = _phrases(
    """Dear Dearest Hi Hello Hey Good_morning Good_afternoon Good_evening Liebe Lieber Liebes Sehr_geehrte Sehr_geehrter Guten_Tag Guten_Morgen Hallo Moin
    Cher Chère Bonjour Bonsoir Salut Estimado Estimada Querido Querida Hola Buenos_días Buenas_tardes Gentile Gentilissimo Gentilissima Egregio Egregia Ciao Buongiorno
    Buonasera Spettabile Geachte Beste Hoi Goedemorgen Goedemiddag Prezado Prezada Olá Bom_dia Boa_tarde Hej Hejsan Kära Käre Bästa God_morgon Szanowny Szanowna Drogi Droga
    Cześć Dzień_dobry Witaj Sayın Sevgili Merhaba Değerli"""
)
_CLOSINGS = _phrases(
    """regards best_wishes warm_wishes sincerely yours_truly faithfully grüßen grüssen gruessen grüße cordialement bien_à_vous distinguées cordial_saludo saludo_cordial saludos
    atentamente cordiali_saluti distinti_saluti groet groeten atenciosamente cumprimentos hälsning hälsningar poważaniem pozdrawiam saygılarımla sevgilerle iyi_çalışmalar"""
)
_SELVES = _phrases(
    """i_am i'm i’m this_is my_name_is my_name's ich_bin ich_heiße mein_name_ist je_suis je_m'appelle je_m’appelle mon_nom_est soy me_llamo mi_nombre_es sono mi_chiamo
    il_mio_nome_è ik_ben ik_heet mijn_naam_is sou chamo-me me_chamo meu_nome_é jag_är jag_heter mitt_namn_är jestem nazywam_się mam_na_imię ben benim_adım adım 私は 名前は 私の名前は"""
)
_GREETED = re.compile(rf",? {_NAME}(?= {{0,2}}(?:[,:!;–—\n]|- ))")
_SIGNED = re.compile(rf"[,.!]? ?\n{{0,2}} ?{_NAME}(?= {{0,3}}(?:[,.|(\n\"”»]|$))")
_REMOVED = re.compile(rf" ?(?P<who>{REMOVED})")
_OFFICES = "department|dept|team|office|branch|ward|unit|division|abteilung|filiale|service|agence|departamento|reparto|ufficio|afdeling|avdelning|avdelningen|działu|departmanı"
_OF_A_DEPARTMENT = re.compile(
    rf" (?P<who>{_WORD}(?: {_WORD}){{0,2}}?)"
    r"(?i:,? (?:and i (?:work|am) |here |working )?(?:from|of|at|in|with|aus|von|vom|der|du|de|del|della|van|från|z|w)(?: the| our| der| dem| la| el| het)?"
    rf"(?: [\w&'’-]{{2,20}}){{0,3}}? (?:{_OFFICES})\b)"
)
_DEPARTMENTS = frozenset(_OFFICES.split("|"))
_BEHIND = re.compile(r"\W*(?:\w+\W+){3}\w")  # four words; fewer are a question about greetings
_MENTIONED = re.compile(r"\b(?:on|in|of|or|is|the|an?|my|oh|by|from|with|say|song|film|between|and)[ \"'“‘]{1,3}$")
_QUOTED = re.compile(r"\W?[\"'”“’»]")


def names(text: str, low: str, language: str) -> Iterator[Place]:
    """Where a letter names somebody, and where somebody says their own name. Linear in the text; `low`: it in small
    letters, each at its place."""
    words = set(_LETTERS.findall(low))
    looks = [(text, _GREETINGS, _greeted), (low, _CLOSINGS, _signed)]
    if "<" in text or not words.isdisjoint(_DEPARTMENTS):
        looks.append((low, _SELVES, _self))
    for where, phrases, look in looks:
        for place in _places(where, [phrase for first in phrases.keys() & words for phrase in phrases[first]]):
            match = look(text, *place)
            if match and _is_somebody(text[place[0] : match.end("who")], match["who"], language):
                yield match.span("who")


def _places(where: str, phrases: Sequence[str]) -> Iterator[Place]:
    """Where each of the phrases stands that begins a word."""
    for phrase in phrases:
        yield from ((at, at + len(phrase)) for at in each(where, (phrase,)) if not where[at - 1 : at].isalnum())


def _greeted(text: str, start: int, end: int) -> re.Match[str] | None:
    match = _GREETED.match(text, end)
    if match is None or _MENTIONED.search(text, max(0, start - 12), start):
        return None
    if _QUOTED.match(text, match.end()) or not _BEHIND.match(text, match.end(), match.end() + 200):
        return None  # it is asked how one greets
    return match


def _signed(text: str, _: int, end: int) -> re.Match[str] | None:
    return _SIGNED.match(text, end)


def _self(text: str, _: int, end: int) -> re.Match[str] | None:
    return _REMOVED.match(text, end) or _OF_A_DEPARTMENT.match(text, end)


def _is_somebody(said: str, who: str, language: str) -> bool:
    """A person or an organisation that is not known to everybody, by name. `said`: all of it, since a known title may
    begin with the greeting: `Hello Dolly`."""
    if who.startswith("<"):
        return True
    words = [word for word in tokens_of(said, language) if word.start >= len(said) - len(who)]
    titled = bool(words) and words[0].plain in cues.PLAIN_TITLES
    words = [word for word in words if word.plain not in listed("addressees")]
    if not words or not words[-1].capital or any(word.phrase for word in words):
        return False
    return any(_is_name(word, titled, language) for word in words)


def _is_name(word: Token, titled: bool, language: str) -> bool:
    if not word.capital or len(word.plain) < 2 or word.plain in cues.TITLES:
        return False
    if word.plain in cues.SMALL_WORDS and not word.first:
        return False
    if word.known:
        return titled and not word.phrase
    return word.first or word.surname or (not word.ordinary if language == "en" else word.odd)
