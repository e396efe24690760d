"""Numbers of cells look as their formats say."""

from __future__ import annotations

import pytest

from ingest.readers.number_formats import BUILT_IN, general, shown_by


@pytest.mark.parametrize(
    ("code", "value", "seen"),
    [
        ("0%", 0.25, "25%"),
        ("0.0%", 0.2567, "25.7%"),
        ("0.00", 8.333333333, "8.33"),
        ("0.00", 2.675, "2.68"),
        ("0", 0.5, "1"),
        ("#,##0.00", 1234567.891, "1,234,567.89"),
        ("#,##0", 0.0, "0"),
        ('#,##0.00 "€"', 1234.5, "1,234.50 €"),
        ("$#,##0.00", -1234.5, "-$1,234.50"),
        ("[$€-407] #,##0.00", 5.0, "€ 5.00"),
        ("[$-409]0", 5.0, "5"),
        ("_-* #,##0.00 [$CHF]_-", 1.0, "1.00 CHF"),
        ("#,##0;[Red](#,##0)", -5.0, "(5)"),
        ('0.0;-0.0;"none"', 0.0, "none"),
        ("0;-0;;@", 0.0, ""),
        (";;;", 7.0, ""),
        ('"-"', 3.0, "-"),
        ("00000", 1234.0, "01234"),
        ("000-00-0000", 12345678.0, "012-34-5678"),
        ("0000 0000 0000 0000", 4111111111111111.0, "4111 1111 1111 1111"),
        ("[<=9999999]###-####;(###) ###-####", 5551234567.0, "(555) 123-4567"),
        ("[<=9999999]###-####;(###) ###-####", 5551234.0, "555-1234"),
        ('0.0,,"M"', 1500000.0, "1.5M (1500000)"),
        ("#,##0,", 1234567.0, "1,235 (1234567)"),
        ("0.00E+00", 12345.0, "1.23E+04 (12345)"),
        ("#.##", 0.5, ".5"),
        ("0.##", 5.0, "5"),
        ("0 \\k\\m", 12.0, "12 km"),
        ('General" kg"', 2.5, "2.5 kg"),
        ("0%", 1e300, "1e+300"),
        ("0", -3.0, "-3"),
        ("0,0.0", 1234.0, "1,234.0"),
        ("0%", 0.145, "15%"),
        ("00.0", 1.5, "01.5"),
    ],
)
def test_a_number_looks_as_its_format_says(code: str, value: float, seen: str) -> None:
    show = shown_by(code)
    assert show is not None
    assert " ".join(show(value).split()) == seen


@pytest.mark.parametrize(
    "code", ["General", "", "@", "dd.mm.yyyy", "[h]:mm", "h:mm AM/PM", "# ?/?", "0%E+0", "0" * 300]
)
def test_what_is_no_format_of_numbers_changes_nothing(code: str) -> None:
    assert shown_by(code) is None


def test_every_built_in_format_shows_a_number() -> None:
    assert all((show := shown_by(code)) and "5" in show(5.0).replace("500", "5") for code in BUILT_IN.values())


def test_a_number_without_a_format_keeps_its_digits() -> None:
    found = [general(value) for value in (5.0, 1.2e15, 123456789012345680.0, 0.1 + 0.2, 1e300, 1.5)]
    assert found == ["5", "1200000000000000", "123456789012345680", "0.3", "1e+300", "1.5"]
