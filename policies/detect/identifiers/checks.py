"""Check digits, and the numbers that are printed in manuals: those are nobody's."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib import import_module

Check = Callable[[str], bool]


@cache
def stdnum(module: str) -> Check:
    """The check of a python-stdnum module, by its name: `fr.nir`. What it cannot look up counts as right."""
    valid: Check = import_module(f"stdnum.{module}").is_valid

    def check(number: str) -> bool:
        try:
            return valid(number)
        except LookupError:  # its table of places has gaps
            return True

    return check


def luhn(number: str) -> bool:
    """The sum that cards and many others use."""
    total = 0
    for place, char in enumerate(reversed(number)):
        digit = int(char) * (2 if place % 2 else 1)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0


_ISSUERS = re.compile(
    r"4\d{15}\Z|5[1-5]\d{14}\Z|2(?:2[2-9]|[3-6]\d|7[01])\d{13}\Z|2720\d{12}\Z|3[47]\d{13}\Z|3(?:0[0-5]|[689]\d)\d{11}\Z|35(?:2[89]|[3-8]\d)\d{12}\Z|"
    r"6(?:011|4[4-9]\d|5\d\d|2\d\d)\d{12}\Z|220[0-4]\d{12}\Z"
)


def card(number: str) -> bool:
    """An issuer's first digits, the length that goes with them, and the sum."""
    return bool(_ISSUERS.match(number)) and luhn(number)


def ssn(number: str) -> bool:
    """Numbers that were issued; the ones from 900 on are taxpayers' and need the middle of those."""
    area, group, serial = number[:3], number[3:5], number[5:]
    return area not in {"000", "666"} and area < "900" and group != "00" and serial != "0000"


def itin(number: str) -> bool:
    """A taxpayer's number in the form of the other."""
    group = int(number[3:5])
    return number[0] == "9" and (50 <= group <= 65 or 70 <= group <= 88 or 90 <= group <= 92 or 94 <= group <= 99)


def aba(number: str) -> bool:
    """The sum of a bank's routing number."""
    digits = [int(char) for char in number]
    return any(digits) and sum(d * w for d, w in zip(digits, (3, 7, 1) * 3, strict=True)) % 10 == 0


def npi(number: str) -> bool:
    """A provider of health care."""
    return number[0] in "12" and luhn("80840" + number)


_DOCUMENTED_MAC = re.compile(r"00005E0053..|01005E9010..")  # RFC 7042


def mac(text: str) -> bool:
    """The address of a device: no row of one sign, and none that is set aside for manuals."""
    plain = re.sub(r"\W", "", text).upper()
    return len(set(plain)) > 3 and not _DOCUMENTED_MAC.fullmatch(plain)


def dea(text: str) -> bool:
    """A prescriber's registration: the last digit is a sum of the others."""
    d = [int(char) for char in text[-7:]]
    return (d[0] + d[2] + d[4] + 2 * (d[1] + d[3] + d[5])) % 10 == d[6]


def vin(text: str) -> bool:
    """The check digit of North America, at the ninth place."""
    return mixed(text) and _vin_sum(text.upper()) == text.upper()[8]


_VIN = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10), *range(10)), strict=True)
)


def _vin_sum(text: str) -> str:
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    rest = sum(_VIN.get(char, 0) * weight for char, weight in zip(text, weights, strict=True)) % 11
    return "X" if rest == 10 else str(rest)


def mixed(text: str) -> bool:
    """Letters and digits both."""
    return any(map(str.isdigit, text)) and any(map(str.isalpha, text))


def nino(text: str) -> bool:
    """The letters that begin a British number."""
    letters = text[:2].upper()
    return (
        letters[0] not in "DFIQUV"
        and letters[1] not in "DFIQUVO"
        and letters not in {"BG", "GB", "NK", "KN", "TN", "NT", "ZZ"}
    )


def iban(text: str) -> bool:
    """Mod 97 and the country's length; the checks that some countries add inside are not always kept."""
    plain = re.sub(r"[^A-Za-z0-9]", "", text).upper()
    if not 15 <= len(plain) <= 34:
        return False
    return bool(import_module("stdnum.iban").is_valid(plain, check_country=False))


def any_number(_: str) -> bool:
    """For kinds that have no check digit: the words beside it decide."""
    return True


def date_first(text: str) -> bool:
    """Six digits that could be a date of birth, in one of the usual orders."""
    if len(text) < 6 or not text[:6].isdigit():
        return False
    a, b, c = (int(text[i : i + 2]) for i in (0, 2, 4))
    return (1 <= b <= 12 or 21 <= b <= 92) and (1 <= a <= 31 or 41 <= a <= 71 or 1 <= c <= 31 or 41 <= c <= 71)


