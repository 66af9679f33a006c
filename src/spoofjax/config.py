"""The parts of an experiment: frozen objects that are passed down to the code that uses them.

A `configs/*.py` file builds one `Experiment` out of parts. Each part is a frozen dataclass derived
from one of the small base classes here, and builds what it describes when asked to, or holds
settings (settings.py). No module of a part imports jax, flax, orbax or grain at module level, so
that loading a configuration is fast.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from spoofjax.distillation import Distillation
from spoofjax.part import Part
from spoofjax.settings import Checkpoints, Clip, Evaluation, Loading, Parallel, Stop
from spoofjax.splicing import Splicing
from spoofjax.tracing import Tracing
from spoofjax.transfer import Transfer

if TYPE_CHECKING:
    import jax
    import optax
    from flax import nnx

    from spoofjax.corpora.manifest import Manifest
    from spoofjax.models.network import Network
    from spoofjax.models.output import Output

STEPS = 400
"""Length of a run for which neither steps nor epochs are given."""


class Corpus(Part):
    """A source of utterances: named splits, each with a manifest."""

    @property
    def name(self) -> str:
        """Short name, used in keys (corpus, id) and in the names of score files."""
        raise NotImplementedError

    def splits(self) -> tuple[str, ...]:
        """Return which of 'train', 'dev' and 'eval' exist, in this order."""
        raise NotImplementedError

    def manifest(self, split: str) -> Manifest:
        """Read and check one split. Raises CorpusError naming file, line and remedy."""
        raise NotImplementedError


class FrontEnd(Part):
    """Turns waveforms into features, in C on the host or, by `in_graph`, in a jax program."""

    rate: int
    """Samples per second."""
    hop: int = 1
    """Samples from the start of one frame to the start of the next."""

    @property
    def coefficients(self) -> int:
        """Number of features per frame (1 for a waveform front end)."""
        raise NotImplementedError

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """Shape of a sample of the input: () for audio."""
        return ()

    def frames(self, samples: int) -> int:
        """Return the number of frames of `samples` samples; 0 for too few samples."""
        raise NotImplementedError

    def __call__(
        self,
        waveforms: np.ndarray,
        lengths: np.ndarray | None = None,
        *,
        out: np.ndarray | None = None,
        threads: int | None = None,
    ) -> np.ndarray:
        """Return float32 (batch, frames, coefficients) for int16 or float32 (batch, samples)."""
        raise NotImplementedError

    def in_graph(self, dft: Literal["fft", "matrix"] = "fft") -> Callable[..., jax.Array]:
        """Return the same computation as a jax function of float32 (batch, samples) and lengths."""
        raise NotImplementedError


@dataclass(frozen=True)
class Augmentation(Part):
    """Changes waveforms: a pure function of samples and seeds. The base class changes nothing."""

    def __call__(
        self, waveforms: np.ndarray, seeds: np.ndarray, rate: int, *, threads: int | None = None
    ) -> np.ndarray:
        """Return changed float32 (batch, samples); `seeds` uint64 (batch,) has one for each clip.

        `threads` of None is one per core. The result is the same for any number of threads.
        """
        return waveforms

    def check(self, rate: int) -> None:
        """Raise SpoofjaxError where files or packages that clips at `rate` Hz need are missing.

        It is called before a run starts; by default there is nothing to check.
        """


@dataclass(frozen=True)
class Attack(Part):
    """Makes spoofed copies of bona fide speech: a pure function of samples and a generator."""

    def __call__(self, samples: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """Return float32 (samples,), a copy of `samples`, float32 (samples,) at 16 kHz.

        The copy has the length and the level of its parent. Raises AudioError where there is
        nothing to copy.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Copying(Part):
    """Turns bona fide draws in training into spoofed copies. The base class turns none."""

    @property
    def copied_share(self) -> float:
        """The share of the bona fide draws that become copies."""
        return 0.0

    def check(self, rate: int) -> None:
        """Raise ConfigError where clips at `rate` Hz cannot be copied."""

    def are_copied(self, seeds: np.ndarray) -> np.ndarray:
        """Return bool (batch,): which draws become copies if they are bona fide.

        `seeds` uint64 (batch,) has one for each draw.
        """
        return np.zeros(len(seeds), bool)

    def copy(self, samples: np.ndarray, seed: int) -> np.ndarray:
        """Return float32 (samples,), a copy of the clip by the attack that the seed draws."""
        raise NotImplementedError


class Sampler(Part):
    """The order of utterances: an infinite, random-access stream of indices."""

    def stream(self, manifest: Manifest, seed: int) -> Any:
        """Return a grain MapDataset of int64 utterance indices, infinite and random-access."""
        raise NotImplementedError

    @property
    def group_size(self) -> int:
        """Number of neighbouring draws over which both classes have their shares.

        A batch is divided into parts by whole groups, so that each part has both classes. Group g
        is draws g * group_size .. (g + 1) * group_size - 1.
        """
        return 2

    @property
    def balances_classes(self) -> bool:
        """Whether the sampler, not the corpus, sets the share of bona fide among the draws.

        A loss with class weights would then balance the classes a second time.
        """
        raise NotImplementedError

    def bonafide_share(self, manifest: Manifest) -> float:
        """Return the share of bona fide among the draws: the prior of a model trained on them."""
        raise NotImplementedError


