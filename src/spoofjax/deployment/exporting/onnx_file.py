"""A detector as an ONNX file."""

from __future__ import annotations

from typing import Any

import numpy as np

from spoofjax.deployment.detector import Detector
from spoofjax.deployment.exporting.scorer import INPUTS, OUTPUTS, input_shapes, make_scorer
from spoofjax.errors import ConfigError

FILE = "model.onnx"


def require_onnx() -> None:
    """Raise ConfigError where a package of the extra is missing."""
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
    except ImportError as error:
        raise ConfigError(
            f"The ONNX export needs {error.name}. Install it: pip install 'spoofjax[onnx]'."
        ) from error


def onnx_model(detector: Detector) -> Any:
    """Return the detector as an onnx.ModelProto, see `scorer` for its inputs and outputs.

    Raises RunError for a model that ONNX cannot express.
    """
    from spoofjax.deployment.onnx_graph.model import to_onnx

    shapes: dict[str, Any] = dict(zip(INPUTS, input_shapes(), strict=True))
    return to_onnx(make_scorer(detector, "matrix"), shapes, OUTPUTS)


class OnnxProgram:
    """An ONNX model that onnxruntime has loaded."""

    def __init__(self, model: bytes):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors alone
        self._session = onnxruntime.InferenceSession(
            model, options, providers=["CPUExecutionProvider"]
        )

    def __call__(self, waveform: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Return the scores (batch,) of waveforms (batch, n) of these lengths (batch,)."""
        (score,) = self._session.run(OUTPUTS[:1], {"waveform": waveform, "lengths": lengths})
        return np.asarray(score)
