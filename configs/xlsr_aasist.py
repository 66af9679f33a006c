"""XLS-R with the graphs of AASIST (SSL-AASIST), fine-tuned as a whole.

THE ENCODER IS SMALL AND RANDOM BY DEFAULT, so that this runs at once. Its results mean nothing;
--model.encoder.weights FOLDER takes published weights and their shape.

Follows  SSL-AASIST (Tak et al., Odyssey 2022): clips of 64,600 samples, batches of 14, Adam at 1e-6
         with a weight decay of 1e-4 for 100 epochs, class weights 0.1 and 0.9, RawBoost 5 for LA
         (3 for DF). Here clips are cut at random, the published code takes their beginning; the
         weight decay is decoupled; the waveform is normalised as the settings beside the weights
         say, there it is not.
Reached  there, with XLS-R 300M and ASVspoof 2019 LA: 2021 LA 0.82 % EER at best, 1.00 % in the mean
         of three seeds; 2021 DF 2.85 and 3.69 %; In-the-Wild 10.46 %. Not measured here.
Wants    facebook/wav2vec2-xls-r-300m on huggingface.co, Apache-2.0 (`spoofjax models get
         xls-r-300m`).
Takes    not measured here, neither memory nor time; --dry-run measures both on your machine.
Command  spoofjax train configs/xlsr_aasist.py
         spoofjax train configs/xlsr_aasist.py --data.root /corpora/ASVspoof5 \
             --model.encoder.weights /models/xls-r-300m --model.encoder.dtype bfloat16 --epochs 100
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
from spoofjax.models.heads import SSLAASIST
from spoofjax.training.losses import BinaryCrossEntropy
from spoofjax.training.optimizers import Adam

DEMO = Path(__file__).resolve().parent.parent / "demo" / "corpus"

config = experiment(
    data=ASVspoof5(root=str(DEMO), language="-"),
    front_end=Waveform(),
    model=SelfSupervised(encoder=Wav2Vec2(), head=SSLAASIST()),
    sampling=Natural(),
    loss=BinaryCrossEntropy(bonafide_weight=0.9, spoof_weight=0.1),
    optimizer=Adam(learning_rate=1e-6, schedule="constant", warm_up=0, clip=None),
    augment=RawBoost(algorithm=5),
    clip=Clip(train=64_600, evaluate=64_600),
    batch=14,
    epochs=3,
    average=None,
)
