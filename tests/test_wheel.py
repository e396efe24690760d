"""The wheel holds the three rooms, everything they read at run time, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_brings_the_three_rooms_and_no_other_top_level_name(wheel):
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"policies", "ingest", "assistant"}


def test_the_wheel_holds_the_rules_the_pages_and_the_table_of_connections(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    data = [
        path.relative_to(ROOT).as_posix() for room in ("policies", "assistant") for path in (ROOT / room).rglob("*.txt")
    ]
    assert len(data) > 3
    assert [name for name in data if name not in names] == []
    for needed in (
        "policies/rules/default.cedar",
        "policies/rules/schema.cedarschema",
        "assistant/egress/connections.toml",
    ):
        assert needed in names
    assert any(name.startswith("assistant/web/") and name.endswith(".css") for name in names)
    assert any(name.startswith("assistant/web/") and name.endswith(".js") for name in names)


def test_the_installed_wheel_runs_away_from_the_source(wheel, tmp_path):
    target = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); sys.meta_path = [f for f in sys.meta_path "
        "if 'editable' not in type(f).__module__.lower() and 'editable' not in str(f).lower()];"
        "import policies.rulebook, assistant.cli; assert policies.rulebook.__file__.startswith(sys.argv[1]);"
        "from pathlib import Path; policies.rulebook.load(); assistant.cli.main(['--home', sys.argv[2], 'init'])"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, str(target), str(tmp_path / "home")],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "RINGFENCE_KEYS": str(tmp_path / "keys"), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "home" / "home.json").is_file()
