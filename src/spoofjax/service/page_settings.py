"""How the page cuts, judges and describes a recording that it listens to by itself."""

from __future__ import annotations

from typing import Any

from spoofjax.audio import judging
from spoofjax.deployment.exporting.scorer import llr_of_score
from spoofjax.service import pictures
from spoofjax.service.answers import LIMITS
from spoofjax.service.engine import Engine


def settings_of(engine: Engine) -> dict[str, Any]:
    """Return as JSON values all by which the page gives the answers of this engine."""
    rule = engine.rule
    scale, offset = llr_of_score(engine.detector)
    return {
        "rate": engine.rate,
        "window": engine.window,
        "hop": engine.hop,
        "pooling": engine.pooling,
        "most_seconds": engine.limits.most_seconds,
        "scale": scale,
        "offset": offset,
        "rule": {
            "prior": rule.prior,
            "threshold": rule.threshold,
            "spoof_above": rule.spoof_above,
            "abstain": rule.abstain or (rule.threshold, rule.threshold),
            "calibrated": rule.is_calibrated,
        },
        "judging": _judging(engine),
        "pictures": _pictures(engine.rate),
        "limits": f"{LIMITS} {engine.note}".strip(),
    }


def _judging(engine: Engine) -> dict[str, Any]:
    """Return the limits by which audio.judging calls a window unfit to be judged."""
    heard = engine.detector.training_audio
    return {
        "least_seconds": judging.LEAST_SECONDS,
        "quiet": judging.QUIET,
        "dc_limit": judging.dc_limit(heard),
        "dc_in_training": heard and heard.largest_dc_share,
        "level_in_training": heard and heard.level_dbfs,
        "level_margin": judging.LEVEL_MARGIN,
        "speech_hz": judging.SPEECH_HZ,
        "speech_share": judging.SPEECH_SHARE,
        "frame": round(judging.FRAME_SECONDS * engine.rate),
    }


def _pictures(rate: int) -> dict[str, Any]:
    """Return the sizes of service.pictures."""
    first, width = pictures.mel_bands(rate)
    return {
        "columns": pictures.COLUMNS,
        "frame": pictures.FRAME,
        "frames_per_column": pictures.FRAMES_PER_COLUMN,
        "range_db": pictures.RANGE_DB,
        "band_first": first.tolist(),
        "band_width": width.tolist(),
    }
