"""The house keeps its own rules: one library on one shelf, nothing decided or signed in the wrong place."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("policies", "ingest", "assistant")

# A library, and the only places that may import it.
SHELVES = {
    "llama_index": ("ingest.chunking", "assistant.generation", "assistant.retriever"),
    "qdrant_client": ("ingest.index", "ingest.wiring"),
    "qdrant_edge": ("ingest.index",),
    "sentence_transformers": ("ingest.index",),
    "openvino": ("ingest.index",),
    "ollama": ("assistant.generation.ollama",),
    "xllamacpp": ("assistant.generation.embedded",),
    "gradio": ("assistant.web", "assistant.site"),
    "cedarpy": ("policies.rulebook",),
    "spacy": ("policies.detect",),
    "wordfreq": ("policies.detect",),
    "phonenumbers": ("policies.detect",),
    "argon2": ("assistant.accounts",),
    "pypdfium2": ("ingest.readers",),
    "urllib.request": (),
}


def modules() -> Iterator[tuple[str, Path, ast.Module]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            yield name, path, ast.parse(path.read_text())


def imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
    return names


@pytest.mark.parametrize("library", SHELVES)
def test_a_library_lives_on_its_own_shelf(library):
    strays = [
        name
        for name, _, tree in modules()
        if any(one == library or one.startswith(library + ".") for one in imported(tree))
        and not name.startswith(SHELVES[library])
    ]
    assert strays == []


def test_only_deciding_signs_a_release():
    callers = [
        name
        for name, _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr == "sign"
        and isinstance(node.value, ast.Name)
        and node.value.id == "ReleasedPrompt"
    ]
    assert set(callers) == {"policies.decide"}


def test_nothing_evaluates_data_as_code():
    forbidden = {"eval", "exec", "compile"}
    found = [
        (name, node.func.id)
        for name, _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in forbidden
    ]
    assert found == []
    pickles = [name for name, _, tree in modules() if imported(tree) & {"pickle", "marshal", "shelve", "joblib"}]
    assert pickles == []


def test_every_module_says_what_it_promises():
    assert [str(path) for _, path, tree in modules() if not ast.get_docstring(tree)] == []


def test_no_file_is_called_after_nothing():
    vague = {"utils", "util", "helpers", "helper", "manager", "common", "misc", "factory", "component"}
    assert [name for name, _, _ in modules() if set(name.split(".")) & vague] == []


def test_every_room_has_a_readme_and_an_init_that_is_only_a_docstring():
    for room in ROOMS:
        assert (ROOT / room / "README.md").is_file(), room
        body = ast.parse((ROOT / room / "__init__.py").read_text()).body
        assert len(body) == 1, room


def test_tests_have_no_init_so_that_no_test_folder_shadows_the_product():
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_the_lock_names_every_direct_dependency_but_torch_with_hashes():
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    lock = (ROOT / "requirements.lock").read_text().lower()
    for line in stated:
        name = line.split("=")[0].split(">")[0].split("<")[0].strip().lower()
        if name != "torch":
            assert f"\n{name}==" in f"\n{lock}", name
    assert "--hash=sha256:" in lock
    assert "://" not in lock
