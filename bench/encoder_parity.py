"""Write what transformers computes for small random encoders, as the tests of encoders read it.

    python -m bench.encoder_parity [--out tests/models/encoders/parity]

Needs torch and transformers. Each file is one encoder: its weights by their published names, two
clips of different lengths, and of each clip alone the frames of all layers and the gradient of a
loss. Its metadata hold config.json and preprocessor_config.json. Two files have weights only: those
of one encoder by the names of older files, and by those of fairseq.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import torch  # type: ignore[import-not-found]
from safetensors.numpy import save_file
from transformers import (  # type: ignore[import-not-found]
    HubertConfig,
    HubertModel,
    Wav2Vec2Config,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2Model,
    WavLMConfig,
    WavLMModel,
)

LENGTHS = 3_000, 1_900
SIZES = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48,
    "conv_dim": (16,) * 7, "num_conv_pos_embeddings": 24, "num_conv_pos_embedding_groups": 4,
}  # fmt: skip
LAYER = {"feat_extract_norm": "layer", "do_stable_layer_norm": True}
VARIANTS: dict[str, tuple[type, type, dict[str, Any], bool]] = {
    "wav2vec2_group": (Wav2Vec2Config, Wav2Vec2Model, {}, True),
    "wav2vec2_layer": (Wav2Vec2Config, Wav2Vec2Model, {**LAYER, "conv_bias": True}, True),
    "hubert": (HubertConfig, HubertModel, {"num_conv_pos_embeddings": 19}, True),
    "hubert_batch_norm": (HubertConfig, HubertModel, {"conv_pos_batch_norm": True}, False),
    "wavlm_group": (WavLMConfig, WavLMModel, {}, False),
    "wavlm_layer": (WavLMConfig, WavLMModel, LAYER, True),
}
"""Configuration, model, settings, and whether the input is normalised."""
GRADIENTS = (
    "feature_extractor.conv_layers.0.conv.weight",
    "feature_extractor.conv_layers.0.layer_norm.weight",
    "feature_extractor.conv_layers.3.conv.weight",
    "feature_projection.layer_norm.bias",
    "feature_projection.projection.weight",
    "encoder.pos_conv_embed.conv.bias",
    "encoder.pos_conv_embed.conv.parametrizations.weight.original0",
    "encoder.pos_conv_embed.conv.parametrizations.weight.original1",
    "encoder.pos_conv_embed.batch_norm.weight",
    "encoder.layer_norm.weight",
    "encoder.layers.0.attention.rel_attn_embed.weight",
    "encoder.layers.1.attention.gru_rel_pos_const",
    "encoder.layers.1.attention.gru_rel_pos_linear.weight",
    "encoder.layers.1.attention.k_proj.weight",
    "encoder.layers.1.attention.v_proj.bias",
    "encoder.layers.0.feed_forward.intermediate_dense.weight",
    "encoder.layers.0.final_layer_norm.weight",
)
FAIRSEQ = (
    (r"\.conv_layers\.(\d)\.conv\.", r".conv_layers.\1.0."),
    (r"\.conv_layers\.(\d)\.layer_norm\.", r".conv_layers.\1.2.1."),
    (r"^feature_projection\.layer_norm\.", "layer_norm."),
    (r"^feature_projection\.projection\.", "post_extract_proj."),
    (r"^encoder\.pos_conv_embed\.conv\.", "encoder.pos_conv.0."),
    (r"\.attention\.", ".self_attn."),
    (r"^encoder\.layers\.(\d)\.layer_norm\.", r"encoder.layers.\1.self_attn_layer_norm."),
    (r"\.feed_forward\.intermediate_dense\.", ".fc1."),
    (r"\.feed_forward\.output_dense\.", ".fc2."),
)  # fmt: skip
"""transformers' names, and those of fairseq's wav2vec 2.0 with layer norms."""


def build(config_class: type, model_class: type, settings: dict[str, Any]) -> tuple[Any, Any]:
    """Return configuration and model; every weight and statistic is random."""
    torch.manual_seed(0)
    config = config_class(**{**SIZES, **settings}, attn_implementation="eager")
    model = model_class(config).eval()
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if value.ndim == 1 and value.is_floating_point():
                noise = torch.rand_like(value) - 0.5
                value.copy_((1 if "running_var" in name else value) + 0.6 * noise)
            elif "num_batches" not in name:
                value.mul_(1 + 0.2 * torch.randn_like(value))
    return config, model


def compute(model: Any, clips: list[torch.Tensor]) -> dict[str, np.ndarray]:
    """Return frames of each clip, and the gradient of the sum of their losses.

    The loss of a clip is the sum over hidden states h_0, h_1, ... of mean(sin((l + 1) h_l)), plus
    mean(cos(last)).
    """
    arrays, total = {}, torch.zeros(())
    for number, clip in enumerate(clips):
        raw: list[torch.Tensor] = []
        hooks = [
            layer.register_forward_hook(
                lambda module, _, y, raw=raw: raw.append(y[0] if isinstance(y, tuple) else y)
            )
            for layer in model.encoder.layers
        ]
        output = model(clip[None], output_hidden_states=True)
        for hook in hooks:
            hook.remove()
        states = [output.hidden_states[0], *raw]
        for level, state in enumerate(states):
            total = total + torch.sin((level + 1) * state).mean()
            arrays[f"clip{number}.hidden{level}"] = state[0].detach().numpy()
        last = output.last_hidden_state
        total = total + torch.cos(last).mean()
        arrays[f"clip{number}.last"] = last[0].detach().numpy()
    total.backward()
    arrays["loss"] = total.detach().numpy()
    parameters = dict(model.named_parameters())
    for name in GRADIENTS:
        if name in parameters:
            arrays[f"gradient.{name}"] = parameters[name].grad.numpy()
    return arrays


def weights_of(model: Any) -> dict[str, np.ndarray]:
    """Return the weights by their names in new files of transformers."""
    return {
        name: np.ascontiguousarray(value.numpy())
        for name, value in model.state_dict().items()
        if "num_batches" not in name
    }


def older(name: str) -> str:
    """Return the name in older files."""
    for newer, old in (("original0", "g"), ("original1", "v")):
        name = name.replace(f"parametrizations.weight.{newer}", f"weight_{old}")
    return name


def fairseq(name: str) -> str:
    """Return the name in fairseq's files."""
    name = older(name)
    for pattern, replacement in FAIRSEQ:
        name = re.sub(pattern, replacement, name)
    return {"masked_spec_embed": "mask_emb"}.get(name, name)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("tests/models/encoders/parity"))
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    waves = [(0.1 + 0.3 * random.normal(size=n)).astype(np.float32) for n in LENGTHS]
    for name, (config_class, model_class, settings, should_normalise) in VARIANTS.items():
        config, model = build(config_class, model_class, settings)
        extractor = Wav2Vec2FeatureExtractor(do_normalize=should_normalise)
        clips = [torch.tensor(extractor(w, sampling_rate=16_000).input_values[0]) for w in waves]
        arrays = {f"wave{number}": wave for number, wave in enumerate(waves)}
        arrays |= compute(model, clips)
        weights = weights_of(model)
        metadata = {
            "config": config.to_json_string(),
            "preprocessor": json.dumps({"do_normalize": should_normalise}),
        }
        tensors = {f"weights.{key}": value for key, value in weights.items()}
        save_file({**arrays, **tensors}, folder / f"{name}.safetensors", metadata)
        if name == "wav2vec2_layer":
            task = {f"wav2vec2.{older(key)}": value for key, value in weights.items()}
            task["lm_head.weight"] = np.zeros((2, 32), np.float32)
            save_file(task, folder / "older_names.safetensors")
            named = {fairseq(key): value for key, value in weights.items()}
            named["quantizer.vars"] = np.zeros((1, 2, 2), np.float32)
            save_file(named, folder / "fairseq_names.safetensors")
    for path in sorted(folder.glob("*.safetensors")):
        print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
