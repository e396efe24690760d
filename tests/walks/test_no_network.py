"""With every interface but loopback gone, the models still load and write."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from browsing import CHROMIUM
from empty_network import in_empty_network

ROOT = Path(__file__).parents[2]

ALONE = """
import errno, json, socket
names = [name for _, name in socket.if_nameindex()]
try:
    socket.create_connection(("192.0.2.1", 80), timeout=2)
except OSError as error:
    print(json.dumps({"interfaces": names, "error": errno.errorcode[error.errno]}))
"""

MODELS = """
import json
from assistant.config import quiet_environment
quiet_environment()
from fakes import make_prompt, make_question
from policies.vocabulary import Kind
from assistant.generation.embedded import EmbeddedGenerator
from assistant.generation.ollama import find_ollama
from ingest.index.embedder import open_embedder
from policies.detect import load

embedder = open_embedder(threads=1)
vectors = embedder.embed_documents(["The per diem is 28 euro."])
detectors = load(embedder)
scan = detectors.scan("My patient Erika Mustermann, IBAN GB17 MERI 2014 6512 3456 78, zuri@fastpost.co.uk")
model = EmbeddedGenerator(threads=1, context=1024)
stream = model.generate(make_prompt(make_question("Say hello.", kind=Kind.GENERAL)))
written = "".join(piece for piece, _ in zip(stream, range(5)))
stream.close()
model.close()
found = find_ollama()
said = {"vectors": len(vectors[0]), "findings": len(scan.findings), "written": written, "ollama": found is None}
print(json.dumps(said))
"""


def run(program):
    done = in_empty_network([sys.executable, "-c", program], env={"PYTHONPATH": str(ROOT / "tests")}, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_namespace_is_really_empty():
    """Only loopback is there, and nothing outside can be reached: the other walks prove something."""
    assert run(ALONE) == {"interfaces": ["lo"], "error": "ENETUNREACH"}


def test_embedder_detectors_and_writing_model_work_with_the_network_cut():
    """None of them downloads, and none waits for a network that is not there."""
    said = run(MODELS)
    assert said["vectors"] == 384
    assert said["findings"] >= 2
    assert said["written"]
    assert said["ollama"]


@pytest.mark.timeout(600)
@pytest.mark.walk
def test_the_whole_demonstration_runs_with_the_network_cut(tmp_path):
    """Documents in, questions, decisions, the record verified: exit 0, and no question came out differently."""
    env = {"RINGFENCE_HOME": str(tmp_path / "home"), "RINGFENCE_KEYS": str(tmp_path / "keys")}
    done = in_empty_network([sys.executable, "-m", "assistant.cli", "demo"], env=env, cwd=ROOT, timeout=600)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert "intact" in done.stdout
    assert "/first/" in done.stdout


@pytest.mark.timeout(600)
@pytest.mark.walk
@pytest.mark.browser
def test_a_chat_in_a_real_browser_works_with_the_network_cut():
    """The walk in Chromium, pages, server and all, inside the empty namespace."""
    if not Path(CHROMIUM).exists():
        pytest.skip("needs: Chromium")
    tests = [
        "tests/walks/test_browser_real.py::test_a_question_its_citation_and_its_page",
        "-q",
        "-p",
        "no:cacheprovider",
    ]
    done = in_empty_network([sys.executable, "-m", "pytest", *tests], cwd=ROOT, timeout=600)
    assert done.returncode == 0, done.stdout[-4000:]
    assert "passed" in done.stdout
    assert "skipped" not in done.stdout
