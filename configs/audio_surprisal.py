"""Surprisal: how unlikely the tokens of an utterance are under a model of bona fide speech.

Follows  AudioPaLM's idea of audio as tokens: a causal transformer over codes of log-mel frames,
         trained on bona fide speech alone. Spoofs serve only to choose the best checkpoint on dev.
Reaches  EER in % on dev / eval, seed 1: demo 41.7 / 43.1; mini5 (docs/data.md) 46.1 / 42.4. This is
         little better than guessing; audio_tokens.py, which learns from spoofs, is better.
Takes    400 s on two cores shared with much other work; not measured on an idle machine.
Command  spoofjax train configs/audio_surprisal.py
"""

from pathlib import Path

from spoofjax.config import Augmentation, Evaluation
from spoofjax.corpora import ASVspoof5
from spoofjax.defaults import experiment
from spoofjax.features import LogMel
from spoofjax.models import TokenSurprisal
from spoofjax.training.losses import BonafideLikelihood

DEMO = Path(__file__).resolve().parent.parent / "demo" / "corpus"

config = experiment(
    data=ASVspoof5(root=str(DEMO), language="-"),
    front_end=LogMel(),
    model=TokenSurprisal(dropout=0.1),
    loss=BonafideLikelihood(),
    # Augmented speech would become as likely as clean speech.
    augment=Augmentation(),
    steps=400,
    evaluation=Evaluation(every=100),
)
