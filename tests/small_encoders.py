"""A small encoder in a folder as the transformers library writes it, with random weights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from spoofjax.models.encoders import Wav2Vec2
from spoofjax.models.encoders.tensors import sources_of

CONFIG = {
    "model_type": "wav2vec2",
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    # Two convolutions instead of seven compile in a third of the time.
    "conv_dim": [8, 8],
    "conv_kernel": [20, 20],
    "conv_stride": [20, 16],
    "feat_extract_norm": "layer",
    "conv_bias": True,
    "do_stable_layer_norm": True,
    "num_conv_pos_embeddings": 4,
    "num_conv_pos_embedding_groups": 2,
}


def write_folder(folder: Path, **changes) -> Path:
    """Write config.json, preprocessor_config.json and model.safetensors; return the folder."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(CONFIG | changes))
    (folder / "preprocessor_config.json").write_text('{"do_normalize": true}')
    random = np.random.default_rng(7)
    arrays = {}
    for source in sources_of(Wav2Vec2.from_folder(str(folder))):
        for name, shape in source.tensors:
            is_scale = len(shape) == 1 and name.endswith("weight")
            values = random.normal(is_scale, 0.1 if len(shape) == 1 else shape[0] ** -0.5, shape)
            arrays[f"wav2vec2.{name}"] = values.astype(np.float32)
    save_file(arrays, folder / "model.safetensors")
    return folder
