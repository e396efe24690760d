# ruff: noqa: E501 - tables: one kind to a line
"""Invented identifiers with right check digits, in many forms and sentences, and numbers that only look like one.

Everything is drawn from a seed; nothing was ever issued to anybody.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from random import Random

DIGITS, UPPER = string.digits, string.ascii_uppercase


def digits(random: Random, n: int) -> str:
    return "".join(random.choice(DIGITS) for _ in range(n))


def letters(random: Random, n: int, among: str = UPPER) -> str:
    return "".join(random.choice(among) for _ in range(n))


def valid(module: str, draw: Callable[[Random], str]) -> Callable[[Random], str]:
    """Draws until python-stdnum says yes."""
    check = import_module(f"stdnum.{module}").is_valid

    def run(random: Random) -> str:
        while True:
            number = draw(random)
            if check(number):
                return number

    return run


def with_luhn(random: Random, start: str, length: int) -> str:
    body = start + digits(random, length - len(start) - 1)
    return body + import_module("stdnum.luhn").calc_check_digit(body)


def date6(random: Random, order: str = "ymd") -> str:
    y, m, d = random.randint(30, 99), random.randint(1, 12), random.randint(1, 28)
    return "".join({"y": f"{y:02}", "m": f"{m:02}", "d": f"{d:02}"}[part] for part in order)


_BBAN = {
    "DE": "18n", "GB": "4a14n", "FR": "23n", "ES": "20n", "IT": "1a22n", "NL": "4a10n", "PT": "21n", "SE": "20n",
    "PL": "24n", "TR": "22n", "AT": "16n", "CH": "17n", "BE": "12n", "IE": "4a14n", "DK": "14n", "NO": "11n",
    "FI": "14n", "LU": "16n", "GR": "23n", "CZ": "20n", "HU": "24n", "RO": "4a16c",
}  # fmt: skip


def iban(random: Random) -> str:
    country = random.choice(list(_BBAN))
    body, count = "", ""
    for char in _BBAN[country]:
        if char.isdigit():
            count += char
        else:
            body += letters(random, int(count)) if char == "a" else digits(random, int(count))
            count = ""
    number = "".join(str(int(char, 36)) for char in body + country + "00")
    return f"{country}{98 - int(number) % 97:02}{body}"


def dea(random: Random) -> str:
    d = [int(char) for char in digits(random, 6)]
    last = (d[0] + d[2] + d[4] + 2 * (d[1] + d[3] + d[5])) % 10
    return random.choice("ABFGMPR") + random.choice(UPPER) + "".join(map(str, d)) + str(last)


def ssn(random: Random) -> str:
    return f"{random.randint(101, 665):03}{random.randint(1, 99):02}{random.randint(1000, 9999)}"


def nino(random: Random) -> str:
    return (
        random.choice("ABCEHJKLMPRSTWXY")
        + random.choice("ABCEHJKLMPRSTWXY")
        + digits(random, 6)
        + random.choice("ABCD")
    )


def nir(random: Random) -> str:
    body = (
        f"{random.choice('12')}{random.randint(40, 99)}{random.randint(1, 12):02}{random.randint(1, 19):02}"
        f"{random.randint(1, 400):03}{random.randint(1, 500):03}"
    )
    return f"{body}{97 - int(body) % 97:02}"


def codice(random: Random) -> str:
    body = (
        letters(random, 6, "BCDFGLMNPRSTVZ") + f"{random.randint(40, 99)}{random.choice('ABCDEHLMPRST')}"
        f"{random.randint(1, 28):02}{random.choice('ABCDEFGHIL')}{digits(random, 3)}"
    )
    return body + import_module("stdnum.it.codicefiscale").calc_check_digit(body)


def aba(random: Random) -> str:
    while True:
        number = f"{random.choice([1, 2, 3, 5, 7, 9, 11, 12, 21, 26, 31]):02}{digits(random, 7)}"
        if sum(int(d) * w for d, w in zip(number, (3, 7, 1) * 3, strict=True)) % 10 == 0:
            return number


def npi(random: Random) -> str:
    body = random.choice("12") + digits(random, 8)
    return body + import_module("stdnum.luhn").calc_check_digit("80840" + body)


def grouped(*shape: int, sep: str = " ") -> Callable[[str], str]:
    """How a number is cut into groups."""

    def run(number: str) -> str:
        parts, place = [], 0
        for size in shape:
            parts.append(number[place : place + size])
            place += size
        return sep.join([*parts, number[place:]] if place < len(number) else parts)

    return run


def plain(number: str) -> str:
    return number


def lower(number: str) -> str:
    return number.lower()


def both(*sizes: int, seps: str = " -.") -> tuple[Callable[[str], str], ...]:
    return (plain, *(grouped(*sizes, sep=sep) for sep in seps))


Form = Callable[[str], str]
# type: (how it is drawn, its written forms, the words that name it)
TYPES: dict[str, tuple[Callable[[Random], str], tuple[Form, ...], tuple[str, ...]]] = {
    "IBAN": (iban, (plain, lower, grouped(4, 4, 4, 4, 4, 4, 4), grouped(4, 4, 4, 4, 4, 4, 4, sep="-")),
             ("IBAN", "iban", "bank account", "Bankverbindung", "compte", "")),
    "CREDIT_CARD": (lambda r: with_luhn(r, r.choice(["4", "51", "55", "2221", "6011", "3528"]), 16), (plain, grouped(4, 4, 4, 4), grouped(4, 4, 4, 4, sep="-"), grouped(4, 4, 4, 4, sep=".")),
                    ("card", "credit card", "Kreditkarte", "carte bancaire", "tarjeta", "kort", "")),
    "AMEX": (lambda r: with_luhn(r, r.choice(["34", "37"]), 15), (plain, grouped(4, 6, 5), grouped(4, 6, 5, sep="-")), ("amex", "card no", "")),
    "US_SSN": (ssn, (grouped(3, 2, 4, sep="-"), grouped(3, 2, 4), plain, grouped(3, 2, 4, sep=".")),
               ("SSN", "ssn", "social security number", "Soc. Sec. no.", "Social", "S.S.N.", "SSN#")),
    "UK_NHS": (valid("gb.nhs", lambda r: digits(r, 10)), (grouped(3, 3, 4), plain, grouped(3, 3, 4, sep="-")),
               ("NHS number", "NHS no", "nhs", "patient no.", "NHS No.:")),
    "UK_NINO": (nino, (plain, lower, grouped(2, 2, 2, 2, 1), grouped(2, 2, 2, 2, 1, sep="-")), ("NI number", "NINO", "national insurance no", "")),
    "CA_SIN": (valid("ca.sin", lambda r: r.choice("123456789") + digits(r, 8)), both(3, 3, 3),
               ("SIN", "social insurance number", "NAS", "numéro d'assurance sociale", "S.I.N.", "soc. ins. no")),
    "IN_AADHAAR": (valid("in_.aadhaar", lambda r: r.choice("23456789") + digits(r, 11)), both(4, 4, 4, seps=" -"), ("Aadhaar", "aadhar no", "UIDAI number", "Adhaar")),
    "DE_TAX_ID": (valid("de.idnr", lambda r: _idnr(r)), both(2, 3, 3, 3, seps=" /"), ("Steuer-ID", "IdNr", "Steueridentifikationsnummer", "tax ID", "steuerl. Identifikationsnr.")),
    "FR_NIR": (nir, (plain, grouped(13, 2), grouped(1, 2, 2, 2, 3, 3, 2)), ("NIR", "numéro de sécurité sociale", "n° sécu", "no de sécu", "")),
    "ES_DNI": (valid("es.dni", lambda r: digits(r, 8) + r.choice(UPPER)), (plain, lower, grouped(8, 1, sep="-"), grouped(8, 1)), ("DNI", "NIF", "documento", "")),
    "ES_NIE": (valid("es.nie", lambda r: r.choice("XYZ") + digits(r, 7) + r.choice(UPPER)), (plain, lower, grouped(1, 7, 1, sep="-")), ("NIE", "número de extranjero", "")),
    "IT_CODICE_FISCALE": (codice, (plain, lower, grouped(3, 3, 5, 5)), ("codice fiscale", "C.F.", "CF", "")),
    "NL_BSN": (valid("nl.bsn", lambda r: digits(r, 9)), (plain, grouped(3, 3, 3), grouped(4, 2, 3, sep=".")), ("BSN", "burgerservicenummer", "sofinummer", "citizen service number", "burgerservicenumer")),
    "PL_PESEL": (valid("pl.pesel", lambda r: date6(r) + digits(r, 5)), (plain,), ("PESEL", "numer PESEL", "nr pesel", "numer ewidencyjny")),
    "SE_PERSONNUMMER": (valid("se.personnummer", lambda r: date6(r) + "-" + digits(r, 4)), (plain, lambda n: "19" + n), ("personnummer", "pnr", "personal number", "")),
    "CH_AHV": (valid("ch.ssn", lambda r: "756" + digits(r, 10)), (grouped(3, 4, 4, 2, sep="."), plain, grouped(3, 4, 4, 2)), ("AHV-Nummer", "AVS", "numéro AVS", "")),
    "AU_TFN": (valid("au.tfn", lambda r: digits(r, 9)), both(3, 3, 3, seps=" -"), ("TFN", "tax file number", "tax file no.", "T.F.N.")),
    "BR_CPF": (valid("br.cpf", lambda r: digits(r, 11)), (lambda n: f"{n[:3]}.{n[3:6]}.{n[6:9]}-{n[9:]}", plain), ("CPF", "cpf do cliente", "C.P.F.")),
    "ZA_ID": (valid("za.idnr", lambda r: date6(r) + digits(r, 4) + "08" + digits(r, 1)), (plain, grouped(6, 4, 3)), ("ID number", "RSA ID", "identity number", "ID no")),
    "US_NPI": (npi, (plain,), ("NPI", "National Provider Identifier", "NPI #", "provider no")),
    "US_DEA": (dea, (plain, lower), ("DEA", "DEA registration", "DEA no.", "")),
    "US_ABA_ROUTING": (aba, (plain,), ("routing number", "ABA", "RTN", "routing no", "ABA transit", "routng number")),
    "MRN": (lambda r: digits(r, r.randint(6, 8)), (plain, lambda n: "MRN" + n, lambda n: "MRN-" + n), ("MRN", "medical record no.", "hospital number", "Patientennummer", "MRN#", "numéro de dossier patient", "患者番号")),
    "UK_BANK_ACCOUNT": (lambda r: digits(r, 14), (lambda n: f"{n[:2]}-{n[2:4]}-{n[4:6]} {n[6:]}", lambda n: f"{n[:2]}-{n[2:4]}-{n[4:6]} / {n[6:]}", lambda n: f"{n[:2]} {n[2:4]} {n[4:6]}, {n[6:]}"),
                        ("sort code and account", "sort code / acct", "account")),
    "PASSPORT": (lambda r: r.choice([letters(r, 1) + digits(r, 8), letters(r, 2) + digits(r, 7), digits(r, 9), "C" + letters(r, 2, "FGHJKL") + digits(r, 6)]), (plain, lower),
                 ("passport", "passport no.", "Reisepass", "passeport", "pasaporte", "paszport", "Passnummer", "pasport", "passaporto", "pasaport no")),
    "PHONE": (lambda r: r.choice(["+44 7{} {} {}", "+49 30 {}{}", "+33 6 {0:.2} {1:.2} {2:.2} 31", "+34 6{0:.2} {1} {2}", "+1 ({}) {}-{}4", "+48 5{0:.2} {1} {2}", "+81 90-{}1-{}4"]).format(*(digits(r, 3) for _ in range(3))),
              (plain,), ("mobile", "tel", "phone", "Handy", "téléphone", "")),
    "EMAIL": (lambda r: f"{letters(r, 6, string.ascii_lowercase)}.{letters(r, 7, string.ascii_lowercase)}@{letters(r, 8, string.ascii_lowercase)}.{r.choice(['test', 'co.uk', 'de', 'fr', 'org', 'jp'])}",
              (plain, str.upper), ("mail", "e-mail", "")),
    "DATE_OF_BIRTH": (lambda r: f"{r.randint(1, 28):02}.{r.randint(1, 12):02}.19{r.randint(30, 99)}", (plain, lambda n: n.replace(".", "/"), lambda n: "-".join(reversed(n.split(".")))),
                      ("DOB", "date of birth", "geb.", "née le", "fecha de nacimiento", "data di nascita", "geboortedatum", "födelsedatum", "data urodzenia", "doğum tarihi", "生年月日", "born")),
    "VIN": (lambda r: _vin(r), (plain, lower), ("VIN", "chassis no", "")),
    "MAC_ADDRESS": (lambda r: ":".join(f"{r.randint(16, 255):02X}" for _ in range(6)), (plain, lower, lambda n: n.replace(":", "-")), ("MAC", "device", "")),
    "LICENCE_PLATE": (lambda r: r.choice([f"{letters(r, 2)}{digits(r, 2)} {letters(r, 3)}", f"B-{letters(r, 2)} {r.randint(100, 9999)}", f"{letters(r, 2)}-{digits(r, 3)}-{letters(r, 2)}"]), (plain,),
                      ("number plate", "Kennzeichen", "immatriculation", "matrícula", "kenteken", "targa", "registration no")),
    "DRIVING_LICENCE": (lambda r: f"{letters(r, 5)}{r.randint(0, 9)}{r.randint(1, 12):02}{r.randint(1, 28):02}{r.randint(0, 9)}{letters(r, 2)}9{letters(r, 2)}", (plain,), ("driving licence", "driver's license no", "Führerschein", "permis de conduire", "rijbewijs")),
}  # fmt: skip


@cache
def _vin_weights() -> tuple[int, ...]:
    return (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def _vin(random: Random) -> str:
    values = dict(
        zip(
            "ABCDEFGHJKLMNPRSTUVWXYZ",
            (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9),
            strict=True,
        )
    )
    body = (
        letters(random, 3, "ABCDEFGHJKLMNPRSTUVWXYZ")
        + digits(random, 1)
        + letters(random, 4, "ABCDEFGHJKLMNPRSTUVWXYZ")
        + "0"
        + letters(random, 2, "ABCDEFGHJK")
        + digits(random, 6)
    )
    total = (
        sum(
            values.get(char, int(char) if char.isdigit() else 0) * weight
            for char, weight in zip(body, _vin_weights(), strict=True)
        )
        % 11
    )
    return body[:8] + ("X" if total == 10 else str(total)) + body[9:]


def _idnr(random: Random) -> str:
    first = random.sample(DIGITS, 9)
    body = [*first, random.choice(first)]
    random.shuffle(body)
    if body[0] == "0":
        body[0], body[-1] = body[-1], body[0]
    return "".join(body) + random.choice(DIGITS)


PEOPLE = [
    "Marisol Tveit",
    "Okan Birdsall",
    "Ewelina Hartog",
    "Takumi Ferraz",
    "Ines Kowalczuk",
    "Loïc Mbeki",
    "Sunniva Drago",
]
# {w}: the word that names it, {v}: the value, {p}: a person
SENTENCES = (
    "{w}: {v}", "{w} {v}", "{w}={v}", "| {w} | {v} |", "name,{w}\n{p},{v}", "{w};name\n{v};{p}", "row\tname\t{w}\n1\t{p}\t{v}",
    '{{"{w}": "{v}", "name": "{p}"}}', '{{"value": "{v}", "kind": "{w}"}}', "<{w}>{v}</{w}>", "2025-03-01T10:22:01Z WARN lookup {w}={v} failed user={p}",
    "hi, {p} ({w} {v}) says the letter never arrived", "could you reword this: {p}'s {w} is {v} and it was declined", "{v} is the {w} on file for {p}",
    "we got {w} {v} from {p}, what now?", "{p}, {w} {v}, wants to cancel.", "why does {v} fail as {w}?",
    "Bitte prüfen: {w} {v} von {p} stimmt nicht.", "Die {w} von {p} lautet {v}.", "Le dossier de {p} porte {w} {v}, que faire ?", "{p} m'a donné {w} : {v}",
    "¿Qué hago con {p}, {w} {v}?", "El {w} de {p} es {v}.", "Il {w} di {p} è {v}, va bene?", "Kunt u {w} {v} van {p} nakijken?", "O {w} de {p} é {v}.",
    "Kan du kontrollera {w} {v} för {p}?", "Proszę sprawdzić {w} {v} ({p}).", "{p} için {w} {v} doğru mu?", "{p}さんの{w}は {v} です。",
    ":59:/{w} {v}\n{p}", "8=FIX.4.4|35=D|448={p}|58={w} {v}|", "OBX|1|ST|{w}||{v}||||||F", "  {w}:   {v}   ", "{w}\n{v}", "({w} {v})", "[{w}] {v};",
)  # fmt: skip


def identifiers(seed: int, each: int = 40) -> Iterator[tuple[str, str]]:
    """(type, text) pairs that must be found."""
    random = Random(seed)
    for kind, (draw, forms, words) in TYPES.items():
        for _ in range(each):
            value = random.choice(forms)(draw(random))
            word = random.choice(words)
            if kind == "DATE_OF_BIRTH":
                text = random.choice(["{w}: {v}", "{w} {v}", "{p}, {w} {v}", '{{"{w}": "{v}"}}', "name,{w}\n{p},{v}"])
            elif word:
                text = random.choice(SENTENCES)
            else:
                text = random.choice(
                    ["{v}", "ask {p} about {v}", "Bitte {v} prüfen", "name,x\n{p},{v}", "- {v}\n- next"]
                )
            yield kind, text.format(w=word, v=value, p=random.choice(PEOPLE))


def _wrong(value: str, random: Random) -> str:
    """The same with another last digit: the check fails."""
    places = [n for n, char in enumerate(value) if char.isdigit()]
    place = places[-1]
    other = str((int(value[place]) + random.randint(1, 9)) % 10)
    return value[:place] + other + value[place + 1 :]


_STRONG = (
    "IBAN",
    "CREDIT_CARD",
    "UK_NHS",
    "CA_SIN",
    "IN_AADHAAR",
    "DE_TAX_ID",
    "FR_NIR",
    "BR_CPF",
    "CH_AHV",
    "PL_PESEL",
    "IT_CODICE_FISCALE",
    "NL_BSN",
    "AU_TFN",
    "US_NPI",
    "US_ABA_ROUTING",
)


def _number(r: Random) -> str:
    return digits(r, r.choice([6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 18]))


_LOOK_ALIKES: tuple[Callable[[Random], str], ...] = (
    lambda r: f"order {_number(r)} is late, how do I track a parcel?", lambda r: f"Invoice no. {_number(r)} was paid twice", lambda r: f"ticket #{_number(r)} closed",
    lambda r: f"tracking number {_number(r)}", lambda r: f"part no {letters(r, 2)}{digits(r, 7)} fits which model?", lambda r: f"serial number {letters(r, 2)}-{digits(r, 8)}",
    lambda r: f"Bestellnummer {_number(r)} storniert", lambda r: f"facture n° {_number(r)} impayée", lambda r: f"el pedido {_number(r)} no llega", lambda r: f"l'ordine {_number(r)} è in ritardo",
    lambda r: f"bestelling {_number(r)} is kwijt", lambda r: f"encomenda {_number(r)} atrasada", lambda r: f"faktura {_number(r)} är betald", lambda r: f"zamówienie {_number(r)} anulowane",
    lambda r: f"sipariş {_number(r)} gelmedi", lambda r: f"注文 {_number(r)} が届きません", lambda r: f"upgrade from {r.randint(1, 30)}.{r.randint(0, 60)}.{r.randint(0, 300)} to 4.0.1",
    lambda r: f"ISBN 97{r.choice('89')}{digits(r, 10)} is out of print", lambda r: f"ISBN 978-{digits(r, 1)}-{digits(r, 3)}-{digits(r, 5)}-{digits(r, 1)}", lambda r: f"ISSN {digits(r, 4)}-{digits(r, 4)}",
    lambda r: f"doi 10.{digits(r, 4)}/j.jbankfin.20{digits(r, 2)}.{digits(r, 2)}.{digits(r, 3)}", lambda r: f"EAN {digits(r, 13)} scans wrong", lambda r: f"SKU {digits(r, 8)}-{digits(r, 2)}",
    lambda r: f"created_at {r.randint(1500000000, 1800000000)} is which day?", lambda r: f"timestamp {r.randint(1500000000000, 1800000000000)}", lambda r: f"the budget is {r.randint(1, 999)},{digits(r, 3)},{digits(r, 3)}.{digits(r, 2)} EUR",
    lambda r: f"revenue of {r.randint(1, 99)}.{digits(r, 3)}.{digits(r, 3)},{digits(r, 2)} €", lambda r: f"revert {letters(r, 40, '0123456789abcdef')}", lambda r: f"sha256 {letters(r, 64, '0123456789abcdef')}",
    lambda r: f"UUID {letters(r, 8, '0123456789abcdef')}-{letters(r, 4, '0123456789abcdef')}-4{letters(r, 3, '0123456789abcdef')}-a{letters(r, 3, '0123456789abcdef')}-{letters(r, 12, '0123456789abcdef')}",
    lambda r: f"coordinates {r.randint(10, 80)}.{digits(r, 4)}, -{r.randint(0, 9)}.{digits(r, 6)}", lambda r: f"Art. {r.randint(1, 300)} Abs. 2 Nr. {r.randint(1, 9)} BGB", lambda r: f"42 U.S.C. § {r.randint(100, 2000)}a",
    lambda r: f"ICD-10 {r.choice(UPPER)}{digits(r, 2)}.{digits(r, 1)} and ATC C09AA{digits(r, 2)}", lambda r: f"SNOMED {digits(r, 9)} means what?", lambda r: f"LOINC {digits(r, 5)}-{digits(r, 1)}",
    lambda r: f"ISIN US{digits(r, 10)}", lambda r: f"CUSIP {digits(r, 9)}", lambda r: f"LEI 5493{letters(r, 14, UPPER + DIGITS)}{digits(r, 2)}", lambda r: "BIC DEUTDEFF500 belongs to which bank?",
    lambda r: f"the docs use 192.0.2.{r.randint(1, 254)} and 203.0.113.{r.randint(1, 254)}", lambda r: f"Error 0x{letters(r, 8, '0123456789ABCDEF')} on start", lambda r: f"item {digits(r, 13)} sold out",
    lambda r: f"from {r.randint(1950, 1999)} to {r.randint(2000, 2026)} in {r.randint(2, 30)} countries", lambda r: f"on 2024-0{r.randint(1, 9)}-1{digits(r, 1)} at 10:22:31.{digits(r, 6)}", lambda r: f"PMID {digits(r, 8)}, NCT{digits(r, 8)}",
    lambda r: f"call 0800 {digits(r, 3)} {digits(r, 4)} free of charge", lambda r: f"RFC {digits(r, 4)} section {r.randint(1, 9)}.{r.randint(1, 9)}.{r.randint(1, 20)}", lambda r: f"build {digits(r, 8)}.{r.randint(1, 9)}",
    lambda r: f"write to user@example.com or info@{letters(r, 6, string.ascii_lowercase)}.org", lambda r: "the test card 4242 4242 4242 4242 is declined", lambda r: "the sample IBAN DE89 3704 0044 0532 0130 00",
    lambda r: f"population {r.randint(1, 99)} {digits(r, 3)} {digits(r, 3)} in 2020", lambda r: f"π is 3.{digits(r, 12)}", lambda r: f"CVE-2024-{digits(r, 5)} affects 10.{digits(r, 1)}.{digits(r, 2)}", lambda r: f"HS code {digits(r, 4)}.{digits(r, 2)}.{digits(r, 2)}",
    lambda r: f"a Luhn-invalid number like 4{_not_luhn(r)}", lambda r: f"table: {digits(r, 2)} {digits(r, 3)} {digits(r, 2)} {digits(r, 3)}", lambda r: f"The train at 0{r.randint(1, 9)}:{digits(r, 2)} from platform {digits(r, 1)}",
    lambda r: "What is the format of a US Social Security number?", lambda r: "How is the check digit of a PESEL computed?", lambda r: "Was ist der Unterschied zwischen Steuer-ID und Steuernummer?",
)  # fmt: skip


def _not_luhn(random: Random) -> str:
    good = with_luhn(random, "4", 16)
    return good[1:-1] + str((int(good[-1]) + random.randint(1, 9)) % 10)


def look_alikes(seed: int, each: int = 12) -> Iterator[tuple[str, str]]:
    """(form, text) pairs that must pass: other numbers, and identifiers whose check digit is wrong."""
    random = Random(seed)
    for n, draw in enumerate(_LOOK_ALIKES):
        for _ in range(each):
            text = draw(random)
            yield f"form {n}: {text[:16]}", text
    for kind in _STRONG:
        draw_one, forms, words = TYPES[kind]
        for _ in range(each):
            value = _wrong(random.choice(forms)(draw_one(random)), random)
            if kind == "UK_NHS":
                value = value.replace("-", " ")  # with hyphens it is an American telephone number
            word = random.choice([word for word in words if word])
            yield (
                f"wrong {kind}",
                random.choice(["is {v} a valid {w}?", "{w} {v}", "why is {v} refused"]).format(v=value, w=word),
            )
