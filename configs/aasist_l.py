"""AASIST-L, the small AASIST on the waveform, by its authors' recipe.

Follows  Jung et al., "AASIST", ICASSP 2022 (arXiv 2110.01200), and github.com/clovaai/aasist: clips
         of 64,600 samples, natural sampling, cross-entropy with weights 0.9 for bona fide and 0.1
         for spoof, batch 24, Adam with a learning rate of 1e-4 that falls to 5e-6 along a cosine.
         Weight decay is decoupled here. Published on ASVspoof 2019 LA: EER 0.99 %, min t-DCF
         0.0309.
Reaches  not measured from scratch. The official weights reproduce their scores here: `spoofjax
         import aasist_l.pth --as aasist_l --out RUN`. To start from them: --init-from RUN; 100
         steps of four clips give an EER of 16.9 / 25.7 % on dev / eval of mini5 (docs/models.md).
Takes    less than 32 s of processor time for a step of 24 clips on a CPU, so a GPU is advisable;
         --epochs None --steps 100 --batch 8 is a trial on a CPU.
Command  spoofjax train configs/aasist_l.py --data.root /corpora/ASVspoof5
"""

from pathlib import Path

from spoofjax.config import Augmentation, Clip, Evaluation
from spoofjax.corpora import ASVspoof5
from spoofjax.defaults import experiment
from spoofjax.features import Waveform
from spoofjax.loading.sampling import Natural
from spoofjax.models import AASIST
from spoofjax.training.losses import BinaryCrossEntropy
from spoofjax.training.optimizers import Adam

DEMO = Path(__file__).resolve().parent.parent / "demo" / "corpus"

config = experiment(
    data=ASVspoof5(root=str(DEMO), language="-"),
    front_end=Waveform(),
    model=AASIST.light(),
    sampling=Natural(),
    loss=BinaryCrossEntropy(bonafide_weight=0.9, spoof_weight=0.1),
    optimizer=Adam(
        learning_rate=1e-4, final_learning_rate=5e-6, warm_up=0, weight_decay=1e-4, clip=None
    ),
    augment=Augmentation(),
    clip=Clip(train=64_600, evaluate=64_600, short="tile"),
    average=None,
    batch=24,
    epochs=100,
    evaluation=Evaluation(batch=8),
)
