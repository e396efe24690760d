"""A letter that somebody asks for between parties who are named, and a self-description with something in it.

A letter to a kind of people, to an office of nobody's in particular, or between people whom everybody knows is an
exercise or a template.
"""

from __future__ import annotations

import re

from policies.detect import cues, gazetteer
from policies.detect.contacts import each, is_sample_host
from policies.detect.own.greetings import REMOVED
from policies.detect.tokens import Token, tokens_of
from policies.detect.words import listed

_KINDS = (
    "email", "e-mail", "mail", "letter", "memo", "whatsapp", "sms", "brief", "schreiben", "lettre", "courriel", "courrier", "carta", "correo", "lettera", "bericht", "brev", "mejl",
    "list do", "list od", "wiadomość", "mektup", "e-posta",
)  # fmt: skip
_REQUEST = re.compile(
    r"[^\w\n]{0,4}(?:(?:please|pls|hi|hello|hey|can you|could you|can u|i need you to|i need|i want you to|i want to|i want|i need to|help me|help|kindly|simply|just|now|me|"
    r"bitte|s['’]il vous plaît|por favor|per favore|alsjeblieft|proszę|lütfen)[ ,]{1,2}){0,3}"
    r"(?:(?:write|draft|compose|create|make|prepare|generate|send|reply|give|formulate|type|an?|schreib\w{0,4}|verfass\w{0,4}|écri\w{0,4}|rédige\w{0,3}|escrib\w{0,4}|redact\w{0,4}|scriv\w{0,4}|schrijf|"
    r"escrev\w{0,4}|redij\w{0,4}|skriv|napisz|yaz)"
    r"(?: (?:me|us|mir|moi|mij|mig|mi|an?|the|eine?n?|une?|una?|uno|een|uma?|ett?)){0,2}(?: [\w-]{1,20}){0,3} )?",
    re.IGNORECASE,
)
_CONTRACTS = (
    "mou", "understanding", "contract", "agreement", "nda", "lease", "vertrag", "contrat", "contrato", "acuerdo", "contratto", "accordo", "overeenkomst", "avtal", "umowa", "sözleşme",
)  # fmt: skip
_PARTY = r"(?:the )?[\w&'’.-]{2,25}(?: [\w&'’.-]{2,25}){0,4}?(?: ?\([^()\n]{1,60}\))?"
_BETWEEN = re.compile(
    rf"\w{{2,25}} (?:between|zwischen|entre|tra|fra|tussen|mellan|pomiędzy|między) (?P<who>{_PARTY}) (?:and|und|et|y|e|en|och|i|a|oraz) (?P<whom>{_PARTY})(?=[\s,.;:?!)]|$)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?:\n]*$")
_END = re.compile(r"[?!\n]")
_TOWARDS = r"(?:to|from|as|for|at|behalf of|an|von|für|à|de|pour|para|a|da|per|aan|van|voor|till|från|do|od|dla) (?:the |my |our |die |den |das |der |la |le |les |el |het |de )?"
_ADDRESS = re.compile(
    rf"\b{_TOWARDS}(?P<who>https?://(?P<host>[\w.-]{{4,80}})|(?P<bare>[\w-]{{2,40}}\.(?:com|org|co\.uk|de|fr|es|it|nl|pt|se|pl|com\.tr|jp|eu)\b)|{REMOVED})",
    re.IGNORECASE,
)
_OFFICE = (
    r"(?:manager|director|owner|ceo|cfo|head|staff|management|principal|secretary|president|chair\w*|founder|employees?|hr|customer service|"
    r"finance|accounts?|billing|sales|support|department|dept|administration|team|office|board)"
)
_OFFICE_OF = re.compile(
    rf"\b{_TOWARDS}(?:\w{{2,20}} )?{_OFFICE} (?:of|at|from|in) (?:the )?(?P<who>[\w&'’.-]{{2,25}}(?: [\w&'’.-]{{2,25}}){{0,3}})",
    re.IGNORECASE,
)
_NAMED_OFFICE = re.compile(
    rf"\b(?i:{_TOWARDS})(?P<who>[A-ZÀ-Þ][\w&'’-]{{1,25}}(?: [A-ZÀ-Þ][\w&'’-]{{1,25}}){{0,3}}) (?i:{_OFFICE})\b"
)


def names_parties(text: str, low: str, language: str) -> bool:
    """A letter or a contract is asked for, and an organisation, an address or a removed name is a party to it. Linear
    in the text; `low`: it in small letters, each at its place."""
    return _is_letter(text, low, language) or _is_agreement(text, low, language)


def _is_letter(text: str, low: str, language: str) -> bool:
    for at in each(low, _KINDS):
        if text[at - 1 : at].isalnum() or not _is_request(text[max(0, at - 100) : at]):
            continue
        rest = _END.split(text[at : at + 180], maxsplit=1)[0]
        if any(_is_private(match) for match in _ADDRESS.finditer(rest)):
            return True
        for pattern in (_OFFICE_OF, _NAMED_OFFICE):
            if any(_is_organisation(match["who"], language) for match in pattern.finditer(rest)):
                return True
    return False


