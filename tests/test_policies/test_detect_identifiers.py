"""One table: what is an identifier, and what only looks like one; then many more of both, drawn from seeds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from identifier_shapes import identifiers, look_alikes

from policies.detect.identifiers import IdentifierDetector
from policies.labels import Category

DETECTOR = IdentifierDetector()


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("IBAN", "pay GB17 MERI 2014 6512 3456 78 now"),
        ("IBAN", "at521942439943830349"),
        ("IBAN", ":59:/GB17MERI20146512345678\nK HALVO"),
        ("IBAN", "IBANBE72-3745-4356-9916"),
        ("PL_PESEL", "PESEL88031763543"),
        ("ES_DNI", "Is it in the Wikipedia article? titular: 62320204 W"),
        ("UK_BANK_ACCOUNT", "bank details = 729930 47822392"),
        ("PHONE", "tel. 888 123 456"),
        ("CREDIT_CARD", "4539 9892 3597 2870"),
        ("CREDIT_CARD", "4539 9892 3597 2870 11/29 771"),
        ("UK_BANK_ACCOUNT", "my bank: 80 82 07 | 48037636"),
        ("CREDIT_CARD", "amex 3782 560985 17255"),
        ("CREDIT_CARD", "4539.9892.3597.2870"),
        ("US_SSN", "536-22-8476"),
        ("US_SSN", "social security 536 22 8476"),
        ("US_SSN", "S.S.N. 536228476"),
        ("UK_NHS", "999 676 4869"),
        ("UK_NINO", "ZK 66 91 71 B"),
        ("CA_SIN", "SIN 536-466-410"),
        ("CA_SIN", "the client's number is 536466410"),
        ("IN_AADHAAR", "7435 9732 8347"),
        ("DE_TAX_ID", "67 428 405 137"),
        ("DE_TAX_ID", "Steueridentifikationsnr. 67428405137"),
        ("FR_NIR", "284076911601049"),
        ("ES_DNI", "25122552C"),
        ("ES_DNI", "titular 25.122.552-C"),
        ("ES_NIE", "X6296097P"),
        ("IT_CODICE_FISCALE", "BRGLCU81M14F839I"),
        ("NL_BSN", "bsn 138140376"),
        ("NL_BSN", "burgerservicenumer 138140376"),
        ("PL_PESEL", "PESEL 88031763543"),
        ("SE_PERSONNUMMER", "810923-1822"),
        ("CH_AHV", "756.9648.4226.58"),
        ("AU_TFN", "TFN 464365811"),
        ("BR_CPF", "601.620.595-82"),
        ("ZA_ID", "ID number 5007151105087"),
        ("US_NPI", "NPI 1717025005"),
        ("US_DEA", "FR3202847"),
        ("US_ABA_ROUTING", "routing number 066762971"),
        ("MRN", "MRN 00482917"),
        ("MRN", "PID|1||00482917^^^HOSP^MR||X^Y"),
        ("UK_BANK_ACCOUNT", "51-85-09 06979003"),
        ("BANK_ACCOUNT", "Kontonummer 4471920385"),
        ("PASSPORT", "passport P47758929"),
        ("PASSPORT", "pasport no P47758929"),
        ("DRIVING_LICENCE", "permis de conduire AB4471920"),
        ("LICENCE_PLATE", "Kennzeichen B-XK 4471"),
        ("VIN", "chassis WVWZZZ1JZ3W386752"),
        ("MAC_ADDRESS", "3C:22:FB:4A:91:0D"),
        ("IP_ADDRESS", "login from 84.17.52.9 at night"),
        ("CRYPTO_WALLET", "wallet 0x" + "52908400098527886e0f7030069857d2e4169ee7"),
        ("CLIENT_NUMBER", "Kundennummer 8840217"),
        ("SOCIAL_HANDLE", "her insta is @mari.tveit"),
        ("PHONE", "+33 6 39 98 13 16"),
        ("PHONE", "mobile (555) 013-9480"),
        ("EMAIL", "d.krasnodebska@skrzynka.co"),
        ("DATE_OF_BIRTH", "née le 14/03/1987"),
        ("DATE_OF_BIRTH", "name,dob\nx,1987-03-14"),
        ("ADDRESS", "she lives at 14 Harbour Lane"),
        ("ADDRESS", "wohnhaft Lindenstraße 14"),
        ("CN_ID", "33010219880417522X"),
        ("NL_BSN", "name,bsn\nx,138140376"),
        ("NL_BSN", "Here is the list:\n\nname;bsn\na;1\nx;138140376"),
    ],
)
def test_it_is_found(kind: str, text: str):
    assert kind in {finding.kind for finding in DETECTOR.find(text)}


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1111",  # the published test card
        "4825208739304026",  # no check digit
        "GB82 WEST 1234 5698 7654 32",  # the published sample
        "GB82 WEST 1234 5698 7654 33",
        "order 7179861689899681",
        "order 138140376 for the client",  # the word right before says what it is
        "ISBN 978-3-16-148410-0",
        "138140376",  # nine digits that nothing names
        "0.138140376",
        "138140376-22",
        "1717025005 items",
        "078-05-1120",
        "QQ123456C",
        "943 476 5919",
        "SIN 123 456 789",
        "192.0.2.44 and 10 days",
        "login from 10.0.0.7 and 8.8.8.8",
        "version 1.17.7 of 2024-03-05",
        "1,234,567.89",
        "user@example.com and info@somebank.co",
        "0ea7b7bd-c916-4ed9-8e40-77e591f72454",
        "51.6290, -0.6290",
        "0800 123 4567",
        "Mozart was born 27.01.1756",
        "the office is at 14 Harbour Lane",
        "SNOMED 138140376",
        "",
        "MD5:ff:9a:64:f3:8b:48:ba:dc:48:a0:2b:88:11:77:66:da is a fingerprint",
        "decorators like @app.route and @pytest.fixture explained",
        "Volvos orgnummer 556012-5790",
        "beställning 991123-1654 försenad",
        "phone tree 18004653203",
        "UPS 1Z 999 AA1 01 2345 6784 meaning of the digits",
        "CEP 01310-100 é qual rua?",
        "zip+4 06676-2971",
        "MAC 00:00:5E:00:53:AF of the range for documentation",
    ],
)
def test_a_look_alike_passes(text: str):
    assert DETECTOR.find(text) == []


def test_a_place_that_a_table_does_not_know_stops_nothing():
    """The library that checks Chinese numbers fails on some counties; the number counts as a right one."""
    assert "CREDIT_CARD" in {found.kind for found in DETECTOR.find("115600198804175228 and 4539 9892 3597 2870")}


def test_an_extract_of_many_records_is_found_whatever_its_numbers_stand_for():
    """Accounts in a table of payments; a few part numbers, or the populations of ten countries, are none."""
    rows = [f"{n} TRANSFER {n * 181}.64 C{1231006815 + n * 977} {n * 3}.00" for n in range(1, 10)]
    assert {one.kind for one in DETECTOR.find("step type amount nameOrig balance " + " ".join(rows))} == {
        "RECORD_NUMBERS"
    }
    assert DETECTOR.find("Which of these fit: LM3174590, LM3174591, LM3174592?") == []
    assert (
        DETECTOR.find(" ".join(f"Country {letter}: {331002651 + 7 * n}" for n, letter in enumerate("ABCDEFGHIJ"))) == []
    )


def test_a_finding_says_where_and_never_what():
    text = "card 4539 9892 3597 2870 declined"
    (finding,) = DETECTOR.find(text)
    assert text[finding.start : finding.end] == "4539 9892 3597 2870"
    assert finding.category is Category.PAYMENT
    assert "4539" not in repr(finding)


@pytest.mark.parametrize("seed", [11, 12])
def test_identifiers_drawn_from_a_seed_are_found(seed: int):
    """At least 99 of 100, in 40 kinds of sentences of eleven languages."""
    drawn = list(identifiers(seed, each=20))
    missed = [(kind, text) for kind, text in drawn if not DETECTOR.find(text)]
    assert len(missed) <= len(drawn) * 0.01, missed


@pytest.mark.parametrize("seed", [11, 12])
def test_numbers_drawn_from_a_seed_that_are_none_pass(seed: int):
    """At most 2 of 100 are held: one wrong digit of a kind is now and then a right one of another."""
    drawn = list(look_alikes(seed, each=8))
    held = [(kind, text) for kind, text in drawn if DETECTOR.find(text)]
    assert len(held) <= len(drawn) * 0.02, held


def test_a_number_behind_thousands_of_others_is_not_hidden_by_them():
    text = "17-38-44 " * 3_000 + "card 4539 9892 3597 2870"
    assert {finding.kind for finding in DETECTOR.find(text)} & {"CREDIT_CARD", "NUMBER_FLOOD"}


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
@settings(max_examples=150, deadline=None)
def test_no_text_is_too_odd(text: str):
    for finding in DETECTOR.find(text):
        assert 0 <= finding.start < finding.end <= len(text)
