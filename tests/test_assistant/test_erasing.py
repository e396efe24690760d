"""What a person wrote is erased: two persons, a hold, a receipt that an outsider checks, kills, and a restore."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import ScriptedGenerator
from house import House, changed_environment, house, own

from assistant.ask import collect
from assistant.conversations import Message
from assistant.desk.desk import Desk, open_desk
from assistant.desk.erasing import Erased
from policies.audit.events import Answered, Content, QuestionAsked
from policies.audit.sealed import GoneError
from policies.audit.verify import verify
from policies.errors import RefusedError, UsageError
from policies.labels import PUBLIC
from policies.vocabulary import Kind, Person

__all__ = ["house", "own"]
VERIFIER = Path(__file__).parents[2] / "deploy" / "verifier" / "ringfence_verify.py"
PLANTED = "Zebulon Quarterstaff's knee"


@pytest.fixture
def site(own: House) -> Iterator[House]:
    """A house with two admins, in which two persons have asked something."""
    with changed_environment({"RINGFENCE_KEYS": str(own.keys)}):
        with open_desk(own.home) as desk:
            for name in ("ada", "ben"):
                desk.add_person(
                    name, groups=[], clearance=desk.person("dana").clearance, roles=["admin"], password=None
                )
            for name in ("dana", "bo"):
                say(desk, desk.person(name))
        yield own


def say(desk: Desk, person: Person) -> int:
    """A question and its answer, on record and in a conversation. Returns the question's record."""
    text, owner = f"{PLANTED}, said {person.name}", f"person:{person.id}"
    conversation = desk.parts.conversations.start(person.id, Kind.GENERAL, text)
    message = Message(role="user", text=text, label=PUBLIC)
    desk.parts.conversations.add(person.id, conversation.id, message, message)
    asked = QuestionAsked(actor=person.id, conversation=conversation.id, question_kind="general", label="public")
    number = desk.parts.ledger.append(asked, {"question": Content(text=text, owner=owner)})
    answered = Answered(
        closes=number,
        outcome="answered",
        route="local",
        label="public",
        model="m",
        model_digest="d",
        shown=1,
        removed=0,
    )
    desk.parts.ledger.append(answered, {"answer": Content(text=text, owner=owner)})
    return number


def erase(desk: Desk, by: str, subject: str = "dana", why: str = "She asked for it.") -> Erased:
    who = desk.parts.people.account(subject)
    return desk.erasing.erase(who.person.id if who else subject, desk.person(by), why=why, actor=desk.login)


def bodies(desk: Desk) -> list[dict[str, Any]]:
    return [json.loads(text) for _, text in desk.parts.ledger.bodies()]


def readable(desk: Desk, name: str) -> list[str]:
    """What can still be opened of what this person wrote, in the record and in conversations."""
    person = desk.person(name)
    mine = desk.parts.erasing.named(person.id)
    texts = []
    for body in bodies(desk):
        if body["kind"] in ("QuestionAsked", "Answered"):
            for one in body.get("commitments", {}).values():
                try:
                    texts.append(desk.parts.ledger.sealed.open_item(one["sealed"]).text)
                except GoneError:
                    continue
    kept = [one.title for one in desk.parts.conversations.of(person.id)]
    return [text for text in texts if f"said {name}" in text] + kept if mine else []


# -- two persons, and what is gone -----------------------------------------------------------------------


def test_two_admins_erase_what_a_person_wrote_and_nothing_of_anybody_else(site: House) -> None:
    """The record verifies as before, the receipt lists the records, and asking again gives the same receipt."""
    with open_desk(site.home) as desk:
        first = erase(desk, "ada")
        assert not first.done
        assert erase(desk, "ada") == first  # the same person again is no second person
        assert len(readable(desk, "dana")) == 3
        done = erase(desk, "ben")
        assert done.done
        assert readable(desk, "dana") == []
        assert len(readable(desk, "bo")) == 3
        receipt = bodies(desk)[done.record]
        mine = [
            seq
            for seq, body in enumerate(bodies(desk))
            if body.get("commitments") and body.get("actor") == desk.parts.erasing.named(desk.person("dana").id)
        ]
        assert set(mine) < set(receipt["covers"])
        assert receipt["sealed"] == len(receipt["covers"])  # each of hers holds one thing that was sealed
        assert (receipt["outcome"], receipt["subject"]) == ("erased", bodies(desk)[mine[0]]["actor"])
        assert erase(desk, "ada") == erase(desk, "ben") == done
        report = verify(desk.home, desk.parts.keys.public)
        assert (report.intact, report.findings) == (True, ())
        assert [row.summary for row in desk.parts.review.rows() if row.action == "erase person"] == ["erased"]
    assert not [path for path in (site.home / "sealed").iterdir() if PLANTED.encode() in path.read_bytes()]


