"""A recording as a row of samples, as a listener takes them: one channel, sixteen thousand a second, between -1 and 1.

WAV is taken apart here; FLAC, Ogg and MP3 by libsndfile, where the extra `ringfence[whisper]` brought it. It knows no
M4A. What nothing here can take apart is RECORDING.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from typing import Any

import numpy
from numpy.typing import NDArray

from ingest.errors import Quarantined

RATE = 16_000
MAX_SECONDS = 4 * 3600
WINDOW = 30  # seconds: what a listener hears at once
_EARLIEST = 24  # seconds into a window, from where it may end at a pause
_STEP = RATE // 10
_SILENCE = 1e-3
_MAX_CHANNELS = 32
_RATES = range(4_000, 400_000)
_WAVE = b"WAVE"
Samples = NDArray[numpy.float32]


def library() -> Any:
    """libsndfile; None where the extra is not installed."""
    try:
        import soundfile
    except (ImportError, OSError):
        return None
    return soundfile


def decoded(data: bytes) -> Samples:
    """The whole recording. Raises Quarantined: RECORDING, DAMAGED, or TOO_LARGE above `MAX_SECONDS`."""
    found = _of_wave(data) if data[8:12] == _WAVE else None
    samples, rate = found or _of_library(data)
    return _resampled(samples, rate)


def windows(samples: Samples) -> Iterator[tuple[float, Samples]]:
    """Pieces of at most `WINDOW` seconds, each with the second at which it begins, cut at pauses; silent ones are left
    out."""
    begin = 0
    while begin < len(samples):
        end = begin + WINDOW * RATE
        if end < len(samples):
            end = _pause(samples, begin + _EARLIEST * RATE, end)
        piece = samples[begin:end]
        if float(numpy.abs(piece).max()) > _SILENCE:
            yield begin / RATE, piece
        begin = end


def stamp(seconds: float) -> str:
    """Hours, minutes and seconds: `00:03:12`."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest:02}"


def _pause(samples: Samples, first: int, last: int) -> int:
    """The quietest tenth of a second between two places."""
    parts = samples[first : last - (last - first) % _STEP].reshape(-1, _STEP)
    return first + int(numpy.square(parts).mean(axis=1).argmin()) * _STEP + _STEP // 2


def _of_wave(data: bytes) -> tuple[Samples, int] | None:
    """None for a WAV that is none of whole numbers, or that is broken."""
    try:
        with wave.open(io.BytesIO(data)) as sound:
            channels, width, rate, count = sound.getparams()[:4]
            _check(channels, rate, count)
            raw = sound.readframes(count)
    except (wave.Error, EOFError, RuntimeError):  # the last one is how it says that a part ends too early
        return None
    if not 1 <= width <= 4:
        raise Quarantined("DAMAGED")
    whole = len(raw) - len(raw) % (channels * width)
    return _mixed(_numbers(raw[:whole], width).reshape(-1, channels)), rate


def _numbers(raw: bytes, width: int) -> Samples:
    if width == 1:
        return _scaled(numpy.frombuffer(raw, numpy.uint8).astype(numpy.int16) - 128, 8)
    if width == 3:  # as the upper three bytes of four
        wide = numpy.zeros((len(raw) // 3, 4), numpy.uint8)
        wide[:, 1:] = numpy.frombuffer(raw, numpy.uint8).reshape(-1, 3)
        return _scaled(wide.view("<i4").reshape(-1), 32)
    return _scaled(numpy.frombuffer(raw, f"<i{width}"), 8 * width)


def _scaled(numbers: NDArray[Any], bits: int) -> Samples:
    return numbers.astype(numpy.float32) / numpy.float32(2 ** (bits - 1))


def _of_library(data: bytes) -> tuple[Samples, int]:
    soundfile = library()
    if soundfile is None:
        raise Quarantined("RECORDING")
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as sound:
            _check(sound.channels, sound.samplerate, max(0, sound.frames))
            most = MAX_SECONDS * sound.samplerate + 1  # some kinds do not know how long they are
            parts = [
                _mixed(part)
                for part in sound.blocks(sound.samplerate * WINDOW, frames=most, dtype="float32", always_2d=True)
            ]
            rate = sound.samplerate
    except soundfile.LibsndfileError as error:
        raise Quarantined("RECORDING" if data[4:8] == b"ftyp" else "DAMAGED") from error
    samples = numpy.concatenate(parts) if parts else numpy.zeros(0, numpy.float32)
    _check(1, rate, len(samples))
    return samples, rate


def _check(channels: int, rate: int, count: int) -> None:
    if not 1 <= channels <= _MAX_CHANNELS or rate not in _RATES:
        raise Quarantined("DAMAGED")
    if count > MAX_SECONDS * rate:
        raise Quarantined("TOO_LARGE")


def _mixed(frames: NDArray[Any]) -> Samples:
    """One channel of all; what is no number is silence."""
    mixed: Samples = numpy.nan_to_num(frames.mean(axis=1, dtype=numpy.float32), posinf=0, neginf=0)
    return numpy.clip(mixed, numpy.float32(-1), numpy.float32(1))


def _resampled(samples: Samples, rate: int) -> Samples:
    """Averaged over what one new sample covers, so that high tones do not come back as low ones; then read between."""
    if rate == RATE or not len(samples):
        return samples
    if rate > RATE:
        reach = max(1, round(rate / RATE))
        sums = numpy.concatenate([[0.0], numpy.cumsum(samples, dtype=numpy.float64)])
        places = numpy.arange(len(samples))
        low, high = numpy.maximum(places - reach // 2, 0), numpy.minimum(places + reach - reach // 2, len(samples))
        samples = ((sums[high] - sums[low]) / (high - low)).astype(numpy.float32)
    wanted = numpy.arange(int(len(samples) * RATE / rate)) * (rate / RATE)
    read: Samples = numpy.interp(wanted, numpy.arange(len(samples)), samples).astype(numpy.float32)
    return read
