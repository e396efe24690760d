"""Recordings are told by their bytes, whatever they are called, and set aside with their own reason."""

from __future__ import annotations

import io
import wave

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.errors import Quarantined
from ingest.readers import kinds
from ingest.readers.identify import identify
from ingest.readers.sound import is_recording


def a_wave() -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(4000))
    return buffer.getvalue()


def box(kind: bytes, *inside: bytes) -> bytes:
    body = b"".join(inside)
    return (8 + len(body)).to_bytes(4, "big") + kind + body


def an_mp4(brand: bytes, *tracks: bytes, moov_last: bool = False) -> bytes:
    """The boxes of an MP4 whose tracks hold that, with a cover as music has one; no `moov` where there is no track."""

    def handler(kind: bytes) -> bytes:
        return box(b"hdlr", bytes(8), kind, bytes(13))

    cover = box(b"udta", box(b"meta", bytes(4), handler(b"mdir")))
    described = (box(b"trak", box(b"tkhd", bytes(84)), box(b"mdia", handler(track))) for track in tracks)
    moov = box(b"moov", box(b"mvhd", bytes(100)), *described, cover) if tracks else b""
    parts = [moov, box(b"mdat", bytes(range(256)) * 40)]
    return box(b"ftyp", brand, bytes(4), brand, b"isom") + b"".join(parts[::-1] if moov_last else parts)


def an_ogg(codec: bytes) -> bytes:
    return b"OggS\0\x02" + bytes(20) + b"\x01\x1e" + codec + bytes(200)


FRAME = b"\xff\xfb\x90\x00" + bytes(413)  # MPEG 1, layer III, 128 kbit/s, 44.1 kHz
FRAME_2 = b"\xff\xf3\x48\xc4" + bytes(140)  # MPEG 2, layer III, 32 kbit/s, 16 kHz
RECORDINGS = {
    "wav": a_wave(),
    "a wav of more than 4 GB": b"RF64\xff\xff\xff\xffWAVEds64" + bytes(100),
    "mp3": FRAME * 3,
    "mp3 of speech": FRAME_2 * 3,
    "mp3 with a title": b"ID3\x04\x00\x00\x00\x00\x02\x01TIT2" + bytes(300) + FRAME * 2,
    "m4a": an_mp4(b"M4A ", b"soun"),
    "m4a of a phone, described at its end": an_mp4(b"M4A ", b"soun", moov_last=True),
    "m4a that is not called so": an_mp4(b"isom", b"soun"),
    "mp4 with sound alone": an_mp4(b"mp42", b"soun"),
    "quicktime with sound alone": an_mp4(b"qt  ", b"soun"),
    "a book that is read, with chapters": an_mp4(b"M4B ", b"soun", b"text"),
    "m4a whose head is cut off": an_mp4(b"M4A "),
    "opus": an_ogg(b"OpusHead"),
    "vorbis": an_ogg(b"\x01vorbis"),
    "flac": b"fLaC\x00\x00\x00\x22" + bytes(200),
}


@pytest.mark.parametrize("what", RECORDINGS)
@pytest.mark.parametrize("name", ["minutes.txt", "minutes.mp3", "minutes.pdf"])
def test_a_recording_is_set_aside_as_one_whatever_it_is_called(what: str, name: str) -> None:
    with pytest.raises(Quarantined, match=r"^RECORDING$"):
        identify(RECORDINGS[what], name)


@pytest.mark.parametrize(
    "data",
    [
        an_mp4(b"isom", b"vide", b"soun"),
        an_mp4(b"mp42", b"soun", b"vide", moov_last=True),
        an_mp4(b"mp42", b"vide"),
        an_mp4(b"M4V ", b"vide", b"soun"),
        an_mp4(b"M4A ", b"vide", b"soun"),
        an_mp4(b"mp42"),
        an_ogg(b"\x80theora"),
        FRAME,
        b"\xff\xfb\x90\x00" * 200,
    ],
)
def test_films_and_what_only_begins_as_sound_are_no_recordings(data: bytes) -> None:
    with pytest.raises(Quarantined, match=r"^UNSUPPORTED$"):
        identify(data, "x.mp4")


@settings(max_examples=50)
@given(st.text(min_size=1, max_size=40), st.sampled_from(["ID3", "fLaC", "OggS", "RIFF", "WAVE", "ftyp", ""]))
@example("v2 is how a title is kept in a sound file.", "ID3")
@example("\u00ff\u00fb\u0090", "")
def test_a_text_about_sound_is_a_text(text: str, start: str) -> None:
    assert not is_recording((start + text).encode())


def test_a_text_in_sixteen_bits_is_a_text() -> None:
    """Its byte order mark has the first bits of a frame."""
    assert identify("The fee is five euros.".encode("utf-16"), "a.txt") == kinds.TEXT
