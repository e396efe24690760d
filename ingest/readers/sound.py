"""Is it a recording? WAV, MP3, M4A, Ogg and FLAC, told by their bytes alone. A film is none."""

from __future__ import annotations

import re

_ID3 = re.compile(rb"ID3[\x02-\x04][^\xff].[\0-\x7f]{4}", re.S)
_WAVE = re.compile(rb"(?:RIFF|RF64|BW64).{4}WAVE", re.S)
_OGG = re.compile(rb"OggS\0.{22}", re.S)
_FILM = b"\x80theora"
_TRACK = re.compile(rb"hdlr.{8}(soun|vide)", re.S)  # what a track of an MP4 holds
_M4A = (b"M4A ", b"M4B ")

# Kilobits a second, by the four bits of a frame of layer III; then the sampling rates of MPEG 1.
_RATES_1 = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_RATES_2 = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_SAMPLES = (44100, 48000, 32000)


def is_recording(data: bytes) -> bool:
    """Whether the bytes are sound, and no pictures with it."""
    if data.startswith(b"fLaC\0") or _WAVE.match(data) or _ID3.match(data):
        return True
    if data[4:8] == b"ftyp":
        tracks = set(_TRACK.findall(data))
        return tracks == {b"soun"} or (not tracks and data[8:12] in _M4A)
    if _OGG.match(data):
        return _FILM not in data[:4096]
    first = _mp3_frame(data[:4])
    return bool(first) and _mp3_frame(data[first : first + 4]) > 0


def media_type(data: bytes) -> str:
    """Of bytes that are a recording."""
    if data.startswith(b"fLaC"):
        return "audio/flac"
    if data.startswith(b"OggS"):
        return "audio/ogg"
    if data[4:8] == b"ftyp":
        return "audio/mp4"
    return "audio/wav" if data[8:12] == b"WAVE" else "audio/mpeg"


def _mp3_frame(head: bytes) -> int:
    """How many bytes a frame of layer III with this head has; 0 when it is no such head."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return 0
    version, rate, sampling = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or rate in (0, 15) or sampling == 3:
        return 0
    rates, size = (_RATES_1, 144) if version == 3 else (_RATES_2, 72)
    slower = {3: 1, 2: 2, 0: 4}[version]
    return size * rates[rate - 1] * 1000 * slower // _SAMPLES[sampling] + (head[2] >> 1 & 1)
