"""Alarms, each with advice: a collapsed model, leakage between splits."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from spoofjax.config import Experiment
from spoofjax.corpora.manifest import Manifest
from spoofjax.evaluation.collapse import Collapse
from spoofjax.runs.folder import RunFolder

NAMED = 3
"""How many examples an alarm names."""

COLLAPSE_ADVICE = (
    "Draw both classes equally often (sampling=Balanced()) without class weights in the loss; if "
    "they already are, lower the learning rate tenfold and look at the loss curve."
)
UNTRAINED_COLLAPSE_ADVICE = (
    "This run has no history of training, so its weights were imported. If the EER above is low, "
    "only the model's own threshold does not suit these recordings, and `spoofjax calibrate` sets "
    "another one on dev. Otherwise compare the sample rate, the level and the kind of these "
    "recordings with those that the weights were trained on."
)
FILE_ADVICE = (
    "Its results say nothing about unseen speech. Remove them from one of the splits, or check "
    "that the protocols belong to different splits."
)
SPEAKER_ADVICE = (
    "A model may learn the voice instead of the spoof, so its results look too good. Split by "
    "speaker, unless the corpus is meant to share speakers."
)


def of_collapse(collapse: Collapse) -> list[str]:
    """Return the reasons of the collapse alarm and the advice; nothing if it did not fire."""
    return [*collapse.reasons, COLLAPSE_ADVICE] if collapse.fired else []


def collapse_advice(run: RunFolder) -> str:
    """Return the advice on a collapse, which for imported weights is not about training."""
    return COLLAPSE_ADVICE if run.metrics.is_file() else UNTRAINED_COLLAPSE_ADVICE


def of_model(experiment: Experiment) -> list[str]:
    """Return the model's own warnings, and that of references which it never sees."""
    # The weights of another run replace those that the warnings are about.
    texts = [] if experiment.transfer.source is not None else experiment.model.warnings()
    if experiment.model.takes_reference and experiment.reference == "none":
        texts.append(
            "The model compares utterances with a reference, but the experiment gives none, so "
            'that this part of the model learns nothing. Set reference="speaker" '
            "(--reference speaker), or anyone for a corpus without such speakers."
        )
    return texts


def of_correction(experiment: Experiment) -> list[str]:
    """Return the alarm of classes that both the sampling and the loss balance."""
    if not (experiment.sampling.balances_classes and experiment.loss.log_prior_shift):
        return []
    return [
        "The sampling balances the classes and the loss weights them too: together they "
        "over-correct. Leave both class weights at 1, or draw with Natural()."
    ]


def of_classes(manifests: Mapping[str, Manifest]) -> list[str]:
    """Return the alarm of labelled splits in which a class is missing."""
    return [
        f"{name} has no {word} utterance: it is scored, but no error rate can be computed from it. "
        "Check the key column of its protocol."
        for name, manifest in manifests.items()
        if manifest.labelled
        for word in manifest.missing_classes
    ]


def of_unread(keys: list[str]) -> list[str]:
    """Return the alarm of utterances that have no score because they could not be read."""
    if not keys:
        return []
    return [
        f"{len(keys)} utterance(s) could not be read and are left out ({_some(keys)}). Repair "
        "the files or fetch them again, and repeat the evaluation before publishing a result."
    ]


def of_leakage(manifests: Mapping[str, Manifest]) -> dict[str, list[str]]:
    """Return alarms by split: files or speakers that are in an earlier split too.

    Files are compared by path and speakers by name within a corpus. A copy of a file under another
    name is not noticed.
    """
    alarms: dict[str, list[str]] = {name: [] for name in manifests}
    files = {name: _files(manifest) for name, manifest in manifests.items()}
    speakers = {name: _speakers(manifest) for name, manifest in manifests.items()}
    for first, second in combinations(manifests, 2):
        shared = files[first] & files[second]
        if shared:
            alarms[second].append(
                f"{len(shared)} file(s) of {second} are in {first} too ({_some(shared)}). "
                + FILE_ADVICE
            )
        shared = speakers[first] & speakers[second]
        if shared:
            alarms[second].append(
                f"{len(shared)} speaker(s) of {second} speak in {first} too ({_some(shared)}). "
                + SPEAKER_ADVICE
            )
    return alarms


def _files(manifest: Manifest) -> set[str]:
    return set(manifest.files.paths())


def _speakers(manifest: Manifest) -> set[str]:
    corpora, speakers = manifest.column("corpus"), manifest.column("speaker")
    pairs = zip(corpora.codes.tolist(), speakers.codes.tolist(), strict=True)
    return {
        f"{corpora.names[corpus]}/{speakers.names[speaker]}"
        for corpus, speaker in set(pairs)
        if corpus >= 0 and speaker >= 0
    }


def _some(names: set[str] | list[str]) -> str:
    ordered = sorted(names)
    return ", ".join(ordered[:NAMED]) + (", ..." if len(ordered) > NAMED else "")
