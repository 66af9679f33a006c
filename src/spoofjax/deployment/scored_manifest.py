"""A detector's raw scores of the utterances of a manifest."""

from __future__ import annotations

from contextlib import closing

import jax
import numpy as np

from spoofjax.corpora.manifest import Manifest
from spoofjax.deployment.detector import Detector
from spoofjax.loading.evaluation_batches import EvaluationBatches
from spoofjax.loading.prefetch import evaluation_batches


def manifest_scores(detector: Detector, manifest: Manifest) -> np.ndarray:
    """Return float64 (utterances,): the raw score of each, as evaluation computes it.

    The score of an utterance that cannot be read is NaN. Raises CorpusError where the manifest
    holds embeddings and the detector reads audio, or the other way round.
    """
    experiment = detector.experiment
    scores = np.full(len(manifest), np.nan)
    loading = experiment.loading.replace(on_error="skip", unreadable_share=1.0)
    batches = EvaluationBatches(
        manifest, front_end=experiment.front_end, clip=experiment.clip, loading=loading
    )
    predict = jax.jit(detector.predict)
    params, constants = jax.device_put((detector.params, detector.constants))
    with closing(batches):
        stream = evaluation_batches(batches, experiment.evaluation.batch, loading.prefetch)
        for batch in stream:
            values = np.asarray(predict(params, constants, batch.features, batch.lengths))
            is_own = batch.indices >= 0
            scores[batch.indices[is_own]] = values[is_own]
    return scores
