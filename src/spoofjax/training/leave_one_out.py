"""Leaving out one attack, codec, language or source at a time: how well is it told unseen?

For every value of a column a detector is trained without it, once for each seed, and then scores
what was left out. Each training is an ordinary run, so that an interrupted series continues.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spoofjax.config import Experiment
from spoofjax.corpora.manifest import BONAFIDE, UNKNOWN, Manifest
from spoofjax.corpora.readers.without import TRAINED, Without, has_value
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.manifest_outputs import manifest_outputs
from spoofjax.errors import ConfigError, CorpusError
from spoofjax.evaluation.keys import Keys
from spoofjax.evaluation.left_out import LeftOut, left_out_result
from spoofjax.evaluation.scores import Scores, join, read_scores, write_scores
from spoofjax.names import check_name
from spoofjax.training.loop import train
from spoofjax.training.seeds import is_finished


class Job(NamedTuple):
    """One training: without a value, with a seed."""

    value: str
    seed: int


@dataclass(frozen=True)
class LeaveOneOut:
    """A series of trainings in the folder `out`.

    `column` is what is left out by; `values` are those to leave out, by default all that train has.
    Seeds are experiment.seed and the following ones. What was left out, of any split, is scored
    together with all bona fide utterances of the split `against`.
    """

    experiment: Experiment
    column: str
    out: Path
    values: tuple[str, ...] | None = None
    seeds: int = 3
    against: str = "eval"

    def jobs(self) -> list[Job]:
        """Return all trainings, in order; those of a value follow one another.

        Raises ConfigError for numbers and values that make no sense, and CorpusError where the
        corpus lacks the column or a split.
        """
        if self.seeds < 1:
            raise ConfigError(f"--seeds must be 1 or more, not {self.seeds}.")
        for split in (*TRAINED, self.against):
            if split not in self._manifests:
                raise CorpusError(f"{self.experiment.data.name} has no {split} split.")
        tally = self._manifests["train"].column(self.column).tally()
        if len(tally) < 2:
            listed = ", ".join(tally) or "none"
            raise ConfigError(
                f"Leaving one {self.column} out needs two or more in train; there is {listed}."
            )
        values = self.values or tuple(tally)
        for value in values:
            check_name(value, f"The {self.column} to leave out", ConfigError)
            self._check_classes(value)
        first = self.experiment.seed
        return [Job(value, first + n) for value in values for n in range(self.seeds)]

    def run(self, job: Job, *, quiet: bool = False) -> None:
        """Train, or continue, one run and score what it was trained without.

        A finished run is not trained again, and scores that exist are kept.
        """
        manifests = self._trained(job.value)
        experiment = self.experiment.replace(data=self._without(job.value), seed=job.seed)
        folder, path = self._folder(job.value) / f"seed-{job.seed}", self._scores(job)
        if not is_finished(folder, experiment, manifests):
            path.unlink(missing_ok=True)
            train(experiment, manifests, folder, resume=True, quiet=quiet)
        if not path.is_file():
            left_out = self.left_out(job.value)
            scores = manifest_outputs(Detector.load(folder), left_out).scores
            is_read = np.isfinite(scores)
            write_scores(path, Scores(left_out.keys()[is_read], scores[is_read]))

    def results(self, jobs: Sequence[Job]) -> list[LeftOut]:
        """Return what is known of each value among the jobs; values without scores are missing."""
        seeds: dict[str, list[Path]] = {}
        for job in jobs:
            if self._scores(job).is_file():
                seeds.setdefault(job.value, []).append(self._scores(job))
        return [self._result(value, paths) for value, paths in seeds.items()]

    def left_out(self, value: str) -> Manifest:
        """Return all utterances with a value, and the bona fide utterances of `against`."""
        parts = []
        for split, manifest in self._manifests.items():
            is_scored = has_value(manifest, self.column, (value,)) & (manifest.label != UNKNOWN)
            if split == self.against:
                is_scored = is_scored | (manifest.label == BONAFIDE)
            parts.append(manifest.take(is_scored))
        return Manifest.concatenate(parts)

    def _result(self, value: str, paths: Sequence[Path]) -> LeftOut:
        manifest = self.left_out(value)
        read = [read_scores(path) for path in paths]
        # An utterance that cannot be read has no score, whatever the seed.
        kept = manifest.take(np.isin(manifest.keys(), read[0].ids))
        scores = [join(one, Keys.of(kept)).score for one in read]
        return left_out_result(value, np.stack(scores), kept.label)

    def _check_classes(self, value: str) -> None:
        """Raise CorpusError where a training or its evaluation would lack a class."""
        parts = {f"What is left out with {self.column} {value!r}": self.left_out(value)}
        for split, manifest in self._trained(value).items():
            parts[f"Without {self.column} {value!r}, {split}"] = manifest
        for what, manifest in parts.items():
            for word in manifest.missing_classes:
                raise CorpusError(f"{what} has no {word} utterance. Choose others with --values.")

    def _trained(self, value: str) -> dict[str, Manifest]:
        without = self._without(value)
        return {split: without.rest(split, self._manifests[split]) for split in TRAINED}

    @cached_property
    def _manifests(self) -> Mapping[str, Manifest]:
        corpus = self.experiment.data
        return {split: corpus.manifest(split) for split in corpus.splits()}

    def _without(self, value: str) -> Without:
        return Without(self.experiment.data, self.column, (value,))

    def _folder(self, value: str) -> Path:
        return self.out / f"{self.column}-{value}"

    def _scores(self, job: Job) -> Path:
        return self._folder(job.value) / f"left-out.{self.against}.seed-{job.seed}.tsv"
