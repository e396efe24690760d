"""Numbers that stand for one person, one account or one card, in 60 countries' forms.

A *strong* kind is so shaped, and so checked, that it needs no word beside it. A *weak* kind (nine plain digits)
counts only with a word that names it: near it, or in the heading of its column. Published sample numbers pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module

from policies.detect import contacts
from policies.labels import Category
from policies.vocabulary import Finding

BEFORE, AFTER = 60, 40
MOST = 500  # candidates of one kind that are checked; a text with more is a list, and is found long before


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One type of identifier. `check` is a stdnum module or a function; `hot` words make a weak kind count."""

    name: str
    pattern: str
    check: str | Callable[[str], bool]
    hot: str = ""
    category: Category = Category.PERSONAL
    compiled: re.Pattern[str] = field(init=False)
    words: re.Pattern[str] | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "compiled", re.compile(rf"(?<![A-Za-z0-9])(?:{self.pattern})(?![A-Za-z0-9])"))
        words = re.compile(rf"(?<![^\W\d_])(?:{self.hot})", re.IGNORECASE) if self.hot else None
        object.__setattr__(self, "words", words)


def _luhn(number: str) -> bool:
    total = 0
    for place, char in enumerate(reversed(number)):
        digit = int(char) * (2 if place % 2 else 1)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0


def _card(text: str) -> bool:
    number = re.sub(r"\D", "", text)
    return number not in _SAMPLES and len(set(number)) > 2 and _luhn(number)


def _ssn(text: str) -> bool:
    area, group, serial = re.findall(r"\d+", text) if re.search(r"\D", text) else (text[:3], text[3:5], text[5:])
    return area not in {"000", "666"} and group != "00" and serial != "0000"


def _aba(text: str) -> bool:
    digits = [int(char) for char in text if char.isdigit()]
    return sum(d * w for d, w in zip(digits, (3, 7, 1) * 3, strict=True)) % 10 == 0 and any(digits)


def _npi(text: str) -> bool:
    return _luhn("80840" + text)


def _dea(text: str) -> bool:
    d = [int(char) for char in text[2:]]
    return (d[0] + d[2] + d[4] + 2 * (d[1] + d[3] + d[5])) % 10 == d[6]


def _imei(text: str) -> bool:
    return _luhn(re.sub(r"\D", "", text))


def _vin(text: str) -> bool:
    return any(char.isdigit() for char in text[8:]) and any(char.isalpha() for char in text[:8])


def _nino(text: str) -> bool:
    letters = text[:2].upper()
    return (
        letters[0] not in "DFIQUV"
        and letters[1] not in "DFIQUVO"
        and letters not in {"BG", "GB", "NK", "KN", "TN", "NT", "ZZ"}
    )


def _iban(text: str) -> bool:
    """Mod 97 and the country's length; the checks that some countries add inside are not always kept."""
    plain = re.sub(r"[ \-]", "", text).upper()
    if not 15 <= len(plain) <= 34:
        return False
    return bool(import_module("stdnum.iban").is_valid(plain, check_country=False))


def _any(_: str) -> bool:
    return True


def _date_first(text: str) -> bool:
    """Six digits that could be a date of birth, in one of the usual orders."""
    a, b, c = (int(text[i : i + 2]) for i in (0, 2, 4))
    return (1 <= b <= 12 or 21 <= b <= 92) and (1 <= a <= 31 or 41 <= a <= 71 or 1 <= c <= 31 or 41 <= c <= 71)


