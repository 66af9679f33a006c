"""Whether something trivial tells the classes of a corpus apart, as findings of a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from spoofjax.corpora.manifest import BONAFIDE, SPOOF, Manifest
from spoofjax.corpora.validation.report import Report
from spoofjax.errors import ScoreError
from spoofjax.evaluation.bootstrap import Interval, intervals
from spoofjax.evaluation.probe import probe_scores
from spoofjax.guards.cues import CUES, Cue, Typical
from spoofjax.guards.material import FEWEST, Material, material_of
from spoofjax.loading.traits import traits_of

TRIVIAL = 0.25
"""A cue with a lower EER, its whole interval included, is trivial."""
RESAMPLES = 500
TOGETHER = "all cues together"


def check_cues(manifests: Mapping[str, Manifest], rate: int, report: Report) -> None:
    """Probe what tells spoofs from bona fide in each split and add what is trivial to a report.

    A probe sees one cue at a time, and all of them together; its EER is measured on speakers, or
    parents of copies, that it was not fitted on. A cue is a warning where the whole 95 % interval
    of its EER lies below TRIVIAL. The EERs stand in `report.splits[split]["cues"]`, with intervals.
    `rate` is the sample rate in Hz at which audio is read.
    """
    for split, manifest in manifests.items():
        material = material_of(manifest)
        if material is None:
            text = f"cues were not probed: a class has fewer than {FEWEST} utterances."
            report.add("note", "cues", split, text, "")
            continue
        traits = traits_of(material.manifest, rate)
        is_read = np.asarray(~np.isnan(traits).any(axis=1))
        _check_split(split, _kept(material, is_read), traits[is_read], rate, report)


def _kept(material: Material, is_kept: np.ndarray) -> Material:
    manifest = material.manifest.take(is_kept)
    return material._replace(manifest=manifest, groups=material.groups[is_kept])


def _check_split(
    split: str, material: Material, traits: np.ndarray, rate: int, report: Report
) -> None:
    labels = material.manifest.label
    features = {cue.name: cue.features(traits) for cue in CUES}
    features[TOGETHER] = np.column_stack(list(features.values()))
    try:
        eers = {name: _eer(values, labels, material.groups) for name, values in features.items()}
    except ScoreError as error:
        report.add("note", "cues", split, f"cues were not probed: {error}", "")
        return
    bonafide = Typical.of("bona fide", traits[labels == BONAFIDE], rate)
    spoof = Typical.of("spoofs", traits[labels == SPOOF], rate)
    trivial = [cue for cue in CUES if eers[cue.name].high < TRIVIAL]
    for cue in trivial:
        text = cue.describe(bonafide, spoof)
        _add(split, cue.name, eers[cue.name], text, cue.remedy, report)
    if not trivial and eers[TOGETHER].high < TRIVIAL:
        text = "no single cue does, but they add up"
        _add(split, TOGETHER, eers[TOGETHER], text, _best(eers).remedy, report)
    counts = [int((labels == label).sum()) for label in (BONAFIDE, SPOOF)]
    lines = ", ".join(f"{name} {_percent(eer)}" for name, eer in eers.items())
    message = (
        f"EER of probes that hear no speech, {counts[0]} bona fide against {counts[1]} spoof, "
        f"folds over {material.grouping}: {lines}."
    )
    report.add("note", "cues", split, message, "")
    report.splits.setdefault(split, {})["cues"] = _to_json(eers, material.grouping)


def _eer(features: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> Interval:
    scores = probe_scores(features, labels, groups)
    return intervals(scores, labels, resamples=RESAMPLES)["eer"]


def _add(split: str, name: str, eer: Interval, text: str, remedy: str, report: Report) -> None:
    kind = f"cue-{name.partition(' ')[0]}"
    verb = "tell" if name == TOGETHER else "alone tells"
    message = f"{name} {verb} spoofs from bona fide at {_percent(eer)} EER: {text}."
    report.add("warning", kind, split, message, remedy)


def _best(eers: Mapping[str, Interval]) -> Cue:
    return min(CUES, key=lambda cue: eers[cue.name].value)


def _percent(eer: Interval) -> str:
    return f"{100 * eer.value:.0f} % [{100 * eer.low:.0f}, {100 * eer.high:.0f}]"


def _to_json(eers: Mapping[str, Interval], grouping: str) -> dict[str, Any]:
    return {"folds_over": grouping, "eer": {name: asdict(eer) for name, eer in eers.items()}}
