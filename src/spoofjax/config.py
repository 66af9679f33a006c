"""The parts of an experiment: frozen objects that are passed down to the code that uses them.

A `configs/*.py` file builds one `Experiment` out of parts. Each part is a frozen dataclass that
derives from one of the small bases here and builds what it describes on request. Neither this
module nor the module of any part imports jax, flax, orbax or grain at module level.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

if TYPE_CHECKING:
    import jax
    import optax
    from flax import nnx

    from spoofjax.corpora.manifest import Manifest
    from spoofjax.models.network import Network
    from spoofjax.models.output import Output


class Part:
    """Base of every configuration dataclass."""

    def replace(self, **changes: Any):
        """Return a copy with some fields changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[type-var]


class Corpus(Part):
    """Where utterances come from: named splits, each with a manifest."""

    @property
    def name(self) -> str:
        """Short name, used in keys (corpus, id) and in the names of score files."""
        raise NotImplementedError

    def splits(self) -> tuple[str, ...]:
        """Return the splits that exist, of 'train', 'dev' and 'eval', in that order."""
        raise NotImplementedError

    def manifest(self, split: str) -> Manifest:
        """Read and check one split. Raises CorpusError naming file, line and remedy."""
        raise NotImplementedError


class FrontEnd(Part):
    """Waveform to features: in C on the host, and by `in_graph` the same computation in jax."""

    rate: int

    @property
    def coefficients(self) -> int:
        """Number of features per frame (1 for a waveform front end)."""
        raise NotImplementedError

    def frames(self, samples: int) -> int:
        """Number of frames that `samples` samples give; 0 for too few samples."""
        raise NotImplementedError

    def __call__(
        self,
        waveforms: np.ndarray,
        lengths: np.ndarray | None = None,
        *,
        out: np.ndarray | None = None,
        threads: int | None = None,
    ) -> np.ndarray:
        """Return float32 (batch, frames, coefficients) of (batch, samples) int16 or float32."""
        raise NotImplementedError

    def in_graph(self) -> Callable[[jax.Array], jax.Array]:
        """Return the same transform as a jax function of float32 (batch, samples)."""
        raise NotImplementedError


@dataclass(frozen=True)
class Augmentation(Part):
    """Changes waveforms at random; a pure function of the samples and one seed per clip.

    The base class itself changes nothing.
    """

    def __call__(
        self, waveforms: np.ndarray, seeds: np.ndarray, rate: int, *, threads: int | None = None
    ) -> np.ndarray:
        """Return changed float32 (batch, samples); `seeds` is uint64 (batch,), one per clip.

        `threads`: None for one per core; the result is the same for any number.
        """
        return waveforms


class Sampler(Part):
    """The order of utterances: an infinite, random-access stream of indices."""

    def stream(self, manifest: Manifest, seed: int) -> Any:
        """Return a grain MapDataset of int64 utterance indices, infinite and random-access."""
        raise NotImplementedError

    @property
    def balances_classes(self) -> bool:
        """Whether the draws' share of bona fide is set here instead of by the corpus.

        A loss with class weights would then correct for the classes a second time.
        """
        raise NotImplementedError

    def bonafide_share(self, manifest: Manifest) -> float:
        """Return the share of bona fide among the draws: the prior of a model trained on them."""
        raise NotImplementedError


class Model(Part):
    """An architecture; its `build` makes the flax nnx module."""

    standardizes: ClassVar[bool] = False
    """Whether the network takes the mean and deviation of the training features."""

    def build(self, coefficients: int, rngs: nnx.Rngs) -> Network:
        """Return a network: (features, lengths in frames or samples) -> Output."""
        raise NotImplementedError


class Loss(Part):
    """Output and labels to one scalar per utterance."""

    @property
    def log_prior_shift(self) -> float:
        """What the loss adds to the log prior odds of bona fide that a trained logit carries.

        0 where both classes count alike.
        """
        return 0.0

    def __call__(self, output: Output, labels: jax.Array) -> jax.Array:
        """Return float32 (batch,): each utterance's loss."""
        raise NotImplementedError


class Optimizer(Part):
    """An optax gradient transformation with its schedule."""

    def build(self, steps: int) -> optax.GradientTransformation:
        """Return the transformation for a run of `steps` steps."""
        raise NotImplementedError

    def learning_rate_at(self, step: int, steps: int) -> float:
        """Return the learning rate of `step` (0-based) in a run of `steps` steps."""
        raise NotImplementedError

    @property
    def depends_on_length(self) -> bool:
        """Whether a longer run takes other steps from the start on, so that none can be added."""
        raise NotImplementedError


