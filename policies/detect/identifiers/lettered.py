"""Identifiers that hold letters: account numbers, tax codes, passports, plates, addresses of devices and wallets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from policies.detect.identifiers import checks
from policies.detect.identifiers.checks import Check, any_number, stdnum
from policies.detect.identifiers.context import stems
from policies.detect.identifiers.kinds import CLIENT, LICENCE, PASSPORT, H, M, P
from policies.labels import Category


@dataclass(frozen=True, slots=True, kw_only=True)
class Lettered:
    """A kind with letters. Without `words` it needs none beside it; `vague` words (whose it is) may do as well."""

    name: str
    pattern: str
    check: Check = any_number
    words: tuple[str, ...] = ()
    vague: bool = False
    checks_label: bool = True  # whether a word that says it is something else, right before, counts
    category: Category = P
    compiled: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "compiled", re.compile(rf"(?<![A-Za-z0-9])(?<!\d[-./])(?:{self.pattern})(?![A-Za-z0-9]|[-./]\d)")
        )


def _plain(module: str) -> Check:
    """The module's check on letters and digits alone: not every module knows every separator."""
    return lambda text: stdnum(module)(re.sub(r"[^A-Za-z0-9]", "", text))


_PLATE = stems(
    """plate license_pl licence_pl number_pl _reg_n _reg_no _vrm_ registration_n registration_m vehicle_reg kennzeichen immatric plaque_d
    matricula _reg_0 placa_ _targa_ kenteken tablica_rej numer_rej registreringsn registernum regnr _plaka ナンバー"""
)
_VIN = stems("_vin_ chassis vehicle_id fahrgestell fin_ numero_de_chasis telaio chassisn numer_vin sasi_no 車台番号")
_WALLET = stems(
    "wallet _eth_ ethereum crypto _usdt _erc20 _bnb_ metamask ledger send_to payout deposit cartera portefeuille portafoglio 送金"
)
_DEVICE_USER = stems(
    """client_ip user_ip customer _ip_of login logged_in log_in _session visitor subscriber source_ip src_ip remote_addr from_ip home_ip
    connected_from signed_in _his_ _her_ angemeldet connexion adresse_ip_d sesion accesso ingelogd sessao inloggad zalogow giris"""
)
LETTERED: tuple[Lettered, ...] = (
    Lettered(name="IBAN", category=M, check=checks.iban, checks_label=False,
             pattern=r"[A-Za-z]{2}[ .\-]?\d{2}(?:[ .\-]{0,2}[A-Za-z0-9]){11,30}"),
    Lettered(name="UK_BANK_ACCOUNT", category=M, pattern=r"\d{2}[ -]\d{2}[ -]\d{2}[ ,;/|\n]{1,3}(?:[a-zA-Z/. ]{0,14}[:#]? ?)?\d{8}"),
    Lettered(name="US_SSN", check=lambda t: checks.ssn(re.sub(r"\D", "", t)), pattern=r"\d{3}-\d{2}-\d{4}"),
    Lettered(name="UK_NINO", check=checks.nino, pattern=r"[A-Za-z]{2}[ .-]?\d{2}[ .-]?\d{2}[ .-]?\d{2}[ .-]?[A-Da-d]"),
    Lettered(name="IN_PAN", check=stdnum("in_.pan"), pattern=r"[A-Za-z]{3}[ABCFGHJLPTabcfghjlpt][A-Za-z]\d{4}[A-Za-z]"),
    Lettered(name="FR_NIR", check=stdnum("fr.nir"), pattern=r"[12378] ?\d{2} ?[01]\d ?2[ABab] ?\d{3} ?\d{3} ?\d{2}"),
    Lettered(name="ES_DNI", check=_plain("es.dni"), pattern=r"\d{8}[ .-]?[A-Za-z]|\d{1,2}\.\d{3}\.\d{3}[ .-]{0,3}[A-Za-z]|\d{2} \d{3} \d{3}[ -]?[A-Za-z]"),
    Lettered(name="ES_NIE", check=_plain("es.nie"), pattern=r"[XYZxyz][ .-]?(?:\d{7}|\d\.?\d{3}\.?\d{3})[ .-]?[A-Za-z]"),
    Lettered(name="IT_CODICE_FISCALE", check=_plain("it.codicefiscale"), checks_label=False,
             pattern=r"[A-Za-z]{3}[ .-]?[A-Za-z]{3}[ .-]?[0-9LMNPQRSTUVlmnpqrstuv]{2}[ .-]?[A-EHLMPRSTa-ehlmprst][ .-]?[0-9LMNPQRSTUVlmnpqrstuv]{2}[ .-]?[A-Za-z][0-9LMNPQRSTUVlmnpqrstuv]{3}[ .-]?[A-Za-z]"),
    Lettered(name="US_DEA", check=checks.dea, pattern=r"[ABCDEFGHJKLMPRSTUXabcdefghjklmprstux][A-Za-z9][ -]?\d{7}"),
    Lettered(name="SE_PERSONNUMMER", check=stdnum("se.personnummer"), pattern=r"(?:\d{2})?\d{6}\+\d{4}"),
    Lettered(name="FI_HETU", check=stdnum("fi.hetu"), pattern=r"\d{6}[-+ABCDEFUVWXY]\d{3}[0-9A-Z]"),
    Lettered(name="CZ_RC", check=stdnum("cz.rc"), pattern=r"\d{6}/\d{3,4}"),
    Lettered(name="MX_CURP", check=lambda t: checks.date_first(t[4:]), pattern=r"[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{2}[A-Z]{3}[A-Z0-9]\d"),
    Lettered(name="CN_ID", check=stdnum("cn.ric"), pattern=r"\d{17}[Xx]"),
    Lettered(name="DE_SVNR", pattern=r"\d{2} ?\d{6} ?[A-Z] ?\d{3}", words=stems("rente sozialvers _sv_n versicherungsn _rvnr")),
    Lettered(name="DE_EGK", category=H, pattern=r"[A-Z]\d{9}", words=stems("krankenvers versichertenn _kvnr krankenkasse gesundheitskarte")),
    Lettered(name="DE_PERSO", pattern=r"[CFGHJKLMNPRTVWXYZ0-9]{9}\d?", check=checks.mixed, words=stems("personalausweis ausweisn ausweis_n id_karte")),
    Lettered(name="IE_PPS", check=stdnum("ie.pps"), pattern=r"\d{7}[A-Wa-w][A-Ia-iWwTtXx]?", words=stems("_pps revenue _rsi_ irish"), vague=True),
    Lettered(name="SG_NRIC", pattern=r"[STFGM]\d{7}[A-Z]"),
    Lettered(name="CL_RUT", check=_plain("cl.rut"), pattern=r"\d{1,2}\.?\d{3}\.?\d{3}-[0-9Kk]"),
    Lettered(name="PL_DOWOD", pattern=r"[A-Z]{3} ?\d{6}", words=stems("dowod identity id_card")),
    Lettered(name="IT_CIE", pattern=r"C[A-Z]\d{5}[A-Z]{2}", words=stems("carta_d_ident identita documento")),
    Lettered(name="PT_CC", check=stdnum("pt.cc"), pattern=r"\d{8} ?\d ?[A-Z0-9]{2}\d", words=stems("cartao_de_cid cartao_cid _cc_ cidadao")),
    Lettered(name="US_MBI", category=H, pattern=r"[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y]{2}\d{2}"),
    Lettered(name="NZ_NHI", category=H, pattern=r"[A-HJ-NP-Z]{3}\d{4}", words=stems("_nhi_")),
    Lettered(name="MRN", category=H, checks_label=False,
             pattern=r"(?:MRN|mrn|Mrn|PID|UR|URN|NHC|IPP|Hosp(?:ital)?(?: no| number)?)[ :#.\-no]{0,6}[A-Z]{0,3}-?\d{5,10}|PID\|\d*\|[^|\n]{0,40}\|\w{3,20}[\^|][^\n]{0,40}"),
    Lettered(name="MRN", category=H, pattern=r"[A-Z]{1,4}[-/ ]?\d{4,10}|\d{2,4}[-/]\d{3,8}[A-Z]?", check=lambda t: not re.fullmatch(r"(?:19|20)\d\d-\d{3,4}", t),
             words=stems("_mrn _pat_n n_patient medical_rec med_rec hospital_n patient_id patient_n patient_nr patientn patientenn fallnummer dossier_patient historia_clinica cartella_clinica patientnummer prontuario journalnummer numer_pacjenta hasta_no 診察券 患者番号 カルテ")),
    Lettered(name="PASSPORT", pattern=r"[A-Za-z]{1,3}[ -]?\d{6,9}|\d{2}[A-Za-z]{2}\d{5}|[A-Za-z]\d{2}[A-Za-z]{2}\d{4}|\d{2} \d{2} \d{6}|[CFGHJKLMNPRTVWXYZ]{1,2}[CFGHJKLMNPRTVWXYZ0-9]{7,8}|[A-Z]{2}\d{3}[A-Z]{2}\d{2}",
             check=checks.passport, words=(*PASSPORT, *stems("_visa_n visa_no residence_perm aufenthaltstitel titre_de_sejour permiso_de_res permesso_di_sogg verblijfs 在留カード")), vague=False),
    Lettered(name="DRIVING_LICENCE", pattern=r"[A-Za-z9]{5}[ ]?\d{6}[ ]?[A-Za-z9]{2} ?[A-Za-z0-9]{3}|[A-Za-z]{1,2}[ -]?\d{6,13}|[A-Za-z]\d{3}-\d{4}-\d{4}|[A-Z0-9]{11}|\d{5}/\d{2}/\d{4}|[A-Z]{2}\d{7}[A-Z]",
             check=checks.passport, words=LICENCE),
    Lettered(name="VIN", check=checks.vin, pattern=r"[A-HJ-NPR-Za-hj-npr-z0-9]{8}[0-9Xx][A-HJ-NPR-Za-hj-npr-z0-9]{2}[A-HJ-NPR-Za-hj-npr-z0-9]{2}\d{4}"),
    Lettered(name="VIN", check=checks.mixed, pattern=r"[A-HJ-NPR-Za-hj-npr-z0-9]{13}\d{4}", words=(*_VIN, *_PLATE)),
    Lettered(name="LICENCE_PLATE", check=checks.mixed, words=_PLATE,
             pattern=r"[A-ZÄÖÜ]{1,3}[- ][A-Z]{1,2}[- ]?\d{1,4}[HE]?|[A-Z]{2}\d{2} ?[A-Z]{3}|[A-Z]{2}[- ]?\d{3}[- ]?[A-Z]{2}|\d{4}[- ]?[A-Z]{3}|[A-Z]{3}[- ]?\d{1,4}[A-Z]?|\d{2}[- ][A-Z]{2}[- ]\d{2}|[A-Z]{1,2}[- ]\d{3}[- ][A-Z]{1,2}|\d{2} [A-Z]{1,3} \d{2,4}|\d[- ][A-Z]{3}[- ]\d{2,3}|[A-Z]\d{1,3}[ ]?[A-Z]{3}|[A-Z]{2} \d{4,5}[A-Z]?|[A-Z]{3}\d[A-Z]\d{2}|\d[A-Z]{3}\d{3}"),
    Lettered(name="MAC_ADDRESS", check=checks.mac, pattern=r"(?<!(?:[0-9A-Fa-f]{2}[:-]){4})[0-9A-Fa-f]{2}(?:(?::[0-9A-Fa-f]{2}){5}|(?:-[0-9A-Fa-f]{2}){5})(?![:-])|(?<!\.)(?=[0-9.]{0,12}[a-f])[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}(?!\.)"),
    Lettered(name="IP_ADDRESS", pattern=r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}", check=lambda t: _routed(t), words=_DEVICE_USER),
    Lettered(name="CRYPTO_WALLET", category=M, check=stdnum("bitcoin"), pattern=r"[13][1-9A-HJ-NP-Za-km-z]{25,34}|bc1[02-9ac-hj-np-z]{11,71}"),
    Lettered(name="CRYPTO_WALLET", category=M, pattern=r"0x[0-9a-fA-F]{40}|T[1-9A-HJ-NP-Za-km-z]{33}", words=_WALLET),
    Lettered(name="CLIENT_NUMBER", pattern=r"[A-Z]{1,5}[-/ ]?\d{5,12}|[A-Z]{1,4}-\d{2,6}-\d{2,8}|\d{2,4}-[A-Z]{1,3}-\d{3,8}", words=CLIENT),
)  # fmt: skip

_RESOLVERS = frozenset("8.8.8.8 8.8.4.4 1.1.1.1 1.0.0.1 9.9.9.9 208.67.222.222 208.67.220.220 4.4.4.4 1.2.3.4".split())


def _routed(text: str) -> bool:
    """An address that leads to somebody: not private, not of a manual, not a public resolver."""
    parts = [int(part) for part in text.split(".")]
    if max(parts) > 255 or text in _RESOLVERS or parts[0] in {0, 10, 127} or parts[0] >= 224:
        return False
    return not (
        (parts[0] == 172 and 16 <= parts[1] <= 31)
        or parts[:2] in ([192, 168], [169, 254], [198, 18], [198, 19])
        or parts[:3] in ([192, 0, 2], [198, 51, 100], [203, 0, 113])
    )
