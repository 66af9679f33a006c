"""CNN-LSTM on ASVspoof 5, track 1, closed condition.

Follows  the Conv1D CNN-LSTM of many first attempts at this task, with what they lack: batches
         balanced over classes and attacks, channel augmentation, a moving average of the weights.
Reaches  not measured on the full corpus. For comparison, the baselines of the challenge on its
         evaluation set: RawNet2 36.04 % EER, AASIST 29.12 % EER.
Takes    182,357 training utterances; --dry-run measures the time on your machine. Pack the corpus
         first (`spoofjax pack`, docs/data.md): decoding FLAC takes ten times as long as features.
Command  spoofjax train configs/asvspoof5_cnn_lstm.py --data.root /corpora/ASVspoof5
"""

from spoofjax.config import Checkpoints, Clip, Evaluation
from spoofjax.corpora import ASVspoof5
from spoofjax.defaults import experiment
from spoofjax.models import CNNLSTM
from spoofjax.training.optimizers import Adam

config = experiment(
    data=ASVspoof5(root="/corpora/ASVspoof5"),
    model=CNNLSTM(),
    optimizer=Adam(learning_rate=1e-3, warm_up=500, weight_decay=1e-4),
    clip=Clip(train=64_600, evaluate=64_600, short="tile", level_dbfs=-26.0),
    batch=128,
    epochs=10,
    average=0.999,
    evaluation=Evaluation(every=1_425, batch=256),
    checkpoints=Checkpoints(every=500),
)