def test_what_they_write_afterwards_is_kept_until_it_is_asked_for_again(site: House) -> None:
    with open_desk(site.home) as desk:
        erase(desk, "ada")
        first = erase(desk, "ben")
        later = say(desk, desk.person("dana"))
        assert len(readable(desk, "dana")) == 3
        assert not erase(desk, "ben").done
        second = erase(desk, "ada")
        assert second.record > first.record
        assert {later, later + 1} < set(bodies(desk)[second.record]["covers"])
        assert readable(desk, "dana") == []


def test_an_answer_that_was_under_way_is_not_kept_in_a_conversation_that_is_gone(site: House) -> None:
    with open_desk(site.home) as desk:
        dana = desk.person("dana")
        desk.parts.writer = ScriptedGenerator(["Nothing. "])
        stream = desk.ask(dana, "What is the per diem in Berlin?")
        next(iter(stream))
        erase(desk, "ada")
        assert erase(desk, "ben").done
        assert collect(stream).finished.outcome in ("answered", "partly", "abstained")
        assert desk.parts.conversations.of(dana.id) == []


@pytest.mark.parametrize(("by", "subject"), [("ines", "dana"), ("dana", "bo"), ("bo", "dana"), ("ada", "ada")])
def test_neither_auditors_nor_staff_erase_and_nobody_their_own(site: House, by: str, subject: str) -> None:
    with open_desk(site.home) as desk:
        size = desk.parts.ledger.head().size
        with pytest.raises(RefusedError):
            erase(desk, by, subject)
        assert desk.parts.ledger.head().size == size


def test_it_needs_a_reason(site: House) -> None:
    with open_desk(site.home) as desk, pytest.raises(UsageError):
        erase(desk, "ada", why=" ")


# -- holds -----------------------------------------------------------------------------------------------


def test_a_hold_refuses_until_two_persons_have_ended_it(site: House) -> None:
    """Also one that was placed after the first person asked."""
    with open_desk(site.home) as desk:
        dana = desk.person("dana").id
        erase(desk, "ada")
        record = desk.erasing.hold(dana, why="a claim", actor="os:one")
        assert desk.erasing.hold(dana, why="a claim", actor="os:two") == record
        with pytest.raises(RefusedError, match="hold stands"):
            erase(desk, "ben")
        with pytest.raises(RefusedError, match="nothing was erased"):  # asked again inside the transaction
            desk.parts.erasing.erase(dana, request=0, who={"actor": "os:one"})
        assert len(readable(desk, "dana")) == 3
        assert not desk.erasing.release(dana, why="settled", actor="os:one")
        with pytest.raises(RefusedError):
            desk.erasing.release(dana, why="settled", actor="os:one")
        assert desk.erasing.release(dana, why="settled", actor="os:two")
        assert erase(desk, "ben").done


def test_a_request_opens_once(site: House) -> None:
    with open_desk(site.home) as desk:
        request = erase(desk, "ada").record
        assert erase(desk, "ben").done
        with pytest.raises(RefusedError):
            desk.parts.erasing.erase(desk.person("dana").id, request=request, who={"actor": "os:one"})


# -- the command, and its receipt --------------------------------------------------------------------------


def test_the_command_asks_then_erases_and_an_outsider_checks_the_receipt(site: House, tmp_path: Path) -> None:
    assert site.run("audit", "erase", "--subject", "dana", "--reason", "r").code == 2
    assert site.run("audit", "erase", "--subject", "nobody", "--as", "ada", "--reason", "r").code == 2
    asked = site.run("audit", "erase", "--subject", "dana", "--as", "ada", "--reason", "r", "--json")
    assert (asked.code, json.loads(asked.out)["erased"]) == (4, False)
    file = tmp_path / "receipt"
    done = site.run("audit", "erase", "--subject", "dana", "--as", "ben", "--reason", "r", "--receipt", str(file))
    assert done.code == 0, done.err
    assert checked(file).returncode == 0
    text = file.read_text(encoding="utf-8")
    stated = json.loads(text)
    body = json.loads(stated["body"])
    for spoiled in (
        stated | {"body": stated["body"].replace('"sealed":', '"sealed":9')},
        stated | {"body": json.dumps(body | {"covers": body["covers"][1:]}, sort_keys=True, separators=(",", ":"))},
        stated | {"body": stated["body"].replace(body["subject"], "P-0")},
    ):
        assert spoiled != stated
        file.write_text(json.dumps(spoiled), encoding="utf-8")
        assert checked(file).returncode == 1
    assert site.run("audit", "verify").code == 0
    assert "dana" not in text
    again = site.run("audit", "erase", "--subject", "dana", "--as", "ada", "--reason", "r", "--json")
    assert json.loads(again.out)["record"] == stated["record"]


