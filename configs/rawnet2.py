"""RawNet2 on the waveform, by the recipe of the ASVspoof 2021 baseline.

Follows  Tak et al., "End-to-end anti-spoofing with RawNet2", ICASSP 2021 (arXiv 2011.01108), and
         github.com/asvspoof-challenge/2021, LA/Baseline-RawNet2: clips of 64,600 samples,
         cross-entropy with weights 0.9 for bona fide and 0.1 for spoof, batch 32, Adam with a
         constant learning rate of 1e-4. Here, Adam is without AMSGrad, and weight decay is
         decoupled.
         Published: EER 9.50 % on ASVspoof 2021 LA, 22.38 % on DF, 36.04 % on ASVspoof 5 (the form
         of `RawNet2.asvspoof5()`).
Reaches  next to nothing after 120 steps of 16 clips on mini5 (docs/data.md): EER 47.2 / 41.4 % on
         dev / eval, seed 1 (--epochs None --steps 120 --batch 16). A whole training by this recipe
         was not measured.
Takes    1.9 s for a step of 16 clips, on two cores of an AMD EPYC.
Command  spoofjax train configs/rawnet2.py --data.root /corpora/ASVspoof5
"""

from pathlib import Path

from spoofjax.config import Augmentation, Clip, Evaluation
from spoofjax.corpora import ASVspoof5
from spoofjax.defaults import experiment
from spoofjax.features import Waveform
from spoofjax.loading.sampling import Natural
from spoofjax.models import RawNet2
from spoofjax.training.losses import BinaryCrossEntropy
from spoofjax.training.optimizers import Adam

DEMO = Path(__file__).resolve().parent.parent / "demo" / "corpus"

config = experiment(
    data=ASVspoof5(root=str(DEMO), language="-"),
    front_end=Waveform(),
    model=RawNet2(),
    sampling=Natural(),
    loss=BinaryCrossEntropy(bonafide_weight=0.9, spoof_weight=0.1),
    optimizer=Adam(
        learning_rate=1e-4, schedule="constant", warm_up=0, weight_decay=1e-4, clip=None
    ),
    augment=Augmentation(),
    clip=Clip(train=64_600, evaluate=64_600, short="tile"),
    average=None,
    batch=32,
    epochs=100,
    evaluation=Evaluation(batch=16),
)
