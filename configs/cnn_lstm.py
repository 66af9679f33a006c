"""CNN-LSTM, one-dimensional: convolutions over time, then LSTM layers, on LFCC.

Follows  the Conv1D + MaxPooling1D + LSTM stack of many first attempts at this task.
Reaches  EER in % on dev / eval, on an Intel Xeon with AVX-512: demo 11.7 to 13.3 / 26.7 to 28.6
         (seeds 1 to 3); mini5 20.1 / 28.7 (seed 1; docs/data.md describes it), and
         18.8 / 28.8 (seed 1) on an AMD EPYC with AVX2.
Takes    41 s on the demo corpus, 41 s on mini5, on two cores of that Xeon, shared with other work.
Command  spoofjax train configs/cnn_lstm.py
"""

from pathlib import Path

from spoofjax.config import Evaluation
from spoofjax.corpora import ASVspoof5
from spoofjax.defaults import experiment
from spoofjax.features import LFCC
from spoofjax.models import CNNLSTM

DEMO = Path(__file__).resolve().parent.parent / "demo" / "corpus"

config = experiment(
    data=ASVspoof5(root=str(DEMO), language="-"),
    front_end=LFCC(),
    model=CNNLSTM(),
    steps=1000,
    evaluation=Evaluation(every=200),
)
