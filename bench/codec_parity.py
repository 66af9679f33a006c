"""Write what transformers computes for small random codecs and vocoders, as their tests read it.

    python -m bench.codec_parity [--out tests/vocoders/parity]

Needs torch and transformers. Each file is one model: its weights by their published names, an
input, and what the model makes of it. Its metadata hold config.json.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch  # type: ignore[import-not-found]
from safetensors.numpy import load_file, save_file
from transformers import (  # type: ignore[import-not-found]
    DacConfig,
    DacModel,
    EncodecConfig,
    EncodecModel,
    MimiConfig,
    MimiModel,
    SpeechT5FeatureExtractor,
    SpeechT5HifiGan,
    SpeechT5HifiGanConfig,
    UnivNetConfig,
    UnivNetFeatureExtractor,
    UnivNetModel,
)

Arrays = dict[str, np.ndarray]
LENGTH, SILENCE = 483, 17
"""Samples of the input of codecs, and the zeros that follow, up to half a second."""
SEANET = {
    "hidden_size": 8, "num_filters": 2, "upsampling_ratios": [5, 2], "kernel_size": 5,
    "codebook_size": 16, "codebook_dim": 8,
}  # fmt: skip
ENCODEC = {**SEANET, "sampling_rate": 1_000, "target_bandwidths": [0.4, 0.8, 1.2]}
DAC = {
    "encoder_hidden_size": 2, "downsampling_ratios": [2, 5], "decoder_hidden_size": 8,
    "n_codebooks": 3, "codebook_size": 16, "codebook_dim": 4, "sampling_rate": 1_000,
}  # fmt: skip
MIMI = {
    **SEANET, "sampling_rate": 1_000, "num_quantizers": 3, "upsample_groups": 8,
    "num_hidden_layers": 2, "intermediate_size": 12, "num_attention_heads": 2,
    "num_key_value_heads": 2, "vector_quantization_hidden_dimension": 4, "codebook_dim": 4,
    "sliding_window": 12,
}  # fmt: skip
HIFI_GAN = {
    "model_in_dim": 20, "upsample_initial_channel": 8, "upsample_rates": [16, 16],
    "upsample_kernel_sizes": [32, 32], "resblock_kernel_sizes": [3, 5],
    "resblock_dilation_sizes": [[1, 3], [1, 3]],
}  # fmt: skip
UNIVNET = {
    "model_in_channels": 4, "model_hidden_channels": 2, "num_mel_bins": 20,
    "kernel_predictor_hidden_channels": 4, "kernel_predictor_num_blocks": 1,
    "resblock_kernel_sizes": [3, 3], "resblock_stride_sizes": [16, 16],
    "resblock_dilation_sizes": [[1, 3], [1, 3]],
}  # fmt: skip
VOCODER_LENGTH = 3_000
"""Samples of the input of vocoders."""


def samples() -> np.ndarray:
    """Return float32 (2, LENGTH + SILENCE)."""
    random = np.random.default_rng(0)
    clips = 0.3 * random.normal(size=(2, LENGTH))
    return np.pad(clips, ((0, 0), (0, SILENCE))).astype(np.float32)


def roughen(model: Any) -> Any:
    """Give every weight and statistic of a model a random value of a size that matters."""
    torch.manual_seed(0)
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if name.endswith(("embed", "embed_sum", "codebook.weight")):
                value.copy_(0.3 * torch.randn_like(value))
            elif name.endswith(("alpha", "scale", "cluster_usage")):
                value.copy_(0.5 + torch.rand_like(value))
            elif name.endswith(("bias", "mean")) or "bias_" in name:
                value.copy_(0.1 * torch.randn_like(value))
            elif value.ndim > 1 and "original0" not in name:
                value.copy_(torch.randn_like(value) / value[0].numel() ** 0.5)
    return model.eval()


def encodec() -> tuple[Any, Arrays]:
    """Return EnCodec, with codes and waveforms of all quantisers and of two."""
    model = roughen(EncodecModel(EncodecConfig(**ENCODEC)))
    clips = torch.tensor(samples())[:, None]

    def run(bandwidth: float) -> tuple[Any, Any]:
        output = model(clips, bandwidth=bandwidth)
        return output.audio_codes[0], output.audio_values[:, 0]

    return model, of_codec(run, {"all": 1.2, "two": 0.8})


def dac() -> tuple[Any, Arrays]:
    """Return DAC, with codes and waveforms of all quantisers and of two."""
    model = roughen(DacModel(DacConfig(**DAC)))
    clips = torch.tensor(samples())[:, None]

    def run(quantizers: int) -> tuple[Any, Any]:
        codes = model.encode(clips, quantizers).audio_codes
        return codes, model.decode(audio_codes=codes).audio_values

    return model, of_codec(run, {"all": 3, "two": 2})


def mimi() -> tuple[Any, Arrays]:
    """Return Mimi, with codes and waveforms of all quantisers and of two."""
    model = roughen(MimiModel(MimiConfig(**MIMI)))
    clips = torch.tensor(samples())[:, None]

    def run(quantizers: int) -> tuple[Any, Any]:
        codes = model.encode(clips, num_quantizers=quantizers).audio_codes
        return codes, model.decode(codes).audio_values[:, 0]

    return model, of_codec(run, {"all": 3, "two": 2})


def hifi_gan() -> tuple[Any, Arrays]:
    """Return SpeechT5's HiFi-GAN, with the log-mel spectrum of a clip and its waveform."""
    model = roughen(SpeechT5HifiGan(SpeechT5HifiGanConfig(**HIFI_GAN)))
    clip = (0.1 * np.random.default_rng(0).normal(size=VOCODER_LENGTH)).astype(np.float32)
    extractor = SpeechT5FeatureExtractor(num_mel_bins=HIFI_GAN["model_in_dim"])
    features = extractor(audio_target=clip, sampling_rate=16_000)
    mel = np.asarray(features.input_values[0], np.float32)[None]
    waveforms = model(torch.tensor(mel)).numpy()
    return model, {"samples": clip[None], "mel": mel, "waveforms": waveforms}


