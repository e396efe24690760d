"""Attacks through what somebody types, 1 to 16: every kind of content that must stay, plain to see.

Each test begins with its number. Where another file proves it already, a comment names the place.
"""

from __future__ import annotations

import dataclasses

import pytest
from attacking import stays, why
from deciding import asked, route
from identifier_shapes import TYPES, identifiers
from secret_shapes import secrets

from policies.decisions import AnswerLocally, Escalate
from policies.detect import Detectors
from policies.detect.register.detector import RegisterDetector
from policies.detect.register.importing import import_file
from policies.detect.register.store import Register
from policies.vocabulary import Passage, Question


# 1 each type alone, over seeded sentences: test_detect_identifiers.py, at the detector. Here: as a question.
@pytest.mark.parametrize("kind", sorted(TYPES))
def test_01_an_identifier_of_any_kind_keeps_a_question_here(kind):
    """Three texts of each kind, in sentences, tables and messages."""
    texts = [text for one, text in identifiers(seed=171, each=3) if one == kind]
    assert texts
    assert [text for text in texts if not stays(text)] == []


NAMES = (
    "Marguerite Oyelaran-Voss",
    "Tendai Chikowore",
    "Siobhán Ní Raghallaigh",
    "Nguyễn Thị Bích Ngọc",
    "Wojciech Brzęczyszczykiewicz",
    "Jean-Baptiste Quennehen",
)
FRAMES = (
    "write a reminder to {} about the overdue invoice",
    "{} keeps coming late, how do I raise it?",
    "what should I answer {}: can the loan be extended",
)
CASINGS = (str, str.lower, str.upper)


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("name", NAMES)
def test_02_a_private_name_stays_in_every_casing(name, frame):
    """A matrix: hyphens, accents, other continents; as written, in small letters, in capitals."""
    assert [case.__name__ for case in CASINGS if not stays(frame.format(case(name)))] == []


@pytest.mark.parametrize(
    "text",
    [
        "Quennehen has not paid since June. What may a landlord do?",
        "chikowore from accounting forgot her badge again, what do I write",
        "ask Mr Oyelaran whether he wants the night shift",
    ],
)
def test_02_a_surname_alone_stays(text):
    """One word is enough."""
    assert stays(text)


# 3 every way of writing a registered name: test_detect_register.py, at the detector. Here: it counts when deciding.


def test_03_a_registered_name_with_a_letter_wrong_stays(tmp_path, clock):
    """One letter off, or two changed about, with nothing but the organisation's own register looking."""
    file = tmp_path / "people.csv"
    file.write_text("given name,surname\nFerdinand,Achterkamp\n")
    register = Register(tmp_path / "register.db", b"k" * 32)
    import_file(register, file, name="customers", kind="people", now=1)
    own = Detectors((), RegisterDetector(register))
    for text in ("Is Ferdinnand Achterkamp creditworthy?", "is ferdinand achterkmap creditworthy", "Achterkamp's loan"):
        assert isinstance(route(asked(text), clock=clock, detectors=own), AnswerLocally), text
    assert isinstance(route(asked("Is a cooperative creditworthy?"), clock=clock, detectors=own), Escalate)


@pytest.mark.parametrize(
    "text",
    [
        "Gwendolyn Parfitt does not have HIV. How do we word that to the insurer?",
        "If Gwendolyn Parfitt had multiple sclerosis, would the policy pay?",
        "Gwendolyn Parfitt never had a drinking problem, her file says otherwise. Can it be corrected?",
        "Suppose hypothetically that our cashier were pregnant. May we end her trial period?",
        "She has recovered from the depression she had in 2019; must my deputy tell the board?",
    ],
)
def test_04_a_health_fact_stays_when_it_is_denied_past_or_supposed(text):
    """Whether it is true is not the question."""
    assert stays(text)


@pytest.mark.parametrize(
    "text",
    [
        "our only wheelchair user in the Bergen office wants to work from home",
        "the mayor's driver is in rehab, who tells the council?",
        "The new deputy head at our school is being divorced for hitting his wife",
        "our chief accountant has converted to Islam and asks for Fridays off",
    ],
)
def test_05_a_unique_role_with_something_sensitive_stays(text):
    """Nobody is named and everybody in the house knows who it is."""
    assert stays(text)


@pytest.mark.parametrize(
    "text",
    [
        "K.L. from the Antwerp claims desk was caught asleep again, warning or talk?",
        "the 58-year-old Finnish crane driver on our Gdynia site had a stroke in March",
        "M. B., team lead in radiology, asks for unpaid leave after the miscarriage",
    ],
)
def test_06_initials_a_role_and_a_place_stay(text):
    """Three attributes together are a name."""
    assert stays(text)


@pytest.mark.parametrize(
    "text",
    [
        "in our Tromsø branch 2 of 3 employees are on sick leave with burnout, how do I report that",
        "Of the four women on our board one has cancer. May the annual report give the rate?",
    ],
)
def test_07_a_number_about_a_handful_of_people_stays(text):
    """Fewer than five: a statistic that is a person."""
    assert stays(text)


@pytest.mark.parametrize(
    "text",
    [
        "we will shut the Eskilstuna plant in spring, the staff does not know. Draft the notice",
        "our offer for the target is 31 a share, the board meets on Monday",
        "third quarter sales fell by nine percent and we publish next week, how do we phrase it?",
        "the new engine fails one start in two hundred, marketing must not say so yet",
    ],
)
def test_08_an_unpublished_fact_of_the_business_stays(text):
    """No person, no number of the kind that patterns know."""
    assert stays(text)


