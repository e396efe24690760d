"""The packaged model in this process: it streams, it stops, it says what is wrong, and it lets the process end."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from fakes import make_passage, make_prompt, make_question

from assistant.generation.base import GeneratorError
from assistant.generation.digest import file_digest
from assistant.generation.embedded import EmbeddedGenerator, find_packaged_model
from assistant.models.register import SMOLLM2
from policies.vocabulary import Kind

SECRET = "Xylophone-4711"


@pytest.fixture(scope="module")
def model():
    packaged = EmbeddedGenerator(threads=1, context=1024)
    yield packaged
    packaged.close()


def prompt(text="Count from one to fifty in words.", passages=()):
    return make_prompt(make_question(text, kind=Kind.DOCUMENTS if passages else Kind.GENERAL), passages)


def test_it_streams_and_gives_the_same_text_again(model):
    """Piece by piece; the same prompt gives the same answer."""
    stream = model.generate(prompt("Say hello."))
    first = next(stream)
    rest = list(stream)
    assert first
    assert len(rest) > 1
    assert "".join([first, *rest]) == "".join(model.generate(prompt("Say hello.")))


def test_closing_the_iterator_stops_the_model(model):
    """The next answer need not wait for the rest of the one that was given up."""
    stream = model.generate(prompt())
    next(stream)
    stream.close()
    assert model._lock.acquire(timeout=5)
    model._lock.release()


def keep(stream, pieces):
    """Like a face does: what came before the error stays."""
    for piece in stream:
        pieces.append(piece)


def test_it_stops_while_it_still_reads_the_prompt():
    """Closing the model does not wait for a long prompt, and who waits in line is told."""
    model = EmbeddedGenerator(threads=1, context=4096)
    model.count_tokens("loaded")
    long = prompt(passages=[make_passage("The quick brown fox jumps over the lazy dog. " * 300)])
    outcomes = []

    def attempt():
        try:
            outcomes.append(list(model.generate(long)))
        except GeneratorError as error:
            outcomes.append(type(error))

    threads = [threading.Thread(target=attempt) for _ in range(2)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    model.close()
    for thread in threads:
        thread.join(20)
    assert outcomes == [GeneratorError] * 2


def test_two_at_once_are_written_one_after_the_other(model):
    """Both come out whole."""
    alone = "".join(model.generate(prompt("Say hello.")))
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append("".join(model.generate(prompt("Say hello."))))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [alone] * 3


def test_tokens_are_the_models_own(model):
    """Digits are single tokens for this model, common words too; control words count as one."""
    assert [model.count_tokens(text) for text in ("", "hello", "12345", "<|im_end|>")] == [0, 1, 5, 1]


def test_no_tcp_port_is_opened_and_the_socket_is_private(model):
    """llama.cpp listens on a Unix socket in a folder of mode 700 and wants a key."""
    model.count_tokens("x")
    loaded = model._loaded
    assert loaded.server.listening_address == f"unix://{loaded._socket}"
    assert loaded._folder.stat().st_mode & 0o777 == 0o700
    with socket.socket(socket.AF_UNIX) as raw:
        raw.connect(str(loaded._socket))
        raw.sendall(b"POST /tokenize HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        assert b" 401 " in raw.recv(200)


def test_a_prompt_that_does_not_fit_is_an_error_without_its_text(model):
    """Nothing is cut in silence, and the message holds no text."""
    with pytest.raises(GeneratorError, match="does not fit") as failed:
        list(model.generate(prompt(SECRET * 400)))
    assert SECRET not in str(failed.value) + repr(failed.value.__cause__)


def test_a_model_that_dies_in_the_middle_is_an_error_after_what_was_written():
    """Freed while it writes: what came stays, then GeneratorError; the next answer loads it again."""
    model = EmbeddedGenerator(threads=1, context=1024)
    stream = model.generate(prompt())
    pieces = [next(stream), next(stream)]
    model.close()
    with pytest.raises(GeneratorError, match="stopped in the middle"):
        keep(stream, pieces)
    assert "".join(pieces)
    assert next(model.generate(prompt("Say hello.")))
    model.close()


def test_a_missing_model_names_the_cure(tmp_path):
    """And nothing was loaded."""
    with pytest.raises(GeneratorError, match="make install"):
        next(EmbeddedGenerator(path=tmp_path / "none.gguf").generate(prompt()))


@pytest.mark.parametrize("damage", ["truncated", "not a model", "empty"])
def test_a_damaged_model_names_the_cure(tmp_path, damage):
    """A file cut short, of another kind, or empty: one clear error and no crash."""
    path = tmp_path / "model.gguf"
    whole = find_packaged_model().open("rb").read(3_000_000)
    path.write_bytes({"truncated": whole, "not a model": b"PK\3\4" * 1000, "empty": b""}[damage])
    with pytest.raises(GeneratorError, match="damaged"):
        next(EmbeddedGenerator(path=path).generate(prompt()))


def test_a_file_that_is_not_the_approved_one_is_not_loaded(tmp_path):
    """The pinned digest is compared before anything of the file is used."""
    path = tmp_path / "model.gguf"
    path.write_bytes(b"something else")
    with pytest.raises(GeneratorError, match="not the approved file"):
        EmbeddedGenerator(path=path, pinned=SMOLLM2.digest).count_tokens("x")


def test_counting_nothing_says_whether_the_model_is_there_and_loads_nothing(tmp_path):
    """Cheap enough to ask before each answer."""
    model = EmbeddedGenerator(pinned=SMOLLM2.digest)
    assert model.count_tokens("") == 0
    assert model._loaded is None
    with pytest.raises(GeneratorError, match="missing"):
        EmbeddedGenerator(path=tmp_path / "none.gguf").count_tokens("")


def test_the_registered_digest_is_that_of_the_packaged_file():
    """So that the register can be believed; its licence is stated."""
    assert find_packaged_model().stat().st_size > 1_000_000
    assert EmbeddedGenerator().digest == SMOLLM2.digest
    assert SMOLLM2.licence


def test_a_changed_file_is_read_again(tmp_path):
    """The digest is remembered by the file's state."""
    path = tmp_path / "model"
    for content in (b"one", b"other"):
        path.write_bytes(content)
        assert file_digest(path) == hashlib.sha256(content).hexdigest()
    path.unlink()
    with pytest.raises(GeneratorError, match="cannot be read"):
        file_digest(path)


PROGRAM = """
import sys, threading, time
from fakes import make_prompt, make_question
from policies.vocabulary import Kind
from assistant.generation.embedded import EmbeddedGenerator
model = EmbeddedGenerator(threads=1, context=1024)
stream = model.generate(make_prompt(make_question("Count to fifty.", kind=Kind.GENERAL)))
print(next(stream) != "", flush=True)
def read():
    try:
        list(stream)
    except Exception:
        pass
"""


@pytest.mark.parametrize("ending", ["", "threading.Thread(target=read, daemon=True).start(); time.sleep(.2)"])
def test_a_process_that_forgets_to_close_still_ends(ending):
    """Also in the middle of an answer, also while a thread still reads it."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM + ending],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parent.parent)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "True"), done.stderr
    assert done.stderr == ""  # llama.cpp's own log would hold the prompt
