"""CNN-LSTM over time and frequency on a log linear filter bank.

Follows  the blocks of cnn2d.py, then a bidirectional LSTM over the pooled frames.
Reaches  EER on dev / eval: demo 6.4 / 26.7 %;
         mini5 22.2 / 22.2 % (docs/data.md describes it).
Takes    130 s on the demo corpus, 142 s on mini5, on two cores of a
         server CPU of 2024, shared with other work.
Command  spoofjax train configs/cnn2d_lstm.py
"""

from pathlib import Path

from spoofjax.config import Evaluation
from spoofjax.corpora import ASVspoof5
from spoofjax.defaults import experiment
from spoofjax.features import LogLinear
from spoofjax.models import CNN2DLSTM

DEMO = Path(__file__).resolve().parent.parent / "demo" / "corpus"

config = experiment(
    data=ASVspoof5(root=str(DEMO), language="-"),
    front_end=LogLinear(),
    model=CNN2DLSTM(),
    steps=400,
    evaluation=Evaluation(every=100),
)
