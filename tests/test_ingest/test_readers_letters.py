"""Letters, invitations and cards: what a person reads of them, whichever way they are packed."""

from __future__ import annotations

import base64

import pytest
from seed_files import packed_with_signature

from ingest.errors import Quarantined
from ingest.readers import kinds, read
from ingest.readers.base import BlockKind, RawText

INVITATION = """BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VTIMEZONE
DTSTART:19701025T030000
END:VTIMEZONE
BEGIN:VEVENT
SUMMARY;LANGUAGE=en:Board meeting\\, Q2
DTSTART;TZID=Europe/Vienna:20250610T090000
DTEND;TZID=Europe/Vienna:20250610T103000
LOCATION:Room 4\\; second floor
ORGANIZER;CN="Lovelace, Ada":mailto:ada@x.example
ATTENDEE;CN=Bo Ek;PARTSTAT=DECLINED:mailto:bo@x.example
DESCRIPTION:Fees\\nand any other bus
 iness
RRULE:FREQ=WEEKLY;COUNT=3
BEGIN:VALARM
DESCRIPTION:Reminder
END:VALARM
END:VEVENT
END:VCALENDAR
"""
SAID = """Begins: 2025-06-10 09:00 (Europe/Vienna)
Ends: 2025-06-10 10:30 (Europe/Vienna)
Where: Room 4; second floor
Organiser: Lovelace, Ada <ada@x.example>
Invited: Bo Ek <bo@x.example> (declined)
Description: Fees
and any other business
Repeats: weekly, count 3"""


def letter(kind: str, body: str | bytes, more: str = "") -> RawText:
    head = f"From: a@x.example\nTo: b@x.example\nSubject: S\nMIME-Version: 1.0\n{more}Content-Type: {kind}\n\n"
    return read(head.encode() + (body.encode() if isinstance(body, str) else body), "x.eml")


def parts(kind: str, *inside: str) -> RawText:
    return letter(f"multipart/{kind}; boundary=A", "".join(f"--A\nContent-Type: {one}\n" for one in inside) + "--A--\n")


def said(raw: RawText) -> list[str]:
    """What follows its head."""
    return [block.text for block in raw.blocks[1:] if block.kind is not BlockKind.HEADING]


def test_an_invitation_says_who_when_and_where() -> None:
    plain, rich = "text/plain\n\nDo come.\n", "text/html\n\n<p>Do come.\n"
    assert said(parts("alternative", plain, rich, f"text/calendar; method=REQUEST\n\n{INVITATION}")) == [
        "Do come.",
        SAID,
    ]
    raw = read(INVITATION.encode(), "x.ics")
    assert (raw.media_type, raw.title, [block.heading for block in raw.blocks][-1]) == (
        kinds.CALENDAR,
        "Board meeting, Q2",
        ("Board meeting, Q2",),
    )


