"""Accounts: names, roles, passwords, links and sessions."""

import sqlite3

import pytest

from assistant.accounts.people import FIRST, LINK_LIFE, SESSION_LIFE, WELCOME, People
from policies.errors import RefusedError, UnavailableError, UsageError
from policies.labels import Level
from policies.vocabulary import EVERYONE, Role

PASSWORD = "correct horse battery"


def join(people, name, **more):
    """An account that is on record, so to say: enabled."""
    person = people.add(name, **more)
    people.enable(person)
    return person


@pytest.fixture
def people(tmp_path, clock):
    return People(tmp_path / "people.db", clock=clock)


def test_a_person_is_found_by_name_in_any_case_with_everyone_among_the_groups_read(people):
    made = join(people, "Dana Whitlock", groups=["compliance"], clearance=Level.CONFIDENTIAL)
    found = people.named("dana whitlock")
    assert found == made
    assert found.reads_as == {"compliance", EVERYONE}


def test_an_unknown_name_is_a_usage_error_that_names_the_cure(people):
    with pytest.raises(UsageError, match="users list"):
        people.named("nobody")


@pytest.mark.parametrize("name", ["", " ", "-x", "a" * 65, "two\nlines", "semi;colon"])
def test_a_name_that_could_not_be_shown_safely_is_refused(people, name):
    with pytest.raises(UsageError):
        join(people, name)


def test_a_name_is_used_once(people):
    join(people, "dana")
    with pytest.raises(UsageError, match="already"):
        join(people, "Dana")


@pytest.mark.parametrize("other", [Role.ADMIN, Role.OPERATOR])
def test_an_auditor_is_nobodys_admin_or_operator(people, other):
    with pytest.raises(UsageError, match="auditor"):
        join(people, "ines", roles=[Role.AUDITOR, other])


@pytest.mark.parametrize("name", ["d\u0430na", "\uff44ana", "Dana "])
def test_a_name_that_reads_like_another_is_taken(people, name):
    """A Cyrillic letter, a wide one, a blank at the end; another letter makes another name."""
    join(people, "dana")
    assert join(people, "da\u0438a").name == "da\u0438a"
    with pytest.raises(UsageError, match="already"):
        join(people, name)


def test_a_password_signs_in_and_a_wrong_one_or_an_unknown_name_does_not(people):
    join(people, "dana", password=PASSWORD)
    person, token = people.sign_in("dana", PASSWORD)
    assert people.of_session(token) == person
    assert people.sign_in("dana", PASSWORD + "x") is None
    assert people.sign_in("nobody", PASSWORD) is None


def test_a_person_without_a_password_cannot_sign_in(people):
    join(people, "dana")
    assert people.sign_in("dana", "") is None


def test_a_short_password_is_refused(people):
    with pytest.raises(UsageError, match="at least"):
        join(people, "dana", password="short")


def test_a_session_ends_with_time_with_signing_out_and_with_the_account(people, clock):
    join(people, "dana", password=PASSWORD)
    _, token = people.sign_in("dana", PASSWORD)
    clock.forward(seconds=SESSION_LIFE / 1e6 + 1)
    assert people.of_session(token) is None
    _, token = people.sign_in("dana", PASSWORD)
    people.sign_out(token)
    assert people.of_session(token) is None
    _, token = people.sign_in("dana", PASSWORD)
    people.disable("dana")
    assert people.of_session(token) is None
    assert people.sign_in("dana", PASSWORD) is None


def test_the_first_link_makes_one_admin_once(people):
    token = people.link(FIRST)
    assert people.link_is_good(FIRST, token)
    admin = people.use_first_link(token, name="robin", password=PASSWORD)
    assert Role.ADMIN in admin.roles
    assert not people.has_admin()
    people.enable(admin)
    assert people.has_admin()
    with pytest.raises(RefusedError):
        people.use_first_link(token, name="second", password=PASSWORD)
    with pytest.raises(RefusedError, match="admin already"):
        people.use_first_link(people.link(FIRST), name="second", password=PASSWORD)


@pytest.mark.parametrize("name", ["robin", "r\u043ebin"])
def test_a_first_link_survives_a_form_that_was_filled_in_wrongly(people, name):
    """With a name that is taken, or reads like one that is."""
    token = people.link(FIRST)
    join(people, "robin")
    with pytest.raises(UsageError, match="already"):
        people.use_first_link(token, name=name, password=PASSWORD)
    assert people.use_first_link(token, name="robin b", password=PASSWORD)


def test_an_account_counts_for_nothing_until_it_is_enabled_and_can_be_taken_back(people):
    person = people.add("dana", password=PASSWORD)
    assert people.sign_in("dana", PASSWORD) is None
    people.remove(person)
    assert people.account("dana") is None


def test_a_link_dies_after_thirty_minutes_and_when_a_newer_one_is_made(people, clock):
    person = join(people, "dana")
    old = people.link(WELCOME, person.id)
    new = people.link(WELCOME, person.id)
    with pytest.raises(RefusedError):
        people.use_welcome_link(old, password=PASSWORD)
    clock.forward(seconds=LINK_LIFE / 1e6 + 1)
    with pytest.raises(RefusedError):
        people.use_welcome_link(new, password=PASSWORD)


def test_a_welcome_link_sets_the_password_of_its_person_alone(people):
    person = join(people, "dana")
    join(people, "eli")
    assert people.use_welcome_link(people.link(WELCOME, person.id), password=PASSWORD) == person
    assert people.sign_in("dana", PASSWORD)
    assert people.sign_in("eli", PASSWORD) is None


def test_a_new_password_ends_old_sessions(people):
    person = join(people, "dana", password=PASSWORD)
    _, token = people.sign_in("dana", PASSWORD)
    people.use_welcome_link(people.link(WELCOME, person.id), password="another long password")
    assert people.of_session(token) is None


def test_no_password_and_no_token_stands_in_the_file(people, tmp_path):
    join(people, "dana", password=PASSWORD)
    _, token = people.sign_in("dana", PASSWORD)
    link = people.link(FIRST)
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for secret in (PASSWORD, token, link):
        assert secret.encode() not in stored


def test_a_file_of_a_newer_version_is_left_alone(people, tmp_path, clock):
    with sqlite3.connect(tmp_path / "people.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(UnavailableError, match="newer version"):
        People(tmp_path / "people.db", clock=clock)


def test_a_damaged_file_says_so(tmp_path, clock):
    (tmp_path / "people.db").write_bytes(b"this is not a database" * 100)
    with pytest.raises(UnavailableError, match="backup"):
        People(tmp_path / "people.db", clock=clock)
