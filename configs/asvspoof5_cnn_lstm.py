"""CNN-LSTM on ASVspoof 5, track 1, closed condition.

Follows  cnn2d_lstm.py, the best CNN-LSTM on mini5 of those in this folder: convolutions over time
         and frequency on a log linear filter bank, then a bidirectional LSTM. Batches are balanced
         over classes and attacks, the channel varies, and the weights are averaged.
Reaches  not measured on the full corpus. With the schedule of a small corpus
         (--batch 32 --epochs None --steps 400 --optimizer.warm-up 20 --average 0.98
         --evaluation.every 100), it is cnn2d_lstm.py and has its figures on mini5. For comparison,
         the baselines of the challenge on its evaluation set: RawNet2 36.04 % EER, AASIST 29.12 %.
Takes    182,357 training utterances; --dry-run measures the time on your machine. Pack the corpus
         first (`spoofjax pack`, docs/data.md): decoding FLAC takes ten times as long as features.
Command  spoofjax train configs/asvspoof5_cnn_lstm.py --data.root /corpora/ASVspoof5
"""

from spoofjax.config import Checkpoints, Evaluation
from spoofjax.corpora import ASVspoof5
from spoofjax.defaults import experiment
from spoofjax.features import LogLinear
from spoofjax.models import CNN2DLSTM
from spoofjax.training.optimizers import Adam

config = experiment(
    data=ASVspoof5(root="/corpora/ASVspoof5"),
    front_end=LogLinear(),
    model=CNN2DLSTM(),
    optimizer=Adam(learning_rate=1e-3, warm_up=500, weight_decay=1e-4),
    batch=128,
    epochs=10,
    average=0.999,
    evaluation=Evaluation(every=1_425, batch=256),
    checkpoints=Checkpoints(every=500),
)
