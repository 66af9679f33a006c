"""XLS-R or WavLM with multi-head factorized attention (MHFA), fine-tuned as a whole.

THE ENCODER IS SMALL AND RANDOM BY DEFAULT, so that this runs at once. Its results mean nothing;
--model.encoder.weights FOLDER takes published weights and their shape.

Follows  WeDefense's recipe for MHFA (egs/detection, MHFA_wavlmplus-FT): crops of 150 frames,
         batches of 32, AdamW from 1e-4 to 1e-6 after two epochs of warm-up, a tenth of the gradient
         into the encoder, no augmentation. Here the rate falls along a cosine instead of an
         exponential, and a moving average stands for the mean of the last two checkpoints.
Reached  there, with WavLM base+: PartialSpoof, whole utterances, eval 1.43 % EER in one stage, 2.68
         % with a frozen encoder; with XLSR-53 0.80 %. ASVspoof 5 track 1 eval 3.76 % EER, 0.1028
         minDCF for the pruned form of WavLM base. Not measured here.
Wants    facebook/wav2vec2-xls-r-300m on huggingface.co, Apache-2.0 (`spoofjax models get
         xls-r-300m`). For WavLM, copy this file and write WavLM() in place of Wav2Vec2().
Takes    not measured here, neither memory nor time; --dry-run measures both on your machine.
Command  spoofjax train configs/xlsr_mhfa.py
         spoofjax train configs/xlsr_mhfa.py --data.root /corpora/ASVspoof5 \
             --model.encoder.weights /models/xls-r-300m --model.encoder.dtype bfloat16 \
             --epochs 5 --optimizer.warm-up 11400
"""

from pathlib import Path

from spoofjax.config import Augmentation, Clip
from spoofjax.corpora import ASVspoof5
from spoofjax.defaults import experiment
from spoofjax.features import Waveform
from spoofjax.loading.sampling import Natural
from spoofjax.models import SelfSupervised
from spoofjax.models.encoders import Wav2Vec2
from spoofjax.models.heads import MHFA
from spoofjax.training.optimizers import Adam

DEMO = Path(__file__).resolve().parent.parent / "demo" / "corpus"

config = experiment(
    data=ASVspoof5(root=str(DEMO), language="-"),
    front_end=Waveform(),
    model=SelfSupervised(encoder=Wav2Vec2(), head=MHFA()),
    sampling=Natural(),
    optimizer=Adam(learning_rate=1e-4, final_learning_rate=1e-6, warm_up=44, weight_decay=1e-7),
    augment=Augmentation(),
    clip=Clip(train=48_080, evaluate=64_600),
    batch=32,
    epochs=5,
    average=0.99,
)