@dataclass(frozen=True)
class Clip(Part):
    """How much of an utterance a model sees, in samples at the front end's rate."""

    train: int = 64_600
    """Samples of a training clip: shorter utterances are tiled, longer ones cropped at random."""
    evaluate: int = 64_600
    """Samples of an evaluation clip, taken from the start."""
    short: Literal["tile", "pad"] = "tile"
    """Whether utterances shorter than the evaluation clip are repeated, or padded and masked."""
    buckets: tuple[int, ...] = ()
    """Evaluate whole utterances: rising lengths, in samples, that they are padded to; longer ones
    are cut to the last. A batch then holds `evaluation.batch * evaluate` samples. Needs 'pad'."""
    train_buckets: tuple[int, ...] = ()
    """Train on whole utterances: rising lengths, in samples, that they are padded to; longer ones
    are cropped to the last. A batch then holds about `batch * train` samples. Needs 'pad'."""
    train_multiple: int = 8
    """The batches of `train_buckets` hold multiples of this many utterances, and at least one such
    multiple; it is even, and a multiple of the devices."""
    level_dbfs: float | None = None
    """Bring every clip to this RMS level in dB relative to full scale; None leaves levels."""


@dataclass(frozen=True)
class Evaluation(Part):
    """When and how the model is evaluated on dev during training."""

    every: int | None = None
    """Steps between evaluations on dev; None: once an epoch."""
    batch: int = 64
    """Utterances per evaluation batch, over all devices."""
    warm_up: float = 0.3
    """Share of the run before which collapse is reported but not counted as an alarm."""


@dataclass(frozen=True)
class Stop(Part):
    """When training ends before its last step because dev no longer improves."""

    patience: int | None = None
    """Evaluations in a row without a new best value after which training ends; None: never."""
    measure: Literal["min_dcf", "eer"] = "min_dcf"
    """Which number on dev has to fall."""


@dataclass(frozen=True)
class Checkpoints(Part):
    """When checkpoints are written and how many are kept."""

    every: int | None = None
    """Steps between checkpoints; None: with every evaluation."""
    keep: int = 2
    """Number of latest checkpoints kept for resuming; the best one is kept as well."""


@dataclass(frozen=True)
class Parallel(Part):
    """How a step is spread over devices."""

    api: Literal["jit", "pmap"] = "jit"
    """jit over a Mesh with NamedSharding, or the same step through jax.pmap."""
    devices: int | None = None
    """Use only the first N devices; None: all of them."""
    shard_parameters: bool = False
    """Split large parameters and their optimiser state over the devices instead of copying them."""
    start_timeout: int = 180
    """Seconds that the processes of a run may take to find each other."""
    heartbeat: int = 60
    """Seconds of silence after which a process counts as dead and the others end too."""
    stall: float = 900.0
    """Seconds without a step or an evaluation batch after which every stack is written and the
    process ends with status 76, to be started again; 0: never."""


@dataclass(frozen=True)
class Loading(Part):
    """How batches are made on the host."""

    threads: int | None = None
    """Threads that decode and compute features; None: one per core available."""
    prefetch: int = 2
    """Batches prepared ahead of the device."""
    on_error: Literal["stop", "skip"] = "stop"
    """An unreadable file stops the run, or is replaced by the next draw's utterance and counted."""


@dataclass(frozen=True, kw_only=True)
class Experiment(Part):
    """One training run: data, features, model and how it is trained."""

    data: Corpus
    front_end: FrontEnd
    model: Model
    sampling: Sampler
    loss: Loss
    optimizer: Optimizer
    augment: Augmentation = field(default_factory=Augmentation)
    clip: Clip = field(default_factory=Clip)
    batch: int = 32
    """Utterances per step over all devices and hosts (the global batch)."""
    accumulate: int = 1
    """Parts that a batch is processed in, one after the other; more parts need less memory."""
    steps: int | None = None
    """Length of the run in steps; give this or `epochs`."""
    epochs: float | None = None
    """Length of the run in epochs of ceil(train utterances / batch) steps."""
    seed: int = 1
    average: float | None = None
    """Decay of an exponential moving average of the parameters, used in evaluation; None: off."""
    evaluation: Evaluation = field(default_factory=Evaluation)
    stop: Stop = field(default_factory=Stop)
    checkpoints: Checkpoints = field(default_factory=Checkpoints)
    loading: Loading = field(default_factory=Loading)
    parallel: Parallel = field(default_factory=Parallel)
    log_every: int = 10
    """Steps between lines of the run's history."""
    keep_memory: bool = True
    """On glibc, keep freed buffers instead of returning them to the kernel: faster CPU steps."""
