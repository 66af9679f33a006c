"""CNN, one-dimensional: convolutions over time on LFCC.

Follows  the classic Conv1D + max-pool stack with batch norm, pooled by mean and deviation.
Reaches  EER in % on dev / eval, on an Intel Xeon with AVX-512: demo 11.7 to 16.7 / 21.7 to 26.7
         (seeds 1 to 3); mini5 20.2 / 28.3 (seed 1; docs/data.md describes it).
Takes    23 s on the demo corpus, 22 s on mini5, on two cores of that Xeon, shared with other work.
Command  spoofjax train configs/cnn.py
"""

from pathlib import Path

from spoofjax.config import Evaluation
from spoofjax.corpora import ASVspoof5
from spoofjax.defaults import experiment
from spoofjax.features import LFCC
from spoofjax.models import CNN

DEMO = Path(__file__).resolve().parent.parent / "demo" / "corpus"

config = experiment(
    data=ASVspoof5(root=str(DEMO), language="-"),
    front_end=LFCC(),
    model=CNN(),
    steps=600,
    evaluation=Evaluation(every=200),
)
