"""The organisation's own people and code names: found in any usual writing, kept as keyed hashes alone."""

from __future__ import annotations

import csv
import json
import time
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner

from policies.audit.ledger import Ledger
from policies.config import Invocation, create_home
from policies.detect.register.detector import RegisterDetector
from policies.detect.register.importing import import_file
from policies.detect.register.reading import Reading, split_name
from policies.detect.register.store import Register
from policies.errors import DetectorError, UsageError
from policies.keys import Keys
from policies.labels import Category
from policies.register_cli import register_app

KEY = b"k" * 32
PEOPLE = """Vorname;Nachname;Kundennummer;Geburtsdatum;Telefon;E-Mail;Straße;Notiz
Annegret;Wolkenstein;K-4471920;14.03.1987;+49 30 5550174;a.wolken@post.test;Lindenstraße 14, 10999 Berlin;x
Tomasz;Kowalczewski;K-4471921;;;;;x
Jörg;Müllenbrück;K-4471922;;;;;x
Mai;Lee;K-4471923;1990-12-01;;;;x
太郎;田中;K-4471924;;;;;x
"""
CODES = "code name,owner,expires\nGannet,Legal,2999-01-01\nZarvento,M&A,\nBlue Heron,,\nOldbird,Legal,2001-01-01\n"


@pytest.fixture
def register(tmp_path: Path) -> Register:
    made = Register(tmp_path / "register.db", KEY)
    (tmp_path / "people.csv").write_text(PEOPLE)
    (tmp_path / "codes.csv").write_text(CODES)
    import_file(made, tmp_path / "people.csv", name="clients", kind="people", now=1)
    import_file(made, tmp_path / "codes.csv", name="projects", kind="code-names", now=1)
    return made


@pytest.mark.parametrize(
    ("kind", "text", "language"),
    [
        ("REGISTERED_NAME", "Annegret Wolkenstein is late", "en"),
        ("REGISTERED_NAME", "WOLKENSTEIN, ANNEGRET", "en"),
        ("REGISTERED_NAME", "annegret wolkenstein's loan", "en"),
        ("REGISTERED_NAME", "der Kredit Annegret Wolkensteins", "de"),
        ("REGISTERED_NAME", "Annegret Wolkenstien called", "en"),  # one slip is two letters changed about
        ("REGISTERED_NAME", "Anegret Wolkenstein called", "en"),
        ("REGISTERED_NAME", "A. Wolkenstein signed", "en"),
        ("REGISTERED_NAME", "Wolkenstein A. signed", "en"),
        ("REGISTERED_NAME", "umowa Tomasza Kowalczewskiego", "pl"),
        ("REGISTERED_NAME", "Joerg Muellenbrueck", "de"),
        ("REGISTERED_NAME", "jorg mullenbruck", "en"),
        ("REGISTERED_NAME", '{"first": "Mai", "last": "Lee"}', "en"),
        ("REGISTERED_NAME", "what does Wolkenstein owe?", "en"),  # nobody else is called that
        ("REGISTERED_NAME", "田中太郎さんの口座", "ja"),
        ("REGISTERED_NAME", "田中 太郎 様", "ja"),
        ("REGISTERED_ID", "is k4471921 open?", "en"),
        ("REGISTERED_ID", "file K 4471 921", "en"),
        ("REGISTERED_PHONE", "call 030 5550174", "en"),
        ("REGISTERED_EMAIL", "write to A.Wolken@post.test", "en"),
        ("REGISTERED_ADDRESS", "the house at Lindenstr. 14 burned", "en"),
        ("REGISTERED_BIRTH", "Lee, 1 December 1990", "en"),
        ("CODE_NAME", "Project Gannet slips to May", "en"),
        ("CODE_NAME", "redline the gannet term sheet", "en"),
        ("CODE_NAME", "is Gannet's price final?", "en"),
        ("CODE_NAME", "Zarvento is late, why?", "en"),
        ("CODE_NAME", "we call it Blue Heron here", "en"),
    ],
)
def test_what_is_registered_is_found(register: Register, kind: str, text: str, language: str):
    found = RegisterDetector(register).find(text, language)
    assert kind in {finding.kind for finding in found}
    assert all(0 <= finding.start < finding.end <= len(text) for finding in found)


