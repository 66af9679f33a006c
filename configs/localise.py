"""CNN2D that tells which parts of an utterance are spoofed, trained on splices made on the fly.

Follows  the idea of PartialSpoof (Zhang et al., 2021): labels of short segments beside that of the
         utterance. Here half of the training clips get pieces of other utterances, of the other
         class or of their own, and the network scores steps of 160 ms.
Reaches  a segment EER of 24.8 % at 160 ms on spliced dev of mini5, after 200 steps from the
         weights of configs/cnn2d.py; see docs/localisation.md.
Command  spoofjax train configs/localise.py
"""

from pathlib import Path

from spoofjax.config import Evaluation
from spoofjax.corpora import ASVspoof5
from spoofjax.defaults import experiment
from spoofjax.features import LogLinear
from spoofjax.models import CNN2D
from spoofjax.synthesis import Splices
from spoofjax.training.losses import Localisation

DEMO = Path(__file__).resolve().parent.parent / "demo" / "corpus"

config = experiment(
    data=ASVspoof5(root=str(DEMO), language="-"),
    front_end=LogLinear(),
    model=CNN2D(),
    loss=Localisation(),
    splicing=Splices(),
    evaluation=Evaluation(every=100),
)
