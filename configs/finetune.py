"""The simplest strong detector: an encoder, the mean of its last layer over time, one dense layer.

THE ENCODER IS SMALL AND RANDOM BY DEFAULT, so that this runs at once. Its results mean nothing;
--model.encoder.weights FOLDER takes published weights and their shape.

Follows  the fine-tuning of AntiDeepfake (Ge et al., 2025): AdamW at 1e-6 in the encoder, whole
         utterances in batches of one memory budget, RawBoost 5. Here the head learns a hundred
         times as fast as the encoder, classes are drawn equally often, and utterances are cut at 8
         s.
Reached  there, with XLS-R 2B and 74,000 hours of speech in over 100 languages: In-the-Wild 1.23 %
         EER as listed by wizwand.com. Not measured here.
Wants    any encoder: facebook/wav2vec2-xls-r-300m on huggingface.co, Apache-2.0 (`spoofjax models
         get xls-r-300m`), or one of another size. `spoofjax models list` shows names and licences.
Takes    not measured here, neither memory nor time; --dry-run measures both on your machine.
         --accumulate 4 needs a quarter of the memory, --model.encoder.layers 9 less than half.
Command  spoofjax train configs/finetune.py
         spoofjax train configs/finetune.py --data.root /corpora/ASVspoof5 \
             --model.encoder.weights /models/xls-r-300m --model.encoder.dtype bfloat16 --epochs 5
"""

from pathlib import Path

from spoofjax.audio.augmentation import RawBoost
from spoofjax.config import Clip
from spoofjax.corpora import ASVspoof5
from spoofjax.defaults import experiment
from spoofjax.features import Waveform
from spoofjax.loading.sampling import Balanced
from spoofjax.models import SelfSupervised
from spoofjax.models.encoders import Wav2Vec2
from spoofjax.models.heads import MeanPool
from spoofjax.training.optimizers import Adam

DEMO = Path(__file__).resolve().parent.parent / "demo" / "corpus"

config = experiment(
    data=ASVspoof5(root=str(DEMO), language="-"),
    front_end=Waveform(),
    model=SelfSupervised(encoder=Wav2Vec2(), head=MeanPool()),
    sampling=Balanced(),
    optimizer=Adam(learning_rate=1e-4, warm_up=20, rates=(("encoder", 0.01),)),
    augment=RawBoost(algorithm=5),
    clip=Clip(
        train=64_000,
        evaluate=64_000,
        short="pad",
        train_buckets=(64_000, 128_000),
        buckets=(64_000, 128_000),
    ),
    batch=16,
    epochs=5,
)
