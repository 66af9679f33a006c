"""SE-ResNet on a log linear filter bank.

Follows  the thin ResNet-34 with squeeze and excitation and attentive statistics pooling of speaker
         and spoofing detection; SERes2Net(), in its place, has the blocks of Res2Net.
Reaches  EER 19.2 / 24.8 % on dev / eval of mini5 (docs/data.md) after 200 steps, seed 1 (--steps
         200); the 400 steps of this file were not measured.
Takes    2.7 s for a step on two idle cores of an AMD EPYC, 9 min for 200 steps.
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
