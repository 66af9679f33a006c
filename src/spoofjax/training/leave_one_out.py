"""Leaving out attacks, codecs, languages or sources: how well are they told unseen?

For every value of a column, or for every fold of values, a detector is trained without it, once for
each seed, and then scores what was left out. Each training is an ordinary run, so that an
interrupted series continues.
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
    """One training: without some values, with a seed."""

    part: str
    """What is left out, as a name: the value itself, or "fold-1-of-4"."""
    values: tuple[str, ...]
    seed: int


@dataclass(frozen=True)
class LeaveOneOut:
    """A series of trainings in the folder `out`.

    `column` is what is left out by; `values` are those to leave out, by default all that train has.
    With `folds`, several are left out at a time: the values, by default all of train and dev, are
    dealt to so many folds in the order of their names, which spreads those of train and of dev.
    Seeds are experiment.seed and the following ones. What was left out, of any split, is scored
    together with all bona fide utterances of the split `against`; where that is dev, what was left
    out of train and dev, so that it can choose a recipe without eval.
    """

    experiment: Experiment
    column: str
    out: Path
    values: tuple[str, ...] | None = None
    seeds: int = 3
    against: str = "eval"
    folds: int | None = None

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
        parts = self._parts()
        for part, values in parts.items():
            check_name(part, f"The {self.column} to leave out", ConfigError)
            self._check_classes(values)
        seeds = range(self.experiment.seed, self.experiment.seed + self.seeds)
        return [Job(part, values, seed) for part, values in parts.items() for seed in seeds]

    def run(self, job: Job, *, quiet: bool = False) -> None:
        """Train, or continue, one run and score what it was trained without.

        A finished run is not trained again, and scores that exist are kept.
        """
        manifests = self._trained(job.values)
        experiment = self.experiment.replace(data=self._without(job.values), seed=job.seed)
        folder, path = self._folder(job) / f"seed-{job.seed}", self._scores(job)
        if not is_finished(folder, experiment, manifests):
            path.unlink(missing_ok=True)
            train(experiment, manifests, folder, resume=True, quiet=quiet)
        if not path.is_file():
            left_out = self.left_out(job.values)
            scores = manifest_outputs(Detector.load(folder), left_out).scores
            is_read = np.isfinite(scores)
            write_scores(path, Scores(left_out.keys()[is_read], scores[is_read]))

    def results(self, jobs: Sequence[Job]) -> list[LeftOut]:
        """Return what is known of each part among the jobs; parts without scores are missing."""
        seeds: dict[tuple[str, ...], list[Path]] = {}
        for job in jobs:
            if self._scores(job).is_file():
                seeds.setdefault(job.values, []).append(self._scores(job))
        return [self._result(values, paths) for values, paths in seeds.items()]

    def left_out(self, values: tuple[str, ...]) -> Manifest:
        """Return the utterances with these values, and the bona fide utterances of `against`.

        Where that is dev, nothing of eval is among them.
        """
        parts = []
        for split, manifest in self._manifests.items():
            if self.against == "dev" and split not in TRAINED:
                continue
            is_scored = has_value(manifest, self.column, values) & (manifest.label != UNKNOWN)
            if split == self.against:
                is_scored = is_scored | (manifest.label == BONAFIDE)
            parts.append(manifest.take(is_scored))
        return Manifest.concatenate(parts)

    def _parts(self) -> dict[str, tuple[str, ...]]:
        """Return the values that are left out together, by the name of the part."""
        splits = TRAINED if self.folds else TRAINED[:1]
        tallies = [self._manifests[split].column(self.column).tally() for split in splits]
        values = self.values or tuple(sorted(set().union(*tallies)))
        if self.folds is None:
            return {value: (value,) for value in values}
        if not 2 <= self.folds <= len(values):
            raise ConfigError(
                f"--folds must be 2 to {len(values)}, the number of values, not {self.folds}."
            )
        values = tuple(sorted(values))
        return {f"fold-{n + 1}-of-{self.folds}": values[n :: self.folds] for n in range(self.folds)}

    def _result(self, values: tuple[str, ...], paths: Sequence[Path]) -> LeftOut:
        manifest = self.left_out(values)
        read = [read_scores(path) for path in paths]
        # An utterance that cannot be read has no score, whatever the seed.
        kept = manifest.take(np.isin(manifest.keys(), read[0].ids))
        scores = [join(one, Keys.of(kept)).score for one in read]
        return left_out_result(", ".join(values), np.stack(scores), kept.label)

    def _check_classes(self, values: tuple[str, ...]) -> None:
        """Raise CorpusError where a training or its evaluation would lack a class."""
        trained = self._trained(values)
        listed = f"{self.column} {', '.join(map(repr, values))}"
        parts = {f"What is left out with {listed}": self.left_out(values)}
        for split, manifest in trained.items():
            parts[f"Without {listed}, {split}"] = manifest
        for what, manifest in parts.items():
            for word in manifest.missing_classes:
                raise CorpusError(f"{what} has no {word} utterance. Choose others with --values.")

    def _trained(self, values: tuple[str, ...]) -> dict[str, Manifest]:
        without = self._without(values)
        without.check(self._manifests)
        return {split: without.rest(split, self._manifests[split]) for split in TRAINED}

    @cached_property
    def _manifests(self) -> Mapping[str, Manifest]:
        corpus = self.experiment.data
        return {split: corpus.manifest(split) for split in corpus.splits()}

    def _without(self, values: tuple[str, ...]) -> Without:
        return Without(self.experiment.data, self.column, values)

    def _folder(self, job: Job) -> Path:
        return self.out / f"{self.column}-{job.part}"

    def _scores(self, job: Job) -> Path:
        return self._folder(job) / f"left-out.{self.against}.seed-{job.seed}.tsv"
