"""English unless something speaks against it; the other languages of the screen; and every other is none of ours."""

from __future__ import annotations

import time
from importlib.util import find_spec

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.detect.base import SUPPORTED
from policies.detect.language import UNKNOWN, language_of

needs_lists = pytest.mark.skipif(find_spec("wordfreq") is None, reason="the lists of frequent words are not installed")

SHORT = """
en|pinout of a shift register
en|vegetarian?
en|write a limerick
en|for seven guests
en|is 0a1b2c3d-0000-1000-8000-00805f9b34fb a v1 uuid
en|cheers, make it recursive
en|SELECT city FROM orders WHERE id = 4
en|kubectl get nodes -o wide
en|HOW LONG IS A FORTNIGHT
en|
en|404 vs 410
de|Wie lange hält sich Kompost?
de|was ist eine bürgschaft
fr|Comment fonctionne un lave-vaisselle ?
fr|c'est quoi une hypothèque
es|¿Cuáles son las fases de la luna?
es|qué es una hipoteca
it|come si pulisce un tappeto
it|che cos'è una cambiale
nl|Hoe werkt een koelkast?
nl|wat is een vve
pt|Qual é a capital da Nova Zelândia?
pt|o que é uma hipoteca
sv|Hur fungerar en värmepump?
sv|vad är en bostadsrätt
pl|Jak działa lodówka?
pl|co to jest hipoteka
tr|Buzdolabı nasıl çalışır?
tr|ipotek nedir
ja|冷蔵庫はどう動きますか
"""
OTHERS = """
fi|Miten jääkaappi toimii?
da|Hvordan virker et køleskab?
nb|Hvordan virker et kjøleskap?
cs|Jak funguje lednička?
sk|Ako funguje chladnička?
sl|Kako deluje hladilnik?
sh|Kako radi hladnjak i koliko struje troši?
hu|Hogyan működik a hűtőszekrény?
ro|Cum funcționează un frigider?
id|Bagaimana cara kerja kulkas?
vi|Tủ lạnh hoạt động như thế nào?
ca|Com funciona una nevera i quant gasta?
gl|Como funciona unha neveira e canto gasta ao ano?
af|Hoe werk 'n yskas en hoeveel krag gebruik dit?
sw|Jokofu linafanya kazi vipi kwa siku nzima?
sq|Si funksionon një frigorifer dhe sa harxhon?
et|Kuidas külmkapp töötab ja mis see maksab?
lt|Kaip veikia šaldytuvas?
lv|Kā darbojas ledusskapis?
is|Hvernig virkar ísskápur?
ru|Как работает холодильник?
uk|Як працює холодильник?
el|Πώς λειτουργεί το ψυγείο;
ar|كيف تعمل الثلاجة؟
he|איך עובד מקרר?
hi|फ्रिज कैसे काम करता है?
zh|冰箱是怎么工作的?
ko|냉장고는 어떻게 작동하나요?
"""
MIXED = """
Please answer the note in two sentences: jääkaappi ei toimi eikä huoltomies tule ennen maanantaita
What does the customer want? Lednička nefunguje a opravář nepřijde dříve než v pondělí
Summarise in one sentence of plain English, for the whole team please: 冰箱坏了修理工周一才来
"""


def pairs(table: str) -> list[tuple[str, str]]:
    return [(language, text) for language, _, text in (line.partition("|") for line in table.strip().splitlines())]


@needs_lists
@pytest.mark.parametrize(("language", "text"), pairs(SHORT))
def test_a_short_text_is_in_its_language_and_code_is_english(language: str, text: str):
    assert language_of(text) == language


@needs_lists
@pytest.mark.parametrize("text", [text for _, text in pairs(OTHERS)])
def test_a_language_that_is_not_supported_is_none(text: str):
    assert language_of(text) == UNKNOWN


@needs_lists
@pytest.mark.parametrize("text", MIXED.strip().splitlines())
def test_a_stretch_in_another_language_counts_for_the_whole(text: str):
    assert language_of(text) == UNKNOWN


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_text_has_an_answer(text: str):
    assert language_of(text) in (*SUPPORTED, UNKNOWN)


@needs_lists
def test_a_long_text_costs_no_more_than_its_samples():
    """Twice as long, the same time: only the head and samples are read."""
    words = "the board asked whether the terms of this lease can be changed before the end of the year "
    language_of(words)
    started = time.process_time()
    assert language_of(words * 1000) == "en"
    assert time.process_time() - started < 0.3