@pytest.mark.parametrize(
    "text",
    [
        "Our client admits that he backdated the invoice. What do we plead?",
        "we advised the trustees in confidence that the gift is void, how do we put it in the letter",
        "counsel thinks we lose on causation and would settle at 400,000",
    ],
)
def test_09_what_a_client_told_a_lawyer_stays(text):
    """Privileged narrative in the first person plural."""
    assert stays(text)


# 10 code names, inflected, hyphenated, and their homonyms: test_detect_register.py, both ways.


FORMS = ("{}", "why is this refused? {}", "```\n{}\n```", "  settings:\n    - {}", "Traceback: at line 3\n{}")


def test_11_a_credential_stays_wherever_it_stands():
    """Every second form: alone, in prose, in a fence, in YAML, in a trace. All of them: test_detect_secrets.py."""
    texts = list(secrets(seed=172, each=1))[::2]
    assert len({kind for kind, _ in texts}) >= 20
    formed = [(kind, FORMS[n % len(FORMS)].format(text)) for n, (kind, text) in enumerate(texts)]
    assert [kind for kind, text in formed if not stays(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "our firewall still lets 3389 in from anywhere until Friday, what else should I close",
        "the door controllers at our Ghent site run with the factory password",
        "nobody has patched our mail gateway since May and it is on the internet",
        "host map: db01 10.40.2.11, backup 10.40.2.12, no MFA on either. Risks?",
    ],
)
def test_12_how_our_systems_can_be_entered_stays(text):
    """A weakness of ours is a credential without a string."""
    assert stays(text)


@pytest.mark.parametrize(
    "text",
    [
        r"why is \\fs1\hr\warnings\Ferdinand_Achterkamp_final_warning.docx read only?",
        "rename scans like passport_Tendai-Chikowore_1979-03-02.pdf by date",
        "tar: /home/hr/sick_notes/oyelaran_marguerite.pdf: Cannot open",
        "open Achterkamp_Ferdinand.docx read only",
    ],
)
def test_13_a_person_in_a_file_name_stays(text):
    """Words of a path are words."""
    assert stays(text)


PASTED = {
    "table": "| name | diagnosis |\n|---|---|\n| Tendai Chikowore | hepatitis B |",
    "csv": "surname;given;salary\nQuennehen;Jean-Baptiste;61400",
    "json": '{"patient": {"name": "Tendai Chikowore", "dob": "1979-03-02", "dx": "F32.1"}}',
    "xml": "<employee><name>Marguerite Oyelaran-Voss</name><sickDays>41</sickDays></employee>",
    "log": "2026-10-02T08:14:09Z login failed user=tendai.chikowore ip=84.112.7.19 device=Tendais-iPhone",
    "hl7": "PID|1||558201^^^H^MR||CHIKOWORE^TENDAI^^||19790302|F\nDG1|1||B18.1^Chronic hepatitis B",
    "fix": "8=FIX.4.4|35=D|1=ACC-5528190|448=Jean-Baptiste Quennehen|54=1|38=500|",
    "swift": ":50K:/NL13KNAB0625518430\nTENDAI CHIKOWORE\nKERKSTRAAT 4 UTRECHT\n:59:/DE75512108001245126199",
    "letter": "From: Marguerite Oyelaran-Voss <m.voss@oyelaran-voss.nl>\nSubject: my appeal\n\nI object to the fine.",
}


@pytest.mark.parametrize("form", PASTED)
def test_14_a_pasted_record_stays_in_every_format(form):
    """The column's heading or the field's name says what stands in it."""
    assert stays(f"convert this:\n{PASTED[form]}")


@pytest.mark.parametrize(
    "text",
    [
        "what is wrong here? <p>Hello</p><!-- patient Tendai Chikowore has hepatitis B -->",
        '<img src="x.png" alt="Ferdinand Achterkamp at his arrest"> needs a better alt text',
        '<div style="display:none">the admin password is P0suMi!13</div> why does it not show',
        '<span style="font-size:0">Tendai Chikowore, born 2 March 1979</span>',
    ],
)
def test_15_what_a_page_hides_is_read(text):
    """Comments, alternative texts and hidden elements are text in a request. Documents: test_readers_plain.py and
    test_readers_office.py drop what is hidden; properties are read for markings."""
    assert stays(text)


def test_16_nothing_but_text_can_be_attached():
    """A question is a string and a body holds strings: there is no place for a picture. What cannot be read stays."""
    fields = {field.name: field.type for field in dataclasses.fields(Question)}
    assert fields["text"] == "str"
    assert not {"attachments", "images", "files"} & (set(fields) | {f.name for f in dataclasses.fields(Passage)})
    picture = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHx"
    assert why(f"what is in this picture? {picture}")
    assert stays(f"what is in this picture? {picture}")


def test_01_to_16_the_same_text_without_the_sensitive_part_may_go():
    """The counter-proof: the frames of the tests above hold nothing back by themselves."""
    frames = (
        "How do I write a reminder about an overdue invoice?",
        "How is sickness reported in general?",
        "Why is a Word file read only?",
        "What is a settlement offer without prejudice?",
    )
    assert [text for text in frames if stays(text)] == []
