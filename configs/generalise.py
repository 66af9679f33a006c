"""CNN over time and frequency, trained on channels and codecs that both classes go through.

Follows  cnn2d.py with three changes that were chosen on dev of mini5: a higher learning rate, short
         clips repeated in place of padded, and a transmission of 30 % of the clips.
Reaches  EER in % on dev / eval of mini5, seeds 1 to 3, with parts of the recipe:
           cnn2d.py, 300 steps      19.1, 22.5, 23.7 / 24.7, 28.7, 28.4
           rate and repetition      15.7, 15.4, 23.6 / 20.7, 21.3, 28.2
           this file, so coded too  18.0, 22.5, 14.6 / 25.2, 25.3, 23.2
         Dev has 89 bona fide utterances, so that three points are within chance: transmission
         changes neither mean by more. It is here for what is coded in use; without it,
         --augment ChannelVariation. Unseen neural systems stay the open problem, see
         docs/generalisation.md. On demo and ASVspoof 5: not measured.
Takes    about 150 s on mini5 on two cores of an AMD EPYC (Zen 3).
Command  spoofjax train configs/generalise.py --data.root /corpora/mini5
         spoofjax train configs/generalise.py
         spoofjax train configs/generalise.py --data.root /corpora/ASVspoof5 --data.language en \
             --steps None --epochs 10 --batch 64 --evaluation.every 1000
         spoofjax generalise configs/generalise.py --leave attack --out runs/left-out
"""

from pathlib import Path

from spoofjax.audio.augmentation import Chain, ChannelVariation, Transmission
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
    model=CNN2D(),
    optimizer=Adam(learning_rate=2.5e-3),
    augment=Chain(steps=(ChannelVariation(), Transmission()), probabilities=(1.0, 0.3)),
    clip=Clip(train=24_000, evaluate=48_000, short="tile", level_dbfs=-26.0),
    steps=300,
    evaluation=Evaluation(every=100),
)