@pytest.mark.parametrize(
    "text",
    [
        "Annegret is a given name",
        "Mai Tai and Bruce Lee",
        "Lee lives here",  # a surname of the language, alone
        "A. Lovelace wrote it",
        "the gannet is a seabird that dives from great heights",
        "Gannets dive from great heights",
        "a zarvento of small letters",
        "a blue heron stood in the river",
        "Project Oldbird is done",  # past its day
        "call 030 5550175",
        "K-4471929 and 4471",
        "Lindenstraße 15",
        "",
    ],
)
def test_what_is_not_passes(register: Register, text: str):
    assert RegisterDetector(register).find(text) == []


def test_code_names_are_sensitive_to_the_market_and_people_are_personal(register: Register):
    detector = RegisterDetector(register)
    assert {f.category for f in detector.find("Project Gannet")} == {Category.MARKET_SENSITIVE}
    assert {f.category for f in detector.find("Annegret Wolkenstein")} == {Category.PERSONAL}


def test_no_value_lies_on_disk_and_other_keys_read_nothing(register: Register):
    stored = register.path.read_bytes().lower()
    for word in (
        b"wolkenstein",
        b"annegret",
        b"4471920",
        b"gannet",
        b"zarvento",
        b"legal",
        b"lindenstr",
        b"1987",
        "田中".encode(),
    ):
        assert word not in stored
    assert register.path.stat().st_mode & 0o077 == 0
    with pytest.raises(DetectorError, match="other keys"):
        RegisterDetector(Register(register.path, b"o" * 32))
    register.path.write_bytes(b"not a database at all, and long enough to be none" * 30)
    with pytest.raises(DetectorError):
        RegisterDetector(register)


def test_an_empty_register_finds_its_canaries_and_nothing_else(tmp_path: Path):
    detector = RegisterDetector(Register(tmp_path / "none.db", KEY))
    for kind, text in detector.canaries():
        assert kind in {finding.kind for finding in detector.find(text)}
    assert detector.find("Annegret Wolkenstein, K-4471920") == []
    assert not (tmp_path / "none.db").exists()


def test_an_import_is_seen_by_a_detector_that_runs_already(register: Register, tmp_path: Path):
    detector = RegisterDetector(register)
    before = detector.version
    assert detector.find("Ottilie Brandtner") == []
    (tmp_path / "more.csv").write_text("name\nOttilie Brandtner\n")
    import_file(register, tmp_path / "more.csv", name="more", kind="people", now=2)
    assert detector.find("Ottilie Brandtner")
    assert detector.version != before
    assert register.remove("more") == 1
    assert detector.find("Ottilie Brandtner") == []


def test_the_same_file_again_changes_nothing_and_a_new_one_replaces_it(register: Register, tmp_path: Path):
    people = tmp_path / "people.csv"
    assert not import_file(register, people, name="clients", kind="people", now=9).is_new
    people.write_text("name\nOttilie Brandtner\n")
    assert import_file(register, people, name="clients", kind="people", now=9, dry=True).is_new
    assert RegisterDetector(register).find("Annegret Wolkenstein")  # a dry run changes nothing
    import_file(register, people, name="clients", kind="people", now=9)
    assert RegisterDetector(register).find("Annegret Wolkenstein") == []
    assert [(source.name, source.rows) for source in register.sources()] == [("clients", 1), ("projects", 4)]


def test_bad_rows_are_told_by_line_and_cure_and_never_by_value(tmp_path: Path):
    file = tmp_path / "p.csv"
    file.write_text(
        "name,customer id,dob,note\nOttilie Brandtner,12,32.13.1987,x\n,,,\nshort\n,99,,\n"
        "Wanda Przybylska,5511823,1987-03-14,x\n"
    )
    done = import_file(Register(tmp_path / "r.db", KEY), file, name="p", kind="people", now=1)
    assert (done.rows, done.columns, done.ignored) == (2, ("name", "id", "born"), ("note",))
    assert [(problem.line, problem.lost) for problem in done.problems] == [
        (2, False),
        (2, False),
        (4, True),
        (5, False),
        (5, True),
    ]
    said = " ".join(problem.what + problem.cure for problem in done.problems)
    assert "Ottilie" not in said
    assert "32.13" not in said


