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
from spoofjax.guards.material import FEWEST, materials_of

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
        materials = materials_of(manifest)
        if not materials:
            text = f"{name} was not tried: a class has fewer than {FEWEST} utterances."
            report.add("note", "detector", split, text, "")
        for material in materials:
            scores = manifest_outputs(detector, material.manifest).scores
            is_scored = np.isfinite(scores)
            labels = material.manifest.label[is_scored]
            eer = intervals(scores[is_scored], labels, resamples=RESAMPLES)["eer"]
            usual, other = material.names
            _add(split, f"{name} tells {other} from {usual}", eer, report)
            figures = {"name": name, "of": other, "eer": asdict(eer)}
            report.splits.setdefault(split, {}).setdefault("detector", []).append(figures)


def _add(split: str, claim: str, eer: Interval, report: Report) -> None:
    figures = f"{100 * eer.value:.1f} % [{100 * eer.low:.1f}, {100 * eer.high:.1f}]"
    message = f"{claim} at {figures} EER"
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
