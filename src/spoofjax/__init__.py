"""A JAX training engine for detectors of spoofed speech.

    import spoofjax

    detector = spoofjax.load("runs/my-run")
    detector("note.wav")
    spoofjax.eer(labels, scores)

Everything listed below is imported when it is first used, so that `import spoofjax` takes a few
milliseconds and imports neither jax nor numpy. docs/python.md shows what can be done with it.
"""

# ruff: noqa: F401  type checkers and editors need the imports

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spoofjax.api.detection import Detector, load
    from spoofjax.api.metrics import (
        act_dcf,
        auc,
        cllr,
        det_curve,
        eer,
        eer_threshold,
        metrics,
        min_cllr,
        min_dcf,
    )
    from spoofjax.api.training import Run, train
    from spoofjax.audio.augmentation import (
        G711,
        BandLimit,
        Chain,
        ChannelVariation,
        Noise,
        NoiseAt,
        OneOf,
        PacketLoss,
        RawBoost,
        Resampling,
        RoomResponse,
        Transmission,
    )
    from spoofjax.audio.reading import read
    from spoofjax.config import Checkpoints, Clip, Evaluation, Experiment, Loading, Parallel, Stop
    from spoofjax.config_files import load_config
    from spoofjax.corpora import (
        ADD2022,
        ADD2023,
        CDADD,
        DFADD,
        HABLA,
        MLAAD,
        ODSS,
        SONAR,
        ASVspoof5,
        ASVspoof5Track2,
        ASVspoof2019LA,
        ASVspoof2019PA,
        ASVspoof2021DF,
        ASVspoof2021LA,
        ASVspoof2021PA,
        CodecFake,
        Codecfake,
        CtrSVDD,
        DeepfakeEval2024,
        Embedded,
        FakeOrReal,
        Folder,
        InTheWild,
        Kaldi,
        LibriSeVoc,
        Mixture,
        Parquet,
        PartialSpoof,
        SpeechFake,
        SpoofCeleb,
        Table,
        Unified,
        WaveFake,
        WithCopies,
        Without,
    )
    from spoofjax.defaults import experiment
    from spoofjax.errors import SpoofjaxError
    from spoofjax.evaluation.metrics import Costs
    from spoofjax.features import LFCC, Embeddings, LogLinear, LogMel, LogSpectrogram, Waveform
    from spoofjax.loading.sampling import Balanced, Natural, Paired
    from spoofjax.models import (
        AASIST,
        CNN,
        CNN2D,
        CNN2DLSTM,
        CNNLSTM,
        LCNN,
        LSTM,
        MLP,
        CachedEncoder,
        CodecAware,
        Conformer,
        Ensemble,
        RawGATST,
        RawNet2,
        SelfSupervised,
        SERes2Net,
        SEResNet,
        TokenSurprisal,
        TokenTransformer,
    )
    from spoofjax.own_code import run_file
    from spoofjax.synthesis import (
        CopySynthesis,
        GriffinLim,
        HarmonicPlusNoise,
        LinearPrediction,
        MelCepstral,
        NeuralCodec,
        NeuralVocoder,
        PhaseRandomisation,
        Sinusoidal,
        SpectralWarp,
        Splices,
    )
    from spoofjax.training.losses import (
        AMSoftmax,
        BinaryCrossEntropy,
        BonafideLikelihood,
        CrossEntropy,
        Focal,
        Localisation,
        OCSoftmax,
        P2SGrad,
        PairRanking,
        SupervisedContrastive,
    )
    from spoofjax.training.optimizers import SGD, Adam

    __version__: str

_NAMES = {
    "spoofjax.api.detection": "Detector load",
    "spoofjax.api.metrics": (
        "act_dcf auc cllr det_curve eer eer_threshold metrics min_cllr min_dcf"
    ),
    "spoofjax.api.training": "Run train",
    "spoofjax.audio.augmentation": (
        "BandLimit G711 Chain ChannelVariation Noise NoiseAt OneOf PacketLoss RawBoost Resampling "
        "RoomResponse Transmission"
    ),
    "spoofjax.audio.reading": "read",
    "spoofjax.config": "Checkpoints Clip Evaluation Experiment Loading Parallel Stop",
    "spoofjax.config_files": "load_config",
    "spoofjax.corpora": (
        "ADD2022 ADD2023 CDADD DFADD HABLA MLAAD ODSS SONAR ASVspoof5 ASVspoof5Track2 "
        "ASVspoof2019LA ASVspoof2019PA ASVspoof2021DF ASVspoof2021LA ASVspoof2021PA CodecFake "
        "Codecfake CtrSVDD DeepfakeEval2024 Embedded FakeOrReal Folder InTheWild Kaldi LibriSeVoc "
        "Mixture Parquet PartialSpoof SpeechFake SpoofCeleb Table Unified WaveFake WithCopies "
        "Without"
    ),
    "spoofjax.defaults": "experiment",
    "spoofjax.errors": "SpoofjaxError",
    "spoofjax.evaluation.metrics": "Costs",
    "spoofjax.features": "LFCC Embeddings LogLinear LogMel LogSpectrogram Waveform",
    "spoofjax.loading.sampling": "Balanced Natural Paired",
    "spoofjax.models": (
        "AASIST CNN CNN2D CNN2DLSTM CNNLSTM LCNN LSTM MLP CachedEncoder CodecAware Conformer "
        "Ensemble RawGATST RawNet2 SelfSupervised SERes2Net SEResNet TokenSurprisal "
        "TokenTransformer"
    ),
    "spoofjax.synthesis": (
        "CopySynthesis GriffinLim HarmonicPlusNoise LinearPrediction MelCepstral NeuralCodec "
        "NeuralVocoder PhaseRandomisation Sinusoidal SpectralWarp Splices"
    ),
    "spoofjax.training.losses": (
        "AMSoftmax BinaryCrossEntropy BonafideLikelihood CrossEntropy Focal Localisation OCSoftmax "
        "P2SGrad PairRanking SupervisedContrastive"
    ),
    "spoofjax.own_code": "run_file",
    "spoofjax.training.optimizers": "SGD Adam",
}
"""The modules that define what `spoofjax.X` means; the imports above say the same."""

_HOMES = {name: module for module, names in _NAMES.items() for name in names.split()}

__all__ = [*_HOMES, "__version__"]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    """Import what `spoofjax.X` means when it is first used (PEP 562)."""
    if name == "__version__":
        from spoofjax.version import version

        value: Any = version()
    elif name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    else:
        from spoofjax.errors import nearest

        raise AttributeError(f"spoofjax has no {name!r}.{nearest(name, __all__)}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