@pytest.mark.parametrize(
    ("told", "day"),
    [
        ("03/04/1987", "1987-04-03"),
        ("12.1.87", "1987-01-12"),
        ("14 March 1987 / 15 March 1987", "1987-03-14"),
        ("03/04/1987 or 05/06/1988", "1987-04-03"),
    ],
)
def test_of_two_readings_of_a_day_of_birth_the_day_comes_first_and_of_two_days_the_first_counts(
    tmp_path: Path, told: str, day: str
):
    (tmp_path / "f.csv").write_text(f"name,dob\nOttilie Brandtner,{told}\n")
    ((row, _),) = Reading(path=tmp_path / "f.csv", kind="people").rows()
    assert row.born == day


@pytest.mark.parametrize("head", ["given name", "surname", "nom"])
def test_half_a_name_alone_is_read_as_a_whole_one(tmp_path: Path, head: str):
    (tmp_path / "f.csv").write_text(f"{head}\nOttilie Brandtner\n")
    register = Register(tmp_path / "r.db", KEY)
    import_file(register, tmp_path / "f.csv", name="f", kind="people", now=1)
    assert RegisterDetector(register).find("ottilie brandtner")


def test_a_file_that_is_not_there_a_kind_that_is_none_and_a_code_of_two_letters_say_what_to_do(tmp_path: Path):
    register = Register(tmp_path / "r.db", KEY)
    with pytest.raises(UsageError, match="cannot be read"):
        import_file(register, tmp_path / "none.csv", name="f", kind="people", now=1)
    (tmp_path / "f.csv").write_text("code name\nXY\n")
    with pytest.raises(UsageError, match="no kind 'persons'"):
        import_file(register, tmp_path / "f.csv", name="f", kind="persons", now=1)
    with pytest.raises(UsageError, match="line 2, has no code name of three letters"):
        import_file(register, tmp_path / "f.csv", name="f", kind="code-names", now=1)
    (tmp_path / "f.csv").write_bytes("name\nMüllenbrück\n".encode("latin-1"))
    with pytest.raises(UsageError, match="not in UTF-8"):
        import_file(register, tmp_path / "f.csv", name="f", kind="people", now=1)
    with pytest.raises(UsageError, match="no source 'f'"):
        register.remove("f")


@pytest.mark.parametrize(
    ("text", "named", "said"),
    [
        ("", {}, "empty"),
        ("colour,size\nred,4\n", {}, "--map name='colour'"),
        ("name\n,\n", {}, "No row"),
        ('name\n"Ottilie Brandtner\n', {}, "no proper CSV"),
        ("x\nOttilie Brandtner\n", {"name": "y"}, "no column 'y'"),
        ("x\nOttilie Brandtner\n", {"nom": "x"}, "no field 'nom'"),
    ],
)
def test_a_file_that_is_no_use_says_what_to_do(tmp_path: Path, text: str, named: dict[str, str], said: str):
    (tmp_path / "f.csv").write_text(text)
    with pytest.raises(UsageError, match=said.replace("(", r"\(")):
        import_file(Register(tmp_path / "r.db", KEY), tmp_path / "f.csv", name="f", kind="people", now=1, named=named)


@pytest.mark.parametrize(
    "head",
    [
        "nom,prénom",
        "apellidos,nombre",
        "cognome,nome",
        "achternaam,voornaam",
        "apelido,nome",
        "efternamn,förnamn",
        "nazwisko,imię",
        "soyadı,ad",
        "姓,名",
        "last name,first_name",
        "Nachname,Vorname",
    ],
)
def test_headings_are_known_in_eleven_languages(tmp_path: Path, head: str):
    (tmp_path / "f.csv").write_text(f"{head}\nBrandtner,Ottilie\n")
    register = Register(tmp_path / "r.db", KEY)
    import_file(register, tmp_path / "f.csv", name="f", kind="people", now=1)
    assert RegisterDetector(register).find("ottilie brandtner")


