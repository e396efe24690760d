"""What a kind of identifier is, and all kinds that are made of digits alone.

`shapes` are the ways it is grouped: "3 3 4" stands for 943 476 5919 and 943-476-5919. A shape in `alone` is so
checked, or so unusual, that it needs no word beside it; one in `named` counts only with a word that names the
kind, or with one that says whose it is. Beside its own word a kind with a check digit may be grouped in any way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from policies.detect.identifiers import checks
from policies.detect.identifiers.checks import Check, any_number, stdnum, with_date
from policies.detect.identifiers.context import stems
from policies.labels import Category

Shape = tuple[int, ...]


def _shapes(text: str) -> frozenset[Shape]:
    return frozenset(tuple(int(n) for n in one.split()) for one in text.split("|") if one.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Digits:
    """A kind made of digits. `between` are the separators it is written with."""

    name: str
    check: Check = any_number
    alone: str = ""
    named: str = ""
    words: str = ""
    between: str = " .-/"
    weak: bool = False  # whether most numbers pass its check
    category: Category = Category.PERSONAL
    alone_shapes: frozenset[Shape] = field(init=False)
    named_shapes: frozenset[Shape] = field(init=False)
    stems: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "alone_shapes", _shapes(self.alone))
        object.__setattr__(self, "named_shapes", _shapes(self.named))
        object.__setattr__(self, "stems", stems(self.words))

    @property
    def is_checked(self) -> bool:
        """Whether a wrong number can be told from a right one."""
        return self.check is not any_number and not self.weak

    @property
    def totals(self) -> frozenset[int]:
        """How many digits it may have."""
        return frozenset(sum(shape) for shape in self.alone_shapes | self.named_shapes)


P, H, M = Category.PERSONAL, Category.HEALTH, Category.PAYMENT
_CARD = "card_ _cards karte carte_ tarjeta carta_ creditcard kaart cartao kort karta kart_ _pan_ visa mastercard amex カード"
_ACCOUNT = """account_n account_is account_id _acct _acc_n _acc_no _a_c_ _bank_acc current_account savings_account accountnumber kontonummer konto_n
    _konto_ _kto_ numero_de_compte compte_n _compte_ numero_de_cuenta cuenta conto_corrente numero_di_conto numero_conto rekening conta_n
    _conta_ conta_corrente bank_detail bankverbindung coordonnees_banc datos_banc dati_banc bankgegevens dados_banc bankuppgift dane_do_przel banka_bilgi bankkonto nr_konta numer_konta rachunk hesap 口座 sort_code sortcode bankleitzahl _blz_ _clabe _cbu_ _bsb_ giro"""
KINDS: tuple[Digits, ...] = (
    Digits(name="CREDIT_CARD", category=M, check=checks.card, alone="4 4 4 4|16|4 6 5|15|4 6 4|14", words=_CARD),
    Digits(name="CREDIT_CARD", category=M, check=lambda n: n[0] in "234569" and checks.luhn(n), named="13|19|4 4 4 4 3|12|16|4 4 4 4|8 8|18|4 4 4 1|4 4 4 2", words=_CARD),
    Digits(name="US_SSN", check=checks.ssn, weak=True, named="3 2 4|9", words="_ssn social_s soc_sec _social_0 _social_is _the_social_ _as_social_ _social_on_ seguro_social"),
    Digits(name="US_ITIN", check=checks.itin, weak=True, named="3 2 4|9", words="_itin _tin_ taxpayer tax_id individual_tax"),
    Digits(name="UK_NHS", check=stdnum("gb.nhs"), alone="3 3 4", named="10",
           words="""_nhs patient _pt_ health hosp _chi_ _ward_ _gp_ _mg_ dose_ _hb_ _bp_ ferritin blood _scan clinic _k_ diagnos _bed_ _a_e_ surgery
                 admission discharge referral"""),
    Digits(name="UK_UTR", check=stdnum("gb.utr"), named="10|5 5", words="_utr unique_tax taxpayer self_ass"),
    Digits(name="CA_SIN", check=stdnum("ca.sin"), named="3 3 3|9",
           words="_sin_ _sins_ _nas_ social_ins soc_ins assurance_soc sinnumber insurance_number sozialversicherungsnummer_kan"),
    Digits(name="CA_PHN", category=H, check=stdnum("ca.bc_phn"), named="4 3 3|10", words="_phn personal_health care_card health_card"),
    Digits(name="IN_AADHAAR", check=stdnum("in_.aadhaar"), alone="4 4 4", named="12", words="aadha adhaar adhar uidai _uid_ आधार unique_id"),
    Digits(name="DE_TAX_ID", check=stdnum("de.idnr"), alone="2 3 3 3", named="11",
           words="steuer idnr _id_nr _tin_ tax identifikationsn identifikationsm _stid _stidnr"),
    Digits(name="FR_NIR", check=lambda n: stdnum("fr.nir")(n) and n[0] in "12378", alone="1 2 2 2 3 3 2|13 2|15|1 2 2 2 3 3|1 2 2 5 3 2|1 2 2 2 6 2|1 4 2 3 3 2|1 12 2|5 2 3 3 2|1 6 6 2|1 2 2 8 2",
           words="securite secu_ _nir_ _insee assure vitale _ss_"),
    Digits(name="NL_BSN", check=stdnum("nl.bsn"), named="9|3 3 3|4 2 3|8", words="_bsn burgerserv sofi citizen_serv burger_serv service_number"),
    Digits(name="PL_PESEL", check=with_date("pl.pesel"), alone="11", named="6 5", words="pesel ewidenc dob birth"),
    Digits(name="SE_PERSONNUMMER", check=stdnum("se.personnummer"), alone="6 4|8 4", named="10|12", between="-+ ",
           words="person_n personn _pnr samordning svensk personnr"),
    Digits(name="CH_AHV", check=lambda n: n.startswith("756") and stdnum("ch.ssn")(n), alone="3 4 4 2|13", words="_ahv _avs_ _ssn navs"),
    Digits(name="AU_TFN", check=stdnum("au.tfn"), named="9|3 3 3|8|3 3 2", words="_tfn tax_file taxfile"),
    Digits(name="AU_MEDICARE", category=H, named="10|4 5 1|11|4 5 1 1", words="medicare"),
    Digits(name="BR_CPF", check=stdnum("br.cpf"), alone="3 3 3 2", named="11|9 2", words="_cpf contribuinte brazil brasil cadastro"),
    Digits(name="ZA_ID", check=with_date("za.idnr"), alone="13|6 4 2 1|6 4 3|6 7", words="_id_ identity _rsa_ south_afr"),
    Digits(name="US_NPI", check=checks.npi, named="10|3 3 4", words="_npi provider prescriber"),
    Digits(name="US_ABA_ROUTING", category=M, check=checks.aba, named="9|4 4 1|3 3 3", words="routing _aba_ _rtn_ _rtg_ transit routng _routing_n bank_code"),
    Digits(name="UK_BANK_ACCOUNT", category=M, named="8|2 2 2|6|2 2 2 8|6 8|4 4", words=_ACCOUNT),
    Digits(name="BANK_ACCOUNT", category=M, named="7|9|10|11|12|13|14|16|17|18|20|22|2 3 4|4 2 5|4 4 2 10|3 4 7 1", words=_ACCOUNT),
    Digits(name="IMEI", check=checks.luhn, named="15|2 6 6 1|2 6 6", words="_imei handset phone device handy telephone telefon 端末"),
    Digits(name="DK_CPR", check=checks.cpr, weak=True, alone="6 4", named="10", between="-", words="_cpr personn"),
    Digits(name="NO_FODSELSNUMMER", check=with_date("no.fodselsnummer"), alone="11|6 5", words="fodsel personn"),
    Digits(name="BE_NRN", check=stdnum("be.nn"), alone="2 2 2 3 2|11|6 3 2|6 5", words="rijksregister registre_nat _niss_ _insz"),
    Digits(name="KR_RRN", check=lambda n: checks.date_first(n) and n[6] in "12345678", weak=True, alone="6 7", named="13", words="_rrn resident 주민"),
    Digits(name="CZ_RC", check=with_date("cz.rc"), alone="", named="9|10|6 4|6 3", words="rodne _rc_ birth_n _r_c_"),
    Digits(name="PT_NIF", check=stdnum("pt.nif"), named="9|3 3 3", words="_nif_ contribuinte fiscal"),
    Digits(name="PT_SNS", category=H, named="9|3 3 3", words="_sns_ utente"),
    Digits(name="RU_INN", check=stdnum("ru.inn"), named="12", words="инн _inn_"),
    Digits(name="RU_SNILS", alone="3 3 3 2", named="11", between="- ", words="снилс snils"),
    Digits(name="TR_KIMLIK", check=stdnum("tr.tckimlik"), alone="11|3 3 3 2", words="kimlik _tc_ _tckn"),
    Digits(name="CN_ID", check=stdnum("cn.ric"), alone="18|6 8 4", words="身份证 resident"),
    Digits(name="JP_MY_NUMBER", check=stdnum("jp.in_"), named="12|4 4 4", words="my_num mynumber マイナンバー 個人番号 individual_n"),
    Digits(name="RO_CNP", check=stdnum("ro.cnp"), alone="13", words="_cnp_"),
    Digits(name="BG_EGN", check=stdnum("bg.egn"), named="10", words="егн _egn"),
    Digits(name="EE_IK", check=stdnum("ee.ik"), named="11", words="isikukood asmens eesti eston lithuan"),
    Digits(name="HR_OIB", check=stdnum("hr.oib"), named="11", words="_oib_ osobni"),
    Digits(name="GR_AMKA", check=stdnum("gr.amka"), named="11", words="αμκα amka"),
    Digits(name="AT_VNR", check=stdnum("at.vnr"), named="4 6|10", words="svnr _sv_n sozialversich versicherungsn"),
    Digits(name="FR_NIF", check=stdnum("fr.nif"), named="13|2 2 3 3 3", words="fiscal _spi_ impot"),
    Digits(name="ES_NUSS", named="12|2 8 2|2 10", words="seguridad_soc _nuss _naf_ afiliacion"),
    Digits(name="IL_ID", check=stdnum("il.idnr"), named="9", words="teudat israel"),
    Digits(name="TH_PIN", check=stdnum("th.pin"), alone="1 4 5 2 1", named="13", words="_thai บัตร"),
    Digits(name="MY_NRIC", check=stdnum("my.nric"), alone="6 2 4", named="12", between="-", words="_nric mykad malaysia"),
    Digits(name="PK_CNIC", check=stdnum("pk.cnic"), alone="5 7 1", named="13", words="_cnic nadra"),
    Digits(name="ID_NIK", check=stdnum("id.nik"), named="16", words="_nik_ _ktp_"),
    Digits(name="IS_KENNITALA", check=stdnum("is_.kennitala"), named="10|6 4", words="kennitala"),
    Digits(name="SI_EMSO", check=stdnum("si.emso"), alone="13", words="emso jmbg"),
    Digits(name="NZ_IRD", check=stdnum("nz.ird"), named="8|9|2 3 3|3 3 3", words="_ird_ inland_rev"),
    Digits(name="NZ_NHI", category=H, named="7", words="_nhi_"),
    Digits(name="AR_DNI", named="2 3 3|8|7", words="_dni_"),
    Digits(name="AR_CUIT", check=stdnum("ar.cuit"), named="2 8 1|11", words="_cuil _cuit"),
    Digits(name="CO_CC", named="1 3 3 3|2 3 3|8|10", words="cedula"),
    Digits(name="US_MBI_HIC", category=H, named="10|9", words="medicaid health_plan health_ins krankenvers krankenkasse subscriber_n"),
    Digits(name="MRN", category=H, named="5|6|7|8|9|10|3 3|2 2 2|3 4|4 4|3 3 2|3 3 3",
           words="""_mrn _mr_n _pat_n n_patient medical_rec med_rec hospital_n _hosp_n patient_id patient_n patient_ref patientn patientenn patienten_id patient_nr fallnummer
                 krankenblatt dossier_patient numero_de_dossier_med ipp_ historia_clinica numero_de_historia _nhc_ cartella_clinica patientnummer
                 dossiernummer prontuario journalnummer numer_pacjenta hasta_no hasta_num protokol_no 診察券 患者番号 カルテ _urn_ unit_n chart_n chart_no"""),
    Digits(name="PASSPORT", check=checks.passport, weak=True, named="8|9|7|4 5|3 3 3|2 7", words="passport"),
    Digits(name="DRIVING_LICENCE", named="7|8|9|10|11|12|3 3 3|2 2 6|2 3 3", words="licence"),
    Digits(name="CLIENT_NUMBER", named="6|7|8|9|10|11|12|3 3|3 3 3|4 4|3 4|2 3 3|4 4 4", words="client"),
)  # fmt: skip

# The words of kinds that come both with and without letters.
PASSPORT = stems(
    """passport reisepass _pass_n passnummer _pass_nr passeport pasaport pasaporte passaporto paspoort passaporte passaport paszport
    travel_doc _pp_n 旅券 パスポート _pass_no _passp"""
)
LICENCE = stems(
    """driving_lic driver_lic driver_s_lic drivers_lic drivers_licen _dvla fuhrerschein permis_de_cond carnet_de_cond licencia_de_cond
    permiso_de_cond patente rijbewijs carta_de_cond _cnh_ korkort prawo_jazdy prawa_jazdy ehliyet surucu_belg 運転免許 _licence_n _license_n
    _dl_no _dl_n driver_lice fahrerlaubnis"""
)
CLIENT = stems(
    """customer_n customer_id customer_ref cust_id cust_no cust_n _customer_ client_n client_id client_ref claim_n claim_id _claim_ policy_n
    policy_id policyholder _policy_ member_n member_id membership_n employee_n employee_id staff_n staff_id payroll_n personnel_n student_n
    student_id pupil_n applicant_n insured_n subscriber kundennummer kundennr kunden_nr kunden_id _kd_nr mandantennummer personalnummer
    mitarbeiternummer mitarbeiter_id matrikel vertragsnummer schadennummer versicherungsschein mitgliedsn numero_client numero_de_client
    numero_adherent matricule numero_de_sinistre numero_de_contrat numero_de_cliente _id_cliente numero_de_empleado numero_de_poliza
    numero_cliente codice_cliente matricola numero_polizza klantnummer klantnr polisnummer personeelsnummer numero_do_cliente apolice
    numero_de_funcion kundnummer anstallningsn forsakringsn numer_klienta nr_klienta numer_polisy musteri_no musteri_num police_no
    顧客番号 お客様番号 会員番号 社員番号 証券番号 case_file matter_n benefit_n caseworker"""
)


def words_of(kind: Digits) -> tuple[str, ...]:
    """The stems that name a kind."""
    shared = {"PASSPORT": PASSPORT, "DRIVING_LICENCE": LICENCE, "CLIENT_NUMBER": CLIENT}
    return shared.get(kind.name, kind.stems)


def by_total(kinds: Iterable[Digits]) -> dict[int, tuple[Digits, ...]]:
    """The kinds by how many digits they may have."""
    found: dict[int, list[Digits]] = {}
    for kind in kinds:
        for total in kind.totals:
            found.setdefault(total, []).append(kind)
    return {total: tuple(those) for total, those in found.items()}
