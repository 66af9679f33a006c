"""XLS-R with reference-augmented training (RAT): the encoder is frozen first, then trained.

THE ENCODER IS SMALL AND RANDOM BY DEFAULT, so that this runs at once. Its results mean nothing;
--model.encoder.weights FOLDER takes published weights and their shape.

Follows  RAT (Interspeech 2026, arXiv 2606.10908): clips of 64,000 samples, classes drawn equally
         often, each utterance compared with a bona fide one of its speaker, batches of 6; first
         Adam at 1e-3 for 20 epochs with the encoder frozen, then at 1e-6 for up to 20 epochs with
         everything trained. Mu-law, RawBoost and noise have the published probability of 0.3; its
         trimming of silence, time masks and filters are not here, and the noise is one of ours.
         Short clips are repeated in training, not padded. Evaluation hears whole utterances of up
         to 20 s without a reference, with padding masked.
Reached  there, with XLS-R 300M: ASVspoof 5 track 1 eval 2.57 % EER, 0.074 minDCF (single model);
         4.87 % without the reference block. Not measured here.
Wants    facebook/wav2vec2-xls-r-300m on huggingface.co, Apache-2.0 (`spoofjax models get
         xls-r-300m`). ASVspoof 5 names its speakers. In the demo corpus most spoofs are of speakers
         without bona fide speech, so that by default the references are of anyone.
Takes    not measured here, neither memory nor time; --dry-run measures both on your machine.
Command  spoofjax train configs/xlsr_rat.py
         spoofjax train configs/xlsr_rat.py --data.root /corpora/ASVspoof5 --reference speaker \
             --model.encoder.weights /models/xls-r-300m --model.encoder.dtype bfloat16 \
             --model.head.dtype bfloat16 --out runs/rat-1
         spoofjax train configs/xlsr_rat.py --data.root /corpora/ASVspoof5 --reference speaker \
             --model.encoder.weights /models/xls-r-300m --model.encoder.dtype bfloat16 \
             --model.head.dtype bfloat16 --model.encoder.freeze None \
             --optimizer.learning-rate 1e-6 --init-from runs/rat-1
"""

from pathlib import Path

from spoofjax.audio.augmentation import G711, Chain, NoiseAt, RawBoost
from spoofjax.config import Clip
from spoofjax.corpora import ASVspoof5
from spoofjax.defaults import experiment
from spoofjax.features import Waveform
from spoofjax.loading.sampling import Balanced
from spoofjax.models import SelfSupervised
from spoofjax.models.encoders import Wav2Vec2
from spoofjax.models.heads import RAT
from spoofjax.training.optimizers import Adam

DEMO = Path(__file__).resolve().parent.parent / "demo" / "corpus"

config = experiment(
    data=ASVspoof5(root=str(DEMO), language="-"),
    front_end=Waveform(),
    model=SelfSupervised(encoder=Wav2Vec2(freeze="encoder"), head=RAT()),
    sampling=Balanced(),
    reference="anyone",
    optimizer=Adam(learning_rate=1e-3, schedule="constant", warm_up=0, weight_decay=0.0, clip=None),
    augment=Chain(
        steps=(G711(resample=False), RawBoost(algorithm=5), NoiseAt(snr_db=(5.0, 30.0))),
        probabilities=(0.3, 0.3, 0.3),
    ),
    clip=Clip(
        train=64_000, evaluate=64_000, short="pad", buckets=(64_000, 128_000, 192_000, 320_000)
    ),
    batch=6,
    epochs=20,
    average=None,
)