def cpr(number: str) -> bool:
    """Denmark: a day and a month in front; a number that stands in for one has 60 more for its day."""
    return 1 <= int(number[:2]) % 60 <= 31 and 1 <= int(number[2:4]) <= 12


def with_date(module: str) -> Check:
    """The module's check, after a glance at the date that it begins with: most look-alikes fail there."""
    return lambda text: date_first(re.sub(r"\D", "", text)) and stdnum(module)(text)


def passport(text: str) -> bool:
    """Seven to nine digits, with or without letters, but not a date."""
    return sum(map(str.isdigit, text)) >= 5 and not re.fullmatch(r"(?:19|20)\d{6}", text)


_SAMPLES = frozenset(
    """4111111111111111 4242424242424242 4012888888881881 4000056655665556 4000000000000002 4000000000000077 4000000000000127
    4222222222222 5555555555554444 5105105105105100 5200828282828210 5454545454545454 2223003122003222 2223000048400011
    378282246310005 371449635398431 378734493671000 30569309025904 38520000023237 3056930009020004 36227206271667
    6011111111111117 6011000990139424 6011000400000000 3566002020360505 3530111333300000 6200000000000005 4917610000000000
    4444333322221111 4000002500003155 4000000000009995 4012000033330026 5431111111111111 5019717010103742 6304000000000000
    4000002760003184 4000000000003220 4000000000000069 4000000000000119 4000000000000101 4000000000000341 5200000000000007
    4462030000000000 4917300800000000 4484070000000000 5500000000000004 340000000000009 30000000000004 6759649826438453
    GB82WEST12345698765432 GB29NWBK60161331926819 GB33BUKB20201555555555 GB94BARC10201530093459 DE89370400440532013000
    FR1420041010050500013M02606 FR7630006000011234567890189 ES9121000418450200051332 IT60X0542811101000000123456
    NL91ABNA0417164300 BE68539007547034 CH9300762011623852957 AT611904300234573201 PL61109010140000071219812874
    SE4550000000058398257466 NO9386011117947 DK5000400440116243 FI2112345600000785 PT50000201231234567890154 10000000146
    IE29AIBK93115212345678 LU280019400644750000 GR1601101250000000012300695 TR330006100519786457841326 LI21088100002324013AA
    CZ6508000000192000145399 HU42117730161111101800000000 RO49AAAA1B31007593840000 BG80BNBG96611020345678 HR1210010051863000160
    SK3112000000198742637541 SI56263300012039086 EE382200221020145685 LV80BANK0000435195001 LT121000011101001000
    MT84MALT011000012345MTLCAST001S CY17002001280000001200527600 IS140159260076545510730339 IL620108000000099999999
    GB33BUKB20201555555555 DE75512108001245126199 DE12500105170648489890 FR7630001007941234567890185 DE02120300000000202051
    SA0380000000608010167519 AE070331234567890123456 078051120 219099999 457555462 123121234 987654320 123456782
    9434765919 4505577104 4010232137 QQ123456C AB123456C QQ123456A QQ123456B 046454286 111222333 86095742719 47036892816 02476291358
    12345678Z X1234567L 00000000T Y1234567X RSSMRA85T10A562S RSSMRA80A01H501U MRTMTT25D09F205Z MRTMTT91D08F205J 44051401359 44051401458
    8112289874 198112289874 8112189876 198112189876 1212121212 191212121212 121212121212 7561234567897 7569217076985 12345678909 11144477735 999999990019 234123412346
    8001015009087 1234567893 021000021 011000015 122105155 123456789X 060391 131052308T 0101701234 17054026641 85073003328
    255081168053 255081416802538 S1234567D M8GDM9AXKP042788 1HGBH41JXMN109186 11111111111111111 490154203237518 356938035643809
    A1234567 AAAPL1234C ABCDE1234F 1A1ZP1EP5QGEFI2DMPTFTL5SLMV7DIVFNA 1BOATSLRHTKNNGKDXEEOBR76B53LETTPYT
    00112233445 000102030405 001A2B3C4D5E 001122334455 AABBCCDDEEFF 0123456789AB DEADBEEFCAFE""".split()
)
_UP, _DOWN = "0123456789" * 3, "9876543210" * 3


def is_sample(text: str) -> bool:
    """Printed in a manual, or typed by a finger that slid over the keys."""
    plain = re.sub(r"[^A-Za-z0-9]", "", text).upper()
    digits = re.sub(r"\D", "", plain)
    return plain in _SAMPLES or len(set(plain)) <= 2 or (len(digits) >= 5 and (digits in _UP or digits in _DOWN))
