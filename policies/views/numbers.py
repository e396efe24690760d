"""The words for numbers in the languages of the screen, as a table from a word to its value.

Words are compared folded: small letters, no accents. Languages that write a number in one word (German, Dutch,
Italian, Swedish) are spelled out below a thousand; the others put words together, which `digits` does.
"""

from __future__ import annotations

import unicodedata
from functools import cache

_LETTERS = str.maketrans({"ß": "ss", "ł": "l", "ı": "i", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d"})


def fold(word: str) -> str:
    """Small letters without accents: `Fünf` and `funf` are one."""
    low = word.lower()
    if low.isascii():
        return low
    plain = unicodedata.normalize("NFD", low.translate(_LETTERS))
    return "".join(char for char in plain if unicodedata.category(char) != "Mn" or char > "\u3000")


# nought to nineteen, then twenty, thirty ... ninety
_LISTS = {
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety",
    "de": "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn "
    "siebzehn achtzehn neunzehn zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
    "fr": "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept "
    "dix-huit dix-neuf vingt trente quarante cinquante soixante septante huitante nonante",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis "
    "diecisiete dieciocho diecinueve veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "it": "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici "
    "diciassette diciotto diciannove venti trenta quaranta cinquanta sessanta settanta ottanta novanta",
    "nl": "nul een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien "
    "zeventien achttien negentien twintig dertig veertig vijftig zestig zeventig tachtig negentig",
    "pt": "zero um dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezesseis dezessete "
    "dezoito dezenove vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
    "sv": "noll ett två tre fyra fem sex sju åtta nio tio elva tolv tretton fjorton femton sexton sjutton arton "
    "nitton tjugo trettio fyrtio femtio sextio sjuttio åttio nittio",
    "pl": "zero jeden dwa trzy cztery pięć sześć siedem osiem dziewięć dziesięć jedenaście dwanaście trzynaście "
    "czternaście piętnaście szesnaście siedemnaście osiemnaście dziewiętnaście dwadzieścia trzydzieści czterdzieści "
    "pięćdziesiąt sześćdziesiąt siedemdziesiąt osiemdziesiąt dziewięćdziesiąt",
}
_TURKISH = "sıfır bir iki üç dört beş altı yedi sekiz dokuz", "on yirmi otuz kırk elli altmış yetmiş seksen doksan"
_JAPANESE = (
    "zero ichi ni san yon go roku nana hachi kyu",
    "ゼロ いち に さん よん ご ろく なな はち きゅう",
    "れい イチ ニ サン ヨン ゴ ロク ナナ ハチ キュウ",
    "ぜろ イチ ニ サン シ ゴ ロク シチ ハチ ク",
    "レイ イチ ニ サン シ ゴ ロク シチ ハチ ク",
    "マル イチ ニ サン シ ゴ ロク シチ ハチ ク",
    "まる ひと ふた みつ し いつ むつ しち やつ く",
)
_OTHERS = {  # languages that are not screened: their digits cost nothing
    "id": "nol satu dua tiga empat lima enam tujuh delapan sembilan",
    "fi": "nolla yksi kaksi kolme neljä viisi kuusi seitsemän kahdeksan yhdeksän",
    "da": "nul en to tre fire fem seks syv otte ni",
    "cs": "nula jedna dva tři čtyři pět šest sedm osm devět",
    "ru": "ноль один два три четыре пять шесть семь восемь девять",
    "el": "μηδέν ένα δύο τρία τέσσερα πέντε έξι επτά οκτώ εννέα",
    "hu": "nulla egy kettő három négy öt hat hét nyolc kilenc",
    "ro": "zero unu doi trei patru cinci șase șapte opt nouă",
}
_MORE = """
oh=0 o=0 nought=0 naught=0 nil=0 zilch=0 cypher=0 ought=0 wun=1 won=1 to=2 too=2 tree=3 free=3 for=4 fore=4
fower=4 fife=5 ate=8 niner=9 nein=9 nyne=9 sicks=6 sevin=7 sevun=7 ait=8 fyve=5 tew=2
zwo=2 fuenf=5 zwoelf=12 ein=1 eine=1 une=1 una=1 uma=1 duas=2 twee=2 en=1
zeven=7 dreissig=30 fuenfzig=50 dezasseis=16 dezassete=17 dezanove=19 vint=20 meia=6 shi=4 shichi=7 ku=9 jedna=1
dwie=2 rei=0 maru=0 octante=80 vingts=20 veintiuno=21 veintiun=21 veintidos=22 veintitres=23 veinticuatro=24
veinticinco=25 veintiseis=26 veintisiete=27 veintiocho=28 veintinueve=29 sto=100 dwiescie=200 trzysta=300
czterysta=400 piecset=500 szescset=600 siedemset=700 osiemset=800 dziewiecset=900 doscientos=200 trescientos=300
cuatrocientos=400 quinientos=500 seiscientos=600 setecientos=700 ochocientos=800 novecientos=900 duzentos=200
trezentos=300 quatrocentos=400 quinhentos=500 seiscentos=600 setecentos=700 oitocentos=800 novecentos=900
cento=100 ciento=100 cien=100 tjugo=20 tjugi=20
"""
HUNDRED = frozenset("hundred hundert cent cents cento honderd hundra yuz hyaku".split())
THOUSAND = frozenset("thousand tausend mille mil mila duizend tusen tysiac tysiace tysiecy bin sen".split())
AND = frozenset("and und et y e en och i ve oraz then dann puis luego poi dan depois sedan potem sonra".split())
# Words that are something else far more often: they count among other numbers only.
WEAK = frozenset(
    """oh o nein tew ait to too tree free for fore ate won en on ni to tre fem fire due once sex san go e i
    un une una uno um uma ein eine een dos as cent mil mille bin sen seize shi ku rei maru hat egy nil
    ought free し く に ご""".split()
)
MAY_START = frozenset("un una une uno um uma een ein eine dos due sex".split())  # weak, and yet the first of a number
TIMES = {
    **dict.fromkeys("double doppel doppelt doble doppio dubbel duplo dobro podwojne cift".split(), 2),
    **dict.fromkeys("triple treble dreifach tripel triplo trippel potrojne".split(), 3),
    **dict.fromkeys("quadruple quad vierfach".split(), 4),
}


@cache
def values() -> dict[str, int]:
    """Every number word, folded, with its value."""
    table: dict[str, int] = {}
    for language, row in _LISTS.items():
        words = [fold(word) for word in row.split()]
        numbers = [*range(20), *range(20, 100, 10)]
        _add(table, zip(words, numbers, strict=True))
        if language in _ONE_WORD:
            _add(table, _ONE_WORD[language](words))
    for row in (_TURKISH[0], *_JAPANESE, *_OTHERS.values()):
        _add(table, zip(map(fold, row.split()), range(10), strict=True))
    _add(table, zip(map(fold, _TURKISH[1].split()), range(10, 100, 10), strict=True))
    _add(table, ((word, int(value)) for word, value in (pair.split("=") for pair in _MORE.split())))
    return table


def _add(table: dict[str, int], words: object) -> None:
    for word, value in words:  # type: ignore[attr-defined]
        table.setdefault(word, value)


def _joined(words: list[str], link: str, one: str, hundred: str, *, reverse: bool) -> dict[str, int]:
    """21 to 999 in one word. `reverse`: the units stand before the tens, as in German."""
    below: dict[int, str] = {n: word for n, word in enumerate(words[:20])}
    below[1] = one
    for ten in range(20, 100, 10):
        below[ten] = words[18 + ten // 10]
        for unit in range(1, 10):
            said = one if unit == 1 else words[unit]
            below[ten + unit] = said + link + below[ten] if reverse else below[ten] + link + said
    out = {word: n for n, word in below.items() if n > 20}
    for h in range(1, 10):
        for head in {below[h] + hundred, hundred if h == 1 else below[h] + hundred}:
            out[head] = 100 * h
            out |= {head + tail: 100 * h + n for n, tail in below.items() if n}
            out |= {head + words[1]: 100 * h + 1}
    return out


def _german(words: list[str]) -> list[tuple[str, int]]:
    out = _joined(words, "und", "ein", "hundert", reverse=True)
    return [*out.items(), *((word.replace("zwei", "zwo"), n) for word, n in out.items())]


def _dutch(words: list[str]) -> list[tuple[str, int]]:
    return list(_joined(words, "en", "een", "honderd", reverse=True).items())


def _swedish(words: list[str]) -> list[tuple[str, int]]:
    return list(_joined(words, "", "ett", "hundra", reverse=False).items())


def _italian(words: list[str]) -> list[tuple[str, int]]:
    """`ventuno`, `ventotto`: a tens word loses its last letter before a vowel."""
    out = _joined(words, "", "uno", "cento", reverse=False)
    short = ((word.replace("iuno", "uno").replace("auno", "uno"), n) for word, n in out.items())
    return [*out.items(), *((word.replace("iotto", "otto").replace("aotto", "otto"), n) for word, n in short)]


_ONE_WORD = {"de": _german, "nl": _dutch, "sv": _swedish, "it": _italian}

# -- spelling alphabets: a word stands for its first letter ---------------------------------------------------

_ALPHABETS = """
alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike november oscar papa
quebec romeo
sierra tango uniform victor whiskey whisky xray yankee zulu
able baker dog easy fox george how item jig king love nan oboe peter queen roger sugar tare uncle william yoke
zebra
anton berta caesar cäsar dora emil friedrich gustav heinrich ida julius kaufmann konrad ludwig martha nordpol
otto paula
quelle richard samuel siegfried theodor ulrich viktor wilhelm xanthippe ypsilon zacharias zeppelin
aachen berlin chemnitz düsseldorf essen frankfurt goslar hamburg ingelheim jena köln leipzig münchen nürnberg
offenbach
potsdam quickborn rostock salzwedel tübingen unna völklingen wuppertal xanten zwickau
anatole berthe célestin désiré eugène françois gaston henri irma joseph kléber louis marcel nicolas pierre
quintal raoul
suzanne thérèse ursule xavier yvonne zoé
ancona bari bologna como domodossola empoli firenze genova imola jolly kappa livorno milano napoli otranto
padova palermo
quarto roma savona torino udine venezia washington xeres york zara
antonio barcelona burgos carmen david domingo enrique españa francia gerona granada historia inés josé lorenzo
madrid
navidad oviedo parís querido ramón sábado tarragona ulises valencia xiquena yegua zaragoza
bernard cornelis dirk eduard ferdinand gerard hendrik izaak johan karel lodewijk maria nico pieter quirinus
simon theodoor
utrecht willem zaandam
aveiro braga coimbra dafundo évora faro guarda horta itália lisboa nazaré ovar porto queluz rossio setúbal
tavira unidade
vidago waldemar zulmira
adam bertil erik filip helge ivar kalle martin niklas olof petter quintus rudolf sigurd tore urban xerxes yngve
zäta
barbara celina dorota ewa franciszek grażyna henryk irena jadwiga karol leon natalia olga paweł ryszard
stanisław tadeusz
urszula wacław xawery ypsylon zygmunt
adana bolu ceyhan denizli edirne fatsa giresun hatay isparta izmir jandarma kars lüleburgaz muş niğde ordu
polatlı rize
sinop tokat uşak van yozgat zonguldak
zed zee
"""


@cache
def letters() -> dict[str, str]:
    """Every word of the spelling alphabets, folded, with its letter."""
    return {fold(word): fold(word)[0].upper() for word in _ALPHABETS.split()}


_SIGNS = {
    ".": "dot point punkt punto ponto punt kropka nokta",
    "-": "dash hyphen minus bindestrich tiret trattino guión hífen streepje myślnik tire",
    "/": "slash",
    "+": "plus",
    "_": "underscore unterstrich",
    "@": "at arobase arobas arroba chiocciola apenstaartje małpa klammeraffe",
    "": "space leerzeichen espace espacio spazio spatie espaço mellanslag spacja boşluk comma komma",
}


@cache
def signs() -> dict[str, str]:
    """Words that name a sign, folded, with the sign."""
    return {fold(word): sign for sign, words in _SIGNS.items() for word in words.split()}
