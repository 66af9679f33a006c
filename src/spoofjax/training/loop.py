"""The story of a run, from top to bottom: input, model, devices, steps, loop, verdict."""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np
from flax import nnx

from spoofjax.config import Experiment
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import CorpusError, TrainingError
from spoofjax.evaluation.collapse import collapse
from spoofjax.evaluation.metrics import summary
from spoofjax.loading.batches import Batches, evaluation_batches, training_batches
from spoofjax.loading.sampling import prior_of
from spoofjax.training import sharding
from spoofjax.training.checkpoints import CheckpointStore
from spoofjax.training.progress import Progress
from spoofjax.training.run_folder import MetricsFile, RunFolder, environment, write_json
from spoofjax.training.scoring import score_split
from spoofjax.training.step import (
    Inputs,
    evaluated,
    initial_state,
    make_predict,
    make_train_step,
)

log = logging.getLogger("spoofjax")
