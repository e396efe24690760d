"""`ringfence doctor`: what is well, what is not with its cure, and every connection; in a broken home too."""

from __future__ import annotations

from clamd_stand_in import ClamdStandIn
from fakes import RecordingServer
from house import House, house, own, run

from assistant.doctor import LOOKS
from assistant.egress.connections import load_connections

__all__ = ["house", "own"]
WHATS = [what for what, _ in LOOKS]


def test_a_home_in_order_is_reported_as_such(house: House) -> None:
    """Every look is ok, the connections are all there, and nothing that leaves the machine is on."""
    said = house.run("doctor", "--json")
    report = said.json
    assert said.code == 0, said.out
    assert set(report) == {"ok", "looked", "connections"}
    assert [one["what"] for one in report["looked"]] == WHATS
    assert all(set(one) == {"what", "ok", "found", "cure"} for one in report["looked"])
    assert report["ok"]
    found = {one["what"]: one["found"] for one in report["looked"]}
    assert found["outside"].startswith("closed")
    assert found["documents"].startswith("5 documents")
    held, _, wanted = found["index"].split(" passages")[0].partition(" of ")
    assert held == wanted
    assert [row["id"] for row in report["connections"]] == [row.id for row in load_connections()]
    on = {row["id"]: row["on"] for row in report["connections"]}
    assert not on["app-outside"]
    assert not on["app-qdrant"]


def test_a_broken_part_is_named_with_its_cure_and_the_rest_is_still_reported(own: House) -> None:
    """A damaged catalogue, a destination without its host being up: exit 3, and every other look still stands."""
    with RecordingServer() as server:
        own.write(
            "home/ringfence.toml",
            '[assistant]\noutside = "general"\nmodel = "embedded"\n[assistant.destination]\n'
            f'id = "closed-model"\nbase_url = "{server.base_url}"\nmodel = "big"\n',
        )
        (own.home / "catalogue" / "catalogue.db").write_bytes(b"this is no database" * 500)
        said = own.run("doctor")
        assert server.received == []
    assert said.code == 3
    assert "NOT  documents: The catalogue" in said.out
    assert "Put back a copy of it" in said.out
    assert "ok   record:" in said.out
    assert "ok   outside: general: closed-model at 127.0.0.1, up to public" in said.out
    assert "on   app to the closed API that the site configures" in said.out
    assert said.err == ""


def test_the_terms_of_a_destination_and_the_switch_are_told(own: House) -> None:
    """Contract, region, retention, training, invented names; and since when it is stopped."""
    own.write(
        "home/ringfence.toml",
        '[assistant]\noutside = "contracted"\nmodel = "embedded"\n[assistant.destination]\nid = "closed-model"\n'
        'base_url = "http://127.0.0.1:9/v1"\nmodel = "big"\nlevel = "internal"\ncontract = "2026-4"\nregion = "EU"\n'
        "retention_days = 30\nno_training = true\npseudonymised = true\n",
    )
    terms = "contract 2026-4, region EU, kept 30 days, training excluded, invented names allowed"
    assert terms in own.run("doctor").out
    assert own.run("policy", "stop").code == 0
    line = next(line for line in own.run("doctor").out.splitlines() if "outside:" in line)
    assert "outside: closed: closed-model" in line
    assert "; stopped since 20" in line
    assert line.endswith("the ladder is at contracted")


def test_recordings_are_told_with_their_cure(own: House) -> None:
    """Not wanted is well; a folder without a model is not."""
    assert "ok   recordings: set aside, as [ingest] whisper_model is not set" in own.run("doctor").out
    own.write("home/ringfence.toml", f'[ingest]\nwhisper_model = "{own.folder}"\n')
    said = own.run("doctor")
    assert f"NOT  recordings: no model lies in {own.folder}" in said.out
    assert "ringfence[whisper]" in said.out


def test_the_malware_check_is_told_with_its_cure(own: House) -> None:
    """Not set, answering, and down: then doctor ends with 3, and says what to do."""
    assert "ok   malware check: none" in own.run("doctor").out
    with ClamdStandIn(unix=True) as clamd:
        own.write("home/ringfence.toml", f'[ingest]\nclamd = "{clamd.where}"\n[assistant]\nmodel = "embedded"\n')
        up = own.run("doctor")
    assert f"ok   malware check: clamd at {clamd.where} answers" in up.out
    assert "on   worker, app and commands to clamd on this machine" in up.out
    down = own.run("doctor")
    assert down.code == 3
    assert f"NOT  malware check: clamd at {clamd.where} gives no verdict" in down.out
    assert "Start clamd" in down.out


def test_without_a_home_there_is_nothing_to_examine(tmp_path) -> None:
    """Exit 3 with the cure, and no home is made by looking."""
    said = run("--home", tmp_path / "none", "doctor")
    assert said.code == 3
    assert "ringfence init" in said.err
    assert not (tmp_path / "none").exists()
