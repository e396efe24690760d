"""A BERT sentence encoder as an OpenVINO graph, built from its weights file: nothing is traced or converted.

So neither torch nor transformers is loaded, and a fresh installation embeds its first text within a second. Only a
model that `is_known` recognises to the last setting may be built; a test holds the graph against the reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from ingest.index.model import ModelFolder

_MODULES = ["models.Transformer", "models.Pooling", "models.Normalize"]


def is_known(model: ModelFolder) -> bool:
    """Whether `build` knows every part: plain BERT, mean or first-token pooling, length 1."""
    modules = [str(module.get("type", "")).partition(".")[2] for module in model.read("modules.json") or []]
    config, pooling = model.read("config.json") or {}, model.read("1_Pooling/config.json") or {}
    ways = sorted(key for key, on in pooling.items() if key.startswith("pooling_mode_") and on)
    return (
        modules == _MODULES
        and config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and not (model.read("sentence_bert_config.json") or {}).get("do_lower_case")
        and ways in (["pooling_mode_mean_tokens"], ["pooling_mode_cls_token"])
        and (model.directory / "model.safetensors").is_file()
    )


def build(
    model: ModelFolder,
    changes: Mapping[str, Any] = MappingProxyType({}),
    layers: int | None = None,
    *,
    int8: bool = False,
) -> Any:
    """Token ids and mask in, one vector of length 1 a row out; any batch, any length. `changes` are added to the
    weights of their names; `layers`: how many, from the lowest, instead of all. `int8`: matrices in whole numbers, each
    row with a scale of its own."""
    import openvino
    from openvino import opset13 as ops
    from safetensors.numpy import load_file

    config = model.read("config.json")
    weights = load_file(model.directory / "model.safetensors")
    weights |= {name: weights[name] + change for name, change in changes.items()}
    bert = _Bert(ops, weights, config if layers is None else {**config, "num_hidden_layers": layers}, int8)
    ids = ops.parameter([-1, -1], np.int64, name="input_ids")
    mask = ops.parameter([-1, -1], np.int64, name="attention_mask")
    hidden = bert.encode(ids, mask)
    if (model.read("1_Pooling/config.json") or {}).get("pooling_mode_cls_token"):
        pooled = ops.gather(hidden, np.int64(0), np.int64(1))
    else:
        weight = ops.unsqueeze(ops.convert(mask, "f32"), np.int64(2))
        pooled = ops.reduce_sum(ops.multiply(hidden, weight), _axes([1])) / ops.reduce_sum(weight, _axes([1]))
    return openvino.Model([ops.normalize_l2(pooled, _axes([1]), 1e-12, "max")], [ids, mask], "sentence encoder")


class _Bert:
    """The encoder, layer by layer."""

    def __init__(self, ops: Any, weights: dict[str, Any], config: dict[str, Any], int8: bool) -> None:
        self.ops, self.weights, self.config, self.int8 = ops, weights, config, int8
        self.heads = int(config["num_attention_heads"])
        self.width = int(config["hidden_size"]) // self.heads

    def encode(self, ids: Any, mask: Any) -> Any:
        ops = self.ops
        shape = ops.shape_of(ids)
        length = ops.gather(shape, np.int64(1), np.int64(0))
        places = ops.range(np.int64(0), length, np.int64(1), output_type="i64")
        words = ops.gather(self._constant("embeddings.word_embeddings.weight"), ids, np.int64(0))
        where = ops.gather(self._constant("embeddings.position_embeddings.weight"), places, np.int64(0))
        kind = ops.constant(self.weights["embeddings.token_type_embeddings.weight"][0])
        hidden = self._norm(ops.add(ops.add(words, kind), where), "embeddings.LayerNorm")
        # 0 where there is a token, the lowest number where there is padding, for every head and row.
        away = ops.multiply(
            ops.subtract(ops.constant(np.float32(1)), ops.convert(mask, "f32")),
            ops.constant(np.finfo(np.float32).min),
        )
        away = ops.unsqueeze(away, _axes([1, 2]))
        for layer in range(int(self.config["num_hidden_layers"])):
            hidden = self._layer(hidden, away, f"encoder.layer.{layer}")
        return hidden

    def _layer(self, hidden: Any, away: Any, name: str) -> Any:
        ops = self.ops
        query, key, value = (
            self._split(self._linear(hidden, f"{name}.attention.self.{part}")) for part in ("query", "key", "value")
        )
        seen = ops.scaled_dot_product_attention(query, key, value, away, causal=False)
        seen = ops.reshape(ops.transpose(seen, _axes([0, 2, 1, 3])), _axes([0, 0, self.heads * self.width]), True)
        hidden = self._norm(
            ops.add(self._linear(seen, f"{name}.attention.output.dense"), hidden), f"{name}.attention.output.LayerNorm"
        )
        wide = ops.gelu(self._linear(hidden, f"{name}.intermediate.dense"), "erf")
        return self._norm(ops.add(self._linear(wide, f"{name}.output.dense"), hidden), f"{name}.output.LayerNorm")

    def _split(self, hidden: Any) -> Any:
        ops = self.ops
        return ops.transpose(ops.reshape(hidden, _axes([0, 0, self.heads, self.width]), True), _axes([0, 2, 1, 3]))

    def _linear(self, hidden: Any, name: str) -> Any:
        ops = self.ops
        matrix = self._rounded(f"{name}.weight") if self.int8 else self._constant(f"{name}.weight")
        return ops.add(ops.matmul(hidden, matrix, False, True), self._constant(f"{name}.bias"))

    def _norm(self, hidden: Any, name: str) -> Any:
        ops = self.ops
        even = ops.mvn(hidden, _axes([-1]), True, float(self.config["layer_norm_eps"]), "inside_sqrt")
        return ops.add(ops.multiply(even, self._constant(f"{name}.weight")), self._constant(f"{name}.bias"))

    def _rounded(self, name: str) -> Any:
        """The form that the engine knows: whole numbers, made wide, times their scale."""
        matrix = np.asarray(self.weights[name], np.float32)
        scale = np.maximum(np.abs(matrix).max(axis=1, keepdims=True), np.finfo(np.float32).tiny) / 127
        whole = self.ops.constant(np.round(matrix / scale).astype(np.int8))
        return self.ops.multiply(self.ops.convert(whole, "f32"), self.ops.constant(scale))

    def _constant(self, name: str) -> Any:
        return self.ops.constant(np.ascontiguousarray(self.weights[name], np.float32))


def _axes(numbers: list[int]) -> Any:
    return np.array(numbers, np.int64)
