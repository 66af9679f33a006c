"""Small encoders with the frames and gradients that transformers computes for them.

`python -m bench.encoder_parity` writes the files.
"""

import functools
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from safetensors import safe_open
from safetensors.numpy import load_file

from spoofjax.models.encoders import HuBERT, Wav2Vec2, WavLM
from spoofjax.models.encoders.encoder import Encoder
from spoofjax.models.encoders.tensors import sources_of

FOLDER = Path(__file__).parent / "parity"
KINDS = {"wav2vec2": Wav2Vec2, "hubert": HuBERT, "wavlm": WavLM}
VARIANTS = (
    "wav2vec2_group",
    "wav2vec2_layer",
    "hubert",
    "hubert_batch_norm",
    "wavlm_group",
    "wavlm_layer",
)
TOLERANCE = {"rtol": 1e-5, "atol": 1e-5}
jit = functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})
"""jax.jit that compiles fast; the tests run each program once."""


class Reference:
    """One file: the weights of an encoder, two clips, and what transformers computes of them."""

    def __init__(self, name: str):
        self.arrays = load_file(FOLDER / f"{name}.safetensors")
        with safe_open(FOLDER / f"{name}.safetensors", "np") as file:
            self.metadata = file.metadata()
        self.kind = KINDS[name.split("_")[0]]
        self.weights = {
            name.removeprefix("weights."): array
            for name, array in self.arrays.items()
            if name.startswith("weights.")
        }

    def write_folder(self, folder: Path) -> Path:
        """Write config.json and preprocessor_config.json as a downloaded folder has them."""
        folder.mkdir(exist_ok=True)
        (folder / "config.json").write_text(self.metadata["config"])
        (folder / "preprocessor_config.json").write_text(self.metadata["preprocessor"])
        return folder

    def encoder(self, folder: Path, **changes) -> Encoder:
        """Return the encoder as `from_folder` reads it."""
        return self.kind.from_folder(str(self.write_folder(folder)), **changes)

    def batch(self) -> tuple[np.ndarray, np.ndarray]:
        """Return both clips, padded with zeros to the longer one, and their lengths."""
        clips = [self.arrays["wave0"], self.arrays["wave1"]]
        lengths = np.array([len(clip) for clip in clips], np.int32)
        waves = np.stack([np.pad(clip, (0, lengths.max() - len(clip))) for clip in clips])
        return waves, lengths

    def gradient(self, encoder: Encoder) -> dict[str, np.ndarray]:
        """Return the expected gradients, by the names and in the shapes of our parameters.

        Of a stacked parameter the layers are keys of their own, such as 'transformer/x@1'.
        """
        names = {older(name): name for name in self.arrays if name.startswith("gradient.")}
        expected = {}
        for source in sources_of(encoder):
            arrays = [names.get(f"gradient.{name}") for name, _ in source.tensors]
            if all(arrays):
                key = source.parameter + ("" if source.layer is None else f"@{source.layer}")
                expected[key] = source.convert(*(self.arrays[name] for name in arrays))
        return expected


def older(name: str) -> str:
    return name.replace("parametrizations.weight.original0", "weight_g").replace(
        "parametrizations.weight.original1", "weight_v"
    )


def loss_of(encoded, frames: list[int]) -> jax.Array:
    """The loss of bench/encoder_parity.py: each clip counts its own frames only."""
    states = [encoded.embedding, *encoded.layers]
    total = 0.0
    for clip, count in enumerate(frames):
        for level, state in enumerate(states):
            total += jnp.sin((level + 1) * state[clip, :count]).mean()
        total += jnp.cos(encoded.last[clip, :count]).mean()
    return total


def run(encoder: Encoder, weights, waves, lengths):
    """Return (loss, Encoded, gradient by name of parameter) of a batch."""
    network = encoder.build(nnx.Rngs(0))
    encoder.load(network, weights)
    graph, params, rest = nnx.split(network, nnx.Param, ...)
    frames = [encoder.frames(int(length)) for length in lengths]

    def objective(params, waves, lengths):
        encoded = nnx.merge(graph, params, rest, copy=True)(waves, lengths)
        return loss_of(encoded, frames), encoded

    step = jit(jax.value_and_grad(objective, has_aux=True))
    (loss, encoded), gradient = jax.device_get(step(params, waves, lengths))
    flat = {
        "/".join(map(str, path)): leaf.get_value() for path, leaf in nnx.to_flat_state(gradient)
    }
    return loss, encoded, flat
