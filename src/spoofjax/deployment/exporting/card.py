"""The model card of an export: what the detector is, how good it is, and what it is not for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spoofjax.audio.clips import most_samples
from spoofjax.deployment.detector import Detector
from spoofjax.evaluation.bootstrap import intervals
from spoofjax.evaluation.pooling import summary_of
from spoofjax.evaluation.rule import Rule
from spoofjax.runs.record import RunRecord, ScoredSplit

CARD = "README.md"
NOTICE = "NOTICE.md"
RESAMPLES = 500
"""Bootstrap samples behind an interval."""
METRICS = {
    "eer": ("EER", "{:.2%}"),
    "min_dcf": ("minDCF", "{:.4f}"),
    "act_dcf": ("actDCF", "{:.4f}"),
    "cllr": ("Cllr", "{:.4f}"),
    "auc": ("AUC", "{:.4f}"),
}
OF_LLRS = ("act_dcf", "cllr")
"""Metrics that depend on the calibration; the others follow from the order of the scores."""
USE = (
    "This detector supports a person who judges whether speech was recorded from a human speaker "
    "or made by a machine. Its output is evidence about one recording, with the error rates above "
    "on the data above."
)
LIMITS = (
    "Attacks, codecs, languages and microphones that are not in the data above can raise the error "
    "rates far above those of the table.",
    "P(spoof) depends on the prior. The threshold holds for the prior and the costs above.",
    "Only the first {seconds:.2f} seconds of a recording are heard.",
    "It does not say who speaks, and it does not find which part of a recording is synthetic.",
    "It should not be the only ground for a decision about a person.",
)


def card(
    detector: Detector, source: Path, facts: Mapping[str, Any], files: Mapping[str, str]
) -> str:
    """Return the card in Markdown.

    `source` is the run, whose results are read; `facts` are those of export.json; `files` says what
    each file of the folder holds.
    """
    record, rule = RunRecord.read(source), Rule.of(detector.decision)
    sections = {
        "Model": _model(detector),
        "Data": _data(detector, record),
        "Results": _results(record),
        "Calibration and threshold": _decision(detector, rule),
        "Files": [f"- `{name}`: {what}" for name, what in files.items()],
        "Checked": _checked(facts),
        "Intended use": [USE],
        "Limits": _limits(detector),
        "Licence": [f"See [{NOTICE}]({NOTICE})."],
    }
    parts = [f"# {record.name}: a detector of spoofed speech"]
    parts += [f"## {title}\n\n" + "\n".join(lines) for title, lines in sections.items()]
    return "\n\n".join(parts) + "\n"


def notice(detector: Detector, imported: Mapping[str, Any]) -> str:
    """Return what is known of the rights in the weights; `imported` are the facts of an import."""
    lines = ["# Licence of this detector", ""]
    if imported:
        lines.append(
            f"The weights are those of `{Path(imported['file']).name}`, imported as "
            f"{imported['as']}. The licence of their owner applies to them."
        )
    else:
        lines.append(
            f"The weights were trained on {detector.experiment.data.name}. Whoever trained them "
            "decides about their licence, within the licence of that data, which may forbid "
            "commercial use or distribution. State it here before you pass this folder on."
        )
    lines += [
        "",
        "`example.py` may be used without any condition. The format and the export come from "
        "spoofjax, whose own code (Apache-2.0) is not in this folder.",
    ]
    return "\n".join(lines) + "\n"


def _model(detector: Detector) -> list[str]:
    experiment = detector.experiment
    parameters = sum(math.prod(leaf.shape) for leaf in detector.shapes[0].values())
    clip = experiment.clip
    short = "repeated" if clip.short == "tile" else "padded with silence that the model ignores"
    return [
        f"{type(experiment.model).__name__} on {type(experiment.front_end).__name__}, "
        f"{parameters:,} parameters, {experiment.front_end.rate} samples per second. "
        f"It hears at most {_heard(detector):.2f} seconds; shorter recordings are {short}. "
        "Higher scores mean bona fide speech.",
    ]


def _heard(detector: Detector) -> float:
    return most_samples(detector.experiment.clip) / detector.experiment.front_end.rate


def _data(detector: Detector, record: RunRecord) -> list[str]:
    experiment = detector.experiment
    lines = [
        f"Trained on {experiment.data.name} with {type(experiment.loss).__name__}, "
        f"{experiment.batch} utterances a step."
    ]
    if record.history:
        last = record.history[-1]
        lines = [lines[0][:-1] + f", {last['step']:,} steps."]
        if "drawn_bonafide" in last:
            lines.append(
                f"Drawn in training: {last['drawn_bonafide']:,} bona fide and "
                f"{last['drawn_spoof']:,} spoofed utterances."
            )
    return lines


def _results(record: RunRecord) -> list[str]:
    if not record.metrics:
        return ["Nothing is known: the run holds no evaluated split."]
    names = [name for name, _ in METRICS.values()]
    lines = [
        "| split | corpus | bona fide | spoof | " + " | ".join(names) + " |",
        "| --- " * (4 + len(names)) + "|",
    ]
    warnings: list[str] = []
    for title, metrics in record.metrics.items():
        warnings += record.stale(title)
        cells = _cells(metrics, record.scored.get(title), bool(record.stale(title)))
        counts = (metrics["corpus"], f"{metrics['bonafide']:,}", f"{metrics['spoof']:,}")
        lines.append("| " + " | ".join((title, *counts, *cells)) + " |")
    note = " ".join(["In brackets: 95 % bootstrap intervals over utterances.", *warnings])
    return [*lines, "", note]


def _cells(metrics: Mapping[str, Any], scored: ScoredSplit | None, is_stale: bool) -> Sequence[str]:
    around = {}
    if scored is not None:
        around = intervals(scored.llr, scored.keys.label, resamples=RESAMPLES)
    cells = []
    for key, (_, form) in METRICS.items():
        cell = form.format(metrics[key])
        if key in around and not (is_stale and key in OF_LLRS):
            low, high = (form.format(end) for end in (around[key].low, around[key].high))
            cell += f" [{low}, {high}]"
        cells.append(cell)
    return cells


def _decision(detector: Detector, rule: Rule) -> list[str]:
    calibration = detector.decision["calibration"]
    if calibration is None:
        text = (
            "Not calibrated: `llr` is the score less the threshold "
            f"{detector.decision['threshold']:.6g}, and P(spoof) is a rough figure."
        )
    else:
        text = (
            f"Calibrated: `llr` = {calibration['scale'][0]:.6g} score "
            f"{calibration['offset']:+.6g}, a natural-log likelihood ratio of bona fide over spoof."
        )
    summary = summary_of(detector.decision)
    return [text, "", f"Verdict: {rule}.", *(["", summary] if summary else [])]


def _checked(facts: Mapping[str, Any]) -> list[str]:
    lines = [
        f"{facts['checked_utterances']} {facts['checked_on']} give the scores of the run; the "
        f"largest difference is {facts['largest_difference']:.1e}."
    ]
    reduced = facts.get("reduced")
    if reduced is not None:
        lines = [
            f"{facts['checked_utterances']} {facts['checked_on']} were scored by the model in "
            "float32, which gives the scores of the run to "
            f"{reduced['float32_difference']:.1e}, and in {facts['precision']}:",
            "",
            *reduced_lines(facts),
        ]
    return lines


def reduced_lines(facts: Mapping[str, Any]) -> list[str]:
    """Return in Markdown what a smaller precision changes."""
    reduced = facts["reduced"]
    lines = [
        f"- size {reduced['float32_bytes']:,} to {facts['bytes']:,} bytes",
        f"- time for one utterance {1e3 * reduced['float32_seconds']:.1f} to "
        f"{1e3 * reduced['seconds']:.1f} ms",
        f"- change of a score: {facts['largest_difference']:.2g} at most, "
        f"{reduced['mean_difference']:.2g} in the mean, where scores spread by "
        f"{reduced['spread']:.2g} (standard deviation)",
    ]
    if reduced["eer"] is not None:
        before, after = reduced["eer"]
        lines.append(f"- EER {before:.2%} to {after:.2%}")
    return lines


def _limits(detector: Detector) -> list[str]:
    seconds = _heard(detector)
    return [f"- {text.format(seconds=seconds)}" for text in LIMITS]
