"""Units and currencies: what a number measures, brought to one base so that 2 kg and 2,000 g are equal.

`unit_at` reads the unit behind a number and gives its dimension and factor. Calendar time has two
families, minutes to weeks and months to years, because a month has no fixed length; working days and
working hours are dimensions of their own and never equal plain days.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from assistant.grounding.words import Token

_F = Fraction
_TABLE: dict[str, tuple[str, str]] = {
    # dimension: words with their factor to the base
    "mass": ("g", "kg=1000 kilo=1000 kilos=1000 kilogram=1000 kilograms=1000 kilogramm=1000 kilogramme=1000 kilogrammes=1000 "
             "kilogramo=1000 kilogramos=1000 g=1 gram=1 grams=1 gramm=1 gramme=1 grammes=1 gramo=1 gramos=1 mg=1/1000 "
             "milligram=1/1000 milligrams=1/1000 milligramm=1/1000 milligrammes=1/1000 miligramos=1/1000 mcg=1/1000000 "
             "microgram=1/1000000 micrograms=1/1000000 mikrogramm=1/1000000 ng=1/1000000000 nanogram=1/1000000000 "
             "nanograms=1/1000000000 tonne=1000000 tonnes=1000000 tonnen=1000000 toneladas=1000000 ton=1000000 tons=1000000 "
             "lb=453.59237 lbs=453.59237 ounce=28.349523 ounces=28.349523 oz=28.349523"),
    "volume": ("L", "l=1 liter=1 liters=1 litre=1 litres=1 litro=1 litros=1 ml=1/1000 milliliter=1/1000 millilitre=1/1000 "
               "millilitres=1/1000 milliliters=1/1000 mililitros=1/1000 cl=1/100 dl=1/10 decilitre=1/10 hl=100 "
               "hectolitre=100 hectolitres=100 gallon=4.54609 gallons=4.54609"),
    "length": ("m", "m=1 metre=1 metres=1 meter=1 meters=1 metern=1 metro=1 metros=1 km=1000 kilometre=1000 kilometres=1000 "
               "kilometer=1000 kilometers=1000 kilometern=1000 kilometro=1000 kilometros=1000 cm=1/100 centimetre=1/100 "
               "centimetres=1/100 centimeter=1/100 zentimeter=1/100 zentimetern=1/100 centimetro=1/100 centimetros=1/100 "
               "mm=1/1000 millimetre=1/1000 millimetres=1/1000 millimeter=1/1000 milimetros=1/1000 foot=0.3048 feet=0.3048 "
               "ft=0.3048 inch=0.0254 inches=0.0254 mile=1609.344 miles=1609.344 yard=0.9144 yards=0.9144"),
    "area": ("m2", "hectare=10000 hectares=10000 hektar=10000 ha=10000 acre=4046.856 acres=4046.856"),
    "time": ("min", "second=1/60 seconds=1/60 sekunden=1/60 secondes=1/60 segundos=1/60 s=1/60 sec=1/60 min=1 mins=1 minute=1 "
             "minutes=1 minuten=1 minuto=1 minutos=1 hour=60 hours=60 hr=60 hrs=60 h=60 stunde=60 stunden=60 heure=60 "
             "heures=60 hora=60 horas=60 day=1440 days=1440 tag=1440 tage=1440 tagen=1440 jour=1440 jours=1440 dia=1440 "
             "dias=1440 night=1440 nights=1440 week=10080 weeks=10080 woche=10080 wochen=10080 semaine=10080 semaines=10080 "
             "semana=10080 semanas=10080 fortnight=20160 fortnights=20160"),
    "months": ("month", "month=1 months=1 monat=1 monate=1 monaten=1 monats=1 mois=1 mes=1 meses=1 quarter=3 quarters=3 "
               "quartal=3 quartale=3 trimestre=3 trimestres=3 year=12 years=12 jahr=12 jahre=12 jahren=12 ans=12 "
               "annee=12 annees=12 ano=12 anos=12 decade=120 decades=120 jahrzehnt=120 decada=120"),
    "substance": ("mol", "mol=1 mmol=1/1000 nmol=1/1000000000"),
    "data": ("MB", "kb=1/1000 mb=1 gb=1000 tb=1000000 megabyte=1 megabytes=1 gigabyte=1000 gigabytes=1000 terabyte=1000000 "
             "terabytes=1000000"),
    "energy": ("kWh", "kwh=1 mwh=1000 wh=1/1000"),
    "power": ("W", "w=1 kw=1000 mw=1000000 watt=1 watts=1 kilowatt=1000 kilowatts=1000"),
    "pressure": ("bar", "bar=1 mbar=1/1000 kpa=1/100 mmhg=0.00133322"),
    "money:GBP": ("£", "gbp=1 pence=1/100 penny=1/100 p=1/100 sterling=1 pounds=1 pound=1"),
    "money:EUR": ("€", "eur=1 euro=1 euros=1 cent=1/100 cents=1/100 centimes=1/100 centimos=1/100"),
    "money:USD": ("$", "usd=1 dollar=1 dollars=1"),
    "money:CHF": ("Fr", "chf=1 sfr=1 franken=1 rappen=1/100"),
    "money:JPY": ("¥", "jpy=1 yen=1"),
    "percent": ("%", "percent=1 prozent=1 pct=1"),
}  # fmt: skip
_SIGNS = {"%": ("percent", _F(1)), "‰": ("percent", _F(1, 10)), "€": ("money:EUR", _F(1)), "£": ("money:GBP", _F(1)),
          "$": ("money:USD", _F(1)), "¥": ("money:JPY", _F(1)), "℃": ("temperature", _F(1))}  # fmt: skip
# Read only right behind a number: as words they are too common ("an", "m", "p", "s", "a day at the bar").
UNITS: dict[str, tuple[str, Fraction]] = {
    word.partition("=")[0]: (dimension, _F(word.partition("=")[2]))
    for dimension, (_, words) in _TABLE.items()
    for word in words.split()
}
_BEFORE_AMOUNT = frozenset({"€", "£", "$", "¥", "chf", "eur", "gbp", "usd", "jpy", "sfr"})
_WORKING = {"working", "business", "banking", "office", "ouvres", "ouvrables", "habiles", "laborables", "werktage", "werktagen",
            "arbeitstage", "arbeitstagen", "bankarbeitstage", "bankarbeitstagen", "werktag", "arbeitstag", "arbeitstags",
            "ouvre", "ouvrable", "habil", "laborable"}  # fmt: skip
_WORKING_WHOLE = frozenset(w for w in _WORKING if "tag" in w)
_QUALIFIERS = frozenset({"full", "consecutive", "calendar", "clear", "further", "more", "additional", "whole", "complete", "other",
                         "natural", "volle", "vollen", "weitere", "weiteren", "aufeinanderfolgenden", "ganze", "ganzen"})  # fmt: skip
_PER = frozenset({"/", "per", "pro", "je", "par", "por"})
_MEASURED = frozenset({"mass", "volume", "length", "substance", "data", "energy", "power", "area"})


def is_currency(token: Token) -> bool:
    """Whether a token names a currency in front of an amount ("€ 5", "CHF 5")."""
    return token.folded in _BEFORE_AMOUNT


def currency(token: Token) -> tuple[str, Fraction]:
    """Dimension and factor of a currency in front of an amount."""
    return _SIGNS[token.text] if token.text in _SIGNS else UNITS[token.folded]


def unit_at(ts: Sequence[Token], at: int) -> tuple[str, Fraction, int] | None:
    """The unit that begins at token `at`: dimension, factor to the base, token after it."""
    working = False
    start = at
    while at < len(ts) and at - start < 3 and ts[at].kind != "n":
        word = ts[at].folded
        if word in _WORKING_WHOLE:
            return "workday", _F(1), at + 1
        if word in _WORKING:
            working = True
        elif word not in _QUALIFIERS and ts[at].text != "-":
            break
        at += 1
    found = _simple(ts, at)
    if found is None:
        return None
    dimension, factor, after = found
    if dimension == "time" and (working or (after < len(ts) and ts[after].folded in _WORKING)):
        after += 0 if working else 1
        return ("workday", _F(5 if factor > 1440 else 1), after) if factor >= 1440 else ("worktime", factor, after)
    if dimension in _MEASURED:
        return _compound(ts, dimension, factor, after)
    return dimension, factor, after


def _simple(ts: Sequence[Token], at: int) -> tuple[str, Fraction, int] | None:
    if at >= len(ts):
        return None
    token = ts[at]
    if token.text in _SIGNS:
        return (*_SIGNS[token.text], at + 1)
    if token.text == "°" or token.folded in {"degrees", "degree", "grad", "degres", "grados"}:
        return _degrees(ts, at)
    if (
        token.folded in {"per", "por", "pour", "vom"}
        and at + 1 < len(ts)
        and ts[at + 1].folded in {"cent", "ciento", "hundert"}
    ):
        return "percent", _F(1), at + 2
    if token.folded in {"cubic", "kubik"} and at + 1 < len(ts) and UNITS.get(ts[at + 1].folded, ("",))[0] == "length":
        return "volume", UNITS[ts[at + 1].folded][1] ** 3 * 1000, at + 2
    if token.folded == "square" and at + 1 < len(ts) and UNITS.get(ts[at + 1].folded, ("",))[0] == "length":
        return "area", UNITS[ts[at + 1].folded][1] ** 2, at + 2
    # A micro sign in front of a gram or litre: NFKC folds both micro letters to the Greek one.
    if token.folded in {"μg", "µg", "μl", "µl"}:
        return ("mass" if token.folded.endswith("g") else "volume", _F(1, 1000000), at + 1)
    if token.folded in {"m2", "m²", "m3", "m³", "qm", "cbm"}:
        return ("area", _F(1), at + 1) if token.folded in {"m2", "m²", "qm"} else ("volume", _F(1000), at + 1)
    return (*UNITS[token.folded], at + 1) if token.folded in UNITS else None


def _degrees(ts: Sequence[Token], at: int) -> tuple[str, Fraction, int]:
    after = at + 1
    if after < len(ts) and ts[after].folded in {"c", "celsius"}:
        return "temperature", _F(1), after + 1
    if after < len(ts) and ts[after].folded in {"f", "fahrenheit"}:
        return "fahrenheit", _F(1), after + 1
    return "temperature", _F(1), after


def _compound(ts: Sequence[Token], dimension: str, factor: Fraction, after: int) -> tuple[str, Fraction, int]:
    """Units over units: mg/kg/day, grams per litre. What is not a unit behind "per" is left alone."""
    while after + 1 < len(ts) and ts[after].folded in _PER:
        below = _simple(ts, after + 1)
        if below is None or below[0].startswith("money") or below[0] == "percent":
            break
        dimension, factor, after = f"{dimension}/{below[0]}", factor / below[1], below[2]
    return dimension, factor, after
