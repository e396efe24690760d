"""The thesaurus: which words say the same, which say the opposite, which turn a statement round.

Read once from `thesaurus.txt`. A word has senses, each a concept and a sign; two words agree in sense when
they share a concept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from assistant.grounding.words import fold, stem, word_set

LONGEST_PHRASE = 4

NEGATORS: dict[str, frozenset[str]] = {
    "en": word_set("not no never nobody none nothing nor neither cannot without n't isn't aren't don't doesn't won't can't "
                    "mustn't wasn't weren't shouldn't couldn't nowhere"),
    "de": word_set("nicht kein keine keinen keinem keiner keines nie niemals niemand nichts ohne weder"),
    "fr": word_set("pas jamais aucun aucune sans rien personne ni"),
    "es": word_set("no nunca jamas ningun ninguna ninguno nadie sin nada ni tampoco"),
}  # fmt: skip
# Who acts: a role, a body or a desk named in a sentence must be the one that the passage names.
ACTORS: dict[str, frozenset[str]] = {
    "en": word_set("officer director manager executive president chairman chairperson board committee panel "
                    "division department office agency authority council commission bureau registrar judge "
                    "magistrate clerk secretary treasurer auditor controller inspector supervisor coordinator administrator "
                    "adviser advisor counsel solicitor notary ombudsman minister mayor governor trustee pharmacist nurse doctor "
                    "physician consultant surgeon anaesthetist midwife therapist scientist technician paramedic porter matron "
                    "radiologist microbiologist haematologist cardiologist pathologist dentist receptionist cashier accountant "
                    "warden guard caretaker engineer architect librarian teacher headteacher governor dean rector "
                    "supplier client landlord tenant contractor lender guarantor regulator police "
                    "lawyer partner associate trainee paralegal federation association union ministry parliament assembly "
                    "foundation institute university laboratory pharmacy hospital bank court tribunal"),
    "de": word_set("leiter leiterin leitung direktor direktorin direktion vorstand vorsitzende vorsitzender ausschuss kommission "
                    "amt behorde abteilung referat buro stelle richter richterin notar arzt arztin oberarzt oberarztin chefarzt "
                    "apotheker apothekerin pfleger pflegerin pflegedirektion beauftragte beauftragter hygieniker rat burgermeister "
                    "prasident ministerium gericht kammer filiale zentrale team"),
    "fr": word_set("directeur directrice chef cheffe responsable president presidente maire adjoint adjointe comite commission "
                    "conseil service bureau departement medecin pharmacien pharmacienne infirmier infirmiere juge greffier notaire "
                    "prefet ministre tribunal agence cardiologue chirurgien anesthesiste secretaire"),
    "es": word_set("director directora jefe jefa responsable presidente presidenta alcalde alcaldesa concejal concejalia comite "
                    "comision consejo departamento oficina servicio medico medica farmaceutico enfermero enfermera juez notario "
                    "ministro tribunal agencia cardiologo secretario secretaria"),
}  # fmt: skip
# Actors that a paraphrase may bring in freely.
WEAK_ACTORS = word_set("client council team group unit lead office service hospital bank court tribunal pharmacy laboratory "
                        "doctor police lender contractor")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sense:
    """One concept a word stands for, on its plain side (+1) or on the opposite one (-1)."""

    concept: str
    sign: int


@lru_cache(maxsize=1)
def _entries() -> dict[str, dict[tuple[str, ...], frozenset[Sense]]]:
    senses: dict[str, dict[tuple[str, ...], set[Sense]]] = {"en": {}, "de": {}, "fr": {}, "es": {}}
    language = "en"
    for line in files(__package__).joinpath("thesaurus.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            language = line.strip("[] ")
        elif line and not line.startswith("#"):
            concept, _, words = line.partition(":")
            for sign, side in zip((1, -1), words.split("|"), strict=False):
                for word in side.split():
                    for key in _forms(word, language):
                        senses[language].setdefault(key, set()).add(Sense(concept, sign))
    return {lang: {k: frozenset(v) for k, v in table.items()} for lang, table in senses.items()}


# Endings that the stemmers do not bring together ("interdit", "interdits").
_ENDINGS = {"en": ("",), "de": ("", "e", "en", "er", "es"), "fr": ("", "s", "e", "es"), "es": ("", "s")}


def _forms(word: str, language: str) -> set[tuple[str, ...]]:
    """The stems a word or phrase of the thesaurus is looked up by; a single word with its inflections."""
    if "_" in word:
        return {tuple(stem(fold(part), language) for part in word.split("_"))}
    forms = {fold(word) + ending for ending in _ENDINGS[language]}
    if language == "es" and word.endswith("o"):
        forms |= {fold(word)[:-1] + ending for ending in ("a", "os", "as")}
    return {(stem(form, language),) for form in forms}


@lru_cache(maxsize=65536)
def senses(stems: tuple[str, ...], language: str) -> frozenset[Sense]:
    """The senses of a word or phrase, given as stems; none when the thesaurus does not know it."""
    return _entries().get(language, {}).get(stems, frozenset())


@lru_cache(maxsize=1)
def polar_concepts() -> frozenset[str]:
    """Concepts that have an opposite side."""
    return frozenset(
        s.concept for table in _entries().values() for senses_ in table.values() for s in senses_ if s.sign < 0
    )
