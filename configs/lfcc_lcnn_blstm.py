"""LFCC-LCNN-BLSTM with residual sum, on clips of 64,600 samples.

Follows  Wang and Yamagishi, "A comparative study on recent neural spoofing countermeasures for
         synthetic speech detection", Interspeech 2021 (arXiv 2103.11326), and
         github.com/nii-yamagishilab/project-NN-Pytorch-scripts: LFCC of 60 coefficients, binary
         cross-entropy, batch 64, Adam with a learning rate of 3e-4. Its halving every ten epochs is
         a cosine here, and its whole utterances are clips; --clip.train-buckets takes whole ones.
         Published on ASVspoof 2019 LA: EER 1.9 to 2.5 % over six seeds (with the P2SGrad loss).
Reaches  EER 27.1 / 33.9 % on dev / eval of mini5 (docs/data.md) after 300 steps of 32 clips, seed 1
         (--epochs None --steps 300 --batch 32); a whole training by this recipe was not measured.
         The official weights reproduce their scores here: `spoofjax import lfcc_lcnn_blstm.pt --as
         lfcc_lcnn_blstm --out RUN`.
Takes    410 s for these 300 steps, on two cores of an AMD EPYC.
Command  spoofjax train configs/lfcc_lcnn_blstm.py --data.root /corpora/ASVspoof5
"""

from pathlib import Path

from spoofjax.config import Augmentation, Clip, Evaluation
from spoofjax.corpora import ASVspoof5
from spoofjax.defaults import experiment
from spoofjax.features import LFCC
from spoofjax.loading.sampling import Natural
from spoofjax.models import LCNN
from spoofjax.training.losses import BinaryCrossEntropy
from spoofjax.training.optimizers import Adam

DEMO = Path(__file__).resolve().parent.parent / "demo" / "corpus"

config = experiment(
    data=ASVspoof5(root=str(DEMO), language="-"),
    front_end=LFCC.nii2019(),
    model=LCNN(),
    sampling=Natural(),
    loss=BinaryCrossEntropy(),
    optimizer=Adam(learning_rate=3e-4, warm_up=0, weight_decay=0.0, clip=None),
    augment=Augmentation(),
    clip=Clip(train=64_600, evaluate=64_600, short="tile"),
    average=None,
    batch=64,
    epochs=100,
    evaluation=Evaluation(batch=32),
)