_S = r"[ .\-/]?"
_ID = "id(?:entity|entification|-?nr|-?no)?\\b|personal (?:no|number|code)|national|identit|kimlik|tax"
KINDS: tuple[Kind, ...] = (
    Kind(name="IBAN", category=Category.PAYMENT, check=_iban,
         pattern=r"[A-Za-z]{2}\d{2}(?:[ \-]?[A-Za-z0-9]){11,30}"),
    Kind(name="CREDIT_CARD", category=Category.PAYMENT, check=_card,
         pattern=r"(?:3[47]\d{2}[ \-]?\d{6}[ \-]?\d{5}|(?:4\d|5[1-5]|2[2-7]|35|6[0245]|5[06-8])\d{2}[ \-]?\d{4}[ \-]?\d{4}[ \-]?\d{4}(?:\d{3})?|3[0689]\d{2}[ \-]?\d{6}[ \-]?\d{4})"),
    Kind(name="US_SSN", check=_ssn, pattern=r"\d{3}-\d{2}-\d{4}"),
    Kind(name="US_SSN", check=_ssn, pattern=r"\d{3}[ .]?\d{2}[ .]?\d{4}", hot=r"ssn\b|social sec|soc\.? sec|social\b"),
    Kind(name="US_ITIN", check=_any, pattern=r"9\d{2}[ -]?\d{2}[ -]?\d{4}", hot=r"itin\b|taxpayer"),
    Kind(name="UK_NHS", check="gb.nhs", pattern=r"\d{3}[ -]\d{3}[ -]\d{4}"),
    Kind(name="UK_NHS", check="gb.nhs", pattern=r"\d{10}|\d{3}[ .-]?\d{3}[ .-]?\d{4}",
         hot=r"nhs|patient|pt\b|health|hosp|chi\b|ward|gp\b|mg\b|dose|hb\b|bp\b|ferritin|bloods?|scan|repeat|clinic|k\+|diagnos"),
    Kind(name="UK_NINO", check=_nino, pattern=r"[A-Za-z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-Da-d]"),
    Kind(name="UK_UTR", check="gb.utr", pattern=r"\d{5} ?\d{5}K?", hot=r"utr\b|taxpayer|self.?assessment"),
    Kind(name="CA_SIN", check="ca.sin", pattern=r"\d{3}[ -]?\d{3}[ -]?\d{3}", hot=r"sin\b|nas\b|social insurance|assurance sociale"),
    Kind(name="IN_AADHAAR", check="in_.aadhaar", pattern=r"[2-9]\d{3}[ -]?\d{4}[ -]?\d{4}"),
    Kind(name="IN_PAN", check="in_.pan", pattern=r"[A-Za-z]{5}\d{4}[A-Za-z]"),
    Kind(name="DE_TAX_ID", check="de.idnr", pattern=r"\d{2} \d{3} \d{3} \d{3}"),
    Kind(name="DE_TAX_ID", check="de.idnr", pattern=r"\d{2}[ /.-]?\d{3}[ /.-]?\d{3}[ /.-]?\d{3}",
         hot=r"steuer|id-?nr|idnr|tin\b|tax|identifikationsn"),
    Kind(name="FR_NIR", check="fr.nir",
         pattern=r"[12378] ?\d{2} ?[01239]\d ?(?:\d{2}|2[ABab]) ?\d{3} ?\d{3} ?\d{2}"),
    Kind(name="ES_DNI", check="es.dni", pattern=r"\d{8}[ -]?[A-Za-z]|\d{2}\.\d{3}\.\d{3}[ -]?[A-Za-z]"),
    Kind(name="ES_NIE", check="es.nie", pattern=r"[XYZxyz][ -]?\d{7}[ -]?[A-Za-z]"),
    Kind(name="IT_CODICE_FISCALE", check="it.codicefiscale",
         pattern=r"[A-Za-z]{6} ?[0-9LMNPQRSTUVlmnpqrstuv]{2} ?[A-EHLMPRSTa-ehlmprst] ?[0-9LMNPQRSTUVlmnpqrstuv]{2} ?[A-Za-z][0-9LMNPQRSTUVlmnpqrstuv]{3} ?[A-Za-z]"),
    Kind(name="NL_BSN", check="nl.bsn", pattern=r"\d{4}[ .]?\d{2}[ .]?\d{3}|\d{3}[ .]\d{3}[ .]\d{3}", hot=r"bsn\b|burgerservice|sofi|citizen service"),
    Kind(name="PL_PESEL", check="pl.pesel", pattern=r"\d{11}", hot=r"pesel|ewidencyjn|dob\b|birth|nm\b|name\b"),
    Kind(name="SE_PERSONNUMMER", check="se.personnummer", pattern=r"(?:19|20)?\d{6}[-+]\d{4}"),
    Kind(name="SE_PERSONNUMMER", check="se.personnummer", pattern=r"(?:19|20)?\d{10}", hot=r"person ?n(?:umme)?r|pnr\b"),
    Kind(name="CH_AHV", check="ch.ssn", pattern=r"756[ .]?\d{4}[ .]?\d{4}[ .]?\d{2}"),
    Kind(name="AU_TFN", check="au.tfn", pattern=r"\d{3}[ -]?\d{3}[ -]?\d{2,3}", hot=r"tfn\b|tax file"),
    Kind(name="AU_MEDICARE", check=_any, pattern=r"[2-6]\d{3}[ -]?\d{5}[ -]?\d(?:[ /-]?\d)?", hot=r"medicare"),
    Kind(name="BR_CPF", check="br.cpf", pattern=r"\d{3}\.\d{3}\.\d{3}-\d{2}"),
    Kind(name="BR_CPF", check="br.cpf", pattern=r"\d{3}[ .]?\d{3}[ .]?\d{3}[ -]?\d{2}", hot=r"cpf\b|contribuinte|brazil|brasil"),
    Kind(name="ZA_ID", check="za.idnr", pattern=r"\d{6}[ ]?\d{4}[ ]?\d{2}[ ]?\d|\d{13}", hot=rf"{_ID}|rsa\b|south afric|ref for|\w+ \("),
    Kind(name="US_NPI", check=_npi, pattern=r"[1-9]\d{9}", hot=r"npi\b|national provider"),
    Kind(name="US_DEA", check=_dea, pattern=r"[ABCDEFGHJKLMPRSTUXabcdefghjklmprstux][A-Za-z9]\d{7}"),
    Kind(name="US_ABA_ROUTING", category=Category.PAYMENT, check=_aba, pattern=r"\d{9}", hot=r"routing|aba\b|rtn\b|transit"),
    Kind(name="MRN", category=Category.HEALTH, check=_any, pattern=r"(?:MRN|mrn|Mrn|PID|UR|URN|Hosp(?:ital)?(?: no| number)?)[ :#.\-no]{0,6}\d{5,10}"),
    Kind(name="MRN", category=Category.HEALTH, check=_any, pattern=r"\d{6,10}", hot=r"mrn\b|medical record|hospital (?:no|num)|patient (?:id|no|num)"),
    Kind(name="UK_BANK_ACCOUNT", category=Category.PAYMENT, check=_any, pattern=r"\d{2}[ -]\d{2}[ -]\d{2}[ ,;/]{1,3}(?:[a-z/ ]{0,12})?\d{8}"),
    Kind(name="UK_BANK_ACCOUNT", category=Category.PAYMENT, check=_any, pattern=r"\d{8}|\d{2}-\d{2}-\d{2}", hot=r"sort ?code|account (?:no|num)|acc(?:oun)?t\b|a/c\b|konto"),
    Kind(name="PASSPORT", check=_any, pattern=r"[A-Za-z]{1,2}[ ]?\d{6,9}|\d{8,9}|[A-Za-z]\d{2}[A-Za-z]{2}\d{4}|[CFGHJKLMNPRTVWXYZ0-9]{9}",
         hot=r"passport|reisepass|passeport|pasaporte|passaporto|paspoort|travel document"),
    Kind(name="DRIVING_LICENCE", check=_any, pattern=r"[A-Za-z9]{5}\d{6}[A-Za-z9]{2}[A-Za-z0-9]{3}|[A-Za-z]\d{7,12}",
         hot=r"driv(?:ing|er'?s?) licen|dvla|führerschein|permis de conduire"),
    Kind(name="VIN", check=_vin, pattern=r"[A-HJ-NPR-Z0-9]{11}\d{6}", hot=r"vin\b|chassis|vehicle|fahrgestell"),
    Kind(name="IMEI", check=_imei, pattern=r"\d{15}|\d{2}-\d{6}-\d{6}-\d", hot=r"imei|handset|phone|device"),
    Kind(name="FI_HETU", check="fi.hetu", pattern=r"\d{6}[-+ABCDEFUVWXY]\d{3}[0-9A-Z]"),
    Kind(name="DK_CPR", check=_date_first, pattern=r"\d{6}-\d{4}"),
    Kind(name="DK_CPR", check=_date_first, pattern=r"\d{10}", hot=r"cpr\b|personnummer"),
    Kind(name="NO_FODSELSNUMMER", check="no.fodselsnummer", pattern=r"\d{6} ?\d{5}"),
    Kind(name="BE_NRN", check="be.nn", pattern=r"\d{2}[ .]?\d{2}[ .]?\d{2}[ -.]?\d{3}[ .]?\d{2}"),
    Kind(name="KR_RRN", check="kr.rrn", pattern=r"\d{6}-?[1-8]\d{6}"),
    Kind(name="KR_RRN", check=_date_first, pattern=r"\d{6}-[1-8]\d{6}"),
    Kind(name="CZ_RC", check="cz.rc", pattern=r"\d{6}/\d{3,4}"),
    Kind(name="CZ_RC", check="cz.rc", pattern=r"\d{9,10}", hot=r"r\. ?č|rodné|rc\b|birth number"),
    Kind(name="MX_CURP", check=_any, pattern=r"[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{2}[A-Z]{3}[A-Z0-9]\d"),
    Kind(name="PT_NIF", check="pt.nif", pattern=r"\d{3} ?\d{3} ?\d{3}", hot=r"nif\b|contribuinte|fiscal"),
    Kind(name="RU_SNILS", check="ru.inn", pattern=r"\d{12}", hot=r"инн"),
    Kind(name="RU_SNILS", check=_any, pattern=r"\d{3}-\d{3}-\d{3}[ -]\d{2}"),
    Kind(name="TR_KIMLIK", check="tr.tckimlik", pattern=r"[1-9]\d{10}"),
    Kind(name="CN_ID", check="cn.ric", pattern=r"\d{17}[\dXx]"),
    Kind(name="JP_MY_NUMBER", check="jp.in_", pattern=r"\d{4}[ -]?\d{4}[ -]?\d{4}", hot=r"my ?number|マイナンバー|個人番号|individual number"),
    Kind(name="RO_CNP", check="ro.cnp", pattern=r"[1-9]\d{12}"),
    Kind(name="BG_EGN", check="bg.egn", pattern=r"\d{10}", hot=r"егн|egn\b"),
    Kind(name="EE_IK", check="ee.ik", pattern=r"[1-6]\d{10}", hot=rf"{_ID}|isikukood|asmens|eesti|eston|lith"),
    Kind(name="HR_OIB", check="hr.oib", pattern=r"\d{11}", hot=r"oib\b|osobni"),
    Kind(name="GR_AMKA", check="gr.amka", pattern=r"\d{11}", hot=r"αμκα|amka"),
    Kind(name="AT_VNR", check="at.vnr", pattern=r"\d{4} ?\d{6}", hot=r"svnr|sv-nr|sozialversicherung|versicherungsn"),
    Kind(name="DE_SVNR", check=_any, pattern=r"\d{2} ?\d{6} ?[A-Z] ?\d{3}", hot=r"rente|sozialvers|sv-?n|versicherung"),
    Kind(name="FR_NIF", check="fr.nif", pattern=r"[0-3]\d{12}", hot=r"fiscal|spi\b|impôt"),
    Kind(name="IE_PPS", check="ie.pps", pattern=r"\d{7}[A-W][AHWTX]?", hot=r"pps|revenue|rsi\b"),
    Kind(name="IL_ID", check="il.idnr", pattern=r"\d{9}", hot=r"teudat|israel|ת\.ז"),
    Kind(name="SG_NRIC", check=_any, pattern=r"[STFGM]\d{7}[A-Z]"),
    Kind(name="TH_PIN", check="th.pin", pattern=r"\d-?\d{4}-?\d{5}-?\d{2}-?\d", hot=rf"{_ID}|thai|บัตร"),
    Kind(name="MY_NRIC", check="my.nric", pattern=r"\d{6}-\d{2}-\d{4}"),
    Kind(name="AR_DNI", check=_any, pattern=r"\d{2}\.?\d{3}\.?\d{3}", hot=r"dni\b"),
    Kind(name="CL_RUT", check="cl.rut", pattern=r"\d{1,2}\.?\d{3}\.?\d{3}-[0-9Kk]"),
    Kind(name="CO_CC", check=_any, pattern=r"\d{1,3}(?:\.\d{3}){2,3}|\d{7,10}", hot=r"c[eé]dula"),
    Kind(name="BIC_ACCOUNT", category=Category.PAYMENT, check=_any, pattern=r"\d{7,12}", hot=r"kontonummer|account number|numéro de compte"),
    Kind(name="CASE_NUMBER", check=_any, pattern=r"[A-Z]{2,5}-?\d{5,9}", hot=r"claim\b|policy(?: no| number)?[ :#]|member(?:ship)? no|customer (?:no|id|number)"),
)  # fmt: skip

