"""A small CNN over time and frequency that learns from a bigger one.

Follows  generalise.py with fewer channels, one convolution in each block and no codecs
         (docs/distillation.md). Without --teacher it learns from the labels alone.
Reaches  EER 17.8 / 23.7 % on dev / eval of mini5 (docs/data.md), seed 1, taught by a CNN2D that has
         15.7 / 20.7: 19,725 parameters in place of 114,289, at 3.5 times the speed.
Takes    240 s on mini5, on two cores of an AMD EPYC shared with other work.
Command  spoofjax train configs/distil.py --teacher runs/cnn2d
"""

from pathlib import Path

from spoofjax.config import Clip, Evaluation
from spoofjax.corpora import ASVspoof5
from spoofjax.defaults import experiment
from spoofjax.features import LogLinear
from spoofjax.models import CNN2D
from spoofjax.training.optimizers import Adam

DEMO = Path(__file__).resolve().parent.parent / "demo" / "corpus"

config = experiment(
    data=ASVspoof5(root=str(DEMO), language="-"),
    front_end=LogLinear(),
    model=CNN2D(channels=(4, 16, 32, 48), convolutions=(1, 1, 1, 1), dropout=0.1),
    optimizer=Adam(learning_rate=2.5e-3),
    clip=Clip(train=24_000, evaluate=48_000, short="tile", level_dbfs=-26.0),
    steps=800,
    evaluation=Evaluation(every=200),
)
