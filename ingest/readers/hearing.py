"""Words from a recording: Whisper, as transformers runs it, on weights that lie in a folder of this machine.

It is loaded for one recording, in a process that has not seen a byte of it yet, with one thread; it downloads nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy

from ingest.errors import Quarantined
from ingest.readers.base import Block, RawText
from ingest.readers.facts import facts
from ingest.readers.outline import one_line, title_from
from ingest.readers.samples import RATE, Samples, decoded, library, stamp, windows
from ingest.readers.sound import media_type

_MOST_TOKENS = 224  # of one window: whoever speaks says fewer in half a minute
_PROMPT = 8  # tokens that the model puts in front of its own
Listener = Callable[[Samples], str]


@cache
def load_listener(folder: str) -> Listener:
    """What writes down at most 30 seconds. It has listened once already: all that it needs is loaded."""
    logging.disable(logging.WARNING)
    import torch
    from transformers import WhisperForConditionalGeneration, WhisperProcessor
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]  # it would start a thread
    torch.set_num_threads(1)
    processor: Any = WhisperProcessor.from_pretrained(folder, local_files_only=True)
    model: Any = WhisperForConditionalGeneration.from_pretrained(folder, local_files_only=True, use_safetensors=True)
    model.eval()
    most = min(_MOST_TOKENS, model.config.max_target_positions - _PROMPT)

    def listen(samples: Samples) -> str:
        features = processor(samples, sampling_rate=RATE, return_tensors="pt").input_features
        with torch.inference_mode():
            found = model.generate(features, max_new_tokens=most, do_sample=False, num_beams=1)
        (text,) = processor.batch_decode(found, skip_special_tokens=True)
        return str(text)

    listen(numpy.zeros(RATE, numpy.float32))
    library()
    return listen


def heard(data: bytes, name: str, listen: Listener) -> RawText:
    """A block each half minute, under the time at which it begins. Raises Quarantined: RECORDING for a kind that cannot
    be taken apart, DAMAGED, TOO_LARGE, NO_TEXT."""
    spoken = [(begin, one_line(listen(piece))) for begin, piece in windows(decoded(data))]
    blocks = tuple(Block(text=text, heading=(stamp(begin),)) for begin, text in spoken if text)
    if not blocks:
        raise Quarantined("NO_TEXT")
    raw = RawText(title=title_from(name), media_type=media_type(data), blocks=blocks)
    return replace(raw, metadata=facts(raw))
