# ruff: noqa: E501 - tables: one case to a line
"""A letter with named parties, a self-description and a machine of the house are held; templates and exercises pass."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.detect.language import language_of
from policies.detect.own import OwnTextDetector

DETECTOR = OwnTextDetector()


def kinds(text: str) -> set[str]:
    return {finding.kind for finding in DETECTOR.find(text, language_of(text))}


@pytest.mark.parametrize(
    "text",
    [
        "Dear Hope, the pump arrived on Tuesday and I will send the invoice.",
        "Dear Mrs. Montessori, I have read your plan and agree with it.",
        "make this polite: Dear Velbruck Stores, we ordered nine boxes and got four.",
        "Hi Mark, can we talk about the report before lunch?",
        "Hello <PERSON>, as agreed I have moved the meeting to four.",
        "Sehr geehrte Frau Kaldewey, vielen Dank für die schnelle Antwort von gestern.",
        "Lieber Jonas, leider schaffe ich es heute nicht mehr ins Büro.",
        "Chère Solène, je te remercie pour les documents de mardi.",
        "Estimada Rocío, le escribo por la reunión del jueves pasado.",
        "Gentile Ginevra, la ringrazio per la risposta di ieri mattina.",
        "Beste Marijke, bedankt voor het snelle antwoord van gisteren.",
        "Prezada Iracema, agradeço a resposta e envio os papéis amanhã.",
        "Hej Linnea, tack för att du tog mötet i går kväll.",
        "Szanowna Pani Wiśniewska, dziękuję za wczorajszą rozmowę o umowie.",
        "Sayın Yıldız, dünkü toplantı için çok teşekkür ederim size.",
        "The order is late again.\nKind regards,\nHartwin Leuvekamp",
        "Das Paket fehlt noch immer.\nMit freundlichen Grüßen\nTilda Brennicke",
        "thank you for the offer. Yours truly, <PERSON_2>",
    ],
)
def test_a_letter_that_greets_or_is_signed_by_name_is_held(text: str):
    assert "PERSON" in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "Dear Sir or Madam, I would like to know how one asks for a catalogue.",
        "Dear Hiring Manager, I am writing to apply. Is that a good first line?",
        "Dear [Name], your complaint of [date] was received by our office.",
        "Dear Customer, our shop will be closed from Monday on for stocktaking.",
        "Dear all, the quarterly call moves from ten to eleven from now on.",
        "Dear Santa, I have been good: continue this as a poem for children.",
        "Hello World, and how to print it in four languages",
        "Hello Kitty, who invented her and in which year was it?",
        "Dear Evan Hansen: what is the musical about and who wrote it?",
        "Liebe Grüße, Dein Bruder: wie schreibt man das auf Englisch?",
        "Who sings on Hey Jude, and in which key is it?",
        "what is a Dear John letter",
        "Is it Dear Hope, or Hello Hope?",
        'Which is right in English, "Dear Hope," or "Dear Ms Lin,"?',
        "Dear Abraham Lincoln, how did you write the address? Begin an essay so.",
        "Hi Claude, tell me something about the history of tea.",
        "Sehr geehrte Damen und Herren, wie beginnt man sonst einen Brief?",
        "Chers collègues, comment commencer autrement une lettre en français ?",
        "Estimados señores, ¿es correcto empezar una carta así en España?",
        "How formal is Kind regards, compared with Yours sincerely, in English?",
        "Kind regards,\n[Name]",
        "Kind regards,\nThe Team",
    ],
)
def test_a_template_and_a_question_about_greetings_pass(text: str):
    assert kinds(text) == set()


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("I am <PERSON> from the sales team, make my talk better", True),
        ("my name is <NEW_PERSON_1>, write a speech", True),
        ("Good evening. I am Olive from the Procurement team.", True),
        ("je m'appelle <PERSON> et je cherche un stage", True),
        ("私の名前は<PERSON>です。自己紹介を書いてください。", True),
        ("Ich bin Jonas aus der Abteilung Einkauf, schreib mir eine Rede.", True),
        ("I am writing from the point of view of the sales department", False),
        ("I am Legend: how does the film differ from the book?", False),
        ("this is normal in the finance department of a bank, is it not", False),
        ("My name is [name] and I am [age] years old: fill it in", False),
        ("How do I introduce myself from the office in Polish?", False),
    ],
)
def test_who_says_their_own_name_is_held(text: str, *, held: bool):
    assert (kinds(text) == {"PERSON"}) is held


@pytest.mark.parametrize(
    "text",
    [
        "write an email to https://brindleworks.biz about a wrong delivery",
        "email to the QXLT Transport Office as VRMN support: send the timetables",
        "Prepare a reminder letter from the owner of tolvex motors",
        "draft a short mail to the owner of Brindlewick Garage about the brakes",
        "please write a formal letter from <PERSON> to the bank",
        "Schreib mir eine E-Mail an die Leitung. Danach einen Brief von <PERSON>.\nBrief von <PERSON> an die Schule",
        "draft a lease between Trelvana GmbH (the tenant) and the town, for a hall",
    ],
)
def test_a_letter_between_named_parties_is_held(text: str):
    assert "NAMED_PARTIES" in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "Write a letter from Abraham Lincoln to his soldiers after the war",
        "write an email to customers about a new price, as a template",
        "draft a letter to my landlord about mould, no names please",
        "Write a letter from the manager of a hotel to guests about the pool",
        "write an email to https://www.example.com asking for nothing, as a test",
        "Write an email to amazon.com sellers asking for samples, as a template",
        "write an email to support of Netflix about cancelling, generic",
        "write an email sender with asp.net",
        "how does email get from Outlook to Gmail",
        "What did Paul ask in the letter to the Romans?",
        "write a letter to the president of France about the climate, for school",
        "a contract between a landlord and a tenant: what belongs in it?",
        "What did the agreement between Israel and Egypt change?",
        "NDA between Company A and Company B, a template please",
    ],
)
def test_generic_and_public_parties_pass(text: str):
    assert kinds(text) == set()


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("expand my performance review: I led two launches, learned much and was given a larger team in spring", True),
        (
            "turn this into a cv: builder of games and tools; 2014: a first hit with two million players; 2018: an engine of its own for shadows; 2021: tools for three studios",
            True,
        ),
        ("Write a bio which says: baker by trade, I grew up on the coast and keep bees with two friends", True),
        ("Verbessere mein Anschreiben: Ich habe vier Jahre im Lager gearbeitet und leite heute die Frühschicht.", True),
        (
            "この職務経歴書を添削してください。店舗の運営を五年間担当し、売上を二割伸ばしました。新人の教育もしてきました。発注の見直しで廃棄も減らしました。",
            True,
        ),
        ("Improve my resume: I led a team of nine at a mill and worked nights for two years", True),
        ("what belongs in a CV, and in which order?", False),
        ("How do I write a CV when I have no experience of any paid work at all?", False),
        ("Write a loop that can resume the download: I got a time-out after the second file", False),
        ("Write a short bio of Ada Lovelace for a poster, with the years 1815, 1843 and 1852", False),
        ("write a template of a CV for a nurse, with headings only", False),
        ("How long should a cover letter be for a first job?", False),
        ("Write a performance review template with five headings", False),
        ("Make a resume layout that survives a scanner in 2024", False),
    ],
)
def test_a_self_description_with_content_is_held(text: str, *, held: bool):
    assert ("SELF_DESCRIPTION" in kinds(text)) is held


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("HOME_FOLDER", "failed to open /home/k7ferro/shop/basket.php on line 3"),
        ("HOME_FOLDER", r"C:\Users\tbrennicke\AppData\Local is full"),
        ("HOME_FOLDER", r'"path": "C:\\Users\\tbrennicke\\notes"'),
        ("HOME_FOLDER", "ls: /Users/solenem/Library: not permitted"),
        ("HOME_FOLDER", "/mnt/c/Users/tbrennicke/notes is not found"),
        ("HOME_FOLDER", "cd /home/marta and then?"),
        ("HOST", "cannot reach db7.billing.corp on 5432"),
        ("HOST", "ping nas4.lan times out"),
        ("HOST", "ENOTFOUND _mongodb._tcp.orders-live.qk7zt.mongodb.net"),
        ("HOST", "psql: orders-live.c7kq2zt.eu-west-1.rds.amazonaws.com refused"),
    ],
)
def test_a_machine_of_the_house_is_held(kind: str, text: str):
    assert kinds(text) == {kind}


@pytest.mark.parametrize(
    "text",
    [
        "ls /home/user/project is empty, why?",
        "permission denied: /home/ubuntu/app.log",
        r"what is in C:\Users\Public\Desktop",
        r"C:\Users\<username>\AppData",
        "what lies in /home/ on Linux?",
        "React Router: why is /home/dashboard/3 not matched?",
        "GET /scim/v2/Users/2819c223 returns 404",
        "is docs.snowflakecomputing.com down?",
        "ping router.lan or fritz.box, which is right?",
        "see https://www.example.com/home/garden/tools",
        "see https://brindleworks.biz/home/garden/tools",
        "curl http://localhost:8080 and host.docker.internal",
        "connect to cluster0.abcde.mongodb.net as in the manual",
        "mydb.example.rds.amazonaws.com in the guide",
        "docs.mongodb.com or www.mongodb.com?",
        "what are .lan and .internal for, and who reserved .corp?",
        "java.util.private and foo.bar.internal in a stack trace",
        "com.android.internal.os.ZygoteInit threw",
        "sun.reflect.internal.Call",
        "meta.lan()",
    ],
)
def test_a_machine_of_the_manual_passes(text: str):
    assert kinds(text) == set()


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
@settings(max_examples=150, deadline=None)
def test_no_text_is_too_odd(text: str):
    for finding in DETECTOR.find(text):
        assert 0 <= finding.start < finding.end <= len(text)
