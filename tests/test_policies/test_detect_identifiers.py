"""One table: what is an identifier, and what only looks like one."""

from __future__ import annotations

import pytest

from policies.detect.identifiers import IdentifierDetector

DETECTOR = IdentifierDetector()


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("IBAN", "pay GB17 MERI 2014 6512 3456 78 now"),
        ("IBAN", "at521942439943830349"),
        ("CREDIT_CARD", "4539 9892 3597 2870"),
        ("CREDIT_CARD", "amex 3782 560985 17255"),
        ("US_SSN", "536-22-8476"),
        ("US_SSN", "social security 536 22 8476"),
        ("UK_NHS", "999 676 4869"),
        ("UK_NINO", "ZK 66 91 71 B"),
        ("CA_SIN", "SIN 536-466-410"),
        ("IN_AADHAAR", "7435 9732 8347"),
        ("DE_TAX_ID", "67 428 405 137"),
        ("FR_NIR", "284076911601049"),
        ("ES_DNI", "25122552C"),
        ("ES_NIE", "X6296097P"),
        ("IT_CODICE_FISCALE", "BRGLCU81M14F839I"),
        ("NL_BSN", "bsn 138140376"),
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
        ("UK_BANK_ACCOUNT", "51-85-09 06979003"),
        ("PASSPORT", "passport P47758929"),
        ("PHONE", "+33 6 39 98 13 16"),
        ("PHONE", "mobile (555) 013-9480"),
        ("EMAIL", "d.krasnodebska@skrzynka.co"),
        ("CN_ID", "33010219880417522X"),
        ("NL_BSN", "name,bsn\nx,138140376"),
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
        "ISBN 978-3-16-148410-0",
        "138140376",  # nine digits that nothing names
        "1717025005 items",
        "078-05-1120",
        "QQ123456C",
        "943 476 5919",
        "192.0.2.44 and 10 days",
        "version 1.17.7 of 2024-03-05",
        "1,234,567.89",
        "user@example.com and info@somebank.co",
        "0ea7b7bd-c916-4ed9-8e40-77e591f72454",
        "51.6290, -0.6290",
        "0800 123 4567",
        "",
    ],
)
def test_a_look_alike_passes(text: str):
    assert DETECTOR.find(text) == []


def test_a_finding_says_where_and_never_what():
    text = "card 4539 9892 3597 2870 declined"
    (finding,) = DETECTOR.find(text)
    assert text[finding.start : finding.end] == "4539 9892 3597 2870"
    assert "4539" not in repr(finding)
