"""The adapter: low-rank changes to the lower half of the packaged sentence encoder (LoRA: Hu et al., 2021).

As it comes, the encoder puts texts about the same subject near one another; a case and a question about the world
are often about the same subject. A hundred thousand numbers a layer, learnt from the text beside this file, turn the
space so that the two lie apart. The upper half is left out: with 6,000 rows all six layers, the upper three of them
changed, told cases apart no better, in twice the time.
"""

# ruff: noqa: T201  a script prints

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from policies.detect.cases.model import ADAPTER, LAYERS, SCALE

RANK = 16
STRENGTH = 2.0  # of the changes while they are learnt
EPOCHS = 2
RATE = 4e-4
WARM = 100  # steps until the full rate
DROPPED = 0.1  # share of the vector that is blanked while learning
SURE = 0.97  # what a label counts as: nobody is never wrong
LONGEST = 160  # tokens of a text that are learnt from
TOKENS = 1600  # of one step
SEED = 1
PLACES = (
    "attention.self.query",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)


class _Changed(nn.Module):  # type: ignore[misc]
    """A layer with low-rank changes beside it."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.layer = layer
        self.down = nn.Parameter(torch.randn(RANK, layer.in_features) / math.sqrt(layer.in_features))
        self.up = nn.Parameter(torch.zeros(layer.out_features, RANK))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x) + STRENGTH * (x @ self.down.T) @ self.up.T


class _Encoder(nn.Module):  # type: ignore[misc]
    """The lower layers, each changed, and one number for each text."""

    def __init__(self, bert: Any) -> None:
        super().__init__()
        self.bert, self.head = bert, nn.Linear(bert.config.hidden_size, 1)
        self.changed: dict[str, _Changed] = {}
        bert.requires_grad_(False)
        bert.encoder.layer = bert.encoder.layer[:LAYERS]
        for number, layer in enumerate(bert.encoder.layer):
            for place in PLACES:
                path, _, name = place.rpartition(".")
                parent = layer.get_submodule(path)
                changed = _Changed(getattr(parent, name))
                setattr(parent, name, changed)
                self.changed[f"encoder.layer.{number}.{place}.weight"] = changed

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        hidden = _through(self.bert.encoder.layer, self.bert.embeddings(input_ids=ids), mask).float()
        pooled = nn.functional.normalize((hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True), dim=-1)
        return self.head(SCALE * nn.functional.dropout(pooled, DROPPED, self.training))[:, 0]


def _through(layers: Any, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    away = ((1 - mask) * -1e4)[:, None, None, :].expand(-1, 1, mask.shape[1], -1)
    for layer in layers:
        hidden = layer(hidden, away.to(hidden.dtype))
        hidden = hidden[0] if isinstance(hidden, tuple) else hidden
    return hidden


def adapt(folder: Path, texts: Sequence[str], stay: Sequence[bool], weights: Sequence[float]) -> dict[str, Any]:
    """The adapter and its weights, as arrays of the model's file. `folder` holds the sentence encoder."""
    from tokenizers import Tokenizer
    from transformers import BertModel

    torch.manual_seed(SEED)
    torch.set_num_threads(1)  # so that sums are made in one order, and the same text gives the same numbers
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    ids = [encoded.ids[:LONGEST] for encoded in tokenizer.encode_batch(list(texts))]
    encoder = _Encoder(BertModel.from_pretrained(folder, local_files_only=True))
    _learn(encoder, [torch.tensor(each) for each in ids], np.array(stay, np.float32), np.array(weights, np.float32))
    arrays: dict[str, Any] = {
        "meaning": encoder.head.weight[0].detach().numpy().astype(np.float32),
        "meaning_bias": np.float32(encoder.head.bias.item()),
    }
    for name, changed in encoder.changed.items():
        arrays[f"{ADAPTER}{name}/up"] = (STRENGTH * changed.up.detach()).numpy().astype(np.float16)
        arrays[f"{ADAPTER}{name}/down"] = changed.down.detach().numpy().astype(np.float16)
    return {name: np.asarray(array) for name, array in arrays.items()}


def _learn(encoder: _Encoder, ids: list[torch.Tensor], stay: Any, weights: Any) -> None:
    weights = weights * np.where(stay > 0, 0.5 / weights[stay > 0].sum(), 0.5 / weights[stay == 0].sum()) * len(weights)
    learnt = [parameter for parameter in encoder.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(learnt, lr=RATE, weight_decay=0.01)
    dice = random.Random(SEED)  # noqa: S311  an order, no secret
    lengths = [len(each) for each in ids]
    steps = [rows for _ in range(EPOCHS) for rows in _shuffled(lengths, dice)]
    encoder.train()
    for number, rows in enumerate(steps):
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1.0, (number + 1) / WARM) * max(0.02, 1 - number / len(steps))
        with torch.autocast("cpu", torch.bfloat16):
            scores = encoder(*_padded([ids[row] for row in rows])).float()
        wanted = torch.tensor(stay[rows]) * (2 * SURE - 1) + (1 - SURE)
        losses = nn.functional.binary_cross_entropy_with_logits(scores, wanted, reduction="none")
        loss = (losses * torch.tensor(weights[rows])).mean()
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(learnt, 1.0)
        optimiser.step()
        if number % 50 == 0:
            print(f"  adapter: step {number} of {len(steps)}", flush=True)
    encoder.eval()


def _shuffled(lengths: list[int], dice: random.Random) -> list[list[int]]:
    """Batches of texts of about one length, in any order."""
    rows = list(range(len(lengths)))
    dice.shuffle(rows)
    found = [
        each for start in range(0, len(rows), 1024) for each in _batches(lengths, rows[start : start + 1024], TOKENS)
    ]
    dice.shuffle(found)
    return found


def _batches(lengths: list[int], rows: list[int], budget: int) -> Iterator[list[int]]:
    batch: list[int] = []
    for row in sorted(rows, key=lambda row: lengths[row]):
        if batch and (len(batch) + 1) * lengths[row] > budget:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _padded(each: list[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    padded = nn.utils.rnn.pad_sequence(each, batch_first=True)
    mask = torch.zeros(padded.shape[:2])
    for row, one in enumerate(each):
        mask[row, : len(one)] = 1
    return padded, mask
