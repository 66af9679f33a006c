"""LSTM on LFCC.

Follows  the classic stacked LSTM, bidirectional, on pairs of frames.
Reaches  EER in % on dev / eval, on an Intel Xeon with AVX-512: demo 21.9 to 25.3 / 28.3 to 30.3
         (seeds 1 to 3); mini5 31.5 / 30.8 (seed 1; docs/data.md describes it).
Takes    25 s on the demo corpus, 25 s on mini5, on two cores of that Xeon, shared with other work.
Command  spoofjax train configs/lstm.py
"""

from pathlib import Path

from spoofjax.config import Evaluation
from spoofjax.corpora import ASVspoof5
from spoofjax.defaults import experiment
from spoofjax.features import LFCC
from spoofjax.models import LSTM

DEMO = Path(__file__).resolve().parent.parent / "demo" / "corpus"

config = experiment(
    data=ASVspoof5(root=str(DEMO), language="-"),
    front_end=LFCC(),
    model=LSTM(),
    steps=600,
    evaluation=Evaluation(every=200),
)