def test_whole_days_end_on_their_last_and_private_entries_are_marked() -> None:
    def event(*lines: str) -> RawText:
        return read("\r\n".join(("BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "")).encode(), "x.ics")

    one, more = "DTSTART;VALUE=DATE:20250610", "DTEND;VALUE=DATE:202506"
    assert event(one, f"{more}11").blocks[0].text == "Begins: 2025-06-10"
    raw = event(one, f"{more}13", "CLASS:CONFIDENTIAL")
    assert raw.blocks[0].text == "Begins: 2025-06-10\nEnds: 2025-06-12"
    assert raw.properties == {"classification": "CONFIDENTIAL"}


def test_a_card_says_who_it_is_and_shows_no_picture() -> None:
    card = (
        "BEGIN:VCARD\r\nVERSION:2.1\r\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=BCrg=\r\n Ek\r\n"
        "ORG:Acme;Desk\r\n"
        "TEL;TYPE=CELL:+43 1\r\nADR;TYPE=HOME:;;Main 1;Bern;;3000;\r\nPHOTO;ENCODING=b:QUJD\r\n QUJD\r\nEND:VCARD\r\n"
    )
    raw = read(card.encode(), "x.vcf")
    assert (raw.title, raw.blocks[1].text) == (
        "Jürg Ek",
        "Organisation: Acme, Desk\nTelephone: +43 1 (cell)\nAddress: Main 1, Bern, 3000 (home)",
    )


def test_of_two_ways_to_say_it_the_one_that_says_all_is_read() -> None:
    rich = "text/html\n\n<p>From May the fee for every card is 19 euros.\n"
    assert said(parts("alternative", "text/plain\n\nFrom May the fee for every card is 19 euros.\n", rich)) == [
        "From May the fee for every card is 19 euros."
    ]
    assert said(parts("alternative", "text/plain\n\nFrom May the fee\n", rich)) == [
        "From May the fee for every card is 19 euros."
    ]
    assert said(parts("alternative", "text/plain\n\nPlease look at this elsewhere.\n", rich)) == [
        "Please look at this elsewhere.",
        "From May the fee for every card is 19 euros.",
    ]


def test_lines_that_flow_are_one_and_quotes_stay_quotes() -> None:
    text = "One long \nline.\n\n> quoted \n> on\n>> older\n-- \nAda\n"
    assert said(letter("text/plain; format=flowed", text)) == ["One long line.", "> quoted on\n>> older\n--\nAda"]
    assert said(letter("text/plain; format=flowed; delsp=yes; charset=utf-8", "中文 \n字\n")) == ["中文字"]


def test_what_was_signed_is_read_and_what_is_locked_is_encrypted() -> None:
    def packed(data: bytes) -> RawText:
        return letter(
            "application/pkcs7-mime; name=s.p7m", base64.b64encode(data), "Content-Transfer-Encoding: base64\n"
        )

    text = "Content-Type: text/plain\n\n" + "The fee is five. " * 30
    assert said(packed(packed_with_signature(text.encode()))) == [("The fee is five. " * 30).strip()]
    armour = "-----BEGIN PGP MESSAGE-----\n\nhQEM\n=ab\n-----END PGP MESSAGE-----\n"
    for locked in (
        lambda: packed(bytes.fromhex("308006092a864886f70d010703a080")),
        lambda: parts(
            "encrypted", "application/pgp-encrypted\n\nVersion: 1\n", f"application/octet-stream\n\n{armour}"
        ),
        lambda: letter("text/plain", armour),
    ):
        with pytest.raises(Quarantined, match="ENCRYPTED"):
            locked()


def test_a_wrong_border_or_none_hides_no_words() -> None:
    wrong = "--B\nContent-Type: text/plain\n\nwords\n--B--\n"
    assert said(letter("multipart/mixed; boundary=A", wrong)) == ["words"]
    assert said(letter("multipart/mixed", "just words\n")) == ["just words"]


def test_a_file_sent_as_the_letter_itself_hangs_on_it() -> None:
    raw = letter("application/pdf", base64.b64encode(b"%PDF-1"), "Content-Transfer-Encoding: base64\n")
    assert [(one.name, one.data) for one in raw.members] == [("attached.pdf", b"%PDF-1")]


def test_what_became_of_a_letter_is_read() -> None:
    status = (
        "message/delivery-status\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; b@x.example\nAction: failed\n"
    )
    assert said(parts("report", "text/plain\n\nIt came back.\n", status)) == [
        "It came back.",
        "Reporting-MTA: dns; x",
        "Final-Recipient: rfc822; b@x.example\nAction: failed",
    ]


def test_letters_that_a_header_may_not_have_are_read() -> None:
    data = "From: a@x.example\nTo: b@x.example\nBcc: c@x.example\nSubject: Grüße\n\nx\n".encode("latin-1")
    raw = read(data, "x.eml")
    assert (raw.title, "Bcc: c@x.example" in raw.blocks[0].text) == ("Grüße", True)


def test_words_of_a_letter_begin_no_other_one() -> None:
    border = b"From a@x Mon Jan  6 10:00:00 2025\nFrom: a@x\nSubject: S\n\n"
    body = b"From now on:\nFee: 5\n\nFrom time to time, as at 10:00 in 2024, we meet\nand talk.\n\n"
    raw = read(border + body + border + b"Two\n", "x.mbox")
    assert len(raw.members) == 2
    assert b"and talk." in raw.members[0].data
    bare = b"From a@x Mon Jan  6 10:00:00 2025\n\nOne\n\nFrom a@x Tue Jan  7 10:00:00 2025\n\nTwo\n"
    assert [one.data.strip() for one in read(bare, "x.mbox").members] == [b"One", b"Two"]
