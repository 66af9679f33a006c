"""Whether something trivial tells the classes of a corpus apart, as findings of a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import numpy as np

from spoofjax.corpora.manifest import BONAFIDE, SPOOF, Manifest
from spoofjax.corpora.validation.report import Report
from spoofjax.errors import ScoreError
from spoofjax.evaluation.bootstrap import Interval, intervals
from spoofjax.evaluation.probe import probe_scores
from spoofjax.guards.cues import CUES, Typical
from spoofjax.guards.material import FEWEST, Material, materials_of
from spoofjax.loading.traits import traits_of

TRIVIAL = 0.25
"""A cue with a lower EER, its whole interval included, is trivial."""
RESAMPLES = 500
TOGETHER = "all cues together"


def check_cues(manifests: Mapping[str, Manifest], rate: int, report: Report) -> None:
    """Probe what tells spoofs from bona fide in each split and add what is trivial to a report.

    A probe sees one cue at a time, and all of them together; its EER is measured on speakers, or
    parents of copies, that it was not fitted on. A cue is a warning where the whole 95 % interval
    of its EER lies below TRIVIAL. `report.splits[split]["cues"]` gets the EERs with intervals, once
    for copies and their parents and once for other spoofs.
    `rate` is the sample rate in Hz at which audio is read.
    """
    for split, manifest in manifests.items():
        materials = materials_of(manifest)
        if not materials:
            text = f"cues were not probed: a class has fewer than {FEWEST} utterances."
            report.add("note", "cues", split, text, "")
        for material in materials:
            traits = traits_of(material.manifest, rate)
            is_read = np.asarray(~np.isnan(traits).any(axis=1))
            _check(split, material.where(is_read), traits[is_read], rate, report)


def _check(split: str, material: Material, traits: np.ndarray, rate: int, report: Report) -> None:
    labels = material.manifest.label
    features = {cue.name: cue.features(traits) for cue in CUES}
    features[TOGETHER] = np.column_stack(list(features.values()))
    try:
        eers = {name: _eer(values, labels, material.groups) for name, values in features.items()}
    except ScoreError as error:
        report.add("note", "cues", split, f"cues were not probed: {error}", "")
        return
    usual, other = (
        Typical.of(name, traits[labels == label], rate)
        for name, label in zip(material.names, (BONAFIDE, SPOOF), strict=True)
    )
    trivial = [cue for cue in CUES if eers[cue.name].high < TRIVIAL]
    for cue in trivial:
        message = f"{cue.name} alone tells {_figures(material, eers[cue.name])}"
        text = f"{message}: {cue.describe(usual, other)}."
        report.add("warning", f"cue-{cue.name}", split, text, cue.remedy)
    if not trivial and eers[TOGETHER].high < TRIVIAL:
        text = f"{TOGETHER} tell {_figures(material, eers[TOGETHER])}, though no single one does."
        clearest = min(CUES, key=lambda cue: eers[cue.name].value)
        report.add("warning", "cue-all", split, text, clearest.remedy)
    lines = ", ".join(f"{name} {_percent(eer)}" for name, eer in eers.items())
    message = (
        f"EER of probes that hear no speech, {(labels == SPOOF).sum()} {other.name} against "
        f"{(labels == BONAFIDE).sum()} of {usual.name}, folds over {material.grouping}: {lines}."
    )
    report.add("note", "cues", split, message, "")
    figures = {"folds_over": material.grouping, "eer": {n: asdict(eer) for n, eer in eers.items()}}
    report.splits.setdefault(split, {}).setdefault("cues", []).append(figures)


def _eer(features: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> Interval:
    scores = probe_scores(features, labels, groups)
    if np.ptp(scores) == 0:
        return Interval(0.5, 0.5, 0.5, 0.0)  # no cue; the official EER of equal scores is 100 %
    return intervals(scores, labels, resamples=RESAMPLES)["eer"]


def _figures(material: Material, eer: Interval) -> str:
    usual, other = material.names
    return f"{other} from {usual} at {_percent(eer)} EER"


def _percent(eer: Interval) -> str:
    return f"{100 * eer.value:.0f} % [{100 * eer.low:.0f}, {100 * eer.high:.0f}]"