class Model(Part):
    """An architecture, from which `build` makes a flax nnx module."""

    standardizes: ClassVar[bool] = False
    """Whether the network needs the mean and deviation of the training features."""
    examples: ClassVar[int] = 0
    """Training batches that a new network learns from before step 1, see `Network.learn`."""

    def build(self, coefficients: int, rngs: nnx.Rngs) -> Network:
        """Return a network that maps (features, lengths in frames or samples) to an Output."""
        raise NotImplementedError

    def check_clip(self, clip: Clip) -> None:
        """Raise ConfigError where the model cannot take clips that are made in this way."""

    def load_pretrained(
        self, network: Network, read: Callable[[str], Mapping[str, np.ndarray]]
    ) -> None:
        """Give a new network the weights that the model names; by default it names none.

        `read` returns the arrays of a file, a folder or a name of `spoofjax models` by their names,
        and reads each one when it is asked for.
        """

    def check_pretrained(self) -> None:
        """Raise RegistryError where the weights that the model names are not on this machine."""

    def resolved(self) -> Model:
        """Return the model with the shape that the files it names give; by default itself."""
        return self

    def continued(self, earlier: Model) -> Model:
        """Return the model with which a run of the model `earlier` continues; by default itself.

        A model that names files takes from `earlier` what only these files say, because they may
        be gone by now.
        """
        return self

    @property
    def takes_reference(self) -> bool:
        """Whether the network takes a second utterance of each speaker, as `reference`."""
        return False

    def warnings(self) -> list[str]:
        """Return what a user must know before the model is trained, one sentence or more each."""
        return []


class Loss(Part):
    """Maps an output and labels to one number per utterance."""

    @property
    def log_prior_shift(self) -> float:
        """What the loss adds to the log prior odds of bona fide in a trained model's logits.

        It is 0 for a loss that gives both classes the same weight.
        """
        return 0.0

    @property
    def compares_utterances(self) -> bool:
        """Whether the loss of an utterance depends on the others of the batch."""
        return False

    def prepare(self, network: Network, rngs: nnx.Rngs) -> None:
        """Give a new network the parameters that the loss brings; most losses bring none."""

    def __call__(self, output: Output, labels: jax.Array) -> jax.Array:
        """Return float32 (batch,): the loss of each utterance."""
        raise NotImplementedError

    def of_steps(self, output: Output, labels: jax.Array) -> jax.Array:
        """Return float32 (batch,): the loss of each utterance's steps, which is added.

        `labels` int8 (batch, steps) is 1 for bona fide, 0 for spoof and -1 for padding. It is
        called for networks whose steps are scored.
        """
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
        """Whether the number of steps changes every step, so that a run cannot be extended."""
        raise NotImplementedError


def _maker(module: str, name: str, **values: Any) -> Callable[[], Any]:
    """Return a function that makes the part `name` of a module with these values.

    The module is imported only then, because it imports this one for the base class of the part.
    """
    return lambda: getattr(import_module(module), name)(**values)


@dataclass(frozen=True, kw_only=True)
class Experiment(Part):
    """One training run: data, features, model and how it is trained.

    Only `data` has no default. The default parts suit a small corpus on a CPU;
    `spoofjax.experiment` also has an augmentation, shorter clips and averaging by default.
    """

    data: Corpus
    front_end: FrontEnd = field(default_factory=_maker("spoofjax.features", "LogLinear"))
    model: Model = field(default_factory=_maker("spoofjax.models", "CNN2D"))
    sampling: Sampler = field(
        default_factory=_maker("spoofjax.loading.sampling", "Balanced", by="attack")
    )
    loss: Loss = field(default_factory=_maker("spoofjax.training.losses", "BinaryCrossEntropy"))
    optimizer: Optimizer = field(
        default_factory=_maker(
            "spoofjax.training.optimizers",
            "Adam",
            learning_rate=1e-3,
            warm_up=20,
            weight_decay=1e-4,
        )
    )
    augment: Augmentation = field(default_factory=Augmentation)
    synthesis: Copying = field(default_factory=Copying)
    splicing: Splicing = field(default_factory=Splicing)
    tracing: Tracing = field(default_factory=Tracing)
    distillation: Distillation = field(default_factory=Distillation)
    transfer: Transfer = field(default_factory=Transfer)
    clip: Clip = field(default_factory=Clip)
    batch: int = 32
    """Utterances per step, over all devices and hosts (the global batch)."""
    reference: Literal["none", "speaker", "anyone"] = "none"
    """Whose bona fide speech a training utterance is compared with, by heads that do so."""
    accumulate: int = 1
    """Number of parts in which a batch is processed; more parts need less memory."""
    steps: int | None = None
    """Length of the run in steps; give either this or `epochs`. With neither, it is 400 steps."""
    epochs: float | None = None
    """Length of the run in epochs of ceil(train utterances / batch) steps."""
    seed: int = 1
    mixup: float | None = None
    """Mix utterances and labels in pairs, in proportions from Beta(mixup, mixup); None: do not."""
    average: float | None = None
    """Decay of a moving average of the parameters, which evaluation uses; None: no average."""
    evaluation: Evaluation = field(default_factory=Evaluation)
    stop: Stop = field(default_factory=Stop)
    checkpoints: Checkpoints = field(default_factory=Checkpoints)
    loading: Loading = field(default_factory=Loading)
    parallel: Parallel = field(default_factory=Parallel)
    log_every: int = 10
    """Steps between lines of the run's history."""
    keep_memory: bool = True
    """Keep freed buffers instead of returning them to the kernel (glibc only): faster CPU steps."""

    def __post_init__(self) -> None:
        if self.steps is None and self.epochs is None:
            object.__setattr__(self, "steps", STEPS)

    def bonafide_share(self, manifest: Manifest) -> float:
        """Return the share of bona fide among the clips that training on a manifest hears."""
        kept = (1 - self.synthesis.copied_share) * (1 - self.splicing.partly_spoofed_share)
        return self.sampling.bonafide_share(manifest) * kept
