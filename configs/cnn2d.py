"""CNN over time and frequency on a log linear filter bank.

Follows  the 2-D form that trials on small real corpora found far stronger than 1-D.
Reaches  EER on dev / eval: demo 3.6, 6.7, 5.0 / 23.6, 16.9, 18.3 % (seeds 1 to 3);
         mini5 16.9 / 22.7 % (docs/data.md describes it).
Takes    about 150 s on the demo corpus, more on mini5: two cores of a 2024
         server CPU, shared with other work.
Command  spoofjax train configs/cnn2d.py
"""

from pathlib import Path

from spoofjax.audio.augmentation import ChannelVariation
from spoofjax.config import Clip, Evaluation, Experiment
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.features import LogLinear
from spoofjax.loading.sampling import Balanced
from spoofjax.models import CNN2D
from spoofjax.training.losses import BinaryCrossEntropy
from spoofjax.training.optimizers import Adam

DEMO = Path(__file__).resolve().parent.parent / "demo" / "corpus"

config = Experiment(
    data=ASVspoof5(root=str(DEMO), language="-"),
    front_end=LogLinear(),
    model=CNN2D(),
    sampling=Balanced(by="attack"),
    loss=BinaryCrossEntropy(),
    optimizer=Adam(learning_rate=1e-3, warm_up=20, weight_decay=1e-4),
    augment=ChannelVariation(),
    clip=Clip(train=24_000, evaluate=48_000, short="pad", level_dbfs=-26.0),
    batch=32,
    steps=400,
    average=0.98,
    evaluation=Evaluation(every=100),
)
