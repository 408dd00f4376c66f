"""How many parameters a model of the Hugging Face hub has: counted from its config.json, or from the size of its weights.

Formulas of the released implementations, embeddings and output head included (`with embeddings`); tied weights count once.
With d the width, L layers, V words, f the width of the feed-forward part, h heads and k key-value heads of size s:
llama, mistral, qwen2, qwen3: (1 or 2) V d + L (2 d h s + 2 d k s + 3 d f + 2 d) + d, and biases and norms where there are any;
mixtral: E feed-forward parts and a router of d E in each layer, of which a token uses some;
gpt2: V d + P d + L (12 d^2 + 13 d) + 2 d with P positions; gpt_neox: 2 V d + L (4 d^2 + 2 d f + f + 9 d) + 2 d.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

WITH_EMBEDDINGS = "with embeddings"
BYTES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "float8_e4m3fn": 1, "float8_e5m2": 1, "int8": 1}
Config = Mapping[str, Any]


@dataclass(frozen=True)
class Size:
    """Parameters in all, without embeddings and head, and those that a token uses."""

    total: int
    nonembedding: int
    active: int | None = None


def _gated(config: Config, biased: bool = False, normed: bool = False, experts: int = 0) -> Size:
    """Models with a gated feed-forward part and grouped queries. biased: queries, keys and values; normed: queries and keys."""
    d, layers, f = int(config["hidden_size"]), int(config["num_hidden_layers"]), int(config["intermediate_size"])
    heads = int(config["num_attention_heads"])
    groups, size = int(config.get("num_key_value_heads") or heads), int(config.get("head_dim") or d // heads)
    q, kv = heads * size, groups * size
    attention = 2 * d * q + 2 * d * kv + (q + 2 * kv if biased or config.get("attention_bias") else 0)
    attention += (d if config.get("attention_bias") else 0) + (2 * size if normed else 0)
    part = 3 * d * f + (2 * f + d if config.get("mlp_bias") else 0)
    router = d * experts
    words = int(config["vocab_size"]) * d * (1 if config.get("tie_word_embeddings") else 2)
    inside = layers * (attention + (experts or 1) * part + router + 2 * d) + d
    used = int(config.get("num_experts_per_tok") or 0)
    return Size(words + inside, inside, words + inside - layers * (experts - used) * part if experts and used else None)


def _gpt2(config: Config) -> Size:
    d, layers = int(config["n_embd"]), int(config["n_layer"])
    f = int(config.get("n_inner") or 4 * d)
    inside = layers * (4 * d * d + 4 * d + 2 * d * f + f + d + 4 * d) + 2 * d
    return Size((int(config["vocab_size"]) + int(config["n_positions"])) * d + inside, inside)


def _gpt_neox(config: Config) -> Size:
    d, layers, f = int(config["hidden_size"]), int(config["num_hidden_layers"]), int(config["intermediate_size"])
    inside = layers * (4 * d * d + 2 * d * f + f + 9 * d) + 2 * d
    return Size(int(config["vocab_size"]) * d * (1 if config.get("tie_word_embeddings") else 2) + inside, inside)


ARCHITECTURES: dict[str, Callable[[Config], Size]] = {
    "llama": _gated,
    "mistral": _gated,
    "qwen2": lambda config: _gated({**config, "attention_bias": False}, biased=True),
    "qwen3": lambda config: _gated(config, normed=True),
    "mixtral": lambda config: _gated(config, experts=int(config["num_local_experts"])),
    "gpt2": _gpt2,
    "gpt_neox": _gpt_neox,
}
"""By `model_type`."""


def model_columns(config: Config, index: Config) -> dict[str, Any]:
    """Columns of a run from what config.json and the index of the weights say of its model; empty where they say nothing.

    Counted from the configuration where its architecture is known, else from the index: the number of weights, or their bytes
    over those of one.
    """
    found: dict[str, Any] = {"architecture": config.get("model_type")} if config.get("model_type") else {}
    found |= {
        name: config[key]
        for name, keys in (("layers", ("num_hidden_layers", "n_layer")), ("width", ("hidden_size", "n_embd")))
        for key in keys
        if isinstance(config.get(key), int)
    }
    size = _counted(config)
    total = size.total if size else _weighed(config, index.get("metadata"))
    if total:
        found |= {"params": total, "params_convention": WITH_EMBEDDINGS}
    if size:
        found |= {"params_nonembedding": size.nonembedding, "params_active": size.active}
    return found


def _counted(config: Config) -> Size | None:
    count = ARCHITECTURES.get(str(config.get("model_type")))
    try:
        return count(config) if count else None
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None  # a configuration that leaves out what its architecture needs


def _weighed(config: Config, metadata: object) -> int | None:
    if not isinstance(metadata, dict):
        return None
    if isinstance(metadata.get("total_parameters"), int):
        return int(metadata["total_parameters"])
    each = BYTES.get(str(config.get("torch_dtype") or config.get("dtype")).removeprefix("torch."))
    return int(metadata["total_size"]) // each if each and isinstance(metadata.get("total_size"), int | float) else None