def _is_agreement(text: str, low: str, language: str) -> bool:
    """A contract is asked for, or given, between two of whom one has a name that not everybody knows."""
    for at in each(low, _CONTRACTS):
        between = _BETWEEN.match(text, at)
        parties = between.group("who", "whom") if between else ()
        if any(_is_organisation(party, language, capital=True) for party in parties):
            return True
    return False


def _is_request(before: str) -> bool:
    """What stands before the word for a letter, from the beginning of its sentence on, asks for one."""
    sentence = _SENTENCE.search(before)
    return bool(sentence and _REQUEST.fullmatch(sentence.group()))


def _is_private(match: re.Match[str]) -> bool:
    host = match["host"] or match["bare"]
    return not host or not (is_sample_host(host) or any(map(gazetteer.is_known, host.lower().split(".")[:-1])))


def _is_organisation(who: str, language: str, *, capital: bool = False) -> bool:
    """A name that is no word and that not everybody knows, before any small word."""
    for token in tokens_of(who, language):
        if token.known or token.plain in cues.SMALL_WORDS:
            return False
        if _is_name(token) and (token.capital or not capital):
            return True
    return False


def _is_name(token: Token) -> bool:
    if len(token.plain) < 3 or token.plain in listed("addressees"):
        return False
    return not token.ordinary or (token.case == "upper" and token.odd)


_DESCRIBED = re.compile(
    r"\b(?:c\.?v\.?|curriculum vitae|cover(?:ing)? letter|motivation(?:al)? letter|letter of motivation|personal statement|statement of purpose|performance (?:review|appraisal)|"
    r"(?:my|an?|this|the|make|write|create|update|improve|rewrite|following) (?:\w{2,15} )?(?:resume|résumé|bio)(?! (?:the|my|from|it)\b)|"
    r"self[- ](?:assessment|appraisal|evaluation|review)|linkedin (?:summary|profile)|lebenslauf|anschreiben|bewerbungsschreiben|motivationsschreiben|lettre de motivation|carta de (?:motivación|presentación)|currículum|"
    r"lettera di (?:motivazione|presentazione)|motivatiebrief|sollicitatiebrief|carta de (?:motivação|apresentação)|personligt brev|list motywacyjny|życiorys|özgeçmiş|ön yazı|niyet mektubu)\b|履歴書|職務経歴書|志望動機|自己評価|自己PR",
    re.IGNORECASE,
)
_ASKED_FOR = re.compile(
    r"\b(?:make|write|expand|improve|polish|rewrite|rephrase|correct|turn|draft|submit|create|prepare|shorten|translate|summari[sz]e|proofread|here is|here's|this is|my|mach|schreib\w*|verbesser\w*|écri\w*|améliore\w*|mejora\w*|escrib\w*|"
    r"migliora\w*|scriv\w*|verbeter\w*|schrijf\w*|melhor\w*|escrev\w*|förbättra|skriv|popraw|napisz|yaz|düzelt|geliştir)\b|添削|書いて|直して|作成",
    re.IGNORECASE,
)
_DID = re.compile(
    r"\b(?:i (?:got|have|led|managed|learn(?:ed|t)|worked|was|built|achieved|completed|graduated|joined|started|moved|developed|studied|helped|earned|delivered|am originally|grew)|i've|"
    r"ich (?:habe|war|bin)|j['’]ai|he (?:trabajado|sido|logrado|dirigido)|ho (?:lavorato|gestito|conseguito)|ik (?:heb|was|ben)|trabalhei|fui|jag (?:har|var)|pracował[ae]m|jestem|byłem|çalıştım|yaptım)\b|しました|してきました|しており",
    re.IGNORECASE,
)
_YEARS = re.compile(r"\b(?:19[6-9]|20[0-3])\d\b")
_QUESTION = re.compile(
    r"\W*(?:how|what|should|is|are|do|does|did|which|why|when|who|where|wie|was|soll\w*|muss|comment|quel\w*|faut|cómo|qué|debo|come|cosa|quale|devo|hoe|wat|moet|como|o que|hur|vad|ska|jak|co|czy|nasıl|ne)\b",
    re.IGNORECASE,
)
_FIRST = 160  # characters in which the request stands
_CONTENT = 40  # characters behind it at least
_LISTED = 120  # where years alone speak
_ANSWERS = 300  # behind a question, which asks how one does it
_READ = 3000


def is_self_description(text: str) -> bool:
    """A CV, a letter of application or a review of one's own work is asked for, with what is to stand in it."""
    asked = _DESCRIBED.search(text, 0, _FIRST)
    if asked is None or not _ASKED_FOR.search(text, 0, _FIRST + 40):
        return False
    body = text[asked.end() : asked.end() + _READ]
    if len(body) < _CONTENT or (len(body) < _ANSWERS and _QUESTION.match(text)):
        return False
    return bool(_DID.search(body)) or (len(body) > _LISTED and len(set(_YEARS.findall(body))) > 1)
