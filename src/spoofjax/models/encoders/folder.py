"""The shape of an encoder, as the config.json and preprocessor_config.json beside weights say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spoofjax.errors import ConfigError
from spoofjax.json_files import read_json
from spoofjax.registry.resolving import path_here

FIELDS = {
    "hidden_size": "width",
    "num_hidden_layers": "full_depth",
    "num_attention_heads": "heads",
    "intermediate_size": "inner",
    "conv_dim": "channels",
    "conv_kernel": "kernels",
    "conv_stride": "strides",
    "feat_extract_norm": "norm",
    "conv_bias": "convolution_bias",
    "do_stable_layer_norm": "pre_norm",
    "num_conv_pos_embeddings": "position_kernel",
    "num_conv_pos_embedding_groups": "position_groups",
    "layer_norm_eps": "epsilon",
    "feat_proj_layer_norm": "projection_norm",
    "conv_pos_batch_norm": "position_batch_norm",
    "num_buckets": "buckets",
    "max_bucket_distance": "farthest",
}
"""Keys of config.json, and the fields of an encoder that they set."""
NORMALISE = "normalise"
"""The field that preprocessor_config.json sets."""
DEFAULTS = {
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "conv_dim": (512,) * 7,
    "conv_kernel": (10, 3, 3, 3, 3, 2, 2),
    "conv_stride": (5, 2, 2, 2, 2, 2, 2),
    "feat_extract_norm": "group",
    "conv_bias": False,
    "do_stable_layer_norm": False,
    "num_conv_pos_embeddings": 128,
    "num_conv_pos_embedding_groups": 16,
    "layer_norm_eps": 1e-5,
    "feat_proj_layer_norm": True,
    "conv_pos_batch_norm": False,
    "num_buckets": 320,
    "max_bucket_distance": 800,
}
"""What a key that is absent from config.json means."""
KINDS = {"wav2vec2": "Wav2Vec2", "hubert": "HuBERT", "wavlm": "WavLM"}
"""Values of model_type, and the classes that they name."""
CONFIGURATION = "./config.json"
PREPROCESSOR = "./preprocessor_config.json"


def folder_of(weights: str | None) -> Path | None:
    """Return the folder of these weights if it has a config.json, otherwise None."""
    path = None if weights is None else path_here(weights)
    if path is None:
        return None
    folder = path if path.is_dir() else path.parent
    return folder if (folder / CONFIGURATION).is_file() else None


def shape_of(folder: Path) -> tuple[str, dict[str, Any]]:
    """Return the name of the class and the fields that the files of a folder describe.

    Raises ConfigError where there is no config.json, or it is of something else than an encoder
    that can be built.
    """
    path = folder / CONFIGURATION
    remedy = "Download the whole folder of the encoder, config.json included."
    values = read_json(path, kind=ConfigError, remedy=remedy)
    kind = KINDS.get(str(values.get("model_type")))
    if kind is None:
        raise ConfigError(
            f"{path} says model_type {values.get('model_type')!r}; this can be "
            f"{', '.join(KINDS)}. UniSpeech-SAT and data2vec have other layers."
        )
    for key in ("feat_extract_activation", "hidden_act"):
        if values.get(key, "gelu") != "gelu":
            raise ConfigError(f"{path} says {key} {values[key]!r}; only 'gelu' can be computed.")
    if values.get("adapter_attn_dim") or values.get("add_adapter"):
        raise ConfigError(f"{path} describes adapters, which cannot be built.")
    fields = {}
    for key, name in FIELDS.items():
        value = values.get(key, DEFAULTS[key])
        fields[name] = tuple(value) if isinstance(value, list) else value
    preprocessor = folder / PREPROCESSOR
    if preprocessor.is_file():
        settings = read_json(preprocessor, kind=ConfigError)
        fields[NORMALISE] = bool(settings.get("do_normalize", True))
    return kind, fields
