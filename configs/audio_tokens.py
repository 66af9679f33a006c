"""Acoustic tokens: a transformer over codes of log-mel frames, beside a CNN.

Follows  AudioPaLM's idea of audio as tokens, with codebooks learned on the training set. The branch
         alone is --model.no-beside-cnn; audio_surprisal.py is the one-class form.
Reaches  EER in % on the demo corpus, dev / eval: tokens beside the CNN 3.3 / 15.0; tokens alone
         31.7 / 34.7; surprisal 41.7 / 43.1 (one seed each).
Takes    860 s beside the CNN and 500 s for tokens alone, on two cores of an AMD EPYC shared with much
         other work; not measured on an idle machine.
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
