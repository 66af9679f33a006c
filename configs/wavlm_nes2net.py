"""WavLM with Nes2Net-X, fine-tuned as a whole.

THE ENCODER IS SMALL AND RANDOM BY DEFAULT, so that this runs at once. Its results mean nothing;
--model.encoder.weights FOLDER takes published weights and their shape.

Follows  Nes2Net-X for ASVspoof 5 (Liu et al., IEEE TIFS 2025, branch asvspoof5): WavLM large,
         random crops of 64,600 samples, repeated where shorter, batches of 64, Adam from 1e-6 to
         1e-7 along a cosine with a weight decay of 1e-4, class weights 0.1 and 0.9, noise or a room
         for half of the clips, the end after five epochs without a better dev result. Here the
         decay is decoupled, dev is judged by minDCF instead of Cllr, a moving average stands for
         the mean of the best checkpoints, and noise and rooms are synthetic, not MUSAN and recorded
         responses; docs/augmentation.md has the part that draws from these.
Reached  there, on XLS-R 300M and ASVspoof 2019 LA: In-the-Wild 5.15 % EER at best, 6.31 % in the
         mean; 2021 DF 1.49 and 1.78 %. Not measured here.
Wants    microsoft/wavlm-large on huggingface.co (`spoofjax models get wavlm-large`, which shows its
         licence).
Takes    not measured here, neither memory nor time; --dry-run measures both on your machine.
Command  spoofjax train configs/wavlm_nes2net.py
         spoofjax train configs/wavlm_nes2net.py --data.root /corpora/ASVspoof5 \
             --model.encoder.weights /models/wavlm-large --model.encoder.dtype bfloat16 --epochs 50
"""

from pathlib import Path

from spoofjax.audio.augmentation import Chain, NoiseAt, RoomResponse
from spoofjax.config import Clip, Stop
from spoofjax.corpora import ASVspoof5
from spoofjax.defaults import experiment
from spoofjax.features import Waveform
from spoofjax.loading.sampling import Natural
from spoofjax.models import SelfSupervised
from spoofjax.models.encoders import WavLM
from spoofjax.models.heads import Nes2NetX
from spoofjax.training.losses import BinaryCrossEntropy
from spoofjax.training.optimizers import Adam

DEMO = Path(__file__).resolve().parent.parent / "demo" / "corpus"

config = experiment(
    data=ASVspoof5(root=str(DEMO), language="-"),
    front_end=Waveform(),
    model=SelfSupervised(encoder=WavLM(), head=Nes2NetX(dilation=1)),
    sampling=Natural(),
    loss=BinaryCrossEntropy(bonafide_weight=0.9, spoof_weight=0.1),
    optimizer=Adam(learning_rate=1e-6, final_learning_rate=1e-7, warm_up=0, clip=None),
    augment=Chain(steps=(NoiseAt(snr_db=(0.0, 20.0)), RoomResponse()), probabilities=(0.25, 0.25)),
    clip=Clip(train=64_600, evaluate=64_600),
    batch=64,
    epochs=10,
    average=0.999,
    stop=Stop(patience=5),
)
