"""Which words stand around a number: they name it, or they say that it is something else.

The words are stems in eleven languages, without accents, looked for in a window that was folded the same way:
a stem with a space at its side must begin or end a word there. A number in a table is named by the heading.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache

BEFORE, AFTER = 60, 40
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SCRIPT = re.compile(r"(?<=[\u3040-\u30ff\u4e00-\u9fff])(?=[A-Za-z])|(?<=[A-Za-z])(?=[\u3040-\u30ff\u4e00-\u9fff])")
_DOTTED = re.compile(r"(?<![A-Za-z]{2})\.(?=[A-Za-z](?![A-Za-z]))")
_OTHER = re.compile(r"[^\w]+|_+")
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})


def fold(text: str) -> str:
    """Small letters without accents, anything between words as one space, a space at both ends."""
    if not text.isascii():
        text = _SCRIPT.sub(" ", text)
    plain = _OTHER.sub(" ", _DOTTED.sub("", _CAMEL.sub(" ", text))).lower()
    if not plain.isascii():
        # composed again, since the voicing marks of kana are no accents
        apart = unicodedata.normalize("NFD", plain.translate(_LETTERS))
        plain = unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", apart))
    return f" {plain} "


def has(folded: str, stems: Sequence[str]) -> bool:
    """Whether one of the stems stands in a folded text."""
    for stem in stems:  # noqa: SIM110 - `any` over a generator takes twice the time, and this is the inner loop
        if stem in folded:
            return True
    return False


def stems(text: str) -> tuple[str, ...]:
    """`_sin_ steuer personal_n`: an underscore stands for a space."""
    return tuple(word.replace("_", " ") for word in text.split())


# A number that belongs to one person, whoever issued it.
GENERIC = stems(
    """national_id identity_n _id_no _id_num _id_nr _id_card identity_card personal_n personal_id identification_n social_ins social_sec
    tax_id tax_n tax_ref citizen taxpayer insurance_n _tin_ _ssn government_id state_id registration_of kind_of_id
    steuer personalausweis ausweisn identifik personenkenn versichertenn sozialvers
    numero_fiscal identifiant numero_national securite_soc carte_d_identite numero_d_identi
    numero_de_identi documento cedula identificacion seguridad_soc codice_ identita tessera
    persoonsn identiteits burger rijksregister identidade contribuinte personn id_nummer
    identyfik dowod ewidenc kimlik vergi_n 個人番号 識別番号 納税者番号 身分証"""
)
# Whose number it may be.
PEOPLE = stems(
    """customer client patient employee applicant insured claimant member_ tenant colleague borrower student pupil worker holder beneficiary
    _her_ _his_ _their_ _born_ _dob_ birth kund patient mitarbeiter mandant versichert antragstell client patient salarie employe
    assure_ locataire cliente paciente emplead asegurad paziente dipendente assicurat klant medewerker verzekerde funcionari
    segurad anstalld klient pacjent pracowni musteri hasta_ calisan 顧客 患者 お客様 社員 従業員"""
)
# Short names of numbers, which people write right before one without a space.
LABELS = tuple(
    "IBAN PESEL NINO NHS SSN SIN NAS TFN BSN CPF NIR NPI DEA ABA RTN AHV AVS NIE DNI NIF PNR IDNR AADHAAR MRN".split()
)
# What else a number may be: it stands right before the number.
OTHERWISE = stems(
    """_order _invoice _ticket _parcel _track _shipment _consignment _waybill _awb_ _item _article _product _part_ _parts_ _pn_ _sku _serial
    _model _version _build _batch _lot_ _isbn _issn _ean_ _upc_ _gtin _asin_ _doi_ _isin_ _cusip _sedol _wkn_ _lei_ _bic_ _rfc_ _error
    _code_ _port_ _epoch _timestamp _created _updated _modified _commit _page _section _clause _paragraph _po_ _purchase _container
    _pubmed _pmid _arxiv _nct _cas_ _icd _loinc _snomed _atc_ _hs_code _tariff _naics _grant_ _patent _docket _bug_ _issue _cve _rma_
    _receipt _booking_ref _catalog _barcode _unix_ _revision _firmware _job_ _build_ _process_ _thread_ _pid_ _row_ _line_ _offset
    bestell auftrag rechnung artikel sendung lieferschein seriennummer teilenummer commande facture colis_ _article _reference_produit
    pedido factura articulo _envio ordine_ fattura articolo spedizione bestelling factuur zending encomenda fatura artigo
    _order _faktura _paket_ bestallning orgnummer organisationsn org_nr ordernummer fakturanummer zamowieni przesylk siparis kargo_ _urun 注文 請求書 商品 追跡 伝票 型番"""
)


def _deletions(word: str) -> set[str]:
    return {word, *(word[:n] + word[n + 1 :] for n in range(len(word)))}


@cache
def _misspelt(names: tuple[str, ...]) -> frozenset[str]:
    """What is left of the long stems of one word when one letter is taken out."""
    long = {name.strip() for name in names if len(name) >= 6 and " " not in name.strip() and name.isascii()}
    return frozenset(form for word in long for form in _deletions(word))


def has_misspelt(folded: str, names: tuple[str, ...]) -> bool:
    """Whether a word stands there that is one letter off one of the stems: left out, put in, or another one."""
    forms = _misspelt(names)
    words = [word for word in folded.split() if 5 <= len(word) <= 20 and not has(word, PEOPLE)]
    return any(not forms.isdisjoint(_deletions(word)) for word in words)


_ENDED = re.compile(r"[?!](?:\s|$)|\n\s*\n")  # what a sentence before says is about something else
_CELL = re.compile(r"[,;|\t]")


class Around:
    """The folded surroundings of the numbers of one text, each made once."""

    __slots__ = ("_firsts", "_headings", "_text", "_windows", "left")

    def __init__(self, text: str, most: int) -> None:
        self.left = most  # numbers that may still be looked at
        self._text = text
        self._windows: dict[tuple[int, int], str] = {}
        self._firsts: list[int] | None = None
        self._headings: list[str] = []

    def spend(self) -> bool:
        """Whether one more number may be looked at."""
        self.left -= 1
        return self.left >= 0

    def window(self, start: int, end: int) -> str:
        """What stands near, `0` in the number's own place, the heading of the table included."""
        known = self._windows.get((start, end))
        if known is None:
            near = self._text[max(0, start - BEFORE) : start] + " 0 " + self._text[end : end + AFTER]
            known = self._windows[(start, end)] = fold(near) + self._heading(start)
        return known

    def is_otherwise(self, start: int, own: tuple[str, ...]) -> bool:
        """Whether one of the three words right before says that this is something else, and none names it."""
        before = _ENDED.split(self._text[max(0, start - 36) : start])[-1]
        last = " ".join(fold(before).split()[-3:])
        return bool(last) and has(f" {last} ", OTHERWISE) and not has(f" {last} ", own)

    def _heading(self, start: int) -> str:
        """The first line of the table that this place stands in, folded."""
        if self._firsts is None:
            self._find_tables()
        found = bisect_right(self._firsts or [], start) - 1
        return self._headings[found] if found >= 0 else ""

    def _find_tables(self) -> None:
        """Where each table begins and ends: lines with separators that follow each other."""
        self._firsts = []
        inside, place = False, 0
        for line in self._text.split("\n") if "\n" in self._text else ():
            cells = bool(_CELL.search(line))
            if cells != inside:
                self._firsts.append(place)
                self._headings.append(fold(line[:300]) if cells else "")
                inside = cells
            place += len(line) + 1
