"""The folder of one run: the names of its files, and who may write to it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spoofjax import config_files
from spoofjax.config import Experiment
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import ConfigError, RunError
from spoofjax.files import write_json
from spoofjax.json_files import read_json
from spoofjax.names import check_name
from spoofjax.runs.documents import Decision, SplitMetrics, TrainingAudioFacts
from spoofjax.runs.folder_lock import FolderLock
from spoofjax.runs.resuming import check_resumable, is_longer
from spoofjax.runs.training_data import check_training_data, write_training_data

NAMED = 3
"""How many of the runs in a folder a message names."""


class RunFolder:
    """The paths and small files of a run. Checkpoints are left to training/checkpoints.py."""

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self._lock = FolderLock(self.lock_file)

    @property
    def config(self) -> Path:
        """The resolved experiment, as JSON."""
        return self.path / "config.json"

    @property
    def environment(self) -> Path:
        """Versions, devices and the git commit, as JSON."""
        return self.path / "environment.json"

    @property
    def training_data(self) -> Path:
        """Fingerprints of the utterances of every split."""
        return self.path / "training_data.npz"

    @property
    def metrics(self) -> Path:
        """One JSON object per line: step, seconds and measurements."""
        return self.path / "metrics.jsonl"

    @property
    def decision(self) -> Path:
        """Threshold, prior and calibration, as JSON; all but the prior come from dev."""
        return self.path / "decision.json"

    @property
    def imported(self) -> Path:
        """What `spoofjax import` made the run from, as JSON; a trained run has no such file."""
        return self.path / "import.json"

    @property
    def weights(self) -> Path:
        """The weights of the best checkpoint."""
        return self.path / "weights.safetensors"

    @property
    def transfer(self) -> Path:
        """What a run took over from earlier weights, as JSON; only in runs that have a source."""
        return self.path / "transfer.json"

    @property
    def training_audio(self) -> Path:
        """Levels and DC offsets that the run heard, as JSON; older runs have none."""
        return self.path / "training_audio.json"

    @property
    def known_attacks(self) -> Path:
        """Where traced attacks lie among the embeddings; only in runs that reject by distance."""
        return self.path / "known_attacks.npz"

    @property
    def heard(self) -> Path:
        """Traits and embeddings of a part of train and dev; `spoofjax drift` writes it."""
        return self.path / "heard.npz"

    @property
    def fusion(self) -> Path:
        """The weights of a fusion of runs, as JSON; only in folders that `spoofjax fuse` writes."""
        return self.path / "fusion.json"

    @property
    def checkpoints(self) -> Path:
        """Folder of the checkpoint store."""
        return self.path / "checkpoints"

    @property
    def report(self) -> Path:
        """Folder of reports and pictures."""
        return self.path / "report"

    @property
    def markdown(self) -> Path:
        """The short report; training writes it last, so only a finished run has it."""
        return self.report / "report.md"

    @property
    def page(self) -> Path:
        """The report as one HTML file."""
        return self.report / "report.html"

    @property
    def live_page(self) -> Path:
        """What a browser shows of the run while it trains."""
        return self.report / "live.html"

    @property
    def tensorboard(self) -> Path:
        """Folder of the history for TensorBoard, where that was asked for."""
        return self.path / "tensorboard"

    @property
    def profile(self) -> Path:
        """Folder of the table and the trace of profiled steps, where they were asked for."""
        return self.path / "profile"

    def split_metrics(self, split: str) -> Path:
        """All numbers of one evaluated split, as JSON."""
        return self.report / f"metrics.{split}.json"

    def scores(self, corpus: str, split: str) -> Path:
        """The scores of one split. Raises RunError for a corpus whose name leads elsewhere."""
        return self._of_corpus(corpus, f"{split}.tsv")

    def key(self, corpus: str, split: str) -> Path:
        """The labels and columns of the utterances that have scores. Raises as `scores` does."""
        return self._of_corpus(corpus, f"{split}.key.tsv")

    def attributions(self, corpus: str, split: str) -> Path:
        """The likeliest attack of each utterance; only in runs that trace attacks.

        Raises RunError as `scores` does.
        """
        return self._of_corpus(corpus, f"{split}.attacks.tsv")

    def _of_corpus(self, corpus: str, name: str) -> Path:
        check_name(corpus, "The name of the corpus", RunError)
        return self.path / "scores" / f"{corpus}.{name}"

    @property
    def elsewhere(self) -> Path:
        """Folder of the results on other corpora than the run's own."""
        return self.path / "elsewhere"

    def results_elsewhere(self, corpus: str, split: str, number: int = 1) -> Path:
        """Folder of the results on a split of another corpus.

        `number` tells apart corpora of the same name. Raises RunError for a corpus whose name leads
        elsewhere.
        """
        check_name(corpus, "The name of the corpus", RunError)
        name = f"{corpus}.{split}"
        return self.elsewhere / (name if number == 1 else f"{name}.{number}")

    @property
    def lock_file(self) -> Path:
        """Locked by the process that writes to this folder."""
        return self.path / ".lock"

    @property
    def exists(self) -> bool:
        """Whether a run was started in this folder."""
        return self.config.is_file()

    @property
    def is_only_begun(self) -> bool:
        """Whether there is nothing here but what a start leaves that failed before its first step.

        That is a lock file, with which every start begins, and files of our own that hold no
        result. Any other file, and any checkpoint, make this False.
        """
        return self.lock_file.is_file() and all(map(self._is_of_start, self.path.iterdir()))

    def _is_of_start(self, path: Path) -> bool:
        if path == self.checkpoints:
            # orbax gives a checkpoint its final name, a number, when it is complete.
            folders = [path / "latest", path / "best"]
            return all(
                entry in folders or ".orbax-checkpoint-tmp" in entry.name
                for entry in (*path.iterdir(), *path.glob("*/*"))
            )
        if path == self.metrics:
            return path.stat().st_size == 0
        own = (
            *(self.lock_file, self.config, self.environment),
            *(self.training_data, self.metrics, self.transfer, self.training_audio),
        )
        return path in own or path.name in [f"{file.name}.part" for file in own]

    def check(
        self, experiment: Experiment, manifests: Mapping[str, Manifest], *, resume: bool
    ) -> None:
        """Raise RunError unless this experiment may start, or continue, in this folder.

        Refused are a run without `resume`, a run of another experiment or on other data, a folder
        with other files in it, and one that the checkpoint store cannot write to. A start that
        failed before its first step may be repeated, with any experiment.
        Raises RegistryError where a new run starts from weights that are not on this machine.
        """
        if "\\" in str(self.path.absolute()):
            raise RunError(
                f"{self.path.absolute()} has a backslash in it, which the checkpoint store takes "
                "for a slash. Choose another --out."
            )
        if not self.exists or self.is_only_begun:
            experiment.model.check_pretrained()
        if self.is_only_begun:
            return
        if self.exists:
            if not resume:
                raise RunError(
                    f"{self.path} already holds a run. Add --resume to continue it, "
                    "or choose another --out."
                )
            self._check_same(self.continued(experiment), manifests)
        elif self.path.exists() and not self.path.is_dir():
            raise RunError(f"{self.path} is a file; --out must name a folder.")
        elif self.path.is_dir() and any(self.path.iterdir()):
            raise RunError(f"{self.path} is not empty and holds no run. Choose another --out.")

    def continued(self, experiment: Experiment) -> Experiment:
        """Return the experiment with which the run continues, itself where there is no run.

        Its model takes from the recorded one what is said by files that may be gone, see
        `Model.continued`. Raises RunError where the recorded configuration cannot be read.
        """
        if not self.exists or self.is_only_begun:
            return experiment
        return experiment.replace(model=experiment.model.continued(self._recorded()[1].model))

    def start(
        self, experiment: Experiment, manifests: Mapping[str, Manifest], *, resume: bool
    ) -> None:
        """Make the folder ready for this experiment. Raises RunError as `check` does."""
        self.check(experiment, manifests, resume=resume)
        self.path.mkdir(parents=True, exist_ok=True)
        if self.is_only_begun:
            # What follows would take it for the configuration of a run.
            self.config.unlink(missing_ok=True)
            self.training_audio.unlink(missing_ok=True)  # of what may be another corpus
        # Train and dev have not changed, but eval may have.
        write_training_data(self.training_data, manifests)
        if self.exists and is_longer(self._recorded()[0], experiment):
            # Its report marks a run as finished, which this one no longer is.
            self.markdown.unlink(missing_ok=True)
        # The configuration comes last because it is what makes the folder a run. It is written on
        # resuming too, because settings that do not change the results may differ.
        write_json(self.config, config_files.to_json(experiment))

    def _check_same(self, experiment: Experiment, manifests: Mapping[str, Manifest]) -> None:
        # Older runs have no fingerprints; their corpus must lie where it was.
        is_same_data = self.training_data.is_file()
        if is_same_data:
            check_training_data(self.training_data, manifests)
        check_resumable(self.path, self._recorded()[0], experiment, ignores_roots=is_same_data)

    def lock(self) -> None:
        """Keep other processes from writing here until `unlock`. Raises RunError if one does."""
        self._lock.acquire()

    def unlock(self) -> None:
        """Let other processes write here again."""
        self._lock.release()

    def experiment(self) -> Experiment:
        """Read the experiment of a run. Raises RunError if there is no run."""
        return self.require()._recorded()[1]

    def require(self) -> RunFolder:
        """Return this folder, or raise RunError, which names the runs inside it, if it is none."""
        if self.exists:
            return self
        if not self.path.is_dir():
            raise RunError(f"{self.path} holds no run: there is no such folder.")
        runs = sorted(str(path.parent) for path in self.path.glob(f"*/{self.config.name}"))
        if not runs:
            raise RunError(f"{self.path} holds no run (no {self.config.name} in it).")
        more = ", ..." if len(runs) > NAMED else ""
        raise RunError(
            f"{self.path} is not one run but holds {len(runs)}: name a run, such as {runs[0]}, or "
            f"for `spoofjax report` all of them ({' '.join(runs[:NAMED])}{more})."
        )

    def _recorded(self) -> tuple[dict[str, Any], Experiment]:
        """Return the recorded configuration, as JSON and as an experiment. Raises RunError."""
        settings = read_json(self.config, dict[str, Any])
        try:
            return settings, config_files.experiment_from_json(settings)
        except ConfigError as error:
            raise RunError(f"{self.config}: {error}") from error

    def read_decision(self) -> dict[str, Any]:
        """Read decision.json. Raises RunError where it is missing or damaged."""
        return read_json(self.decision, Decision)

    def read_training_audio(self) -> dict[str, Any] | None:
        """Read training_audio.json; None where there is none. Raises RunError where damaged."""
        if not self.training_audio.exists():
            return None
        return read_json(self.training_audio, TrainingAudioFacts)

    def read_metrics(self, split: str) -> dict[str, Any]:
        """Read the results of a split. Raises RunError where they are missing or damaged."""
        return read_json(self.split_metrics(split), SplitMetrics)