_SAMPLES = frozenset(
    """4111111111111111 4242424242424242 4012888888881881 4000056655665556 4000000000000002 4000000000000077
    4222222222222 5555555555554444 5105105105105100 5200828282828210 5454545454545454 2223003122003222 2223000048400011
    378282246310005 371449635398431 378734493671000 30569309025904 38520000023237 3056930009020004 36227206271667
    6011111111111117 6011000990139424 6011000990139424 3566002020360505 3530111333300000 6200000000000005 4917610000000000
    4444333322221111 4000002500003155 4000000000009995 4012000033330026 5431111111111111 5019717010103742 6304000000000000
    GB82WEST12345698765432 GB29NWBK60161331926819 GB33BUKB20201555555555 GB94BARC10201530093459 DE89370400440532013000
    FR1420041010050500013M02606 FR7630006000011234567890189 ES9121000418450200051332 IT60X0542811101000000123456
    NL91ABNA0417164300 BE68539007547034 CH9300762011623852957 AT611904300234573201 PL61109010140000071219812874
    SE4550000000058398257466 NO9386011117947 DK5000400440116243 FI2112345600000785 PT50000201231234567890154
    IE29AIBK93115212345678 LU280019400644750000 GR1601101250000000012300695 TR330006100519786457841326
    SA0380000000608010167519 AE070331234567890123456 078051120 219099999 123456789 987654321 457555462 123121234
    9434765919 4505577104 4010232137 QQ123456C AB123456C QQ123456A 046454286 123456782 111222333 86095742719 47036892816 02476291358
    12345678Z X1234567L 00000000T RSSMRA85T10A562S RSSMRA80A01H501U MRTMTT25D09F205Z MRTMTT91D08F205J 44051401359 44051401458
    8112289874 1212121212 198112289874 7561234567897 7569217076985 12345678909 11144477735 00000000000 999999990019 234123412346
    8001015009087 1234567893 021000021 011000015 122105155 123456789X 060391 131052308T 0101701234 17054026641 85073003328
    255081168053 255081416802538 S1234567D M8GDM9AXKP042788 1HGBH41JXMN109186 490154203237518 356938035643809 A1234567
    AAAPL1234C ABCDE1234F""".split()
)


