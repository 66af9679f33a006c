"""Smaller ONNX models: weights of half precision, or arithmetic of 8-bit integers."""

from __future__ import annotations

import itertools
from typing import Any, Literal

import numpy as np

from spoofjax.deployment.exporting.comparison import Compared, seconds_of
from spoofjax.deployment.exporting.onnx_file import OnnxProgram
from spoofjax.deployment.exporting.utterances import AT_ONCE, Utterances
from spoofjax.deployment.onnx_graph.smaller import halved, quantized

Precision = Literal["float32", "float16", "int8"]


def reduced(
    model: Any, precision: Precision, utterances: Utterances, compared: Compared
) -> tuple[bytes, dict[str, Any]]:
    """Return an onnx.ModelProto in a smaller precision, and what that changes, as JSON values.

    `compared` holds the scores of the model in float32 and of the run; the same utterances are
    scored again. The scales of integers follow from every second batch of them.
    """
    count = len(compared.scores)
    batches = list(itertools.islice(utterances.batches(), -(-count // AT_ONCE)))
    whole = model.SerializeToString()
    data = halved(model) if precision == "float16" else quantized(model, batches[::2])
    before, after = OnnxProgram(whole), OnnxProgram(data)
    scores = np.concatenate([after(*batch) for batch in batches])[:count].astype(np.float64)
    changed = Compared(compared.expected, scores, compared.labels)
    return data, {
        "largest_difference": changed.difference,
        "reduced": {
            "float32_difference": compared.difference,
            "float32_bytes": len(whole),
            "float32_seconds": seconds_of(before, utterances),
            "seconds": seconds_of(after, utterances),
            "mean_difference": float(np.mean(np.abs(changed.scores - changed.expected))),
            "spread": float(np.std(changed.expected)),
            "eer": changed.eers(),
        },
    }
