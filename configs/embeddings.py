"""A frozen encoder and a small head: the transfer learning of Pengi for spoofed speech.

THE ENCODER IS SMALL AND RANDOM BY DEFAULT, so that this runs at once. Its results mean nothing;
--model.encoder.weights FOLDER takes published weights and their shape.

Follows  Pengi (Deshmukh et al., 2023), whose audio encoder stays frozen while a small network maps
         its outputs to the task, and the frozen-encoder baselines of ASD-SUPERB.
Reached  there, with a linear head on XLS-R trained on ASVspoof 2019 LA: 18.2 % EER on average over
         ten other corpora. With an encoder of speech quality on mini5: docs/embeddings.md.
Wants    any encoder, such as facebook/wav2vec2-xls-r-300m on huggingface.co, Apache-2.0.
Takes    not measured here, neither memory nor time. The encoder runs again in every epoch;
         `spoofjax embed` runs it once, and heads then train in seconds.
Command  spoofjax train configs/embeddings.py
         spoofjax embed configs/embeddings.py --out embeddings --copies 4
"""

from pathlib import Path

from spoofjax.audio.augmentation import ChannelVariation
from spoofjax.config import Clip
from spoofjax.corpora import ASVspoof5
from spoofjax.defaults import experiment
from spoofjax.features import Waveform
from spoofjax.models.encoders import Wav2Vec2
from spoofjax.models.heads import WeightedStatistics
from spoofjax.models.self_supervised import SelfSupervised

DEMO = Path(__file__).resolve().parent.parent / "demo" / "corpus"

config = experiment(
    data=ASVspoof5(root=str(DEMO), language="-"),
    front_end=Waveform(),
    model=SelfSupervised(
        encoder=Wav2Vec2(freeze="encoder"), head=WeightedStatistics(attention=32, embedding=64)
    ),
    augment=ChannelVariation(),
    clip=Clip(train=32_000, evaluate=64_000, short="pad"),
    batch=16,
    steps=100,
)
