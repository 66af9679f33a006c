"""XLS-R with sensitive layer selection (SLS), fine-tuned as a whole.

THE ENCODER IS SMALL AND RANDOM BY DEFAULT, so that this runs at once. Its results mean nothing;
--model.encoder.weights FOLDER takes published weights and their shape.

Follows  SLS (Zhang et al., ACM Multimedia 2024): clips of 64,600 samples, which its first dense
         layer needs, batches of 5, Adam at 1e-6 for 50 epochs, class weights 0.1 and 0.9. The
         published code does not normalise the waveform, and takes no gradient clipping. RawBoost 5
         is that of SSL-AASIST, whose code SLS extends; here clips are cut at random.
Reached  there, with XLS-R 300M and ASVspoof 2019 LA: 2021 LA 2.87 % EER, 2021 DF 1.92 % (2.09 % in
         the mean), In-the-Wild 7.46 % (8.87 %). Not measured here.
Wants    facebook/wav2vec2-xls-r-300m on huggingface.co, Apache-2.0 (`spoofjax models get
         xls-r-300m`).
Takes    not measured here, neither memory nor time; --dry-run measures both on your machine.
Command  spoofjax train configs/xlsr_sls.py
         spoofjax train configs/xlsr_sls.py --data.root /corpora/ASVspoof5 \
             --model.encoder.weights /models/xls-r-300m --model.encoder.dtype bfloat16 --epochs 50
"""

from pathlib import Path

from spoofjax.audio.augmentation import RawBoost
from spoofjax.config import Clip
from spoofjax.corpora import ASVspoof5
from spoofjax.defaults import experiment
from spoofjax.features import Waveform
from spoofjax.loading.sampling import Natural
from spoofjax.models import SelfSupervised
from spoofjax.models.encoders import Wav2Vec2
from spoofjax.models.heads import SLS
from spoofjax.training.losses import BinaryCrossEntropy
from spoofjax.training.optimizers import Adam

DEMO = Path(__file__).resolve().parent.parent / "demo" / "corpus"

config = experiment(
    data=ASVspoof5(root=str(DEMO), language="-"),
    front_end=Waveform(),
    model=SelfSupervised(encoder=Wav2Vec2(), head=SLS(frames=201)),
    sampling=Natural(),
    loss=BinaryCrossEntropy(bonafide_weight=0.9, spoof_weight=0.1),
    optimizer=Adam(learning_rate=1e-6, schedule="constant", warm_up=0, clip=None),
    augment=RawBoost(algorithm=5),
    clip=Clip(train=64_600, evaluate=64_600),
    batch=5,
    epochs=3,
    average=None,
)
