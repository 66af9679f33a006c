"""CNN over time and frequency on a log linear filter bank.

Follows  the two-dimensional form, which is far better than 1-D on small real corpora.
Reaches  EER in % on dev / eval, on an Intel Xeon with AVX-512: demo 3.6 to 6.7 / 16.9 to 23.6
         (seeds 1 to 3); mini5 16.9 / 22.7 (seed 1; docs/data.md describes it). On another processor
         mini5 19.1 to 22.5 / 23.7 to 25.9 (three seeds).
Takes    about 150 s on the demo corpus, more on mini5, on two cores of that Xeon, shared with other
         work.
Command  spoofjax train configs/cnn2d.py
"""

from pathlib import Path

from spoofjax.config import Evaluation
from spoofjax.corpora import ASVspoof5
from spoofjax.defaults import experiment
from spoofjax.features import LogLinear
from spoofjax.models import CNN2D

DEMO = Path(__file__).resolve().parent.parent / "demo" / "corpus"

config = experiment(
    data=ASVspoof5(root=str(DEMO), language="-"),
    front_end=LogLinear(),
    model=CNN2D(),
    steps=400,
    evaluation=Evaluation(every=100),
)
