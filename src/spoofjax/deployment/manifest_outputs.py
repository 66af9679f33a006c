"""What a detector makes of the utterances of a manifest: raw scores and embeddings."""

from __future__ import annotations

from contextlib import closing
from typing import NamedTuple

import jax
import numpy as np
from flax import nnx

from spoofjax.corpora.manifest import Manifest
from spoofjax.deployment.detector import Detector
from spoofjax.loading.evaluation_batches import EvaluationBatches
from spoofjax.loading.prefetch import evaluation_batches
from spoofjax.models.arrays import unflatten


class Outputs(NamedTuple):
    """The outputs of a detector; those of an utterance that cannot be read are NaN."""

    scores: np.ndarray
    """float64 (utterances,): higher = more bona fide."""
    embeddings: np.ndarray
    """float32 (utterances, size): the input of the last dense layer; size 0 for an ensemble."""


def manifest_outputs(detector: Detector, manifest: Manifest) -> Outputs:
    """Compute the outputs for every utterance, as evaluation prepares it.

    Raises CorpusError where the manifest holds embeddings and the detector reads audio, or the
    other way round.
    """
    experiment = detector.experiment
    loading = experiment.loading.replace(on_error="skip", unreadable_share=1.0)
    batches = EvaluationBatches(
        manifest, front_end=experiment.front_end, clip=experiment.clip, loading=loading
    )
    compute = jax.jit(_pure(detector.graph))
    weights = jax.device_put((detector.params, detector.constants))
    scores, embeddings = np.full(len(manifest), np.nan), np.empty((len(manifest), 0), np.float32)
    with closing(batches):
        stream = evaluation_batches(batches, experiment.evaluation.batch, loading.prefetch)
        for batch in stream:
            score, embedding = compute(*weights, batch.features, batch.lengths)
            is_read = batch.indices >= 0
            rows = batch.indices[is_read]
            scores[rows] = np.asarray(score)[is_read]
            if embedding is None:
                continue
            if not embeddings.size:
                embeddings = np.full((len(manifest), embedding.shape[1]), np.nan, np.float32)
            embeddings[rows] = np.asarray(embedding)[is_read]
    return Outputs(scores, embeddings)


def _pure(graph: nnx.GraphDef):
    def compute(params, constants, features, lengths):
        network = nnx.merge(graph, unflatten(params), unflatten(constants), copy=True)
        with jax.default_matmul_precision("highest"):
            output = network(features, lengths)
        return output.score, output.embedding

    return compute
