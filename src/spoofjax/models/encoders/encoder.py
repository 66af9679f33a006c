"""The base of the encoders' configurations. It does not import jax."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from spoofjax.config import Part
from spoofjax.errors import ConfigError
from spoofjax.models.encoders.checks import check
from spoofjax.models.encoders.folder import FIELDS, NORMALISE, folder_of, shape_of
from spoofjax.registry.resolving import path_here

if TYPE_CHECKING:
    import numpy as np
    from flax import nnx

    from spoofjax.models.encoders.network import EncoderNetwork

SMALL = {"width": 64, "full_depth": 4, "heads": 4, "inner": 256, "channels": (32,) * 7}
LARGE = {"width": 1024, "full_depth": 24, "heads": 16, "inner": 4096, "channels": (512,) * 7}
BASE = {"width": 768, "full_depth": 12, "heads": 12, "inner": 3072, "channels": (512,) * 7}
BASE_FORM = {"norm": "group", "convolution_bias": False, "pre_norm": False}
"""Sizes, and the form that all base models share."""


@dataclass(frozen=True, kw_only=True)
class Encoder(Part):
    """A self-supervised encoder: waveforms to frames, by convolutions and a transformer.

    The default is a small random encoder of a quarter of a million parameters, for tests and for
    trying a configuration. Class methods such as `Wav2Vec2.xls_r_300m()` have the published shapes,
    and `Wav2Vec2.from_folder` reads the shape from a downloaded folder. Dropouts, layer drop and
    masking are off, as recipes for spoofed speech have them.
    """

    has_gated_bias: ClassVar[bool] = False
    """Whether attention adds the gated relative position bias of WavLM."""

    weights: str | None = None
    """Published weights: a folder, a file, or a name that `spoofjax models` lists. None draws
    random weights, which is useful for tests and benchmarks only."""
    layers: int | None = None
    """Use the first n transformer layers only; the others are neither loaded nor computed."""
    freeze: Literal["encoder", "features"] | None = None
    """Do not train the whole encoder, or its convolutions. Frozen parts have neither a gradient nor
    a state of the optimiser, and batch statistics in them stay as they are."""
    normalise: bool = True
    """Shift and scale each utterance to mean 0 and variance 1, as `do_normalize` in the
    preprocessor_config.json of the weights says."""
    width: int = 64
    """Size of a frame in the transformer (`hidden_size`)."""
    full_depth: int = 4
    """Number of transformer layers in the weights (`num_hidden_layers`); `layers` may use fewer."""
    heads: int = 4
    """Attention heads; they divide the width."""
    inner: int = 256
    """Size of the hidden layer of each feed-forward block (`intermediate_size`)."""
    channels: tuple[int, ...] = (32,) * 7
    """Channels of each convolution over the waveform (`conv_dim`)."""
    kernels: tuple[int, ...] = (10, 3, 3, 3, 3, 2, 2)
    """Samples or frames that each convolution covers."""
    strides: tuple[int, ...] = (5, 2, 2, 2, 2, 2, 2)
    """Samples or frames between the outputs of each convolution."""
    norm: Literal["group", "layer"] = "layer"
    """The norm in the convolutions: over time after the first ("group"), or over channels after
    each of them ("layer")."""
    convolution_bias: bool = True
    """Whether the convolutions over the waveform have a bias."""
    pre_norm: bool = True
    """Whether each transformer layer normalises its input, and the encoder its output
    (`do_stable_layer_norm`), or each layer its output."""
    position_kernel: int = 128
    """Frames that the convolution for positions covers."""
    position_groups: int = 16
    """Groups of the convolution for positions; they divide the width."""
    epsilon: float = 1e-5
    """Added to the variance in the layer norms of the transformer."""
    dtype: Literal["float32", "bfloat16"] = "float32"
    """Precision of convolutions and matrix products. Parameters, norms, softmax and outputs are
    always float32."""
    remat: Literal["none", "dots", "layers"] = "none"
    """What the backward pass computes again in each transformer layer to save memory: nothing; all
    but matrix products; or the whole layer."""
    remat_features: bool = False
    """Whether the backward pass computes the convolutions over the waveform again. Their norms and
    activations are always computed again, which is fast and halves their memory."""
    gradient_scale: float = 1.0
    """Factor of the gradient that enters the encoder."""
    layer_drop: float = 0.0
    """Probability that training skips a transformer layer for an utterance."""
    dropout: float = 0.0
    """Rate of the dropout of the hidden states (`hidden_dropout`)."""
    attention_dropout: float = 0.0
    """Rate of the dropout of attention weights. Above 0, training does not use fused attention."""
    activation_dropout: float = 0.0
    """Rate of the dropout inside feed-forward blocks."""
    projection_dropout: float = 0.0
    """Rate of the dropout of the projected convolutional features (`feat_proj_dropout`)."""
    mask_time_prob: float = 0.0
    """Share of frames that training starts to mask, counted before overlaps (SpecAugment)."""
    mask_time_length: int = 10
    """Frames of each masked span."""
    mask_time_min: int = 2
    """Least number of masked spans in an utterance, if any are masked."""
    mask_feature_prob: float = 0.0
    """Share of channels that training sets to zero, counted before overlaps."""
    mask_feature_length: int = 10
    """Channels of each masked span."""

    def __post_init__(self) -> None:
        check(self)

    @classmethod
    def from_folder(cls, folder: str, **changes) -> Self:
        """Return the encoder that a downloaded folder describes in its config.json.

        Its `weights` are the folder, which may be a name that `spoofjax models` lists. `changes`
        are other fields, such as `freeze="encoder"`.
        Dropouts, layer drop and masking of the file are meant for pretraining and are not taken.
        Where there is no such folder, the encoder has the small default shape: a new run then ends
        with an error, and a run that is resumed has its shape in its own configuration.
        Raises ConfigError where there is no config.json, or it describes another kind of encoder.
        """
        path = path_here(folder)
        fields = {} if path is None else cls._fields_of(path)
        return cls(**{"weights": folder, **fields, **changes})

    @classmethod
    def _fields_of(cls, folder: Path) -> dict[str, Any]:
        """Return the fields that config.json and preprocessor_config.json set."""
        kind, fields = shape_of(folder)
        if kind != cls.__name__:
            raise ConfigError(f"{folder} has the weights of {kind}, not of {cls.__name__}.")
        return {name: value for name, value in fields.items() if name in cls._shape_fields()}

    @classmethod
    def _shape_fields(cls) -> set[str]:
        """Return the names of the fields that the files beside weights set."""
        own = {field.name for field in dataclasses.fields(cls)}
        return own & {*FIELDS.values(), NORMALISE}

    def _has_default(self, names: Iterable[str]) -> bool:
        default = type(self)()
        return all(getattr(self, name) == getattr(default, name) for name in names)

    def resolved(self) -> Self:
        """Return the encoder with the shape that the config.json beside its weights says.

        An encoder of the small default shape takes the shape from the file, so that naming the
        weights is enough. An encoder is returned as it is where it names no weights, or there is
        no config.json beside them. Raises ConfigError where another shape contradicts the file.
        """
        folder = folder_of(self.weights)
        if folder is None:
            return self
        fields = self._fields_of(folder)
        if self._has_default(fields):
            return self.replace(**fields)
        wrong = [
            f"{name} is {getattr(self, name)}, but the file says {value}"
            for name, value in fields.items()
            if getattr(self, name) != value
        ]
        if wrong:
            raise ConfigError(
                f"{type(self).__name__} contradicts the files in {folder}: {'; '.join(wrong)}. "
                f"Use {type(self).__name__}.from_folder, or leave the shape out."
            )
        return self

    def continued(self, earlier: Encoder) -> Self:
        """Return the encoder with which a run of the encoder `earlier` continues.

        The run has its own weights, so that those it started from may have been moved or deleted.
        Where no file says the shape any more, it is that of `earlier`.
        """
        if type(self) is not type(earlier) or None in (self.weights, earlier.weights):
            return self
        changes: dict[str, Any] = {}
        names = self._shape_fields()
        if folder_of(self.weights) is None and self._has_default(names):
            changes = {name: getattr(earlier, name) for name in names}
        if path_here(str(earlier.weights)) is None:
            changes["weights"] = earlier.weights
        return self.replace(**changes)

    @property
    def depth(self) -> int:
        """Number of transformer layers in use."""
        return self.full_depth if self.layers is None else self.layers

    @property
    def is_random(self) -> bool:
        """Whether the encoder starts from random weights."""
        return self.weights is None

    def frames(self, samples: int) -> int:
        """Return the number of frames of `samples` samples; 0 for too few samples."""
        for kernel, stride in zip(self.kernels, self.strides, strict=True):
            samples = (samples - kernel) // stride + 1 if samples >= kernel else 0
        return samples

    def build(self, rngs: nnx.Rngs) -> EncoderNetwork:
        """Return the network, with random weights until `load` is called."""
        from spoofjax.models.encoders.network import EncoderNetwork

        return EncoderNetwork(self, rngs)

    def load(self, module: EncoderNetwork, arrays: Mapping[str, np.ndarray]) -> None:
        """Give a built network published weights, by their names in transformers or fairseq.

        Both names of the weight norm and any prefix of a task model are accepted; tensors of task
        heads are ignored. Raises ConfigError, which lists missing, unknown and misshapen tensors.
        """
        from spoofjax.models.encoders.loading import load

        load(self, module, arrays)
