"""Attribution of a score to cells by the maps of a network's last convolutions: Grad-CAM.

Source: Selvaraju et al., "Grad-CAM: visual explanations from deep networks via gradient-based
localization", ICCV 2017, formulas 1 and 2. The sign is kept, since a score speaks for both classes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from scipy.ndimage import map_coordinates

from spoofjax.audio.clips import most_samples
from spoofjax.config import Experiment
from spoofjax.deployment.explaining.attribution import Attribution
from spoofjax.deployment.explaining.scorer import Scorer, Utterance
from spoofjax.errors import ConfigError
from spoofjax.features.framed import Framed
from spoofjax.models.codec_aware import CodecAware
from spoofjax.models.ensemble import Ensemble
from spoofjax.models.layers.maps import reaching

OTHER_WAY = "Explain it by integrated_gradients, which is the default."


class Maps(NamedTuple):
    """The last maps of the convolutions of an utterance."""

    values: np.ndarray
    """float64 (steps, [bins,] channels), padding included."""
    slopes: np.ndarray
    """The derivatives of the score, of the same shape."""


class GradCAM:
    """The last convolutions of a detector, compiled once for each length of clips."""

    def __init__(self, scorer: Scorer, experiment: Experiment):
        """Raises ConfigError for a detector of samples or of several members, for a network without
        maps, and for maps whose bins are no frequencies."""
        front_end = experiment.front_end
        if not isinstance(front_end, Framed):
            raise ConfigError(
                "Grad-CAM shows what a network hears of a spectrum, but this detector hears "
                f"samples. {OTHER_WAY}"
            )
        model = experiment.model
        if isinstance(model, CodecAware):
            model = model.model
        if isinstance(model, Ensemble):
            raise ConfigError(
                "Grad-CAM shows what one network hears, but this detector has several: explain "
                f"one of its runs. {OTHER_WAY}"
            )
        self._scorer = scorer
        self._shapes_of: dict[tuple[int, ...], list[jax.ShapeDtypeStruct]] = {}
        samples = most_samples(experiment.clip)
        shapes = self._shapes(scorer.utterance(np.zeros(samples, np.float32), samples))
        if not shapes:
            raise ConfigError(
                "Grad-CAM needs a network of convolutions over time (CNN, CNNLSTM, CNN2D, "
                f"CNN2DLSTM, LCNN, SEResNet, SERes2Net). {OTHER_WAY}"
            )
        if len(shapes[-1].shape) == 4 and not _bins_are_bands(front_end):
            raise ConfigError(
                "Grad-CAM needs features whose order is that of frequencies, such as LogLinear, "
                f"not cepstra or deltas. {OTHER_WAY}"
            )

    def attribute(self, utterance: Utterance, baseline: np.ndarray) -> Attribution:
        """Attribute the score of an utterance to its cells.

        The maps are weighted by the mean derivative of the score in each channel, summed over
        channels, and brought to (frames, bands) by linear interpolation. `baseline` (frames, bands)
        has no influence on that; its score is computed for the result.
        """
        score, baseline_score = self._scorer.scores(
            utterance, [utterance.levels, baseline]
        ).tolist()
        maps = self._maps(utterance)
        all_frames = utterance.all_levels.shape[1]
        stride = _stride(all_frames, len(maps.values))
        # Steps that hear padding alone have no share in the means.
        steps = max(len(utterance.levels) // int(stride), 1)
        values, slopes = maps.values[:steps], maps.slopes[:steps]
        weights = slopes.mean(axis=tuple(range(values.ndim - 1)))
        values = spread((values * weights).sum(axis=-1), utterance.levels.shape, stride)
        return Attribution(values.astype(np.float32), score, baseline_score, float("nan"))

    def _maps(self, utterance: Utterance) -> Maps:
        shapes = self._shapes(utterance)
        added, last = jnp.zeros(shapes[-1].shape, jnp.float32), len(shapes) - 1
        slopes, values = self._differentiate(added, last, *self._arguments(utterance))
        return Maps(np.asarray(values[0], np.float64), np.asarray(slopes[0], np.float64))

    def _shapes(self, utterance: Utterance) -> list[jax.ShapeDtypeStruct]:
        """Return the shapes of all maps of an utterance; each length is traced once."""
        length = utterance.all_levels.shape
        if length not in self._shapes_of:
            # A function of its own: jax traces a function that it knows no second time.
            with reaching() as reach:
                jax.eval_shape(
                    lambda *values: self._scorer.score_cells(*values), *self._arguments(utterance)
                )
            self._shapes_of[length] = reach.shapes
        return self._shapes_of[length]

    def _arguments(self, utterance: Utterance) -> tuple[Any, ...]:
        return self._scorer.weights, utterance.all_levels, utterance.rest, utterance.valid

    @cached_property
    def _differentiate(self) -> Callable:
        """(added, number, *arguments) -> derivatives by `added` and the maps of that number."""

        def score(added: jax.Array, number: int, *arguments) -> tuple[jax.Array, jax.Array | None]:
            with reaching(number, added) as reach:
                scores = self._scorer.score_cells(*arguments)
            return scores.sum(), reach.maps

        return jax.jit(jax.grad(score, has_aux=True), static_argnums=1)


def spread(values: np.ndarray, shape: tuple[int, ...], stride: float) -> np.ndarray:
    """Return float64 `shape` (frames, bands): a map (steps,) or (steps, bins), interpolated.

    A step stands for `stride` frames, and a bin for as many bands as they give. A map over time
    alone says the same of all bands.
    """
    if values.ndim == 1:
        values = values[:, None]
    strides = stride, _stride(shape[1], values.shape[1])
    places = [(np.arange(n) + 0.5) / s - 0.5 for n, s in zip(shape, strides, strict=True)]
    grid = np.meshgrid(*places, indexing="ij")
    return map_coordinates(values, grid, order=1, mode="nearest")


def _stride(cells: int, places: int) -> float:
    """Return for how many cells one place of a map stands: a power of two, where it can be one.

    Pooling leaves out what does not fill a place.
    """
    powers = [2**k for k in range(cells.bit_length()) if cells // 2**k == places]
    return float(powers[0]) if powers else cells / places


def _bins_are_bands(front_end: Framed) -> bool:
    """Whether the features of a frame are its bands, in the order of their frequencies."""
    return front_end.cosine_transform() is None and front_end.deltas == 0
