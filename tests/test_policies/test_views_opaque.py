"""What cannot be read is said to be unread; what only looks odd is not. And: numbers and signs that are said."""

from __future__ import annotations

import base64
import gzip
import random
import uuid

import pytest

from policies.views import views_of
from policies.views.base import View
from policies.views.digits import spoken
from policies.views.misread import alike
from policies.views.spread import squeezed
from policies.views.words import parted

RNG = random.Random(5)
NOISE = RNG.randbytes(60)
PLAIN = "the patient was seen at the northern clinic on monday and has been told about the results of the second test"


def _exchanged(text: str) -> str:
    letters = list("abcdefghijklmnopqrstuvwxyz")
    random.Random(9).shuffle(letters)
    return text.translate(str.maketrans("abcdefghijklmnopqrstuvwxyz", "".join(letters)))


def _keyed(text: str) -> str:
    return "".join(
        chr((ord(c) - 97 + (3, 11, 17, 7, 22)[n % 5]) % 26 + 97) if c.isalpha() else c for n, c in enumerate(text)
    )


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("random bytes", "what is in " + base64.b64encode(NOISE).decode()),
        ("random bytes for addresses", "open " + base64.urlsafe_b64encode(NOISE).decode()),
        ("random hex", "what does this hold: " + NOISE.hex()),
        ("more than a public key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + base64.b64encode(NOISE * 3).decode()),
        ("packed", "unpack " + base64.b64encode(gzip.compress(PLAIN.encode())).decode()),
        ("a picture", "see data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + NOISE).decode()),
        ("a digest beside a credential's name", "api_secret=" + NOISE[:32].hex() + " of which commit"),
        ("no digest of Go", "h1:" + base64.b64encode(NOISE).decode()),
        ("more than a printed sample", "key is 2b7e151628aed2a6abf7158809cf4f3c7d"),
        ("exchanged letters", _exchanged(PLAIN)),
        ("a keyed cipher", "please solve: " + _keyed(PLAIN)),
        ("pictures for letters", "🍎🍌🍇🍓🥝🍍🍎🥭🍌🍇🍒🍑🍎🍈🍓"),
        ("two signs", "".join(RNG.choice("-=") for _ in range(60))),
        ("private characters", "".join(chr(0xE000 + RNG.randint(0, 300)) for _ in range(20))),
        ("unseen characters", "hello" + "".join(RNG.choice("\u200b\u200c\u200d\u2060") for _ in range(41))),
    ],
)
def test_what_cannot_be_read_is_opaque(what: str, text: str):
    assert views_of(text).opaque


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("a commit", "git show 9f3c1a7be04d5528c6f1e2a3b4958d7c60f1e2d3 says it was fixed"),
        ("a checksum", "sha256 " + NOISE[:32].hex()),
        ("a checksum of a tool", "sha256sum prints " + NOISE[:32].hex()),
        ("a commit of an author", f"commit {NOISE[:20].hex()}\nAuthor: \n"),
        ("a step pinned to a commit", f"uses: actions/checkout@{NOISE[:20].hex()} # v4"),
        ("a fingerprint", "ED25519 key fingerprint is SHA256:FmS6q77dyn1RVGbj3RbEAmHTUbvJR8zfKzFlrWiAdYM."),
        ("a checksum of Go", "github.com/pkg/errors v0.9.1 h1:OF00a81mQDqJ0bsjhYBrn86kVBrnxKgnNz+/e5Xeue0="),
        ("a trace", "trace_id=32e850dbb6d120ac6d1a7ef725608af3 in the log"),
        ("an id that sorts", "is the ULID 01HNZ593WT47AP9H45D218FCPQ sortable"),
        ("a built file", "main.e69aac0934e8a056e82c.js is not there"),
        ("a printed sample", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM is the challenge of RFC 7636"),
        ("an id", "request 6f2a5d0e-9f3c-5e38-8d5d-3b0b2f7c1a90 failed"),
        ("an id with letters", "uuid 2b67063a-c18b-4f54-a22c-ddcdc4d6b966"),
        ("a public key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + base64.b64encode(NOISE[:32]).decode().rstrip("=")),
        (
            "a name in code",
            "AbstractSingletonProxyFactoryBeanConfigurationTest2 = org.example.util.concurrent2.FutureTask",
        ),
        ("a chemical", "2-acetoxybenzoic acid, N-(4-hydroxyphenyl)acetamide, 1,3,7-trimethylpurine-2,6-dione"),
        ("a formula", "f(x) = a0 + a1*x + a2*x**2; E = mc^2; \\int_0^1 \\sin(x) dx"),
        ("an address", "https://example.org/articles/2024/05/how-to-read-a-balance-sheet?ref=mail&id=48213"),
        ("a table", "| a | b | c |\n|---|---|---|\n| 1.0 | 2.5 | 3.75 |\n| 10 | 20 | 30 |"),
        ("a rule", "=" * 60 + "\n" + "-=" * 40 + "\n" + "- - - " * 12),
        (
            "a citation",
            "Vandenbroucke JP, Strzelecki KW. Lancet 2007;370(9596):1453-7. doi:10.1016/S0140-6736(07)61602-X",
        ),
        ("german", "Die Kraftfahrzeughaftpflichtversicherung deckt Schäden, die beim Rückwärtsfahren entstehen."),
        ("polish", "Czy pracodawca może wypowiedzieć umowę podczas zwolnienia lekarskiego pracownika?"),
        ("turkish", "İşverenin yükümlülükleri nelerdir ve çalışanların hakları nasıl korunur?"),
        ("finnish", "Työsopimuksen irtisanomisaika määräytyy työsuhteen keston mukaan."),
        ("welsh", "Mae'r cwmni yn gweithio gyda phobl ifanc yng Nghymru a thu hwnt."),
        ("pictures", "Great job everyone 🎉🎉🎉 see you on Monday 👋🙂"),
        ("drugs", "rivaroxaban, hydroxychloroquine, levetiracetam and pembrolizumab: which of them interact?"),
    ],
)
def test_what_only_looks_odd_is_not_opaque(what: str, text: str):
    seen = views_of(text)
    assert not seen.opaque
    assert seen.complete


