"""Recordings are written down by a Whisper model that lies on this machine, out of reach like every file; or set aside.

The model here is a tiny one without any training: what it writes is nonsense, and the way it takes is the real one.
"""

from __future__ import annotations

import io
import struct
import sys
import wave
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.chunking import chunk
from ingest.errors import FileProblem, Quarantined
from ingest.library import reason_in_words
from ingest.readers.samples import MAX_SECONDS, RATE, WINDOW, decoded, stamp, windows
from ingest.sandbox import DEFAULT_LIMITS, Sandbox
from ingest.sandbox.listening import why_not
from ingest.spot import spot
from policies.labels import Label, Level
from policies.vocabulary import Document, SourceRef

_SPECIAL = ("<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|notimestamps|>")
REF = SourceRef(source="s", path="minutes.wav")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Whisper of one layer that knows the letters a to z."""
    import torch
    from transformers import (
        GenerationConfig,
        WhisperConfig,
        WhisperFeatureExtractor,
        WhisperForConditionalGeneration,
        WhisperProcessor,
        WhisperTokenizer,
    )

    printed = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    letters = [*map(chr, printed), *(chr(256 + n) for n in range(256 - len(printed)))]
    vocabulary = {word: number for number, word in enumerate((*letters, *_SPECIAL))}
    end, start, *_, bare = (vocabulary[word] for word in _SPECIAL)
    tokenizer = WhisperTokenizer(vocab=vocabulary, merges=[])
    tokenizer.add_special_tokens({"additional_special_tokens": list(_SPECIAL[1:])})
    small = {"d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 16, "decoder_ffn_dim": 16}
    ends = {"pad_token_id": end, "bos_token_id": end, "eos_token_id": end, "decoder_start_token_id": start}
    torch.manual_seed(7)
    config = WhisperConfig(
        vocab_size=len(vocabulary), encoder_attention_heads=2, decoder_attention_heads=2, max_target_positions=32,
        suppress_tokens=None, begin_suppress_tokens=None, **small, **ends,
    )  # fmt: skip
    whisper = WhisperForConditionalGeneration(config)
    unwanted = [number for word, number in vocabulary.items() if not ("a" <= word <= "z" and len(word) == 1)]
    whisper.generation_config = GenerationConfig(
        no_timestamps_token_id=bare, is_multilingual=False, max_length=32, suppress_tokens=unwanted, **ends
    )
    folder = tmp_path_factory.mktemp("whisper")
    whisper.save_pretrained(folder)
    WhisperProcessor(WhisperFeatureExtractor(feature_size=80), tokenizer).save_pretrained(folder)
    return folder


def a_wave(sound: np.ndarray, rate: int = RATE, width: int = 2, channels: int = 1) -> bytes:
    """`sound` between -1 and 1, the same in every channel."""
    numbers = (np.repeat(sound, channels) * (2 ** (8 * width - 1) - 1)).astype(np.int64)
    numbers = numbers + 128 if width == 1 else numbers
    raw = numbers.astype("<i8").view(np.uint8).reshape(-1, 8)[:, :width].tobytes()
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(raw)
    return buffer.getvalue()


def noise(seconds: float, rate: int = RATE) -> np.ndarray:
    return np.random.default_rng(3).uniform(-0.5, 0.5, int(seconds * rate))


# -- through the sandbox -----------------------------------------------------------------------------------


def test_a_recording_becomes_passages_with_the_time_at_which_they_begin(model: Path) -> None:
    with Sandbox(converter="", whisper=model) as sandbox:
        raw = sandbox.read(a_wave(noise(70, 22_050), 22_050), "board minutes.wav")
    document = Document(
        id=REF.document, version="v", source=REF, title=raw.title, media_type=raw.media_type,
        label=Label(level=Level.INTERNAL), groups=frozenset({"staff"}),
    )  # fmt: skip
    found = chunk(document, raw, count_tokens=lambda text: len(text) // 4 + 1)
    assert (raw.title, raw.media_type, len(found)) == ("Board minutes", "audio/wav", 3)
    assert all(one.text.isalpha() for one in found)
    assert [spot(document, one)[:-1] for one in found] == ["at 00:00:0", "at 00:00:2", "at 00:00:5"]


def test_listening_ends_in_time(model: Path) -> None:
    """However long somebody speaks: the limit is that of every reader, with more time."""
    limits = replace(DEFAULT_LIMITS, listening_seconds=0.05)
    with Sandbox(converter="", whisper=model) as sandbox, pytest.raises(Quarantined, match=r"^TIMEOUT$"):
        sandbox.read(a_wave(noise(60)), "minutes.wav", limits=limits)


def test_without_a_model_a_recording_is_set_aside_with_the_cure(tmp_path: Path) -> None:
    """Nothing is loaded, and the words say what to do."""
    with Sandbox(converter="", whisper=tmp_path / "none") as box, pytest.raises(Quarantined, match=r"^RECORDING$"):
        box.read(a_wave(noise(1)), "minutes.wav")
    words = reason_in_words("RECORDING")
    assert "pip install ringfence[whisper]" in words
    assert "[ingest] whisper_model" in words


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    assert why_not(None) == "[ingest] whisper_model is not set"
    assert why_not(tmp_path) == f"no model lies in {tmp_path}"
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    assert why_not(tmp_path) == f"the model in {tmp_path} is no Whisper model"
    (tmp_path / "config.json").write_text('{"model_type": "whisper"}')
    (tmp_path / "pytorch_model.bin").write_bytes(b"a program in disguise")
    assert why_not(tmp_path) == f"{tmp_path} holds no weights as .safetensors"
    (tmp_path / "model.safetensors").touch()
    assert why_not(tmp_path) == ""


# -- sound -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2])
def test_samples_are_the_same_however_they_were_kept(width: int, channels: int) -> None:
    sound = noise(0.5)
    found = decoded(a_wave(sound, width=width, channels=channels))
    assert np.abs(found - sound).max() < 3 / 2 ** (8 * width - 1) + 1e-6


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000])
def test_another_rate_keeps_the_tone_and_the_length(rate: int) -> None:
    """And a tone too high for the new rate does not come back as a lower one."""
    places = np.arange(rate) / rate
    found = decoded(a_wave(0.5 * np.sin(2 * np.pi * 440 * places), rate))
    assert abs(len(found) - RATE) <= 1
    assert abs(int(np.abs(np.fft.rfft(found)).argmax()) - 440) <= 1
    if rate > RATE * 2:
        high = decoded(a_wave(0.5 * np.sin(2 * np.pi * RATE * places), rate))
        assert np.abs(high[5:-5]).max() < 0.05


@given(
    parts=st.lists(st.tuples(st.floats(0.1, 50), st.booleans()), min_size=1, max_size=4),
)
@settings(max_examples=8, deadline=None)
def test_windows_hold_all_that_is_heard(parts: list[tuple[float, bool]]) -> None:
    """None is longer than a listener takes, they follow each other, and only silence is left out."""
    sound = np.concatenate([noise(seconds) * loud for seconds, loud in parts]).astype(np.float32)
    found = list(windows(sound))
    assert all(0 < len(piece) <= WINDOW * RATE for _, piece in found)
    assert all(a + len(piece) / RATE <= b + 1e-6 for (a, piece), (b, _) in pairwise(found))
    held = np.zeros(len(sound), bool)
    for begin, piece in found:
        held[round(begin * RATE) : round(begin * RATE) + len(piece)] = True
    assert np.abs(sound[~held]).max(initial=0) <= 1e-3


def test_a_window_ends_at_a_pause() -> None:
    sound = noise(60).astype(np.float32)
    sound[27 * RATE : 28 * RATE] = 0
    (_, first), *_ = windows(sound)
    assert 27 * RATE <= len(first) <= 28 * RATE


def test_a_time_is_told_in_hours_minutes_and_seconds() -> None:
    assert [stamp(seconds) for seconds in (0, 59.9, 192, 3 * 3600 + 62)] == [
        "00:00:00",
        "00:00:59",
        "00:03:12",
        "03:01:02",
    ]


# -- hostile files -----------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 44), st.integers(0, 255)), min_size=1, max_size=6))
@settings(max_examples=80, deadline=None)
def test_a_broken_head_gives_sound_or_a_reason(changes: list[tuple[int, int]]) -> None:
    """What the head claims costs nothing: no more is made than the file holds, at any rate that it states."""
    data = bytearray(a_wave(noise(0.1)))
    for place, value in changes:
        data[place] = value
    try:
        found = decoded(bytes(data))
    except FileProblem:
        return
    assert len(found) <= len(data) * 4
    assert np.isfinite(found).all()


def test_a_recording_of_a_day_is_too_large() -> None:
    head = a_wave(noise(0.1), rate=4_000)
    size = (MAX_SECONDS + 1) * 4_000 * 2
    data = head[:40] + struct.pack("<I", size) + bytes(size)
    with pytest.raises(Quarantined, match=r"^TOO_LARGE$"):
        decoded(data)


@pytest.mark.parametrize("data", [b"fLaC\0" + bytes(100), b"OggS\0" + bytes(100), b"\0\0\0\x18ftypM4A " + bytes(100)])
def test_what_nothing_here_takes_apart_is_a_recording(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is where the extra is not installed."""
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(Quarantined, match=r"^RECORDING$"):
        decoded(data)


@pytest.mark.parametrize(("kind", "subtype"), [("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III")])
def test_other_kinds_are_taken_apart_where_the_extra_is_installed(kind: str, subtype: str) -> None:
    soundfile = pytest.importorskip("soundfile")
    buffer = io.BytesIO()
    soundfile.write(buffer, 0.5 * np.sin(np.arange(44_100) / 16), 44_100, format=kind, subtype=subtype)
    found = decoded(buffer.getvalue())
    assert abs(len(found) - RATE) < RATE / 10
    with pytest.raises(Quarantined, match=r"^DAMAGED$"):
        decoded(buffer.getvalue()[:4] + bytes(200))