def test_a_whole_name_is_split_where_the_surname_begins():
    assert split_name("Brandtner, Ottilie") == ("Ottilie", "Brandtner")
    assert split_name("Ottilie Brandtner") == ("Ottilie", "Brandtner")
    assert split_name("Jan van der Berg") == ("Jan van der", "Berg")
    assert split_name("Sancha Quirós Ledesma") == ("Sancha", "Quirós Ledesma")


def test_the_command_imports_lists_and_removes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RINGFENCE_KEYS", str(tmp_path / "keys"))
    home = create_home(tmp_path / "home")
    keys = Keys.create(home)
    Ledger(home, keys).close()
    (tmp_path / "p.csv").write_text("Who,Ref\nOttilie Brandtner,5511823\n")

    def run(*words: str) -> str:
        result = CliRunner().invoke(
            register_app, list(words), obj=Invocation(home=tmp_path / "home"), catch_exceptions=False
        )
        assert result.exit_code == 0
        return result.output

    taken = ("import", str(tmp_path / "p.csv"), "--as", "staff", "--map", "name=Who", "--map", "id=Ref")
    assert "Nothing was changed" in run(*taken, "--dry-run")
    assert "empty" in run("list")
    assert "1 rows are in the register" in run(*taken)
    assert "already" in run(*taken)
    assert "staff: people, 1 rows" in run("list")
    (tmp_path / "q.csv").write_text("Who,Ref\nWanda Przybylska,5511824\n" + ",\n,12\n" * 21)
    told = run("import", str(tmp_path / "q.csv"), "--as", "more", "--map", "name=Who", "--map", "id=Ref")
    assert "Line 4 " in told
    assert "... and " in told
    assert "rows were passed over" in told
    assert "out of the register" in run("remove", "more")
    with pytest.raises(UsageError, match="--map 'Ref'"):
        run(*taken[:-1], "Ref")
    assert "out of the register" in run("remove", "staff")
    assert "empty" in run("list")
    with closing(Ledger(home, keys)) as ledger:
        recorded = [json.loads(body) for _, body in ledger.bodies(0)]
    assert [body["what"] for body in recorded] == ["register taken in"] * 2 + ["register taken out"] * 2
    assert "Brandtner" not in json.dumps(recorded)


@pytest.mark.parametrize(
    "piece", ["1 ", "a1-", "田中", "annegret wolkenstein ", "1.1.1990 wolkenstein ", "gannet ", "x"]
)
def test_a_flood_takes_time_that_grows_with_its_length_alone(register: Register, piece: str):
    detector = RegisterDetector(register)
    start = time.process_time()
    detector.find(piece * (50_000 // len(piece)))
    assert time.process_time() - start < 6


def test_ten_thousand_rows_are_looked_through_in_milliseconds(tmp_path: Path):
    random = Random(3)
    parts = "ba ko ri ten mar sol vik du lan fer gor nu pel sti wen zar hu mi ost kra".split()
    names = ["".join(random.choice(parts) for _ in range(3)).title() for _ in range(20_000)]
    with (tmp_path / "p.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["first name", "last name", "customer id"])
        rows.writerows(
            [random.choice(names[:500]), random.choice(names), f"K{random.randint(10**7, 10**8)}"]
            for _ in range(10_000)
        )
    register = Register(tmp_path / "r.db", KEY)
    import_file(register, tmp_path / "p.csv", name="p", kind="people", now=1)
    detector = RegisterDetector(register)
    text = ("The committee reviewed the liquidity buffer of 2024 and asked for 12 further scenarios. " * 30)[:2_000]
    detector.find(text)
    start = time.process_time()
    for _ in range(10):
        detector.find(text)
    assert (time.process_time() - start) / 10 < 0.05