def checked(file: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-I", str(VERIFIER), str(file)], capture_output=True, text=True, timeout=60)


def test_the_command_holds_persons_and_documents_alike(site: House) -> None:
    with open_desk(site.home) as desk:
        document = desk.parts.ingest.catalogue.documents(None)[0].document
    for about in (("--subject", "dana"), ("--document", document)):
        assert site.run("audit", "hold", *about, "--reason", "a claim", "--as", "ines").code == 0
        assert site.run("audit", "hold", *about, "--reason", "x", "--as", "ada").code == 1  # an admin may not
    assert "hold stands" in site.run("audit", "erase", "--subject", "dana", "--as", "ada", "--reason", "r").err
    assert "hold stands" in site.run("documents", "forget", document, "--reason", "r").err
    assert site.run("audit", "hold", "--reason", "r").code == 2
    assert site.run("audit", "hold", "--subject", "bo", "--release", "--reason", "r").code == 2


# -- kills, and a restore ------------------------------------------------------------------------------------

_KILLED = """
import os, signal, sys
from pathlib import Path
from assistant.desk.desk import open_desk
step = sys.argv[2]
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
with open_desk(Path(sys.argv[1])) as desk:
    erasing, sealed, ledger = desk.parts.erasing, desk.parts.ledger.sealed, desk.parts.ledger
    if step == "log": erasing._note = die
    if step == "key": erasing._conversations = die
    if step == "conversations": sealed.destroyed = die
    if step == "receipt": ledger.append = die
    dana = desk.person("dana").id
    erasing.erase(dana, request=int(sys.argv[3]), who={"actor": desk.login, "on_behalf_of": desk.person("ben").id})
"""


@pytest.mark.parametrize("step", ["log", "key", "conversations", "receipt"])
def test_what_a_killed_process_began_the_next_one_finishes_with_one_receipt(site: House, step: str) -> None:
    with open_desk(site.home) as desk:
        request = erase(desk, "ada").record
    words = [sys.executable, "-c", _KILLED, str(site.home), step, str(request)]
    assert subprocess.run(words, timeout=120).returncode == -signal.SIGKILL
    with open_desk(site.home) as desk:
        assert [one.code for one in verify(desk.home, desk.parts.keys.public).findings] == ["OPEN_INTENT"]
        done = erase(desk, "ben")
        assert done.done
        receipts = [body for body in bodies(desk) if body["kind"] == "PersonErased"]
        assert [body["seq"] for body in receipts] == [done.record]
        assert (receipts[0]["sealed"], readable(desk, "dana")) == (len(receipts[0]["covers"]), [])
        assert list(desk.parts.ingest.erasures.people()) == [receipts[0]["subject"]]
        assert verify(desk.home, desk.parts.keys.public).findings == ()


def test_taking_documents_in_leaves_an_unfinished_erasure_to_those_who_can_finish_it(site: House) -> None:
    with open_desk(site.home) as desk:
        request = erase(desk, "ada").record
    subprocess.run([sys.executable, "-c", _KILLED, str(site.home), "key", str(request)], timeout=120, check=False)
    assert site.run("ingest", str(site.home.parent / "docs" / "leaflets"), "--group", "everyone").code == 0
    with open_desk(site.home) as desk:
        assert erase(desk, "ben").done


def restored_to(site: House, folder: Path) -> House:
    """A folder for another home with the same keys."""
    folder.mkdir()
    (folder / "keys").symlink_to(site.keys)
    return House(folder)


def test_a_backup_of_before_does_not_bring_it_back(site: House, tmp_path: Path) -> None:
    """With the list of what was erased; and what was written after an erasure that the backup knows of stays."""
    before, after = tmp_path / "before", tmp_path / "after"
    assert site.run("backup", str(before)).code == 0
    with open_desk(site.home) as desk:
        erase(desk, "ada")
        assert erase(desk, "ben").done
        say(desk, desk.person("dana"))
    assert site.run("backup", str(after)).code == 0
    listed = site.run("backup", "--list", "--json").json["backups"]
    assert [(one["forgotten_since"], one["erased_since"]) for one in listed] == [(0, 1), (0, 0)]
    assert "what 1 person wrote was erased since" in site.run("backup", "--list").out
    log = str(site.home / "ledger" / "erasures.log")
    for file, erased in ((before, 1), (after, 0)):
        other = restored_to(site, tmp_path / f"other {file.name}")
        done = other.run("restore", str(file), "--erasures", log, "--json")
        assert done.code == 0, done.err
        assert json.loads(done.out)["erased"] == erased
        with open_desk(other.home) as desk:
            assert len(readable(desk, "dana")) == (0 if erased else 3)
            assert len(readable(desk, "bo")) == 3
            assert verify(desk.home, desk.parts.keys.public).intact
            assert desk.parts.ingest.erasures.people().keys() == {desk.parts.erasing.named(desk.person("dana").id)}
