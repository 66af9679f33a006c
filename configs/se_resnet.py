"""SE-ResNet on a log linear filter bank.

Follows  the thin ResNet-34 with squeeze and excitation and attentive statistics pooling of speaker
         and spoofing detection; SERes2Net(), in its place, has the blocks of Res2Net.
Reaches  not measured.
Takes    not measured.
Command  spoofjax train configs/se_resnet.py
"""

from pathlib import Path

from spoofjax.config import Evaluation
from spoofjax.corpora import ASVspoof5
from spoofjax.defaults import experiment
from spoofjax.features import LogLinear
from spoofjax.models import SEResNet

DEMO = Path(__file__).resolve().parent.parent / "demo" / "corpus"

config = experiment(
    data=ASVspoof5(root=str(DEMO), language="-"),
    front_end=LogLinear(),
    model=SEResNet(),
    steps=400,
    evaluation=Evaluation(every=100),
)
