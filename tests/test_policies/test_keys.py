"""The keys of a home: made once, outside it, never made anew for a home with a record."""

from __future__ import annotations

import json
import multiprocessing
import os
from pathlib import Path

import pytest
from audit_home import filled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.config import Home
from policies.errors import UnavailableError
from policies.keys import FILE, Keys, pseudonym, verify


def _public(home: Home, start: object, out: object) -> None:
    start.wait()  # type: ignore[attr-defined]
    out.put(Keys.create(home).public)  # type: ignore[attr-defined]


def test_keys_are_made_once_and_found_again(home: Home) -> None:
    first = Keys.create(home)
    assert Keys.create(home).public == first.public == Keys.load(home).public
    assert len(first.public) == 32


def test_the_folder_and_the_file_are_the_owners_alone(home: Home) -> None:
    Keys.create(home)
    assert home.keys.stat().st_mode & 0o777 == 0o700
    assert (home.keys / FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in home.keys.iterdir()] == [FILE]


def test_several_processes_that_make_keys_at_once_agree(home: Home) -> None:
    context = multiprocessing.get_context("spawn")
    start, out = context.Event(), context.Queue()
    processes = [context.Process(target=_public, args=(home, start, out)) for _ in range(3)]
    for process in processes:
        process.start()
    start.set()
    assert len({out.get(timeout=60) for _ in processes}) == 1
    for process in processes:
        process.join(30)


def test_missing_keys_are_an_error_that_names_the_cure(home: Home) -> None:
    with pytest.raises(UnavailableError, match="RINGFENCE_KEYS"):
        Keys.load(home)


def test_keys_are_not_made_anew_for_a_home_that_has_a_record(home: Home) -> None:
    filled(home, 1)
    (home.keys / FILE).unlink()
    with pytest.raises(UnavailableError, match="has a record"):
        Keys.create(home)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"version": 1, "signing": "zz", "house": "00"}',
        json.dumps({"version": 1, "signing": "00", "house": "00" * 32}),
        json.dumps({"version": 1, "signing": "00" * 32, "house": 7}),
    ],
)
def test_damaged_keys_are_an_error_that_does_not_show_them(home: Home, text: str) -> None:
    Keys.create(home)
    (home.keys / FILE).write_text(text)
    with pytest.raises(UnavailableError, match="damaged") as caught:
        Keys.create(home)
    assert caught.value.__cause__ is None
    assert caught.value.exit_code == 3


def test_keys_of_a_newer_version_are_refused(home: Home) -> None:
    Keys.create(home)
    stated = json.loads((home.keys / FILE).read_text())
    (home.keys / FILE).write_text(json.dumps(stated | {"version": 2}))
    with pytest.raises(UnavailableError, match="newer"):
        Keys.load(home)


def test_keys_that_others_can_read_are_refused(home: Home) -> None:
    Keys.create(home)
    (home.keys / FILE).chmod(0o644)
    with pytest.raises(UnavailableError, match="chmod 600"):
        Keys.load(home)


@pytest.mark.parametrize("inside", ["keys", ".", "a/../keys"])
def test_keys_inside_the_home_are_refused(home: Home, inside: str) -> None:
    bad = Home(path=home.path, id=home.id, keys=home.path / inside)
    for verb in (Keys.create, Keys.load):
        with pytest.raises(UnavailableError, match="inside the home"):
            verb(bad)


def test_a_link_into_the_home_is_refused_too(home: Home, tmp_path: Path) -> None:
    (home.path / "hidden").mkdir()
    (tmp_path / "link").symlink_to(home.path / "hidden")
    with pytest.raises(UnavailableError, match="inside the home"):
        Keys.create(Home(path=home.path, id=home.id, keys=tmp_path / "link"))


def test_a_keys_folder_that_cannot_be_made_is_an_error_with_a_cure(home: Home, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match="cannot be written"):
        Keys.create(Home(path=home.path, id=home.id, keys=tmp_path / "file" / "keys"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(data=st.binary(), other=st.binary())
def test_a_signature_holds_for_its_data_alone(home: Home, data: bytes, other: bytes) -> None:
    keys = Keys.create(home)
    signature = keys.sign(data)
    assert verify(keys.public, data, signature)
    assert verify(keys.public, other, signature) is (other == data)
    assert not verify(keys.public, data, signature[:-1])
    assert not verify(b"short", data, signature)


def test_each_purpose_has_its_own_key(home: Home) -> None:
    keys = Keys.create(home)
    assert len({keys.derive("a"), keys.derive("b"), keys.mac("a", b""), keys.mac("b", b"")}) == 4
    assert keys.derive("a") == Keys.load(home).derive("a")
    assert keys.mac("a", b"x") == Keys.load(home).mac("a", b"x")


def test_a_pseudonym_is_stable_and_another_home_has_another(home: Home, tmp_path: Path) -> None:
    keys = Keys.create(home)
    elsewhere = Keys.create(Home(path=tmp_path / "other", id=home.id, keys=tmp_path / "other keys"))
    assert pseudonym(keys, "anna") == pseudonym(Keys.load(home), "anna")
    assert pseudonym(keys, "anna") != pseudonym(elsewhere, "anna")
    assert pseudonym(keys, "anna").startswith("P-")


def test_showing_keys_shows_the_public_one_alone(home: Home) -> None:
    keys = Keys.create(home)
    secrets = json.loads((home.keys / FILE).read_text())
    assert keys.public.hex() in repr(keys)
    assert secrets["signing"] not in repr(keys)
    assert secrets["house"] not in repr(keys)


def test_keys_that_this_user_cannot_read_are_an_error_with_a_cure(home: Home) -> None:
    Keys.create(home)
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setuid(65534)
            else:
                (home.keys / FILE).chmod(0)
            Keys.load(home)
        except UnavailableError as error:
            os._exit(3 if "Run as the user" in error.cure else 4)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
