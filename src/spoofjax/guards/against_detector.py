"""Whether a detector already tells the spoofs of a corpus: then they teach it nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import numpy as np

from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.validation.report import Report
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.manifest_outputs import manifest_outputs
from spoofjax.evaluation.bootstrap import Interval, intervals
from spoofjax.guards.checking import RESAMPLES
from spoofjax.guards.material import FEWEST, material_of

CRUDE, INVERTED = 0.02, 0.5
"""Below the first EER spoofs are too crude to teach; above the second scores are upside down."""


def check_detector(
    manifests: Mapping[str, Manifest], detector: Detector, name: str, report: Report
) -> None:
    """Add to a report how well a detector tells the spoofs of each split.

    An EER below CRUDE is a warning, because a detector learns nothing from spoofs that it rejects
    already; so is an interval that lies above INVERTED, because spoofs that sound more genuine
    than speech teach the opposite. `name` is that of the detector, for messages.
    """
    for split, manifest in manifests.items():
        material = material_of(manifest)
        if material is None:
            text = f"{name} was not tried: a class has fewer than {FEWEST} utterances."
            report.add("note", "detector", split, text, "")
            continue
        scores = manifest_outputs(detector, material.manifest).scores
        is_scored = np.isfinite(scores)
        labels = material.manifest.label[is_scored]
        eer = intervals(scores[is_scored], labels, resamples=RESAMPLES)["eer"]
        report.splits.setdefault(split, {})["detector"] = {"name": name, "eer": asdict(eer)}
        _add(split, name, eer, report)


def _add(split: str, name: str, eer: Interval, report: Report) -> None:
    figures = f"{100 * eer.value:.1f} % [{100 * eer.low:.1f}, {100 * eer.high:.1f}]"
    message = f"{name} tells spoofs from bona fide at {figures} EER"
    if eer.value < CRUDE:
        remedy = "A detector learns nothing new from them: make or choose better copies."
        report.add("warning", "too-crude", split, f"{message}: they are too crude.", remedy)
    elif eer.low > INVERTED:
        remedy = (
            "It takes spoofs for speech and speech for spoofs: check the labels, and do not train "
            "on material that teaches the opposite of what the detector knows."
        )
        report.add("warning", "inverted", split, f"{message}: inverted.", remedy)
    else:
        report.add("note", "detector", split, f"{message}.", "")