@cache
def _stdnum(module: str) -> Callable[[str], bool]:
    valid: Callable[[str], bool] = import_module(f"stdnum.{module}").is_valid
    return valid


def _passes(kind: Kind, text: str) -> bool:
    plain = re.sub(r"[ .\-/]", "", text)
    if plain.upper() in _SAMPLES or len(set(plain)) <= 2:
        return False
    check = _stdnum(kind.check) if isinstance(kind.check, str) else kind.check
    return bool(check(text))


_HEADED = re.compile(r"[,;|\t]")


def _named(words: re.Pattern[str], text: str, start: int, end: int) -> bool:
    """Whether a word that names the number stands near it, or in the heading of a table it stands in."""
    if words.search(text, max(0, start - BEFORE), min(len(text), end + AFTER)):
        return True
    first = text[: text.find("\n")][:300] if "\n" in text[:start] else ""
    return bool(first and _HEADED.search(first) and words.search(first))


_ANY_DIGITS = re.compile(r"\d{2}|\d\D{1,2}\d")


class IdentifierDetector:
    """Structured identifiers, telephone numbers and addresses of mail."""

    name = "identifiers"
    version = "1"

    def find(self, text: str, language: str = "en") -> list[Finding]:
        found = [self._finding(kind, span) for kind, span in contacts.find(text)]
        if not _ANY_DIGITS.search(text):
            return found
        for kind in KINDS:
            for n, match in enumerate(kind.compiled.finditer(text)):
                if n >= MOST:
                    break
                if kind.words is not None and not _named(kind.words, text, match.start(), match.end()):
                    continue
                for span in _shorter(kind, match):
                    if _passes(kind, text[span[0] : span[1]]):
                        found.append(self._finding(kind.name, span, kind.category))
                        break
        return found

    def _finding(self, kind: str, span: tuple[int, int], category: Category = Category.PERSONAL) -> Finding:
        return Finding(detector=self.name, kind=kind, start=span[0], end=span[1], category=category)

    def canaries(self) -> tuple[tuple[str, str], ...]:
        return (
            ("IBAN", "IBAN GB17 MERI 2014 6512 3456 78"),
            ("CREDIT_CARD", "card 4539 9892 3597 2870"),
            ("US_SSN", "SSN 536-22-8476"),
            ("UK_NHS", "NHS number 999 676 4869"),
            ("DE_TAX_ID", "Steuer-ID 67 428 405 137"),
            ("PHONE", "call +44 20 7946 0991"),
            ("EMAIL", "write to zuri.pendlebury@fastpost.co.uk"),
        )


def _shorter(kind: Kind, match: re.Match[str]) -> list[tuple[int, int]]:
    """An IBAN in running text swallows the words after it: try it up to each space, longest first."""
    start, end = match.span()
    if kind.name != "IBAN":
        return [(start, end)]
    text = match.group()
    ends = [end, *(start + n for n in range(len(text) - 1, 14, -1) if text[n] in " -")]
    return [(start, stop) for stop in ends]