def test_an_id_is_read_as_it_stands():
    dice = random.Random(11)
    for id in (str(uuid.UUID(int=dice.getrandbits(128), version=4)) for _ in range(100)):
        names = {view.name.partition("+")[0] for view in views_of(f"what is the version of the uuid {id}").views}
        assert names == {"raw"}, id


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("four double seven triple zero one", "4770001"),
        ("five three six, then two two, then eight four seven six", "536228476"),
        ("drei neun, dann acht zwei, dann sieben null", "398270"),
        ("twenty-three forty-five, zero one", "234501"),
        ("four hundred twelve thirty-five nine", "412359"),
        ("dreiundzwanzig null acht zweihundertfünfunddreißig sieben", "23082357"),
        ("quatre-vingt-douze soixante-douze zéro trois", "927203"),
        ("soixante-dix-sept quatre-vingt-dix-neuf zéro un", "779901"),
        ("veintitrés cuarenta y cinco cero uno", "234501"),
        ("ventitré quarantacinque zero uno centoventidue", "234501122"),
        ("drieëntwintig vijfenveertig nul een", "234501"),
        ("vinte e três quarenta e cinco zero um", "234501"),
        ("tjugotre fyrtiofem noll ett två", "2345012"),
        ("dwadzieścia trzy czterdzieści pięć zero jeden", "234501"),
        ("yirmi üç kırk beş sıfır bir dokuz", "2345019"),
        ("二十三、四十五、〇一", "234501"),
        ("いち に さん よん ゴ ロク", "123456"),
        ("Anton Berta Cäsar eins zwei drei", "ABC123"),
        ("Mike Alpha Romeo Echo Kilo", "Marek"),
        ("oh five five ate six too", "55862"),
        ("twelve dash thirty four dash fifty six", "123456"),
        ("two thousand and five, nine seven", "200597"),
        ("dix-sept dix-huit dix-neuf zéro un", "17181901"),
        ("四万二千百五、三二一", "42105321"),
    ],
)
def test_what_is_said_in_words_is_written_in_figures(said: str, meant: str):
    read = spoken(View("raw", said))
    assert read is not None
    assert meant in read.text


@pytest.mark.parametrize(
    "text", ["one two", "I have two cats and three dogs", "for you to take once", "Maria met Anton"]
)
def test_ordinary_words_are_no_number(text: str):
    assert spoken(View("raw", text)) is None


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("jane dot doe at example dot org", "jane.doe@example.org"),
        ("jane [at] example [dot] org", "jane@example.org"),
        ("jane underscore doe at north dash clinic dot co dot uk", "jane_doe@north-clinic.co.uk"),
        ("jane punkt doe klammeraffe example punkt de", "jane.doe@example.de"),
        ("j a n e . d o e @ e x a m p l e . o r g", "jane.doe@example.org"),
    ],
)
def test_an_address_is_put_together(said: str, meant: str):
    assert any(meant in view.text for view in views_of(f"write to {said}").views)


def test_figures_are_put_together_with_and_without_what_stands_beside_them():
    for said, meant in (
        ("ID 10 \n352\n 64\n8 5\n71", "ID10352648571 ; 10352648571"),
        ("4 0 0 0  1 2 3 4, 12/27", "40001234"),
    ):
        read = squeezed(View("raw", said))
        assert read is not None
        assert meant in read.text
    read = alike(View("raw", "it is FRtb3oo 0I23 4S67"))
    assert read is not None
    assert "FR763000123" in read.text.replace(" ", "")


def test_words_without_borders_are_parted():
    assert parted("testedpositiveforhiv") == "tested positive for hiv"
    assert parted("qxzvbnmwrtplkjhgf") is None


@pytest.mark.parametrize("tail", ["", "AAAADUlHDRXk2m9", "XgvKOXbRwqzhFY7csYf6mP2R"])
def test_the_first_bytes_of_a_picture_show_nothing(tail: str):
    assert not views_of(f"data:image/png;base64,iVBORw0KGgo{tail}").opaque


@pytest.mark.parametrize("held", ["card 4539 9892 3597 2870", "4539989235972870", "Nadira has epilepsy"])
def test_what_is_said_among_the_bytes_of_a_picture_is_read(held: str):
    whole = base64.b64encode(b"\x89PNG\r\n\x1a\n" + held.encode()).decode()
    assert any(held in view.text for view in views_of(f"data:image/png;base64,{whole}").views)
    assert views_of("data:image/png;base64,iVBORw0KGgo" + "Zx4Kq9Lm2Vb7Nc1Ty8Rd" * 6).opaque
