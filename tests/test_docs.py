"""What the READMEs say is so: files exist, commands exist, promises have tests, reason codes are explained."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from assistant.cli import app
from ingest.library import REASONS

ROOT = Path(__file__).parent.parent
READMES = [*sorted(path for path in ROOT.glob("*/README.md") if path.parent.name != ".venv"), ROOT / "README.md"]
READMES += sorted(ROOT.glob("deploy/handbook/*.md"))
COMMAND = re.compile(r"^(?:\.venv/bin/)?ringfence ((?:[a-z]+ ?)+)", re.MULTILINE)


def commands() -> set[str]:
    """Every command as it is typed, groups included."""
    found: set[str] = set()

    def walk(command, path: list[str]) -> None:
        found.add(" ".join(path))
        for name, child in getattr(command, "commands", {}).items():
            walk(child, [*path, name])

    walk(typer.main.get_command(app), [])
    return found


@pytest.mark.parametrize("readme", READMES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_a_readme_names_is_there(readme):
    text = readme.read_text()
    named = set(re.findall(r"\]\(([^)#]+)\)", text)) | set(
        re.findall(r"`((?:tests|policies|ingest|assistant|deploy)/[^`*{ ]+)`", text)
    )
    missing = [
        name
        for name in sorted(named)
        if "://" not in name and not (readme.parent / name).exists() and not (ROOT / name).exists()
    ]
    assert missing == []


@pytest.mark.parametrize("readme", READMES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_a_readme_shows_exists(readme):
    known = commands()
    for shown in COMMAND.findall(readme.read_text()):
        words = shown.split()
        assert any(" ".join(words[:n]) in known for n in range(len(words), 0, -1)), shown


def test_every_command_says_what_it_does():
    def walk(command, path):
        assert command.help, path
        for name, child in getattr(command, "commands", {}).items():
            walk(child, [*path, name])

    for name, child in typer.main.get_command(app).commands.items():
        walk(child, [name])


def test_every_reason_code_is_explained_in_the_rooms_readme():
    text = (ROOT / "ingest" / "README.md").read_text()
    assert [code for code in REASONS if f"`{code}`" not in text] == []


def test_the_project_names_no_registry_and_no_path_of_a_machine():
    banned = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs|deb\.debian|/work/|/root/")
    strays = [
        str(path.relative_to(ROOT))
        for folder in ("policies", "ingest", "assistant", "deploy", "tests", ".ci")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".md", ".toml", ".yml", ".sh", ""}
        and path.is_file()
        and path.name != "test_docs.py"
        and "__pycache__" not in path.parts
        and banned.search(path.read_text(errors="ignore"))
    ]
    assert strays == []
