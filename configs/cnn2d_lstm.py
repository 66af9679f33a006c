"""CNN-LSTM over time and frequency on a log linear filter bank.

Follows  the blocks of cnn2d.py, then a bidirectional LSTM over the pooled frames.
Reaches  EER in % on dev / eval: mini5 (docs/data.md describes it) 19.1, 19.1 / 21.2, 20.3 (seeds
         1 and 2) on an AMD EPYC with AVX2, and 22.2 / 22.2 (seed 1) on an Intel Xeon with AVX-512;
         demo 6.4 / 26.7 (seed 1) on the Xeon.
Takes    130 s on the demo corpus, 142 s on mini5, on two cores of that Xeon, shared with other
         work.
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
