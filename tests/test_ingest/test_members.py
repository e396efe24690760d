"""Files inside files are documents of their own: named harmlessly, bounded together, gone when they are gone."""

from __future__ import annotations

import io
import tarfile
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest
from ingest_parts import STAFF

from ingest.errors import Failed, Quarantined
from ingest.jobs import discover
from ingest.jobs.inside import MAX_DEPTH
from ingest.pipeline import Asked
from ingest.readers import read
from ingest.readers.base import Member
from ingest.readers.bounds import MAX_PARTS
from ingest.readers.members import Members, harmless
from policies.labels import Level


def zipped(**members: bytes) -> bytes:
    return archived({name.replace("__", "."): data for name, data in members.items()})


def archived(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2025, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def letter(subject: str, *attached: tuple[str, bytes], sensitivity: str = "") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "ada@example.invalid", "ben@example.invalid", subject
    if sensitivity:
        message["X-Classification"] = sensitivity
    message.set_content("Please see what hangs on this letter.")
    for name, data in attached:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    return folder


def run(room, *paths, **more):
    return room.run(*paths, read=more.pop("read", read), **more)


def seen(report, docs) -> dict[str, str]:
    """Outcome, or the reason of what was set aside, by the path below the folder."""
    return {file.path.removeprefix(f"{docs}/"): file.reason or file.outcome for file in report.files}


def test_a_container_and_each_of_its_members_have_an_outcome(room, docs):
    inner = zipped(deep__txt=b"The vault opens at nine.")
    (docs / "a.zip").write_bytes(archived({"b.txt": b"The fee is five euros.", "x.exe": b"MZ\x90\0", "c.zip": inner}))
    report = run(room, docs)
    assert seen(report, docs) == {
        "a.zip": "added",
        "a.zip!/b.txt": "added",
        "a.zip!/x.exe": "UNSUPPORTED",
        "a.zip!/c.zip": "added",
        "a.zip!/c.zip!/deep.txt": "added",
    }
    assert report.counts["added"] == 4
    assert list(docs.iterdir()) == [docs / "a.zip"]


def test_an_unchanged_container_is_not_opened_and_its_members_stay(room, docs):
    """And so are its rights: who may read follows what is asked."""
    (docs / "a.zip").write_bytes(archived({"b.txt": b"The fee is five euros.", "bad.pdf": b"%PDF-1.4"}))
    (docs / "m.eml").write_bytes(letter("Plan", ("plan.txt", b"We open a branch in May.")))
    run(room, docs)

    def must_not_read(data, name):
        raise AssertionError("an unchanged file was read")

    again = run(room, docs, read=must_not_read)
    assert seen(again, docs) == {
        "a.zip": "unchanged",
        "a.zip!/b.txt": "unchanged",
        "a.zip!/bad.pdf": "DAMAGED",
        "m.eml": "unchanged",
        "m.eml!/plan.txt": "unchanged",
    }
    assert again.fresh == 0
    wider = run(room, docs, read=must_not_read, asked=Asked(groups=frozenset({"board"}), level=Level.INTERNAL))
    assert seen(wider, docs)["a.zip!/b.txt"] == "updated"
    assert {one.groups for one in room.catalogue.documents(None) if not one.reason} == {frozenset({"board"})}


def test_a_member_that_vanished_is_deleted_and_one_that_changed_is_updated(room, docs):
    (docs / "a.zip").write_bytes(archived({"b.txt": b"one", "c.txt": b"two", "d.zip": zipped(e__txt=b"three")}))
    run(room, docs)
    (docs / "a.zip").write_bytes(archived({"b.txt": b"one", "c.txt": b"another"}))
    assert seen(run(room, docs), docs) == {
        "a.zip": "updated",
        "a.zip!/b.txt": "unchanged",
        "a.zip!/c.txt": "updated",
        "a.zip!/d.zip": "VANISHED",
        "a.zip!/d.zip!/e.txt": "VANISHED",
    }
    (docs / "a.zip").unlink()
    assert set(seen(run(room, docs), docs).values()) == {"VANISHED"}
    assert room.catalogue.counts()["documents"] == 0


def test_a_container_named_alone_takes_its_members_with_it(room, docs):
    (docs / "a.zip").write_bytes(archived({"b.txt": b"one", "c.txt": b"two"}))
    run(room, docs / "a.zip")
    (docs / "a.zip").write_bytes(archived({"b.txt": b"one"}))
    assert seen(run(room, docs / "a.zip"), docs)["a.zip!/c.txt"] == "VANISHED"


def test_a_container_that_cannot_be_opened_any_more_takes_nothing_with_it(room, docs):
    whole = archived({"b.txt": b"one"})
    (docs / "a.zip").write_bytes(whole)
    run(room, docs)
    (docs / "a.zip").write_bytes(whole[:40])
    assert seen(run(room, docs), docs) == {"a.zip": "DAMAGED"}
    assert room.catalogue.counts()["documents"] == 2
    (docs / "a.zip").write_bytes(b"Just words now.")
    assert seen(run(room, docs), docs) == {"a.zip": "updated", "a.zip!/b.txt": "VANISHED"}


def test_a_member_that_failed_on_our_side_is_tried_again(room, docs):
    (docs / "a.zip").write_bytes(archived({"b.txt": b"one", "c.txt": b"two"}))

    def interrupted(data, name):
        if name == "b.txt":
            raise Failed("INTERRUPTED")
        return read(data, name)

    assert seen(run(room, docs, read=interrupted), docs)["a.zip!/b.txt"] == "INTERRUPTED"
    assert seen(run(room, docs), docs) == {"a.zip": "unchanged", "a.zip!/b.txt": "added", "a.zip!/c.txt": "unchanged"}


def test_members_are_taken_in_to_a_depth_of_three(room, docs):
    data = b"words"
    for number in range(MAX_DEPTH + 1, 0, -1):
        data = archived({f"{number}.zip" if number <= MAX_DEPTH else "end.txt": data})
    (docs / "0.zip").write_bytes(data)
    found = seen(run(room, docs), docs)
    assert found == {
        "0.zip": "added",
        "0.zip!/1.zip": "added",
        "0.zip!/1.zip!/2.zip": "added",
        "0.zip!/1.zip!/2.zip!/3.zip": "TOO_DEEP",
    }


def test_a_letter_that_lies_deepest_is_read_without_what_hangs_on_it(room, docs):
    data = letter("Plan", ("plan.txt", b"We open a branch in May."))
    for number in range(MAX_DEPTH):
        data = archived({f"{number}.zip" if number else "m.eml": data})
    (docs / "a.zip").write_bytes(data)
    found = seen(run(room, docs), docs)
    assert found["a.zip!/2.zip!/1.zip!/m.eml"] == "added"
    assert found["a.zip!/2.zip!/1.zip!/m.eml!/plan.txt"] == "TOO_DEEP"


def links(count: int) -> bytes:
    """An archive of links: members that cost nothing to look at."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(count):
            entry = zipfile.ZipInfo(f"{number}", (2025, 1, 1, 0, 0, 0))
            entry.external_attr = 0o120777 << 16
            archive.writestr(entry, b"/etc/passwd")
    return buffer.getvalue()


def test_what_comes_out_of_one_file_is_counted_over_all_its_levels(room, docs):
    """The container that goes too far is set aside with all that it holds; what came before it stays."""
    many = discover.MAX_INSIDE // MAX_PARTS + 1
    (docs / "a.zip").write_bytes(archived({f"{number}.zip": links(MAX_PARTS) for number in range(many)}))
    report = room.job(dry_run=True, read=read).run(*_files(room, docs), lambda _: None)
    reasons = [file.reason for file in report.files]
    assert reasons.count("EXPANDS") == 2
    assert reasons.count("LINK") == (many - 2) * MAX_PARTS


def _files(room, docs):
    found = discover.discover([docs], room.worklog)
    return found.files, found.roots


def test_a_letters_marking_holds_for_what_hangs_on_it(room, docs):
    plain = ("plan.txt", b"We open a branch in May.")
    (docs / "m.eml").write_bytes(letter("Plan", plain, sensitivity="Confidential"))
    (docs / "n.eml").write_bytes(letter("Plan", plain))
    report = run(room, docs, asked=STAFF)
    levels = {file.path.removeprefix(f"{docs}/"): file.label.level for file in report.files}
    assert levels["m.eml"] > Level.INTERNAL
    assert levels["m.eml!/plan.txt"] == levels["m.eml"]
    assert levels["n.eml!/plan.txt"] == Level.INTERNAL


def test_a_letter_in_a_letter_is_a_letter(room, docs):
    outer = EmailMessage()
    outer["From"], outer["To"], outer["Subject"] = "a@example.invalid", "b@example.invalid", "Forwarded"
    outer.set_content("See below.")
    inner = EmailMessage()
    inner["From"], inner["To"], inner["Subject"] = "c@example.invalid", "a@example.invalid", "The fee"
    inner.set_content("It is five euros.")
    inner.add_attachment(b"rows", maintype="text", subtype="csv", filename="fees.csv")
    outer.add_attachment(inner)
    (docs / "m.eml").write_bytes(outer.as_bytes())
    assert seen(run(room, docs), docs) == {
        "m.eml": "added",
        "m.eml!/letter.eml": "added",
        "m.eml!/letter.eml!/fees.csv": "added",
    }


# -- names and bounds ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("b.txt", "b.txt"),
        ("sub/b.txt", "sub/b.txt"),
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\Windows\\x.txt", "Windows/x.txt"),
        ("..\\..\\x.txt", "x.txt"),
        ("a!/b.txt", "a/b.txt"),
        ("b\u202etxt.exe", "btxt.exe"),
        ("a\0b\n.txt", "ab .txt"),
        ("..", ""),
        ("///", ""),
        ("...", "..."),
    ],
)
def test_a_members_name_can_do_no_harm(name: str, kept: str) -> None:
    assert harmless(name) == kept


def test_members_of_one_name_are_told_apart_and_nameless_ones_are_named() -> None:
    members = Members(1)
    for name in ("a.txt", "../a.txt", "a.txt", "..", "x/README", "x/README"):
        members.add(name)
    assert [one.name for one in members.all()] == [
        "a.txt",
        "a (2).txt",
        "a (3).txt",
        "part 4",
        "x/README",
        "x/README (2)",
    ]


def test_a_long_name_keeps_its_end() -> None:
    assert len(harmless("n" * 500 + ".pdf")) <= 120
    assert harmless("n" * 500 + ".pdf").endswith(".pdf")


def test_a_tar_gives_its_files_and_the_reasons_of_the_rest() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        plain = tarfile.TarInfo("../up.txt")
        plain.size = 5
        archive.addfile(plain, io.BytesIO(b"words"))
        for name, kind in (("link", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("pipe", tarfile.FIFOTYPE)):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, "/etc/passwd"
            archive.addfile(entry)
    raw = read(buffer.getvalue(), "x.tgz")
    assert raw.members == (
        Member(name="up.txt", data=b"words"),
        Member(name="link", problem="LINK"),
        Member(name="hard", problem="LINK"),
        Member(name="pipe", problem="SPECIAL"),
    )


@pytest.mark.parametrize("suffix", ["gz", "bz2", "xz"])
def test_a_compressed_file_holds_one(suffix: str) -> None:
    import bz2
    import gzip
    import lzma

    pack = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}[suffix]
    assert read(pack(b"a,b\n1,2\n"), f"rows.csv.{suffix}").members == (Member(name="rows.csv", data=b"a,b\n1,2\n"),)
    with pytest.raises(Quarantined, match="EXPANDS"):
        read(pack(bytes(20_000_000)), f"zeros.{suffix}")
    with pytest.raises(Quarantined, match="DAMAGED"):
        read(pack(b"words " * 500)[:-8], f"cut.{suffix}")


def test_too_many_members_or_too_much_is_set_aside() -> None:
    assert len(read(archived({f"{n}.txt": b"x" for n in range(MAX_PARTS)}), "x.zip").members) == MAX_PARTS
    with pytest.raises(Quarantined, match="TOO_MANY_MEMBERS"):
        read(archived({f"{n}.txt": b"x" for n in range(MAX_PARTS + 1)}), "x.zip")
    with pytest.raises(Quarantined, match="EXPANDS"):
        read(zipped(zeros=bytes(20_000_000)), "x.zip")


def test_members_that_lie_over_one_another_are_a_bomb() -> None:
    """One body under many names: the directory points at the same bytes again and again."""
    whole = archived({"a.txt": bytes(range(256)) * 40})
    end = whole.rindex(b"PK\x05\x06")
    directory = whole[whole.index(b"PK\x01\x02") : end]
    many = directory * 50
    tail = bytearray(whole[end:])
    tail[8:12] = (50).to_bytes(2, "little") * 2
    tail[12:16] = len(many).to_bytes(4, "little")
    with pytest.raises(Quarantined, match="EXPANDS"):
        read(whole[: whole.index(b"PK\x01\x02")] + many + bytes(tail), "x.zip")


def test_a_locked_member_is_named_and_the_others_are_read() -> None:
    data = bytearray(archived({"a.txt": b"open", "b.txt": b"shut"}))
    place = data.rindex(b"PK\x01\x02") + 8
    data[place] |= 1
    assert [(one.name, one.problem) for one in read(bytes(data), "x.zip").members] == [
        ("a.txt", ""),
        ("b.txt", "ENCRYPTED"),
    ]


def test_a_member_packed_in_a_way_that_nobody_knows_is_not_called_encrypted() -> None:
    packed = bytearray(zipped(a__txt=b"first", b__txt=b"second"))
    for mark, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        start = packed.find(mark) + place
        packed[start : start + 2] = (97).to_bytes(2, "little")
    members = read(bytes(packed), "old.zip").members
    assert [(one.name, one.problem) for one in members] == [("a.txt", "UNSUPPORTED"), ("b.txt", "")]


def test_a_mailbox_gives_its_letters_in_order() -> None:
    """A line in a letter that begins like a border does not part it, nor does one without an empty line before."""
    box = b"".join(
        b"From ada@example.invalid Mon Jan  6 10:00:00 2025\n" + letter(f"Number {n}") + b"\n>From the start.\n\n"
        for n in range(3)
    )
    raw = read(box, "inbox")
    assert [one.name for one in raw.members] == ["0001.eml", "0002.eml", "0003.eml"]
    assert read(raw.members[1].data, "0002.eml").title == "Number 1"
    assert b"\nFrom the start." in raw.members[0].data
    assert raw.blocks[0].header == "inbox holds 3 files"


def test_what_programs_leave_in_archives_is_passed_over(room, docs):
    (docs / "a.zip").write_bytes(archived({"__MACOSX/._b.txt": b"x", ".DS_Store": b"x", "b.txt": b"words"}))
    found = seen(run(room, docs), docs)
    assert found["a.zip!/b.txt"] == "added"
    assert found["a.zip!/.DS_Store"] == found["a.zip!/__MACOSX/._b.txt"] == "HIDDEN"


def test_a_folder_whose_name_ends_like_a_container_is_a_folder(room, docs):
    (docs / "a!").mkdir()
    (docs / "a!" / "b.txt").write_bytes(b"words")
    run(room, docs)
    assert seen(run(room, docs), docs) == {"a!/b.txt": "unchanged"}
    (docs / "a!" / "b.txt").unlink()
    (Path(docs) / "other.txt").write_bytes(b"more words")
    assert seen(run(room, docs), docs) == {"a!/b.txt": "VANISHED", "other.txt": "added"}


def test_a_rehearsal_stores_nothing_of_what_files_hold(room, docs):
    (docs / "a.zip").write_bytes(archived({"b.txt": b"one"}))
    assert seen(run(room, docs, dry_run=True), docs) == {"a.zip": "added", "a.zip!/b.txt": "added"}
    assert room.catalogue.counts()["documents"] == 0
