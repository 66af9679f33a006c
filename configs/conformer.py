"""Conformer with class and head tokens on a log linear filter bank.

Follows  the back end of TCM (Truong et al., 2024), which reads a self-supervised encoder; here it
         reads the frames of a filter bank, two of which make a token.
Reaches  EER in % on dev / eval, seed 1: demo 36.7 / 40.0; mini5 37.2 / 37.4 (docs/data.md describes
         it). This is far behind the CNNs: without an encoder below it, this model is for larger
         corpora.
Takes    490 s on either corpus, on two cores of an AMD EPYC.
Command  spoofjax train configs/conformer.py
"""

from pathlib import Path

from spoofjax.config import Evaluation
from spoofjax.corpora import ASVspoof5
from spoofjax.defaults import experiment
from spoofjax.features import LogLinear
from spoofjax.models import Conformer
from spoofjax.training.optimizers import Adam

DEMO = Path(__file__).resolve().parent.parent / "demo" / "corpus"

config = experiment(
    data=ASVspoof5(root=str(DEMO), language="-"),
    front_end=LogLinear(),
    model=Conformer(dropout=0.1),
    optimizer=Adam(learning_rate=3e-4, warm_up=50),
    steps=400,
    evaluation=Evaluation(every=100),
)
