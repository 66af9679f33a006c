"""CNN-LSTM, one-dimensional: convolutions over time, then LSTM layers, on LFCC.

Follows  the Conv1D + MaxPooling1D + LSTM stack that first attempts at this task use.
Reaches  EER on dev / eval: demo 16.7, 11.7, 11.9 / 30.0, 31.7, 26.9 % (seeds 1 to 3);
         mini5 20.1 / 28.7 % (docs/data.md describes it).
Takes    41 s on the demo corpus, 41 s on mini5: two cores of a 2024
         server CPU, shared with other work.
Command  spoofjax train configs/cnn_lstm.py
"""

from pathlib import Path

from spoofjax.audio.augmentation import ChannelVariation
from spoofjax.config import Clip, Evaluation, Experiment
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.features import LFCC
from spoofjax.loading.sampling import Balanced
from spoofjax.models import CNNLSTM
from spoofjax.training.losses import BinaryCrossEntropy
from spoofjax.training.optimizers import Adam

DEMO = Path(__file__).resolve().parent.parent / "demo" / "corpus"

config = Experiment(
    data=ASVspoof5(root=str(DEMO), language="-"),
    front_end=LFCC(),
    model=CNNLSTM(),
    sampling=Balanced(by="attack"),
    loss=BinaryCrossEntropy(),
    optimizer=Adam(learning_rate=1e-3, warm_up=20, weight_decay=1e-4),
    augment=ChannelVariation(),
    clip=Clip(train=24_000, evaluate=48_000, short="pad", level_dbfs=-26.0),
    batch=32,
    steps=1000,
    average=0.98,
    evaluation=Evaluation(every=200),
)