def univnet() -> tuple[Any, Arrays]:
    """Return UnivNet, with the log-mel spectrum of a clip, noise, and their waveform."""
    model = roughen(UnivNetModel(UnivNetConfig(**UNIVNET)))
    random = np.random.default_rng(0)
    clip = (0.1 * random.normal(size=VOCODER_LENGTH)).astype(np.float32)
    extractor = UnivNetFeatureExtractor(
        num_mel_bins=UNIVNET["num_mel_bins"], model_in_channels=UNIVNET["model_in_channels"]
    )
    features = extractor(clip, sampling_rate=24_000, generator=random)
    mel, noise = (
        np.asarray(features[name][0], np.float32)[None]
        for name in ("input_features", "noise_sequence")
    )
    waveforms = model(torch.tensor(mel), torch.tensor(noise)).waveforms.numpy()
    return model, {"samples": clip[None], "mel": mel, "noise": noise, "waveforms": waveforms}


def of_codec(run: Callable[[Any], tuple[Any, Any]], settings: dict[str, Any]) -> Arrays:
    """Return the input, and codes and waveforms of each setting."""
    arrays = {"samples": samples()}
    for name, setting in settings.items():
        codes, waveforms = run(setting)
        arrays[f"codes.{name}"] = codes.numpy().astype(np.int32)
        arrays[f"waveforms.{name}"] = waveforms.numpy()
    return arrays


VARIANTS: dict[str, Callable[[], tuple[Any, Arrays]]] = {
    "encodec": encodec,
    "dac": dac,
    "mimi": mimi,
    "hifi_gan": hifi_gan,
    "univnet": univnet,
}


def weights_of(model: Any) -> Arrays:
    """Return the weights by the names of published files."""
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        return load_file(Path(folder) / "model.safetensors")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("tests/vocoders/parity"))
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in VARIANTS.items():
        with torch.no_grad():
            model, arrays = make()
        arrays |= {f"weights.{key}": value for key, value in weights_of(model).items()}
        arrays = {key: np.ascontiguousarray(value) for key, value in arrays.items()}
        path = folder / f"{name}.safetensors"
        save_file(arrays, path, {"config": model.config.to_json_string()})
        print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
