"""The settings of an experiment: parts that hold numbers and build nothing.

Import them from spoofjax.config, as all other parts of an experiment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from spoofjax.errors import ConfigError
from spoofjax.part import Part


@dataclass(frozen=True)
class Clip(Part):
    """How much of an utterance a model sees, in samples at the front end's rate."""

    train: int = 64_600
    """Samples of a training clip: shorter utterances are tiled, longer ones cropped at random."""
    evaluate: int = 64_600
    """Samples of an evaluation clip, taken from the start."""
    short: Literal["tile", "pad"] = "tile"
    """Whether an utterance shorter than its clip is repeated, or padded with masked zeros."""
    buckets: tuple[int, ...] = ()
    """Evaluate whole utterances: each is padded to the smallest of these lengths, in samples, that
    holds it, or cut to the last. Lengths must increase, and `short` must be 'pad'. A batch then
    holds `evaluation.batch * evaluate` samples."""
    train_buckets: tuple[int, ...] = ()
    """Train on whole utterances: as `buckets`, but longer ones are cropped at random. A batch then
    holds about `batch * train` samples."""
    train_multiple: int = 8
    """With `train_buckets`, batches hold a multiple of this many utterances. It must be a multiple
    of the sampler's `group_size` (2 with one utterance of each class) and of the devices."""
    level_dbfs: float | None = None
    """RMS level of every clip, in dB relative to full scale; None leaves levels as they are."""


@dataclass(frozen=True)
class Evaluation(Part):
    """When and how the model is evaluated on dev during training."""

    every: int | None = None
    """Steps between evaluations on dev; None: once an epoch."""
    batch: int = 64
    """Utterances per evaluation batch, over all devices."""
    warm_up: float = 0.3
    """Share of the run during which collapse is reported but raises no alarm."""


@dataclass(frozen=True)
class Stop(Part):
    """Early stopping: when training ends because results on dev no longer improve."""

    patience: int | None = None
    """Training ends after this many evaluations in a row without a new best value; None: never."""
    measure: Literal["min_dcf", "eer"] = "min_dcf"
    """The number on dev that has to decrease."""


@dataclass(frozen=True)
class Checkpoints(Part):
    """When checkpoints are written and how many are kept."""

    every: int | None = None
    """Steps between checkpoints; None: with every evaluation."""
    keep: int = 2
    """Number of latest checkpoints to keep for resuming; the best one is kept as well."""
    keep_best: int = 1
    """Number of best checkpoints to keep: the best one, and those that were the best before it."""


@dataclass(frozen=True)
class Parallel(Part):
    """How a step is divided among devices."""

    api: Literal["jit", "pmap"] = "jit"
    """'jit' uses a Mesh with NamedSharding; 'pmap' runs the same step through jax.pmap."""
    devices: int | None = None
    """Use only the first N devices; None: all of them."""
    shard_parameters: bool = False
    """Divide large parameters and their optimiser state among the devices instead of copying."""
    start_timeout: int = 180
    """Seconds that a run waits for all its processes to connect before it fails."""
    heartbeat: int = 60
    """Seconds of silence after which a process counts as dead, and the others end."""
    stall: float = 900.0
    """Seconds without a step or an evaluation batch after which the process prints the stacks of
    its threads and ends with status 76, so that it can be restarted; 0: never."""


@dataclass(frozen=True)
class Loading(Part):
    """How batches are made on the host."""

    threads: int | None = None
    """Number of threads that decode and compute features; None: one per available core."""
    prefetch: int = 2
    """Number of batches prepared ahead of the device."""
    features: Literal["auto", "host", "device"] = "auto"
    """Where training computes features: by the kernel on the host or, from samples that are sent in
    the place of features, at the start of a step on the device. 'auto' is the host for a CPU and
    the device for an accelerator. Both agree to 1e-3. Evaluation computes them on the host."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Precision of features on their way to the device. In bfloat16 they take half the time: the
    host standardizes them and rounds them as the model would, with the same results. 'auto' is
    bfloat16 on an accelerator where the model takes its input in it, and float32 otherwise. Samples
    that are sent in the place of features stay as they are."""
    on_error: Literal["stop", "skip"] = "stop"
    """Whether an unreadable file stops the run, or is replaced by another utterance and counted."""
    unreadable_share: float = 0.5
    """With on_error 'skip': the share of a split's utterances that may be unreadable. More than
    that stop the run."""
    decoded_megabytes: int = 1024
    """MiB of decoded audio that train and dev each keep in memory in a process, for files that
    have to be decoded whole: MP3, Ogg and the like, and other sample rates. 0: none."""

    def __post_init__(self) -> None:
        if self.threads is not None and self.threads < 1:
            raise ConfigError(f"loading.threads={self.threads}: choose 1 or more, or None.")
        if self.features not in ("auto", "host", "device"):
            raise ConfigError(
                f"loading.features={self.features!r}: choose 'auto', 'host' or 'device'."
            )
        if self.precision not in ("auto", "float32", "bfloat16"):
            raise ConfigError(
                f"loading.precision={self.precision!r}: choose 'auto', 'float32' or 'bfloat16'."
            )
        if self.decoded_megabytes < 0:
            raise ConfigError(
                f"loading.decoded_megabytes={self.decoded_megabytes}: choose 0 or more."
            )
