"""What should make a person stop and look, each with advice: collapse, a useless EER, leakage."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from spoofjax.config import Experiment
from spoofjax.corpora.manifest import Manifest
from spoofjax.evaluation.collapse import Collapse

EER_LIMIT = 0.45
NAMED = 3
"""How many examples an alarm names."""

COLLAPSE_ADVICE = (
    "Draw both classes equally often (sampling=Balanced()) without class weights in the loss; if "
    "they already are, lower the learning rate tenfold and look at the loss curve."
)
EER_ADVICE = (
    "That is hardly better than a coin. Check that the labels fit the files, that the training "
    "loss falls at all, and that the front end sees what differs; a short run may just need more "
    "steps."
)
FILE_ADVICE = (
    "Scores on it say nothing of unseen speech. Remove them from one of the splits, or check that "
    "the protocols are those of different splits."
)
SPEAKER_ADVICE = (
    "A model may learn the voice instead of the spoof, so scores on it look better than they are. "
    "Split by speaker, unless the corpus means it so."
)


def of_collapse(found: Collapse) -> list[str]:
    """Return the reasons of the collapse alarm and what to do; nothing where it did not fire."""
    return [*found.reasons, COLLAPSE_ADVICE] if found.fired else []


def of_correction(experiment: Experiment) -> list[str]:
    """Return the alarm of classes that are balanced twice: by the sampling and by the loss."""
    if not (experiment.sampling.balances_classes and experiment.loss.log_prior_shift):
        return []
    return [
        "The sampling balances the classes and the loss weights them as well: together they "
        "over-correct. Leave both class weights at 1, or draw with Natural()."
    ]


def of_eer(split: str, rate: float) -> list[str]:
    """Return the alarm of an EER above 45 %, as a share."""
    if rate <= EER_LIMIT:
        return []
    return [f"The {split} EER is {rate:.1%} (alarm above {EER_LIMIT:.0%}). {EER_ADVICE}"]


def of_unread(keys: list[str]) -> list[str]:
    """Return the alarm of utterances that could not be read and have no score."""
    if not keys:
        return []
    return [
        f"{len(keys)} utterance(s) could not be read and are left out ({_some(keys)}). Mend or "
        "fetch the files again and repeat the evaluation before publishing a number."
    ]


def of_leakage(manifests: Mapping[str, Manifest]) -> dict[str, list[str]]:
    """Return alarms by split: files, utterances or speakers that an earlier split has too.

    Files are compared by their place, speakers and utterances by their names within a corpus. The
    same audio under another name is not noticed.
    """
    alarms: dict[str, list[str]] = {name: [] for name in manifests}
    files = {name: _files(manifest) for name, manifest in manifests.items()}
    speakers = {name: _speakers(manifest) for name, manifest in manifests.items()}
    for first, second in combinations(manifests, 2):
        same = files[first] & files[second]
        if same:
            alarms[second].append(
                f"{len(same)} file(s) of {second} are in {first} too ({_some(same)}). "
                + FILE_ADVICE
            )
        same = speakers[first] & speakers[second]
        if same:
            alarms[second].append(
                f"{len(same)} speaker(s) of {second} speak in {first} too ({_some(same)}). "
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
