"""Sensitivity labels of another system are found wherever they stand in a file; what was taken off does not count."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path

import pytest
from ingest_parts import Room

from ingest.errors import Quarantined
from ingest.labelling import label, label_ids
from ingest.library import reason_in_words
from ingest.pipeline import Asked
from ingest.readers import label_marks
from ingest.readers.base import Block, RawText
from ingest.readers.eml import READER as EML_READER
from ingest.readers.office import Parts, office_properties
from ingest.readers.pdf_parts import unpacked
from ingest.sandbox import Sandbox
from ingest.standing import Before
from policies.labels import Category, Label, Level
from policies.vocabulary import SourceRef

A, B = "2096f6a2-d2f7-48be-b329-b73aaa526e5d", "0b9d3f5c-6a51-4c8e-9d0f-7f2f1d3c4b5a"
KEPT = {A: Label(level=Level.CONFIDENTIAL, categories=frozenset({Category.HEALTH}))}


def raw(**properties: str) -> RawText:
    return RawText(title="t", media_type="text/plain", blocks=(Block(text="words"),), properties=properties)


def labelled(text: RawText, floor: Level | None, **before: object) -> Label:
    ref = SourceRef(source="s", path="p")
    return label(text, ref=ref, version="v", floor=floor, groups=["g"], before=Before(**before)).label  # type: ignore[arg-type]


def package(parts: dict[str, str]) -> zipfile.ZipFile:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as written:
        for name, text in parts.items():
            written.writestr(name, text)
    return zipfile.ZipFile(box)


def info(*labels: str) -> dict[str, str]:
    inner = "".join(f"<clbl:label {one}/>" for one in labels)
    space = "http://schemas.microsoft.com/office/2020/mipLabelMetadata"
    return {label_marks.LABEL_INFO: f'<clbl:labelList xmlns:clbl="{space}">{inner}</clbl:labelList>'}


def letter(*headers: str) -> bytes:
    head = ["From: a@example.org", "To: b@example.org", "Subject: Plan", *headers]
    return ("\r\n".join(head) + "\r\n\r\nThe plan.\r\n").encode()


# -- where they stand ----------------------------------------------------------------------------------


def test_a_property_of_an_office_file_names_it_in_any_case():
    assert label_ids(raw(**{f"msip_label_{A}_enabled": "true", f"msip_label_{A}_name": "General"})) == {A}
    assert label_ids(raw(**{f"msip_label_{A}_siteid": "x"})) == {A}


def test_what_was_taken_off_does_not_count():
    assert label_ids(raw(**{f"msip_label_{A}_enabled": "False", f"msip_label_{A}_name": "General"})) == frozenset()


@pytest.mark.parametrize("name", ["msip_label_7c_name", "msip_label_x_enabled", "label"])
def test_what_is_no_guid_is_no_id(name: str):
    assert label_ids(raw(**{name: "true"})) == frozenset()


def test_newer_office_files_name_it_in_a_part_of_its_own():
    on = f'id="{{{A}}}" enabled="1" method="Privileged" removed="0"'
    off = f'id="{{{B}}}" enabled="0" method="Standard" removed="1"'
    assert label_ids(raw(**office_properties(Parts(package(info(on, off)))))) == {A}


@pytest.mark.parametrize("part", [label_marks.LABEL_INFO, "docProps/core.xml", "docProps/custom.xml"])
def test_a_file_whose_label_may_stand_where_nobody_can_read_it_is_set_aside(part: str):
    with pytest.raises(Quarantined, match="DAMAGED"):
        office_properties(Parts(package({part: "<broken"})))
    with pytest.raises(Quarantined, match="TOO_LARGE"):
        office_properties(Parts(package({part: f"<large>{' ' * 34_000_000}</large>"})))


def test_a_mail_names_it_in_a_header_folded_over_lines_several_times():
    stated = EML_READER.read(
        letter(
            f"msip_labels: MSIP_Label_{A.upper()}_Enabled=true;\r\n MSIP_Label_{A.upper()}_Name=General",
            f"msip_labels: MSIP_Label_{B}_Enabled=true",
        ),
        "m.eml",
    )
    assert label_ids(stated) == {A, B}


def test_a_header_of_the_mail_system_names_it_alone():
    assert label_ids(EML_READER.read(letter(f"X-MS-Exchange-Sensitivity-Label: {A}"), "m.eml")) == {A}
    assert label_ids(EML_READER.read(letter(f"X-MS-Exchange-Tenant: {A}"), "m.eml")) == frozenset()


def pdf(extra: bytes, trailer: bytes = b"") -> bytes:
    """A page with one line. Its cross references are wrong, as in many files."""
    return (
        b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
        b"2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n"
        b"3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]"
        b"/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>\nendobj\n"
        b"4 0 obj\n<</Length 44>>\nstream\nBT /F 12 Tf 20 200 Td (The plan is here) Tj ET \nendstream\nendobj\n"
        b"5 0 obj\n<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>\nendobj\n" + extra + b"trailer\n<</Root 1 0 R"
        + trailer + b">>\n%%EOF\n"
    )  # fmt: skip


INFO = f"/MSIP_Label_{A}_Enabled (true)/MSIP_Label_{A}_Name <FEFF00470065006E006500720061006C>".encode()
XMP = f"<x:xmpmeta><pdfx:MSIP_Label_{A}_Enabled>true</pdfx:MSIP_Label_{A}_Enabled></x:xmpmeta>".encode()
PACKED = zlib.compress(XMP)


@pytest.mark.parametrize(
    "data",
    [
        pdf(b"6 0 obj\n<<" + INFO + b">>\nendobj\n", b"/Info 6 0 R"),
        pdf(b"6 0 obj\n<</Type/Metadata/Subtype/XML/Length 9>>\nstream\n" + XMP + b"\nendstream\nendobj\n"),
        pdf(b"6 0 obj\n<</Type/ObjStm/Filter/FlateDecode>>\nstream\r\n" + PACKED + b"\nendstream\nendobj\n"),
        pdf(b"6 0 obj\n<</MSIP_Label_" + A.encode() + b"_Enabled='true'>>\nendobj\n"),
    ],
    ids=["properties", "metadata", "packed", "attribute"],
)
def test_a_pdf_names_it_in_its_properties_or_its_metadata(data: bytes):
    with Sandbox() as sandbox:
        read = sandbox.read(data, "plan.pdf")
    assert "The plan is here" in read.blocks[0].text
    assert label_ids(read) == {A}


def test_a_pdf_says_the_name_too_and_one_without_says_nothing():
    assert label_marks.of_pdf(unpacked(pdf(INFO)))[f"msip_label_{A}_name"] == "General"
    assert label_marks.of_pdf(unpacked(pdf(b""))) == {}
    assert label_marks.of_pdf(unpacked(b"/Type/ObjStm stream\nno packed bytes" * 50)) == {}


# -- what they mean -------------------------------------------------------------------------------------


def test_the_highest_of_floor_marking_and_id_counts_and_an_unknown_id_is_restricted():
    marked = raw(**{f"msip_label_{A}_enabled": "true", f"msip_label_{A}_name": "Internal"})
    assert labelled(marked, Level.PUBLIC, mapping=KEPT) == KEPT[A]
    assert labelled(marked, None, mapping=KEPT) == KEPT[A]
    assert labelled(marked, Level.RESTRICTED, mapping=KEPT).level is Level.RESTRICTED
    assert labelled(marked, Level.PUBLIC) == Label(level=Level.RESTRICTED)
    low = {A: Label(level=Level.PUBLIC)}
    assert labelled(marked, Level.PUBLIC, mapping=low).level is Level.INTERNAL
    assert labelled(raw(**{f"msip_label_{A}_enabled": "true"}), None, mapping=low).level is Level.PUBLIC


def test_what_is_attached_to_a_mail_carries_its_label_too(tmp_path: Path):
    """And rises with it, when the id means more later on."""
    room = Room(tmp_path / "catalogue")
    docs = tmp_path / "docs"
    docs.mkdir()
    boundary = 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="x"'
    text = letter(f"msip_labels: MSIP_Label_{A}_Enabled=true", boundary).decode().partition("\r\n\r\n")[0]
    (docs / "m.eml").write_text(
        f"{text}\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nSee there.\r\n--x\r\n"
        'Content-Type: text/plain\r\nContent-Disposition: attachment; filename="plan.txt"\r\n\r\nThe plan.\r\n--x--\r\n'
    )
    with Sandbox() as sandbox:
        room.run(docs, asked=Asked(groups=frozenset({"g"}), level=Level.PUBLIC), read=sandbox.read)
    listed = room.catalogue.documents()
    assert {Path(one.path).name: one.label.level for one in listed} == {
        "m.eml": Level.RESTRICTED,
        "plan.txt": Level.RESTRICTED,
    }
    assert room.catalogue.labels.unknown() == {A: 2}
    room.close()


# -- what cannot be read at all ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        pdf(b"6 0 obj\n<</Filter /MicrosoftIRMServices/V 1>>\nendobj\n"),
        pdf(b"6 0 obj\n<</Type/Filespec/AFRelationship/EncryptedPayload/F(x.pdf)>>\nendobj\n"),
        b"\x76\xe8\x04\x60\xc4\x11\xe3\x86" + bytes(200),
        b".pfile\x02\x00" + bytes(200),
    ],
    ids=["pdf", "pdf around a locked one", "letter", "any file"],
)
def test_what_is_bound_to_rights_is_set_aside_as_such_with_its_cure(data: bytes):
    with Sandbox() as sandbox, pytest.raises(Quarantined, match=r"^PROTECTED$"):
        sandbox.read(data, "plan")
    assert "Ask its owner" in reason_in_words("PROTECTED")
    assert "without" in reason_in_words("ENCRYPTED")
