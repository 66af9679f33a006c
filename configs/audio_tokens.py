"""Acoustic tokens: a transformer over codes of log-mel frames, beside a CNN.

Follows  AudioPaLM's idea of audio as tokens, with codebooks learned on the training set. The branch
         alone is --model.no-beside-cnn; audio_surprisal.py is the one-class form.
Reaches  EER in % on the demo corpus, dev / eval: tokens beside the CNN 3.3 / 15.0; tokens alone
         31.7 / 34.7; surprisal 41.7 / 43.1. On mini5 (docs/data.md), beside the CNN, 15.6 / 23.2,
         and alone 38.2 / 39.9. One seed each.
Takes    208 s on mini5, on two cores of an AMD EPYC.
Command  spoofjax train configs/audio_tokens.py
"""

from pathlib import Path

from spoofjax.config import Evaluation
from spoofjax.corpora import ASVspoof5
from spoofjax.defaults import experiment
from spoofjax.features import LogMel
from spoofjax.models import TokenTransformer

DEMO = Path(__file__).resolve().parent.parent / "demo" / "corpus"

config = experiment(
    data=ASVspoof5(root=str(DEMO), language="-"),
    front_end=LogMel(),
    model=TokenTransformer(),
    steps=400,
    evaluation=Evaluation(every=100),
)
